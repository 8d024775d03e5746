// The frame around all pages: what the player has, where they can go, and what went wrong.

import { AnswerError, DeletingError, UnauthorizedError, type Provider } from "@tenjo/client";
import { useEffect, useRef, useState } from "preact/hooks";
import { Defs } from "./art/defs";
import { Gem, icons } from "./art/icons";
import { Banner } from "./art/banners";
import { useCell } from "./cell";
import {
  areItemsNamed, balance, catchUp, forgetDevice, game, isClosed, isOnline, isTrouble, loadHome, loadItems, notice, player, presentCount, say,
  storage, trouble, unanswered, untilForgotten,
} from "./game";
import { note } from "./evidence";
import { items, poolNames } from "./names";
import { arrived, tell } from "./outcome";
import { AccountPage } from "./pages/account";
import { CollectionPage } from "./pages/collection";
import { HistoryPage } from "./pages/history";
import { PoolPage } from "./pages/pool";
import { PoolsPage } from "./pages/pools";
import { PresentsPage } from "./pages/presents";
import { ProofsPage } from "./pages/proofs";
import { ShopPage } from "./pages/shop";
import { PROVIDERS, type SignedIn } from "./identity";
import { LoadingLine } from "./parts/load";
import { SignInSheet } from "./parts/sign-in";
import { EnterCode } from "./parts/transfer";
import { href, useRoute, type Page, type Route } from "./route";
import { bookWhatIsLeft, unbooked } from "./store";
import { isSummoning, Summon } from "./summon";
import { language, number, speak, time, useWords, wordsOf } from "./text";

const TABS: Exclude<Page, "pool">[] = ["pools", "collection", "history", "presents", "shop", "proofs", "account"];
/** Why a device has no player any more: only as a new one it can play. */
const NOT_THIS_DEVICE = new Set(["account_transferred", "device_removed", "device_secret_required"]);
/** How often what has no answer is asked for while nothing else happens. */
const ASK_AGAIN_MS = 6000;

export function App() {
  const words = useWords();
  const route = useRoute();
  const who = useCell(player);
  const problem = useCell(trouble);
  const [phase, setPhase] = useState<"starting" | "welcome" | "playing">("starting");
  const [failure, setFailure] = useState<unknown>(null);
  const [shown] = useCell(arrived);
  // All pages show names.
  useCell(items);
  useCell(poolNames);
  const main = useRef<HTMLElement>(null);

  useEffect(() => {
    void start();
  }, []);

  // Logged out: back to the door.
  useEffect(() => {
    if (who === null && phase === "playing") setPhase("welcome");
  }, [who]);

  // A new page is announced by its heading.
  useEffect(() => {
    scrollTo(0, 0);
    const timer = setTimeout(() => main.current?.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true }), 60);
    return () => clearTimeout(timer);
  }, [route.page, route.id]);

  async function start(): Promise<void> {
    setFailure(null);
    try {
      if ((await storage.get("session")) !== null) return await enter();
      const status = await game.status();
      if (status.maintenance?.is_running === true) return isClosed(status);
      setPhase("welcome");
    } catch (error) {
      if (!isTrouble(error)) setFailure(error);
    }
  }

  async function enter(): Promise<void> {
    const { user_id: userId, player_id: playerId } = await game.login();
    player.value = { userId, playerId };
    setPhase("playing");
    await read();
  }

  /** Reads what every page needs. What fails is read again, with the next unanswered question or when the game opens. */
  async function read(): Promise<void> {
    const failed = (error: unknown) => {
      if (!isTrouble(error) && error instanceof UnauthorizedError) say(wordsOf(error), "bad");
    };
    await loadHome().catch(failed); // first: it sets the clock
    await Promise.all([loadItems(), ask(), note(game)]).catch(failed);
  }

  // Open again: what could not begin begins, and what could not be read is read.
  const wasTroubled = useRef(false);
  useEffect(() => {
    if (problem === null && wasTroubled.current) {
      if (phase === "starting") void start();
      if (phase === "playing") void read();
    }
    wasTroubled.current = problem !== null;
  }, [problem]);

  /** Finds out what became of draws that have no answer, has left purchases booked, and reads the balance. */
  async function ask(): Promise<void> {
    try {
      if (!isSummoning.value) await catchUp(tell);
    } finally {
      await bookWhatIsLeft();
    }
  }

  const quietly = () => void ask().catch((error: unknown) => void isTrouble(error));

  useEffect(() => {
    const online = () => {
      isOnline.value = navigator.onLine;
      if (navigator.onLine && phase === "playing") quietly();
    };
    isOnline.value = navigator.onLine; // it may have changed before this ran
    addEventListener("online", online);
    addEventListener("offline", online);
    const timer = setInterval(() => {
      if (phase !== "playing" || !navigator.onLine) return;
      if (unanswered.value > 0 || unbooked.value > 0 || balance.value === null) quietly();
      if (!areItemsNamed()) void loadItems().catch(isTrouble);
    }, ASK_AGAIN_MS);
    return () => {
      removeEventListener("online", online);
      removeEventListener("offline", online);
      clearInterval(timer);
    };
  }, [phase]);

  return (
    <>
      <Defs />
      <a class="skip-link" href="#main" onClick={(event) => { event.preventDefault(); main.current?.focus(); }}>{words.skipToContent}</a>
      {problem ? <Troubled /> : failure ? (
        <main class="door"><div class="door-panel" role="alert"><p>{wordsOf(failure)}</p><button type="button" class="button" onClick={() => void start()}>{words.retry}</button></div></main>
      ) : phase === "starting" ? (
        <main class="door"><LoadingLine /></main>
      ) : phase === "welcome" ? (
        <Welcome onEnter={enter} />
      ) : (
        <div class="frame">
          <Top onAsk={quietly} />
          <Tabs at={route.page} />
          <main id="main" ref={main} tabindex={-1} key={who?.userId}><Shown route={route} /></main>
          {shown && <Summon key={shown.saga_id} wanted={null} arrived={shown} onAgain={null} onClose={() => (arrived.value = arrived.value.slice(1))} />}
        </div>
      )}
      <Told />
    </>
  );
}

function Shown({ route }: { route: Route }) {
  switch (route.page) {
    case "pool": return route.id === null ? <PoolsPage /> : <PoolPage key={route.id} id={route.id} />;
    case "collection": return <CollectionPage />;
    case "history": return <HistoryPage />;
    case "presents": return <PresentsPage />;
    case "shop": return <ShopPage />;
    case "proofs": return <ProofsPage key={route.id} id={route.id} />;
    case "account": return <AccountPage />;
    case "pools": return <PoolsPage />;
  }
}

function Top({ onAsk }: { onAsk: () => void }) {
  const words = useWords();
  const have = useCell(balance);
  const open = useCell(unanswered);
  const connected = useCell(isOnline);
  const isDrawing = useCell(isSummoning);
  return (
    <header class="top">
      <a class="brand" href={href("pools")}><Mark /><span>{words.game}</span></a>
      <div class="balances" aria-live="polite">
        {have === null ? <span class="balance is-unknown"><span class="spinner" aria-hidden="true" /><span>{words.checkingBalance}</span></span> : (
          <>
            <span class="balance"><Gem kind="free_gem" /><span class="visually-hidden">{words.freeGems} </span><span data-balance="free">{number(have.free)}</span></span>
            <span class="balance"><Gem kind="paid_gem" /><span class="visually-hidden">{words.paidGems} </span><span data-balance="paid">{number(have.paid)}</span>{have.owed > 0 && <small>{words.owed(number(have.owed))}</small>}</span>
          </>
        )}
      </div>
      {!connected && <p class="strip-note" role="status">{words.offline}</p>}
      {open > 0 && !isDrawing && (
        <p class="strip-note" role="status">
          <strong>{words.unanswered(open)}</strong> {words.unansweredHelp}{" "}
          <button type="button" class="link" onClick={onAsk}>{words.askNow}</button>
        </p>
      )}
    </header>
  );
}

function Tabs({ at }: { at: Page }) {
  const words = useWords();
  const presents = useCell(presentCount);
  return (
    <nav class="nav" aria-label={words.game}>
      <ul>
        {TABS.map((page) => (
          <li key={page}>
            <a href={href(page)} aria-current={page === at || (page === "pools" && at === "pool") ? "page" : undefined}>
              {icons[page]()}<span>{words[page]}</span>
              {page === "presents" && presents > 0 && <b class="badge">{presents}</b>}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Mark() {
  return (
    <svg class="mark" viewBox="0 0 40 40" aria-hidden="true" focusable="false">
      <circle cx="20" cy="20" r="18" fill="#fff4cf" /><path d="M5 13Q20 18 35 13L34 17Q20 21 6 17ZM9 21H31V24H9ZM12 18H16V34H11ZM24 18H28L29 34H24Z" fill="url(#lacquer)" />
    </svg>
  );
}

function Welcome({ onEnter }: { onEnter: () => Promise<void> }) {
  const words = useWords();
  const speaks = useCell(language);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [showsCode, setShowsCode] = useState(false);
  const [asked, ask] = useState<Provider | null>(null);
  /** By which account the player wanted to come in last; null: by this device. */
  const [signed, setSigned] = useState<SignedIn | null>(null);
  const isUnlinked = signed !== null && error instanceof AnswerError && error.code === "not_found";
  const signIn = (by: SignedIn, keepAccount = false) => enter(() => game.signIn(by.provider, by.token, by.nonce, keepAccount));
  const enter = async (before: () => Promise<unknown> = async () => {}) => {
    setBusy(true);
    setError(null);
    try {
      await untilForgotten();
      await before();
      await onEnter();
    } catch (failed) {
      if (!isTrouble(failed)) setError(failed);
      setBusy(false);
    }
  };
  return (
    <main class="door" id="main">
      <div class="door-art" aria-hidden="true"><Banner id="pool-moon-festival" crop="xMax" /></div>
      <div class="door-panel">
        <p class="door-mark"><Mark /></p>
        <h1>{words.welcome}</h1>
        <p class="tagline">{words.tagline}</p>
        <p>{words.welcomeText}</p>
        {error !== null && <p class="warning" role="alert">{isUnlinked ? words.nobodyLinked : wordsOf(error)}</p>}
        {error instanceof AnswerError && NOT_THIS_DEVICE.has(error.code ?? "") && (
          <button type="button" class="button button-quiet" onClick={() => void forgetDevice().then(() => enter())}>{words.forget}</button>
        )}
        {error instanceof DeletingError && (
          <button type="button" class="button button-quiet" id="keep-account" onClick={() => void (signed ? signIn(signed, true) : enter(() => game.keepAccount()))}>{words.keepAccount}</button>
        )}
        <div class="actions">
          <button type="button" class="button button-large" disabled={isBusy} onClick={() => { setSigned(null); void enter(); }}>{isBusy ? words.loading : words.playAsGuest}</button>
        </div>
        <p class="door-ways">
          {PROVIDERS.map((provider) => (
            <button key={provider} type="button" class="link" disabled={isBusy} data-provider={provider} onClick={() => ask(provider)}>{words.signInWith(words.providers[provider])}</button>
          ))}
        </p>
        {asked && <SignInSheet provider={asked} onSigned={(by) => { ask(null); setSigned(by); void signIn(by); }} onClose={() => ask(null)} />}
        {showsCode
          ? <EnterCode onMoved={() => { setSigned(null); void enter(); }} />
          : <button type="button" class="link" id="have-code" onClick={() => setShowsCode(true)}>{words.haveCode}</button>}
        <button type="button" class="link" lang={speaks === "ja" ? "en" : "ja"} onClick={() => speak(speaks === "ja" ? "en" : "ja")}>{speaks === "ja" ? "English" : "日本語"}</button>
      </div>
    </main>
  );
}

/** Nothing can be played: why, and until when. */
function Troubled() {
  const words = useWords();
  const problem = useCell(trouble);
  if (problem === null) return null;
  const { troubles } = words;
  const until = problem.kind === "maintenance" ? problem.status?.maintenance?.ends_at : null;
  return (
    <main class="door" id="main">
      <div class="door-art" aria-hidden="true"><Banner id="pool-paid-moon-festival" crop="xMax" /></div>
      <div class="door-panel" role="alert">
        <h1>{troubles[problem.kind]}</h1>
        <p>{problem.kind === "maintenance" ? troubles.maintenanceText : problem.kind === "outdated" ? troubles.outdatedText : troubles.suspendedText}</p>
        {until && <p class="hint">{troubles.maintenanceUntil(time(until))}</p>}
        {problem.kind === "outdated" && <button type="button" class="button" onClick={() => location.reload()}>{troubles.reload}</button>}
        {problem.kind === "maintenance" && <span class="spinner" aria-hidden="true" />}
      </div>
    </main>
  );
}

function Told() {
  const words = useWords();
  const told = useCell(notice);
  useEffect(() => {
    if (told === null) return;
    const timer = setTimeout(() => (notice.value = null), told.kind === "bad" ? 9000 : 5000);
    return () => clearTimeout(timer);
  }, [told]);
  return (
    <div class="told" role="status" aria-live="polite">
      {told && (
        <p class={`told-text told-${told.kind}`} key={told.id}>
          {told.text}
          <button type="button" class="icon-button" aria-label={words.close} onClick={() => (notice.value = null)}>{icons.cross()}</button>
        </p>
      )}
    </div>
  );
}

// A draw on the whole screen: the gate opens, cards are turned, and the result is shown.
// It holds on to the draw when the connection is lost, and never sends another in its place.

import { AnswerError, type Draw, type DrawnItem } from "@tenjo/client";
import { useEffect, useRef, useState } from "preact/hooks";
import { Card, CardBack, known } from "./art/card";
import { Sparkle } from "./art/shapes";
import { catchUp, drawFairly, game, isOpenQuestion, isTrouble, type Outcome, type Wanted } from "./game";
import { isShown, tell } from "./outcome";
import { Dialog } from "./parts/dialog";
import { Cell } from "./cell";
import { href } from "./route";
import { itemName, useWords, wordsOf } from "./text";

/** Whether a draw is on the screen: then nobody else asks for unanswered ones. */
export const isSummoning = new Cell(false);

type Scene =
  | { name: "waiting" }
  | { name: "lost"; waitMs: number; isBusy: boolean }
  | { name: "refused"; error: unknown }
  | { name: "gate"; draw: Draw }
  | { name: "cards"; draw: Draw; turned: number; showsOff: boolean }
  | { name: "summary"; draw: Draw };

const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export interface SummonProps {
  /** What is to be drawn; or a draw that has arrived after all. */
  wanted: Wanted | null;
  arrived?: Draw;
  onAgain: (() => void) | null;
  onClose: () => void;
}

export function Summon({ wanted, arrived, onAgain, onClose }: SummonProps) {
  const words = useWords();
  const opened = (draw: Draw): Scene => (isStill() ? { name: "summary", draw } : { name: "gate", draw });
  const [scene, set] = useState<Scene>(arrived ? opened(arrived) : { name: "waiting" });
  const isLeft = useRef(false);
  /** What else was found out meanwhile. It is told when this screen is closed. */
  const later = useRef<Outcome[]>([]);

  useEffect(() => {
    isSummoning.value = true;
    if (arrived) isShown(arrived);
    if (wanted !== null && !arrived) void run(wanted);
    return () => {
      isLeft.current = true;
      isSummoning.value = false;
      later.current.forEach(tell);
    };
  }, []);

  async function run(order: Wanted): Promise<void> {
    try {
      take({ draw: await drawFairly(order) });
    } catch (error) {
      await lost(error);
    }
  }

  /** Asks for the draw until there is an answer, or the player leaves. */
  async function lost(first: unknown): Promise<void> {
    let error = first;
    for (let tried = 0; ; tried += 1) {
      if (isTrouble(error)) return onClose();
      if (!isOpenQuestion(error) || (await game.pending()).length === 0) return show({ name: "refused", error });
      const asked = error instanceof AnswerError ? error.retryAfterMs : null;
      const waitMs = asked ?? Math.min(15_000, 1500 * 2 ** tried);
      show({ name: "lost", waitMs, isBusy: error instanceof AnswerError });
      await online(waitMs);
      if (isLeft.current) return;
      let isTaken = false;
      try {
        await catchUp((outcome) => {
          if (isTaken || "exchanged" in outcome) return void (isLeft.current ? tell(outcome) : later.current.push(outcome));
          isTaken = true;
          take(outcome);
        });
        if (!isTaken) onClose(); // somebody else asked, and told
        return;
      } catch (again) {
        if (isTaken) return; // of what comes after it somebody else finds out
        error = again;
      }
    }
  }

  /** Shows how the draw ended. If the player has left this screen, it is told elsewhere. */
  function take(outcome: Exclude<Outcome, { exchanged: string }>): void {
    if (isLeft.current) return tell(outcome);
    if ("error" in outcome) return show({ name: "refused", error: outcome.error });
    isShown(outcome.draw);
    show(opened(outcome.draw));
  }

  function show(next: Scene): void {
    if (!isLeft.current) set(next);
  }

  /** The next thing to see. */
  function onward(): void {
    set((now) => {
      if (now.name === "gate") return { name: "cards", draw: now.draw, turned: 0, showsOff: false };
      if (now.name !== "cards") return now;
      const results = now.draw.results ?? [];
      const next = results[now.turned];
      if (next === undefined) return { name: "summary", draw: now.draw };
      if (next.rarity === "SSR" && !now.showsOff) return { ...now, showsOff: true };
      return { ...now, turned: now.turned + 1, showsOff: false };
    });
  }

  const skip = () => set((now) => ("draw" in now ? { name: "summary", draw: now.draw } : now));

  useEffect(() => {
    if (scene.name !== "gate" && scene.name !== "cards") return;
    const isEnd = scene.name === "cards" && scene.turned === scene.draw.results?.length;
    const wait = scene.name === "gate" ? 2300 : isEnd ? 900 : scene.showsOff ? 2400 : 430;
    const timer = setTimeout(onward, wait);
    return () => clearTimeout(timer);
  }, [scene]);

  const close = () => {
    if (scene.name === "gate" || scene.name === "cards") skip();
    else if (scene.name !== "waiting") onClose();
  };

  return (
    <Dialog label={words.result} class="stage" onClose={close}>
      {scene.name === "waiting" && <Waiting />}
      {scene.name === "lost" && <Lost waitMs={scene.waitMs} isBusy={scene.isBusy} onLeave={onClose} />}
      {scene.name === "refused" && (
        <div class="stage-message" role="alert">
          <p>{wordsOf(scene.error)}</p>
          <button type="button" class="button" autofocus onClick={onClose}>{words.close}</button>
        </div>
      )}
      {scene.name === "gate" && <Gate best={best(scene.draw)} onPress={onward} />}
      {scene.name === "cards" && <Cards scene={scene} onPress={onward} />}
      {(scene.name === "gate" || scene.name === "cards") && (
        <button type="button" class="skip" autofocus onClick={skip}>{words.skip}</button>
      )}
      {scene.name === "summary" && <Summary draw={scene.draw} onAgain={onAgain} onClose={onClose} />}
    </Dialog>
  );
}

/** Ends after the time, or as soon as the network is back. */
function online(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      removeEventListener("online", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    addEventListener("online", end);
  });
}

function best(draw: Draw): "R" | "SR" | "SSR" {
  const rarities = (draw.results ?? []).map(({ rarity }) => rarity);
  return rarities.includes("SSR") ? "SSR" : rarities.includes("SR") ? "SR" : "R";
}

function Waiting() {
  const words = useWords();
  return (
    <div class="stage-message">
      <MoonGate rarity="R" />
      <p role="status">{words.summoning}</p>
    </div>
  );
}

function Lost({ waitMs, isBusy, onLeave }: { waitMs: number; isBusy: boolean; onLeave: () => void }) {
  const words = useWords();
  return (
    <div class="stage-message lost" role="alert">
      <span class="spinner" aria-hidden="true" />
      <h2>{isBusy ? words.busyTitle : words.lostTitle}</h2>
      <p>{words.lostText}</p>
      {waitMs > 15_000 && <p class="hint">{words.waitText(Math.ceil(waitMs / 1000))}</p>}
      <button type="button" class="button button-quiet" autofocus onClick={onLeave}>{words.leave}</button>
    </div>
  );
}

/** A ring with a gate in it, and light in the colour of the best card. */
function MoonGate({ rarity }: { rarity: "R" | "SR" | "SSR" }) {
  const glow = { R: "glow-blue", SR: "glow-violet", SSR: "glow-gold" }[rarity];
  return (
    <svg class={`gate gate-${rarity}`} viewBox="-150 -150 300 300" aria-hidden="true" focusable="false">
      <circle class="gate-glow" r="150" fill={`url(#${glow})`} />
      <g class="gate-rays" fill="#fff" opacity="0.3">
        {Array.from({ length: 24 }, (_, at) => <path key={at} d={at % 2 ? "M-7-86 0-170 7-86Z" : "M-5-86 0-134 5-86Z"} transform={`rotate(${at * 15})`} />)}
      </g>
      <circle class="gate-moon" r="84" fill="#fff4cf" />
      <g class="gate-ring" fill="none" stroke="url(#gold)">
        <circle r="100" stroke-width="3" /><circle r="112" stroke-width="1.5" stroke-dasharray="3 7" />
        {Array.from({ length: 8 }, (_, at) => <path key={at} d="M0-122 6-112 0-102-6-112Z" fill="url(#gold)" transform={`rotate(${at * 45})`} />)}
      </g>
      <g class="gate-torii">
        <path d="M-66-44Q0-33 66-44L62-30Q0-22-62-30Z" fill="#2b1722" /><path d="M-60-31Q0-24 60-31L59-24Q0-18-59-24Z" fill="url(#lacquer)" />
        <path d="M-50-10H50V-2H-50ZM-40-26H-29L-31 70H-43ZM29-26H40L43 70H31ZM-5-24H5V-6H-5Z" fill="url(#lacquer)" />
      </g>
    </svg>
  );
}

/** Stars fall in the colour of the best card; a glance tells what is coming. */
function Gate({ best: rarity, onPress }: { best: "R" | "SR" | "SSR"; onPress: () => void }) {
  return (
    <div class={`opening opening-${rarity}`} onClick={onPress}>
      <div class="meteors" aria-hidden="true">
        {Array.from({ length: rarity === "SSR" ? 14 : rarity === "SR" ? 9 : 5 }, (_, at) => <i key={at} class={`meteor meteor-${at % 7}`} />)}
      </div>
      <MoonGate rarity={rarity} />
      <div class="flash" aria-hidden="true" />
    </div>
  );
}

function Cards({ scene, onPress }: { scene: Extract<Scene, { name: "cards" }>; onPress: () => void }) {
  const words = useWords();
  const results = scene.draw.results ?? [];
  const shown = scene.showsOff ? results[scene.turned] : undefined;
  const last = results[scene.turned - 1];
  return (
    <div class="cards-scene" onClick={onPress}>
      <p class="visually-hidden" role="status">{last ? `${last.rarity} ${itemName(last.item_master_id)}` : words.tapToOpen}</p>
      <ul class={`dealt dealt-${results.length === 1 ? "one" : "many"}`}>
        {results.map((item, at) => <Dealt key={at} item={item} isTurned={at < scene.turned} />)}
      </ul>
      {shown && (
        <div class="cut-in" key={scene.turned} aria-hidden="true">
          <div class="cut-in-rays" />
          <div class="cut-in-card"><Card id={shown.item_master_id} rarity={shown.rarity} /></div>
          <p class="cut-in-name"><span>SSR</span>{itemName(shown.item_master_id)}</p>
        </div>
      )}
    </div>
  );
}

function Dealt({ item, isTurned }: { item: DrawnItem; isTurned: boolean }) {
  const words = useWords();
  return (
    <li class={`dealt-card ${isTurned ? "is-turned" : ""} glow-${known(item.rarity)}`}>
      <div class="flip">
        <CardBack rarity={item.rarity} />
        {isTurned && <div class="face"><Card id={item.item_master_id} rarity={item.rarity} />{item.is_new && <span class="new">{words.isNew}</span>}</div>}
      </div>
    </li>
  );
}

function Summary({ draw, onAgain, onClose }: { draw: Draw; onAgain: (() => void) | null; onClose: () => void }) {
  const words = useWords();
  const results = draw.results ?? [];
  const left = draw.pity === null ? null : draw.pity.max_count - draw.pity.count;
  return (
    <div class="summary">
      <h2 tabindex={-1}>{words.result}</h2>
      <ul class={`dealt dealt-${results.length === 1 ? "one" : "many"}`}>
        {results.map((item, at) => (
          <li key={at} class={`dealt-card is-turned glow-${known(item.rarity)}`}>
            <div class="face">
              <Card id={item.item_master_id} rarity={item.rarity} label={`${item.rarity} ${itemName(item.item_master_id)}`} />
              {item.is_new && <span class="new">{words.isNew}</span>}
              {item.rarity === "SSR" && <svg class="twinkle" viewBox="-12 -12 24 24" aria-hidden="true"><Sparkle fill="#fff6cf" /></svg>}
            </div>
            <p class="dealt-name" aria-hidden="true">{itemName(item.item_master_id)}</p>
          </li>
        ))}
      </ul>
      {left !== null && <p class="hint">{words.pityText(left)}</p>}
      <div class="actions">
        {onAgain && <button type="button" class="button" onClick={onAgain}>{words.again}</button>}
        <a class="button button-quiet" href={href("proofs", draw.saga_id)} onClick={onClose}>{words.proveIt}</a>
        <button type="button" class="button button-quiet" autofocus onClick={onClose}>{words.done}</button>
      </div>
    </div>
  );
}

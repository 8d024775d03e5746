// The client kit, and what all pages know of the player.

import {
  BrowserStorage, isFinal, MaintenanceError, OutdatedError, SuspendedError, Tenjo, TenjoError, AnswerError,
  type Currency, type Draw, type DrawRequest, type Price, type ShownPool, type Status,
} from "@tenjo/client";
import { Cell } from "./cell";
import { forget, note, noteDraw, noteDrawn, noteRefusal } from "./evidence";
import { language, type Language } from "./language";
import { items, keepPoolNames } from "./names";

/** Of this page; operators can refuse older ones. */
export const VERSION = "1.0.0";

export const storage = new BrowserStorage("tenjo-demo.");

export const game = new Tenjo({
  baseUrl: location.origin,
  storage,
  clientVersion: VERSION,
  language: language.value,
  timeoutMs: 12_000,
  attempts: 4,
  onSession: (session) => {
    player.value = session === null ? null : { userId: session.user_id, playerId: session.player_id };
  },
});

export interface Player {
  userId: string;
  playerId: string;
}

/**
 * What the player has. While a draw has no final answer it is not known: then nothing is
 * shown, because any number could be wrong.
 */
export type Balance = { free: number; paid: number; owed: number } | null;

/** Why nothing can be played at this moment. */
export type Trouble = { kind: "maintenance"; status: Status | null } | { kind: "outdated" | "suspended" };

export const player = new Cell<Player | null>(null);
export const balance = new Cell<Balance>(null);
export const trouble = new Cell<Trouble | null>(null);
export const isOnline = new Cell(navigator.onLine);
/** How many draws and exchanges have no final answer. */
export const unanswered = new Cell(0);
export const presentCount = new Cell(0);
/** How often another tab has changed what the player has: what is shown of it is old then. */
export const elsewhere = new Cell(0);

/** What is told in passing; each has a number, so that the same words can come twice. */
export interface Notice {
  id: number;
  text: string;
  kind: "good" | "bad";
}

export const notice = new Cell<Notice | null>(null);

export function say(text: string, kind: "good" | "bad" = "good"): void {
  notice.value = { id: (notice.value?.id ?? 0) + 1, text, kind };
}

/** Counts what changes the balance, so that an answer from before it is not shown after it. */
let changes = 0;

async function countUnanswered(): Promise<number> {
  return (unanswered.value = (await game.pending()).length);
}

/** Reads the balance, unless something is still open that may change it. */
export async function readBalance(): Promise<void> {
  const began = changes;
  if ((await countUnanswered()) > 0) {
    balance.value = null;
    return;
  }
  await showBalance(began, await game.currencies());
}

async function showBalance(began: number, currencies: Currency[]): Promise<void> {
  // A draw that began in the meantime makes this answer an old one.
  if (began !== changes || (await game.pending()).length > 0) return;
  const of = (kind: string) => currencies.find(({ currency_type }) => currency_type === kind);
  balance.value = {
    free: of("free_gem")?.balance ?? 0, paid: of("paid_gem")?.balance ?? 0, owed: of("paid_gem")?.owed ?? 0,
  };
}

/**
 * Does something that changes the balance, and reads it afterwards. It tells no other tab,
 * because a retry may be all that it does: others hear of what is written down and answered.
 */
export async function changing<T>(act: () => Promise<T>): Promise<T> {
  changes += 1;
  balance.value = null;
  try {
    return await act();
  } finally {
    changes += 1;
    // Without a connection it stays unknown; `catchUp` reads it later.
    await readBalance().catch(() => {});
  }
}

// Other tabs of this browser play as the same player. Draws and exchanges are written down by
// the kit, and purchases by the store: each tab watches that. What is kept nowhere is told.

const CHANGED = "changed";
/** Long enough for what another tab writes at once, and shorter than anybody notices. */
const QUIET_MS = 300;
let reading: ReturnType<typeof setTimeout> | undefined;

/** Has the other tabs hide what they show of the player, and read it again. */
export function tellOthers(): void {
  void storage.set(CHANGED, crypto.randomUUID());
}

/** Another tab changes something: what is shown here may be wrong from now on. */
export function heard(): void {
  if (player.value === null) return;
  changes += 1;
  balance.value = null;
  void countUnanswered().catch(() => {});
  clearTimeout(reading);
  reading = setTimeout(() => {
    elsewhere.value += 1;
    void readBalance().catch(() => {});
  }, QUIET_MS);
}

/** Another tab has logged out, or somebody else in. */
async function heardOfSession(): Promise<void> {
  const session = await game.sessions.current();
  if (player.value === null || session?.user_id === player.value.userId) return;
  if (session === null) player.value = null;
  else location.reload();
}

game.watchPending(heard);
storage.watch(CHANGED, heard);
storage.watch("session", () => void heardOfSession());

/** A draw that the player confirmed: what they were shown, and their part of the dice. */
export interface Wanted {
  pool: ShownPool;
  price: Price;
  clientSeed: string;
}

/** Draws, and keeps what is needed to check it later. */
export async function drawFairly({ pool, price, clientSeed }: Wanted): Promise<Draw> {
  return changing(async () => {
    await note(game); // the commitment of the running period, before the draw
    const orders: DrawRequest[] = [];
    try {
      const drawn = await game.draw(pool, price, { clientSeed, onOrder: (order) => orders.push(order) });
      isDrawn(drawn, clientSeed);
      return drawn;
    } catch (error) {
      for (const order of orders) isRefused(order, error);
      throw error;
    }
  });
}

function isDrawn(draw: Draw, clientSeed: string | undefined): void {
  noteDraw(draw);
  if (clientSeed !== undefined) noteDrawn(clientSeed);
}

/** A refusal that stands is kept, as docs/fairness.md asks of players. */
function isRefused(order: DrawRequest, error: unknown): void {
  if (player.value === null || !(error instanceof AnswerError) || !isFinal(error)) return;
  noteRefusal({ userId: player.value.userId, code: error.code, refusedAt: game.clock.now(), order, isDrawn: false });
}

/** What happened to an act that had been interrupted. */
export type Outcome = { draw: Draw } | { error: TenjoError } | { exchanged: string };

let underWay: Promise<void> | null = null;

/**
 * Sends again what has no answer, and tells each outcome at once: what comes after it may
 * fail. Fails if that is not possible now. Who asks while another one does waits for the
 * same, and the outcomes are the other's to tell.
 */
export function catchUp(tell: (outcome: Outcome) => void): Promise<void> {
  return (underWay ??= sendAgain(tell).finally(() => (underWay = null)));
}

async function sendAgain(tell: (outcome: Outcome) => void): Promise<void> {
  if ((await game.pending()).length === 0) {
    if (balance.value === null) await readBalance();
    return;
  }
  await changing(async () => {
    for await (const { act, result, error } of game.resume()) {
      if (error !== null) {
        if (act.kind === "draw") isRefused(act.body, error);
        tell({ error });
      } else if (act.kind === "draw") {
        isDrawn(result as Draw, act.body.client_seed);
        tell({ draw: result as Draw });
      } else tell({ exchanged: act.body.item_master_id });
    }
  });
}

/** Takes an error that concerns the whole page. Answers with whether it was one. */
export function isTrouble(error: unknown): boolean {
  if (error instanceof MaintenanceError) isClosed(trouble.value?.kind === "maintenance" ? trouble.value.status : null);
  else if (error instanceof OutdatedError) trouble.value = { kind: "outdated" };
  else if (error instanceof SuspendedError) trouble.value = { kind: "suspended" };
  else return false;
  return true;
}

let isWatching = false;

/** The game is closed, as this status says, if there is one. Asks until it is open again. */
export function isClosed(status: Status | null): void {
  trouble.value = { kind: "maintenance", status };
  if (!isWatching) void watchMaintenance(status !== null);
}

async function watchMaintenance(isKnown: boolean): Promise<void> {
  isWatching = true;
  for (let asked = isKnown; ; asked = true) {
    if (asked) await new Promise((resolve) => setTimeout(resolve, 10_000));
    const status = await game.status().catch(() => null);
    if (status !== null && status.maintenance?.is_running !== true) break;
    trouble.value = { kind: "maintenance", status };
  }
  isWatching = false;
  trouble.value = null;
}

/** Whether the outcome of what failed is unknown, and will be found out later. */
export function isOpenQuestion(error: unknown): boolean {
  return error instanceof TenjoError && !(error instanceof AnswerError && isFinal(error));
}

/** Whoever asks while a request is under way gets its answer too, unless the language is another by then. */
function shared<T>(load: (asked: Language) => Promise<T>): () => Promise<T> {
  let underWay: { asked: Language; answer: Promise<T> } | null = null;
  return () => {
    const asked = language.value;
    if (underWay?.asked === asked) return underWay.answer;
    const mine = { asked, answer: load(asked).finally(() => { if (underWay === mine) underWay = null; }) };
    underWay = mine;
    return mine.answer;
  };
}

/** In which language the names of items were read. */
let namedIn: Language | null = null;

export function areItemsNamed(): boolean {
  return namedIn === language.value;
}

export const loadItems = shared(async (asked) => {
  if (namedIn === asked) return;
  const all = await game.itemMasters().all();
  if (asked !== language.value) return; // they are asked for again
  items.value = new Map(all.map((item) => [item.item_master_id, item]));
  namedIn = asked;
});

export const loadPools = shared(async (asked) => {
  const all = await game.pools().all();
  keepPoolNames(all, asked);
  return all;
});

language.follow(() => {
  game.language = language.value;
  if (player.value === null) return;
  for (const load of [loadItems, loadPools]) void load().catch(isTrouble);
});

/** What the frame around all pages shows: one answer has all of it. */
export const loadHome = shared(async (asked) => {
  const began = changes;
  const { currencies, pools, has_more_pools: hasMore, unread_presents: presents } = await game.home();
  presentCount.value = presents;
  keepPoolNames(pools, asked);
  await showBalance(began, currencies);
  if (hasMore) await loadPools();
});

/** The device is being forgotten: who logs in before that has ended would be the old player. */
let leaving: Promise<void> = Promise.resolve();

/** Leaves the player for good, on this device: the next login makes a new one. */
export function forgetDevice(): Promise<void> {
  return (leaving = forgetAll());
}

export const untilForgotten = (): Promise<void> => leaving;

async function forgetAll(): Promise<void> {
  await game.logout().catch(() => {});
  await game.sessions.forget();
  forget();
}

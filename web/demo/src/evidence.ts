// What the player keeps so as to check draws later: the commitments as they were first
// seen, the answers of their draws with their receipts, and what was refused.

import type { Draw, DrawRequest, Tenjo } from "@tenjo/client";
import type { NotedPeriod, PurchaseRecord } from "@tenjo/client/fairness";

const NOTED = "tenjo-demo.noted";
const DRAWS = "tenjo-demo.draws";
const REFUSED = "tenjo-demo.refused";
/** Enough for months of play, and little of what a browser keeps for a page. */
const MOST = 300;

export interface Noted extends NotedPeriod {
  /** By the server's clock, in milliseconds. */
  seenAt: number;
}

function read<T>(name: string): T[] {
  try {
    const rows: unknown = JSON.parse(localStorage.getItem(name) ?? "[]");
    return Array.isArray(rows) ? (rows as T[]) : [];
  } catch {
    return [];
  }
}

function write<T>(name: string, rows: T[]): void {
  localStorage.setItem(name, JSON.stringify(rows.slice(-MOST)));
}

export function noted(): Noted[] {
  return read<Noted>(NOTED);
}

export function draws(): Draw[] {
  return read<Draw>(DRAWS);
}

/**
 * What was noted of the period of a purchase before it was made; null if nothing was. What
 * was noted later proves nothing: by then the server could know the player's dice.
 */
export function notedBefore({ period, quotedAt }: PurchaseRecord): Noted | null {
  const isBefore = ({ commitment, starts_at, seenAt }: Noted) =>
    commitment === period.commitment && Date.parse(starts_at) === Date.parse(period.starts_at) && BigInt(Math.round(seenAt)) * 1000n < quotedAt;
  return noted().find(isBefore) ?? null;
}

/**
 * Notes what the server is committed to, also in periods that are over: what it tells later
 * must be the same. The first commitment of a period stays, whatever is told after it.
 */
export async function note(game: Tenjo): Promise<void> {
  const known = noted();
  const newest = known.reduce((latest, { starts_at }) => Math.max(latest, Date.parse(starts_at)), 0);
  // What is noted reaches beyond the running period: nothing new is needed.
  if (newest > game.clock.now()) return;
  const periods = await game.seedPeriods().take(10);
  for (const { commitment, starts_at, ends_at } of periods) {
    if (!known.some((other) => other.starts_at === starts_at)) {
      known.push({ commitment, starts_at, ends_at, seenAt: game.clock.now() });
    }
  }
  write(NOTED, known.sort((one, other) => Date.parse(one.starts_at) - Date.parse(other.starts_at)));
}

export function noteDraw(draw: Draw): void {
  if (draw.receipt === null) return;
  write(DRAWS, [...draws().filter(({ saga_id }) => saga_id !== draw.saga_id), draw]);
}

/** An order that the server refused after it had seen the player's dice. */
export interface Refusal {
  userId: string;
  /** Why; null if the gateway refused. */
  code: string | null;
  /** By the server's clock, in milliseconds. */
  refusedAt: number;
  order: DrawRequest;
  /** Whether the same dice were drawn with later. */
  isDrawn: boolean;
}

/** What the server refused this player, oldest first. */
export function refusals(userId: string): Refusal[] {
  return read<Refusal>(REFUSED).filter((refusal) => refusal.userId === userId);
}

export function noteRefusal(refusal: Refusal): void {
  write(REFUSED, [...read<Refusal>(REFUSED), refusal]);
}

/** These dice have been drawn with. */
export function noteDrawn(clientSeed: string): void {
  const all = read<Refusal>(REFUSED);
  if (!all.some(({ order }) => order.client_seed === clientSeed)) return;
  write(REFUSED, all.map((it) => (it.order.client_seed === clientSeed ? { ...it, isDrawn: true } : it)));
}

/**
 * The dice of the last draw that was refused: they are offered until one is made with them, so
 * that the server gains nothing from refusing what it does not like. Null if there are none; and in
 * a period that the server may have committed to after it knew them.
 */
export function refusedDice(userId: string, now: number): string | null {
  const last = refusals(userId).at(-1);
  if (last === undefined || last.isDrawn) return null;
  const isRunning = ({ starts_at, ends_at }: Noted) => Date.parse(starts_at) <= now && now < Date.parse(ends_at);
  const wasCommitted = noted().some((period) => isRunning(period) && period.seenAt < last.refusedAt);
  return wasCommitted ? (last.order.client_seed ?? null) : null;
}

export function forget(): void {
  for (const name of [DRAWS, REFUSED]) localStorage.removeItem(name);
}

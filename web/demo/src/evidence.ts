// What the player keeps so as to check draws later: the commitments as they were first
// seen, and the answers of their draws with their receipts.

import type { Draw, Tenjo } from "@tenjo/client";

const NOTED = "tenjo-demo.noted";
const DRAWS = "tenjo-demo.draws";
/** Enough for months of play, and little of what a browser keeps for a page. */
const MOST = 300;

export interface Noted {
  commitment: string;
  starts_at: string;
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

/** Notes what the server is committed to. A commitment that was noted stays as it is. */
export async function note(game: Tenjo): Promise<void> {
  const known = noted();
  const newest = known.reduce((latest, { starts_at }) => Math.max(latest, Date.parse(starts_at)), 0);
  // What is noted reaches beyond the running period: nothing new is needed.
  if (newest > game.clock.now()) return;
  const periods = await game.seedPeriods().take(10);
  for (const { commitment, starts_at } of periods) {
    if (!known.some((other) => other.commitment === commitment)) {
      known.push({ commitment, starts_at, seenAt: game.clock.now() });
    }
  }
  write(NOTED, known.sort((one, other) => Date.parse(one.starts_at) - Date.parse(other.starts_at)));
}

export async function noteDraw(draw: Draw): Promise<void> {
  if (draw.receipt === null) return;
  write(DRAWS, [...draws().filter(({ saga_id }) => saga_id !== draw.saga_id), draw]);
}

export function forget(): void {
  localStorage.removeItem(DRAWS);
}

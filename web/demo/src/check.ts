// Checks purchases on this device, with all that it has kept of them and all that the server
// tells now.

import { TooManyError, type Draw } from "@tenjo/client";
import { verify, Wrong, type CheckedPurchase, type CheckedReceipt, type Report, type VerifyOptions } from "@tenjo/client/fairness";
import { draws, noted } from "./evidence";
import { game, player } from "./game";
import { ANOTHER, leftOut, UNLISTED, unlistedReceipt, type Listed } from "./numbers";

/** One purchase, with what its proof, its receipt and the list of draw numbers say of it. */
export interface Checked {
  verdict: CheckedPurchase["verdict"];
  /** Why it is wrong; empty otherwise. */
  reasons: string[];
  /** Null if the proof cannot be read. */
  purchase: CheckedPurchase | null;
  receipt: CheckedReceipt | null;
}

/** What cannot be read at all is as wrong as what does not fit. */
async function report(answers: string[], options: VerifyOptions): Promise<Report> {
  try {
    return await verify(answers, { ...options, notedPeriods: noted() });
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return { verdict: "wrong", purchases: [], receipts: [], wrong: [error.message], notShown: [], periods: [] };
  }
}

function receiptsOf(sagaIds: string[]): string[] {
  return draws().filter(({ saga_id }) => sagaIds.includes(saga_id)).map((draw) => JSON.stringify(draw));
}

/** Checks the proof of a purchase, with other answers of the server beside it. */
async function checkProof(sagaId: string, proof: string, others: string[]): Promise<Checked> {
  const { verdict, purchases, receipts, wrong } = await report([proof, ...receiptsOf([sagaId]), ...others], { some: true });
  const purchase = purchases[0] ?? null;
  const receipt = receipts[0] ?? null;
  const reasons = [...wrong, ...(purchase?.reasons ?? []), ...receipts.flatMap(({ reasons }) => reasons)];
  // A proof of something else proves nothing of this, however right it is.
  if (purchase !== null && (purchase.record.sagaId !== sagaId || purchase.record.userId !== player.value?.userId)) {
    reasons.push(ANOTHER);
  }
  const isWrong = purchase === null || verdict === "wrong" || reasons.length > 0;
  return { verdict: isWrong ? "wrong" : purchase.verdict, reasons, purchase, receipt };
}

/** A page of a list, as JSON.parse reads it: what is checked is its text. */
interface Page {
  draw_numbers?: Listed[];
  seed_periods?: { starts_at: string }[];
  next_cursor: string | null;
}

/** No more pages of 100 are read of the periods: months where a period is a day, two days where it is a minute. */
const MOST_PAGES = 30;

/** The pages of a list, newest first, as they were sent, until one is enough; and whether that was its end. */
async function pagesUntil(
  ask: (cursor?: string) => Promise<string>, isEnough: (page: Page, count: number) => boolean,
): Promise<{ texts: string[]; pages: Page[]; isWhole: boolean }> {
  const texts: string[] = [];
  const pages: Page[] = [];
  for (let cursor: string | undefined; ; ) {
    const text = await ask(cursor);
    const page = readPage(text);
    texts.push(text);
    pages.push(page);
    cursor = page.next_cursor ?? undefined;
    if (cursor === undefined || isEnough(page, pages.length)) return { texts, pages, isWhole: cursor === undefined };
  }
}

/** What is no page of a list has no rows and no next one. The check of its text says what is wrong. */
function readPage(text: string): Page {
  try {
    return { next_cursor: null, ...(JSON.parse(text) as { data?: Page }).data };
  } catch {
    return { next_cursor: null };
  }
}

/** The public list of periods, back to the one that begins at this time. */
async function periodPages(startsAt: number, ask: (cursor?: string) => Promise<string>): Promise<string[]> {
  const isEnough = ({ seed_periods: periods = [] }: Page, count: number) =>
    count >= MOST_PAGES || periods.some(({ starts_at }) => Date.parse(starts_at) <= startsAt);
  return (await pagesUntil(ask, isEnough)).texts;
}

/** When the period of a proof begins; if it does not say, no older list is of use. */
function startOf(proof: string): number {
  try {
    const { data } = JSON.parse(proof) as { data: { proof: { record: string } } };
    const { period } = JSON.parse(data.proof.record) as { period: { starts_at: string } };
    return Date.parse(period.starts_at) || Infinity;
  } catch {
    return Infinity;
  }
}

/**
 * Asks for the proof of one purchase, and checks it. The lists beside it may have more pages
 * than the API lets in at once: `wait` is told how long the server asks to wait, and null when
 * that is over.
 */
export async function checkOne(sagaId: string, wait: (ms: number | null) => void, isLeft: () => boolean): Promise<Checked> {
  const asked = <T,>(ask: () => Promise<T>) => patient(ask, wait, isLeft);
  // The lists come after the proof: what it has is in them.
  const proof = await asked(() => game.proofText(sagaId));
  const has = ({ draw_numbers: rows = [] }: Page) => rows.some(({ saga_id }) => saga_id === sagaId);
  const [numbers, periods] = await Promise.all([
    pagesUntil((cursor) => asked(() => game.drawNumbersText(cursor)), has),
    periodPages(startOf(proof), (cursor) => asked(() => game.seedPeriodsText(100, cursor))),
  ]);
  const checked = await checkProof(sagaId, proof, [...numbers.texts, ...periods]);
  if (numbers.pages.some(has)) return checked;
  return { ...checked, verdict: "wrong", reasons: [...checked.reasons, UNLISTED] };
}

/** What a check of all purchases has found so far. */
export interface AllChecked {
  purchases: ReadonlyMap<string, Checked>;
  /** How many there are. */
  count: number;
  /** What is wrong beyond single purchases. */
  wrong: string[];
  /** Which are counted, and were not compared with the public list of periods. */
  notCompared: ReadonlySet<string>;
  /** How long the server asks to wait before it goes on; null if it does not. */
  waitMs: number | null;
}

/** Receipts that this device has of purchases which the list does not have. */
async function unlisted(kept: Draw[], listed: Listed[], periods: string): Promise<string[]> {
  const receipts = kept.filter(({ saga_id }) => !listed.some((row) => row.saga_id === saga_id));
  if (receipts.length === 0) return [];
  const checked = await report([...receipts.map((draw) => JSON.stringify(draw)), periods], { some: true });
  // What another player of this device drew is not theirs.
  const mine = checked.receipts.filter(({ userId, verdict }) => verdict === "signed" && userId === player.value?.userId);
  return mine.map(({ drawNumber }) => unlistedReceipt(drawNumber));
}

/**
 * Checks all purchases of the player, one after the other, and tells what it has found after
 * each: the API lets in a number of calls in a minute, so this may take several. It keeps
 * the proofs that cannot change any more in `kept`, so that it goes on where it stopped.
 */
export async function checkAll(kept: Map<string, string>, tell: (found: AllChecked) => void, isLeft: () => boolean): Promise<void> {
  const purchases = new Map<string, Checked>();
  let ids: string[] = [];
  const now = (more: Partial<AllChecked> = {}) =>
    tell({ purchases: new Map(purchases), count: ids.length, wrong: [], notCompared: new Set(), waitMs: null, ...more });
  const asked = <T,>(ask: () => Promise<T>) => patient(ask, (waitMs) => now({ waitMs }), isLeft);

  // The list comes last: what is drawn meanwhile is in it.
  const receipts = draws();
  const { next_draw_number: nextNumber } = await asked(() => game.clientSeed());
  const { texts: numbers, pages } = await pagesUntil((cursor) => asked(() => game.drawNumbersText(cursor)), () => false);
  const newest = await asked(() => game.seedPeriodsText(100));
  const listed = pages.flatMap(({ draw_numbers: rows = [] }) => rows);
  ids = listed.filter(({ state }) => state !== "running").map(({ saga_id }) => saga_id);
  const { receipt_keys } = (JSON.parse(newest) as { data: { receipt_keys: unknown } }).data;
  // With a single purchase the keys alone: what is wrong with a period is told once, below.
  const keys = JSON.stringify({ seed_periods: [], receipt_keys });

  const proofs = new Map<string, string>();
  for (const id of ids) {
    const proof = kept.get(id) ?? (await asked(() => game.proofText(id)));
    const checked = await checkProof(id, proof, [...numbers.filter((text) => text.includes(id)), keys]);
    proofs.set(id, proof);
    purchases.set(id, checked);
    if (checked.verdict !== "wrong" && checked.purchase?.pathLength != null) kept.set(id, proof);
    now();
  }
  const wrong = [...leftOut(listed, nextNumber), ...(await unlisted(receipts, listed, newest))];
  if (ids.length === 0) return now({ wrong });

  // All together: what one purchase left behind is what the next one began with, and what each
  // says of its period is what everybody is told.
  const oldest = Math.min(...[...proofs.values()].map(startOf));
  const periods = await periodPages(oldest, (cursor) => asked(() => game.seedPeriodsText(100, cursor)));
  const whole = await report([...proofs.values(), ...receiptsOf(ids), ...numbers, ...periods], { some: ids.length < listed.length });
  const notCompared = new Set<string>();
  for (const purchase of whole.purchases) {
    const { sagaId } = purchase.record;
    const alone = purchases.get(sagaId);
    if (alone && purchase.verdict === "wrong") purchases.set(sagaId, { ...alone, verdict: "wrong", reasons: purchase.reasons });
    if (purchase.pathLength !== null && !purchase.isPeriodListed) notCompared.add(sagaId);
  }
  now({ wrong: [...wrong, ...whole.wrong], notCompared });
}

export class LeftError extends Error {}

/** Asks again after a 429, when the server says. */
async function patient<T>(ask: () => Promise<T>, wait: (ms: number | null) => void, isLeft: () => boolean): Promise<T> {
  for (;;) {
    if (isLeft()) throw new LeftError();
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof TooManyError)) throw error;
      const waitMs = error.retryAfterMs ?? 10_000;
      wait(waitMs);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      wait(null);
    }
  }
}

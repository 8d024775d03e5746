// Checks purchases on this device, with all that it has kept of them and all that the server
// tells now.

import { TooManyError } from "@tenjo/client";
import { verify, Wrong, type CheckedPurchase, type CheckedReceipt, type Report, type VerifyOptions } from "@tenjo/client/fairness";
import { draws, noted } from "./evidence";
import { game, player } from "./game";

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
    reasons.push("this is the proof of another purchase");
  }
  const isWrong = purchase === null || verdict === "wrong" || reasons.length > 0;
  return { verdict: isWrong ? "wrong" : purchase.verdict, reasons, purchase, receipt };
}

/** Asks for the proof of one purchase, and checks it. */
export async function checkOne(sagaId: string): Promise<Checked> {
  const [proof, numbers, periods] = await Promise.all([game.proofText(sagaId), game.drawNumbersText(), game.seedPeriodsText(100)]);
  return checkProof(sagaId, proof, [numbers, periods]);
}

/** What a check of all purchases has found so far. */
export interface AllChecked {
  purchases: ReadonlyMap<string, Checked>;
  /** How many there are. */
  count: number;
  /** What is wrong beyond single purchases. */
  wrong: string[];
  /** How long the server asks to wait before it goes on; null if it does not. */
  waitMs: number | null;
}

/** The list of draw numbers, page by page, as it was sent. */
async function numberPages(): Promise<string[]> {
  const pages: string[] = [];
  for (let cursor: string | null = null; ; ) {
    const text: string = await game.drawNumbersText(cursor ?? undefined);
    pages.push(text);
    cursor = (JSON.parse(text) as { data: { next_cursor: string | null } }).data.next_cursor;
    if (cursor === null) return pages;
  }
}

interface Listed {
  saga_id: string;
  state: string;
}

/**
 * Checks all purchases of the player, one after the other, and tells what it has found after
 * each: the API lets in a number of calls in a minute, so this may take several. It keeps
 * the proofs that cannot change any more in `kept`, so that it goes on where it stopped.
 */
export async function checkAll(kept: Map<string, string>, tell: (found: AllChecked) => void, isLeft: () => boolean): Promise<void> {
  const purchases = new Map<string, Checked>();
  const pages = await patient(numberPages, () => {}, isLeft);
  const periods = await patient(() => game.seedPeriodsText(100), () => {}, isLeft);
  const listed = pages.flatMap((text) => (JSON.parse(text) as { data: { draw_numbers: Listed[] } }).data.draw_numbers);
  const ids = listed.filter(({ state }) => state !== "running").map(({ saga_id }) => saga_id);
  const { receipt_keys } = (JSON.parse(periods) as { data: { receipt_keys: unknown } }).data;
  // With a single purchase the keys alone: what is wrong with a period is told once, below.
  const keys = JSON.stringify({ seed_periods: [], receipt_keys });
  const now = (more: Partial<AllChecked> = {}) => tell({ purchases: new Map(purchases), count: ids.length, wrong: [], waitMs: null, ...more });

  const proofs = new Map<string, string>();
  for (const id of ids) {
    const proof = kept.get(id) ?? (await patient(() => game.proofText(id), (waitMs) => now({ waitMs }), isLeft));
    const checked = await checkProof(id, proof, [...pages.filter((text) => text.includes(id)), keys]);
    proofs.set(id, proof);
    purchases.set(id, checked);
    if (checked.verdict !== "wrong" && checked.purchase?.pathLength != null) kept.set(id, proof);
    now();
  }
  if (ids.length === 0) return now();

  // All together: what one purchase left behind is what the next one began with.
  const whole = await report([...proofs.values(), ...receiptsOf(ids), ...pages, periods], { some: ids.length < listed.length });
  for (const purchase of whole.purchases) {
    const alone = purchases.get(purchase.record.sagaId);
    if (alone && purchase.verdict === "wrong") purchases.set(purchase.record.sagaId, { ...alone, verdict: "wrong", reasons: purchase.reasons });
  }
  now({ wrong: whole.wrong });
}

export class LeftError extends Error {}

/** Asks again after a 429, when the server says. */
async function patient<T>(ask: () => Promise<T>, wait: (ms: number) => void, isLeft: () => boolean): Promise<T> {
  for (;;) {
    if (isLeft()) throw new LeftError();
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof TooManyError)) throw error;
      const waitMs = error.retryAfterMs ?? 10_000;
      wait(waitMs);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}

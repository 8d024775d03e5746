// Part 4 of docs/fairness.md: the check.

import { bytesOf, hex, sha256, unhex } from "./bytes.js";
import { fields, list, parse, require, string, text, Wrong, type Fields, type Json } from "./json.js";
import {
  checkAnswer, itemsText, readPeriod, readReceipt, readRecord, type PeriodTold, type PurchaseRecord,
} from "./record.js";
import {
  countPurchase, draw, isOpen, NOTHING, offers, pityText, readRules, restText, rollOver, stateText,
  type Bought, type Document, type Drawn, type State,
} from "./rules.js";
import { commitment, span, stream } from "./stream.js";
import { moment, SECOND, type Moment } from "./time.js";
import { checkInclusion, leaf, readTotals } from "./tree.js";

const QUOTED_BEFORE = 300n * SECOND;
const QUOTED_AFTER = 60n * SECOND;
const MAY_PAY = new Map([
  ["free_gem", ["free_gem"]],
  ["paid_gem", ["paid_gem"]],
  ["any_gem", ["free_gem", "paid_gem"]],
]);

/** What a proof leaves open, although nothing is wrong. */
export type Doubt =
  | "default_client_seed"
  | "client_seed_before_commitment"
  | "commitment_published_late"
  | "not_yet_counted"
  | "earlier_purchases_trusted";

export interface CheckedPurchase {
  /** `open`: right so far, and the server's seed is not revealed yet. */
  verdict: "proved" | "void" | "open" | "wrong";
  /** Why it is wrong; empty otherwise. */
  reasons: string[];
  doubts: Doubt[];
  record: PurchaseRecord;
  document: Document | null;
  /** What the seeds give, with the numbers that decide it; null before the seed is revealed. */
  drawn: Drawn[] | null;
  seed: string | null;
  /** How many siblings lead to the root; null if the purchase is not counted yet. */
  pathLength: number | null;
  /**
   * Whether a list of periods that was shown has the period, and its root if the purchase is
   * counted. Otherwise the proof was compared with nothing that everybody is told.
   */
  isPeriodListed: boolean;
}

export interface CheckedReceipt {
  verdict: "signed" | "wrong";
  reasons: string[];
  drawNumber: bigint | null;
  sagaId: string | null;
  userId: string | null;
}

export interface Report {
  /** `open`: nothing is wrong, and some seed is not revealed yet. */
  verdict: "right" | "open" | "wrong";
  purchases: CheckedPurchase[];
  receipts: CheckedReceipt[];
  /** What is wrong beyond single purchases and receipts. */
  wrong: string[];
  /** Draw numbers that were not shown, as `4` or `4 to 7`. */
  notShown: string[];
  /** All that was told of periods: compare the commitments with those that you noted. */
  periods: PeriodTold[];
}

/** A period as it was noted in advance. */
export interface NotedPeriod {
  starts_at: string;
  ends_at: string;
  commitment: string;
}

export interface VerifyOptions {
  /** Not all purchases of a player are shown: what the others left behind is taken on trust. */
  some?: boolean;
  /** Commitments that were noted in advance; a purchase under any other is wrong. */
  noted?: string[];
  /**
   * Periods that were noted, when not every one was: a purchase in one of them under another
   * commitment is wrong, and so is whatever else is told of its time.
   */
  notedPeriods?: NotedPeriod[];
}

interface Proof {
  record: string;
  pool_document: string;
  seed: string | null;
  inclusion: Json;
}

interface Told extends PeriodTold {
  seed: string | null;
  root: Json;
}

/** Answers of the API, of any number of players, sorted by what they are. */
class Shown {
  readonly proofs = new Map<string, Proof>();
  readonly draws: Fields[] = [];
  readonly listed: Fields[] = [];
  readonly revisions: Fields[] = [];
  readonly periods: Told[] = [];
  readonly keys = new Map<string, string>();

  add(value: Json): void {
    if (Array.isArray(value)) {
      for (const inner of value) this.add(inner);
      return;
    }
    const answer = fields(value, "an answer");
    if (answer["data"] !== undefined) this.add(answer["data"]);
    else if (answer["proof"] !== undefined) this.add(answer["proof"]);
    else if (answer["record"] !== undefined) {
      const { seed, inclusion } = answer;
      this.proofs.set(text(answer), {
        record: string(answer["record"], "record"),
        pool_document: string(answer["pool_document"], "pool_document"),
        seed: seed === null ? null : string(seed, "seed"),
        inclusion: inclusion ?? null,
      });
    } else if (answer["seed_periods"] !== undefined) this.addPeriods(answer);
    else if (answer["receipt"] !== undefined) this.draws.push(answer);
    else if (answer["draw_numbers"] !== undefined) {
      this.listed.push(...list(answer["draw_numbers"], "draw_numbers").map((row) => fields(row, "a draw number")));
    } else if (answer["document"] !== undefined) this.revisions.push(answer);
    else throw new Wrong("there is an answer with nothing to check");
  }

  private addPeriods(answer: Fields): void {
    for (const row of list(answer["seed_periods"], "seed_periods")) {
      const { seed, root } = fields(row, "a period");
      this.periods.push({
        ...readPeriod(row), seed: seed === null ? null : string(seed, "seed"), root: root ?? null,
      });
    }
    for (const row of list(answer["receipt_keys"] ?? [], "receipt_keys")) {
      const key = fields(row, "a receipt key");
      if (key["kty"] !== "OKP" || key["crv"] !== "Ed25519") continue;
      const [kid, x] = [string(key["kid"], "kid"), string(key["x"], "x")];
      require((this.keys.get(kid) ?? x) === x, "two receipt keys have one name");
      this.keys.set(kid, x);
    }
  }
}

/**
 * Checks answers of the API, as the texts in which they came. Proofs of one player belong
 * together. Fails with `Wrong` if they cannot be read at all.
 */
export async function verify(answers: string[], options: VerifyOptions = {}): Promise<Report> {
  return verifyRead(answers.map(parse), options);
}

/** The same, of answers that `parse` has read. */
export async function verifyRead(answers: Json[], options: VerifyOptions = {}): Promise<Report> {
  const shown = new Shown();
  shown.add(answers);
  require(
    shown.proofs.size > 0 || shown.draws.some((answer) => answer["receipt"] !== null),
    "there is neither a proof nor a receipt to check",
  );

  const wrong: string[] = [];
  const purchases: CheckedPurchase[] = [];
  const notShown: string[] = [];
  const told: Told[] = [...shown.periods];
  const players = new Map<string, { record: PurchaseRecord; proof: Proof }[]>();
  for (const proof of shown.proofs.values()) {
    const [record, reasons] = await attempt(async () => readRecord(proof.record));
    if (record === null) wrong.push(...reasons.map((reason) => `a proof: ${reason}`));
    else players.set(record.userId, [...(players.get(record.userId) ?? []), { record, proof }]);
  }
  for (const ofPlayer of players.values()) {
    const history = new History(options.some === true || ofPlayer.length === 1);
    ofPlayer.sort((one, other) => (one.record.drawNumber < other.record.drawNumber ? -1 : 1));
    for (const { record, proof } of ofPlayer) {
      const checked = await checkProof(record, proof, options);
      const [trusted, reasons] = await attempt(async () => history.add(record, checked.document));
      checked.reasons.push(...reasons);
      if (trusted) checked.doubts.push("earlier_purchases_trusted");
      const [isIn] = await attempt(async () => isListed(record.period, checked.pathLength !== null, shown.periods));
      checked.isPeriodListed = isIn === true;
      if (checked.reasons.length > 0) checked.verdict = "wrong";
      purchases.push(checked);
      const root = proof.inclusion === null ? null : (fields(proof.inclusion, "inclusion")["root"] ?? null);
      told.push({ ...record.period, seed: proof.seed, root });
    }
    notShown.push(...history.notShown);
  }

  const records = purchases.map(({ record }) => record);
  const receipts: CheckedReceipt[] = [];
  for (const answer of shown.draws) {
    if (answer["receipt"] === null) continue; // the draw had not ended
    const checked = await checkReceipt(answer, shown.keys, records);
    if (checked.record !== null) {
      records.push(checked.record);
      told.push({ ...checked.record.period, seed: null, root: null });
    }
    receipts.push(checked.receipt);
  }
  for (const listed of shown.listed) {
    wrong.push(...(await attempt(async () => checkListed(listed, records)))[1]);
  }
  for (const { revision, document } of shown.revisions) {
    const [, reasons] = await attempt(async () => {
      const hash = hex(await sha256(bytesOf(string(document, "document"))));
      require(hash === revision, "the rules are not those of their revision");
    });
    wrong.push(...reasons);
  }
  const [broken, reasons] = await attempt(() => checkPeriods(told, options.notedPeriods ?? []));
  wrong.push(...(broken ?? []), ...reasons);

  const isWrong =
    wrong.length > 0 || [...purchases, ...receipts].some(({ verdict }) => verdict === "wrong");
  const isOpen = purchases.some(({ verdict }) => verdict === "open");
  return { verdict: isWrong ? "wrong" : isOpen ? "open" : "right", purchases, receipts, wrong, notShown, periods: told };
}

/** What a check answers, and what it finds wrong. Whatever cannot be checked is wrong. */
async function attempt<T>(check: () => Promise<T>): Promise<[T | null, string[]]> {
  try {
    return [await check(), []];
  } catch (error) {
    return [null, [error instanceof Wrong ? error.message : `it is not whole: ${String(error)}`]];
  }
}

/** One proof on its own: 1 to 7 of part 4. */
async function checkProof(record: PurchaseRecord, proof: Proof, options: VerifyOptions): Promise<CheckedPurchase> {
  const checked: CheckedPurchase = {
    verdict: "open", reasons: [], doubts: [], record, document: null, drawn: null, seed: proof.seed, pathLength: null,
    isPeriodListed: false,
  };
  const [, reasons] = await attempt(() => checkSteps(record, proof, options, checked));
  checked.reasons.push(...reasons);
  return checked;
}

async function checkSteps(
  record: PurchaseRecord, proof: Proof, { noted = [], notedPeriods = [] }: VerifyOptions, checked: CheckedPurchase,
): Promise<void> {
  const { period, bought, quotedAt } = record;
  const document = await readRules(proof.pool_document, record.revision, record.poolId);
  checked.document = document;
  require(noted.length === 0 || noted.includes(period.commitment), "the commitment is none that you noted");
  require(!notedPeriods.some((other) => isContradicted(period, other)), "the commitment is another than you noted");

  const [startsAt, endsAt, publishedAt] = [moment(period.starts_at), moment(period.ends_at), moment(period.published_at)];
  const hashed = span(startsAt, endsAt);
  require(
    startsAt - QUOTED_BEFORE <= quotedAt && quotedAt < endsAt + QUOTED_AFTER,
    "the purchase was quoted outside its period",
  );
  const seed = proof.seed === null ? null : unhex(proof.seed, 32, "the seed");
  if (seed !== null) {
    require(
      (await commitment(seed, hashed)) === period.commitment,
      "the seed and the period are not what was committed to",
    );
  }
  if (proof.inclusion !== null) {
    require(seed !== null, "there is a root before the seed is revealed");
    const rarities = record.results?.map(({ rarity }) => rarity) ?? [];
    checked.pathLength = await checkInclusion(proof.inclusion, await leaf(record.text, record.isVoid, rarities));
  }
  const clientSeedDoubt = checkClientSeed(record, endsAt, publishedAt);
  if (clientSeedDoubt !== null) checked.doubts.push(clientSeedDoubt);
  if (publishedAt >= startsAt) checked.doubts.push("commitment_published_late");
  if (seed !== null && proof.inclusion === null) checked.doubts.push("not_yet_counted");

  const state: State = { ...record.before, drawnCopies: new Map(record.before.drawnCopies) };
  require(
    document.pity !== null || pityText(state) === pityText(NOTHING),
    "there is pity before it, but the pool has none",
  );
  rollOver(document, quotedAt, state);
  require(isOpen(document, quotedAt), "the pool did not sell then");
  const sold = offers(document, state);
  require(sold.map(offerText).includes(offerText(bought)), "the pool did not sell that");
  checkPayment(record, document);
  if (seed === null) return;

  const numbers = stream({
    seed, span: hashed, revision: record.revision, userId: record.userId, drawNumber: record.drawNumber,
    clientSeed: record.clientSeed,
  });
  checked.drawn = await draw(numbers, document, bought, state);
  countPurchase(document, bought, state);
  if (record.isVoid) {
    checked.verdict = "void";
    return;
  }
  const given = checked.drawn.map(({ item }) => item);
  require(itemsText(record.results) === itemsText(given), `the draws give ${given.map(({ id }) => id).join(", ")}`);
  require(record.after !== null && stateText(record.after) === stateText(state), `the draws leave ${stateText(state)}`);
  checked.verdict = "proved";
}

/** Whether the lists have the period, with its root if that is needed. */
function isListed({ starts_at }: PeriodTold, needsRoot: boolean, listed: Told[]): boolean {
  const startsAt = moment(starts_at);
  return listed.some((other) => moment(other.starts_at) === startsAt && (!needsRoot || other.root !== null));
}

/** Whether two tellings of one time are not the same. */
function isContradicted(told: NotedPeriod, noted: NotedPeriod): boolean {
  const [from, until] = [moment(told.starts_at), moment(told.ends_at)];
  const [notedFrom, notedUntil] = [moment(noted.starts_at), moment(noted.ends_at)];
  if (until <= notedFrom || notedUntil <= from) return false;
  return from !== notedFrom || until !== notedUntil || told.commitment !== noted.commitment;
}

function offerText({ drawCount, currency, amount, step, isFree }: Bought): string {
  return `${drawCount} for ${amount} ${currency}, step ${step}${isFree ? ", free" : ""}`;
}

/** Where the client seed comes from fits its time. Answers with what that leaves open. */
function checkClientSeed(record: PurchaseRecord, endsAt: Moment, publishedAt: Moment): Doubt | null {
  const setAt = record.clientSeedSetAt;
  if (record.clientSeedOrigin === "default") {
    require(
      setAt === null && record.clientSeed === record.userId,
      "the default client seed is the player's id, and was never set",
    );
    return "default_client_seed";
  }
  require(
    setAt !== null && (record.clientSeedOrigin === "draw" ? setAt === record.quotedAt : setAt < endsAt),
    "the client seed was set at another time than its origin says",
  );
  return setAt < publishedAt ? "client_seed_before_commitment" : null;
}

/** What was taken is the price, and the points are those of the rules. */
function checkPayment(record: PurchaseRecord, document: Document): void {
  const { bought, breakdown, points } = record;
  const mayPay = MAY_PAY.get(bought.currency) ?? [];
  const kinds = breakdown.map(({ currency }) => currency);
  const taken = breakdown.reduce((total, { amount }) => total + amount, 0n);
  require(
    String(kinds) === String(mayPay.filter((kind) => kinds.includes(kind))) &&
      breakdown.every(({ amount }) => amount > 0n) &&
      taken === bought.amount,
    "what was taken is not the price",
  );
  const { exchange } = document;
  const due = record.isVoid || exchange === null ? null : exchange.pointsPerDraw * bought.drawCount;
  require(
    due === null ? points === null : points !== null && points.group === exchange!.group && points.amount === due,
    "the rules give other points",
  );
}

/** What the purchases of a player, given in their order, left behind: 8 and 9. */
class History {
  readonly notShown: string[] = [];
  private number = 0n;
  private lastMissing = 0n;
  private readonly left = new Map<string, { at: bigint; text: string }>();

  constructor(private readonly mayMiss: boolean) {}

  /** Adds the next purchase. Answers with whether something was taken on trust, or fails. */
  add(record: PurchaseRecord, document: Document | null): boolean {
    const { drawNumber, before } = record;
    const firstMissing = this.number + 1n;
    require(drawNumber >= firstMissing, "this draw number comes twice");
    this.number = drawNumber;
    const wrong: string[] = [];
    if (drawNumber > firstMissing) {
      this.lastMissing = drawNumber - 1n;
      const missing = firstMissing === this.lastMissing ? `${firstMissing}` : `${firstMissing} to ${this.lastMissing}`;
      this.notShown.push(missing);
      if (!this.mayMiss) wrong.push(`purchases ${missing} are missing`);
    }
    const after = record.after ?? before;
    const kept: [string, (state: State) => string][] = [[`the pool ${record.poolId}`, restText]];
    if (document !== null && document.pity !== null) kept.push([`the pity group ${document.pity.group}`, pityText]);
    let trusted = false;
    for (const [what, part] of kept) {
      const { at, text: expected } = this.left.get(what) ?? { at: 0n, text: part(NOTHING) };
      this.left.set(what, { at: drawNumber, text: part(after) });
      if (at < this.lastMissing) trusted = true;
      else if (part(before) !== expected) wrong.push(`${what} was left at ${expected}`);
    }
    require(wrong.length === 0, wrong.join("; "));
    return trusted;
  }
}

/** What proofs and lists say of periods: 10. */
async function checkPeriods(told: Told[], noted: NotedPeriod[]): Promise<string[]> {
  const wrong: string[] = [];
  for (const one of noted) {
    if (told.some((other) => isContradicted(other, one))) wrong.push(`the period from ${one.starts_at} was described in another way when it was noted`);
  }
  const byStart = new Map<Moment, Told[]>();
  for (const period of told) {
    const startsAt = moment(period.starts_at);
    byStart.set(startsAt, [...(byStart.get(startsAt) ?? []), period]);
  }
  for (const same of byStart.values()) {
    const first = same[0]!;
    const fixed = new Set(same.map((it) => `${it.commitment} ${moment(it.ends_at)} ${moment(it.published_at)}`));
    const seeds = new Set(same.flatMap(({ seed }) => seed ?? []));
    const roots = new Set(same.flatMap(({ root }) => (root === null ? [] : rootText(root))));
    if (fixed.size > 1 || seeds.size > 1 || roots.size > 1) {
      wrong.push(`the period from ${first.starts_at} was described in two ways`);
    }
    for (const seed of seeds) {
      const hashed = span(moment(first.starts_at), moment(first.ends_at));
      if ((await commitment(unhex(seed, 32, "a seed"), hashed)) !== first.commitment) {
        wrong.push(`the seed of the period from ${first.starts_at} is not what was committed to`);
      }
    }
  }
  const starts = [...byStart.keys()].sort((one, other) => (one < other ? -1 : 1));
  for (const [at, start] of starts.slice(1).entries()) {
    if (byStart.get(starts[at]!)!.some((period) => moment(period.ends_at) > start)) {
      wrong.push("a period begins before the one before it ends");
    }
  }
  return wrong;
}

function rootText(root: Json): string {
  const { hash, totals } = fields(root, "root");
  return `${string(hash, "a root's hash")} ${String(readTotals(totals))}`;
}

/** A receipt: 11. */
async function checkReceipt(
  answer: Fields, keys: ReadonlyMap<string, string>, records: PurchaseRecord[],
): Promise<{ receipt: CheckedReceipt; record: PurchaseRecord | null }> {
  const [record, reasons] = await attempt(async () =>
    readRecord(await readReceipt(string(answer["receipt"], "the receipt"), keys)),
  );
  if (record !== null) {
    reasons.push(...(await attempt(async () => checkAnswer(answer, record)))[1]);
    const isSame = (other: PurchaseRecord) =>
      other.sagaId === record.sagaId || (other.userId === record.userId && other.drawNumber === record.drawNumber);
    if (records.some((other) => isSame(other) && other.text !== record.text)) {
      reasons.push("the server says something else elsewhere");
    }
  }
  const receipt: CheckedReceipt = {
    verdict: reasons.length === 0 ? "signed" : "wrong",
    reasons,
    drawNumber: record?.drawNumber ?? null,
    sagaId: record?.sagaId ?? null,
    userId: record?.userId ?? null,
  };
  return { receipt, record };
}

/**
 * A purchase in a list of draw numbers is the one that records name: 12. The list does not
 * say whose it is; if all records are of one player, so is the list.
 */
function checkListed(listed: Fields, records: PurchaseRecord[]): void {
  const isOnePlayer = new Set(records.map(({ userId }) => userId)).size === 1;
  for (const record of records) {
    const isSame =
      record.sagaId === listed["saga_id"] || (isOnePlayer && record.drawNumber === listed["draw_number"]);
    if (!isSame) continue;
    const state = record.isVoid ? "void" : "valid";
    require(
      record.sagaId === listed["saga_id"] && record.drawNumber === listed["draw_number"] &&
        (listed["state"] === "running" || listed["state"] === state),
      `purchase ${record.drawNumber} is listed as another than it is`,
    );
  }
}

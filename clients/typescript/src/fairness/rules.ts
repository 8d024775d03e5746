// Part 2 of docs/fairness.md: from numbers to items. What is drawn or counted here changes
// the state that is given.

import { bytesOf, hex, sha256 } from "./bytes.js";
import {
  boolean, fields, list, natural, optional, parse, require, string, whole, type Json,
} from "./json.js";
import { below, type Choice, type Numbers } from "./stream.js";
import { local, moment, timeOfDay, utcOffset, type Moment } from "./time.js";

const RAREST_FIRST = ["SSR", "SR", "R"] as const;
export type Rarity = (typeof RAREST_FIRST)[number];

const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

export interface Item {
  id: string;
  rarity: Rarity;
  weight: bigint;
  isPickup: boolean;
}

interface Price {
  drawCount: bigint;
  currency: string;
  amount: bigint;
}

/** What decides a draw by rarity: of a standard pool, or of a step. */
interface OddsRule {
  prices: Price[];
  weights: Map<Rarity, bigint>;
  guarantee: { drawCount: bigint; rarity: Rarity } | null;
}

export interface Document {
  poolId: string;
  name: string;
  kind: "standard" | "step_up" | "box";
  items: Item[];
  /** One rule; or one for each step. A box has prices only. */
  steps: OddsRule[];
  loops: boolean;
  reset: "never" | "when_empty" | "after_last_pickup";
  pity: {
    group: string;
    maxCount: bigint;
    soft: { fromCount: bigint; weightStep: bigint } | null;
    rateUp: boolean;
  } | null;
  day: { offset: bigint; beginsAt: bigint };
  freeDaily: bigint | null;
  perDay: bigint | null;
  inTotal: bigint | null;
  opensAt: Moment;
  closesAt: Moment | null;
  hours: { offset: bigint; weekdays: string[]; from: bigint; until: bigint } | null;
  exchange: { group: string; pointsPerDraw: bigint } | null;
}

/** The player's counters in a pool. */
export interface State {
  pityCount: bigint;
  isPickupDue: boolean;
  drawTotal: bigint;
  day: bigint;
  drawsOnDay: bigint;
  isFreeDrawTaken: boolean;
  step: bigint;
  drawnCopies: Map<string, bigint>;
}

/** What was bought. */
export interface Bought {
  drawCount: bigint;
  currency: string;
  amount: bigint;
  step: bigint;
  isFree: boolean;
}

/** An item that was drawn, and the choices that led to it: rarity and item, or a copy. */
export interface Drawn {
  item: Item;
  choices: Choice[];
  /** Below which the first choice gives each rarity, from the rarest; null in a box. */
  bounds: [Rarity, bigint][] | null;
}

function rarity(value: Json | undefined, what: string): Rarity {
  const name = RAREST_FIRST.find((known) => known === value);
  require(name !== undefined, `${what} is no rarity`);
  return name;
}

function oneOf<const T extends string>(value: Json | undefined, words: readonly T[], what: string): T {
  const word = words.find((known) => known === value);
  require(word !== undefined, `${what} is another`);
  return word;
}

/** The rules of a pool, which are what the revision says. */
export async function readRules(documentText: string, revision: string, poolId: string): Promise<Document> {
  require(hex(await sha256(bytesOf(documentText))) === revision, "the rules of the pool do not have that revision");
  const document = fields(parse(documentText), "the rules");
  require(document["format"] === 1n, "the rules have another format");
  require(document["pool_id"] === poolId, "the rules are another pool's");

  const rules = fields(document["rules"], "rules");
  const kind = oneOf(rules["kind"], ["standard", "step_up", "box"], "the kind of the pool");
  const steps = kind === "step_up" ? list(rules["steps"], "steps").map((step) => fields(step, "a step")) : [rules];
  const day = fields(document["day"], "day");
  const limits = optional(document["limits"], fields, "limits");
  const freeDaily = optional(document["free_daily"], fields, "free_daily");

  return {
    poolId,
    name: typeof document["name"] === "string" ? document["name"] : poolId,
    kind,
    items: list(document["items"], "items").map((value) => {
      const item = fields(value, "an item");
      return {
        id: string(item["item_master_id"], "an item's id"),
        rarity: rarity(item["rarity"], "an item's rarity"),
        weight: natural(item["weight"], "an item's weight"),
        isPickup: boolean(item["is_pickup"], "is_pickup"),
      };
    }),
    steps: steps.map((step) => ({
      prices: list(step["prices"], "prices").map((value) => {
        const price = fields(value, "a price");
        return {
          drawCount: natural(price["draw_count"], "a price's draw_count"),
          currency: string(price["currency_type"], "a price's currency_type"),
          amount: natural(price["amount"], "a price's amount"),
        };
      }),
      weights: new Map(
        kind === "box"
          ? []
          : list(step["rarity_weights"], "rarity_weights").map((value) => {
              const entry = fields(value, "a weight");
              return [rarity(entry["rarity"], "a weight's rarity"), natural(entry["weight"], "a weight")] as const;
            }),
      ),
      guarantee: optional(
        step["guarantee"],
        (value) => {
          const promise = fields(value, "guarantee");
          return {
            drawCount: natural(promise["draw_count"], "guarantee's draw_count"),
            rarity: rarity(promise["rarity"], "guarantee's rarity"),
          };
        },
        "guarantee",
      ),
    })),
    loops: kind === "step_up" && oneOf(rules["after_last"], ["loop", "end"], "after_last") === "loop",
    reset: kind === "box" ? oneOf(rules["reset"], ["never", "when_empty", "after_last_pickup"], "reset") : "never",
    pity: optional(
      document["pity"],
      (value) => {
        const pity = fields(value, "pity");
        return {
          group: string(pity["group"], "pity's group"),
          maxCount: natural(pity["max_count"], "max_count"),
          soft: optional(
            pity["soft"],
            (inner) => {
              const soft = fields(inner, "soft");
              return {
                fromCount: natural(soft["from_count"], "from_count"),
                weightStep: natural(soft["weight_step"], "weight_step"),
              };
            },
            "soft",
          ),
          rateUp: boolean(pity["rate_up_guarantee"], "rate_up_guarantee"),
        };
      },
      "pity",
    ),
    day: {
      offset: utcOffset(string(day["utc_offset"], "day's utc_offset")),
      beginsAt: timeOfDay(string(day["begins_at"], "day's begins_at")),
    },
    freeDaily: freeDaily && natural(freeDaily["draw_count"], "free_daily's draw_count"),
    perDay: limits && optional(limits["per_day"], natural, "per_day"),
    inTotal: limits && optional(limits["in_total"], natural, "in_total"),
    opensAt: moment(string(document["opens_at"], "opens_at")),
    closesAt: optional(document["closes_at"], (value, what) => moment(string(value, what)), "closes_at"),
    hours: optional(
      document["opening_hours"],
      (value) => {
        const hours = fields(value, "opening_hours");
        return {
          offset: utcOffset(string(hours["utc_offset"], "the hours' utc_offset")),
          weekdays: (optional(hours["weekdays"], list, "weekdays") ?? []).map((day) => oneOf(day, WEEKDAYS, "a weekday")),
          from: timeOfDay(string(hours["from"], "from")),
          until: timeOfDay(string(hours["until"], "until")),
        };
      },
      "opening_hours",
    ),
    exchange: optional(
      document["exchange"],
      (value) => {
        const exchange = fields(value, "exchange");
        return {
          group: string(exchange["group"], "exchange's group"),
          pointsPerDraw: natural(exchange["points_per_draw"], "points_per_draw"),
        };
      },
      "exchange",
    ),
  };
}

export function readState(value: Json | undefined): State {
  const state = fields(value, "a state");
  const drawnCopies = new Map<string, bigint>();
  for (const [id, copies] of Object.entries(fields(state["drawn_copies"], "drawn_copies"))) {
    const gone = natural(copies, "drawn copies");
    require(gone > 0n, "the state names copies of which none is gone");
    drawnCopies.set(id, gone);
  }
  return {
    pityCount: natural(state["pity_count"], "pity_count"),
    isPickupDue: boolean(state["is_pickup_due"], "is_pickup_due"),
    drawTotal: natural(state["draw_total"], "draw_total"),
    day: whole(state["day"], "day"),
    drawsOnDay: natural(state["draws_on_day"], "draws_on_day"),
    isFreeDrawTaken: boolean(state["is_free_draw_taken"], "is_free_draw_taken"),
    step: natural(state["step"], "step"),
    drawnCopies,
  };
}

/** Pity belongs to a pity group, everything else to the pool. */
export function pityText(state: State): string {
  return `pity ${state.pityCount}${state.isPickupDue ? ", a pickup due" : ""}`;
}

export function restText(state: State): string {
  const copies = [...state.drawnCopies].sort(([one], [other]) => (one < other ? -1 : 1));
  return (
    `${state.drawTotal} draws, ${state.drawsOnDay} on day ${state.day}` +
    `${state.isFreeDrawTaken ? ", the free one taken" : ""}, step ${state.step}` +
    copies.map(([id, gone]) => `, ${JSON.stringify(id)} ${gone}`).join("")
  );
}

export function stateText(state: State): string {
  return `${pityText(state)}; ${restText(state)}`;
}

export const NOTHING: Readonly<State> = {
  pityCount: 0n, isPickupDue: false, drawTotal: 0n, day: 0n, drawsOnDay: 0n, isFreeDrawTaken: false, step: 0n,
  drawnCopies: new Map(),
};

/** Moves the counters of a day on to the day of a moment. A day never goes back. */
export function rollOver(document: Document, at: Moment, state: State): void {
  const here = local(at, document.day.offset);
  const day = here.date - (here.time < document.day.beginsAt ? 1n : 0n);
  if (day <= state.day) return;
  state.day = day;
  state.drawsOnDay = 0n;
  state.isFreeDrawTaken = false;
}

/** Whether a pool sells at a moment. */
export function isOpen(document: Document, at: Moment): boolean {
  if (at < document.opensAt || (document.closesAt !== null && at >= document.closesAt)) return false;
  const { hours } = document;
  if (hours === null) return true;
  const here = local(at, hours.offset);
  // 1970-01-01 was a Thursday.
  const beginsOn = (date: bigint) =>
    hours.weekdays.length === 0 || hours.weekdays.includes(WEEKDAYS[Number((((date + 3n) % 7n) + 7n) % 7n)]!);
  if (hours.from < hours.until) return beginsOn(here.date) && hours.from <= here.time && here.time < hours.until;
  return (
    (beginsOn(here.date) && hours.from <= here.time) || (beginsOn(here.date - 1n) && here.time < hours.until)
  );
}

/** All that an open pool sells to a player in a state that is rolled over to the day. */
export function offers(document: Document, state: State): Bought[] {
  let step = 0n;
  const count = BigInt(document.steps.length);
  if (document.kind === "step_up") {
    step = document.loops ? state.step % count : state.step;
    if (step >= count) return []; // the last step was bought
  }
  const free = state.isFreeDrawTaken ? null : document.freeDaily;
  const found: Bought[] = document.steps[Number(step)]!.prices
    .filter(
      ({ drawCount }) =>
        drawCount !== free &&
        (document.perDay === null || state.drawsOnDay + drawCount <= document.perDay) &&
        (document.inTotal === null || state.drawTotal + drawCount <= document.inTotal),
    )
    .map((price) => ({ ...price, step, isFree: false }));
  if (free !== null) found.push({ drawCount: free, currency: "free_gem", amount: 0n, step, isFree: true });
  if (document.kind !== "box" || document.reset !== "never") return found;
  const left = sum(copiesLeft(document, state));
  return found.filter(({ drawCount }) => drawCount <= left);
}

/** The items that a purchase draws. */
export async function draw(numbers: Numbers, document: Document, bought: Bought, state: State): Promise<Drawn[]> {
  const drawn: Drawn[] = [];
  for (let at = 0n; at < bought.drawCount; at += 1n) {
    drawn.push(
      document.kind === "box"
        ? await drawFromBox(numbers, document, state)
        : await drawByRarity(numbers, document.steps[Number(bought.step)]!, document, state, drawn),
    );
  }
  return drawn;
}

/** The upper bound of each rarity in a draw, from the rarest. Pity takes from the most common first. */
function bounds(odds: OddsRule, document: Document, state: State): Map<Rarity, bigint> {
  const total = sum([...odds.weights.values()]);
  const found = new Map<Rarity, bigint>();
  let bound = 0n;
  for (const rarity of RAREST_FIRST) {
    let weight = odds.weights.get(rarity);
    if (weight === undefined) continue;
    if (rarity === "SSR" && document.pity !== null) {
      const { maxCount, soft } = document.pity;
      const now = state.pityCount + 1n;
      if (now >= maxCount) weight = total;
      else if (soft !== null && now >= soft.fromCount) weight += soft.weightStep * (now - soft.fromCount + 1n);
    }
    bound = smaller(total, bound + weight);
    found.set(rarity, bound);
  }
  return found;
}

async function drawByRarity(
  numbers: Numbers, odds: OddsRule, document: Document, state: State, before: Drawn[],
): Promise<Drawn> {
  const upper = bounds(odds, document, state);
  let top = sum([...odds.weights.values()]);
  if (odds.guarantee !== null) {
    const size = Number(odds.guarantee.drawCount);
    const good = RAREST_FIRST.slice(0, RAREST_FIRST.indexOf(odds.guarantee.rarity) + 1);
    const block = before.slice(before.length - (before.length % size));
    if (block.length === size - 1 && !block.some(({ item }) => good.includes(item.rarity))) {
      top = [...good].reverse().flatMap((rarity) => upper.get(rarity) ?? [])[0] ?? 0n;
    }
  }
  const first = await below(numbers, top);
  const rarity = [...upper].find(([, bound]) => bound > first.result)![0];

  const hasRateUp = document.pity !== null && document.pity.rateUp;
  const onlyPickups = hasRateUp && rarity === "SSR" && state.isPickupDue;
  const items = document.items.filter((item) => item.rarity === rarity && (item.isPickup || !onlyPickups));
  const { item, choice } = await pick(numbers, items, items.map(({ weight }) => weight));

  if (document.pity !== null) {
    state.pityCount = rarity === "SSR" ? 0n : state.pityCount + 1n;
    if (hasRateUp && rarity === "SSR") state.isPickupDue = !item.isPickup;
  }
  return { item, choices: [first, choice], bounds: [...upper] };
}

/** How many copies of each item a box still holds. */
function copiesLeft(document: Document, state: State): bigint[] {
  return document.items.map(({ id, weight }) => {
    const left = weight - (state.drawnCopies.get(id) ?? 0n);
    return left > 0n ? left : 0n;
  });
}

async function drawFromBox(numbers: Numbers, document: Document, state: State): Promise<Drawn> {
  const left = copiesLeft(document, state);
  const pickups = left.filter((_, at) => document.items[at]!.isPickup);
  const isFilledAgain =
    (document.reset === "when_empty" && sum(left) === 0n) ||
    (document.reset === "after_last_pickup" && sum(pickups) === 0n);
  if (isFilledAgain) state.drawnCopies = new Map();
  const { item, choice } = await pick(numbers, document.items, copiesLeft(document, state));
  state.drawnCopies.set(item.id, (state.drawnCopies.get(item.id) ?? 0n) + 1n);
  return { item, choices: [choice], bounds: null };
}

/** The first item whose running sum of weights is greater than the choice. */
async function pick(numbers: Numbers, items: Item[], weights: bigint[]): Promise<{ item: Item; choice: Choice }> {
  const choice = await below(numbers, sum(weights));
  let running = 0n;
  for (const [at, item] of items.entries()) {
    running += weights[at]!;
    if (running > choice.result) return { item, choice };
  }
  throw new Error("a choice is below the sum of the weights");
}

/** What a purchase leaves behind for the next price. */
export function countPurchase(document: Document, bought: Bought, state: State): void {
  if (bought.isFree) {
    state.isFreeDrawTaken = true;
    return;
  }
  state.drawTotal += bought.drawCount;
  state.drawsOnDay += bought.drawCount;
  if (document.kind !== "step_up") return;
  state.step = bought.step + 1n;
  if (document.loops) state.step %= BigInt(document.steps.length);
}

function sum(values: bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n);
}

function smaller(one: bigint, other: bigint): bigint {
  return one < other ? one : other;
}

// The chance of a first success within so many draws, from where the player stands. For
// pictures: the API's own figures are exact fractions, these are floating point.

import type { PoolWithOdds } from "@tenjo/client";

export type Target = "ssr" | "pickup" | "sr" | "boxPickup";

export interface Curve {
  target: Target;
  /** The chance after 1, 2, … draws. */
  chances: number[];
  /** How many draws are bought at once. */
  drawCount: number;
  /** Whether the pool sells no more than these draws, by its limit or its last step. */
  isAll: boolean;
}

/** No curve is longer: from here on it hardly rises. */
const LONGEST = 300;

/** What the pool sells this player from now on; null if that is nothing. */
export function curve(pool: PoolWithOdds): Curve | null {
  return pool.kind === "box" ? boxCurve(pool) : oddsCurve(pool, targetOf(pool));
}

function targetOf(pool: PoolWithOdds): Target {
  const { items, rarities } = pool.odds.steps[0]!;
  if (items.some(({ rarity, is_pickup }) => rarity === "SSR" && is_pickup)) return "pickup";
  return rarities.some(({ rarity }) => rarity === "SSR") ? "ssr" : "sr";
}

/** How many draws the player may still pay for, as long as the pool exists. Free ones do not count. */
function mostDraws({ limits, standing }: PoolWithOdds): number {
  return limits.in_total === null ? Infinity : Math.max(0, limits.in_total - standing.draw_total);
}

/** The most that can be bought at once, if no more than so many draws may be. */
function largest(counts: number[], most: number): number | null {
  const fitting = counts.filter((count) => count <= most);
  return fitting.length === 0 ? null : Math.max(...fitting);
}

/** Without replacement: none of the good copies among those that were drawn. */
function boxCurve(pool: PoolWithOdds): Curve | null {
  const next = pool.standing.next_draw;
  if (next === null) return null;
  const left = pool.standing.copies_left ?? 0;
  const rarest = next.rarities.at(-1)?.rarity;
  const hasPickup = next.items.some(({ is_pickup }) => is_pickup);
  const isGood = (item: { is_pickup: boolean; rarity: string }) => (hasPickup ? item.is_pickup : item.rarity === rarest);
  const share = next.items.filter(isGood).reduce((sum, { rate }) => sum + rate.numerator / rate.denominator, 0);
  const good = Math.round(share * left);
  const sold = mostDraws(pool);
  const most = Math.min(left, sold, LONGEST);
  if (good === 0 || most === 0) return null;
  const chances: number[] = [];
  let none = 1;
  for (let draw = 0; draw < most; draw += 1) {
    none *= Math.max(0, left - draw - good) / (left - draw);
    chances.push(1 - none);
  }
  return { target: "boxPickup", chances, drawCount: 1, isAll: sold < left && most === sold };
}

function oddsCurve(pool: PoolWithOdds, target: Target): Curve | null {
  const steps = pool.odds.steps;
  // After the last step of a step-up that ends there is no step.
  let step = pool.steps === null ? 0 : (pool.standing.step ?? steps.length + 1) - 1;
  const sells = mostDraws(pool);
  /** How many draws the next purchase has, after so many draws; null if there is none. */
  const nextPurchase = (draws: number) => {
    const sold = pool.steps === null ? pool.prices : (pool.steps[step]?.prices ?? []);
    return largest(sold.map(({ draw_count }) => draw_count), sells - draws);
  };
  const drawCount = nextPurchase(0);
  if (drawCount === null) return null;
  const most = pool.pity_rule?.max_count ?? Infinity;
  const raised = new Map(pool.odds.pity.map(({ draw, rarities }) => [draw, rarities]));

  /** The rates of a draw, by rarity, for a player with this pity. */
  const ratesOf = (step: number, pity: number) => {
    const rarities = raised.get(Math.min(pity + 1, most)) ?? steps[step]!.rarities;
    return new Map(rarities.map(({ rarity, rate }) => [rarity, rate.numerator / rate.denominator]));
  };
  const share = (step: number) => {
    const ssr = steps[step]!.items.filter(({ rarity }) => rarity === "SSR");
    const sum = (rows: typeof ssr) => rows.reduce((total, { rate }) => total + rate.numerator, 0);
    return sum(ssr) === 0 ? 0 : sum(ssr.filter(({ is_pickup }) => is_pickup)) / sum(ssr);
  };

  // Those without success so far, by pity, whether a pickup is due, and whether this block
  // of a guarantee has had what it promises.
  let waiting = new Map<string, { pity: number; isDue: boolean; isKept: boolean; chance: number }>();
  const start = { pity: pool.pity?.count ?? 0, isDue: pool.pity?.is_pickup_due ?? false, isKept: false, chance: 1 };
  waiting.set("", start);

  const chances: number[] = [];
  let purchase = drawCount;
  let inPurchase = 0;
  let isAll = false;
  for (let draw = 0; draw < LONGEST; draw += 1) {
    const guarantee = pool.steps?.[step]?.guarantee ?? pool.guarantee;
    const size = guarantee?.draw_count ?? Infinity;
    const isLast = guarantee !== null && inPurchase % size === size - 1;
    const isGood = (rarity: string) => rarity === "SSR" || (rarity === "SR" && guarantee?.rarity !== "SSR");
    const after: typeof waiting = new Map();
    const add = (pity: number, isDue: boolean, isKept: boolean, chance: number) => {
      if (chance <= 0) return;
      const name = `${pity} ${isDue} ${isKept}`;
      const held = after.get(name);
      if (held) held.chance += chance;
      else after.set(name, { pity, isDue, isKept, chance });
    };
    let left = 0;
    for (const { pity, isDue, isKept, chance } of waiting.values()) {
      const rates = ratesOf(step, pity);
      const isForced = isLast && !isKept;
      const good = [...rates].reduce((sum, [rarity, rate]) => sum + (isGood(rarity) ? rate : 0), 0);
      for (const [rarity, rate] of rates) {
        const its = isForced ? (isGood(rarity) ? rate / good : 0) : rate;
        const kept = isLast ? false : isKept || isGood(rarity);
        if (rarity !== "SSR") {
          if (target !== "sr" || rarity !== "SR") add(most === Infinity ? 0 : pity + 1, isDue, kept, chance * its);
        } else if (target === "pickup") {
          const hasRateUp = pool.pity_rule?.rate_up_guarantee ?? false;
          const missed = isDue && hasRateUp ? 0 : 1 - share(step);
          add(0, hasRateUp, kept, chance * its * missed);
        }
      }
    }
    for (const { chance } of after.values()) left += chance;
    chances.push(1 - left);
    waiting = after;
    inPurchase += 1;
    if (left < 0.0005) break;
    if (inPurchase === purchase) {
      inPurchase = 0;
      for (const state of waiting.values()) state.isKept = false;
      if (pool.steps !== null) step = pool.after_last_step === "loop" ? (step + 1) % steps.length : step + 1;
      const next = nextPurchase(draw + 1);
      if (next === null) {
        isAll = true;
        break;
      }
      purchase = next;
    }
  }
  return { target, chances, drawCount, isAll };
}

// The curve of chances ends where the pool sells no more. It needs no stack: the pools are
// made up. `chance.test.mjs` holds the curve against the API's exact figures.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const { module } = await runnerImport(fileURLToPath(new URL("../demo/src/chance.ts", import.meta.url)));
const { curve } = module;

/** Odds of one draw: an SSR with this chance of 100, and the rest R. */
function odds(ssr) {
  const rate = (numerator) => ({ numerator, denominator: 100 });
  const rarities = [{ rarity: "R", rate: rate(100 - ssr) }, { rarity: "SSR", rate: rate(ssr) }];
  return { rarities, items: rarities.map((it) => ({ ...it, item_master_id: it.rarity, is_pickup: false })), guaranteed: null };
}

const price = (draw_count) => ({ draw_count, currency_type: "free_gem", amount: 100 });
const standing = { step: null, draw_total: 0, copies_left: null, next_draw: null };

function standard(changes = {}) {
  return {
    kind: "standard", limits: { per_day: null, in_total: null }, prices: [price(1), price(10)], guarantee: null, pity_rule: null, pity: null,
    steps: null, after_last_step: null, standing, odds: { steps: [odds(1)], pity: [], forecasts: [] }, ...changes,
  };
}

/** Three steps of 10, of which the last has better odds. */
function stepUp(after_last_step, step, changes = {}) {
  const steps = [1, 1, 50].map(() => ({ prices: [price(10)], guarantee: null }));
  return standard({
    kind: "step_up", prices: [price(10)], steps, after_last_step, standing: { ...standing, step },
    odds: { steps: [odds(1), odds(1), odds(2)], pity: [], forecasts: [] }, ...changes,
  });
}

/** The chance of at least one success in so many draws of this chance each. */
const within = (chances) => 1 - chances.reduce((none, chance) => none * (1 - chance), 1);
const close = (one, other) => assert.ok(Math.abs(one - other) < 1e-9, `${one} and not ${other}`);

test("a step-up that loops goes on with its first step, and one that ends does not", () => {
  const loops = curve(stepUp("loop", 1));
  assert.ok(loops.chances.length > 100 && !loops.isAll);
  close(loops.chances[39], within([...Array(20).fill(0.01), ...Array(10).fill(0.02), ...Array(10).fill(0.01)]));
  const ends = curve(stepUp("end", 1));
  assert.equal(ends.chances.length, 30);
  assert.ok(ends.isAll);
  close(ends.chances.at(-1), within([...Array(20).fill(0.01), ...Array(10).fill(0.02)]));
});

test("a step-up that ends has what is left of it, and nothing after its last step", () => {
  assert.equal(curve(stepUp("end", 3)).chances.length, 10);
  assert.equal(curve(stepUp("end", null)), null);
  assert.ok(curve(stepUp("loop", 3)).chances.length > 30);
});

test("a limit in total cuts the curve, less what was drawn", () => {
  const limited = (in_total, draw_total) => curve(standard({ limits: { per_day: null, in_total }, standing: { ...standing, draw_total } }));
  assert.equal(limited(25, 0).chances.length, 25);
  assert.ok(limited(25, 0).isAll);
  assert.equal(limited(25, 21).chances.length, 4);
  assert.equal(limited(25, 21).drawCount, 1, "ten at once are more than are left");
  assert.equal(limited(25, 25), null);
  assert.ok(!limited(100_000, 0).isAll);
});

test("a limit in total ends a step-up before the step that it does not let in", () => {
  const limits = { per_day: null, in_total: 25 };
  assert.equal(curve(stepUp("loop", 1, { limits })).chances.length, 20);
  assert.equal(curve(stepUp("loop", 1, { limits: { per_day: null, in_total: 9 } })), null);
});

test("a limit in total cuts the curve of a box", () => {
  const next_draw = { rarities: [{ rarity: "SSR" }], items: [{ item_master_id: "it", rarity: "SSR", is_pickup: true, rate: { numerator: 1, denominator: 30 } }] };
  const box = (in_total) => curve(standard({ kind: "box", limits: { per_day: null, in_total }, standing: { ...standing, copies_left: 30, next_draw } }));
  assert.equal(box(null).chances.length, 30);
  close(box(null).chances.at(-1), 1);
  const cut = box(12);
  assert.equal(cut.chances.length, 12);
  assert.ok(cut.isAll);
  close(cut.chances.at(-1), 12 / 30);
});

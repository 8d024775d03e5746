// The console tells differences of pools as `publish-masters` tells them, and repeats no
// recipe in other words.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { diff } from "../console/diff.js";
import { DREW } from "../console/presents.js";

test("differences are told as publish-masters tells them", () => {
  const told = (before, after) => diff(before, after).map(({ path, before, after }) => `${path}: ${before ?? "none"} -> ${after ?? "none"}`);
  assert.deepEqual(told({ name: "a" }, { name: "a" }), []);
  assert.deepEqual(told({ limits: { per_day: 30 } }, { limits: { in_total: 300, per_day: 40 } }), ["limits.in_total: none -> 300", "limits.per_day: 30 -> 40"]);
  assert.deepEqual(told({ prices: [{ draw_count: 10, amount: 3000 }] }, { prices: [{ draw_count: 10, amount: 2800 }] }), ["prices[10].amount: 3000 -> 2800"]);
  assert.deepEqual(told({ steps: [{ weights: [{ rarity: "R", weight: 97 }] }] }, { steps: [{ weights: [{ rarity: "R", weight: 95 }] }, 7] }), ["steps[1].weights[R].weight: 97 -> 95", "steps[2]: none -> 7"]);
  assert.deepEqual(told({ pity: { max_count: 90 } }, {}), ['pity: {"max_count":90} -> none']);
});

test("the query of the Presents page is the one of the operators' guide", () => {
  const guide = readFileSync(new URL("../../docs/operators.md", import.meta.url), "utf8");
  assert.ok(guide.includes(DREW));
});

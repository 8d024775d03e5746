// The console tells differences as `publish-masters` tells them and counts as people write
// them, and repeats no recipe in other words.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { catalogueDiff, diff } from "../console/diff.js";
import { DREW } from "../console/presents.js";
import { counted } from "../console/show.js";

test("differences are told as publish-masters tells them", () => {
  const told = (before, after) => diff(before, after).map(({ path, before, after }) => `${path}: ${before ?? "none"} -> ${after ?? "none"}`);
  assert.deepEqual(told({ name: "a" }, { name: "a" }), []);
  assert.deepEqual(told({ limits: { per_day: 30 } }, { limits: { in_total: 300, per_day: 40 } }), ["limits.in_total: none -> 300", "limits.per_day: 30 -> 40"]);
  assert.deepEqual(told({ prices: [{ draw_count: 10, amount: 3000 }] }, { prices: [{ draw_count: 10, amount: 2800 }] }), ["prices[10].amount: 3000 -> 2800"]);
  assert.deepEqual(told({ steps: [{ weights: [{ rarity: "R", weight: 97 }] }] }, { steps: [{ weights: [{ rarity: "R", weight: 95 }] }, 7] }), ["steps[1].weights[R].weight: 97 -> 95", "steps[2]: none -> 7"]);
  assert.deepEqual(told({ disclosures: [{ disclosure_id: "law", title: "a" }, { disclosure_id: "law", title: "b" }] }, { disclosures: [{ disclosure_id: "law", title: "a" }, { disclosure_id: "law", title: "c" }] }), ['disclosures[2].title: "b" -> "c"']);
  assert.deepEqual(told({ pity: { max_count: 90 } }, {}), ['pity: {"max_count":90} -> none']);
});

test("beside pools, what publishing leaves as it is is no difference, and all else is", () => {
  const item = (id, ja) => ({ item_master_id: id, rarity: "R", kind: "weapon", presentation: { language: "en", name: { en: "A", ja } } });
  const product = (amount) => ({ product_id: "gems-60", listings: { apple: { prices_micros: { JPY: amount } } } });
  const live = {
    items: [item("bow", "弓"), item("spear", "槍")], pools: { "pool-a": { name: { en: "A" } }, "pool-gone": { name: { en: "B" } } },
    shop: { format: 1, products: [product(160)] }, products: { "gems-60": { name: { en: "60 gems" } } },
  };
  // An item is never deleted, and a pool that is not in the folder is told as one that goes off sale.
  const next = structuredClone(live);
  next.items.pop();
  delete next.pools["pool-gone"];
  assert.deepEqual(catalogueDiff(live, next), []);
  next.items[0] = item("bow", "長弓");
  next.shop.products[0] = product(170);
  next.products["gems-60"].name.en = "Sixty gems";
  next.pools["pool-a"].name.en = "AA";
  assert.deepEqual(catalogueDiff(live, next).map(({ path }) => path), [
    "items[bow].presentation.name.ja", "pools.pool-a.name.en", "products.gems-60.name.en",
    "shop.products[gems-60].listings.apple.prices_micros.JPY",
  ]);
});

test("counts are told in the singular and in the plural", () => {
  assert.deepEqual([0, 1, 2, 1200].map((count) => counted(count, "player")), ["0 players", "1 player", "2 players", "1,200 players"]);
});

test("the query of the Presents page is the one of the operators' guide", () => {
  const guide = readFileSync(new URL("../../docs/operators.md", import.meta.url), "utf8");
  assert.ok(guide.includes(DREW));
});

// The curve that the demo draws is the one that the API's exact figures lie on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";
import { guest } from "./stack.mjs";

const { module } = await runnerImport(fileURLToPath(new URL("../demo/src/chance.ts", import.meta.url)));

test("a new player's curve reaches 50, 90 and 99 percent where the forecasts say", async () => {
  const game = guest();
  let compared = 0;
  for (const { pool_id } of await game.pools().all()) {
    const pool = await game.poolWithOdds(pool_id);
    const curve = module.curve(pool);
    if (curve === null) continue;
    const forecast = pool.odds.forecasts.find(({ draw_count }) => draw_count === curve.drawCount);
    const wait = curve.target === "pickup" || curve.target === "boxPickup" ? forecast.first_pickup : forecast.first_ssr;
    for (const { percent, draws } of wait?.points ?? []) {
      if (draws > curve.chances.length) continue;
      const reached = curve.chances.findIndex((chance) => chance >= percent / 100 - 1e-9) + 1;
      assert.equal(reached, draws, `${pool_id}: ${percent} %`);
      compared += 1;
    }
  }
  assert.ok(compared >= 6, `${compared} points were compared`);
});

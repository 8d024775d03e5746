// The verifier on live draws of every pool of masters/, so that no kind of pool can be
// forgotten: in the demo, as a player sees it, and by the kit with what was noted before.
//
// A pool that is over, or closed at this hour, is put on sale for as long as this takes, by
// a revision that differs from the live one in its dates alone.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { verify } from "@tenjo/client/fairness";
import { accessible, begin, DESKTOP, end, enter, folder, guestOf, open, shot, visit } from "./browser.mjs";
import { database, drawFrom, give, until } from "./stack.mjs";

const masters = folder("../../masters/pools");
const ids = readdirSync(masters).map((name) => /^pool_id: (\S+)$/m.exec(readFileSync(`${masters}/${name}`, "utf8"))[1]);

/** The revisions that were live before. @type {Map<string, Buffer>} */
const live = new Map();

before(async () => {
  await begin();
  await database(async (run) => {
    for (const id of ids) {
      const [pool] = await run("select p.revision, p.document from game_gacha.live_pools l join game_gacha.gacha_pools p on p.revision = l.revision where l.pool_id = ?", [id]);
      assert.ok(pool, `${id} is not published`);
      const { closes_at: _, opening_hours: __, ...rest } = JSON.parse(pool.document);
      const document = JSON.stringify(rest);
      if (document === pool.document) continue;
      live.set(id, pool.revision);
      const revision = createHash("sha256").update(document).digest();
      await run("insert into game_gacha.gacha_pools (revision, pool_id, name, opens_at, document, odds) select ?, pool_id, name, opens_at, ?, odds from game_gacha.gacha_pools where revision = ?", [revision, document, pool.revision]);
      await run("insert into game_gacha.gacha_items select ?, item_master_id, rarity, weight, is_pickup from game_gacha.gacha_items where revision = ?", [revision, pool.revision]);
      await run("update game_gacha.live_pools set revision = ? where pool_id = ?", [revision, id]);
    }
  });
});
after(async () => {
  await database(async (run) => {
    for (const [id, revision] of live) await run("update game_gacha.live_pools set revision = ? where pool_id = ?", [revision, id]);
  });
  await end();
});

test("draws of every pool, at every price, are proved in the browser and by the kit", { timeout: 240_000 }, async () => {
  const { context, page, faults } = await visit(DESKTOP);
  await enter(page);
  const player = await guestOf(page);
  const { user_id: userId } = await player.user();
  await give(userId, 90_000);
  await give(userId, 9000, "paid_gem");

  const answers = [await player.seedPeriodsText(10)];
  const noted = [...answers[0].matchAll(/"commitment":"([0-9a-f]{64})"/g)].map((found) => found[1]);
  const bought = [];
  const kinds = new Set();
  for (const id of ids) {
    const { kind, steps } = await player.pool(id);
    kinds.add(kind);
    // A step-up as often as it has steps: each has rules of its own.
    for (let purchases = 0; purchases < (steps?.length ?? 1); purchases += 1) {
      const { standing: { prices } } = await player.pool(id);
      assert.ok(prices.length > 0, `${id} sells nothing`);
      for (const { draw_count } of prices) {
        const drawn = await drawFrom(player, id, draw_count);
        assert.equal(drawn.results.length, draw_count, id);
        bought.push({ id, sagaId: drawn.saga_id, receipt: JSON.stringify(drawn), drawn: drawn.results.map(({ item_master_id }) => item_master_id) });
      }
    }
  }
  // Every kind that the API knows is among them.
  const known = /\n    PoolKind:\n(?:      .*\n)*?      (?:x-extensible-)?enum: \[([^\]]*)\]/.exec(readFileSync(folder("../../openapi.yaml"), "utf8"))[1].split(", ");
  assert.deepEqual([...kinds].sort(), known.sort());

  const report = await until("the seeds and the count", async () => {
    const proofs = await Promise.all(bought.map(({ sagaId }) => player.proofText(sagaId)));
    const report = await verify([...answers, ...bought.map(({ receipt }) => receipt), ...proofs, await player.seedPeriodsText(100)], { noted });
    assert.notEqual(report.verdict, "wrong", JSON.stringify(report.purchases.flatMap(({ reasons }) => reasons)));
    return report.purchases.every(({ pathLength }) => pathLength !== null) ? report : null;
  }, 120);
  assert.equal(report.verdict, "right");
  assert.equal(report.purchases.length, bought.length);
  for (const { record, verdict, drawn } of report.purchases) {
    const { id, drawn: told } = bought.find(({ sagaId }) => sagaId === record.sagaId);
    assert.equal(verdict, "proved", id);
    assert.deepEqual(drawn.map(({ item }) => item.id), told, id);
  }

  // The same in the page, by the bundle that players get.
  await open(page, "proofs");
  await page.locator(".proof-row").nth(bought.length - 1).waitFor();
  await page.locator("main > .button").first().click();
  await page.locator(".verdict-proved").nth(bought.length - 1).waitFor({ timeout: 60_000 });
  assert.equal(await page.locator(".verdict").count(), bought.length);
  await accessible(page, "all proved");
  await shot(page, "every-pool-proved", { fullPage: true });
  assert.deepEqual(faults, []);
  await context.close();
});

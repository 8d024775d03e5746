// Plays the kit against a running stack, with a network that loses answers:
//
//     cargo xtask with-stack npm run play --workspace @tenjo/client
//
// `TENJO_URL` is the gateway; `cargo xtask up` serves it at http://127.0.0.1:8000.

import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { AnswerError, MemoryStorage, Tenjo, type PoolDetails, type Price } from "../src/index.js";
import { verify } from "../src/fairness/index.js";

const baseUrl = process.env["TENJO_URL"] ?? "http://127.0.0.1:8000";
const storage = new MemoryStorage();

let toLose = 0;
const game = new Tenjo({
  baseUrl,
  storage,
  clientVersion: "1.0.0",
  longestWaitMs: 61_000,
  fetch: async (request) => {
    const answer = await fetch(request);
    if (toLose === 0 || !request.url.endsWith("/v1/gacha/draw")) return answer;
    toLose -= 1;
    await answer.arrayBuffer(); // the server has done it
    throw new TypeError("the connection was lost");
  },
});

async function freeGems(): Promise<number> {
  const currency = (await game.currencies()).find(({ currency_type }) => currency_type === "free_gem");
  return currency?.balance ?? 0;
}

/** A pool, and one of its prices, as the player is shown both at this moment. */
async function shown(pool_id: string, draw_count: number): Promise<[PoolDetails, Price]> {
  const pool = await game.pool(pool_id);
  const price = pool.standing.prices.find((price) => price.draw_count === draw_count);
  assert.ok(price, `${pool_id} sells ${draw_count}`);
  return [pool, price];
}

const { maintenance } = await game.status();
assert.equal(maintenance, null);
assert.ok(Math.abs(game.clock.deviceAheadMs) < 60_000);
const { user_id } = await game.login();
console.log(`player ${user_id}`);

const pools = await game.pools().all();
const details = await Promise.all(pools.map(({ pool_id }) => game.pool(pool_id)));
console.log(`${details.length} pools: ${details.map(({ kind }) => kind).join(", ")}`);
const stepUp = details.find(({ kind }) => kind === "step_up");
assert.ok(stepUp);

// What the server is committed to, before anything is bought.
const answers = [await game.seedPeriodsText(10)];
const noted = [...answers[0]!.matchAll(/"commitment":"([0-9a-f]{64})"/g)].map((found) => found[1]!);

// A ten-draw whose first two answers are lost.
const before = await freeGems();
toLose = 2;
const drawn = await game.draw(...await shown(stepUp.pool_id, 10));
assert.equal(drawn.results?.length, 10);
assert.equal(toLose, 0);
assert.equal(await freeGems(), before - 1500);
console.log("a ten-draw with two lost answers was charged once");

// A draw that was cut off for good, and is resumed by another start of the game.
const cut = new Tenjo({
  baseUrl, storage, attempts: 1,
  fetch: async (request) => {
    const answer = await fetch(request);
    if (!request.url.endsWith("/v1/gacha/draw")) return answer;
    throw new TypeError("the connection was lost");
  },
});
await assert.rejects(cut.draw(...await shown("pool-daily-gate", 1)));
const restarted = new Tenjo({ baseUrl, storage });
const resumed = [];
for await (const { result } of restarted.resume()) resumed.push(result);
assert.equal(resumed.length, 1);
assert.equal((await restarted.drawNumbers().all()).length, 2);
console.log("a draw that was cut off was resumed, and drawn once");

// One from every pool that is open and sells one for free gems.
let count = 2;
for (const { pool_id, standing } of details) {
  const price = standing.prices.find(({ draw_count, currency_type, amount }) => draw_count === 1 && currency_type === "free_gem" && amount > 0);
  if (price === undefined) continue;
  await game.draw(...await shown(pool_id, 1));
  count += 1;
}

await assert.rejects(
  game.draw(...await shown("pool-standard", 10)),
  (error: unknown) => error instanceof AnswerError && error.code === "insufficient_currency",
);
assert.deepEqual(await game.pending(), []);

// The proof of all, as soon as the seed is revealed and the purchases are counted.
const numbers = await game.drawNumbers().all();
assert.equal(numbers.length, count);
const until = Date.now() + 5 * 60_000;
for (;;) {
  const proofs = await Promise.all(numbers.map(({ saga_id }) => game.proofText(saga_id)));
  const report = await verify([...answers, ...proofs, await game.seedPeriodsText(20)], { noted });
  assert.notEqual(report.verdict, "wrong", JSON.stringify(report.purchases.flatMap(({ reasons }) => reasons)));
  if (report.purchases.every(({ pathLength }) => pathLength !== null)) {
    for (const { record, verdict, drawn, doubts } of report.purchases) {
      console.log(`purchase ${record.drawNumber}: ${verdict}, ${drawn?.length} draws, doubts: ${doubts.join(", ") || "none"}`);
    }
    assert.equal(report.verdict, "right");
    break;
  }
  assert.ok(Date.now() < until, "the seed was not revealed in five minutes");
  await wait(5000);
}

const old = await storage.get("session");
await game.sessions.refresh((await game.login()).access_token);
assert.notEqual(await storage.get("session"), old);
await game.logout();
assert.equal((await game.login()).user_id, user_id);
console.log("the device came back to its player");

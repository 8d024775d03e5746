import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ConnectionError, isFinal, MemoryStorage, RefusedError, StillRunningError, TenjoError, type DrawRequest,
} from "../src/index.js";
import { AnswerError } from "../src/errors.js";
import { draw, ok, play, refusal, session } from "./fake.js";

const pool = { pool_id: "pool-standard", revision: "9f".repeat(32) };
const one = { draw_count: 1, currency_type: "free_gem", amount: 300 };
const ten = { draw_count: 10, currency_type: "any_gem", amount: 3000 };
const DRAW = "/v1/gacha/draw";
const SEED = "/v1/gacha/client-seed";

function keys(seen: { headers: Headers }[]): Set<string | null> {
  return new Set(seen.map(({ headers }) => headers.get("Idempotency-Key")));
}

test("a draw brings a new seed, and all that the player was shown", async () => {
  const { game, of, seen } = play(() => ok(draw()));
  await game.draw(pool, one);
  await game.draw(pool, ten);
  const [first, second] = of(DRAW).map(({ body }) => body as DrawRequest);
  const shown = { pool_id: "pool-standard", expected_revision: "9f".repeat(32), expected_draw_number: 7 };
  assert.deepEqual(first, {
    ...shown, draw_count: 1, expected_cost: { currency_type: "free_gem", amount: 300 }, client_seed: first!.client_seed,
  });
  assert.deepEqual(second, {
    ...shown, draw_count: 10, expected_cost: { currency_type: "any_gem", amount: 3000 }, client_seed: second!.client_seed,
  });
  assert.match(first!.client_seed!, /^[!-~]{32,64}$/);
  assert.notEqual(first!.client_seed, second!.client_seed);
  // The server has told the number before it knows the seed.
  assert.deepEqual(seen.map(({ path }) => path).filter((path) => path === SEED || path === DRAW), [SEED, DRAW, SEED, DRAW]);
});

test("a player can bring a seed of their own", async () => {
  const { game, of } = play(() => ok(draw()));
  await game.draw(pool, one, { clientSeed: "6-3-1-4-4-2-5" });
  assert.equal((of(DRAW)[0]!.body as DrawRequest).client_seed, "6-3-1-4-4-2-5");
});

test("nothing is ordered while the draw number is not known", async () => {
  const { game, of } = play(() => ok(draw()), {}, () => "lost");
  await assert.rejects(game.draw(pool, one), ConnectionError);
  assert.equal(of(DRAW).length, 0);
  assert.deepEqual(await game.pending(), []);
});

test("a draw is written down before it is sent, and crossed out when it is answered", async () => {
  const storage = new MemoryStorage();
  let written: string | null = null;
  const { game, of } = play(
    async () => {
      written = await storage.get("acts");
      return ok(draw());
    },
    { storage },
  );
  const drawn = await game.draw(pool, one);
  assert.equal(drawn.results?.length, 1);
  assert.deepEqual(JSON.parse(written!)[0].body, of(DRAW)[0]!.body);
  assert.deepEqual(await game.pending(), []);
});

test("a lost answer is asked for again with the same key and the same body", async () => {
  let calls = 0;
  const { game, of, slept } = play(() => (++calls < 3 ? "lost" : ok(draw())));
  await game.draw(pool, one);
  const sent = of(DRAW);
  assert.equal(sent.length, 3);
  assert.equal(keys(sent).size, 1);
  assert.deepEqual(sent.map(({ body }) => body), Array(3).fill(sent[0]!.body));
  assert.equal(of(SEED).length, 1);
  assert.deepEqual(slept, [1000, 2000]);
});

test("an answer that is cut off counts as none", async () => {
  let calls = 0;
  const { game, of } = play(() => (++calls < 2 ? new Response('{"success":true,"da') : ok(draw())));
  await game.draw(pool, one);
  assert.equal(keys(of(DRAW)).size, 1);
  assert.equal(of(DRAW).length, 2);
});

test("a draw that was interrupted is resumed with its key after a restart", async () => {
  const storage = new MemoryStorage();
  const before = play(() => "lost", { storage });
  await assert.rejects(before.game.draw(pool, one), (error: TenjoError) => error.retryable);
  const after = play(() => ok(draw()), { storage });
  const outcomes = [];
  for await (const resumed of after.game.resume()) outcomes.push(resumed);
  assert.equal(outcomes.length, 1);
  assert.equal(outcomes[0]!.error, null);
  assert.deepEqual(keys(after.of(DRAW)), keys(before.of(DRAW)));
  assert.deepEqual(after.of(DRAW)[0]!.body, before.of(DRAW)[0]!.body);
  assert.equal(after.of(SEED).length, 0);
  assert.deepEqual(await after.game.pending(), []);
});

test("a resumed draw that is refused is told, and the next one goes on", async () => {
  const storage = new MemoryStorage();
  const before = play(() => "lost", { storage });
  await assert.rejects(before.game.draw(pool, one));
  await assert.rejects(before.game.draw(pool, ten));
  const after = play(
    ({ body }) => ((body as DrawRequest).draw_count === 1 ? refusal(409, "insufficient_currency") : ok(draw())),
    { storage },
  );
  const outcomes = [];
  for await (const resumed of after.game.resume()) outcomes.push(resumed);
  assert.equal((outcomes[0]!.error as RefusedError).code, "insufficient_currency");
  assert.equal(outcomes[1]!.error, null);
  assert.deepEqual(await after.game.pending(), []);
});

test("another player's draw is not sent", async () => {
  const storage = new MemoryStorage();
  const before = play(() => "lost", { storage });
  await assert.rejects(before.game.draw(pool, one));
  const kept = JSON.parse((await storage.get("session"))!);
  await storage.set("session", JSON.stringify({ ...kept, user_id: "9f1b8a0e-4a5a-4c4f-8e9a-640d6d7c1d2b" }));
  const after = play(() => ok(draw()), { storage });
  for await (const _ of after.game.resume()) assert.fail("nothing is to be resumed");
  assert.equal(after.of(DRAW).length, 0);
});

test("a draw that one tab is sending is not sent by another, which waits for its end", async () => {
  const storage = new MemoryStorage();
  let isSent!: () => void, answer!: () => void;
  const sent = new Promise<void>((resolve) => (isSent = resolve));
  const answered = new Promise<void>((resolve) => (answer = resolve));
  const here = play(async () => {
    isSent();
    await answered;
    return ok(draw());
  }, { storage });
  const there = play(() => ok(draw()), { storage });
  const drawing = here.game.draw(pool, one);
  await sent;
  assert.equal((await there.game.pending()).length, 1);
  const told: unknown[] = [];
  const resuming = (async () => {
    for await (const resumed of there.game.resume()) told.push(resumed);
  })();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(there.of(DRAW).length, 0);
  answer();
  await Promise.all([drawing, resuming]);
  assert.equal(here.of(DRAW).length, 1);
  assert.equal(there.of(DRAW).length, 0);
  assert.deepEqual(told, [], "it is told where it was ordered");
});

test("who watches is told when somebody else orders, if the storage can tell", async () => {
  const storage = new MemoryStorage() as MemoryStorage & { watch(name: string, changed: () => void): () => void };
  const watching = new Map<string, () => void>();
  storage.watch = (name, changed) => {
    watching.set(name, changed);
    return () => watching.delete(name);
  };
  const { game } = play(() => ok(draw()), { storage });
  let told = 0;
  const end = game.watchPending(() => (told += 1));
  watching.get("acts")!();
  assert.equal(told, 1);
  end();
  assert.equal(watching.size, 0);
  // Where nobody can tell there is nothing to end.
  play(() => ok(draw())).game.watchPending(() => assert.fail("nobody tells"))();
});

test("the order is told before it is sent, so that it can be kept with a refusal", async () => {
  const orders: DrawRequest[] = [];
  const { game, of } = play(() => refusal(409, "insufficient_currency"));
  await assert.rejects(game.draw(pool, one, { onOrder: (order) => orders.push(order) }), { code: "insufficient_currency" });
  assert.deepEqual(orders, of(DRAW).map(({ body }) => body));
});

test("a running draw is asked for, and its receipt is fetched with the same key", async () => {
  const statuses = ["CURRENCY_RESERVED", "DRAW_COMPLETED", "COMPLETED"];
  let draws = 0;
  const { game, of, slept } = play(({ path }) =>
    path === DRAW
      ? (draws += 1) === 1
        ? ok(draw({ status: "STARTED", results: null, receipt: null }), 202)
        : ok(draw())
      : ok({ saga_id: "", status: statuses.shift() }),
  );
  const progress: (string | null)[] = [];
  const drawn = await game.draw(pool, one, { onProgress: ({ status }) => progress.push(status) });
  assert.equal(drawn.receipt, "a.b.c");
  assert.equal(keys(of(DRAW)).size, 1);
  // The server waits for the end, so most draws are asked for once, and at once.
  assert.equal(of(`/v1/gacha/sagas/${drawn.saga_id}?wait_s=20`).length, 3);
  assert.deepEqual(slept, [1000, 2000]);
  assert.deepEqual(progress, [null, "STARTED", "CURRENCY_RESERVED", "DRAW_COMPLETED", "COMPLETED", "COMPLETED"]);
});

test("the server is asked to wait for less than the time after which an answer counts as lost", async () => {
  let draws = 0;
  const { game, seen } = play(
    ({ path }) => path === DRAW ? ((draws += 1) === 1 ? ok(draw({ status: "STARTED", results: null }), 202) : ok(draw())) : ok({ status: "COMPLETED" }),
    { timeoutMs: 12_000 },
  );
  await game.draw(pool, one);
  assert.ok(seen.some(({ path }) => path.endsWith("?wait_s=8")));
});

test("a draw that runs too long stays pending", async () => {
  const running = draw({ status: "STARTED", results: null });
  const { game } = play(({ path }) => (path === DRAW ? ok(running, 202) : ok({ status: "STARTED" })));
  await assert.rejects(game.draw(pool, one), StillRunningError);
  assert.equal((await game.pending()).length, 1);
});

// docs/clients.md, "Draw safely".
for (const [status, code, final] of [
  [400, "invalid_request", true],
  [403, "user_suspended", true],
  [403, "client_outdated", false],
  [404, "not_found", true],
  [409, "insufficient_currency", true],
  [409, "paid_gems_owed", true],
  [409, "limit_reached", true],
  [409, "sold_out", true],
  [409, "price_changed", true],
  [409, "revision_changed", true],
  [409, "draw_number_changed", true],
  [409, "draw_in_progress", false],
  [409, "request_in_progress", false],
  [422, "idempotency_key_reused", true],
  [429, "too_many_requests", false],
  [500, "internal", false],
  [503, "try_later", false],
  [503, "draw_failed", true],
  [503, "maintenance", false],
] as const) {
  test(`${status} ${code} ${final ? "ends" : "does not end"} a draw`, async () => {
    const { game } = play(() => refusal(status, code));
    const error = await game.draw(pool, one).then(
      () => assert.fail("it is refused"),
      (error: unknown) => error,
    );
    assert.ok(error instanceof AnswerError);
    assert.equal(error.code, code);
    assert.equal(error.requestId, "request-1");
    assert.equal(isFinal(error), final);
    assert.equal((await game.pending()).length, final ? 0 : 1);
  });
}

for (const status of [429, 500, 502, 503, 504]) {
  test(`the gateway's ${status} in HTML does not end a draw`, async () => {
    let calls = 0;
    const page = () => new Response("<html>", { status, headers: { "Content-Type": "text/html" } });
    const { game, of } = play(() => (++calls < 2 ? page() : ok(draw())));
    await game.draw(pool, one);
    assert.equal(keys(of(DRAW)).size, 1);
  });
}

test("Retry-After is waited for, with some chance on top", async () => {
  let calls = 0;
  const { game, slept } = play(() => (++calls < 2 ? refusal(503, "try_later", { "Retry-After": "3" }) : ok(draw())));
  await game.draw(pool, one);
  assert.deepEqual(slept, [3250]);
});

test("a wait that is too long is the caller's, and the draw stays pending", async () => {
  const { game, slept } = play(() => refusal(429, "too_many_requests", { "Retry-After": "40" }));
  const error = await game.draw(pool, one).catch((error: unknown) => error);
  assert.equal((error as AnswerError).name, "TooManyError");
  assert.equal((error as AnswerError).retryAfterMs, 40_000);
  assert.deepEqual(slept, []);
  assert.equal((await game.pending()).length, 1);
});

test("an exchange is resumed with its key too", async () => {
  const storage = new MemoryStorage();
  const offer = { pool_id: "pool-standard", item_master_id: "silver-bow" };
  const before = play(() => "lost", { storage });
  await assert.rejects(before.game.exchange(offer));
  const after = play(() => ok({ exchange_id: "", points_left: 0 }), { storage });
  for await (const { act } of after.game.resume()) assert.equal(act.kind, "exchange");
  assert.deepEqual(keys(after.of("/v1/gacha/exchange")), keys(before.of("/v1/gacha/exchange")));
});

test("a caller that goes away stops the tries, and the draw stays pending", async () => {
  const leaving = new AbortController();
  const { game, of } = play(() => {
    leaving.abort();
    return "lost";
  });
  await assert.rejects(game.draw(pool, one, { signal: leaving.signal }), { name: "AbortError" });
  assert.equal(of(DRAW).length, 1);
  assert.equal((await game.pending()).length, 1);
});

test("the draw of a session that expired is sent again with a new token and the same key", async () => {
  const { game, of } = play(({ path, headers }) => {
    if (path === "/v1/auth/refresh") return ok(session("new"));
    return headers.get("Authorization") === "Bearer access-new" ? ok(draw()) : refusal(401, "unauthorized");
  });
  await game.draw(pool, one);
  assert.equal(of(DRAW).length, 2);
  assert.equal(keys(of(DRAW)).size, 1);
});

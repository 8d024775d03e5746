import assert from "node:assert/strict";
import { test } from "node:test";
import { MaintenanceError, MemoryStorage, ServerClock, type TenjoError } from "../src/index.js";
import { ok, play, refusal, session } from "./fake.js";

const ME = "/v1/users/me";

test("the device's secret is made once, and stays", async () => {
  const storage = new MemoryStorage();
  const first = play(() => ok({}), { storage });
  await first.game.login();
  await first.game.sessions.logout();
  const second = play(() => ok({}), { storage });
  await second.game.login();
  const ids = [...first.of("/v1/auth/guest"), ...second.of("/v1/auth/guest")].map(({ body }) => body);
  assert.equal(ids.length, 2);
  assert.deepEqual(ids[0], ids[1]);
});

test("many calls at once without a session make one session", async () => {
  const { game, of } = play(() => ok({ currencies: [] }));
  await Promise.all([game.currencies(), game.currencies(), game.currencies()]);
  assert.equal(of("/v1/auth/guest").length, 1);
});

test("many calls that are refused refresh once, and each is sent again", async () => {
  const { game, of } = play(({ path, headers }) => {
    if (path === "/v1/auth/refresh") return ok(session("2"));
    return headers.get("Authorization") === "Bearer access-2" ? ok({}) : refusal(401, "unauthorized");
  });
  await Promise.all([game.user(), game.user(), game.user()]);
  assert.equal(of("/v1/auth/refresh").length, 1);
  assert.deepEqual(of("/v1/auth/refresh")[0]!.body, { refresh_token: "refresh-1" });
  assert.equal(of(ME).length, 6);
});

test("the next refresh uses the refresh token of the one before", async () => {
  let refreshed = 1;
  const { game, of } = play(({ path, headers }) => {
    if (path === "/v1/auth/refresh") return ok(session(`${(refreshed += 1)}`));
    return headers.get("Authorization") === `Bearer access-${refreshed}` && refreshed > 1
      ? ok({}) : refusal(401, "unauthorized");
  });
  await game.user();
  refreshed += 0.5; // the server has forgotten the token
  await game.user().catch(() => {});
  assert.deepEqual(of("/v1/auth/refresh").map(({ body }) => body), [
    { refresh_token: "refresh-1" }, { refresh_token: "refresh-2" },
  ]);
});

test("a token is refreshed before it expires", async () => {
  const { game, of } = play(({ path }) => (path === "/v1/auth/refresh" ? ok(session("2")) : ok({})), {
    storage: new MemoryStorage(),
  });
  const kept = await game.login();
  await game.sessions.adopt({ ...session("old", 30), user_id: kept.user_id });
  await game.user();
  assert.equal(of("/v1/auth/refresh").length, 1);
  assert.equal(of(ME)[0]!.headers.get("Authorization"), "Bearer access-2");
});

test("a refresh token that is refused leads to a new login of the device", async () => {
  const { game, of } = play(({ path, headers }) =>
    path !== "/v1/auth/refresh" && headers.get("Authorization") === "Bearer access-2"
      ? ok({}) : refusal(401, "unauthorized"),
  );
  await game.user();
  assert.equal(of("/v1/auth/guest").length, 2);
});

test("a token that stays refused is an error, and not a circle", async () => {
  const { game, of } = play(({ path }) => (path === "/v1/auth/refresh" ? ok(session("2")) : refusal(401, "unauthorized")));
  await assert.rejects(game.user(), { name: "UnauthorizedError" });
  assert.equal(of(ME).length, 2);
});

test("logging out forgets the session even if it had ended", async () => {
  const { game, storage } = play(() => refusal(401, "unauthorized"));
  await game.login();
  await game.logout();
  assert.equal(await storage.get("session"), null);
});

test("maintenance is told at once, and asked no second time", async () => {
  const { game, of } = play(() => refusal(503, "maintenance", { "Retry-After": "60" }));
  await assert.rejects(game.user(), MaintenanceError);
  assert.equal(of(ME).length, 1);
});

test("a token is not sent where none is needed", async () => {
  const { game, of } = play(() => ok({ server_time: "2026-08-01T00:00:00Z" }));
  await game.login();
  await game.status();
  assert.equal(of("/v1/status")[0]!.headers.get("Authorization"), null);
});

test("the version of the game is sent with each call", async () => {
  const { game, seen } = play(() => ok({}), { clientVersion: "1.2.3" });
  await game.user();
  assert.ok(seen.every(({ headers }) => headers.get("X-Client-Version") === "1.2.3"));
});

test("a list is read page by page, and no further than it is asked", async () => {
  const pages = new Map([
    [null, { ledger_entries: [{ entry_id: 3 }, { entry_id: 2 }], next_cursor: "abc" }],
    ["abc", { ledger_entries: [{ entry_id: 1 }], next_cursor: null }],
  ]);
  const { game, seen } = play(({ path }) => ok(pages.get(new URL(path, "http://x").searchParams.get("cursor"))));
  assert.deepEqual((await game.ledger().all()).map(({ entry_id }) => entry_id), [3, 2, 1]);
  const before = seen.length;
  assert.equal((await game.ledger().take(2)).length, 2);
  assert.equal(seen.length, before + 1);
});

test("an error without words has its status, and what the gateway called the request", async () => {
  const { game } = play(() => new Response("", { status: 418, headers: { "X-Request-ID": "r-9" } }));
  const error = await game.user().catch((error: unknown) => error);
  assert.equal((error as TenjoError).retryable, false);
  assert.equal((error as { requestId: string }).requestId, "r-9");
});

test("the server's clock is learnt, and the device's does not matter", async () => {
  let ticks = 1000;
  const clock = new ServerClock(() => ticks, () => Date.parse("1999-01-01T00:00:00Z"));
  const { game } = play(
    () => {
      ticks += 100;
      return ok({ server_time: "2026-08-01T00:00:00Z" });
    },
    { clock },
  );
  assert.equal(clock.isKnown, false);
  await game.status();
  // The answer was made half-way: 50 ms ago.
  assert.equal(clock.now(), Date.parse("2026-08-01T00:00:00.050Z"));
  ticks += 60_000;
  assert.equal(clock.now(), Date.parse("2026-08-01T00:01:00.050Z"));
  assert.ok(clock.deviceAheadMs < -800_000_000_000);
});

test("a rough time does not replace an exact one", () => {
  let ticks = 0;
  const clock = new ServerClock(() => ticks, () => 0);
  clock.learn(5_000_000, 0, 20, 0);
  ticks = 1000;
  clock.learn(5_000_000, 0, 1000, 1000);
  assert.equal(clock.now(), 5_000_990);
});

test("the clock of a laptop that slept is right after the next answer, however rough", () => {
  let ticks = 0;
  const clock = new ServerClock(() => ticks, () => 0);
  clock.learn(5_000_000, 0, 20, 0);
  // Eight hours pass, and the ticks stop.
  ticks = 1000;
  const later = 5_000_000 + 8 * 3_600_000;
  clock.learn(later, 900, 1000, 1000);
  assert.equal(clock.now(), later + 550);
  // What is exact comes back with the next exact answer.
  ticks = 1100;
  clock.learn(later + 700, 1080, 1100, 0);
  assert.equal(clock.now(), later + 710);
});

test("a time that was learnt long ago gives way to a rougher one", () => {
  let ticks = 0;
  const clock = new ServerClock(() => ticks, () => 0);
  clock.learn(5_000_000, 0, 20, 0);
  const rough = (minutes: number) => {
    ticks = minutes * 60_000;
    // 300 ms ahead of the one before, and exact to 550 ms.
    clock.learn(5_000_000 + ticks + 300 - 60 - 500, ticks - 100, ticks, 1000);
    return clock.now() - 5_000_000 - ticks;
  };
  assert.equal(rough(50), -10);
  assert.equal(rough(60), 290);
});

test("an answer of a cache does not set the clock", async () => {
  const clock = new ServerClock(() => 0, () => 0);
  const stale = { Date: "Thu, 01 Jan 2026 00:00:00 GMT", "Cache-Control": "public, max-age=31536000, immutable" };
  const { game } = play(({ path }) => path.startsWith("/v1/gacha/revisions/") ? ok({}, 200, stale) : ok({ server_time: "2026-08-01T00:00:00Z" }), { clock });
  await game.status();
  await game.revision("9f86d081");
  assert.equal(clock.now(), Date.parse("2026-08-01T00:00:00Z"));
});

test("a secret that the server gives the device is kept, and sent with the next login", async () => {
  const storage = new MemoryStorage();
  const bodies: unknown[] = [];
  const { game } = play(() => ok({}), {
    storage,
    fetch: async (request) => {
      if (request.url.endsWith("/v1/auth/refresh")) return ok(session("2"));
      bodies.push(await request.json());
      return ok({ ...session("1"), device_secret: bodies.length === 1 ? "given-once" : null });
    },
  });
  await game.login();
  await storage.remove("session");
  await game.login();
  assert.equal("device_secret" in (bodies[0] as object), false);
  assert.equal((bodies[1] as { device_secret: string }).device_secret, "given-once");
});

for (const isAnswered of [true, false]) {
  test(`a session that brought a secret is refreshed at once, and kept if that ${isAnswered ? "succeeds" : "has no answer"}`, async () => {
    const asked: string[] = [];
    const sent: string[] = [];
    const { game } = play(() => ok({}), {
      fetch: async (request) => {
        const { pathname } = new URL(request.url);
        asked.push(pathname);
        if (pathname === "/v1/auth/guest") return ok({ ...session("1"), device_secret: asked.length === 1 ? "given" : null });
        if (pathname === "/v1/auth/refresh") {
          sent.push(((await request.json()) as { refresh_token: string }).refresh_token);
          if (!isAnswered) throw new TypeError("the connection was lost");
          return ok(session("2"));
        }
        return ok({});
      },
      attempts: 1,
    });
    const kept = await game.login();
    assert.equal(kept.access_token, isAnswered ? "access-2" : "access-1");
    assert.deepEqual(sent, ["refresh-1"]);
    await game.user();
    assert.deepEqual(asked, ["/v1/auth/guest", "/v1/auth/refresh", ME]);
    // A login that brings none is not refreshed: the secret was shown by it.
    await game.logout();
    await game.login();
    assert.deepEqual(asked.slice(3), ["/v1/auth/logout", "/v1/auth/guest"]);
  });
}

test("a player who moved to another device is logged out here", async () => {
  const sessions: unknown[] = [];
  let moved = false;
  const { game } = play(() => refusal(401, "unauthorized"), {
    onSession: (kept) => sessions.push(kept),
    fetch: async ({ url }) => {
      if (!moved && url.endsWith("/v1/auth/guest")) return ok(session("1"));
      return refusal(401, url.endsWith("/v1/users/me") ? "unauthorized" : "account_transferred");
    },
  });
  await game.login();
  moved = true;
  await assert.rejects(game.user(), { name: "UnauthorizedError", code: "account_transferred" });
  assert.equal(sessions.at(-1), null);
});

test("a transfer is sent once, and its session is kept", async () => {
  const lost = play(({ path }) => (path === "/v1/auth/transfer" ? "lost" : ok({})));
  await assert.rejects(lost.game.transfer("7K3M-Q9TD-4VXA-0ZPR", "moon-festival"), { name: "ConnectionError" });
  assert.equal(lost.of("/v1/auth/transfer").length, 1);
  const { game, of } = play(() => ok({ ...session("moved"), device_secret: "new" }));
  await game.transfer("7K3M-Q9TD-4VXA-0ZPR", "moon-festival", true);
  assert.equal((await game.login()).access_token, "access-moved");
  assert.equal((of("/v1/auth/transfer")[0]!.body as { replace_player: boolean }).replace_player, true);
  assert.equal(await game.sessions.deviceSecret(), "new");
});

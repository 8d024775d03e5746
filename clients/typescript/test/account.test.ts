// Secrets of devices, and what players do with their accounts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DeletingError, isFinal, MemoryStorage, UnauthorizedError, type AnswerError, type Options } from "../src/index.js";
import { ok, play, refusal, session } from "./fake.js";

const GUEST = "/v1/auth/guest";
const ME = "/v1/users/me";

/** A server that decides about logins too; `answer` gets the path and the body. */
function server(answer: (path: string, body: Record<string, unknown>, method: string) => Response | "lost", options: Partial<Options> = {}) {
  const seen: { method: string; path: string; body: Record<string, unknown>; token: string | null }[] = [];
  const storage = options.storage ?? new MemoryStorage();
  const played = play(() => ok({}), {
    ...options,
    storage,
    fetch: async (request) => {
      const text = await request.text();
      const body = text === "" ? {} : (JSON.parse(text) as Record<string, unknown>);
      const { pathname, search } = new URL(request.url);
      seen.push({ method: request.method, path: pathname + search, body, token: request.headers.get("Authorization") });
      const answered = answer(pathname + search, body, request.method);
      if (answered === "lost") throw new TypeError("the connection was lost");
      return answered;
    },
  });
  return { game: played.game, storage, seen, of: (path: string) => seen.filter((it) => it.path === path) };
}

test("another secret takes the place of the one before, which is kept until a login has shown the new one", async () => {
  const accepted = new Set(["first"]);
  let next = "second";
  const { game, storage, of } = server((path, { device_secret }) => {
    if (path === "/v1/users/me/devices/current/secret") return ok({ device_secret: next });
    if (device_secret === undefined) return ok({ ...session("1"), device_secret: "first" });
    return accepted.has(device_secret as string) ? ok({ ...session("2"), device_secret: null }) : refusal(401, "device_secret_required");
  });
  await game.login();
  await game.renewDeviceSecret();
  assert.equal(await game.sessions.deviceSecret(), "second");
  // The server has not taken it: the one before still works.
  await storage.remove("session");
  await game.login();
  assert.deepEqual(of(GUEST).slice(1).map(({ body }) => body["device_secret"]), ["second", "first"]);
  next = "third";
  await game.renewDeviceSecret();
  accepted.clear();
  accepted.add("third");
  await storage.remove("session");
  await game.login();
  assert.equal(await storage.get("device-secret-before"), null);
});

test("a wrong secret is an error, and is not tried again without one", async () => {
  const storage = new MemoryStorage();
  await storage.set("device-secret", "stolen");
  const { game, of } = server(() => refusal(401, "device_secret_required"), { storage });
  await assert.rejects(game.login(), { code: "device_secret_required" });
  assert.equal(of(GUEST).length, 1);
});

for (const [what, answer] of [
  ["lost", () => "lost" as const],
  ["the gateway's", () => new Response("<html>", { status: 504 })],
] as const) {
  test(`after a transfer whose answer is ${what}, the device finds out whose it is`, async () => {
    const storage = new MemoryStorage();
    await storage.set("device-secret", "of the player before");
    const { game, of } = server((path, { device_secret }) => {
      if (path === "/v1/auth/transfer") return answer();
      // The transfer went through, and its secret was never shown.
      return device_secret === undefined ? ok({ ...session("moved"), device_secret: "new" }) : refusal(401, "device_secret_required");
    }, { storage });
    await game.sessions.adopt(session("before"));
    await assert.rejects(game.transfer("7K3M-Q9TD-4VXA-0ZPR", "moon-festival", true));
    assert.equal((await game.login()).access_token, "access-moved");
    assert.deepEqual(of(GUEST).map(({ body }) => body["device_secret"]), ["of the player before", undefined]);
    assert.equal(await game.sessions.deviceSecret(), "new");
    assert.equal(await storage.get("transfer"), null);
  });
}

test("a transfer that is refused leaves the player who is logged in", async () => {
  const { game } = server(() => refusal(401, "transfer_refused"));
  await game.sessions.adopt(session("before"));
  await assert.rejects(game.transfer("7K3M-Q9TD-4VXA-0ZPR", "not-it"), { code: "transfer_refused" });
  assert.equal((await game.login()).access_token, "access-before");
});

test("sessions are listed page by page, and ended", async () => {
  const live = (session_id: string) => ({ session_id, device_type: "web", is_current: false, created_at: "", used_at: "" });
  const { game, seen } = server((path, _, method) => {
    if (path === GUEST) return ok({ ...session("1"), device_secret: null });
    if (method === "DELETE") return ok({});
    return path.includes("cursor=abc") ? ok({ sessions: [live("two")], next_cursor: null }) : ok({ sessions: [live("one")], next_cursor: "abc" });
  });
  assert.deepEqual((await game.liveSessions().all()).map(({ session_id }) => session_id), ["one", "two"]);
  await game.endSession("two");
  await game.endOtherSessions();
  assert.deepEqual(seen.filter(({ method }) => method === "DELETE").map(({ path }) => path), [`${ME}/sessions/two`, `${ME}/sessions`]);
});

test("an export is read to its end", async () => {
  const row = (table: string) => ({ table, columns: {} });
  const { game } = server((path) => {
    if (path === GUEST) return ok({ ...session("1"), device_secret: null });
    return path.includes("cursor=abc") ? ok({ rows: [row("c")], next_cursor: null }) : ok({ rows: [row("a"), row("b")], next_cursor: "abc" });
  });
  assert.deepEqual((await game.exportAccount().all()).map(({ table }) => table), ["a", "b", "c"]);
});

test("a deletion ends the session, a login says so, and only the player's word takes it back", async () => {
  let isDeleting = false;
  const ended: boolean[] = [];
  const { game, of } = server((path, { deletion }, method) => {
    if (method === "DELETE") {
      isDeleting = true;
      return ok({ deletion_due_at: "2026-08-31T09:30:00Z", lost: [] });
    }
    if (path === GUEST && isDeleting && deletion !== "cancel") return refusal(403, "user_deleting");
    return ok({ ...session("1"), device_secret: null });
  }, { onSession: (kept) => ended.push(kept === null) });
  await game.login();
  assert.equal((await game.deleteAccount())?.deletion_due_at, "2026-08-31T09:30:00Z");
  assert.equal(ended.at(-1), true);
  const error = await game.login().catch((error: unknown) => error);
  assert.ok(error instanceof DeletingError);
  assert.equal(isFinal(error), false);
  assert.equal((await game.keepAccount()).access_token, "access-1");
  assert.deepEqual(of(GUEST).map(({ body }) => body["deletion"]), [undefined, undefined, "cancel"]);
});

test("a deletion whose answer was lost is known by the refusals after it", async () => {
  let asked = 0;
  const { game, storage } = server((_path, _, method) => {
    if (method === "DELETE") return (asked += 1) === 1 ? "lost" : refusal(401, "unauthorized");
    if (asked > 0) return refusal(403, "user_deleting");
    return ok({ ...session("1"), device_secret: null });
  });
  await game.login();
  assert.equal(await game.deleteAccount(), null);
  assert.equal(await storage.get("session"), null);
});

test("a token of a provider is sent once", async () => {
  const { game, of } = server((path) => (path === GUEST ? ok({ ...session("1"), device_secret: null }) : "lost"));
  await assert.rejects(game.signIn("apple", "token", "nonce"), { name: "ConnectionError" });
  await assert.rejects(game.link("google", "token", "nonce"), { name: "ConnectionError" });
  assert.equal(of("/v1/auth/apple").length, 1);
  assert.equal(of(`${ME}/links`).length, 1);
});

test("what adds a way into the account shows the session's refresh token, and the newest one once more", async () => {
  let accepted = "refresh-1";
  const { game, of } = server((path, { refresh_token }) => {
    if (path === GUEST) return ok({ ...session("1"), device_secret: null });
    return refresh_token === accepted ? ok({ links: [], device_secret: "second" }) : refusal(403, "refresh_token_required");
  });
  const sent = (path: string) => of(path).map(({ body }) => body["refresh_token"]);
  await game.login();
  await game.createTransferCode("moon-festival");
  await game.link("google", "token", "nonce");
  await game.renewDeviceSecret();
  for (const path of ["transfer-code", "links", "devices/current/secret"]) {
    assert.deepEqual(sent(`${ME}/${path}`), ["refresh-1"], path);
  }
  // Nothing newer is known, so it is not tried again.
  accepted = "refresh-2";
  await assert.rejects(game.createTransferCode("moon-festival"), { code: "refresh_token_required" });
  assert.equal(of(`${ME}/transfer-code`).length, 2);
});

test("a tab that was slower than another one shows the newest refresh token", async () => {
  const storage = new MemoryStorage();
  const { game, of } = server((path, { refresh_token }) => {
    if (path === GUEST) return ok({ ...session("1"), device_secret: null });
    if (refresh_token === "refresh-2") return ok({ transfer_code: "7K3M-Q9TD-4VXA-0ZPR", expires_at: "" });
    // Meanwhile the other tab keeps what it got.
    void storage.set("session", JSON.stringify({ ...session("2"), expires_at: Date.now() + 900_000 }));
    return refusal(403, "refresh_token_required");
  }, { storage });
  await game.login();
  await game.createTransferCode("moon-festival");
  assert.deepEqual(of(`${ME}/transfer-code`).map(({ body }) => body["refresh_token"]), ["refresh-1", "refresh-2"]);
});

test("what the person can choose comes with the error", async () => {
  const { game } = server((path) => {
    if (path === GUEST) return ok({ ...session("1"), device_secret: null });
    const error = { code: "link_taken", message: "", request_id: "r", choices: ["log_in", "keep_player"] };
    return Response.json({ success: false, error }, { status: 409 });
  });
  const error = await game.link("apple", "token", "nonce").catch((error: unknown) => error);
  assert.deepEqual((error as AnswerError).choices, ["log_in", "keep_player"]);
});

test("who signed in with an account elsewhere never becomes the player of the device", async () => {
  let isEnded = false;
  const { game, of } = server((path) => {
    if (path === "/v1/auth/google") return ok(session("google"));
    if (path === "/v1/auth/refresh") return isEnded ? refusal(401, "unauthorized") : ok(session("next"));
    if (path === GUEST) return ok({ ...session("guest"), device_secret: null });
    return isEnded ? refusal(401, "unauthorized") : ok({});
  });
  const kept = await game.signIn("google", "token", "nonce");
  assert.equal((await game.sessions.refresh(kept.access_token)).provider, "google");
  isEnded = true;
  await assert.rejects(game.user(), UnauthorizedError);
  await assert.rejects(game.user(), UnauthorizedError); // the session is gone, and still nobody else's
  assert.equal(of(GUEST).length, 0);
  await game.login(); // the player asks for it
  assert.equal(of(GUEST).length, 1);
});

test("a player without a transfer code has none", async () => {
  const { game } = server((path) => (path === GUEST ? ok({ ...session("1"), device_secret: null }) : ok(null)));
  assert.equal(await game.transferCode(), null);
});

test("the player's language is sent with each call, and can change", async () => {
  const languages: (string | null)[] = [];
  const fetch = async (request: Request) => {
    languages.push(request.headers.get("Accept-Language"));
    return request.url.endsWith(GUEST) ? ok({ ...session("1"), device_secret: null }) : ok({ item_masters: [], next_cursor: null });
  };
  const { game } = play(() => ok({}), { language: "ja", fetch });
  await game.itemMasters().all();
  game.language = "en, ja;q=0.5";
  await game.itemMasters().all();
  assert.deepEqual(languages, ["ja", "ja", "en, ja;q=0.5"]);
  // Without a language of its own the platform's is sent.
  const plain = play(() => ok({}), { fetch });
  await plain.game.itemMasters().all();
  assert.deepEqual(languages.slice(3), [null, null]);
});

test("a device that is asked for an attestation answers the challenge, once", async () => {
  const asked = Response.json({
    success: false, error: { code: "attestation_required", message: "Answer.", challenge: "c-1", request_id: "request-1" },
  }, { status: 401 });
  const answer = (_: string, { attestation }: Record<string, unknown>) =>
    attestation === undefined ? asked.clone() : ok({ ...session("1"), device_secret: "first" });
  const without = server(answer);
  await assert.rejects(without.game.login(), { code: "attestation_required", challenge: "c-1" });
  assert.equal(without.of(GUEST).length, 1);

  const attest = async (challenge: string) => ({ platform: "google" as const, statement: `of ${challenge}` });
  const { game, of } = server(answer, { attest });
  await game.login();
  const attestation = { platform: "google", statement: "of c-1", challenge: "c-1" };
  assert.deepEqual(of(GUEST).map(({ body }) => body["attestation"]), [undefined, attestation]);
  await game.transfer("code", "moon-festival");
  assert.deepEqual(of("/v1/auth/transfer").map(({ body }) => body["attestation"]), [undefined, attestation]);

  const refused = server(() => asked.clone(), { attest });
  await assert.rejects(refused.game.login(), { code: "attestation_required" });
  assert.equal(refused.of(GUEST).length, 2);
});

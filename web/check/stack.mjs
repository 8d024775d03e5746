// The running stack from outside: what `cargo xtask with-stack` tells of it, and what
// operators, stores and broken machines do to it.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { MemoryStorage, Tenjo } from "@tenjo/client";
import { createConnection } from "mysql2/promise";

/** A variable that `cargo xtask with-stack` sets. */
function needed(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this with \`cargo xtask with-stack web/check/run\``);
  return value;
}

export const stack = {
  /** The gateway, without rate limits. */
  url: needed("TENJO_URL"),
  /** The one with them, as `cargo xtask up` has it. */
  limited: needed("TENJO_LIMITED_URL"),
  lambda: needed("TENJO_LAMBDA_URL"),
  store: needed("TENJO_STORE_URL"),
  folder: needed("TENJO_STACK"),
  programs: needed("TENJO_PROGRAMS"),
  database: needed("TENJO_STACK_DATABASE_URL"),
};

async function post(url, body, headers = {}, method = "POST") {
  const answer = await fetch(url, { method, headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${url}: ${answer.status} ${text}`);
  return text === "" ? null : JSON.parse(text);
}

/** A guest of the kit, who is not in a browser. */
export function guest(storage = new MemoryStorage()) {
  return new Tenjo({ baseUrl: stack.url, storage });
}

/** Draws from a pool as it is now: at its price for so many draws, as the player is shown it. */
export async function drawFrom(player, poolId, drawCount, options) {
  const pool = await player.pool(poolId);
  const price = pool.standing.prices.find(({ draw_count }) => draw_count === drawCount);
  assert.ok(price, `${poolId} sells no ${drawCount}`);
  return player.draw(pool, price, options);
}

/** Calls an operator's function. The stand-in of Lambda does not check signatures. */
async function operator(name, body, as, key = {}) {
  const signed = `AWS4-HMAC-SHA256 Credential=${as}/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=none`;
  const answer = await post(`${stack.lambda}/lambda-url/${name}/`, body, { Authorization: signed, ...key });
  return answer.data;
}

/** What the game does now, as operators see it. */
export function game() {
  return operator("show-game", {}, "aoi");
}

/** An act of an operator. What takes two people is approved by the other one. */
export async function operate(name, order) {
  const key = () => ({ "Idempotency-Key": randomUUID() });
  const asked = await operator(name, { ticket: "SUP-1", reason: "a test", order }, "aoi", key());
  if (asked.outcome === "done") return asked;
  const done = await operator(name, { ticket: "SUP-1", reason: "a test", approves: asked.act_id }, "ben", key());
  assert.equal(done.outcome, "done");
  return done;
}

/** Gives gems to a player. */
export function give(user_id, delta, currency_type = "free_gem") {
  return operate("adjust-currency", { user_id, currency_type, delta });
}

/** A present of 120 free gems and an item, from operators. */
export function sendPresent(playerId) {
  return operate("send-presents", {
    audience: "listed", player_ids: [playerId], title: "お詫び", message: "For the outage of August 1.", free_gems: 120,
    items: [{ item_master_id: "character-yuki", quantity: 1 }], ends_at: new Date(Date.now() + 86_400_000).toISOString(),
  });
}

/** What a player or the staff of a store does there, such as `apple/refund`. */
export function happen(act, body) {
  return post(`${stack.store}/test/${act}`, body);
}

/** Invokes a function, as its schedule does. */
export function invoke(name, event = {}) {
  return post(`${stack.lambda}/2015-03-31/functions/${name}/invocations`, event);
}

/** The faults of a function from now on; none if it has no more than its name. */
export function faults(plan) {
  return post(`${stack.lambda}/faults`, plan, {}, "PUT");
}

/** Runs statements as administrator of the database. */
export async function database(work) {
  const connection = await createConnection({ uri: stack.database, multipleStatements: false });
  try {
    return await work(async (statement, values = []) => (await connection.query(statement, values))[0]);
  } finally {
    await connection.end();
  }
}

/** An id as the database keeps it. */
export function bytes(id) {
  return Buffer.from(id.replaceAll("-", ""), "hex");
}

/** Asks until there is an answer that is not null. */
export async function until(what, ask, seconds = 60) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== false) return answer;
    assert.ok(Date.now() < end, `${what} did not happen within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

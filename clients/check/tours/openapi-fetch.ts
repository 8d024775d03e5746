// The README's tour with openapi-typescript and openapi-fetch.

import createClient from "openapi-fetch";
import type { components, paths } from "../openapi-types";
import { assert, device, randomUUID, recordingFetch, signed, until, url } from "./kit";

type ErrorAnswer = components["schemas"]["ErrorAnswer"];

const client = (token?: string) =>
  createClient<paths>({
    baseUrl: url,
    fetch: recordingFetch,
    headers: token ? { Authorization: `Bearer ${token}` } : {},
  });

/** The `data` of an answer that must be a success. */
function ok<Data>(answer: { data?: { success: boolean; data: Data }; error?: ErrorAnswer }): Data {
  assert.ok(answer.data, JSON.stringify(answer.error));
  assert.equal(answer.data.success, true);
  return answer.data.data;
}

/** Checks the error that an answer must be. */
function refused(status: number, code: string | null, answer: { error?: ErrorAnswer; response: Response }): void {
  assert.equal(answer.response.status, status);
  assert.equal(answer.error?.error?.code ?? null, code);
  if (code === null) assert.ok(answer.error?.message ?? answer.error?.exp);
}

async function login() {
  const session = ok(await client().POST("/v1/auth/guest", { body: device() }));
  return { api: client(session.access_token), session };
}

/** What the README does with curl. */
export async function tour(): Promise<void> {
  const { api, session } = await login();

  const home = ok(await api.GET("/v1/home", { params: { header: { "Accept-Language": "ja" } } }));
  assert.equal(home.user.user_id, session.user_id);
  assert.ok(home.pools.some(({ name }) => name === "常開の門"));

  const { pools } = ok(await api.GET("/v1/gacha/pools"));
  assert.ok(pools.length >= 5);
  for (const { pool_id, kind } of pools) {
    const pool = ok(await api.GET("/v1/gacha/pools/{pool_id}", { params: { path: { pool_id } } }));
    assert.equal(pool.steps === null, kind !== "step_up");
    assert.equal(pool.standing.copies_left === null, kind !== "box");
  }

  const params = { path: { pool_id: "pool-moon-festival" } };
  const { revision } = ok(await api.GET("/v1/gacha/pools/{pool_id}", { params }));
  const { next_draw_number } = ok(await api.GET("/v1/gacha/client-seed"));
  const ten = {
    params: { header: { "Idempotency-Key": "my-first-draw" } },
    body: {
      pool_id: "pool-moon-festival",
      draw_count: 10,
      client_seed: randomUUID(),
      expected_revision: revision,
      expected_draw_number: next_draw_number,
    },
  };
  const drawn = ok(await api.POST("/v1/gacha/draw", ten));
  assert.equal(drawn.results?.length, 10);
  assert.deepEqual(ok(await api.POST("/v1/gacha/draw", ten)), drawn);
  assert.equal(signed(drawn.receipt).client_seed, ten.body.client_seed);
  assert.equal(signed(drawn.receipt).pool.revision, revision);
  const path = { saga_id: drawn.saga_id };
  assert.equal(ok(await api.GET("/v1/gacha/sagas/{saga_id}", { params: { path } })).status, "COMPLETED");

  assert.ok(ok(await api.GET("/v1/inventory/items")).items.length > 0);
  assert.equal(ok(await api.GET("/v1/gacha/histories")).histories.length, 10);
  const page = ok(await api.GET("/v1/users/me/ledger", { params: { query: { limit: 1 } } }));
  assert.ok(page.next_cursor);
  const query = { cursor: page.next_cursor };
  assert.equal(ok(await api.GET("/v1/users/me/ledger", { params: { query } })).next_cursor, null);

  assert.ok(ok(await api.GET("/v1/gacha/seed-periods")).seed_periods.length > 0);
  ok(await api.PUT("/v1/gacha/client-seed", { body: { client_seed: "seven-crows" } }));
  assert.equal(ok(await api.GET("/v1/gacha/client-seed")).client_seed, "seven-crows");
  const free = ok(await api.POST("/v1/gacha/draw", { body: { pool_id: "pool-daily-gate", draw_count: 1 } }));
  const { proof } = await until("the seed", async () => {
    const path = { saga_id: free.saga_id };
    const data = ok(await api.GET("/v1/gacha/sagas/{saga_id}/proof", { params: { path } }));
    return data.proof.seed === null ? null : data;
  });
  assert.equal(JSON.parse(proof.record).client_seed, "seven-crows");

  // What the README has no line for.
  assert.equal(ok(await api.GET("/v1/gacha/draw-numbers")).draw_numbers.length, 2);
  assert.ok(ok(await api.GET("/v1/inventory/item-masters", { params: { query: { limit: 5 } } })).next_cursor);
  assert.equal(ok(await api.GET("/v1/users/me/currencies")).currencies.length, 2);
  const { version } = ok(await api.GET("/v1/users/me"));
  const body = { display_name: "あおい", version };
  assert.equal(ok(await api.PUT("/v1/users/me", { body })).version, version + 1);
  refused(409, "version_conflict", await api.PUT("/v1/users/me", { body }));
  refused(409, "insufficient_currency", await api.POST("/v1/gacha/draw", { body: { pool_id: "pool-standard", draw_count: 1 } }));
  refused(404, "not_found", await api.GET("/v1/gacha/sagas/{saga_id}", { params: { path: { saga_id: randomUUID() } } }));
  refused(401, null, await client().GET("/v1/users/me"));
  const next = ok(await api.POST("/v1/auth/refresh", { body: { refresh_token: session.refresh_token } }));
  ok(await api.POST("/v1/auth/logout", { body: { refresh_token: next.refresh_token } }));
}

/** A draw that takes longer than its call. */
export async function underFaults(): Promise<void> {
  const { api } = await login();
  const answer = await api.POST("/v1/gacha/draw", { body: { pool_id: "pool-standard", draw_count: 1 } });
  assert.equal(answer.response.status, 202);
  assert.equal(ok(answer).results, null);
  assert.equal(ok(answer).pity, null);
}

// What the README's tour leaves out: the shop, presents, links, the export, and the end of
// an account; with openapi-typescript and openapi-fetch.

import { createHash } from "node:crypto";
import createClient from "openapi-fetch";
import type { paths } from "../openapi-types";
import { act, assert, device, randomUUID, recordingFetch, url } from "./kit";

const client = (token?: string) =>
  createClient<paths>({
    baseUrl: url,
    fetch: recordingFetch,
    headers: token ? { Authorization: `Bearer ${token}` } : {},
  });

type Api = ReturnType<typeof client>;
type Answer<Data> = { data?: { success: boolean; data: Data }; error?: unknown };

/** The `data` of an answer that must be a success. */
function ok<Data>(answer: Answer<Data>): Data {
  assert.ok(answer.data, JSON.stringify(answer.error));
  return answer.data.data;
}

export async function tour(): Promise<void> {
  ok(await client().GET("/v1/status"));
  const session = ok(await client().POST("/v1/auth/guest", { body: device() }));
  const api = client(session.access_token);
  await shop(api);
  await presents(api);
  await links(api, session);

  const exported = ok(await api.GET("/v1/users/me/export", { params: { query: { limit: 100 } } }));
  assert.ok(exported.rows.some(({ table }) => table === "game_user.users"));
  const asked = ok(await api.DELETE("/v1/users/me"));
  assert.ok(Date.parse(asked.deletion_due_at) > Date.now());
}

async function shop(api: Api): Promise<void> {
  const { products } = ok(await api.GET("/v1/purchases/products"));
  assert.ok(products.some(({ product_id }) => product_id === "gems-60"));
  ok(await api.PUT("/v1/purchases/birth-month", { body: { birth_month: "1990-04" } }));
  ok(await api.GET("/v1/purchases/allowance"));
  const { account_token } = ok(await api.GET("/v1/users/me"));

  const apple = await act("apple/buy", { product_id: "game.tenjo.gems60", account_token });
  const { signed_transaction } = apple;
  ok(await api.POST("/v1/purchases/apple", { body: { signed_transaction } }));
  ok(await client().POST("/v1/purchases/apple/notifications", { body: apple.notification }));

  const google = await act("google/buy", { product_id: "gems_60", account_token });
  const { product_id, purchase_token } = google;
  ok(await api.POST("/v1/purchases/google", { body: { product_id, purchase_token } }));
  const told = client(google.notification_token);
  ok(await told.POST("/v1/purchases/google/notifications", { body: google.notification }));
}

async function presents(api: Api): Promise<void> {
  // Nobody has sent any: an operator does that.
  assert.ok(Array.isArray(ok(await api.GET("/v1/presents")).presents));
  ok(await api.POST("/v1/presents/receive"));
}

async function links(api: Api, { user_id, refresh_token }: { user_id: string; refresh_token: string }): Promise<void> {
  for (const provider of ["apple", "google"] as const) {
    const subject = randomUUID();
    const signedIn = await signIn(provider, subject);
    ok(await api.POST("/v1/users/me/links", { body: { provider, ...signedIn, refresh_token } }));
    const body = await signIn(provider, subject);
    const path = provider === "apple" ? "/v1/auth/apple" : "/v1/auth/google";
    assert.equal(ok(await client().POST(path, { body })).user_id, user_id);
  }
  assert.equal(ok(await api.GET("/v1/users/me/links")).links.length, 2);
  const params = { path: { provider: "apple" as const } };
  assert.equal(ok(await api.DELETE("/v1/users/me/links/{provider}", { params })).links.length, 1);
}

/** What an app has after somebody signed in. */
async function signIn(provider: string, subject: string) {
  const nonce = randomUUID();
  const hash = createHash("sha256").update(nonce).digest("hex");
  const { identity_token } = await act("identity/sign", { provider, subject, nonce: hash });
  return { identity_token, nonce };
}

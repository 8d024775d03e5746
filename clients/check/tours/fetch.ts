// The README's tour, and every kind of answer that can be had, with typescript-fetch.

import {
  Configuration, ErrorAnswerFromJSON, GachaApi, InventoryApi, ResponseError, ServiceApi, UserApi,
  type ErrorAnswer,
} from "../fetch";
import { assert, device, limitedUrl, randomUUID, raw, recordingFetch, signed, until, url } from "./kit";

function client(basePath: string, accessToken?: string) {
  const settings = new Configuration({ basePath, accessToken, fetchApi: recordingFetch });
  return {
    user: new UserApi(settings),
    gacha: new GachaApi(settings),
    inventory: new InventoryApi(settings),
    service: new ServiceApi(settings),
  };
}

async function login(basePath = url) {
  const { device_id: deviceId, device_type: deviceType } = device();
  const answer = await client(basePath).user.createGuestSession({
    guestSessionRequest: { deviceId, deviceType },
  });
  assert.equal(answer.success, true);
  return { ...client(basePath, answer.data.accessToken), session: answer.data };
}

/** The error that a call must end with. */
async function refused(status: number, code: string | null, call: Promise<unknown>): Promise<ErrorAnswer> {
  const error = await call.then(
    () => assert.fail(`a ${status} was expected`),
    (error: unknown) => error,
  );
  if (!(error instanceof ResponseError)) throw error;
  assert.equal(error.response.status, status);
  const answer = ErrorAnswerFromJSON(await error.response.json());
  assert.equal(answer.error?.code ?? null, code);
  if (code === null) assert.ok(answer.message ?? answer.exp);
  return answer;
}

/** What the README does with curl. */
export async function tour(): Promise<void> {
  const player = await login();
  const { gacha, inventory, service, user } = player;

  const home = (await service.getHome({ acceptLanguage: "ja" })).data;
  assert.equal(home.user.userId, player.session.userId);
  assert.ok(home.pools.length >= 5 && home.currencies.length === 2);
  assert.ok(home.pools.some(({ name, standing }) => name === "常開の門" && standing.prices.length > 0));

  const pools = (await gacha.listPools()).data.pools;
  assert.ok(pools.length >= 5);
  for (const { poolId, kind } of pools) {
    const pool = (await gacha.getPool({ poolId })).data;
    assert.equal(pool.steps === null, kind !== "step_up");
    assert.equal(pool.standing.copiesLeft === null, kind !== "box");
  }
  const festival = await gacha.getPool({ poolId: "pool-moon-festival" });
  assert.ok(festival.data.pity && festival.data.exchange);
  const { odds } = (await gacha.getRevision({ revision: festival.data.revision })).data;
  assert.ok(odds.steps.length === 1 && odds.pity.length > 0);

  const ten = {
    poolId: "pool-moon-festival",
    drawCount: 10,
    clientSeed: randomUUID(),
    expectedRevision: festival.data.revision,
    expectedDrawNumber: (await gacha.getClientSeed()).data.nextDrawNumber,
  };
  const drawn = await gacha.requestDraw({ drawRequest: ten, idempotencyKey: "my-first-draw" });
  assert.equal(drawn.data.results?.length, 10);
  const again = await gacha.requestDraw({ drawRequest: ten, idempotencyKey: "my-first-draw" });
  assert.deepEqual(again, drawn);
  assert.equal(signed(drawn.data.receipt).client_seed, ten.clientSeed);
  assert.equal(signed(drawn.data.receipt).pool.revision, ten.expectedRevision);
  const { sagaId } = drawn.data;
  assert.equal((await gacha.getSaga({ sagaId })).data.status, "COMPLETED");

  assert.ok((await inventory.listItems()).data.items.length > 0);
  assert.equal((await gacha.listHistories()).data.histories.length, 10);
  const page = await user.listLedgerEntries({ limit: 1 });
  assert.ok(page.data.nextCursor);
  const next = await user.listLedgerEntries({ cursor: page.data.nextCursor });
  assert.equal(next.data.nextCursor, null);

  assert.ok((await gacha.listSeedPeriods({ limit: 5 })).data.seedPeriods.length > 0);
  await gacha.updateClientSeed({ clientSeedUpdate: { clientSeed: "seven-crows" } });
  assert.equal((await gacha.getClientSeed()).data.clientSeed, "seven-crows");
  const free = await gacha.requestDraw({ drawRequest: { poolId: "pool-daily-gate", drawCount: 1 } });
  const { proof } = await until("the seed", async () => {
    const { data } = await gacha.getDrawProof({ sagaId: free.data.sagaId });
    return data.proof.seed === null ? null : data;
  });
  assert.equal(JSON.parse(proof.record).client_seed, "seven-crows");
  const { revision } = festival.data;
  assert.equal(JSON.parse((await gacha.getRevision({ revision })).data.document).pool_id, "pool-moon-festival");

  // What the README has no line for.
  assert.equal((await gacha.listDrawNumbers()).data.drawNumbers.length, 2);
  assert.ok((await inventory.listItemMasters({ limit: 5 })).data.nextCursor);
  assert.equal((await user.listCurrencies()).data.currencies.length, 2);
  const { version } = (await user.getUser()).data;
  const userUpdate = { displayName: "あおい", version };
  assert.equal((await user.updateUser({ userUpdate })).data.version, version + 1);
  await refused(409, "version_conflict", user.updateUser({ userUpdate }));
  await accounts();
  await refusals(player, festival.data.exchange.offers[0]!.itemMasterId);
  const refreshed = await user.refreshSession({
    refreshTokenRequest: { refreshToken: player.session.refreshToken },
  });
  const { refreshToken } = refreshed.data;
  assert.equal((await user.endSession({ refreshTokenRequest: { refreshToken } })).success, true);
  await tooMany();
}

/** Sessions, the device's secret, and a move to another device. */
async function accounts(): Promise<void> {
  const { user, session } = await login();
  const { refreshToken } = session;
  const { sessions } = (await user.listSessions()).data;
  assert.deepEqual(sessions.map((session) => session.isCurrent), [true]);
  assert.ok((await user.renewDeviceSecret({ refreshTokenRequest: { refreshToken } })).data.deviceSecret);
  const password = "moon-festival";
  const stolen = { transferCodeRequest: { password, refreshToken: "another" } };
  await refused(403, "refresh_token_required", user.createTransferCode(stolen));
  const made = await user.createTransferCode({ transferCodeRequest: { password, refreshToken } });
  const { device_id: deviceId, device_type: deviceType } = device();
  const transferRequest = { transferCode: made.data.transferCode, password, deviceId, deviceType };
  const moved = await client(url).user.transferAccount({ transferRequest });
  assert.ok(moved.data.deviceSecret);
  await refused(401, "transfer_refused", client(url).user.transferAccount({ transferRequest }));
  const here = client(url, moved.data.accessToken).user;
  assert.ok((await here.getTransferCode()).data!.usedAt);
  assert.equal((await here.endOtherSessions()).success, true);
  const [current] = (await here.listSessions()).data.sessions;
  assert.equal((await here.removeSession({ sessionId: current!.sessionId })).success, true);
}

/** Errors of the functions and of the gateway. */
async function refusals({ gacha, user }: Awaited<ReturnType<typeof login>>, itemMasterId: string): Promise<void> {
  const standard = { poolId: "pool-standard", drawCount: 1 };
  const draw = (drawRequest: object, idempotencyKey?: string) =>
    gacha.requestDraw({ drawRequest: { ...standard, ...drawRequest }, idempotencyKey });
  await refused(409, "insufficient_currency", draw({}));
  await refused(409, "price_changed", draw({ expectedCost: { currencyType: "free_gem", amount: 1 } }));
  await refused(409, "revision_changed", draw({ expectedRevision: "0".repeat(64) }));
  await refused(409, "draw_number_changed", draw({ expectedDrawNumber: 1 }));
  await refused(400, "invalid_request", draw({ drawCount: 7 }));
  await refused(404, "not_found", draw({ poolId: "pool-of-nobody" }));
  await refused(422, "idempotency_key_reused", draw({}, "my-first-draw"));
  await refused(404, "not_found", gacha.getPool({ poolId: "pool-of-nobody" }));
  await refused(400, null, gacha.getPool({ poolId: "NO POOL" }));
  await refused(404, "not_found", gacha.getSaga({ sagaId: randomUUID() }));
  await refused(404, "not_found", gacha.getDrawProof({ sagaId: randomUUID() }));
  const exchangeRequest = { poolId: "pool-moon-festival", itemMasterId };
  await refused(409, "insufficient_points", gacha.exchangePoints({ exchangeRequest }));
  const nothing = { exchangeRequest: { ...exchangeRequest, itemMasterId: "nothing" } };
  await refused(404, "not_found", gacha.exchangePoints(nothing));
  await refused(401, "unauthorized", user.refreshSession({ refreshTokenRequest: { refreshToken: "unknown" } }));
  await refused(401, null, client(url).user.getUser());
  await refused(401, null, client(url, "no.good.token").user.getUser());
  const long = { deviceId: randomUUID(), deviceType: "web" as const, deviceName: "x".repeat(70_000) };
  await refused(413, null, user.createGuestSession({ guestSessionRequest: long }));

  assert.equal(await raw("DELETE", "/v1/gacha/draw", {}), 404);
  const body = "x".repeat(70_000);
  const headers = { "Content-Type": "application/json", "Content-Length": String(body.length) };
  assert.equal(await raw("POST", "/v1/auth/guest", { ...headers, Expect: "100-continue" }, body), 417);
}

/** More draws in a minute than the gateway lets in. */
async function tooMany(): Promise<void> {
  const { gacha } = await login(limitedUrl);
  const draw = () => gacha.requestDraw({ drawRequest: { poolId: "pool-of-nobody", drawCount: 1 } });
  // A new minute may begin in between.
  for (let count = 0; count < 30; count += 1) {
    const error = await draw().catch((error: unknown) => error);
    if (!(error instanceof ResponseError)) throw error;
    if (error.response.status === 429) return;
    assert.equal(error.response.status, 404);
  }
  assert.fail("the limit of 10 a minute was not reached");
}

/** Answers that only faults bring: 202, 502, 503 and 504. */
export async function underFaults(): Promise<void> {
  const { gacha } = await login();
  const drawRequest = { poolId: "pool-standard", drawCount: 1 };
  const [accepted] = await Promise.all([
    gacha.requestDraw({ drawRequest, idempotencyKey: "slow" }),
    refused(504, null, gacha.getClientSeed()),
    refused(502, null, gacha.listDrawNumbers()),
  ]);
  assert.notEqual(accepted.data.status, "COMPLETED");
  assert.equal(accepted.data.results, null);
  assert.equal(accepted.data.pity, null);
  const { data } = await gacha.getSaga({ sagaId: accepted.data.sagaId, waitS: 1 });
  assert.equal(data.results, null);
  await refused(409, "request_in_progress", gacha.requestDraw({ drawRequest, idempotencyKey: "slow" }));
  await refused(409, "draw_in_progress", gacha.requestDraw({ drawRequest, idempotencyKey: "other" }));
}


// The demo when the network, the clock or the server is not as it should be.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  accessible, begin, DESKTOP, draw, end, enter, FESTIVAL, freeGems, keysOf, open, PHONE, shot, skip, url, visit,
} from "./browser.mjs";

before(begin);
after(end);

test("a draw whose answers are lost is resumed with its key, and no balance is shown until it is known", async () => {
  const { context, page, faults } = await visit({ ...PHONE, isRough: true });
  const keys = keysOf(page, "/v1/gacha/draw");
  await enter(page);
  await open(page, FESTIVAL);
  let isCut = true;
  await page.route("**/v1/gacha/draw", async (route) => {
    if (!isCut) return route.continue();
    await route.fetch(); // the server has drawn, and has taken the price
    await route.abort("connectionreset");
  });
  await draw(page, 10);
  await page.locator(".lost").waitFor({ timeout: 60_000 });
  assert.equal(await page.locator("[data-balance=free]").count(), 0);
  await shot(page, "lost");
  await accessible(page, "lost");

  // The page is closed, and opened again: the draw is written down.
  await page.reload();
  await page.locator(".strip-note").waitFor({ timeout: 40_000 });
  assert.equal(await page.locator("[data-balance=free]").count(), 0);
  await shot(page, "unanswered");
  isCut = false;
  await skip(page);
  assert.equal(await page.locator(".summary .dealt-card").count(), 10);
  await page.locator(".summary .actions button").last().click();
  await page.locator("[data-balance=free]").waitFor();
  assert.equal(await freeGems(page), 0);
  assert.ok(keys.length >= 3);
  assert.equal(new Set(keys).size, 1);

  await open(page, "proofs");
  await page.locator(".proof-row").first().waitFor();
  assert.equal(await page.locator(".proof-row").count(), 1);
  assert.deepEqual(faults, []);
  await context.close();
});

test("a draw goes on by itself when the network comes back", async () => {
  const { context, page, faults } = await visit({ ...DESKTOP, isRough: true });
  const keys = keysOf(page, "/v1/gacha/draw");
  await enter(page);
  await open(page, FESTIVAL);
  await page.route("**/v1/gacha/draw", async (route) => {
    await context.setOffline(true);
    await route.abort("internetdisconnected");
  });
  await draw(page, 1);
  await page.locator(".lost").waitFor({ timeout: 60_000 });
  await page.unroute("**/v1/gacha/draw");
  await context.setOffline(false);
  await skip(page);
  await page.locator(".summary .actions button").last().click();
  await page.locator("[data-balance=free]").waitFor();
  assert.equal(await freeGems(page), 2700);
  assert.equal(new Set(keys).size, 1);
  assert.deepEqual(faults, []);
  await context.close();
});

for (const days of [400, -400]) {
  test(`a clock that is wrong by ${days} days changes nothing in the demo`, async () => {
    const { context, page, faults } = await visit({ ...DESKTOP, clockDays: days });
    const refreshes = keysOf(page, "/v1/auth/refresh");
    await enter(page);
    await open(page, FESTIVAL);
    await draw(page, 1);
    await skip(page);
    await page.locator(".summary a").click();
    await page.locator(".proof-step").first().waitFor();
    // Sealed for less than a period, not for a year; or revealed already.
    const left = await page.locator(".countdown").textContent({ timeout: 1000 }).catch(() => "00:00:01");
    assert.match(left, /00:0\d:\d\d|About to be/);
    assert.equal(refreshes.length, 0);
    assert.deepEqual(faults, []);
    await context.close();
  });
}

test("too many calls, and a server that is busy, are told in words that help", async () => {
  const { context, page, faults } = await visit({ ...PHONE, isRough: true });
  await enter(page);
  await page.route("**/v1/gacha/pools/*", (route) =>
    route.fulfill({ status: 429, headers: { "Retry-After": "42" }, json: { message: "API rate limit exceeded" } }),
  );
  await page.goto(`${url}/#/${FESTIVAL}`);
  await page.locator(".failure", { hasText: "42 s" }).waitFor();
  await shot(page, "too-many");
  await page.unroute("**/v1/gacha/pools/*");
  await page.locator(".failure .button").click();
  await page.locator(".price").first().waitFor();

  // A draw that may not be sent for a while waits, with its key.
  const keys = keysOf(page, "/v1/gacha/draw");
  await page.route("**/v1/gacha/draw", (route) =>
    route.fulfill({ status: 429, headers: { "Retry-After": "20" }, json: { message: "API rate limit exceeded" } }),
  );
  await draw(page, 1);
  await page.locator(".lost", { hasText: "20 s" }).waitFor();
  await shot(page, "wait");
  await page.unroute("**/v1/gacha/draw");
  await page.locator(".skip, .summary").first().waitFor({ timeout: 40_000 });
  await skip(page);
  assert.equal(new Set(keys).size, 1);
  await page.locator(".summary .actions button").last().click();

  // Busy twice, then served: nobody notices.
  let busy = 2;
  await page.route("**/v1/inventory/items*", (route) =>
    (busy -= 1) >= 0
      ? route.fulfill({ status: 503, headers: { "Retry-After": "1" }, body: "<html>busy</html>", contentType: "text/html" })
      : route.continue(),
  );
  await open(page, "collection");
  await page.locator(".collected").first().waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test("maintenance and an old client are told on the whole page, which opens again by itself", async () => {
  const { context, page, faults } = await visit({ ...PHONE, isRough: true });
  await enter(page);
  const refusal = (code) => ({ success: false, error: { code, message: "", request_id: "request-1" } });
  const status = { server_time: new Date().toISOString(), least_client_version: null, newest_client_version: null };
  const maintenance = { is_running: true, starts_at: status.server_time, ends_at: new Date(Date.now() + 3_600_000).toISOString() };
  await page.route("**/v1/gacha/pools*", (route) => route.fulfill({ status: 503, headers: { "Retry-After": "60" }, json: refusal("maintenance") }));
  await page.route("**/v1/status", (route) => route.fulfill({ json: { success: true, data: { ...status, maintenance } } }));
  await open(page, "collection");
  await page.locator(".nav a").first().click();
  await page.locator(".door-panel .hint").waitFor();
  await shot(page, "maintenance");
  await accessible(page, "maintenance");
  await page.unroute("**/v1/status");
  await page.unroute("**/v1/gacha/pools*");
  await page.locator(".pool-card").first().waitFor({ timeout: 30_000 });

  await page.route("**/v1/gacha/pools/*", (route) => route.fulfill({ status: 403, json: refusal("client_outdated") }));
  await page.locator(".pool-card").first().click();
  await page.locator(".door-panel .button").waitFor();
  await shot(page, "outdated");
  assert.deepEqual(faults, []);
  await context.close();
});

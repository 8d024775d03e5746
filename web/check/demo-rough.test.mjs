// The demo when the network, the clock or the server is not as it should be.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import {
  accessible, begin, DESKTOP, draw, end, enter, FESTIVAL, freeGems, guestOf, keysOf, open, PHONE, serveDemo, settled, shot, skip, url, visit,
} from "./browser.mjs";
import { stack, until } from "./stack.mjs";

before(begin);
after(end);

const SIZES = [["phone", PHONE], ["desktop", DESKTOP]];

test("a draw whose answers are lost is resumed with its key, and no balance is shown until it is known", async () => {
  const { context, page, faults } = await visit({ ...PHONE, mayFail: ["/v1/gacha/draw"] });
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

for (const [size, options] of SIZES) {
  test(`on a ${size} a draw that the network is cut in goes on by itself when it comes back`, async () => {
    const { context, page, faults } = await visit({ ...options, mayFail: ["/v1/gacha/draw"] });
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
}

/** A draw is made, and its answers are lost until the page says so. From then on `next` answers. */
async function loseDraw(page, next) {
  let isLost = false;
  await page.route("**/v1/gacha/draw", async (route) => {
    if (isLost) return next(route);
    await route.fetch();
    await route.abort("connectionreset");
  });
  await draw(page, 1);
  await page.locator(".lost").waitFor({ timeout: 60_000 });
  isLost = true;
}

test("a draw that comes when the player has left its screen is shown, once", { timeout: 120_000 }, async () => {
  const { context, page, faults } = await visit({ ...DESKTOP, mayFail: ["/v1/gacha/draw"] });
  const keys = keysOf(page, "/v1/gacha/draw");
  await enter(page);
  await open(page, FESTIVAL);
  // The next try is on its way while the player presses "Leave for now".
  let isAsked, answer;
  const asked = new Promise((resolve) => (isAsked = resolve));
  const answered = new Promise((resolve) => (answer = resolve));
  let held = 0;
  await loseDraw(page, async (route) => {
    held += 1;
    isAsked();
    await answered;
    await route.continue();
  });
  await asked;
  await page.locator(".lost .button").click();
  await page.locator("dialog").waitFor({ state: "detached" });
  // Longer than the page waits until it asks again: it waits for the answer to this one.
  await wait(7000);
  assert.equal(held, 1);
  answer();
  await skip(page);
  assert.equal(await page.locator(".summary .dealt-card").count(), 1);
  await page.locator(".summary .actions button").last().click();
  await page.locator("dialog").waitFor({ state: "detached" });
  await page.locator("[data-balance=free]").waitFor();
  assert.equal(await freeGems(page), 2700);
  assert.equal(new Set(keys).size, 1);
  await wait(7000);
  assert.equal(await page.locator("dialog").count(), 0);
  assert.deepEqual(faults, []);
  await context.close();
});

test("of two draws without an answer the first is shown although the second stays unknown", { timeout: 120_000 }, async () => {
  const { context, page, faults } = await visit({ ...DESKTOP, mayFail: ["/v1/gacha/draw"] });
  await enter(page);
  await open(page, FESTIVAL);
  let answers = (route) => route.abort("connectionreset");
  await loseDraw(page, (route) => answers(route));
  await page.locator(".lost .button").click();
  // As two tabs leave it: each has written down a draw of its own.
  const second = crypto.randomUUID();
  await page.evaluate((key) => {
    const [first] = JSON.parse(localStorage.getItem("tenjo-demo.acts"));
    localStorage.setItem("tenjo-demo.acts", JSON.stringify([first, { ...first, key }]));
  }, second);
  await page.reload();
  answers = (route) => (route.request().headers()["idempotency-key"] === second ? route.abort("connectionreset") : route.continue());
  await skip(page);
  assert.equal(await page.locator(".summary .dealt-card").count(), 1);
  await page.locator(".summary .actions button").last().click();
  await page.locator(".strip-note").waitFor();
  assert.equal(await page.evaluate(() => JSON.parse(localStorage.getItem("tenjo-demo.acts")).length), 1);
  assert.deepEqual(faults, []);
  await context.close();
});

for (const [[size, options], so, days] of [[SIZES[0], "ahead", 400 + 7 / 24], [SIZES[1], "behind", -400 - 7 / 24]]) {
  test(`on a ${size} a clock that is 400 days and 7 hours ${so} changes nothing in the demo`, { timeout: 180_000 }, async () => {
    const { context, page, faults } = await visit({ ...options, clockDays: days });
    const refreshes = keysOf(page, "/v1/auth/refresh");
    await enter(page);
    await open(page, FESTIVAL);
    // So that the seed is still sealed when its proof is looked at.
    const player = await guestOf(page);
    const endsAt = await until("a period that lasts a while", async () => {
      const running = (await player.seedPeriods().take(10)).find(({ starts_at, ends_at }) => Date.parse(starts_at) <= Date.now() && Date.now() < Date.parse(ends_at));
      return running && Date.parse(running.ends_at) - Date.now() > 14_000 ? Date.parse(running.ends_at) : null;
    }, 120);
    await draw(page, 1);
    await skip(page);
    await page.locator(".summary a").click();
    await page.locator(".countdown").waitFor();
    const shown = await page.locator(".countdown").textContent();
    const left = Math.round((endsAt - Date.now()) / 1000);
    const [, hours, minutes, seconds] = /^Sealed for (\d\d):(\d\d):(\d\d) more$/.exec(shown.trim()) ?? assert.fail(`${shown}, and it is ${left} s`);
    assert.ok(Math.abs(Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) - left) <= 5, `${shown}, and it is ${left} s`);
    // The one that shows the device's secret, right after the first login.
    assert.equal(refreshes.length, 1);
    assert.deepEqual(faults, []);
    await context.close();
  });
}

test("a draw beyond what the gateway lets in within a minute waits for the next one, and comes once", { timeout: 180_000 }, async () => {
  const { address, stop } = await serveDemo(stack.limited);
  const { context, page, faults } = await visit({ ...PHONE, mayFail: ["/v1/gacha/draw"], origin: new URL(address).origin });
  let token = "";
  page.on("request", (request) => { token = request.headers().authorization ?? token; });
  await enter(page, address);
  await page.goto(`${address}/#/${FESTIVAL}`);
  await page.locator(".price").first().waitFor();
  // The gateway counts by the minute of the clock. Enough of one must be left to see the wait.
  const leftMs = () => 60_000 - (Date.now() % 60_000);
  if (leftMs() < 30_000) await wait(leftMs() + 500);
  const spend = () => fetch(`${stack.limited}/v1/gacha/draw`, {
    method: "POST", headers: { Authorization: token, "Content-Type": "application/json" }, body: JSON.stringify({ pool_id: "pool-of-nobody", draw_count: 1 }),
  });
  let status = 404;
  for (let sent = 0; status === 404 && sent < 30; sent += 1) status = (await spend()).status;
  assert.equal(status, 429);

  const keys = keysOf(page, "/v1/gacha/draw");
  const refused = page.waitForResponse((answer) => answer.url().endsWith("/v1/gacha/draw") && answer.status() === 429);
  await draw(page, 1);
  const retryAfter = Number((await refused).headers()["retry-after"]);
  assert.ok(retryAfter >= 1 && retryAfter <= 60, `Retry-After is ${retryAfter}`);
  await page.locator(".lost", { hasText: /\d+ s/ }).waitFor();
  assert.equal(await page.locator("[data-balance=free]").count(), 0);
  await page.locator(".skip, .summary").first().waitFor({ timeout: 90_000 });
  await skip(page);
  await page.locator(".summary .actions button").last().click();
  await page.locator("[data-balance=free]").waitFor();
  assert.equal(await freeGems(page), 2700);
  assert.equal(new Set(keys).size, 1);
  assert.deepEqual(faults, []);
  await context.close();
  stop();
});

for (const [size, options] of SIZES) {
  test(`on a ${size} too many calls, and a server that is busy, are told in words that help`, { timeout: 120_000 }, async () => {
    const { context, page, faults } = await visit({ ...options, mayFail: ["/v1/gacha/pools/", "/v1/gacha/draw", "/v1/inventory/items"] });
    await enter(page);
    await page.route("**/v1/gacha/pools/*", (route) =>
      route.fulfill({ status: 429, headers: { "Retry-After": "42" }, json: { message: "API rate limit exceeded" } }),
    );
    await page.goto(`${url}/#/${FESTIVAL}`);
    await page.locator(".failure", { hasText: "42 s" }).waitFor();
    await shot(page, `${size}-too-many`);
    await page.unroute("**/v1/gacha/pools/*");
    await page.locator(".failure .button").click();
    await page.locator(".price").first().waitFor();

    // A draw that may not be sent for a while waits, with its key.
    const keys = keysOf(page, "/v1/gacha/draw");
    await page.route("**/v1/gacha/draw", (route) =>
      route.fulfill({ status: 429, headers: { "Retry-After": "16" }, json: { message: "API rate limit exceeded" } }),
    );
    await draw(page, 1);
    await page.locator(".lost", { hasText: "16 s" }).waitFor();
    await shot(page, `${size}-wait`);
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
    assert.ok(busy < 0, "it was busy twice, and then asked again");

    // A draw too: it is sent again with its key, and charged once.
    await page.locator("[data-balance=free]").waitFor();
    const gems = await freeGems(page);
    const again = keysOf(page, "/v1/gacha/draw");
    const tryLater = { success: false, error: { code: "try_later", message: "", request_id: "request-1" } };
    await page.route("**/v1/gacha/draw", (route) =>
      again.length <= 2 ? route.fulfill({ status: 503, headers: { "Retry-After": "1" }, json: tryLater }) : route.continue(),
    );
    await open(page, FESTIVAL);
    await draw(page, 1);
    await skip(page);
    await page.locator(".summary .actions button").last().click();
    await page.locator("[data-balance=free]").waitFor();
    assert.equal(again.length, 3);
    assert.equal(new Set(again).size, 1);
    assert.equal(await freeGems(page), gems - 300);
    assert.deepEqual(faults, []);
    await context.close();
  });
}

test("maintenance and an old client are told on the whole page, which opens again by itself", async () => {
  const { context, page, faults } = await visit({ ...PHONE, mayFail: ["/v1/gacha/pools"] });
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

test("a visitor without a player waits for the end of the maintenance, and is let in", async () => {
  const { context, page, faults } = await visit(PHONE);
  const at = new Date().toISOString();
  const maintenance = { is_running: true, starts_at: at, ends_at: new Date(Date.now() + 3_600_000).toISOString() };
  await page.route("**/v1/status", (route) =>
    route.fulfill({ json: { success: true, data: { server_time: at, least_client_version: null, newest_client_version: null, maintenance } } }),
  );
  await page.goto(url);
  await page.locator(".door-panel .hint").waitFor();
  assert.equal(await page.locator(".door .button-large").count(), 0);
  await page.unroute("**/v1/status");
  await page.locator(".door .button-large").waitFor({ timeout: 30_000 });
  await enter(page);
  assert.deepEqual(faults, []);
  await context.close();
});

test("names that could not be read at the start are read when the game opens", async () => {
  const { context, page, faults } = await visit({ ...DESKTOP, mayFail: ["/v1/inventory/item-masters"] });
  await enter(page);
  let isRefused = false, isOpen = false;
  const closed = { success: false, error: { code: "maintenance", message: "", request_id: "request-1" } };
  await page.route("**/v1/inventory/item-masters*", (route) => {
    if (isOpen) return route.continue();
    isRefused = true;
    return route.fulfill({ status: 503, headers: { "Retry-After": "60" }, json: closed });
  });
  await page.route("**/v1/status", async (route) => {
    isOpen = isRefused;
    await route.continue();
  });
  await open(page, FESTIVAL);
  await page.reload();
  await page.locator(".offer strong").waitFor({ timeout: 30_000 });
  await settled(page);
  // A string would be found in the id too, whatever its case.
  await page.locator(".offer strong", { hasText: /^Kaguya/ }).waitFor();
  assert.doesNotMatch(await page.locator("main").innerText(), /character-[a-z]/);
  assert.deepEqual(faults, []);
  await context.close();
});

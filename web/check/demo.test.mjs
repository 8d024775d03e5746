import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import {
  accessible, begin, DESKTOP, draw, end, enter, fits, freeGems, guestOf, isStrict, open, PHONE, settled, shot, skip, url, visit,
} from "./browser.mjs";
import { give, operate } from "./stack.mjs";

before(begin);
after(end);

const FESTIVAL = "pool/pool-moon-festival";
/** A visitor's own fetches of one path, with their idempotency keys. */
function keysOf(page, path) {
  const keys = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith(path)) keys.push(request.headers()["idempotency-key"]);
  });
  return keys;
}

/** A present that operators send. */
function sendPresent(playerId) {
  return operate("send-presents", {
    audience: "listed", player_ids: [playerId], title: "お詫び", message: "For the outage of August 1.", free_gems: 120,
    items: [{ item_master_id: "character-yuki", quantity: 1 }], ends_at: new Date(Date.now() + 86_400_000).toISOString(),
  });
}

for (const [size, options] of [
  ["phone", { ...PHONE, locale: "ja-JP" }],
  ["desktop", DESKTOP],
]) {
  test(`the whole tour on a ${size}`, { timeout: 300_000 }, async () => {
    const { context, page, faults } = await visit(options);
    const look = async (name) => {
      await wait(400);
      await shot(page, `${size}-${name}`, { fullPage: true });
      await accessible(page, name);
      await fits(page, name);
    };
    const isJapanese = size === "phone";

    await page.goto(url);
    await page.locator(".door .button-large").waitFor();
    await look("01-welcome");
    await enter(page);
    await settled(page);
    assert.equal(await freeGems(page), 3000);
    await look("02-pools");

    // Every pool can be looked at, and shows what it sells.
    const pools = await page.locator(".pool-card").evaluateAll((cards) => cards.map((card) => card.getAttribute("href").slice(2)));
    assert.ok(pools.length >= 5);
    for (const pool of pools) {
      await open(page, pool);
      await look(`03-${pool.split("/")[1]}`);
    }

    // The rates, and the curve at a place of one's own.
    await open(page, FESTIVAL);
    await page.locator(".odds summary").first().click();
    await page.locator(".chart input").fill("50");
    assert.match(await page.locator(".chart-value").textContent(), /50/);
    await look("04-odds");

    // Ten draws, watched to the end.
    await page.locator(".price", { hasText: isJapanese ? "10回引く" : "Draw 10" }).click();
    await look("05-confirm");
    await page.locator("dialog.sheet .actions .button").first().click();
    await page.locator(".gate").first().waitFor();
    await wait(900);
    await shot(page, `${size}-06-gate`);
    await page.locator(".cards-scene").waitFor();
    await page.locator(".dealt-card.is-turned").nth(4).waitFor();
    await shot(page, `${size}-07-cards`);
    await page.locator(".summary").waitFor({ timeout: 60_000 });
    await page.locator(".summary .dealt-card").nth(9).waitFor();
    await look("08-result");
    await page.locator(".summary .actions button").last().click();
    await page.locator("[data-balance=free]").waitFor();
    assert.equal(await freeGems(page), 0);

    // Too few gems: said before anything is sent.
    await settled(page);
    await page.locator(".price", { hasText: isJapanese ? "10回引く" : "Draw 10" }).click();
    assert.ok(await page.locator("dialog.sheet .warning").isVisible());
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });

    await open(page, "history");
    await page.locator(".strip li").nth(9).waitFor();
    await look("09-history");
    await page.locator(".tabs button").nth(1).click();
    await page.locator(".ledger li").first().waitFor();
    await look("10-ledger");

    await open(page, "collection");
    await page.locator(".collected:not(:disabled)").first().waitFor();
    await look("11-collection");
    await page.locator(".collected:not(:disabled)").first().click();
    await look("12-item");
    await page.keyboard.press("Escape");

    // The mailbox: empty, and then with a present of the operators.
    await open(page, "presents");
    await look("13-presents");
    await open(page, "account");
    await sendPresent(await page.locator(".player-id strong").textContent());
    await open(page, "presents");
    await page.locator(".presents > li").waitFor();
    await look("13-present");
    await page.locator("main > .button").click();
    await page.locator(".empty").waitFor();
    await page.locator("[data-balance=free]", { hasText: "120" }).waitFor();

    // The shop: the month of birth, a purchase, what it gives, and back again.
    await open(page, "shop");
    await page.locator("input[type=month]").fill("1990-04");
    await page.locator("form button").click();
    await page.locator("input[type=month]").waitFor({ state: "detached" });
    await look("14-shop");
    const before = await freeGems(page);
    await page.locator(".product", { hasText: /^300(ジェム| gems)/ }).locator("button").click();
    await page.locator(".bought li").waitFor();
    await page.locator("[data-balance=paid]", { hasText: "300" }).waitFor();
    assert.equal(await freeGems(page), before + 300);
    await look("15-bought");
    await page.locator(".bought button").first().click();
    await page.locator(".bought .tag").waitFor();
    await page.locator("[data-balance=paid]", { hasText: /^0$/ }).waitFor();
    assert.equal(await freeGems(page), before);

    // Checked on this device, as soon as the seed is revealed.
    await open(page, "proofs");
    await page.locator(".proof-row").first().waitFor();
    await look("16-proofs");
    await page.locator(".proof-row").first().click();
    await page.locator(".proof-step").first().waitFor();
    await look("17-sealed");
    await page.locator(".proof-step.is-done").nth(3).waitFor({ timeout: 200_000 });
    assert.ok(await page.locator(".verdict-proved").isVisible());
    assert.equal(await page.locator(".dice-list > li").count(), 10);
    await look("18-proved");
    await open(page, "proofs");
    await page.locator(".proof-row").first().waitFor();
    await page.locator("main > .button").first().click();
    await page.locator(".verdict-proved").first().waitFor();
    await look("19-all-proved");

    await open(page, "account");
    await page.locator("#name").fill("あおい");
    await page.locator("form .button").first().click();
    await page.locator(".told-good").waitFor();
    await look("20-account");
    await page.locator(".tabs button", { hasText: isJapanese ? "English" : "日本語" }).click();
    assert.equal(await page.evaluate(() => document.documentElement.lang), isJapanese ? "en" : "ja");
    await open(page, "pools");
    await look("21-other-language");

    // Chromium writes a line for every answer that is no success. That a player has made no
    // transfer code yet is one, of the route that says so.
    const noCode = (fault) => fault.includes("404 (Not Found)") && fault.endsWith("/v1/users/me/transfer-code");
    assert.deepEqual(faults.filter((fault) => !noCode(fault)), []);
    await context.close();
  });
}

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

test("a draw is made with the keyboard alone, and without motion it comes at once", async () => {
  const { context, page, faults } = await visit({ ...DESKTOP, reducedMotion: "reduce" });
  await page.goto(url);
  await page.locator(".door .button-large").waitFor();
  const press = async (selector) => {
    for (let tries = 0; tries < 60; tries += 1) {
      if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) ?? false, selector)) return page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
    }
    assert.fail(`${selector} cannot be reached with the keyboard`);
  };
  await press(".door .button-large");
  await page.locator(".pool-card").first().waitFor();
  await press(".pool-card");
  await page.locator(".price").first().waitFor();
  await press(".price");
  await page.locator("dialog.sheet").waitFor();
  await press("dialog.sheet .actions .button");
  await page.locator(".summary").waitFor();
  assert.equal(await page.locator(".cards-scene").count(), 0);
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
  assert.deepEqual(faults, []);
  await context.close();
});

test("a reveal can be skipped at once, and shows what was drawn", async () => {
  const { context, page, faults } = await visit(PHONE);
  await enter(page);
  await open(page, FESTIVAL);
  await draw(page, 10);
  await page.locator(".gate-SSR, .gate-SR, .gate-R").first().waitFor();
  await page.locator(".skip").click();
  // The whole of it takes seven seconds and more.
  await page.locator(".summary .dealt-card").nth(9).waitFor({ timeout: 2000 });
  const shown = await page.locator(".summary .dealt-name").allTextContents();
  const player = await guestOf(page);
  const names = new Map((await player.itemMasters().all()).map(({ item_master_id, name }) => [item_master_id, name]));
  const drawn = (await player.histories().all()).sort((one, other) => one.draw_index - other.draw_index);
  assert.deepEqual(shown, drawn.map(({ item_master_id }) => names.get(item_master_id)));
  assert.deepEqual(faults, []);
  await context.close();
});

test("a player moves to a second browser", async () => {
  const old = await visit({ ...PHONE, isRough: true });
  await enter(old.page);
  await open(old.page, "account");
  const playerId = await old.page.locator(".player-id strong").textContent();
  await old.page.locator("#new-password").fill("moon-festival");
  await old.page.locator("#new-password + .button").click();
  const code = await old.page.locator(".transfer-code code").textContent();
  await shot(old.page, "transfer-code", { fullPage: true });
  await accessible(old.page, "transfer code");

  const next = await visit({ ...PHONE, isRough: true });
  await next.page.goto(url);
  await next.page.locator("#have-code").click();
  await next.page.locator("#code").fill(code.toLowerCase());
  await next.page.locator("#password").fill("not-the-password");
  await next.page.locator(".transfer-form .button").click();
  await next.page.locator(".warning").waitFor();
  await shot(next.page, "transfer-refused");
  await next.page.locator("#password").fill("moon-festival");
  await next.page.locator(".transfer-form .button").click();
  await next.page.locator("[data-balance=free]").waitFor();
  await open(next.page, "account");
  assert.equal(await next.page.locator(".player-id strong").textContent(), playerId);

  // The old browser is told, and can begin anew.
  await old.page.evaluate(() => {
    const kept = JSON.parse(localStorage.getItem("tenjo-demo.session"));
    localStorage.setItem("tenjo-demo.session", JSON.stringify({ ...kept, expires_at: 0 }));
  });
  await old.page.reload();
  await old.page.locator(".failure, .door .button-large").first().waitFor();
  await shot(old.page, "transferred");
  assert.deepEqual([...old.faults, ...next.faults], []);
  await old.context.close();
  await next.context.close();
});

test("a session is ended from another browser, and an account is deleted and kept", async () => {
  const { context, page, faults } = await visit({ ...PHONE, isRough: true });
  await enter(page);
  await open(page, "account");
  const playerId = await page.locator(".player-id strong").textContent();
  await page.locator(".sessions li").first().waitFor();
  assert.equal(await page.locator(".sessions .button").count(), 0);

  // A second login of the same device is another session.
  const device = await page.evaluate(() => ({
    device_id: localStorage.getItem("tenjo-demo.device"), device_secret: localStorage.getItem("tenjo-demo.device-secret"), device_type: "web",
  }));
  const other = await fetch(`${url}/v1/auth/guest`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(device) });
  assert.equal(other.status, 200, await other.text());
  await page.reload();
  await page.locator(".sessions .button").first().waitFor();
  await shot(page, "sessions", { fullPage: true });
  await accessible(page, "sessions");
  await fits(page, "sessions");
  await page.locator(".sessions .button").first().click();
  await page.locator(".told-good").waitFor();
  await page.locator(".sessions .button").first().waitFor({ state: "detached" });

  await page.locator("#delete-account").click();
  await page.locator("dialog.sheet .content li").first().waitFor();
  await shot(page, "delete-account");
  await accessible(page, "delete account");
  await page.locator("dialog.sheet .actions .button").first().click();
  await page.locator(".door .button-large").click();
  await page.locator("#keep-account").waitFor();
  await shot(page, "deleted");
  await page.locator("#keep-account").click();
  await page.locator("[data-balance=free]").waitFor();
  await open(page, "account");
  assert.equal(await page.locator(".player-id strong").textContent(), playerId);
  assert.deepEqual(faults, []);
  await context.close();
});

test("an account of Apple's or Google's brings the player back in another browser", async () => {
  const account = `aoi.${crypto.randomUUID()}`;
  const signIn = async (page, name) => {
    await page.locator("#provider-account").fill(name);
    await page.locator("dialog.sheet .actions .button").first().click();
  };
  const row = (page, provider) => page.locator(`.links li[data-provider=${provider}]`);
  const playerId = (page) => page.locator(".player-id strong").textContent();

  const first = await visit({ ...PHONE, isRough: true });
  await enter(first.page);
  await open(first.page, "account");
  const wanted = await playerId(first.page);
  await row(first.page, "apple").locator("button").click();
  await first.page.locator("#provider-account").waitFor();
  await shot(first.page, "sign-in");
  await accessible(first.page, "signing in");
  await fits(first.page, "signing in");
  await signIn(first.page, account);
  await row(first.page, "apple").locator("button", { hasText: "Unlink" }).waitFor();
  await row(first.page, "google").locator("button").click();
  await signIn(first.page, account);
  await row(first.page, "google").locator("button", { hasText: "Unlink" }).waitFor();
  await shot(first.page, "linked", { fullPage: true });
  await accessible(first.page, "links");
  await fits(first.page, "links");

  // A browser that has never been here: an account that nobody linked, and the right one.
  const second = await visit({ ...DESKTOP, isRough: true });
  await second.page.goto(url);
  await second.page.locator(".door [data-provider=google]").click();
  await signIn(second.page, `nobody.${crypto.randomUUID()}`);
  await second.page.locator(".warning", { hasText: "No player is linked" }).waitFor();
  await shot(second.page, "nobody-linked");
  await accessible(second.page, "nobody is linked");
  await second.page.locator(".door [data-provider=google]").click();
  await signIn(second.page, account);
  await second.page.locator("[data-balance=free]").waitFor();
  await open(second.page, "account");
  assert.equal(await playerId(second.page), wanted);

  // Another guest wants the same account: they choose, and nothing is merged.
  const third = await visit({ ...PHONE, isRough: true });
  await enter(third.page);
  await open(third.page, "account");
  const other = await playerId(third.page);
  assert.notEqual(other, wanted);
  await row(third.page, "apple").locator("button").click();
  await signIn(third.page, account);
  await third.page.locator("#log-in-there").waitFor();
  await shot(third.page, "link-taken");
  await accessible(third.page, "a link that is taken");
  await third.page.locator("dialog.sheet .button-quiet").click();
  assert.equal(await playerId(third.page), other);
  await row(third.page, "apple").locator("button").click();
  await signIn(third.page, account);
  await third.page.locator("#log-in-there").click();
  await third.page.locator(".player-id strong", { hasText: wanted }).waitFor();

  // Unlinked again. The account elsewhere no longer lets anybody in.
  await open(first.page, "account");
  for (const provider of ["apple", "google"]) {
    await row(first.page, provider).locator("button", { hasText: "Unlink" }).click();
    await row(first.page, provider).locator("button", { hasText: "Sign in" }).waitFor();
  }
  const fourth = await visit({ ...DESKTOP, isRough: true });
  await fourth.page.goto(url);
  await fourth.page.locator(".door [data-provider=apple]").click();
  await signIn(fourth.page, account);
  await fourth.page.locator(".warning", { hasText: "No player is linked" }).waitFor();
  for (const { faults, context } of [first, second, third, fourth]) {
    assert.deepEqual(faults, []);
    await context.close();
  }
});

test("everything that is held about the player is saved as a file", async () => {
  const { context, page, faults } = await visit({ ...PHONE, isRough: true });
  await enter(page);
  await open(page, FESTIVAL);
  await draw(page, 10);
  await skip(page);
  await page.locator(".summary .actions button").last().click();
  await open(page, "account");
  const playerId = await page.locator(".player-id strong").textContent();
  const downloading = page.waitForEvent("download");
  await page.locator("#export").click();
  const file = await downloading;
  assert.equal(file.suggestedFilename(), `tenjo-${playerId}.json`);
  const saved = JSON.parse(readFileSync(await file.path(), "utf8"));
  assert.equal(saved.player_id, playerId);
  const held = await (await guestOf(page)).exportAccount().all();
  const count = (rows, table) => rows.filter((row) => row.table === table).length;
  assert.equal(count(saved.rows, "game_gacha.gacha_histories"), 10);
  for (const table of new Set(held.map((row) => row.table))) {
    // Looking has begun a session, and renewed it.
    if (/token|famil|visit|hour|minute/.test(table)) continue;
    assert.equal(count(saved.rows, table), count(held, table), table);
  }
  await page.locator(".told-good").waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test("what is bought can be refunded or charged back, and what was spent by then is owed", async () => {
  const { context, page, faults } = await visit({ ...DESKTOP, isRough: true });
  await enter(page);
  await open(page, "shop");
  await page.locator("input[type=month]").fill("1990-04");
  await page.locator("form button").click();
  await page.locator("input[type=month]").waitFor({ state: "detached" });
  const buy = async (store, name) => {
    await page.locator("fieldset.tabs button", { hasText: store }).click();
    const known = await page.locator(".bought li").count();
    await page.locator(".product", { has: page.locator("h2", { hasText: name }) }).locator("button").click();
    await page.locator(".bought li").nth(known).waitFor();
    await settled(page);
  };
  const paid = (gems) => page.locator("[data-balance=paid]", { hasText: new RegExp(`^${gems}$`) }).waitFor();
  await buy("Google", "60 gems");
  await paid("60");
  await page.locator(".bought li").first().locator("button", { hasText: "refunded" }).click();
  await page.locator(".bought li .tag", { hasText: "Refunded" }).waitFor();
  await paid("0");

  // Bought, spent, and charged back: the rest is owed, and the next purchase pays for it.
  await buy("Google", "60 gems");
  await buy("App Store", "60 gems");
  await paid("120");
  await open(page, "pool/pool-paid-moon-festival");
  await draw(page, 1);
  await skip(page);
  await page.locator(".summary .actions button").last().click();
  await paid("20");
  await open(page, "shop");
  await page.locator(".bought li").first().locator("button", { hasText: "Charge" }).click();
  await page.locator(".bought li .tag", { hasText: "Charged back" }).waitFor();
  await page.locator(".balance small", { hasText: "40 owed" }).waitFor();
  await paid("0");
  await shot(page, "charged-back", { fullPage: true });
  await accessible(page, "charged back");
  await buy("Google", "60 gems");
  await paid("20");
  await page.locator(".balance small").waitFor({ state: "detached" });
  assert.deepEqual(faults, []);
  await context.close();
});

test("what is guaranteed next is shown as it moves: pity as a bar, points, steps and boxes", async () => {
  const { context, page, faults } = await visit(PHONE);
  await enter(page);
  const player = await guestOf(page);
  await give((await player.user()).user_id, 9000);
  const meter = () => page.locator(".pity [role=meter]");
  const bar = async (locator) => Number(await locator.getAttribute("aria-valuenow"));
  const width = (locator) => locator.locator(".bar-fill").evaluate((it) => it.getBoundingClientRect().width / it.parentElement.getBoundingClientRect().width);

  await open(page, FESTIVAL);
  assert.equal(await bar(meter()), 0);
  await page.getByText("An SSR for certain within 90 draws.").waitFor();
  await player.draw({ pool_id: "pool-moon-festival", draw_count: 10 });
  await page.reload();
  await meter().waitFor();
  const { pity } = await player.pool("pool-moon-festival");
  assert.equal(await bar(meter()), pity.count);
  assert.ok(Math.abs((await width(meter())) - pity.count / 90) < 0.01);
  await page.getByText(`An SSR for certain within ${90 - pity.count} draws.`).waitFor();
  await page.getByText(pity.is_pickup_due ? "Your next SSR here is the featured one for certain." : "the one after it is").waitFor();
  await page.getByText("of every 10 draws one is SR or better").waitFor();
  assert.equal(await bar(page.locator(".bar-points")), 10);
  // The curve begins where the player stands, and never falls.
  const points = (await page.locator(".chart polyline.curve").getAttribute("points")).split(" ").slice(1).map((point) => Number(point.split(",")[1]));
  assert.ok(points.length > 20 && points.every((y, at) => at === 0 || y <= points[at - 1]), "a chance within more draws is no smaller");
  const slider = page.locator(".chart input");
  await slider.focus();
  const readAt = await page.locator(".chart-value").textContent();
  await page.keyboard.press("ArrowRight");
  assert.notEqual(await page.locator(".chart-value").textContent(), readAt, "the curve is read with the keyboard too");

  await open(page, "pool/pool-step-up-autumn");
  assert.match(await page.locator(".steps [aria-current=step]").textContent(), /Step 1 of 3/);
  await player.draw({ pool_id: "pool-step-up-autumn", draw_count: 10 });
  await page.reload();
  await page.locator(".steps [aria-current=step]", { hasText: "Step 2 of 3" }).waitFor();
  await page.getByText("Step 3: at least one SSR").waitFor();

  await open(page, "pool/pool-treasure-box");
  await page.getByText("100 left in the box").waitFor();
  await player.draw({ pool_id: "pool-treasure-box", draw_count: 10 });
  await page.reload();
  await page.locator(".limits", { hasText: "left in the box" }).waitFor();
  const left = (await player.pool("pool-treasure-box")).standing.copies_left;
  await page.locator(".limits", { hasText: `${left} left in the box` }).waitFor();
  const copies = (await page.locator(".box-list strong").allTextContents()).map((text) => Number(text.replace("×", "")));
  assert.equal(copies.reduce((sum, count) => sum + count, 0), left);
  assert.deepEqual(faults, []);
  await context.close();
});

test("points are exchanged for the featured item, once", async () => {
  const { context, page, faults } = await visit({ ...DESKTOP, isRough: true });
  await enter(page);
  const player = await guestOf(page);
  await give((await player.user()).user_id, 57_000);
  for (let draws = 0; draws < 20; draws += 1) await player.draw({ pool_id: "pool-moon-festival", draw_count: 10 });
  await page.reload();
  await open(page, FESTIVAL);
  const offer = page.locator(".offer button");
  assert.equal(await page.locator(".bar-points").getAttribute("aria-valuenow"), "200");
  await shot(page, "exchange", { fullPage: true });
  const before = (await player.items().all()).find(({ item_master_id }) => item_master_id === "character-kaguya")?.quantity ?? 0;
  await page.route("**/v1/gacha/exchange", async (route) => {
    await route.fetch(); // done, and the answer is lost
    await route.abort("connectionreset");
    await page.unroute("**/v1/gacha/exchange");
  });
  await offer.click();
  await page.locator(".bar-points[aria-valuenow='0']").waitFor({ timeout: 30_000 });
  const after = (await player.items().all()).find(({ item_master_id }) => item_master_id === "character-kaguya").quantity;
  assert.equal(after, before + 1);
  assert.ok(await offer.isDisabled());
  assert.deepEqual(faults, []);
  await context.close();
});

test("the page allows no script but its own", async () => {
  const { context, page } = await visit(DESKTOP);
  await isStrict(page, await page.goto(url));
  const policy = await page.locator("meta[http-equiv=Content-Security-Policy]").getAttribute("content");
  assert.doesNotMatch(policy, /unsafe|\*|https?:|blob:|data:/);
  await context.close();
});

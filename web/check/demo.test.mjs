import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import {
  accessible, begin, DESKTOP, draw, end, enter, fits, freeGems, open, PHONE, settled, shot, skip, url, visit,
} from "./browser.mjs";

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

/** As an operator; the stand-in of Lambda does not check signatures. */
async function sendPresent(playerId) {
  const order = {
    audience: "listed", player_ids: [playerId], title: "お詫び", message: "For the outage of August 1.", free_gems: 120,
    items: [{ item_master_id: "character-yuki", quantity: 1 }], ends_at: new Date(Date.now() + 86_400_000).toISOString(),
  };
  const signed = "AWS4-HMAC-SHA256 Credential=aoi/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=none";
  const answer = await fetch(`${process.env.TENJO_LAMBDA_URL}/lambda-url/send-presents/`, {
    method: "POST", headers: { Authorization: signed, "Idempotency-Key": crypto.randomUUID(), "Content-Type": "application/json" },
    body: JSON.stringify({ ticket: "SUP-1", reason: "a test", order }),
  });
  assert.equal(answer.status, 200, await answer.text());
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
    if (process.env.TENJO_LAMBDA_URL) {
      await open(page, "account");
      await sendPresent(await page.locator(".player-id strong").textContent());
      await open(page, "presents");
      await page.locator(".presents > li").waitFor();
      await look("13-present");
      await page.locator("main > .button").click();
      await page.locator(".empty").waitFor();
      await page.locator("[data-balance=free]", { hasText: "120" }).waitFor();
    }

    // The shop: the month of birth, a purchase, what it gives, and back again.
    await open(page, "shop");
    await page.locator("input[type=month]").fill("1990-04");
    await page.locator("form button").click();
    await page.locator("input[type=month]").waitFor({ state: "detached" });
    await look("14-shop");
    if (process.env.TENJO_STORE_URL) {
      const before = await freeGems(page);
      await page.locator(".product", { hasText: /^300(ジェム| gems)/ }).locator("button").click();
      await page.locator(".bought li").waitFor();
      await page.locator("[data-balance=paid]", { hasText: "300" }).waitFor();
      assert.equal(await freeGems(page), before + 300);
      await look("15-bought");
      await page.locator(".bought button").click();
      await page.locator(".bought .tag").waitFor();
      await page.locator("[data-balance=paid]", { hasText: /^0$/ }).waitFor();
      assert.equal(await freeGems(page), before);
    }

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

for (const [what, days] of [["ahead", 400], ["behind", -400]]) {
  test(`a clock that is ${days} days ${what} changes nothing`, async () => {
    const { context, page, faults } = await visit(DESKTOP);
    const refreshes = keysOf(page, "/v1/auth/refresh");
    await page.addInitScript((shift) => {
      const Real = Date;
      globalThis.Date = class extends Real {
        constructor(...args) {
          if (args.length === 0) super(Real.now() + shift);
          else super(...args);
        }
        static now() {
          return Real.now() + shift;
        }
      };
    }, days * 86_400_000);
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

test("a player moves to a second browser", async (t) => {
  const probe = await fetch(`${url}/v1/users/me/transfer-code`, { method: "POST" });
  if (probe.status === 404) return t.skip("this stack has no transfer codes");
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
  await next.page.locator(".door .link").first().click();
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

test("a session is ended from another browser, and an account is deleted and kept", async (t) => {
  const probe = await fetch(`${url}/v1/users/me/sessions`);
  if (probe.status === 404) return t.skip("this stack lists no sessions");
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

test("the page allows no script but its own", async () => {
  const { context, page } = await visit(DESKTOP);
  const answer = await page.goto(url);
  assert.match(answer.headers()["content-security-policy"] ?? "", /default-src 'none'.*frame-ancestors 'none'/);
  const policy = await page.locator("meta[http-equiv=Content-Security-Policy]").getAttribute("content");
  assert.doesNotMatch(policy, /unsafe|\*|https?:/);
  const ran = await page.evaluate(() => {
    try {
      const script = document.createElement("script");
      script.textContent = "globalThis.wasRun = true";
      document.head.append(script);
    } catch {
      // Trusted types refuse the text already.
    }
    return globalThis.wasRun === true;
  });
  assert.equal(ran, false);
  const html = readFileSync(fileURLToPath(new URL("../demo/dist/index.html", import.meta.url)), "utf8");
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)/);
  assert.doesNotMatch(html, /\son\w+=|\sstyle=/);
  await context.close();
});

test("the first screen comes within a second, and the bundle is small", async () => {
  const assets = fileURLToPath(new URL("../demo/dist/assets", import.meta.url));
  const sizes = readdirSync(assets).map((name) => gzipSync(readFileSync(`${assets}/${name}`)).length);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(bytes < 150_000, `the bundle has ${bytes} bytes`);
  // The quickest of three: what else the machine does is not the page's fault.
  const took = [];
  for (let visits = 0; visits < 3; visits += 1) {
    const { context, page, faults } = await visit(PHONE);
    const began = performance.now();
    await page.goto(url, { waitUntil: "commit" });
    await page.locator("h1").waitFor();
    took.push(Math.round(performance.now() - began));
    assert.deepEqual(faults, []);
    await context.close();
  }
  console.log(`${bytes} bytes, first screen after ${took.join(", ")} ms`);
  assert.ok(Math.min(...took) < 1000, `the first screen took ${took.join(", ")} ms`);
});

// The demo as players play it.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import {
  accessible, begin, DESKTOP, draw, end, enter, FESTIVAL, fits, freeGems, guestOf, isStrict, keysOf, open, PHONE, settled, shot, skip, url, visit,
} from "./browser.mjs";
import { drawFrom, give, sendPresent } from "./stack.mjs";

before(begin);
after(end);

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
    await accessible(page, "06-gate");
    await page.locator(".cards-scene").waitFor();
    await page.locator(".dealt-card.is-turned").nth(2).waitFor();
    await shot(page, `${size}-07-cards`);
    await accessible(page, "07-cards");
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

    assert.deepEqual(faults, []);
    await context.close();
  });
}

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
  await drawFrom(player, "pool-moon-festival", 10);
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
  await drawFrom(player, "pool-step-up-autumn", 10);
  await page.reload();
  await page.locator(".steps [aria-current=step]", { hasText: "Step 2 of 3" }).waitFor();
  await page.getByText("Step 3: at least one SSR").waitFor();

  await open(page, "pool/pool-treasure-box");
  await page.getByText("100 left in the box").waitFor();
  await drawFrom(player, "pool-treasure-box", 10);
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
  const { context, page, faults } = await visit({ ...DESKTOP, mayFail: ["/v1/gacha/exchange"] });
  await enter(page);
  const player = await guestOf(page);
  // Points for two, so that a second exchange would go through.
  await give((await player.user()).user_id, 117_000);
  for (let draws = 0; draws < 40; draws += 1) await drawFrom(player, "pool-moon-festival", 10);
  await page.reload();
  await open(page, FESTIVAL);
  const offer = page.locator(".offer button");
  assert.ok(await offer.isEnabled());
  const points = async () => (await player.pool("pool-moon-festival")).standing.points;
  assert.equal(await points(), 400);
  await shot(page, "exchange", { fullPage: true });
  const before = (await player.items().all()).find(({ item_master_id }) => item_master_id === "character-kaguya")?.quantity ?? 0;
  const keys = keysOf(page, "/v1/gacha/exchange");
  await page.route("**/v1/gacha/exchange", async (route) => {
    await route.fetch(); // done, and the answer is lost
    await route.abort("connectionreset");
  });
  await offer.click();
  // Nobody knows what became of it: it is written down, and the button is held.
  await page.locator(".told-bad", { hasText: "written down" }).waitFor({ timeout: 30_000 });
  await page.locator(".strip-note").waitFor();
  assert.ok(await offer.isDisabled());
  await page.unroute("**/v1/gacha/exchange");
  await page.locator(".told-good", { hasText: "is yours" }).waitFor({ timeout: 30_000 });
  await page.locator(".strip-note").waitFor({ state: "detached" });
  assert.ok(keys.length > 1);
  assert.equal(new Set(keys).size, 1);
  assert.equal(await points(), 200);
  const after = (await player.items().all()).find(({ item_master_id }) => item_master_id === "character-kaguya").quantity;
  assert.equal(after, before + 1);
  assert.deepEqual(faults, []);
  await context.close();
});

test("an address that changes while the page starts is followed", async () => {
  const { context, page, faults } = await visit(DESKTOP);
  await enter(page);
  // After the first picture, and before the page follows what happens to it.
  await context.addInitScript(() => addEventListener("DOMContentLoaded", () => { location.hash = "#/collection"; }));
  await page.reload();
  await page.locator("nav a[href='#/collection'][aria-current=page]").waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test("names come from the server in the chosen language, and change with it", async () => {
  const { context, page, faults } = await visit({ ...PHONE, locale: "ja-JP" });
  await enter(page);
  const player = await guestOf(page);
  for (const language of ["ja", "en"]) {
    player.language = language;
    const pools = (await player.pools().all()).map(({ name }) => name).sort();
    const kaguya = (await player.itemMasters().all()).find(({ item_master_id }) => item_master_id === "character-kaguya").name;
    const [product] = (await player.shop()).products;
    await open(page, "pools");
    await page.locator(".pool-name").first().waitFor();
    assert.deepEqual((await page.locator(".pool-name").allTextContents()).sort(), pools);
    await open(page, FESTIVAL);
    await page.locator(".offer strong", { hasText: new RegExp(`^${kaguya}$`) }).waitFor();
    await open(page, "shop");
    await page.locator(".product h2", { hasText: product.name }).first().waitFor();
    if (language === "ja") {
      assert.match(pools.join(), /月/);
      await open(page, "account");
      await page.locator(".tabs button", { hasText: "English" }).click();
    }
  }

  // The API does not list a pool that has ended. The device remembers what it was called.
  await drawFrom(player, "pool-moon-festival", 1);
  await page.route(/\/v1\/(home|gacha\/pools)(\?|$)/, async (route) => {
    const answer = await route.fetch();
    const { data, ...rest } = await answer.json();
    await route.fulfill({ json: { ...rest, data: { ...data, pools: data.pools.filter(({ pool_id }) => pool_id !== "pool-moon-festival") } } });
  });
  await open(page, "history");
  await page.reload();
  await page.locator(".history-head strong", { hasText: /^Festival of the Moon Court$/ }).waitFor();
  await page.locator("[data-balance=free]").waitFor(); // the first screen has been answered
  assert.deepEqual(faults, []);
  await context.close();
});

test("a draw that was refused is kept, and its dice are offered until they are drawn with", async () => {
  const { context, page, faults } = await visit({ ...PHONE, mayFail: ["/v1/gacha/draw"] });
  const seeds = [];
  let isRefused = true;
  await page.route("**/v1/gacha/draw", (route) => {
    seeds.push(route.request().postDataJSON().client_seed);
    if (!isRefused) return route.continue();
    return route.fulfill({ status: 409, json: { success: false, error: { code: "revision_changed", message: "", request_id: "request-1" } } });
  });
  await enter(page);
  await open(page, FESTIVAL);
  await draw(page, 1);
  await page.locator(".stage-message", { hasText: "rules of this pool have changed" }).waitFor();
  isRefused = false;
  await page.locator(".stage-message .button").click();
  await page.locator("dialog").waitFor({ state: "detached" });

  await page.locator(".price").first().click();
  await page.locator("#same-dice").waitFor();
  await accessible(page, "the same dice");
  await fits(page, "the same dice");
  // The player throws again. The draw in between does not make the words untrue.
  await page.locator(".dice summary").click();
  await page.locator(".dice button").click();
  await page.locator("#same-dice").waitFor({ state: "detached" });
  await page.locator("dialog.sheet .actions .button").first().click();
  await skip(page);
  await page.locator(".summary .actions button").last().click();
  await page.locator("dialog").waitFor({ state: "detached" });
  await page.locator(".price").first().click();
  await page.locator("#same-dice", { hasText: "A draw of yours was refused with these dice." }).waitFor();
  await page.locator("dialog.sheet .actions .button").first().click();
  await skip(page);
  await page.locator(".summary .actions button").last().click();
  await page.locator("dialog").waitFor({ state: "detached" });
  await page.locator(".price").first().click();
  await page.locator("dialog.sheet .actions .button").first().waitFor();
  assert.equal(await page.locator("#same-dice").count(), 0);
  await page.locator("dialog.sheet .actions .button").first().click();
  await skip(page);
  await page.locator(".summary .actions button").last().click();
  assert.equal(seeds.length, 4);
  assert.equal(seeds[2], seeds[0]);
  assert.equal(new Set(seeds).size, 3);

  await open(page, "proofs");
  await page.locator(".refused summary").click();
  await page.locator(".refused li", { hasText: seeds[0] }).locator(".tag", { hasText: "drawn later" }).waitFor();
  await accessible(page, "what was refused");
  await fits(page, "what was refused");
  await shot(page, "refused", { fullPage: true });
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
  // Whatever moves is noted, however short it is in the page.
  await page.evaluate(() => {
    globalThis.moved = 0;
    new MutationObserver(() => (globalThis.moved += document.querySelectorAll(".opening, .cards-scene").length)).observe(document.body, { childList: true, subtree: true });
  });
  const answered = page.waitForResponse((response) => response.url().endsWith("/v1/gacha/draw") && response.ok());
  await press("dialog.sheet .actions .button");
  await answered;
  // With its motion it takes longer.
  await page.locator(".summary").waitFor({ timeout: 3000 });
  assert.equal(await page.evaluate(() => globalThis.moved), 0);
  await page.keyboard.press("Escape");
  await page.locator("dialog").waitFor({ state: "detached" });
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

// The demo's accounts: other devices, linked accounts, leaving, and what is bought.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import {
  accessible, begin, DESKTOP, draw, end, enter, FESTIVAL, fits, guestOf, open, PHONE, settled, shot, skip, url, visit,
} from "./browser.mjs";

before(begin);
after(end);

test("a player moves to a second browser", async () => {
  // Its session and its device are refused when the player has moved.
  const old = await visit({ ...PHONE, mayFail: ["/v1/auth/refresh", "/v1/auth/guest"] });
  await enter(old.page);
  await open(old.page, "account");
  const playerId = await old.page.locator(".player-id strong").textContent();
  await old.page.locator("#new-password").fill("moon-festival");
  await old.page.locator("#new-password + .button").click();
  const code = await old.page.locator(".transfer-code code").textContent();
  await shot(old.page, "transfer-code", { fullPage: true });
  await accessible(old.page, "transfer code");

  const next = await visit({ ...PHONE, mayFail: ["/v1/auth/transfer"] });
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
  const { context, page, faults } = await visit({ ...PHONE, mayFail: ["/v1/auth/guest"] });
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

test("a player who is to be deleted moves to another browser, and keeps the account there", async () => {
  const { page, context } = await visit(DESKTOP);
  await enter(page);
  const player = await guestOf(page);
  const { player_id: playerId } = await player.sessions.current();
  const { transfer_code: code } = await player.createTransferCode("moon-festival");
  await player.deleteAccount();
  await context.close();

  // The other browser has a player already, who is left behind.
  const next = await visit({ ...PHONE, mayFail: ["/v1/auth/transfer"] });
  await enter(next.page);
  await open(next.page, "account");
  await next.page.locator("#code").fill(code);
  await next.page.locator("#password").fill("moon-festival");
  await next.page.locator(".transfer-form .button", { hasText: "Take over" }).click();
  await next.page.locator("#keep-moved").click();
  await next.page.locator("dialog .button-danger").click();
  await next.page.locator(".player-id strong", { hasText: playerId }).waitFor();
  assert.deepEqual(next.faults, []);
  await next.context.close();
});

test("an account of Apple's or Google's brings the player back in another browser", async () => {
  const account = `aoi.${crypto.randomUUID()}`;
  const signIn = async (page, name) => {
    await page.locator("#provider-account").fill(name);
    await page.locator("dialog.sheet .actions .button").first().click();
  };
  const row = (page, provider) => page.locator(`.links li[data-provider=${provider}]`);
  const playerId = (page) => page.locator(".player-id strong").textContent();

  const first = await visit(PHONE);
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
  const second = await visit({ ...DESKTOP, mayFail: ["/v1/auth/google"] });
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
  const third = await visit({ ...PHONE, mayFail: ["/v1/users/me/links"] });
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
  const fourth = await visit({ ...DESKTOP, mayFail: ["/v1/auth/apple"] });
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
  const { context, page, faults } = await visit(PHONE);
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

/** Opens the shop, and says when the player was born. */
async function openShop(page) {
  await open(page, "shop");
  await page.locator("input[type=month]").fill("1990-04");
  await page.locator("form button").click();
  await page.locator("input[type=month]").waitFor({ state: "detached" });
}

const paid = (page, gems) => page.locator("[data-balance=paid]", { hasText: new RegExp(`^${gems}$`) }).waitFor({ timeout: 90_000 });

test("what is paid for and not booked is marked, and each is booked as soon as it can be", { timeout: 240_000 }, async () => {
  const { context, page, faults } = await visit({ ...PHONE, mayFail: ["/v1/purchases/apple"] });
  await enter(page);
  await openShop(page);
  let isLost = () => true;
  await page.route("**/v1/purchases/apple", (route) => (isLost(route.request()) ? route.abort("connectionreset") : route.continue()));
  const product = page.locator(".product", { has: page.locator("h2", { hasText: /^60 gems$/ }) }).locator("button");
  await product.click();
  await page.locator(".told-bad", { hasText: "The gems are not there yet" }).waitFor({ timeout: 60_000 });
  await page.locator(".bought li .tag", { hasText: "Not booked yet" }).waitFor();
  assert.equal(await page.locator(".bought button", { hasText: "refunded" }).count(), 0, "it is not listed as one that was booked");
  await paid(page, 0);
  await shot(page, "not-booked", { fullPage: true });
  await accessible(page, "not booked");
  await fits(page, "not booked");

  // A second one, after a restart. The first one's booking stays lost, and does not hold it up.
  await product.click();
  await page.locator(".bought li").nth(1).waitFor({ timeout: 60_000 });
  const first = await page.evaluate(() => JSON.parse(localStorage.getItem("tenjo-demo.bought"))[0].proof);
  // Both as an earlier version of the page kept them.
  await page.evaluate(() => {
    const kept = JSON.parse(localStorage.getItem("tenjo-demo.bought"));
    localStorage.setItem("tenjo-demo.bought", JSON.stringify(kept.map(({ name, refused, ...rest }) => rest)));
  });
  isLost = (request) => request.postDataJSON().signed_transaction === first;
  await page.reload();
  await paid(page, 60);
  await page.locator(".bought li").nth(1).locator(".tag", { hasText: "Not booked yet" }).waitFor();
  await page.locator(".bought li").first().locator(".tag").waitFor({ state: "detached" });

  isLost = () => false;
  await paid(page, 120);
  await page.locator(".bought .tag").waitFor({ state: "detached" });
  assert.deepEqual(faults, []);
  await context.close();
});

test("what is bought can be refunded or charged back, and what was spent by then is owed", async () => {
  const { context, page, faults } = await visit(DESKTOP);
  await enter(page);
  await openShop(page);
  // Another tab sees it too.
  const other = await context.newPage();
  await other.goto(`${url}/#/account`);
  await paid(other, 0);
  const buy = async (store, name) => {
    await page.locator("fieldset.tabs button", { hasText: store }).click();
    const known = await page.locator(".bought li").count();
    await page.locator(".product", { has: page.locator("h2", { hasText: name }) }).locator("button").click();
    await page.locator(".bought li").nth(known).waitFor();
    await settled(page);
  };
  await buy("Google", "60 gems");
  for (const tab of [page, other]) await paid(tab, 60);
  await page.locator(".bought li").first().locator("button", { hasText: "refunded" }).click();
  await page.locator(".bought li .tag", { hasText: "Refunded" }).waitFor();
  for (const tab of [page, other]) await paid(tab, 0);
  await other.close();

  // Bought, spent, and charged back: the rest is owed, and the next purchase pays for it.
  await buy("Google", "60 gems");
  await buy("App Store", "60 gems");
  await paid(page, 120);
  await open(page, "pool/pool-paid-moon-festival");
  await draw(page, 1);
  await skip(page);
  await page.locator(".summary .actions button").last().click();
  await paid(page, 20);
  await open(page, "shop");
  await page.locator(".bought li").first().locator("button", { hasText: "Charge" }).click();
  await page.locator(".bought li .tag", { hasText: "Charged back" }).waitFor();
  await page.locator(".balance small", { hasText: "40 owed" }).waitFor();
  await paid(page, 0);
  await shot(page, "charged-back", { fullPage: true });
  await accessible(page, "charged back");
  await buy("Google", "60 gems");
  await paid(page, 20);
  await page.locator(".balance small").waitFor({ state: "detached" });
  assert.deepEqual(faults, []);
  await context.close();
});

// The demo in two tabs of one browser, which are one player.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { begin, DESKTOP, draw, end, enter, FESTIVAL, guestOf, keysOf, open, shot, skip, url, visit } from "./browser.mjs";
import { drawFrom, sendPresent, until } from "./stack.mjs";

before(begin);
after(end);

/** Another tab of the same browser, at a page of the demo. */
async function openTab(context, name) {
  const tab = await context.newPage();
  await tab.goto(`${url}/#/${name}`);
  await tab.locator("main h1").waitFor();
  return tab;
}

const shows = (tab, gems) => tab.locator("[data-balance=free]", { hasText: new RegExp(`^${gems}$`) }).waitFor({ timeout: 60_000 });

test("while a draw of one tab has no answer, no tab shows a balance or asks to pay from it", { timeout: 180_000 }, async () => {
  const { context, page, faults } = await visit({ ...DESKTOP, mayFail: ["/v1/gacha/draw"] });
  await enter(page);
  await open(page, FESTIVAL);
  const other = await openTab(context, FESTIVAL);
  await shows(other, "3,000");
  await other.locator(".price").first().click();
  const sums = other.locator("dialog.sheet .sums");
  await sums.getByText("2,700").waitFor();

  const keys = new Set();
  context.on("request", (request) => {
    if (request.url().endsWith("/v1/gacha/draw")) keys.add(request.headers()["idempotency-key"]);
  });
  let isLost = true;
  await context.route("**/v1/gacha/draw", async (route) => {
    if (!isLost) return route.continue();
    await route.fetch(); // the server has drawn, and has taken the price
    await route.abort("connectionreset");
  });
  await draw(page, 1);
  await page.locator(".lost").waitFor({ timeout: 60_000 });
  const third = await openTab(context, "account");
  for (const tab of [page, other, third]) assert.equal(await tab.locator("[data-balance=free]").count(), 0);
  assert.doesNotMatch(await sums.textContent(), /3,000|2,700|Left after it/);
  assert.ok(await other.locator("dialog.sheet .actions .button").first().isDisabled());
  await other.locator(".strip-note", { hasText: "One draw has no answer yet." }).waitFor();
  await shot(other, "other-tab");
  // What is lost with the account is not told from an old balance either.
  await third.locator("#delete-account").click();
  await third.locator("dialog.sheet", { hasText: "Checking your balance" }).waitFor();
  assert.equal(await third.locator("dialog.sheet .content").count(), 0);

  isLost = false;
  for (const tab of [page, other, third]) await shows(tab, "2,700");
  await sums.getByText("2,400").waitFor();
  await third.locator("dialog.sheet .content li", { hasText: "2,700" }).waitFor();
  // What was drawn is shown. A tab that asks at the same moment may not see yet that another
  // one has the answer, and shows it too.
  const stages = async () => (await Promise.all([page, other, third].map((tab) => tab.locator("dialog.stage").count()))).reduce((sum, count) => sum + count);
  await until("a reveal", async () => (await stages()) >= 1);
  assert.equal(keys.size, 1);
  assert.equal((await (await guestOf(page)).drawNumbers().all()).length, 1);
  assert.deepEqual(faults, []);
  await context.close();
});

test("while a draw of one tab is asked for again and again, a list in another tab stays as far as it was read", { timeout: 240_000 }, async () => {
  const { context, page, faults } = await visit({ ...DESKTOP, mayFail: ["/v1/gacha/draw"] });
  await enter(page);
  const player = await guestOf(page);
  for (let draws = 0; draws < 2; draws += 1) await drawFrom(player, "pool-moon-festival", 1);
  await open(page, FESTIVAL);
  const other = await openTab(context, "account");
  let isLost = true;
  await context.route("**/v1/gacha/draw", async (route) => {
    if (!isLost) return route.continue();
    await route.fetch();
    await route.abort("connectionreset");
  });
  const tries = keysOf(page, "/v1/gacha/draw");
  await draw(page, 1);
  await page.locator(".lost").waitFor({ timeout: 60_000 });
  await other.locator(".strip-note", { hasText: "One draw has no answer yet." }).waitFor();
  await until("the third draw", async () => (await player.drawNumbers().all()).filter(({ state }) => state === "valid").length === 3);

  // One purchase a page.
  let listed = 0;
  await other.route("**/v1/gacha/draw-numbers*", (route) => {
    listed += 1;
    const asked = new URL(route.request().url());
    asked.searchParams.set("limit", "1");
    return route.continue({ url: asked.href });
  });
  await open(other, "proofs");
  const rows = other.locator(".proof-row");
  await rows.first().waitFor();
  await other.locator(".more").click();
  await rows.nth(1).waitFor();
  const [tried, before] = [tries.length, listed];
  // The kit tries four times in a row: a row has ended by then, and another one has begun.
  await until("more tries", () => tries.length >= tried + 6, 120);
  assert.equal(listed, before);
  assert.equal(await rows.count(), 2);

  isLost = false;
  for (const tab of [page, other]) await shows(tab, "2,100");
  assert.equal(new Set(tries).size, 1);
  assert.deepEqual(faults, []);
  await context.close();
});

test("what one tab does is seen in the other, which shows no draw of it", async () => {
  const { context, page, faults } = await visit(DESKTOP);
  await enter(page);
  await open(page, FESTIVAL);
  const other = await openTab(context, FESTIVAL);
  await shows(other, "3,000");
  const keys = keysOf(other, "/v1/gacha/draw");
  await draw(page, 1);
  await skip(page);
  await page.locator(".summary .actions button").last().click();
  await page.locator("dialog").waitFor({ state: "detached" });
  await shows(page, "2,700");
  await shows(other, "2,700");
  const points = other.locator(".bar-points[aria-valuenow='1']");
  await points.waitFor();
  assert.equal(await other.locator("dialog").count(), 0);
  assert.deepEqual(keys, []);

  // A present is no act of the kit.
  await open(page, "account");
  await sendPresent(await page.locator(".player-id strong").textContent());
  await open(page, "presents");
  await page.locator("main > .button").click();
  await shows(page, "2,820");
  await shows(other, "2,820");

  // Logged out, and in as somebody else: the other tab does not go on as the one who left.
  await open(page, "account");
  await page.locator("main button", { hasText: /^Log out$/ }).click();
  await other.locator(".door .button-large").waitFor();
  await page.locator(".door .button-large").click();
  await shows(page, "2,820");
  await other.locator(".door .button-large").click();
  await shows(other, "2,820");
  await open(page, "account");
  await page.locator("main button", { hasText: /^Start as a new guest$/ }).click();
  await page.locator("dialog.sheet .button-danger").click();
  await page.locator(".door .button-large").click();
  await shows(page, "3,000");
  await other.locator(".door .button-large").waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

// The check of draws in the demo, on answers that were changed on the way: whatever does not
// fit must be told, in red, and never as a blank page.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, begin, DESKTOP, draw, end, enter, FESTIVAL, fits, guestOf, open, PHONE, shot, skip, url, visit } from "./browser.mjs";
import { until } from "./stack.mjs";

before(begin);
after(end);

const PERIODS = "**/v1/gacha/seed-periods*";
const PROOF = "**/v1/gacha/sagas/*/proof";
const NUMBERS = "**/v1/gacha/draw-numbers*";

/** Answers a route as the server does, but for what `change` makes of the text. */
async function changed(page, pattern, change) {
  await page.route(pattern, async (route) => {
    const answer = await route.fetch();
    assert.equal(answer.status(), 200);
    const text = await answer.text();
    const body = change(text);
    assert.notEqual(body, text, "nothing was changed");
    await route.fulfill({ status: 200, contentType: "application/json", body });
  });
}

/** Draws once from the festival, to the end. */
async function drawOnce(page) {
  await open(page, FESTIVAL);
  await draw(page, 1);
  await skip(page);
  await page.locator(".summary .actions button").last().click();
  await page.locator("[data-balance=free]").waitFor();
}

/** Opens the proof of the player's last purchase, afresh. */
async function openProof(page) {
  await open(page, "proofs");
  await page.locator(".proof-row").first().click();
  await page.locator(".proof-verdict").waitFor();
}

const isWrong = (page) => page.locator(".proof-verdict .verdict-wrong").waitFor();

test("a server that uses another commitment than it had shown is found out, before any seed is revealed", async () => {
  const { context, page, faults } = await visit(PHONE);
  await changed(page, PERIODS, (text) => text.replace(/("commitment":")([0-9a-f]{64})/g, (_, name, hash) => name + [...hash].reverse().join("")));
  await enter(page);
  await page.waitForFunction(() => JSON.parse(localStorage.getItem("tenjo-demo.noted") ?? "[]").length > 0);
  await page.unroute(PERIODS);
  await drawOnce(page);
  await openProof(page);
  await isWrong(page);
  await page.locator(".failure", { hasText: "the commitment is another than you noted" }).waitFor();
  await page.getByText("This device had not noted the commitment before the draw.").waitFor();
  await accessible(page, "wrong");
  await shot(page, "proof-wrong", { fullPage: true });

  await open(page, "proofs");
  await page.locator(".proof-row").first().waitFor();
  await page.locator("main > .button").first().click();
  await page.locator(".proof-row .verdict-wrong").waitFor();
  await page.locator("[role=alert] .verdict-wrong").waitFor();
  await accessible(page, "all wrong");
  assert.deepEqual(faults, []);
  await context.close();
});

test("forged proofs are wrong, whatever was forged, and one that cannot be read is wrong too", { timeout: 300_000 }, async () => {
  const { context, page, faults } = await visit(DESKTOP);
  await enter(page);
  await drawOnce(page);
  await openProof(page);
  await page.locator(".proof-step.is-done").nth(3).waitFor({ timeout: 200_000 });
  await page.locator(".proof-verdict .verdict-proved").waitFor();
  await page.getByText("This device noted the commitment at").waitFor();
  await page.locator(".as-told").waitFor();

  // The server says that it gave something else than the dice give: both are shown.
  const record = (change, more = {}) => (text) => {
    const { data, ...rest } = JSON.parse(text);
    return JSON.stringify({ ...rest, data: { proof: { ...data.proof, ...more, record: change(data.proof.record) } } });
  };
  // The root would show it first, so it is kept back.
  const another = (id) => (id === "silver-bow" ? "white-fan" : "silver-bow");
  await changed(page, PROOF, record((it) => it.replace(/("results":\[\{"item_master_id":")([^"]*)/, (_, name, id) => name + another(id)), { inclusion: null }));
  await openProof(page);
  await isWrong(page);
  await page.locator(".not-as-told").waitFor();
  assert.equal(await page.locator(".as-told").count(), 0);
  await accessible(page, "told something else");
  await shot(page, "proof-forged", { fullPage: true });
  await page.unroute(PROOF);

  // The proof of nothing, and no proof at all.
  for (const [what, change] of [["a record that is cut off", record((it) => it.slice(0, -9))], ["another answer", () => '{"success":true,"data":{}}']]) {
    await changed(page, PROOF, change);
    await openProof(page);
    await isWrong(page);
    assert.ok(await page.locator(".proof .failure").count() > 0, `${what}: it says why`);
    await page.unroute(PROOF);
  }

  // The list of draw numbers counts it as another one: rule 12.
  await changed(page, NUMBERS, (text) => text.replace('"state":"valid"', '"state":"void"'));
  await openProof(page);
  await isWrong(page);
  await page.locator(".failure", { hasText: "is listed as another than it is" }).waitFor();
  await page.unroute(NUMBERS);

  // A commitment that was noted after the draw was not noted before it: as after a transfer.
  await page.evaluate(() => localStorage.removeItem("tenjo-demo.noted"));
  await page.reload();
  await page.waitForFunction(() => JSON.parse(localStorage.getItem("tenjo-demo.noted") ?? "[]").length > 0);
  await openProof(page);
  await page.locator(".proof-verdict .verdict-proved").waitFor();
  await page.getByText("This device had not noted the commitment before the draw.").waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test("a check of all draws goes on after a 429, and keeps what it has found", { timeout: 120_000 }, async () => {
  const { context, page, faults } = await visit({ ...PHONE, mayFail: ["/v1/gacha/sagas/"] });
  await enter(page);
  for (let draws = 0; draws < 3; draws += 1) await drawOnce(page);
  const player = await guestOf(page);
  await until("three draws", async () => (await player.drawNumbers().all()).filter(({ state }) => state === "valid").length === 3 || null);
  await open(page, "proofs");
  await page.locator(".proof-row").nth(2).waitFor();
  let asked = 0;
  await page.route(PROOF, (route) => {
    asked += 1;
    // Longer than the kit waits by itself.
    return asked === 3 ? route.fulfill({ status: 429, headers: { "Retry-After": "9" }, json: { message: "API rate limit exceeded" } }) : route.continue();
  });
  await page.locator("main > .button").first().click();
  await page.locator(".check-progress", { hasText: "2 of 3 checked. The server asks us to wait 9 s." }).waitFor();
  assert.equal(await page.locator(".proof-row .verdict").count(), 2);
  await shot(page, "check-waits");
  await page.locator(".check-progress", { hasText: "3 of 3 checked." }).waitFor({ timeout: 30_000 });
  assert.equal(await page.locator(".proof-row .verdict").count(), 3);
  assert.equal(await page.locator(".verdict-wrong").count(), 0);
  assert.equal(asked, 4);
  assert.deepEqual(faults, []);
  await context.close();
});

test("a check of one draw waits after a 429, and goes on by itself", { timeout: 120_000 }, async () => {
  const { context, page, faults } = await visit({ ...PHONE, mayFail: ["/v1/gacha/draw-numbers"] });
  await enter(page);
  await drawOnce(page);
  const [{ saga_id: sagaId }] = await (await guestOf(page)).drawNumbers().all();
  let asked = 0;
  await page.route(NUMBERS, (route) => {
    asked += 1;
    // Longer than the kit waits by itself.
    return asked === 1 ? route.fulfill({ status: 429, headers: { "Retry-After": "9" }, json: { message: "API rate limit exceeded" } }) : route.continue();
  });
  await page.goto(`${url}/#/proofs/${sagaId}`);
  const told = page.locator("main [role=status]", { hasText: "The server asks us to wait 9 s." });
  await told.waitFor();
  await page.locator(".proof-verdict").waitFor({ timeout: 30_000 });
  assert.equal(await told.count(), 0);
  assert.equal(await page.locator(".verdict-wrong, .failure").count(), 0);
  assert.equal(asked, 2);
  assert.deepEqual(faults, []);
  await context.close();
});

test("a sealed proof that could not be asked for again is asked for until it is revealed", { timeout: 300_000 }, async () => {
  const { context, page, faults } = await visit({ ...PHONE, mayFail: ["/v1/gacha/sagas/"] });
  await enter(page);
  await drawOnce(page);
  await openProof(page);
  await page.locator(".countdown").waitFor();
  let asked = 0;
  let isLost = true;
  await page.route(PROOF, (route) => {
    asked += 1;
    return isLost ? route.abort("connectionreset") : route.continue();
  });
  // There is a network again: the page asks at once, and the answer is lost each time.
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await page.locator(".stale", { hasText: "What you see may be old." }).waitFor({ timeout: 60_000 });
  await page.locator(".countdown").waitFor();
  await accessible(page, "an old proof");
  await shot(page, "proof-stale", { fullPage: true });
  // Somebody looks at the page again.
  const before = asked;
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await until("another look", async () => asked > before, 4);
  isLost = false;
  await page.locator(".proof-verdict .verdict-proved").waitFor({ timeout: 200_000 });
  await page.locator(".stale").waitFor({ state: "detached" });
  assert.deepEqual(faults, []);
  await context.close();
});

/** Draws once, and waits until the purchase is counted under the root of its period. */
async function drawCounted(page) {
  await drawOnce(page);
  const player = await guestOf(page);
  const [{ saga_id: sagaId }] = await player.drawNumbers().all();
  await until("the root", async () => (await player.proofText(sagaId)).includes('"inclusion":{'), 200);
}

test("a purchase is compared with the public list as far back as its period, and what was not is told", { timeout: 300_000 }, async () => {
  const { context, page, faults } = await visit(PHONE);
  await enter(page);
  await drawCounted(page);
  // One period a page, as if hundreds had gone by since.
  let pages = 0;
  await page.route(PERIODS, (route) => {
    pages += 1;
    const asked = new URL(route.request().url());
    asked.searchParams.set("limit", "1");
    return route.continue({ url: asked.href });
  });
  await openProof(page);
  await page.locator(".proof-step.is-done").nth(3).waitFor();
  await page.getByText("The root is the one of the public list.").waitFor();
  assert.ok(pages > 1, "it is on a later page");
  await page.unroute(PERIODS);

  // A list that ends before it: nothing is wrong, and nothing was compared.
  const periods = (change) => (text) => {
    const { data, ...rest } = JSON.parse(text);
    return JSON.stringify({ ...rest, data: { ...data, ...change(data) } });
  };
  await changed(page, PERIODS, periods(({ seed_periods: all }) => ({ seed_periods: all.slice(0, 1), next_cursor: null })));
  await openProof(page);
  await page.locator(".proof-verdict .verdict-proved").waitFor();
  await page.getByText("The period was not compared with the public list").waitFor();
  assert.equal(await page.locator(".proof-step.is-done").count(), 3);
  await accessible(page, "not compared");
  await shot(page, "proof-not-compared", { fullPage: true });
  await open(page, "proofs");
  await page.locator(".proof-row").first().waitFor();
  await page.locator("main > .button").first().click();
  await page.locator("#not-compared", { hasText: "of one purchase" }).waitFor();
  await page.locator(".proof-row", { hasText: "not compared with the public list" }).waitFor();
  await fits(page, "not compared");
  await page.unroute(PERIODS);

  // Another root than the proof leads to: rule 10.
  const forged = (root) => root && { ...root, hash: [...root.hash].reverse().join("") };
  await changed(page, PERIODS, periods(({ seed_periods: all }) => ({ seed_periods: all.map((it) => ({ ...it, root: forged(it.root) })) })));
  await openProof(page);
  await isWrong(page);
  await page.locator(".failure", { hasText: "was described in two ways" }).waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

test("a list of draw numbers that leaves out the last one is found out, also in Japanese", async () => {
  const { context, page, faults } = await visit(PHONE);
  await enter(page);
  await drawOnce(page);
  await drawOnce(page);
  const player = await guestOf(page);
  const [{ saga_id: last }] = await player.drawNumbers().all();
  await changed(page, NUMBERS, (text) => {
    const { data, ...rest } = JSON.parse(text);
    return JSON.stringify({ ...rest, data: { ...data, draw_numbers: data.draw_numbers.slice(1) } });
  });
  await open(page, "proofs");
  await page.locator(".proof-row").first().waitFor();
  await page.locator("main > .button").first().click();
  const told = page.locator("[role=alert]");
  await told.getByText("the list of draw numbers ends at 1, and the next number is 3").waitFor();
  await told.getByText("the list of draw numbers leaves out 2, of which you have a receipt").waitFor();

  await open(page, `proofs/${last}`);
  await isWrong(page);
  await page.locator(".failure", { hasText: "the list of your draw numbers leaves it out" }).waitFor();
  await open(page, "account");
  await page.locator(".tabs button", { hasText: "日本語" }).click();
  await open(page, `proofs/${last}`);
  await isWrong(page);
  await page.locator(".failure", { hasText: "あなたの購入番号の一覧に、この購入がありません。" }).waitFor();
  assert.deepEqual(faults, []);
  await context.close();
});

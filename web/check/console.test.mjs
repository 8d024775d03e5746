// The operators' console in a browser:
//
//   node --test web/check/console.test.mjs
//
// With TENJO_CONSOLE, the program `tenjo`, its pages are looked at on a running stack too:
//
//   TENJO_CONSOLE=target/debug/tenjo node --test web/check/console.test.mjs

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { diff } from "../console/diff.js";
import { accessible, DESKTOP, fits, launch, PHONE } from "./browser.mjs";
import { PLAYER, shot, standIn, visit } from "./console.mjs";

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/** The console, seen by somebody new. */
async function enter(options) {
  const stack = await standIn();
  const seen = await visit(browser, stack.url, options);
  await seen.page.goto(stack.address);
  await seen.page.locator("main h2").first().waitFor();
  const close = async () => { await seen.context.close(); stack.close(); };
  return { stack, close, ...seen };
}

async function open(page, path) {
  await page.evaluate((path) => { location.hash = `#/${path}`; }, path);
  await page.locator("main h1").waitFor();
  await page.locator("main", { hasNotText: "Loading…" }).waitFor();
}

/** Fills a form that opens, and tries it. */
async function tryAct(page, summary, values) {
  const act = page.locator("details.act", { has: page.locator("summary", { hasText: summary }) }).first();
  await act.locator("summary").click();
  for (const [name, value] of Object.entries({ ticket: "SUP-1042", reason: "a test", ...values })) {
    await act.locator(`[name=${name}]`).fill(value);
  }
  await act.locator("button[type=submit]").click();
  return act;
}

for (const [size, options] of [["phone-night", { ...PHONE, colorScheme: "dark" }], ["desktop", DESKTOP], ["desktop-night", { ...DESKTOP, colorScheme: "dark" }]]) {
  test(`every page on a ${size}`, { timeout: 120_000 }, async () => {
    const { stack, page, faults, close } = await enter(options);
    const look = async (name) => {
      await shot(page, `${size}-${name}`, { fullPage: true });
      await accessible(page, name);
      await fits(page, name);
    };
    assert.equal(new URL(page.url()).hash, "#/", "the token is taken out of the address");
    await page.locator("details[data-key] summary").first().click();
    await look("1-overview");

    await open(page, `player/player_id/${PLAYER}`);
    await page.locator("h2", { hasText: PLAYER }).waitFor();
    const give = await tryAct(page, "Give gems", { delta: "300" });
    await give.getByText("this would change").waitFor();
    assert.equal(stack.balance, 3000, "trying changes nothing");
    await look("2-player");

    await open(page, "presents");
    await page.locator("[name=player_ids]").fill(`player_id\n${PLAYER}\nPLY7\n`);
    await look("3-presents");

    await open(page, "pools");
    await page.getByText("the difference").first().click();
    await page.locator("ul.diff li").first().waitFor();
    await page.locator("summary", { hasText: /^pool-standard$/ }).click();
    await page.getByText("Until the first SSR, with pity").waitFor();
    assert.match(await page.locator("ul.diff").textContent(), /rarity_weights\[SSR\]\.weight.*3.*4/);
    await look("4-pools");

    await open(page, "service");
    const maintenance = await tryAct(page, "Open maintenance", { ends_at: "2037-01-01T00:00" });
    await maintenance.getByText("this would change").waitFor();
    await look("5-service");
    await maintenance.locator("button", { hasText: "Open maintenance now" }).click();
    await maintenance.getByText("Done.").waitFor();
    assert.equal(stack.isOpen, false);

    await open(page, "log");
    await page.locator("article").first().waitFor();
    await look("6-log");
    assert.deepEqual(faults, []);
    await close();
  });
}

test("an act is tried first, and done once however often somebody clicks", async () => {
  const { stack, page, faults, close } = await enter();
  await open(page, `player/player_id/${PLAYER}`);
  const act = await tryAct(page, "Give gems", { delta: "300" });
  const doIt = act.locator("button", { hasText: "Give gems now" });
  await doIt.evaluate((button) => { button.click(); button.click(); button.click(); });
  await act.getByText("Done.").waitFor();
  assert.equal(stack.balance, 3300);
  const acts = stack.asked.filter(({ name }) => name === "adjust-currency");
  assert.deepEqual(acts.map(({ body }) => body.dry_run), [true, false]);
  assert.equal(acts[0].key, acts[1].key);
  assert.deepEqual(acts[0].body.order, acts[1].body.order);

  await act.locator("button", { hasText: "Another act" }).click();
  await act.locator("button[type=submit]").click();
  await doIt.click();
  await act.getByText("Done.").waitFor();
  assert.equal(stack.balance, 3600);
  assert.equal(new Set(stack.asked.filter(({ key }) => key).map(({ key }) => key)).size, 2, "another act has another key");
  assert.deepEqual(faults, []);
  await close();
});

test("a lost answer is not certain, and is found by the same key, also after a reload", async () => {
  const { stack, page, faults, close } = await enter({ isRough: true });
  await open(page, `player/player_id/${PLAYER}`);
  stack.lost = 1;
  const act = await tryAct(page, "Give gems", { delta: "300" });
  await act.locator("button", { hasText: "Give gems now" }).click();
  await act.getByText("It is not certain whether it was done.").waitFor();
  await shot(page, "not-certain", { fullPage: true });
  await accessible(page, "not certain");
  assert.equal(await act.locator("input").first().isDisabled(), true, "the order cannot be changed now");
  await act.locator("button", { hasText: "the same key" }).click();
  await act.getByText("Done.").waitFor();
  assert.equal(stack.balance, 3300);

  stack.lost = 1;
  stack.breaksOff = true;
  const take = await tryAct(page, "Take free gems", { delta: "100" });
  await take.locator("button", { hasText: "Take free gems now" }).click();
  await take.getByText("It is not certain whether it was done.").waitFor();
  await page.reload();
  await page.locator("#pending", { hasText: "not certain" }).waitFor();
  await accessible(page, "a lost act");
  await page.locator("#pending button", { hasText: "Find out" }).click();
  await page.locator("#pending", { hasText: "Done." }).waitFor();
  assert.equal(stack.balance, 3200);
  assert.equal(stack.log.length, 2);
  await page.reload();
  await page.locator("main h2").first().waitFor();
  assert.equal(await page.locator("#pending").textContent(), "");
  assert.deepEqual(faults, []);
  await close();
});

test("what takes two people is requested, and approved from the log", async () => {
  const { stack, page, faults, close } = await enter();
  await open(page, `player/player_id/${PLAYER}`);
  const act = await tryAct(page, "Give gems", { delta: "20000" });
  await act.getByText("It takes a second person").waitFor();
  await act.locator("button", { hasText: "Ask for it" }).click();
  await act.getByText("Requested.").waitFor();
  assert.equal(stack.balance, 3000);
  await open(page, "log");
  await page.locator("article", { hasText: "waits for a second person" }).waitFor();
  const approve = await tryAct(page, "Approve", {});
  await approve.getByText("Another person requested").waitFor();
  await shot(page, "approve", { fullPage: true });
  await accessible(page, "an approval");
  await approve.locator("button", { hasText: "Approve now" }).click();
  await approve.getByText("Done.").waitFor();
  assert.equal(stack.balance, 23_000);
  assert.deepEqual(faults, []);
  await close();
});

test("what is wrong is said at its field, and a list by its line", async () => {
  const { stack, page, faults, close } = await enter({ isRough: true });
  await open(page, "presents");
  const wrong = (name) => page.locator(`[data-field=${name}] .wrong`);
  await page.locator("button[type=submit]").click();
  assert.equal(await wrong("title").textContent(), "is required");
  assert.equal(await page.locator("[name=title]").evaluate((it) => it === document.activeElement), true);
  for (const [name, value] of [["title", "Apology"], ["free_gems", "300"], ["ends_at", "2037-01-01T00:00"], ["ticket", "LIVE-77"], ["reason", "outage"]]) {
    await page.locator(`[name=${name}]`).fill(value);
  }
  await page.locator("[name=player_ids]").fill(`player_id\n${PLAYER}\nPLY7\n${PLAYER}`);
  await page.locator("button[type=submit]").click();
  assert.equal(await wrong("player_ids").textContent(), `line 3: “PLY7” is no player id; line 4: ${PLAYER} is on line 2 too`);
  await page.locator("[name=player_ids]").fill(`player_id\n${PLAYER}\nPLY999999999999`);
  await page.locator("button[type=submit]").click();
  await wrong("player_ids").filter({ hasText: "line 3: PLY999999999999 is no player" }).waitFor();
  await page.locator("[name=items]").fill("silver-bow");
  await page.locator("button[type=submit]").click();
  assert.match(await wrong("items").textContent(), /silver-bow/);
  await page.locator("[name=items]").fill("silver-bow=2");
  await page.locator("label", { hasText: "Everyone" }).click();
  assert.equal(await page.locator("[name=player_ids]").isVisible(), false);
  await page.locator("button[type=submit]").click();
  await page.getByText("It takes a second person").waitFor();
  const { order } = stack.asked.at(-1).body;
  assert.deepEqual([order.audience, order.player_ids, order.ends_at], ["everyone", undefined, "2037-01-01T00:00:00Z"]);
  assert.deepEqual(faults, []);
  await close();
});

test("an act is done by keyboard alone", async () => {
  const { stack, page, faults, close } = await enter();
  await open(page, `player/player_id/${PLAYER}`);
  await page.locator("details.act summary", { hasText: "Give gems" }).focus();
  await page.keyboard.press("Enter");
  await page.locator("details.act[open]", { hasText: "Give gems" }).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.type("50");
  for (const text of ["", "SUP-1", "a test"]) {
    await page.keyboard.press("Tab");
    if (text) await page.keyboard.type(text);
  }
  await page.keyboard.press("Enter");
  await page.getByText("this would change").waitFor();
  await page.keyboard.press("Tab");
  assert.match(await page.evaluate(() => document.activeElement.textContent), /Give gems now/);
  await page.keyboard.press("Enter");
  await page.getByText("Done.").waitFor();
  assert.equal(stack.balance, 3050);
  assert.deepEqual(faults, []);
  await close();
});

test("without the token nothing is shown, and what fails says why", async () => {
  const stack = await standIn();
  const { context, page } = await visit(browser, stack.url, { isRough: true });
  await page.goto(stack.url);
  await page.getByText("Not connected").waitFor();
  await page.getByText("open the address that the terminal shows").waitFor();
  assert.equal(stack.asked.length, 0);
  await page.goto("about:blank");
  await page.goto(stack.address);
  await page.locator("main h2").first().waitFor();
  stack.isForbidden = true;
  await open(page, `player/player_id/${PLAYER}`);
  await page.getByText("you may not do this").waitFor();
  stack.isForbidden = false;
  await open(page, "player/player_id/PLY000000000001");
  await page.getByText("does not exist").waitFor();
  await context.close();
  stack.close();
});

test("differences are told as publish-masters tells them", () => {
  const told = (before, after) => diff(before, after).map(({ path, before, after }) => `${path}: ${before ?? "none"} -> ${after ?? "none"}`);
  assert.deepEqual(told({ name: "a" }, { name: "a" }), []);
  assert.deepEqual(told({ limits: { per_day: 30 } }, { limits: { in_total: 300, per_day: 40 } }), ["limits.in_total: none -> 300", "limits.per_day: 30 -> 40"]);
  assert.deepEqual(told({ prices: [{ draw_count: 10, amount: 3000 }] }, { prices: [{ draw_count: 10, amount: 2800 }] }), ["prices[10].amount: 3000 -> 2800"]);
  assert.deepEqual(told({ steps: [{ weights: [{ rarity: "R", weight: 97 }] }] }, { steps: [{ weights: [{ rarity: "R", weight: 95 }] }, 7] }), ["steps[1].weights[R].weight: 97 -> 95", "steps[2]: none -> 7"]);
  assert.deepEqual(told({ pity: { max_count: 90 } }, {}), ['pity: {"max_count":90} -> none']);
});

test("every page on a running stack", { skip: process.env.TENJO_CONSOLE ? false : "TENJO_CONSOLE names no program", timeout: 120_000 }, async () => {
  const server = spawn(process.env.TENJO_CONSOLE, ["console"], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [line] = await once(createInterface({ input: server.stdout }), "line");
    const address = /http:\S+/.exec(line)[0];
    const { context, page, faults } = await visit(browser, address, DESKTOP);
    await page.goto(address);
    await page.locator("main h2").first().waitFor();
    for (const path of ["", "presents", "pools", "service", "log"]) {
      await open(page, path);
      await page.locator("main .card, main .quiet").first().waitFor();
      assert.equal(await page.locator("main [role=alert]").count(), 0, path);
      await shot(page, `stack-${path || "overview"}`, { fullPage: true });
      await accessible(page, path);
    }
    await open(page, "pools");
    await page.getByText("Odds before publishing").waitFor();
    await page.locator("summary", { hasText: /^pool-standard$/ }).click();
    await page.getByText("rarities").first().waitFor();
    assert.deepEqual(faults, []);
    await context.close();
  } finally {
    server.kill("SIGINT");
  }
});

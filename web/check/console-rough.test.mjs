// The console when something on the way to the functions breaks, on a phone and on a
// desktop. It is broken in the browser: the functions themselves have done what they did.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, begin, end, fits } from "./browser.mjs";
import { doAct, enter, freeGems, open, openPlayer, shot, SIZES, tryAct } from "./console.mjs";
import { guest } from "./stack.mjs";

before(begin);
after(end);

for (const [size, options] of SIZES) {
  test(`a lost answer is not certain, and is found by the same key, also after a reload, on a ${size}`, async () => {
    const player = guest();
    const { player_id: playerId } = await player.login();
    const free = () => freeGems(player);
    const { page, faults, close } = await enter({ mayFail: ["/api/adjust-currency"], ...options });
    /** The next act is done, and its answer is lost on the way. */
    const lose = (lost) => page.route("**/api/adjust-currency", async (route) => {
      if (route.request().postDataJSON().dry_run) return route.continue();
      await route.fetch();
      await lost(route);
      await page.unroute("**/api/adjust-currency");
    });
    await openPlayer(page, playerId);
    await lose((route) => route.abort("connectionreset"));
    const give = await tryAct(page, "Give gems", { delta: "300" });
    await give.locator("button", { hasText: "Give gems now" }).click();
    await give.getByText("It is not certain whether it was done.").waitFor();
    await shot(page, `${size}-not-certain`, { fullPage: true });
    await accessible(page, "not certain");
    await fits(page, "not certain");
    assert.equal(await give.locator("input").first().isDisabled(), true, "the order cannot be changed now");
    await give.locator("button", { hasText: "the same key" }).click();
    await give.getByText("Done.", { exact: true }).waitFor();
    assert.equal(await free(), 3300);

    await lose((route) => route.fulfill({ status: 200, contentType: "application/json", body: "{" }));
    const take = await tryAct(page, "Take free gems", { delta: "100" });
    await take.locator("button", { hasText: "Take free gems now" }).click();
    await take.getByText("It is not certain whether it was done.").waitFor();
    await page.reload();
    await page.locator("#pending", { hasText: "not certain" }).waitFor();
    await accessible(page, "a lost act");
    await page.locator("#pending button", { hasText: "Find out" }).click();
    await page.locator("#pending", { hasText: "Done." }).waitFor();
    assert.equal(await free(), 3200);
    await page.reload();
    await page.locator("main h2").first().waitFor();
    assert.equal(await page.locator("#pending").textContent(), "");
    assert.deepEqual(faults, []);
    await close();
  });
}

for (const [size, options] of SIZES) {
  test(`429 changes nothing and may be tried again, 503 is not certain and is found out, on a ${size}`, { timeout: 90_000 }, async () => {
    const player = guest();
    const { player_id: playerId } = await player.login();
    const free = () => freeGems(player);
    const { page, faults, close } = await enter({ mayFail: ["/api/"], ...options });
    const refuse = (status, code, times) => page.route("**/api/*", (route) => {
      if ((times -= 1) < 0) return route.continue();
      return route.fulfill({ status, json: { success: false, error: { code, message: `the function answered ${status}`, request_id: "request-1" } } });
    });

    // Reading: what failed is said, with its request; the overview keeps what it has, and tries again.
    await refuse(429, "try_later", 1);
    await open(page, "log");
    await page.getByText("the function answered 429").waitFor();
    await page.getByText("request-1").waitFor();
    await accessible(page, "429");
    await page.unroute("**/api/*");
    await open(page, "");
    await page.locator(".tile").first().waitFor();
    await refuse(503, "try_later", 1);
    await page.locator("main [role=status]", { hasText: "what is below is older" }).waitFor({ timeout: 15_000 });
    assert.ok(await page.locator(".tile").first().isVisible());
    await accessible(page, "503");
    await page.locator("main [role=status]", { hasText: "Read at" }).waitFor({ timeout: 15_000 });
    await page.unroute("**/api/*");

    // Acting: 429 was not done, and the form is open again.
    await openPlayer(page, playerId);
    const form = await tryAct(page, "Give gems", { delta: "300" });
    await refuse(429, "try_later", 1);
    await form.locator("button", { hasText: "Give gems now" }).click();
    await form.locator("[role=alert]", { hasText: "429" }).waitFor();
    assert.equal(await free(), 3000);
    await page.unroute("**/api/*");
    await form.locator("button[type=submit]").click();
    await form.getByText("this would change").waitFor();
    // 503: nobody knows, so the same key asks.
    await refuse(503, "try_later", 1);
    await form.locator("button", { hasText: "Give gems now" }).click();
    await form.getByText("It is not certain whether it was done.").waitFor();
    await page.unroute("**/api/*");
    await form.locator("button", { hasText: "the same key" }).click();
    await form.getByText("Done.", { exact: true }).waitFor();
    assert.equal(await free(), 3300);
    assert.deepEqual(faults, []);
    await close();
  });
}

for (const [size, options] of SIZES) {
  test(`a network that is cut is told, and what was asked meanwhile is found out, on a ${size}`, { timeout: 90_000 }, async () => {
    const player = guest();
    const { player_id: playerId } = await player.login();
    const { context, page, faults, close } = await enter({ mayFail: ["/api/", "/icon.svg"], ...options });
    const told = "The console in the terminal does not answer.";

    // What is there stays, and says that it is old.
    await page.locator(".tile").first().waitFor();
    await context.setOffline(true);
    await page.locator("main [role=status]", { hasText: "what is below is older" }).waitFor({ timeout: 15_000 });
    assert.ok(await page.locator(".tile").first().isVisible());
    await open(page, `player/player_id/${playerId}`);
    await page.locator("main [role=alert]", { hasText: told }).waitFor();
    await shot(page, `${size}-cut`, { fullPage: true });
    await accessible(page, "cut");
    await fits(page, "cut");
    await context.setOffline(false);
    await page.getByRole("button", { name: "Find", exact: true }).click();
    await page.locator("h2", { hasText: playerId }).waitFor();

    // An act that is not sent cannot be told from one whose answer was lost. The same key finds out.
    const form = await tryAct(page, "Give gems", { delta: "300" });
    await context.setOffline(true);
    await form.locator("button", { hasText: "Give gems now" }).click();
    await form.getByText("It is not certain whether it was done.").waitFor();
    assert.equal(await freeGems(player), 3000);
    await context.setOffline(false);
    await form.locator("button", { hasText: "the same key" }).click();
    await form.getByText("Done.", { exact: true }).waitFor();
    assert.equal(await freeGems(player), 3300);
    assert.deepEqual(faults, []);
    await close();
  });
}

for (const [size, options] of SIZES) {
  for (const days of [400, -400]) {
    test(`a clock that is wrong by ${days} days changes nothing in the console, on a ${size}`, async () => {
      const player = guest();
      const { player_id: playerId } = await player.login();
      const { page, faults, close } = await enter({ clockDays: days, ...options });
      const readAt = Date.parse(await page.locator("main [role=status] time").first().getAttribute("datetime"));
      assert.ok(Math.abs(readAt - Date.now()) < 60_000, "times are the server's");
      await openPlayer(page, playerId);
      const form = await tryAct(page, "Give gems", { delta: "20" });
      await doAct(form, "Give gems");
      await open(page, "log");
      assert.match(await page.locator("article").first().textContent(), /UTC, -?\d+ s ago/);
      assert.deepEqual(faults, []);
      await close();
    });
  }
}

// What operators do in the console: real acts, with their effect in the game and their line
// in the log.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, begin, DESKTOP, end, fits, PHONE } from "./browser.mjs";
import { ACTS, doAct, enter, fillIn, freeGems, open, openAgain, openPlayer, shot, SIZES, tryAct } from "./console.mjs";
import { database, drawFrom, game, guest, happen, stack, until } from "./stack.mjs";

before(begin);
after(end);

for (const [size, options] of SIZES) {
  test(`one act of each kind on a ${size}, tried, confirmed and done`, { timeout: 240_000 }, async () => {
    const player = guest();
    const { player_id: playerId } = await player.login();
    const { page, faults, close } = await enter(options);
    const balances = async () => Object.fromEntries((await player.currencies()).map(({ currency_type, balance }) => [currency_type, balance]));
    const status = () => player.status();
    const sold = await happen("apple/buy", { product_id: "game.tenjo.gems60", currency: "JPY", price_micros: 160_000_000 });
    const purchase = { store: "apple", transaction_id: sold.transaction_id };
    const onPlayer = () => openPlayer(page, playerId);
    const newest = async () => (await game()).log.lines[0]?.act_id;
    const done = new Set();

    /** Tries an act, sees that nothing has changed, does it, and sees what has. */
    const act = async (goTo, title, values, see) => {
      await goTo();
      const before = await newest();
      const form = await tryAct(page, title, values);
      assert.equal(await newest(), before, `${title} was only tried`);
      await doAct(form, title);
      const { act_id: id, act: name, ticket, outcome } = (await game()).log.lines[0];
      assert.notEqual(id, before, title);
      assert.deepEqual([ticket, outcome], ["SUP-1042", "done"], title);
      done.add(name);
      await see();
    };
    const isFree = (gems) => async () => assert.equal((await balances()).free_gem, gems);
    const isPaid = (gems) => async () => assert.equal((await balances()).paid_gem, gems);

    await act(onPlayer, "Give gems", { delta: "300" }, isFree(3300));
    await act(onPlayer, "Give gems", { delta: "50", currency_type: "paid_gem" }, isPaid(50));
    await act(onPlayer, "Take free gems", { delta: "100" }, isFree(3200));
    await act(onPlayer, "Send a present", { title: "Apology", free_gems: "120", ends_at: "2037-01-01T00:00" }, async () => {
      assert.deepEqual((await player.presents().all()).map(({ title, free_gems }) => [title, free_gems]), [["Apology", 120]]);
    });
    await act(onPlayer, "Book a purchase", { ...purchase, product_id: "gems-60", price: "160", purchased_at: "2026-02-01T09:12" }, isPaid(110));
    await act(onPlayer, "Void or restore a purchase", { ...purchase, voided: "true", at: "2026-03-01T10:00" }, isPaid(50));
    await act(onPlayer, "Void or restore a purchase", { ...purchase, voided: "false", at: "2026-03-02T10:00" }, isPaid(110));
    // Google never names its order, so it would be tried for ever.
    const { account_token } = await player.user();
    const stuck = await happen("google/buy", { product_id: "gems_60", account_token, with: { orderId: null } });
    const sending = await player.sessions.current();
    const sent = await fetch(`${stack.url}/v1/purchases/google`, {
      method: "POST", headers: { Authorization: `Bearer ${sending.access_token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ product_id: "gems_60", purchase_token: stuck.purchase_token }),
    });
    assert.equal(sent.status, 503);
    const pending = () => database((query) => query("select bin_to_uuid(purchase_id) as id from game_purchase.pending_purchases where transaction_id = ?", [stuck.purchase_token]));
    const [{ id: purchase_id }] = await pending();
    await act(onPlayer, "Dismiss a pending purchase", { purchase_id }, async () => assert.deepEqual(await pending(), []));
    const draw = () => drawFrom(player, "pool-standard", 1);
    await act(onPlayer, "Suspend", {}, () => assert.rejects(draw(), ({ code }) => code === "user_suspended"));
    await act(onPlayer, "Lift the suspension", {}, draw);
    await player.setBirthMonth("2001-04");
    assert.equal((await player.allowance()).is_birth_month_known, true);
    await act(onPlayer, "Forget the month of birth", {}, async () => {
      assert.equal((await player.allowance()).is_birth_month_known, false);
    });
    const { access_token: token } = await player.sessions.current();
    await act(onPlayer, "End all sessions", {}, async () => {
      const renamed = await fetch(`${stack.url}/v1/users/me`, {
        method: "PUT", headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
        body: JSON.stringify({ display_name: "Aoi", version: 1 }),
      });
      assert.equal(renamed.status, 401, "an ended session changes nothing");
    });

    const onPools = () => openAgain(page, "pools");
    const isOnSale = (expected) => () => until("the pool", async () => {
      const { pools } = await game();
      return (pools.find(({ pool_id }) => pool_id === "pool-weekend-market").paused_at === null) === expected || null;
    });
    await act(onPools, "Pause pool-weekend-market", {}, isOnSale(false));
    await act(onPools, "Resume pool-weekend-market", {}, isOnSale(true));

    const onService = () => openAgain(page, "service");
    await act(onService, "Set client versions", { least: "1.0.0", newest: "1.9.2" }, async () => {
      const { least_client_version: least, newest_client_version: newest } = await status();
      assert.deepEqual([least, newest], ["1.0.0", "1.9.2"]);
    });
    await act(onService, "Set client versions", { least: "", newest: "" }, async () => assert.equal((await status()).least_client_version, null));
    await act(onService, "Open maintenance", { ends_at: "2037-01-01T00:00" }, async () => {
      assert.equal((await status()).maintenance.is_running, true);
      await until("players are kept out", () => player.currencies().then(() => null, ({ code }) => code === "maintenance" || null));
      await page.locator("dl.facts", { hasText: "kept out" }).waitFor();
    });
    await act(onService, "Close maintenance", {}, async () => {
      assert.equal((await status()).maintenance, null);
      await until("players are let in", () => player.currencies().then(() => true, () => null));
    });

    // Each act is in the log, with who did it and why; and no kind of act was left out.
    await open(page, "log");
    const lines = page.locator("article");
    await lines.first().waitFor();
    assert.match(await lines.first().textContent(), /set maintenance by aoi done.*SUP-1042: a test/s);
    assert.deepEqual([...done].sort(), [...ACTS].sort());
    // What was given is in the player's books.
    await onPlayer();
    const ledger = await page.locator("section.card", { has: page.locator("h2", { hasText: /^Ledger$/ }) }).textContent();
    for (const reason of ["adjustment", "purchase", "purchase_revoked", "purchase_restored", "draw_cost"]) assert.ok(ledger.includes(reason), `${reason} is not in ${ledger}`);
    assert.deepEqual(faults, []);
    await close();
  });
}

test("what takes two people is requested, and another person approves it from the log", async () => {
  const player = guest();
  const { player_id: playerId } = await player.login();
  const free = () => freeGems(player);
  const aoi = await enter(DESKTOP);
  await openPlayer(aoi.page, playerId);
  const asked = await tryAct(aoi.page, "Give gems", { delta: "20000", reason: "two people" });
  await asked.getByText("It takes a second person").waitFor();
  await asked.locator("button", { hasText: "Ask for it" }).click();
  await asked.getByText("Requested.").waitFor();
  assert.equal(await free(), 3000);

  // Nobody approves their own request.
  await open(aoi.page, "log");
  const line = aoi.page.locator("article", { hasText: "waits for a second person" }).first();
  await line.locator("summary", { hasText: "Approve" }).click();
  await line.locator("[name=ticket]").fill("SUP-1");
  await line.locator("[name=reason]").fill("I am sure");
  await line.locator("button[type=submit]").click();
  await line.locator("[role=alert], .wrong:not(:empty)").first().waitFor();
  assert.equal(await free(), 3000);

  const ben = await enter({ as: "ben", ...PHONE });
  await open(ben.page, "log");
  await ben.page.locator("article", { hasText: "waits for a second person" }).first().waitFor();
  const approve = await tryAct(ben.page, "Approve", {});
  await approve.getByText("Another person requested").waitFor();
  assert.match(await approve.textContent(), /Operator\/aoi.*two people.*20,000/s);
  await shot(ben.page, "approve", { fullPage: true });
  await accessible(ben.page, "an approval");
  await fits(ben.page, "an approval");
  await doAct(approve, "Approve");
  assert.equal(await free(), 23_000);
  await openAgain(ben.page, "log");
  await ben.page.locator("article", { hasText: "approved" }).first().waitFor();
  assert.deepEqual(ben.faults, []);
  await ben.close();
  await aoi.close();
});

test("an act is tried first, and done once however often somebody clicks", async () => {
  const player = guest();
  const { player_id: playerId } = await player.login();
  const free = () => freeGems(player);
  const { page, faults, close } = await enter();
  const sent = [];
  page.on("request", (request) => {
    if (request.url().endsWith("/api/adjust-currency")) sent.push({ key: request.headers()["idempotency-key"], body: request.postDataJSON() });
  });
  await openPlayer(page, playerId);
  const form = await tryAct(page, "Give gems", { delta: "300" });
  const doIt = form.locator("button", { hasText: "Give gems now" });
  await doIt.evaluate((button) => { button.click(); button.click(); button.click(); });
  await form.getByText("Done.", { exact: true }).waitFor();
  assert.equal(await free(), 3300);
  assert.deepEqual(sent.map(({ body }) => body.dry_run), [true, false]);
  assert.equal(sent[0].key, sent[1].key);
  assert.deepEqual(sent[0].body.order, sent[1].body.order);

  await form.locator("button", { hasText: "Another act" }).click();
  await form.locator("button[type=submit]").click();
  await doIt.click();
  await form.getByText("Done.", { exact: true }).waitFor();
  assert.equal(await free(), 3600);
  assert.equal(new Set(sent.map(({ key }) => key)).size, 2, "another act has another key");
  assert.deepEqual(faults, []);
  await close();
});

test("what is wrong is said at its field, and a list by its line", async () => {
  const { player_id: playerId } = await guest().login();
  const { page, faults, close } = await enter({ mayFail: ["/api/send-presents", "/api/book-purchase"] });
  await open(page, "presents");
  const wrong = (name) => page.locator(`[data-field=${name}] .wrong`);
  await page.locator("button[type=submit]").click();
  assert.equal(await wrong("title").textContent(), "is required");
  assert.equal(await page.locator("[name=title]").evaluate((it) => it === document.activeElement), true);
  for (const [name, value] of [["title", "Apology"], ["free_gems", "300"], ["ends_at", "2037-01-01T00:00"], ["ticket", "LIVE-77"], ["reason", "outage"]]) {
    await page.locator(`[name=${name}]`).fill(value);
  }
  await page.locator("[name=player_ids]").fill(`player_id\n${playerId}\nPLY7\n${playerId}`);
  await page.locator("button[type=submit]").click();
  assert.equal(await wrong("player_ids").textContent(), `line 3: “PLY7” is no player id; line 4: ${playerId} is on line 2 too`);
  await page.locator("[name=player_ids]").fill(`player_id\n${playerId}\nPLY999999999999`);
  await page.locator("button[type=submit]").click();
  await wrong("player_ids").filter({ hasText: /^line 3: PLY999999999999 / }).waitFor();
  await page.locator("[name=items]").fill("silver-bow");
  await page.locator("button[type=submit]").click();
  assert.match(await wrong("items").textContent(), /silver-bow/);
  await page.locator("[name=items]").fill("weapon-lucky-coin=2");
  await page.locator("[name=file]").setInputFiles({ name: "list.csv", mimeType: "text/csv", buffer: Buffer.from(`player_id\n${playerId}\n`) });
  await page.locator("button[type=submit]").click();
  await page.getByText("this would change").waitFor();
  await page.locator("button", { hasText: "Go back" }).click();
  await page.locator("label", { hasText: "Everyone" }).click();
  assert.equal(await page.locator("[name=player_ids]").isVisible(), false);
  await page.locator("button[type=submit]").click();
  await page.getByText("It takes a second person").waitFor();

  await openPlayer(page, playerId);
  const book = await fillIn(page, "Book a purchase", { transaction_id: "2000", product_id: "gems-60", price: "1,60", purchased_at: "2026-02-01T09:12" });
  await book.locator("button[type=submit]").click();
  assert.equal(await book.locator("[data-field=price] .wrong").textContent(), "must be an amount such as 160 or 0.99");
  await book.locator("[name=price]").fill("0.99");
  await book.locator("[name=product_id]").fill("gems-61");
  await book.locator("button[type=submit]").click();
  await book.locator("[data-field=product_id] .wrong:not(:empty)").waitFor();
  assert.deepEqual(faults, []);
  await close();
});

test("an act is done by keyboard alone", async () => {
  const player = guest();
  const { player_id: playerId } = await player.login();
  const { page, faults, close } = await enter();
  await openPlayer(page, playerId);
  await page.locator("details.act summary", { hasText: "Give gems" }).focus();
  await page.keyboard.press("Enter");
  // The form is made when it opens.
  await page.locator("details.act[open]", { hasText: "Give gems" }).locator("[name=delta]").waitFor();
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
  await page.getByText("Done.", { exact: true }).waitFor();
  assert.equal(await freeGems(player), 3050);
  assert.deepEqual(faults, []);
  await close();
});

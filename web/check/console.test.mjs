// The operators' console, as `tenjo console` serves it, on the running stack. What breaks
// on the way to it is broken in the browser; all else is the real functions' word.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { accessible, begin, DESKTOP, end, fits, folder, isStrict, PHONE } from "./browser.mjs";
import { ACTS, changedMasters, doAct, enter, fillIn, open, openAgain, openPlayer, playerWithStory, shot, stuckSaga, tryAct } from "./console.mjs";
import { bytes, database, game, guest, happen, invoke, stack, until } from "./stack.mjs";

let story, stuck, masters;
before(async () => {
  await begin();
  story = await playerWithStory();
  stuck = await stuckSaga();
  masters = changedMasters();
  // The audit has passed, and a period is over and has its root.
  await invoke("audit-books");
  await until("a root over a period", async () => (await game()).periods.some(({ totals }) => totals?.purchases > 0) || null, 120);
}, { timeout: 240_000 });
after(async () => {
  masters?.remove();
  await stuck?.mend();
  await end();
});

/** What a player of the kit has. */
async function freeGems(player) {
  return (await player.currencies()).find(({ currency_type }) => currency_type === "free_gem").balance;
}

const SIZES = [["phone-night", { ...PHONE, colorScheme: "dark" }], ["desktop", DESKTOP]];

for (const [size, options] of SIZES) {
  test(`every page of the console on a ${size}`, { timeout: 180_000 }, async () => {
    const { page, faults, answer, close } = await enter({ masters: masters.path, ...options });
    const look = async (name) => {
      await shot(page, `${size}-${name}`, { fullPage: true });
      await accessible(page, name);
      await fits(page, name);
      assert.equal(await page.locator("main [role=alert]:not(:empty)").count(), 0, name);
    };
    assert.equal(new URL(page.url()).hash, "#/", "the token is taken out of the address");
    assert.equal(answer.headers()["x-frame-options"], "DENY");
    assert.equal(await page.locator("#who").textContent(), "as aoi");

    // Figures that live: a draw that is made while somebody looks is counted.
    const tile = (name) => page.locator(".tile", { has: page.locator("dt", { hasText: new RegExp(`^${name}$`) }) }).locator("dd");
    const drawn = () => tile("Purchases, last hour").evaluate((it) => Number(it.firstChild.textContent.replace("about ", "")));
    await until("a figure that moves by itself", async () => {
      const [before, readAt] = [await drawn(), await page.locator("main [role=status] time").first().getAttribute("datetime")];
      await story.game.draw({ pool_id: "pool-daily-gate", draw_count: 1 });
      await page.waitForFunction((old) => document.querySelector("main [role=status] time")?.getAttribute("datetime") !== old, readAt, { timeout: 20_000 });
      // When a period has just ended, the count begins anew.
      return (await drawn()) > before || null;
    }, 90);
    assert.match(await tile("Audit").textContent(), /^balances/);
    assert.match(await tile("Players").textContent(), /let in/);
    assert.match(await tile("Stopped").textContent(), /^1.*1 stuck: somebody has to look/);
    const saga = page.locator(`details[data-key="${stuck.sagaId}"]`);
    await saga.locator("summary").click();
    assert.match(await saga.locator("summary").textContent(), /COMPENSATING.*stuck.*pool-standard, 10 draws, attempt 5/);
    for (const status of ["STARTED", "CURRENCY_RESERVED", "DRAW_COMPLETED"]) await saga.locator(".timeline", { hasText: status }).waitFor();
    await page.locator("table", { hasText: "Exact, from the published roots" }).locator("tbody tr").first().waitFor();
    await look("1-overview");

    // From the saga to its player, and from there to everything about them.
    await saga.locator("a").click();
    await page.locator("h2", { hasText: stuck.playerId }).waitFor();
    await page.locator("details", { hasText: "COMPENSATING" }).first().waitFor();
    const asked = page.waitForResponse((response) => response.url().endsWith("/api/show-player"));
    await openPlayer(page, story.playerId);
    const { data } = await (await asked).json();
    const code = readFileSync(folder("../console/player.js"), "utf8");
    for (const name of Object.keys(data)) {
      assert.match(code, new RegExp(`player\\.${name}\\b|{ ${name} } = player`), `${name} is not on the page`);
    }
    for (const [title, told] of [
      ["Draws as sagas", /COMPLETED pool-standard, 10 draws.*FAILED pool-standard, 10 draws, insufficient_currency/s],
      ["Ledger", /starting_gift.*/s], ["Lots of paid gems", /taken back/], ["Purchases", /gems-330.*revoked/s], ["Proofs", /pool-moon-festival/],
      ["Items drawn", /pool-paid-moon-festival/], ["Presents", /Apology.*Welcome/s], ["Logins", /runs/], ["What operators did", /adjust currency.*done.*SUP-1/s],
    ]) {
      const card = page.locator("section.card", { has: page.locator("h2", { hasText: new RegExp(`^${title}$`) }) });
      assert.match(await card.textContent(), told, title);
    }
    await page.locator("details", { hasText: "COMPLETED pool-standard" }).locator("summary").first().click();
    await page.locator("details[open] .timeline", { hasText: "ITEM_GRANTED" }).first().waitFor();
    await tryAct(page, "Give gems", { delta: "300" });
    await look("2-player");

    await open(page, "presents");
    await page.locator("[name=player_ids]").fill(`player_id\n${story.playerId}\nPLY7\n`);
    await look("3-presents");

    // What publishing would change, and the odds before it.
    await open(page, "pools");
    await page.locator("summary", { hasText: "pool-standard: the difference" }).click();
    await page.locator("ul.diff li").first().waitFor();
    const differences = (await page.locator("ul.diff li").allTextContents()).join("\n");
    assert.match(differences, /rarity_weights\[R\]\.weight live 79 new 78/);
    assert.match(differences, /rarity_weights\[SSR\]\.weight live 3 new 4/);
    assert.match(differences, /prices\[10\]\.amount live 3000 new 2800/);
    assert.equal((await page.locator("ul.diff li").count()), 3, differences);
    await page.getByText("pool-night-gate: the difference").waitFor();
    await page.getByText("pool-farewell-box is not in the folder").waitFor();
    await page.locator("summary", { hasText: /^pool-standard$/ }).click();
    const rarities = page.locator("table", { hasText: "A draw: rarities" });
    await rarities.waitFor();
    assert.match(await rarities.locator("tr", { hasText: "SSR" }).textContent(), /4\.000000 %.*differs.*3\.000000 %/);
    await page.getByText("Until the first SSR, with pity").waitFor();
    await look("4-pools");

    await open(page, "service");
    await tryAct(page, "Open maintenance", { ends_at: "2037-01-01T00:00" });
    await look("5-service");
    assert.equal((await story.game.status()).maintenance, null, "trying changes nothing");

    await open(page, "log");
    await page.locator("article").first().waitFor();
    await look("6-log");
    assert.deepEqual(faults, []);
    await close();
  });

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
    await act(onPlayer, "Void or restore a purchase", { ...purchase, voided: "true" }, isPaid(50));
    await act(onPlayer, "Void or restore a purchase", { ...purchase, voided: "false" }, isPaid(110));
    const draw = () => player.draw({ pool_id: "pool-standard", draw_count: 1 });
    await act(onPlayer, "Suspend", {}, () => assert.rejects(draw(), ({ code }) => code === "user_suspended"));
    await act(onPlayer, "Lift the suspension", {}, draw);
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
  await form.getByText("Done.").waitFor();
  assert.equal(await free(), 3300);
  assert.deepEqual(sent.map(({ body }) => body.dry_run), [true, false]);
  assert.equal(sent[0].key, sent[1].key);
  assert.deepEqual(sent[0].body.order, sent[1].body.order);

  await form.locator("button", { hasText: "Another act" }).click();
  await form.locator("button[type=submit]").click();
  await doIt.click();
  await form.getByText("Done.").waitFor();
  assert.equal(await free(), 3600);
  assert.equal(new Set(sent.map(({ key }) => key)).size, 2, "another act has another key");
  assert.deepEqual(faults, []);
  await close();
});

test("a lost answer is not certain, and is found by the same key, also after a reload", async () => {
  const player = guest();
  const { player_id: playerId } = await player.login();
  const free = () => freeGems(player);
  const { page, faults, close } = await enter({ isRough: true });
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
  await shot(page, "not-certain", { fullPage: true });
  await accessible(page, "not certain");
  assert.equal(await give.locator("input").first().isDisabled(), true, "the order cannot be changed now");
  await give.locator("button", { hasText: "the same key" }).click();
  await give.getByText("Done.").waitFor();
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

test("429 changes nothing and may be tried again, 503 is not certain and is found out", async () => {
  const player = guest();
  const { player_id: playerId } = await player.login();
  const free = () => freeGems(player);
  const { page, faults, close } = await enter({ isRough: true });
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
  await form.getByText("Done.").waitFor();
  assert.equal(await free(), 3300);
  assert.deepEqual(faults, []);
  await close();
});

for (const days of [400, -400]) {
  test(`a clock that is wrong by ${days} days changes nothing in the console`, async () => {
    const player = guest();
    const { player_id: playerId } = await player.login();
    const { page, faults, close } = await enter({ clockDays: days, ...DESKTOP });
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

test("what is wrong is said at its field, and a list by its line", async () => {
  const { page, faults, close } = await enter({ isRough: true });
  await open(page, "presents");
  const wrong = (name) => page.locator(`[data-field=${name}] .wrong`);
  await page.locator("button[type=submit]").click();
  assert.equal(await wrong("title").textContent(), "is required");
  assert.equal(await page.locator("[name=title]").evaluate((it) => it === document.activeElement), true);
  for (const [name, value] of [["title", "Apology"], ["free_gems", "300"], ["ends_at", "2037-01-01T00:00"], ["ticket", "LIVE-77"], ["reason", "outage"]]) {
    await page.locator(`[name=${name}]`).fill(value);
  }
  await page.locator("[name=player_ids]").fill(`player_id\n${story.playerId}\nPLY7\n${story.playerId}`);
  await page.locator("button[type=submit]").click();
  assert.equal(await wrong("player_ids").textContent(), `line 3: “PLY7” is no player id; line 4: ${story.playerId} is on line 2 too`);
  await page.locator("[name=player_ids]").fill(`player_id\n${story.playerId}\nPLY999999999999`);
  await page.locator("button[type=submit]").click();
  await wrong("player_ids").filter({ hasText: /^line 3: PLY999999999999 / }).waitFor();
  await page.locator("[name=items]").fill("silver-bow");
  await page.locator("button[type=submit]").click();
  assert.match(await wrong("items").textContent(), /silver-bow/);
  await page.locator("[name=items]").fill("weapon-lucky-coin=2");
  await page.locator("[name=file]").setInputFiles({ name: "list.csv", mimeType: "text/csv", buffer: Buffer.from(`player_id\n${story.playerId}\n`) });
  await page.locator("button[type=submit]").click();
  await page.getByText("this would change").waitFor();
  await page.locator("button", { hasText: "Go back" }).click();
  await page.locator("label", { hasText: "Everyone" }).click();
  assert.equal(await page.locator("[name=player_ids]").isVisible(), false);
  await page.locator("button[type=submit]").click();
  await page.getByText("It takes a second person").waitFor();

  await openPlayer(page, story.playerId);
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
  assert.equal(await freeGems(player), 3050);
  assert.deepEqual(faults, []);
  await close();
});

test("books that do not balance are told in the audit", async () => {
  const { userId } = story;
  const change = (gems) => database((run) => run("update game_user.currencies set balance = balance + ? where user_id = ? and currency_type = 'free_gem'", [gems, bytes(userId)]));
  await change(1);
  try {
    await until("a violation", async () => {
      await invoke("audit-books");
      return (await game()).audit.last?.violations > 0 || null;
    }, 90);
    const { page, faults, close } = await enter(DESKTOP);
    await page.locator(".tile", { hasText: /[1-9]\d* violations?/ }).waitFor();
    await accessible(page, "violations");
    await shot(page, "violations");
    assert.deepEqual(faults, []);
    await close();
  } finally {
    await change(-1);
  }
});

test("without the token nothing is shown, and who may not do something is told so", async () => {
  const { page, address, answer, context, close } = await enter({ isRough: true });
  await isStrict(page, answer);
  const stranger = await context.newPage();
  await stranger.goto(new URL(address).origin);
  await stranger.getByText("Not connected").waitFor();
  await stranger.getByText("open the address that the terminal shows").waitFor();
  await openPlayer(page, story.playerId);
  await open(page, "player/player_id/PLY999999999999");
  await page.locator("[role=alert]", { hasText: "not found" }).waitFor();
  await close();

  // Who runs the game may not look at players: IAM says so, not the page.
  const live = await enter({ as: "live", isRough: true });
  await open(live.page, `player/player_id/${story.playerId}`);
  await live.page.locator("[role=alert]", { hasText: "you may not do this" }).waitFor();
  await live.close();
});

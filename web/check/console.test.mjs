// Every page of the operators' console, as `tenjo console` serves it on the running stack.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { accessible, begin, DESKTOP, end, fits, isStrict } from "./browser.mjs";
import { changedMasters, enter, open, openPlayer, playerWithMuch, playerWithStory, shot, SIZES, stuckSaga, tryAct } from "./console.mjs";
import { bytes, database, drawFrom, game, invoke, until } from "./stack.mjs";

let story, much, stuck, masters;
before(async () => {
  await begin();
  story = await playerWithStory();
  much = await playerWithMuch();
  masters = changedMasters();
  // The audit has passed, and a period is over and has its root.
  await invoke("audit-books");
  assert.equal((await game()).audit.last?.violations ?? 0, 0);
  await until("a root over a period", async () => (await game()).periods.some(({ totals }) => totals?.purchases > 0) || null, 120);
  // Last: its period gets no root, and its status is one that an audit tells.
  stuck = await stuckSaga();
}, { timeout: 240_000 });
after(async () => {
  masters?.remove();
  await stuck?.repair();
  await end();
});

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
      await drawFrom(story.game, "pool-daily-gate", 1);
      await page.waitForFunction((old) => document.querySelector("main [role=status] time")?.getAttribute("datetime") !== old, readAt, { timeout: 20_000 });
      // When a period has just ended, the count begins anew.
      return (await drawn()) > before || null;
    }, 90);
    // The stuck saga is the violation, once an audit has passed since.
    assert.match(await tile("Audit").textContent(), /^(balances|1 violation)/);
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
    for (const name of Object.keys(data).filter((name) => Array.isArray(data[name]) && name !== "currencies")) {
      assert.equal(await page.locator(`[data-list=${name}]`).count(), 1, `${name} is not on the page`);
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
    const differencesOf = async (title) => {
      const details = page.locator("details", { has: page.locator("summary", { hasText: title }) });
      await details.locator("summary").click();
      await details.locator("ul.diff li").first().waitFor();
      return details.locator("ul.diff li").allTextContents();
    };
    const ofThePool = await differencesOf("pool-standard: the difference");
    const differences = ofThePool.join("\n");
    assert.match(differences, /rarity_weights\[R\]\.weight live 79 new 78/);
    assert.match(differences, /rarity_weights\[SSR\]\.weight live 3 new 4/);
    assert.match(differences, /prices\[10\]\.amount live 3000 new 2800/);
    assert.equal(ofThePool.length, 3, differences);
    const others = await differencesOf("Items, products and texts: 4 differences");
    assert.deepEqual(others.filter((line) => !line.startsWith("pools.pool-night-gate new {")), [
      'items[character-village-guard].presentation.name.ja live "村の番人" new "村の門番"',
      'pools.pool-moon-festival.description.en live "Half of all SSR are Kaguya, and the one after another SSR always is." new "Every second SSR is Kaguya, and the one after another SSR always is."',
      "shop.products[gems-60].listings.apple.prices_micros.JPY live 160000000 new 170000000",
    ]);
    assert.equal(await page.getByText("are live as they are in the folder").count(), 0);
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
}

for (const [size, options] of SIZES) {
  test(`what was looked for is shown however old it is, and older rows follow, on a ${size}`, { timeout: 60_000 }, async () => {
    const { page, faults, close } = await enter(options);
    const asked = page.waitForResponse((response) => response.url().endsWith("/api/show-player"));
    await open(page, `player/saga_id/${much.sagaId}`);
    const { data } = await (await asked).json();
    assert.ok(data.sagas.every(({ saga_id }) => saga_id !== much.sagaId), "it is not among the newest");
    const found = page.locator("section.card", { has: page.locator("h2", { hasText: /^What was looked for$/ }) });
    assert.match(await found.textContent(), /COMPLETED pool-standard, 1 draw.*ITEM_GRANTED/s);
    for (const caption of ["Found: The latest changes of balances", "Found: The latest items"]) await found.getByRole("region", { name: caption }).waitFor();

    for (const [name, row, all] of [["sagas", "details", 53], ["logins", "tbody tr", 52]]) {
      const rows = page.locator(`[data-list=${name}] ${row}`);
      assert.equal(await rows.count(), 50, name);
      if (name === "sagas") await rows.first().locator("summary").click();
      const older = page.getByRole("button", { name: `Older: ${name}` });
      await older.click();
      await rows.nth(all - 1).waitFor();
      assert.equal(await rows.count(), all, name);
      assert.equal(await older.count(), 0, `${name} ends here`);
    }
    assert.notEqual(await page.locator("[data-list=sagas] details").first().getAttribute("open"), null, "what was open stays open");
    assert.equal(await page.getByRole("button", { name: "Older: ledger" }).count(), 0, "a short list has no older rows");
    await shot(page, `${size}-older`, { fullPage: true });
    await accessible(page, "older rows");
    await fits(page, "older rows");
    assert.deepEqual(faults, []);
    await close();
  });
}

test("masters that are live already are told as such", async () => {
  const { page, faults, close } = await enter(DESKTOP);
  await open(page, "pools");
  await page.getByText("are live as they are in the folder").waitFor();
  assert.equal(await page.locator("ul.diff").count(), 0);
  assert.deepEqual(faults, []);
  await close();
});

test("books that do not balance are told in the audit", async () => {
  const { userId } = story;
  const change = (gems) => database((run) => run("update game_user.currencies set balance = balance + ? where user_id = ? and currency_type = 'free_gem'", [gems, bytes(userId)]));
  const violations = async () => {
    await invoke("audit-books");
    return (await game()).audit.last?.violations ?? 0;
  };
  // The stuck saga is one already; an audit reads what was there five seconds ago.
  const before = await until("the stuck saga in the audit", async () => (await violations()) || null, 90);
  await change(1);
  try {
    const now = await until("another violation", async () => {
      const found = await violations();
      return found > before ? found : null;
    }, 90);
    const { page, faults, close } = await enter(DESKTOP);
    await page.locator(".tile", { hasText: `${now} violations` }).waitFor();
    await accessible(page, "violations");
    await shot(page, "violations");
    assert.deepEqual(faults, []);
    await close();
  } finally {
    await change(-1);
  }
});

test("without the token nothing is shown, and who may not do something is told so", async () => {
  const { page, address, answer, context, close } = await enter();
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
  const live = await enter({ as: "live" });
  await open(live.page, `player/player_id/${story.playerId}`);
  await live.page.locator("[role=alert]", { hasText: "you may not do this" }).waitFor();
  await live.close();
});

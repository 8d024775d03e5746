// `tenjo console` on the running stack, in a browser, and what there is to see in it.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DESKTOP, folder, PHONE, program, shot as picture, visit } from "./browser.mjs";
import { bytes, database, drawFrom, faults, give, guest, happen, invoke, operate, stack, until } from "./stack.mjs";

/** Every act that the console can do, as the log names it. */
export const ACTS = /const FUNCTIONS: [^=]*= \[([^\]]*)\]/.exec(readFileSync(folder("../../cli/src/console/api.rs"), "utf8"))[1]
  .match(/[a-z-]+/g).filter((name) => !name.startsWith("show-")).map((name) => name.replaceAll("-", "_"));

/** At which sizes everything is looked at. */
export const SIZES = [["phone-night", { ...PHONE, colorScheme: "dark" }], ["desktop", DESKTOP]];

/** A visitor of a console of their own, which serves one operator. */
export async function enter({ as = "aoi", masters = "masters", ...options } = {}) {
  const { address, stop } = await program("tenjo", ["console", "--as", as, "--masters", masters]);
  const seen = await visit({ origin: new URL(address).origin, ...options });
  const answer = await seen.page.goto(address);
  await seen.page.locator("main h2").first().waitFor();
  const close = async () => {
    await seen.context.close();
    stop();
  };
  return { ...seen, address, answer, close };
}

export async function open(page, path) {
  const [name] = path.split("/");
  await page.evaluate((path) => { location.hash = `#/${path}`; }, path);
  await page.locator(`#nav a[aria-current][href="#/${name}"]`).waitFor();
  await page.locator("main h1").waitFor();
  await page.locator("main", { hasNotText: "Loading…" }).waitFor();
}

/** The same, with new forms, also if it is open already. */
export async function openAgain(page, path) {
  await open(page, path.startsWith("log") ? "" : "log");
  await open(page, path);
}

/** Opens a player's page. */
export async function openPlayer(page, playerId) {
  await openAgain(page, `player/player_id/${playerId}`);
  await page.locator("h2", { hasText: playerId }).waitFor();
}

/** The form of an act, which opens; filled in. */
export async function fillIn(page, title, values = {}) {
  const form = page.locator("details.act", { has: page.locator("summary", { hasText: new RegExp(`^${title}$`) }) }).first();
  if ((await form.getAttribute("open")) === null) await form.locator("summary").click();
  for (const [name, value] of Object.entries({ ticket: "SUP-1042", reason: "a test", ...values })) {
    const field = form.locator(`[name=${name}]`);
    if ((await field.evaluate(({ tagName }) => tagName)) === "SELECT") await field.selectOption(value);
    else await field.fill(value);
  }
  return form;
}

/** The same, and tries it: what would change is shown. */
export async function tryAct(page, title, values) {
  const form = await fillIn(page, title, values);
  await form.locator("button[type=submit]").click();
  await form.getByText("this would change").waitFor();
  return form;
}

/** Agrees to what was shown. */
export async function doAct(form, title) {
  await form.locator("button", { hasText: new RegExp(`^${title} now$`) }).click();
  await form.getByText("Done.", { exact: true }).waitFor();
}

/** What a player of the kit has. */
export async function freeGems(player) {
  return (await player.currencies()).find(({ currency_type }) => currency_type === "free_gem").balance;
}

/**
 * The masters of this checkout as somebody is about to change them: one pool has other
 * odds and another price, one is new, and one is gone; an item is translated in another way,
 * a pool is described in other words, and gems cost more.
 */
export function changedMasters() {
  const copy = mkdtempSync(join(tmpdir(), "tenjo-masters-"));
  cpSync(folder("../../masters"), copy, { recursive: true });
  const read = (file) => readFileSync(join(copy, file), "utf8");
  const standard = read("pools/pool-standard.yaml");
  for (const [file, ...changes] of [
    ["pools/pool-standard.yaml", ["{ R: 79, SR: 18, SSR: 3 }", "{ R: 78, SR: 18, SSR: 4 }"], ["amount: 3000", "amount: 2800"]],
    ["pools/pool-moon-festival.yaml", ["Half of all SSR are Kaguya", "Every second SSR is Kaguya"]],
    ["items.yaml", ["村の番人", "村の門番"]],
    ["products.yaml", ["game.tenjo.gems60, prices: { JPY: 160", "game.tenjo.gems60, prices: { JPY: 170"]],
  ]) {
    for (const [old, now] of changes) {
      if (!read(file).includes(old)) throw new Error(`${file} is not as this expects it: ${old}`);
      writeFileSync(join(copy, file), read(file).replace(old, now));
    }
  }
  writeFileSync(join(copy, "pools/pool-night-gate.yaml"), standard.replace("pool_id: pool-standard", "pool_id: pool-night-gate"));
  rmSync(join(copy, "pools/pool-farewell-box.yaml"));
  return { path: copy, remove: () => rmSync(copy, { recursive: true }) };
}

/**
 * A player to whom much has happened: draws that completed and one that was refused, a
 * purchase that was spent and then given back, presents, a second login.
 */
export async function playerWithStory() {
  const game = guest();
  const { user_id, player_id } = await game.login();
  await drawFrom(game, "pool-moon-festival", 10);
  await drawFrom(game, "pool-standard", 10).catch(() => {});
  await give(user_id, 5000);
  await drawFrom(game, "pool-standard", 10);
  await game.setBirthMonth("1990-04");
  const { account_token } = await game.user();
  const bought = await happen("apple/buy", { product_id: "game.tenjo.gems330", account_token, currency: "JPY", price_micros: 800_000_000 });
  await game.bookApplePurchase(bought.signed_transaction);
  await drawFrom(game, "pool-paid-moon-festival", 1);
  await happen("apple/refund", { transaction_id: bought.transaction_id, deliver_to: stack.url });
  const present = (title) => ({
    audience: "listed", player_ids: [player_id], title, message: "For the outage of August 1.", free_gems: 300,
    items: [{ item_master_id: "character-yuki", quantity: 1 }], ends_at: new Date(Date.now() + 86_400_000).toISOString(),
  });
  await operate("send-presents", present("Welcome"));
  await game.receivePresents();
  await operate("send-presents", present("Apology"));
  return { game, userId: user_id, playerId: player_id };
}

/** A player with an old draw, and since then more refused draws and logins than a page has. */
export async function playerWithMuch() {
  const game = guest();
  const { user_id } = await game.login();
  const { saga_id: sagaId } = await drawFrom(game, "pool-standard", 1);
  await drawFrom(game, "pool-standard", 10).catch(() => {});
  await database(async (run) => {
    for (let count = 0; count < 51; count += 1) {
      await run(`insert into game_gacha.sagas
          (saga_id, user_id, fingerprint, pool_id, pool_revision, pity_group, pity_max_count, draw_count, state_before,
           cost_currency_type, cost_amount, status, failure_reason, reserve_before, failed_at)
        select uuid_to_bin(uuid()), user_id, fingerprint, pool_id, pool_revision, pity_group, pity_max_count, draw_count, state_before,
           cost_currency_type, cost_amount, status, failure_reason, reserve_before, current_timestamp(6)
        from game_gacha.sagas where user_id = ? and status = 'FAILED' limit 1`, [bytes(user_id)]);
      await run(`insert into game_user.refresh_token_families (family_id, user_id, created_at, expires_at)
        values (uuid_to_bin(uuid()), ?, '2026-01-01', current_timestamp(6) + interval 1 day)`, [bytes(user_id)]);
    }
  });
  return { sagaId };
}

/**
 * A draw that was charged and drawn, and that no run brings to its end: it is in a status
 * in which no saga rests, and its last attempt has begun. `repair` repairs it.
 */
export async function stuckSaga() {
  const game = guest();
  const { user_id, player_id } = await game.login();
  const left = new AbortController();
  await faults({ function: "grant", drop_request: 1000 });
  const drawing = drawFrom(game, "pool-standard", 10, { signal: left.signal }).catch(() => null);
  const saga = await until("the draw", () => database(async (run) => {
    const [row] = await run("select saga_id from game_gacha.sagas where user_id = ? and status = 'DRAW_COMPLETED'", [bytes(user_id)]);
    if (row === undefined) return null;
    await run("update game_gacha.sagas set status = 'COMPENSATING', compensating_at = current_timestamp(6) where saga_id = ?", [row.saga_id]);
    await run("update game_gacha.live_sagas set attempt_count = 5, next_attempt_at = current_timestamp(6) + interval 1 hour where saga_id = ?", [row.saga_id]);
    return row.saga_id;
  }));
  await faults({ function: "grant" });
  left.abort();
  await drawing;
  const sagaId = uuid(saga);
  const repair = async () => {
    await database((run) => run("update game_gacha.sagas set status = 'DRAW_COMPLETED', compensating_at = null where saga_id = ? and status = 'COMPENSATING'", [saga]));
    await invoke("recover-sagas", { saga_id: sagaId });
    return until("its end", async () => {
      const { status } = await game.saga(sagaId);
      return ["COMPLETED", "FAILED"].includes(status) ? status : null;
    });
  };
  return { sagaId, userId: user_id, playerId: player_id, repair };
}

/** An id as everybody writes it. @param {Buffer} kept */
function uuid(kept) {
  return kept.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Pictures of the console are beside those of the demo. */
export function shot(page, name, options) {
  return picture(page, `console-${name}`, options);
}

// The lists of a player that grow: the newest rows, and a button for the older ones.

import { call } from "./api.js";
import { el, fill } from "./dom.js";
import { brief, draws, facts, failure, mono, number, person, status, table, tag, time, timeline, words } from "./show.js";

/** @typedef {{ caption: string, columns: import("./show.js").Column[], none?: string }} Shape */

/** How the rows of each list are shown, but for sagas. @type {Record<string, Shape>} */
const TABLES = {
  ledger: { caption: "The latest changes of balances", columns: [
    { name: "When", cell: (it) => time(it.created_at), kind: "time" },
    { name: "Currency", cell: (it) => it.currency_type, kind: "nowrap" },
    { name: "Change", cell: (it) => `${it.delta > 0 ? "+" : "−"}${number(Math.abs(it.delta))}`, isNumber: true },
    { name: "After", cell: (it) => number(it.balance_after), isNumber: true },
    { name: "Reason", cell: (it) => it.reason, kind: "nowrap" },
    { name: "Source", cell: (it) => mono(it.saga_id ?? it.source_id ?? ""), kind: "wide" },
  ] },
  lots: { caption: "The latest lots", columns: [
    { name: "Lot", cell: (it) => it.lot_number, isNumber: true },
    { name: "Origin", cell: (it) => it.origin },
    { name: "Granted", cell: (it) => number(it.granted), isNumber: true },
    { name: "Remaining", cell: (it) => number(it.remaining), isNumber: true },
    { name: "Since", cell: (it) => time(it.created_at), kind: "time" },
    { name: "Expires", cell: (it) => time(it.expires_at), kind: "time" },
    { name: "State", cell: (it) => it.is_taken_back ? tag("taken back", "warn") : "" },
    { name: "Purchase or act", cell: (it) => mono(it.source_id), kind: "wide" },
  ] },
  revocations: { caption: "When a store took one back", columns: [
    { name: "Lot", cell: (it) => it.lot_number, isNumber: true },
    { name: "Taken", cell: (it) => number(it.taken), isNumber: true },
    { name: "Became owed", cell: (it) => number(it.owed), isNumber: true },
    { name: "Revoked", cell: (it) => time(it.revoked_at), kind: "time" },
    { name: "Restored", cell: (it) => time(it.restored_at), kind: "time" },
  ] },
  purchases: { caption: "Booked", columns: [
    { name: "When", cell: (it) => time(it.purchased_at), kind: "time" },
    { name: "Store", cell: (it) => it.store },
    { name: "Product", cell: (it) => it.product_id },
    { name: "Price", cell: (it) => `${(it.price_micros / 1e6).toLocaleString("en")} ${it.currency}`, isNumber: true },
    { name: "Paid", cell: (it) => number(it.paid_gems), isNumber: true },
    { name: "Bonus", cell: (it) => number(it.bonus_free_gems), isNumber: true },
    { name: "State", cell: (it) => tag(it.status, it.status === "booked" ? "good" : "warn") },
    { name: "Order", cell: (it) => mono(it.order_id), kind: "wide" },
    { name: "Transaction", cell: (it) => mono(it.transaction_id), kind: "wide" },
  ] },
  purchase_changes: { caption: "Taken back or given again", columns: [
    { name: "When", cell: (it) => time(it.store_at), kind: "time" },
    { name: "What", cell: (it) => words(it.change) },
    { name: "Bonus", cell: (it) => number(it.free_gems), isNumber: true },
    { name: "Purchase", cell: (it) => mono(it.purchase_id), kind: "wide" },
    { name: "Act", cell: (it) => mono(it.act_id ?? ""), kind: "wide" },
  ] },
  refused_purchases: { caption: "Refused by the game", columns: [
    { name: "When", cell: (it) => time(it.refused_at), kind: "time" },
    { name: "Store", cell: (it) => it.store },
    { name: "Why", cell: (it) => words(it.reason) },
    { name: "State", cell: (it) => tag(it.status, it.status === "booked" ? "good" : "warn") },
    { name: "Transaction", cell: (it) => mono(it.transaction_id), kind: "wide" },
  ] },
  pending_purchases: { caption: "Not decided yet", columns: [
    { name: "Since", cell: (it) => time(it.created_at), kind: "time" },
    { name: "Store", cell: (it) => it.store },
    { name: "Product", cell: (it) => it.store_product_id },
    { name: "Tries", cell: (it) => number(it.attempt_count), isNumber: true },
    { name: "Next try", cell: (it) => time(it.next_attempt_at), kind: "time" },
    { name: "Purchase", cell: (it) => mono(it.purchase_id), kind: "wide" },
    { name: "Transaction", cell: (it) => mono(it.transaction_id), kind: "wide" },
  ] },
  proofs: { caption: "The latest purchases of draws, and whether anyone can check them yet", columns: [
    { name: "Number", cell: (it) => number(it.draw_number), isNumber: true },
    { name: "Pool", cell: (it) => it.pool_id },
    { name: "State", cell: (it) => it.is_void ? tag("void") : it.is_seed_revealed && it.is_in_tree ? tag("can be proved", "good") : it.is_seed_revealed ? tag("seed revealed, not yet counted", "warn") : tag("sealed") },
    { name: "Its period ends", cell: (it) => time(it.seed_period_ends_at), kind: "time" },
    { name: "Period", cell: (it) => mono(it.seed_period_id), kind: "wide" },
    { name: "Saga", cell: (it) => mono(it.saga_id), kind: "wide" },
  ] },
  draws: { caption: "The latest items", columns: [
    { name: "When", cell: (it) => time(it.drawn_at), kind: "time" },
    { name: "Rarity", cell: (it) => it.rarity },
    { name: "Item", cell: (it) => it.item_master_id },
    { name: "Pool", cell: (it) => it.pool_id },
  ] },
  mailbox: { caption: "In the mailbox", none: "In the mailbox: none.", columns: [...presents(), { name: "Until", cell: (it) => time(it.ends_at), kind: "time" }] },
  received: { caption: "Received", none: "Received: none.", columns: [...presents(), { name: "Received", cell: (it) => time(it.received_at), kind: "time" }] },
  logins: { caption: "The latest sessions", columns: [
    { name: "Began", cell: (it) => time(it.began_at), kind: "time" },
    { name: "Ended", cell: (it) => it.ended_at ? time(it.ended_at) : "runs", kind: "time" },
    { name: "Expires", cell: (it) => time(it.expires_at), kind: "time" },
  ] },
  acts: { caption: "The latest acts about this player", columns: [
    { name: "When", cell: (it) => time(it.created_at), kind: "time" },
    { name: "Who", cell: (it) => person(it.principal) },
    { name: "Act", cell: (it) => words(it.act), kind: "nowrap" },
    { name: "Outcome", cell: (it) => tag(it.outcome, it.outcome === "done" ? "good" : "warn") },
    { name: "Ticket", cell: (it) => it.ticket },
    { name: "Reason", cell: (it) => it.reason, kind: "wide" },
    { name: "What", cell: (it) => brief(it.result), kind: "wide" },
  ] },
};

/** @returns {import("./show.js").Column[]} */
function presents() {
  return [
    { name: "Title", cell: (it) => it.title },
    { name: "Free", cell: (it) => number(it.free_gems), isNumber: true },
    { name: "Paid", cell: (it) => number(it.paid_gems), isNumber: true },
  ];
}

/** @param {any} saga */
function sagaDetails(saga) {
  return el("details", {}, el("summary", {}, time(saga.timeline[0]?.at), " ", status(saga.status), ` ${saga.pool_id}, ${draws(saga.draw_count)}`, saga.failure_reason ? `, ${saga.failure_reason}` : null),
    facts([["Saga", mono(saga.saga_id)]]), timeline(saga.timeline));
}

/**
 * A list of a player's, and a button for its older rows as long as there are any.
 *
 * @param {any} player @param {string} name As `show-player` names it.
 */
export function list(player, name) {
  /** @type {any[]} */
  let rows = player[name];
  /** @type {string | undefined} */
  let cursor = player.older[name];
  const shown = el("div", { tabindex: -1, "data-list": name });
  const below = el("div");
  // A saga that somebody has opened stays open.
  const made = new Map();
  const sagas = () => rows.map((row) => {
    if (!made.has(row)) made.set(row, sagaDetails(row));
    return made.get(row);
  });
  const older = el("button", { type: "button", "aria-label": `Older: ${words(name)}`, onclick: async () => {
    older.disabled = true;
    try {
      const answer = await call("show-player", { user_id: player.user.user_id, older: cursor });
      rows = [...rows, ...answer[name]];
      cursor = answer.older[name];
      show();
    } catch (error) {
      fill(below, failure(error), el("div.buttons", {}, older));
    }
    older.disabled = false;
    // The button stands below the new rows, or is gone.
    (cursor === undefined ? shown : older).focus({ preventScroll: true });
  } }, "Older");
  function show() {
    fill(shown, name !== "sagas" ? inTable(name, rows) : rows.length === 0 ? el("p.quiet", {}, "None.") : sagas());
    fill(below, cursor === undefined ? null : el("div.buttons", {}, older));
  }
  show();
  return el("div", {}, shown, below);
}

/** @param {string} name @param {any[]} rows @param {string} [before] Stands before the caption. */
function inTable(name, rows, before = "") {
  const { caption, columns, none } = TABLES[name];
  return table(`${before}${caption}`, columns, rows, none);
}

/**
 * What a search named, however old it is.
 *
 * @param {any} found
 */
export function foundRows(found) {
  return Object.entries(found).map(([name, rows]) =>
    name === "sagas" ? rows.map((/** @type {any} */ saga) => {
      const details = sagaDetails(saga);
      details.open = true;
      return details;
    }) : inTable(name, rows, "Found: "));
}

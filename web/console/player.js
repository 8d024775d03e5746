// A player: found, shown whole, and acted on.

import { actDetails, micros, moment, whole } from "./act.js";
import { call } from "./api.js";
import { el, fill } from "./dom.js";
import { presentFields, presentOrder } from "./presents.js";
import { brief, card, draws, facts, failure, mono, number, person, status, table, tag, time, timeline, words } from "./show.js";

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** By what a player can be found. @type {[string, string][]} */
const KINDS = [["player_id", "Player id"], ["saga_id", "Saga (a draw)"], ["source_id", "Source in a ledger"], ["transaction_id", "Purchase, by the store's name"], ["user_id", "User id"]];

/** @type {import("./main.js").Page} */
export function playerPage(main, [kind = "player_id", id = ""]) {
  const found = el("div", { "aria-live": "polite" });
  const by = el("select", { id: "by" }, KINDS.map(([value, label]) => el("option", { value, selected: value === kind }, label)));
  const wanted = el("input", { id: "wanted", type: "search", value: id, placeholder: "PLY000000000042", autocomplete: "off", spellcheck: "false" });
  const wrong = el("span.wrong", { role: "alert" });
  const form = el("form.card", { role: "search", "aria-label": "Find a player", onsubmit: (/** @type {Event} */ event) => {
    event.preventDefault();
    const text = wanted.value.trim();
    const isGood = by.value === "player_id" ? /^PLY\d{12}$/i.test(text) : by.value === "transaction_id" ? text !== "" : UUID.test(text);
    fill(wrong, isGood ? "" : by.value === "player_id" ? "A player id is PLY and 12 digits." : by.value === "transaction_id" ? "Apple's transaction id, or Google's purchase token." : "An id has 32 digits of 0 to 9 and a to f.");
    if (!isGood) return;
    const address = `#/player/${by.value}/${by.value === "player_id" ? text.toUpperCase() : by.value === "transaction_id" ? encodeURIComponent(text) : text.toLowerCase()}`;
    if (location.hash === address) void show();
    else location.hash = address;
  } }, el("div.fields", {},
    el("div", {}, el("label", { for: "by" }, "Find by"), by),
    el("div", {}, el("label", { for: "wanted" }, "Which"), wanted, wrong)),
  el("div.buttons", {}, el("button.main", { type: "submit" }, "Find")));
  fill(main, el("h1", {}, "Players"), form, found);
  async function show() {
    fill(found, el("p.quiet", {}, "Loading…"));
    try {
      const player = await call("show-player", { [kind]: id });
      fill(found, ...story(player, show));
    } catch (error) {
      fill(found, failure(error));
    }
  }
  if (id !== "") void show();
  else wanted.focus();
}

/** @param {any} player @param {() => void} again */
function story(player, again) {
  const { user } = player;
  const isSuspended = user.suspended_at !== null;
  return [
    el("div.grid", {},
      card(user.player_id, facts([
        ["Name", user.display_name],
        ["Account", user.is_guest ? "guest" : "registered"],
        ["State", isSuspended ? el("span", {}, tag("suspended", "bad"), " since ", time(user.suspended_at), ", ", user.suspended_until ? el("span", {}, "until ", time(user.suspended_until)) : "for good") : tag("plays", "good")],
        ["Joined", time(user.created_at)],
        ["User id", mono(user.user_id)],
      ]), table("Balances", [
        { name: "Currency", cell: (it) => it.currency_type },
        { name: "Balance", cell: (it) => number(it.balance), isNumber: true },
        { name: "Owed", cell: (it) => number(it.owed), isNumber: true },
      ], player.currencies)),
      card("Acts", ...acts(user, isSuspended), el("p.small", {}, el("button", { type: "button", onclick: again }, "Read the player again")))),
    card("Draws as sagas", player.sagas.length === 0 ? el("p.quiet", {}, "None.") : player.sagas.map((/** @type {any} */ saga) =>
      el("details", {}, el("summary", {}, time(saga.timeline[0]?.at), " ", status(saga.status), ` ${saga.pool_id}, ${draws(saga.draw_count)}`, saga.failure_reason ? `, ${saga.failure_reason}` : null),
        facts([["Saga", mono(saga.saga_id)]]), timeline(saga.timeline)))),
    card("Ledger", table("The latest changes of balances", [
      { name: "When", cell: (it) => time(it.created_at), kind: "time" },
      { name: "Currency", cell: (it) => it.currency_type, kind: "nowrap" },
      { name: "Change", cell: (it) => `${it.delta > 0 ? "+" : "−"}${number(Math.abs(it.delta))}`, isNumber: true },
      { name: "After", cell: (it) => number(it.balance_after), isNumber: true },
      { name: "Reason", cell: (it) => it.reason, kind: "nowrap" },
      { name: "Source", cell: (it) => mono(it.saga_id ?? it.source_id ?? ""), kind: "wide" },
    ], player.ledger)),
    card("Lots of paid gems", table("The latest lots", [
      { name: "Lot", cell: (it) => it.lot_number, isNumber: true },
      { name: "Origin", cell: (it) => it.origin },
      { name: "Granted", cell: (it) => number(it.granted), isNumber: true },
      { name: "Remaining", cell: (it) => number(it.remaining), isNumber: true },
      { name: "Since", cell: (it) => time(it.created_at), kind: "time" },
      { name: "Expires", cell: (it) => time(it.expires_at), kind: "time" },
      { name: "State", cell: (it) => it.is_taken_back ? tag("taken back", "warn") : "" },
      { name: "Purchase or act", cell: (it) => mono(it.source_id), kind: "wide" },
    ], player.lots), table("When a store took one back", [
      { name: "Lot", cell: (it) => it.lot_number, isNumber: true },
      { name: "Taken", cell: (it) => number(it.taken), isNumber: true },
      { name: "Became owed", cell: (it) => number(it.owed), isNumber: true },
      { name: "Revoked", cell: (it) => time(it.revoked_at), kind: "time" },
      { name: "Restored", cell: (it) => time(it.restored_at), kind: "time" },
    ], player.revocations)),
    card("Purchases", table("Booked", [
      { name: "When", cell: (it) => time(it.purchased_at), kind: "time" },
      { name: "Store", cell: (it) => it.store },
      { name: "Product", cell: (it) => it.product_id },
      { name: "Price", cell: (it) => `${(it.price_micros / 1e6).toLocaleString("en")} ${it.currency}`, isNumber: true },
      { name: "Paid", cell: (it) => number(it.paid_gems), isNumber: true },
      { name: "Bonus", cell: (it) => number(it.bonus_free_gems), isNumber: true },
      { name: "State", cell: (it) => tag(it.status, it.status === "booked" ? "good" : "warn") },
      { name: "Order", cell: (it) => mono(it.order_id), kind: "wide" },
      { name: "Transaction", cell: (it) => mono(it.transaction_id), kind: "wide" },
    ], player.purchases), table("Taken back or given again", [
      { name: "When", cell: (it) => time(it.store_at), kind: "time" },
      { name: "What", cell: (it) => words(it.change) },
      { name: "Bonus", cell: (it) => number(it.free_gems), isNumber: true },
      { name: "Purchase", cell: (it) => mono(it.purchase_id), kind: "wide" },
      { name: "Act", cell: (it) => mono(it.act_id ?? ""), kind: "wide" },
    ], player.purchase_changes), table("Refused by the game", [
      { name: "When", cell: (it) => time(it.refused_at), kind: "time" },
      { name: "Store", cell: (it) => it.store },
      { name: "Why", cell: (it) => words(it.reason) },
      { name: "State", cell: (it) => tag(it.status, it.status === "booked" ? "good" : "warn") },
      { name: "Transaction", cell: (it) => mono(it.transaction_id), kind: "wide" },
    ], player.refused_purchases), table("Not decided yet", [
      { name: "Since", cell: (it) => time(it.created_at), kind: "time" },
      { name: "Store", cell: (it) => it.store },
      { name: "Product", cell: (it) => it.store_product_id },
      { name: "Tries", cell: (it) => number(it.attempt_count), isNumber: true },
      { name: "Next try", cell: (it) => time(it.next_attempt_at), kind: "time" },
      { name: "Purchase", cell: (it) => mono(it.purchase_id), kind: "wide" },
      { name: "Transaction", cell: (it) => mono(it.transaction_id), kind: "wide" },
    ], player.pending_purchases)),
    card("Proofs", table("The latest purchases of draws, and whether anyone can check them yet", [
      { name: "Number", cell: (it) => number(it.draw_number), isNumber: true },
      { name: "Pool", cell: (it) => it.pool_id },
      { name: "State", cell: (it) => it.is_void ? tag("void") : it.is_seed_revealed && it.is_in_tree ? tag("can be proved", "good") : it.is_seed_revealed ? tag("seed revealed, not yet counted", "warn") : tag("sealed") },
      { name: "Its period ends", cell: (it) => time(it.seed_period_ends_at), kind: "time" },
      { name: "Period", cell: (it) => mono(it.seed_period_id), kind: "wide" },
      { name: "Saga", cell: (it) => mono(it.saga_id), kind: "wide" },
    ], player.proofs)),
    card("Items drawn", table("The latest items", [
      { name: "When", cell: (it) => time(it.drawn_at), kind: "time" },
      { name: "Rarity", cell: (it) => it.rarity },
      { name: "Item", cell: (it) => it.item_master_id },
      { name: "Pool", cell: (it) => it.pool_id },
    ], player.draws)),
    el("div.grid", {},
      card("Presents", presents("In the mailbox", player.mailbox), presents("Received", player.received)),
      card("Logins", table("The latest sessions", [
        { name: "Began", cell: (it) => time(it.began_at), kind: "time" },
        { name: "Ended", cell: (it) => it.ended_at ? time(it.ended_at) : "runs", kind: "time" },
        { name: "Expires", cell: (it) => time(it.expires_at), kind: "time" },
      ], player.logins))),
    card("What operators did", table("The latest acts about this player", [
      { name: "When", cell: (it) => time(it.created_at), kind: "time" },
      { name: "Who", cell: (it) => person(it.principal) },
      { name: "Act", cell: (it) => words(it.act), kind: "nowrap" },
      { name: "Outcome", cell: (it) => tag(it.outcome, it.outcome === "done" ? "good" : "warn") },
      { name: "Ticket", cell: (it) => it.ticket },
      { name: "Reason", cell: (it) => it.reason, kind: "wide" },
      { name: "What", cell: (it) => brief(it.result), kind: "wide" },
    ], player.acts)),
  ];
}

/** @param {string} caption @param {any[]} list */
function presents(caption, list) {
  return table(caption, [
    { name: "Title", cell: (it) => it.title },
    { name: "Free", cell: (it) => number(it.free_gems), isNumber: true },
    { name: "Paid", cell: (it) => number(it.paid_gems), isNumber: true },
    { name: it(list), cell: (it) => time(it.received_at ?? it.ends_at), kind: "time" },
  ], list, `${caption}: none.`);
}

/** @param {any[]} list */
function it(list) {
  return list.some(({ received_at }) => received_at) ? "Received" : "Until";
}

/** Which purchase, as its store names it. @type {import("./act.js").Field[]} */
const PURCHASE = [
  { name: "store", label: "Store", type: "select", value: "apple", choices: [["apple", "App Store"], ["google", "Google Play"]] },
  { name: "transaction_id", label: "Apple's transaction id, or Google's purchase token", required: true },
];

/** @param {any} user @param {boolean} isSuspended */
function acts(user, isSuspended) {
  const { user_id } = user;
  return [
    actDetails({
      name: "adjust-currency", title: "Give gems",
      fields: [
        { name: "delta", label: "How many", type: "number", required: true },
        { name: "currency_type", label: "Which", type: "select", value: "free_gem", choices: [["free_gem", "free gems"], ["paid_gem", "paid gems, as a lot without a price"]] },
      ],
      order: ({ delta, currency_type }) => ({ user_id, currency_type, delta: whole("delta", delta, 1) }),
    }),
    actDetails({
      name: "adjust-currency", title: "Take free gems", isDanger: true,
      fields: [{ name: "delta", label: "How many", type: "number", required: true }],
      order: ({ delta }) => ({ user_id, currency_type: "free_gem", delta: -whole("delta", delta, 1) }),
    }),
    actDetails({
      name: "send-presents", title: "Send a present", fields: presentFields(),
      order: (values) => ({ audience: "listed", player_ids: [user.player_id], ...presentOrder(values) }),
    }),
    isSuspended
      ? actDetails({ name: "set-suspension", title: "Lift the suspension", order: () => ({ user_id, suspended: false }) })
      : actDetails({
        name: "set-suspension", title: "Suspend", isDanger: true,
        fields: [{ name: "until", label: "Until (UTC)", type: "time", hint: "For good if empty" }],
        order: ({ until }) => ({ user_id, suspended: true, until: moment(until) }),
      }),
    actDetails({
      name: "book-purchase", title: "Book a purchase",
      fields: [
        ...PURCHASE,
        { name: "product_id", label: "Product of the game", required: true, placeholder: "gems-60", hint: "The player gets its gems" },
        { name: "store_product_id", label: "Product in the store", hint: "If the game has another name for it" },
        { name: "order_id", label: "Number on the store's receipt" },
        { name: "price", label: "What was paid", required: true, placeholder: "160", hint: "In units of the currency, such as 0.99" },
        { name: "currency", label: "Currency", required: true, value: "JPY" },
        { name: "purchased_at", label: "When it was bought (UTC)", type: "time", required: true },
      ],
      order: ({ store, transaction_id, product_id, store_product_id, order_id, price, currency, purchased_at }) => ({
        user_id, store, transaction_id: transaction_id.trim(), product_id: product_id.trim(),
        ...(store_product_id.trim() ? { store_product_id: store_product_id.trim() } : {}),
        ...(order_id.trim() ? { order_id: order_id.trim() } : {}),
        price_micros: micros("price", price), currency: currency.trim(), purchased_at: moment(purchased_at),
      }),
      // The form asks for the price in units.
      blames: { price_micros: "price" },
    }),
    actDetails({
      name: "void-purchase", title: "Void or restore a purchase", isDanger: true,
      fields: [
        ...PURCHASE,
        { name: "voided", label: "What the store did", type: "select", value: "true", choices: [["true", "took it back"], ["false", "reversed that"]] },
        { name: "at", label: "When the store did it (UTC)", type: "time", required: true, hint: "As the store's own console says. A change of the store's that is older no longer counts" },
      ],
      order: ({ store, transaction_id, voided, at }) => ({ user_id, store, transaction_id, voided: voided === "true", at: moment(at) }),
    }),
    actDetails({
      name: "void-purchase", title: "Dismiss a pending purchase", isDanger: true,
      fields: [
        { name: "purchase_id", label: "Purchase", required: true, hint: "As “Not decided yet” or the log of reconcile-purchases names it. It is refused for ever, unless somebody books it by hand" },
        { name: "begun_by", label: "Who began it", type: "select", value: "player", choices: [["player", "this player's client"], ["nobody", "no client: only the store told of it"]] },
      ],
      order: ({ purchase_id, begun_by }) => ({ ...(begun_by === "player" ? { user_id } : {}), dismissed: purchase_id.trim() }),
      blames: { dismissed: "purchase_id", user_id: "begun_by" },
    }),
    actDetails({ name: "end-sessions", title: "End all sessions", isDanger: true, order: () => ({ user_id }) }),
    actDetails({ name: "forget-birth-month", title: "Forget the month of birth", isDanger: true, order: () => ({ user_id }) }),
  ];
}

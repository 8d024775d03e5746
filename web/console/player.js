// A player: found, shown whole, and acted on.

import { actDetails, micros, moment, whole } from "./act.js";
import { call } from "./api.js";
import { el, fill } from "./dom.js";
import { foundRows, list } from "./lists.js";
import { presentFields, presentOrder } from "./presents.js";
import { card, facts, failure, mono, number, table, tag, time } from "./show.js";

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
    Object.keys(player.found).length === 0 ? null : card("What was looked for", ...foundRows(player.found)),
    card("Draws as sagas", list(player, "sagas")),
    card("Ledger", list(player, "ledger")),
    card("Lots of paid gems", list(player, "lots"), list(player, "revocations")),
    card("Purchases", ...["purchases", "purchase_changes", "refused_purchases", "pending_purchases"].map((name) => list(player, name))),
    card("Proofs", list(player, "proofs")),
    card("Items drawn", list(player, "draws")),
    el("div.grid", {},
      card("Presents", list(player, "mailbox"), list(player, "received")),
      card("Logins", list(player, "logins"))),
    card("What operators did", list(player, "acts")),
  ];
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

// A player: found, shown whole, and acted on.

import { actDetails, moment, whole } from "./act.js";
import { call } from "./api.js";
import { el, fill } from "./dom.js";
import { presentFields, presentOrder } from "./presents.js";
import { brief, card, draws, facts, failure, mono, number, person, status, table, tag, time, timeline } from "./show.js";

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** By what a player can be found. @type {[string, string][]} */
const KINDS = [["player_id", "Player id"], ["saga_id", "Saga (a draw)"], ["source_id", "Source in a ledger"], ["user_id", "User id"]];

/** @type {import("./main.js").Page} */
export function playerPage(main, [kind = "player_id", id = ""]) {
  const found = el("div", { "aria-live": "polite" });
  const by = el("select", { id: "by" }, KINDS.map(([value, label]) => el("option", { value, selected: value === kind }, label)));
  const wanted = el("input", { id: "wanted", type: "search", value: id, placeholder: "PLY000000000042", autocomplete: "off", spellcheck: "false" });
  const wrong = el("span.wrong", { role: "alert" });
  const form = el("form.card", { role: "search", "aria-label": "Find a player", onsubmit: (/** @type {Event} */ event) => {
    event.preventDefault();
    const text = wanted.value.trim();
    const isGood = by.value === "player_id" ? /^PLY\d{12}$/i.test(text) : UUID.test(text);
    fill(wrong, isGood ? "" : by.value === "player_id" ? "A player id is PLY and 12 digits." : "An id has 32 digits of 0 to 9 and a to f.");
    if (!isGood) return;
    const address = `#/player/${by.value}/${by.value === "player_id" ? text.toUpperCase() : text.toLowerCase()}`;
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
      { name: "Revoked", cell: (it) => it.restored_at ? "restored" : time(it.revoked_at), kind: "time" },
      { name: "Purchase or act", cell: (it) => mono(it.source_id), kind: "wide" },
    ], player.lots)),
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
      { name: "Act", cell: (it) => it.act.replaceAll("_", " "), kind: "nowrap" },
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
        order: ({ until }) => ({ user_id, suspended: true, ...(until ? { until: moment(until) } : {}) }),
      }),
    actDetails({ name: "end-sessions", title: "End all sessions", isDanger: true, order: () => ({ user_id }) }),
  ];
}

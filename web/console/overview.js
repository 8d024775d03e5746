// What the game does now.

import { game } from "./api.js";
import { el, fill } from "./dom.js";
import { ago, brief, card, counted, draws, facts, failure, mono, number, person, status, table, tag, tiles, time, timeline, words } from "./show.js";

/** How often the figures are read again, in milliseconds. */
const EVERY = 10_000;

/** @type {import("./main.js").Page} */
export function overviewPage(main) {
  const state = el("p.small.quiet", { role: "status" });
  const body = el("div", {}, el("p.quiet", {}, "Loading…"));
  const live = el("input", { type: "checkbox", id: "live", checked: true, onchange: () => { if (live.checked) void refresh(); } });
  fill(main, el("div.head", {}, el("h1", {}, "Overview"),
    el("p.small", {}, live, " ", el("label", { for: "live" }, "read again every 10 s"))), state, body);
  let isOver = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  async function refresh() {
    clearTimeout(timer);
    // Not under somebody's hands.
    const isBusy = body.contains(document.activeElement) || document.hidden;
    if (!isBusy || body.childElementCount < 2) {
      try {
        const now = await game();
        if (isOver) return;
        const open = new Set([...body.querySelectorAll("details[open]")].map((it) => it.getAttribute("data-key")));
        fill(body, ...overview(now));
        for (const details of body.querySelectorAll("details")) details.open = open.has(details.getAttribute("data-key"));
        fill(state, "Read at ", time(now.at), " UTC");
      } catch (error) {
        if (isOver) return;
        if (body.childElementCount < 2) fill(body, failure(error));
        else fill(state, tag("not read", "bad"), ` ${/** @type {Error} */ (error).message}; what is below is older.`);
      }
    }
    if (!isOver && live.checked) timer = setTimeout(refresh, EVERY);
  }
  void refresh();
  return () => { isOver = true; clearTimeout(timer); };
}

/** @param {any} now */
function overview(now) {
  const stuck = now.stopped.filter((/** @type {any} */ it) => it.is_stuck).length;
  const figures = now.running?.figures;
  const about = figures?.is_estimate ? "about " : "";
  const closed = now.status.maintenance_starts_at;
  return [
    tiles([
      ["Players", now.status.is_open ? tag("let in", "good") : tag("kept out", "bad"),
        closed && now.status.is_open ? `maintenance ${ago(closed, now.at)}` : null],
      ["Purchases, last hour", figures ? `${about}${number(figures.last_hour.purchases)}` : "–", figures ? `${about}${draws(figures.last_hour.draws)}` : null],
      ["Under way", `${number(now.live.count)}${now.live.is_at_least ? "+" : ""}`, Object.entries(now.live.statuses).map(([name, count]) => `${name} ${count}`).join(", ") || null],
      ["Stopped", now.stopped.length === 0 ? "0" : el("span", {}, tag(`${now.stopped.length}${now.stopped.length >= 20 ? "+" : ""}`, stuck > 0 ? "bad" : "warn")),
        stuck > 0 ? `${stuck} stuck: somebody has to look` : null],
      ["Audit", audit(now.audit), passes(now)],
    ]),
    card("Sagas that stopped",
      el("p.small.quiet", {}, "Draws that must be run again, or were. recover-sagas takes them when they are due; one that is stuck has begun its last attempt."),
      stopped(now)),
    el("div.grid", {},
      card("Service", facts([
        ["Maintenance", closed ? el("span", {}, "from ", time(closed), ", expected until ", time(now.status.maintenance_ends_at) || "further notice") : "none"],
        ["Least client version", now.status.least_client_version ?? "none"],
        ["Newest client version", now.status.newest_client_version ?? "none"],
        ["Pools on sale", number(now.pools.length)],
        ["Paused", now.pools.filter((/** @type {any} */ it) => it.paused_at).map((/** @type {any} */ it) => it.pool_id).join(", ") || "none"],
      ])),
      card("This period", ...period(now.running, about))),
    card("Periods before", table("Exact, from the published roots", [
      { name: "From", cell: (it) => time(it.starts_at), kind: "time" },
      { name: "To", cell: (it) => time(it.ends_at), kind: "time" },
      { name: "Purchases", cell: (it) => it.totals ? number(it.totals.purchases) : "no root yet", isNumber: true },
      { name: "Void", cell: (it) => number(it.totals?.voids), isNumber: true },
      ...["r", "sr", "ssr"].map((rarity) => ({ name: rarity.toUpperCase(), cell: (/** @type {any} */ it) => number(it.totals?.[rarity]), isNumber: true })),
    ], now.periods)),
    card("Latest acts", table("The newest lines of the log", [
      { name: "When", cell: (it) => time(it.created_at), kind: "time" },
      { name: "Who", cell: (it) => person(it.principal) },
      { name: "Act", cell: (it) => words(it.act), kind: "nowrap" },
      { name: "Outcome", cell: (it) => tag(it.outcome, it.outcome === "done" ? "good" : it.is_approved ? "" : "warn") },
      { name: "What", cell: (it) => brief(it.result), kind: "wide" },
    ], now.log.lines.slice(0, 8)), el("p", {}, el("a", { href: "#/log" }, "The whole log"))),
  ];
}

/** What the last pass over all players found, and the one that runs. @param {any} found */
function audit({ running, last }) {
  const most = Math.max(running?.violations ?? 0, last?.violations ?? 0);
  if (most > 0) return tag(violations(most), "bad");
  return last ? tag("balances", "good") : tag("has not passed yet", "warn");
}

/** @param {number} count */
function violations(count) {
  return counted(count, "violation");
}

/** @param {any} now */
function passes({ audit: { running, last }, at }) {
  const players = (/** @type {any} */ pass) => `${counted(pass.checked_players, "player")}${pass.violations > 0 ? `, ${violations(pass.violations)}: the log of audit-books has the rule and the player of each, and so has tenjo audit` : ""}`;
  return [
    last ? `last pass ${ago(last.updated_at, at)}: ${players(last)}` : null,
    running?.checked_players > 0 ? `this pass so far: ${players(running)}` : null,
  ].filter((line) => line !== null).join("; ") || null;
}

/** @param {any} now */
function stopped(now) {
  if (now.stopped.length === 0) return el("p.quiet", {}, "None.");
  return now.stopped.map((/** @type {any} */ it) => el("details", { "data-key": it.saga_id },
    el("summary", {}, status(it.status), " ", it.is_stuck ? tag("stuck", "bad") : null, " ", it.pool_id, `, ${draws(it.draw_count)}, attempt ${it.attempt_count}, `,
      Date.parse(it.next_attempt_at) > Date.parse(now.at) ? "next " : "due ", ago(it.next_attempt_at, now.at)),
    facts([
      ["Saga", mono(it.saga_id)],
      ["Player", el("a", { href: `#/player/user_id/${it.user_id}` }, it.user_id)],
      ["Reason", it.failure_reason ?? "not recorded; the log of its step says more"],
    ]), timeline(it.timeline)));
}

/** @param {any} running @param {string} about */
function period(running, about) {
  if (!running) return [el("p.quiet", {}, "No period runs: nobody can draw.")];
  const { figures } = running;
  const pools = Object.entries(figures.pools).map(([pool_id, counts]) => ({ pool_id, .../** @type {object} */ (counts) }));
  return [
    el("p.small.quiet", {}, "From ", time(running.starts_at), " to ", time(running.ends_at), ". ",
      figures.is_estimate ? `Estimated from ${counted(figures.sampled, "purchase")}.` : "Counted.", " Only purchases that were drawn."),
    table("Purchases by pool", [
      { name: "Pool", cell: (it) => it.pool_id },
      { name: "Purchases", cell: (it) => `${about}${number(it.purchases)}`, isNumber: true },
      { name: "Draws", cell: (it) => number(it.draws), isNumber: true },
      { name: "Completed", cell: (it) => number(it.completed), isNumber: true },
      { name: "Given back", cell: (it) => number(it.failed), isNumber: true },
    ], pools, "Nothing has been drawn in it yet."),
  ];
}

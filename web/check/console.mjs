// The console in a browser, in front of a stand-in of `tenjo console`.
//
// The stand-in has the same addresses and headers, and answers in the forms of operators'
// functions. Each key acts once, as in the log of operators, and a test can lose an
// answer. What the real functions do is tested on the stack, in tests/tests/stack.

import { randomBytes, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { shot as picture } from "./browser.mjs";

const files = fileURLToPath(new URL("../console/", import.meta.url));

/** As in cli/src/console/answer.rs. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
const TYPES = { html: "text/html", css: "text/css", js: "text/javascript", svg: "image/svg+xml" };

const USER = "6f1d2a34-0b5c-8a57-9c39-5f1f0c1d2e3f";
export const PLAYER = "PLY000000000042";
const SAGA = "0f4d1c5e-6b0a-8a57-9c39-5f1f0c1d2e3f";
const ahead = (ms) => new Date(Date.now() + ms).toISOString();

function timeline(...statuses) {
  return statuses.map((status, index) => ({ status, at: ahead(-400_000 + index * 137) }));
}

/** A console, what it was asked, and what tests may change. */
export async function standIn() {
  const token = randomBytes(32).toString("hex");
  const state = {
    token, url: "", address: "",
    balance: 3000, suspended: null, isOpen: true, starts: null, paused: new Set(),
    /** Acts by key: what was done. */
    acts: new Map(), log: [], asked: [],
    /** How many answers of acts to lose after they are done. */
    lost: 0, breaksOff: false, isForbidden: false,
  };

  const functions = {
    "show-game": ({ log_before, revision }) => game(state, log_before, revision),
    "show-player": (wanted) => {
      if (wanted.player_id && wanted.player_id !== PLAYER) throw refused(404, "not_found", "player: does not exist");
      return player(state);
    },
    "adjust-currency": ({ delta }) => () => {
      if (state.balance + delta < 0) throw refused(409, "insufficient_currency", "not enough");
      const before = state.balance;
      state.balance += delta;
      return { user_id: USER, currency_type: "free_gem", delta, balance_before: before, balance_after: state.balance };
    },
    "send-presents": (order) => () => {
      const unknown = (order.player_ids ?? []).indexOf("PLY999999999999");
      if (unknown >= 0) throw { ...refused(400, "invalid_request", `order.player_ids.${unknown}: is no player`), field: `order.player_ids.${unknown}` };
      return { present_id: randomUUID(), players: order.player_ids?.length ?? null, free_gems: order.free_gems, paid_gems: order.paid_gems, items: 0, ends_at: order.ends_at };
    },
    "set-suspension": ({ suspended }) => () => {
      const before = state.suspended;
      state.suspended = suspended ? ahead(0) : null;
      return { before, after: state.suspended };
    },
    "end-sessions": () => () => ({ ended_sessions: 2 }),
    "set-maintenance": ({ open, starts_at }) => () => {
      const before = state.starts;
      state.isOpen = !open;
      state.starts = open ? starts_at ?? ahead(0) : null;
      return { before, after: state.starts };
    },
    "set-client-versions": ({ least, newest }) => () => ({ least: least ?? null, newest: newest ?? null }),
    "set-pool-pause": ({ pool_id, paused }) => () => {
      const was_paused = state.paused.has(pool_id);
      if (paused) state.paused.add(pool_id);
      else state.paused.delete(pool_id);
      return { pool_id, was_paused, is_paused: paused };
    },
  };

  function act(name, body, key, principal = "arn:aws:sts::0:assumed-role/Operator/aoi") {
    if (!body.ticket || !body.reason || !key) throw refused(400, "invalid_request", "ticket: is required");
    const known = state.acts.get(key);
    if (known) return known;
    const request = body.approves ? state.log.find(({ act_id }) => act_id === body.approves) : null;
    const order = request ? request.ordered : body.order;
    const before = structuredClone({ balance: state.balance, suspended: state.suspended, isOpen: state.isOpen, starts: state.starts });
    const paused = new Set(state.paused);
    const result = functions[name](order)();
    const isLarge = order.audience === "everyone" || Math.abs(order.delta ?? 0) > 10_000;
    const needs = isLarge && !request;
    if (body.dry_run || needs) Object.assign(state, before, { paused });
    const act_id = randomUUID();
    const shown = request ? { principal: request.principal, ticket: request.ticket, reason: request.reason, ordered: order } : undefined;
    if (body.dry_run) return { act_id, outcome: "dry_run", needs_second_person: needs, result, request: shown };
    const answer = { act_id, outcome: needs ? "requested" : "done", needs_second_person: needs, result, request: shown };
    state.acts.set(key, answer);
    if (request) request.is_approved = true;
    state.log.unshift({
      act_id, act: name.replaceAll("-", "_"), principal, ticket: body.ticket, reason: body.reason, outcome: answer.outcome, result,
      approves: body.approves ?? null, user_id: order.user_id ?? null, created_at: ahead(0), is_approved: false, ordered: order,
    });
    return answer;
  }

  const server = createServer(async (request, response) => {
    const send = (status, type, body) => {
      response.writeHead(status, { "content-type": type, "content-security-policy": POLICY, "x-content-type-options": "nosniff", "cache-control": "no-store" });
      response.end(body);
    };
    const json = (status, body) => send(status, "application/json", JSON.stringify(body));
    const { pathname } = new URL(request.url, state.url);
    const file = pathname === "/" ? "index.html" : pathname.slice(1);
    if (/^[a-z]+\.(html|css|js|svg)$/.test(file)) return send(200, TYPES[file.split(".")[1]], readFileSync(files + file));
    if (request.headers["x-console-token"] !== token) return json(401, { success: false, error: { code: "stranger", message: "open the address that the terminal shows" } });
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {};
    try {
      if (pathname === "/about") return json(200, { success: true, data: { stage: "local", who: "aoi" } });
      if (pathname === "/masters") return json(200, { success: true, data: { folder: "masters", pools: masters() } });
      if (pathname.startsWith("/masters/")) return json(200, { success: true, data: { odds: odds("3.600000") } });
      const name = pathname.replace("/api/", "");
      const key = request.headers["idempotency-key"];
      state.asked.push({ name, key, body });
      if (state.isForbidden) return json(403, { success: false, error: { code: "forbidden", message: "you may not do this" } });
      if (name.startsWith("show-")) return json(200, { success: true, data: functions[name](body) });
      const answer = act(name, body, key);
      if (body.dry_run !== true && state.lost > 0) {
        state.lost -= 1;
        if (state.breaksOff) {
          // Without a byte, Chromium itself would repeat the request.
          response.writeHead(200, { "content-type": "application/json", "content-length": 1000 });
          response.write("{");
          return setTimeout(() => request.socket.destroy(), 50);
        }
        return json(504, { success: false, error: { code: "not_certain", message: "connection closed before message completed" } });
      }
      return json(200, { success: true, data: answer });
    } catch (error) {
      if (!error.status) throw error;
      return json(error.status, { success: false, error });
    }
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  // A failed test leaves it behind.
  server.unref();
  state.url = `http://127.0.0.1:${server.address().port}`;
  state.address = `${state.url}/#token=${token}`;
  state.close = () => server.closeAllConnections() || server.close();
  return state;
}

function refused(status, code, message) {
  return { status, code, message, request_id: randomUUID() };
}

const REVISION = "4b".repeat(32);

function game(state, before, revision) {
  const pools = [["pool-moon-festival", "Festival of the Moon Court"], ["pool-standard", "Standard"], ["pool-new-year-2026", "New Year 2026"]];
  const start = state.log.findIndex(({ act_id }) => act_id === before) + 1;
  const counts = (purchases) => ({ purchases, draws: purchases * 6, completed: purchases - 3, failed: 2 });
  return {
    at: ahead(0),
    status: { is_open: state.isOpen, maintenance_starts_at: state.starts, maintenance_ends_at: null, least_client_version: "1.10.0", newest_client_version: "1.12.2" },
    pools: pools.map(([pool_id, name], index) => ({
      pool_id, name, revision: REVISION, live_since: ahead(-86_400_000), opens_at: ahead(index === 2 ? 8e8 : -9e8),
      closes_at: index === 0 ? ahead(9e8) : null, paused_at: state.paused.has(pool_id) ? ahead(-5000) : null,
    })),
    live: { count: 14, is_at_least: false, statuses: { STARTED: 9, CURRENCY_RESERVED: 3, COMPENSATING: 2 } },
    standing: [
      { saga_id: SAGA, user_id: USER, pool_id: "pool-standard", draw_count: 10, status: "COMPENSATING", failure_reason: "internal", timeline: timeline("STARTED", "CURRENCY_RESERVED", "COMPENSATING"), attempt_count: 5, is_stuck: true, next_attempt_at: ahead(3e6) },
      { saga_id: randomUUID(), user_id: USER, pool_id: "pool-moon-festival", draw_count: 1, status: "CURRENCY_RESERVED", failure_reason: null, timeline: timeline("STARTED", "CURRENCY_RESERVED"), attempt_count: 1, is_stuck: false, next_attempt_at: ahead(-20_000) },
    ],
    running: {
      period_id: randomUUID(), starts_at: ahead(-4e7), ends_at: ahead(4e7),
      figures: { is_estimate: true, sampled: 1000, total: counts(48_211), last_hour: counts(3908), pools: { "pool-moon-festival": counts(30_127), "pool-standard": counts(18_084) } },
    },
    periods: [{ starts_at: ahead(-126e6), ends_at: ahead(-4e7), totals: { purchases: 120_334, voids: 18, r: 512_331, sr: 118_220, ssr: 21_033 } }, { starts_at: ahead(-212e6), ends_at: ahead(-126e6) }],
    audit: { checked_players: 18_200, violations: 0, redrawn_draws: 40_113, updated_at: ahead(-900_000) },
    log: { lines: state.log.slice(start, start + 50), older_before: state.log[start + 50] ? state.log[start + 49].act_id : null },
    ...(revision ? { document: { pool_id: "pool-standard", revision, document: JSON.stringify(document(3)), odds: JSON.stringify(odds("3.000000")), published_at: ahead(-1e8) } } : {}),
  };
}

function document(weight) {
  return { pool_id: "pool-standard", name: "Standard", prices: [{ draw_count: 10, amount: 3000 }], rarity_weights: [{ rarity: "SSR", weight }], items: [{ item_master_id: "character-kaguya", rarity: "SSR", weight: 1 }], ...(weight === 3 ? {} : { limits: { per_day: 30 } }) };
}

function masters() {
  return [
    { pool_id: "pool-standard", name: "Standard", revision: "5c".repeat(32), document: JSON.stringify(document(4)) },
    { pool_id: "pool-moon-festival", name: "Festival of the Moon Court", revision: REVISION, document: "{}" },
  ];
}

function odds(percent) {
  const rate = { numerator: 3, denominator: 100 };
  const rarities = [{ rarity: "SSR", rate, percent }, { rarity: "SR", rate, percent: "18.000000" }, { rarity: "R", rate, percent: "79.000000" }];
  const expected_draws = { exact: {}, rounded: "26.104031" };
  return {
    steps: [{ rarities, items: [{ item_master_id: "character-kaguya", rarity: "SSR", is_pickup: true, rate, percent }], guaranteed: { rarities, items: [] } }],
    pity: [], rate_up: null, forecasts: [{ draw_count: 10, rarities: [], items: [], first_ssr: { expected_draws, expected_price: { rounded: "7831.209300" }, points: [] } }],
  };
}

function player(state) {
  const draws = Array.from({ length: 10 }, (_, draw_index) => ({ saga_id: SAGA, draw_index, pool_id: "pool-standard", item_master_id: draw_index === 3 ? "character-kaguya" : "character-tea-seller", rarity: draw_index === 3 ? "SSR" : "R", drawn_at: ahead(-390_000) }));
  return {
    user: { user_id: USER, player_id: PLAYER, display_name: "月の旅人", is_guest: true, suspended_at: state.suspended, suspended_until: null, created_at: ahead(-9e9) },
    currencies: [{ currency_type: "free_gem", balance: state.balance, owed: 0 }, { currency_type: "paid_gem", balance: 1200, owed: 80 }],
    lots: [{ lot_number: 1, source_id: randomUUID(), origin: "purchase", granted: 1200, remaining: 1200, expires_at: null, is_taken_back: false, created_at: ahead(-8e8) }],
    revocations: [{ lot_number: 1, revocation_number: 1, taken: 1000, owed: 200, revoked_at: ahead(-7e8), restored_at: ahead(-6e8) }],
    purchases: [{ purchase_id: randomUUID(), store: "apple", transaction_id: "2000000123456789", order_id: "", status: "booked", product_id: "gems-1200", currency: "JPY", price_micros: 1_200_000_000, paid_gems: 1200, bonus_free_gems: 100, change_count: 2, store_changed_at: ahead(-6e8), purchased_at: ahead(-8e8), booked_at: ahead(-8e8), act_id: null }],
    purchase_changes: [{ purchase_id: randomUUID(), number: 1, change: "revoked", free_gems: 100, store_at: ahead(-7e8), created_at: ahead(-7e8), act_id: null }, { purchase_id: randomUUID(), number: 2, change: "restored", free_gems: 100, store_at: ahead(-6e8), created_at: ahead(-6e8), act_id: randomUUID() }],
    refused_purchases: [], pending_purchases: [],
    ledger: [
      { entry_id: 3, currency_type: "free_gem", delta: -3000, balance_after: 3000, reason: "draw", saga_id: SAGA, source_id: null, created_at: ahead(-400_000) },
      { entry_id: 1, currency_type: "free_gem", delta: 6000, balance_after: 6000, reason: "starting_gift", saga_id: null, source_id: randomUUID(), created_at: ahead(-9e9) },
    ],
    sagas: [{ saga_id: SAGA, pool_id: "pool-standard", draw_count: 10, status: "COMPLETED", failure_reason: null, timeline: timeline("STARTED", "CURRENCY_RESERVED", "DRAW_COMPLETED", "ITEM_GRANTED", "COMPLETED") }, { saga_id: randomUUID(), pool_id: "pool-moon-festival", draw_count: 1, status: "FAILED", failure_reason: "insufficient_currency", timeline: timeline("STARTED", "FAILED") }],
    draws,
    mailbox: [{ present_id: randomUUID(), title: "Apology", free_gems: 300, paid_gems: 0, ends_at: ahead(9e8), received_at: null }],
    received: [{ present_id: randomUUID(), title: "Welcome", free_gems: 100, paid_gems: 0, ends_at: ahead(9e8), received_at: ahead(-8e8) }],
    logins: [{ session_id: randomUUID(), began_at: ahead(-9e8), ended_at: null, expires_at: ahead(9e9) }],
    acts: state.log.filter(({ user_id }) => user_id === USER),
  };
}

/** A browser at the console, which notes whatever must not happen. */
export async function visit(browser, url, { isRough = false, ...options } = {}) {
  const context = await browser.newContext({ locale: "en-GB", timezoneId: "Asia/Tokyo", ...options });
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(`error: ${error.stack ?? error}`));
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    if (isRough && message.text().startsWith("Failed to load resource")) return;
    faults.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on("request", (request) => {
    const { host } = new URL(request.url());
    if (host !== new URL(url).host) faults.push(`foreign host: ${request.url()}`);
  });
  return { context, page, faults };
}

/** Pictures of the console are beside those of the demo. */
export function shot(page, name, options) {
  return picture(page, `console-${name}`, options);
}

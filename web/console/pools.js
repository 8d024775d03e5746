// Pools on sale, paused, and as the masters of this machine would make them.

import { actDetails } from "./act.js";
import { game, get } from "./api.js";
import { catalogueDiff, diff } from "./diff.js";
import { el, fill } from "./dom.js";
import { card, counted, facts, failure, mono, table, tag, time } from "./show.js";

/** @type {import("./main.js").Page} */
export function poolsPage(main) {
  const live = el("div.grid", {}, el("p.quiet", {}, "Loading…"));
  const masters = el("div");
  fill(main, el("h1", {}, "Pools"), live, masters);
  async function read() {
    try {
      const now = await game();
      fill(live, ...now.pools.map((/** @type {any} */ pool) => shown(pool, now.at, read)));
      if (now.pools.length === 0) fill(live, el("p.quiet", {}, "No pool is on sale."));
      return now;
    } catch (error) {
      fill(live, failure(error));
      return null;
    }
  }
  void read().then((now) => { if (now) void compare(masters, now); });
}

/** @param {any} pool @param {string} at */
function state(pool, at) {
  if (pool.paused_at) return tag("paused", "bad");
  if (Date.parse(pool.opens_at) > Date.parse(at)) return tag("not yet open", "warn");
  if (pool.closes_at && Date.parse(pool.closes_at) <= Date.parse(at)) return tag("closed");
  return tag("open", "good");
}

/** @param {any} pool @param {string} at @param {() => void} done */
function shown(pool, at, done) {
  return card(pool.name,
    facts([
      ["Pool", mono(pool.pool_id)],
      ["State", el("span", {}, state(pool, at), pool.paused_at ? el("span", {}, " since ", time(pool.paused_at)) : null)],
      ["Open", el("span", {}, time(pool.opens_at), " to ", pool.closes_at ? time(pool.closes_at) : "further notice")],
      ["Live revision", el("span", {}, mono(pool.revision.slice(0, 16)), "… since ", time(pool.live_since))],
    ]),
    pool.paused_at
      ? actDetails({ name: "set-pool-pause", title: `Resume ${pool.pool_id}`, order: () => ({ pool_id: pool.pool_id, paused: false }) , done: () => setTimeout(done, 2500) })
      : actDetails({ name: "set-pool-pause", title: `Pause ${pool.pool_id}`, isDanger: true, order: () => ({ pool_id: pool.pool_id, paused: true }), done: () => setTimeout(done, 2500) }));
}

/** @param {HTMLElement} place @param {any} now */
async function compare(place, now) {
  try {
    const [{ folder, pools, catalogue }, live] = await Promise.all([get("/masters"), game({ catalogue: true })]);
    const others = catalogueDiff(live.catalogue, catalogue);
    const rows = pools.map((/** @type {any} */ pool) => ({ ...pool, live: now.pools.find((/** @type {any} */ it) => it.pool_id === pool.pool_id) }));
    const gone = now.pools.filter((/** @type {any} */ it) => !pools.some((/** @type {any} */ pool) => pool.pool_id === it.pool_id));
    const changed = rows.filter((/** @type {any} */ it) => it.live?.revision !== it.revision);
    const { stage } = await get("/about");
    const command = stage === "local" ? "cargo xtask up" : `tenjo deploy --stage ${stage} --only build,functions,publish,smoke`;
    fill(place, card(`What publishing ${folder} would change`,
      changed.length === 0 && gone.length === 0 && others.length === 0
        ? el("p", {}, tag("nothing", "good"), " Pools, items, products, and what players read and see of them, are live as they are in the folder.") : null,
      ...changed.map((/** @type {any} */ it) => difference(it)),
      ...gone.map((/** @type {any} */ it) => el("p", {}, tag("goes off sale", "bad"), ` ${it.pool_id} is not in the folder.`)),
      others.length === 0 ? null : el("details", { "data-key": "catalogue" },
        el("summary", {}, tag("changes", "warn"), ` Items, products and texts: ${counted(others.length, "difference")}`), differences(others)),
      el("h3", {}, "Publish"),
      el("p.small.quiet", {}, stage === "local" ? "On this machine, the stack publishes the masters when it starts." : "Publishing is a release: by the pipeline, or by this command."),
      el("pre", {}, command),
      el("button", { type: "button", onclick: () => navigator.clipboard.writeText(command) }, "Copy the command"),
      el("h3", {}, "Odds before publishing"),
      rows.map((/** @type {any} */ it) => preview(it))));
  } catch (error) {
    fill(place, card("The masters of this machine", failure(error)));
  }
}

/** @param {import("./diff.js").Difference[]} found */
function differences(found) {
  return el("ul.diff", {}, found.map(({ path, before, after }) => el("li", {}, path,
    before === null ? null : [" ", el("span.hint", {}, "live "), el("del", {}, before)], after === null ? null : [" ", el("span.hint", {}, "new "), el("ins", {}, after)])));
}

/** @param {any} pool */
function difference(pool) {
  const place = el("div");
  return el("details", { ontoggle: async (/** @type {any} */ event) => {
    if (!event.target.open || place.childElementCount > 0) return;
    fill(place, el("p.quiet", {}, "Loading…"));
    try {
      const before = pool.live ? JSON.parse((await game({ revision: pool.live.revision })).document.document) : {};
      const found = diff(before, JSON.parse(pool.document));
      fill(place, differences(found));
    } catch (error) {
      fill(place, failure(error));
    }
  } }, el("summary", {}, pool.live ? tag("changes", "warn") : tag("new", "good"), ` ${pool.pool_id}: the difference`), place);
}

/** @param {any} pool */
function preview(pool) {
  const place = el("div");
  return el("details", { ontoggle: async (/** @type {any} */ event) => {
    if (!event.target.open || place.childElementCount > 0) return;
    fill(place, el("p.quiet", {}, "Computing…"));
    try {
      const [{ odds }, now] = await Promise.all([
        get(`/masters/${encodeURIComponent(pool.pool_id)}`),
        pool.live ? game({ revision: pool.live.revision }) : null,
      ]);
      fill(place, ...oddsOf(odds, now ? JSON.parse(now.document.odds) : null));
    } catch (error) {
      fill(place, failure(error));
    }
  } }, el("summary", {}, pool.pool_id), place);
}

/** @param {any} odds @param {any} live */
function oddsOf(odds, live) {
  const parts = odds.steps.flatMap((/** @type {any} */ step, /** @type {number} */ index) => {
    const title = odds.steps.length > 1 ? `Step ${index + 1}` : "A draw";
    const before = live?.steps[index];
    return [
      rates(`${title}: rarities`, step.rarities, before?.rarities, "rarity"),
      rates(`${title}: items`, step.items, before?.items, "item_master_id"),
      step.guaranteed ? rates(`${title}, guaranteed: rarities`, step.guaranteed.rarities, before?.guaranteed?.rarities, "rarity") : null,
    ];
  });
  const waits = odds.forecasts.filter((/** @type {any} */ it) => it.first_ssr).map((/** @type {any} */ it) => ({
    draw_count: it.draw_count, now: it.first_ssr, live: live?.forecasts.find((/** @type {any} */ old) => old.draw_count === it.draw_count)?.first_ssr,
  }));
  return [...parts, waits.length === 0 ? null : table("Until the first SSR, with pity", [
    { name: "Bought as", cell: (it) => `${it.draw_count}-draw` },
    { name: "Expected draws", cell: (it) => it.now.expected_draws?.rounded ?? "never certain", isNumber: true },
    { name: "Expected price", cell: (it) => it.now.expected_price?.rounded ?? "", isNumber: true },
    { name: "Live", cell: (it) => it.live?.expected_draws?.rounded ?? "", isNumber: true },
  ], waits)];
}

/** @param {string} caption @param {any[]} rows @param {any[] | undefined} before @param {string} name */
function rates(caption, rows, before, name) {
  const old = (/** @type {any} */ row) => before?.find((it) => it[name] === row[name]);
  const isOther = (/** @type {any} */ row) => old(row)?.percent !== row.percent;
  return table(caption, [
    { name: name === "rarity" ? "Rarity" : "Item", cell: (it) => it[name] },
    ...(name === "rarity" ? [] : [{ name: "Rarity", cell: (/** @type {any} */ it) => it.rarity }]),
    { name: "Rate", cell: (it) => `${it.percent} %`, isNumber: true },
    { name: "Exactly", cell: (it) => `${it.rate.numerator}/${it.rate.denominator}`, isNumber: true },
    { name: "Live", cell: (it) => (old(it) ? el("span", {}, isOther(it) ? tag("differs", "warn") : null, ` ${old(it).percent} %`) : tag("none", "warn")), isNumber: true },
  ], rows);
}

// Differences of two documents, as `publish-masters` tells them.

/** Fields that name the elements of a list, if no two have the same. */
const NAMES = ["item_master_id", "draw_count", "rarity", "product_id", "disclosure_id", "under_age"];

/** @typedef {{ path: string, before: string | null, after: string | null }} Difference */

/**
 * @param {any} before
 * @param {any} after
 * @returns {Difference[]}
 */
export function diff(before, after) {
  /** @type {Difference[]} */
  const found = [];
  compare("", before, after, found);
  return found;
}

/**
 * What publishing changes beside the rules of pools. It deletes no item, and a pool that goes
 * off sale takes its texts with it.
 *
 * @param {any} live
 * @param {any} next
 */
export function catalogueDiff(live, next) {
  const items = new Set(next.items.map((/** @type {any} */ it) => it.item_master_id));
  const pools = Object.entries(live.pools).filter(([id]) => id in next.pools);
  return diff({
    ...live, items: live.items.filter((/** @type {any} */ it) => items.has(it.item_master_id)), pools: Object.fromEntries(pools),
  }, next);
}

/** @param {any} it */
const isObject = (it) => typeof it === "object" && it !== null && !Array.isArray(it);

/**
 * @param {string} path
 * @param {any} before
 * @param {any} after
 * @param {Difference[]} found
 */
function compare(path, before, after, found) {
  if (isObject(before) && isObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    for (const name of names) compare(path === "" ? name : `${path}.${name}`, before[name], after[name], found);
    return;
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    compareLists(path, before, after, found);
    return;
  }
  const [old, now] = [text(before), text(after)];
  if (old !== now) found.push({ path, before: old, after: now });
}

/**
 * @param {string} path
 * @param {any[]} before
 * @param {any[]} after
 * @param {Difference[]} found
 */
function compareLists(path, before, after, found) {
  const all = [...before, ...after];
  const identifies = (/** @type {string} */ name, /** @type {any[]} */ list) =>
    list.every((it) => isObject(it) && it[name] !== undefined) && new Set(list.map((it) => it[name])).size === list.length;
  const name = NAMES.find((name) => identifies(name, before) && identifies(name, after));
  if (name === undefined) {
    for (let place = 0; place < Math.max(before.length, after.length); place += 1) {
      compare(`${path}[${place + 1}]`, before[place], after[place], found);
    }
    return;
  }
  const of = (/** @type {any[]} */ list, /** @type {any} */ key) => list.find((it) => it[name] === key);
  for (const key of new Set(all.map((it) => it[name]))) {
    compare(`${path}[${key}]`, of(before, key), of(after, key), found);
  }
}

/** @param {any} value */
function text(value) {
  return value === undefined ? null : JSON.stringify(value);
}

// How things look: times, numbers, tables.

import { el, unique } from "./dom.js";

/** @param {number | string | null | undefined} value */
export function number(value) {
  return value === null || value === undefined ? "" : Number(value).toLocaleString("en");
}

/** A time in UTC, as the log has it. @param {string | null | undefined} text */
export function time(text) {
  if (!text) return "";
  const shown = `${text.slice(0, 10)} ${text.slice(11, 19)}`;
  const local = new Date(text).toLocaleString();
  return el("time", { datetime: text, title: `${text} – here ${local}` }, shown);
}

/** How long ago, in words. @param {string} text @param {string} [now] */
export function ago(text, now) {
  const seconds = Math.round(((now ? Date.parse(now) : Date.now()) - Date.parse(text)) / 1000);
  const size = Math.abs(seconds);
  const [amount, unit] = size < 90 ? [size, "s"] : size < 5400 ? [Math.round(size / 60), "min"]
    : size < 129_600 ? [Math.round(size / 3600), "h"] : [Math.round(size / 86_400), "days"];
  return seconds < 0 ? `in ${amount} ${unit}` : `${amount} ${unit} ago`;
}

/** @param {string} word @param {"good" | "warn" | "bad" | ""} [tone] */
export function tag(word, tone = "") {
  return el("span.tag", { class: tone }, word);
}

/** The status of a saga. @param {string} status */
export function status(status) {
  const tone = status === "COMPLETED" ? "good" : status === "FAILED" ? "bad" : "warn";
  return tag(status, tone);
}

/** @param {string} id */
export function mono(id) {
  return el("span.mono", {}, id);
}

/**
 * @typedef {object} Column
 * @property {string} name
 * @property {(row: any) => any} cell
 * @property {boolean} [isNumber]
 * @property {string} [kind] A class of its cells.
 */

/**
 * A table, or what is said when it has no rows. Each scrolls by itself.
 *
 * @param {string} caption
 * @param {Column[]} columns
 * @param {any[]} rows
 * @param {string} [none]
 */
export function table(caption, columns, rows, none = "None.") {
  if (rows.length === 0) return el("p.quiet", {}, none);
  const kind = (/** @type {Column} */ column) => (column.isNumber ? "number" : column.kind);
  const head = columns.map((column) => el("th", { scope: "col", class: kind(column) }, column.name));
  const body = rows.map((row) => el("tr", {}, columns.map((column) => el("td", { class: kind(column) }, column.cell(row)))));
  return el("div.scroll", { tabindex: 0, role: "region", "aria-label": caption },
    el("table", {}, el("caption", {}, caption), el("thead", {}, el("tr", {}, head)), el("tbody", {}, body)));
}

/** Names and values. @param {[string, any][]} list */
export function facts(list) {
  return el("dl.facts", {}, list.flatMap(([name, value]) => [el("dt", {}, name), el("dd", {}, value === "" || value === null ? "–" : value)]));
}

/** @param {[string, any, any?][]} list Name, value, and perhaps a line below. */
export function tiles(list) {
  return el("dl.tiles", {}, list.map(([name, value, below]) =>
    el("div.tile", {}, el("dt", {}, name), el("dd", {}, value, below ? el("span.small.quiet", {}, below) : null))));
}

/** @param {{ status: string, at: string }[]} events */
export function timeline(events) {
  return el("ol.timeline.small", {}, events.map((event, index) => {
    const before = index > 0 ? events[index - 1].at : event.at;
    const passed = Date.parse(event.at) - Date.parse(before);
    return el("li", {}, time(event.at), ` ${event.status}`, index > 0 ? el("span.quiet", {}, ` +${passed < 10_000 ? `${passed} ms` : `${Math.round(passed / 1000)} s`}`) : null);
  }));
}

/** How many of a long list are shown, such as of the players who get a present. */
const MOST = 20;

/** Any value of an answer: an object as facts, a list of objects as a table. @param {any} value @returns {any} */
export function value(value) {
  if (value === null || value === undefined) return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "number") return number(value);
  if (Array.isArray(value)) {
    if (value.length === 0) return "none";
    if (value.every((it) => typeof it === "object" && it !== null)) {
      const names = [...new Set(value.flatMap((it) => Object.keys(it)))];
      return table("", names.map((name) => ({ name: words(name), cell: (row) => valueOf(row[name]) })), value);
    }
    const first = value.slice(0, MOST).map(String).join(", ");
    return value.length > MOST ? `${first} and ${number(value.length - MOST)} more` : first;
  }
  if (typeof value === "object") return facts(Object.entries(value).map(([name, it]) => [words(name), valueOf(it)]));
  return /^\d{4}-\d\d-\d\dT/.test(value) ? time(value) : String(value);
}

const valueOf = value;

/** @param {string} name */
export function words(name) {
  return name.replaceAll("_", " ");
}

/** A section with a heading. @param {string} title @param {...any} children */
export function card(title, ...children) {
  const id = unique("card");
  return el("section.card", { "aria-labelledby": id }, el("h2", { id }, title), ...children);
}

/** Why something is not shown. @param {unknown} error */
export function failure(error) {
  const { message, code, requestId } = /** @type {any} */ (error);
  return el("div.note.bad", { role: "alert" },
    el("p", {}, code ? `${words(code)}: ${message}` : String(message ?? error)),
    requestId ? el("p.small", {}, "Request ", mono(requestId)) : null);
}

/** The name after the last slash of an ARN. @param {string} principal */
export function person(principal) {
  return el("span", { title: principal }, principal.slice(principal.lastIndexOf("/") + 1));
}

/** What a result of an act says, in a few words. @param {any} result */
export function brief(result) {
  if (result === null || typeof result !== "object") return String(result ?? "");
  const plain = (/** @type {any} */ it) => it === null ? "none" : typeof it === "object" ? JSON.stringify(it) : String(it);
  return Object.entries(result).map(([name, it]) => `${words(name)} ${plain(it)}`).join(", ");
}

/** A count with its noun. @param {number} count @param {string} noun In the singular. */
export function counted(count, noun) {
  return count === 1 ? `1 ${noun}` : `${number(count)} ${noun}s`;
}

/** @param {number} count */
export function draws(count) {
  return counted(count, "draw");
}

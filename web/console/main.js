// Which page is shown.

import { leave, watchSent } from "./act.js";
import { get, takeToken } from "./api.js";
import { el, fill } from "./dom.js";
import { logPage } from "./log.js";
import { overviewPage } from "./overview.js";
import { playerPage } from "./player.js";
import { poolsPage } from "./pools.js";
import { presentsPage } from "./presents.js";
import { servicePage } from "./service.js";
import { failure } from "./show.js";

/**
 * A page fills an element. What it returns is called when another page is shown.
 *
 * @typedef {(main: HTMLElement, path: string[]) => void | (() => void)} Page
 */

/** @type {[string, string, Page][]} */
const PAGES = [
  ["", "Overview", overviewPage],
  ["player", "Players", playerPage],
  ["presents", "Presents", presentsPage],
  ["pools", "Pools", poolsPage],
  ["service", "Service", servicePage],
  ["log", "Log", logPage],
];

/** @param {string} id */
const byId = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {void | (() => void)} */
let stop;

/** @param {boolean} isFirst */
function show(isFirst) {
  const [name = "", ...path] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  const [, title, page] = PAGES.find(([known]) => known === name) ?? PAGES[0];
  stop?.();
  leave();
  fill(byId("nav"), PAGES.map(([known, title]) =>
    el("li", {}, el("a", { href: `#/${known}`, "aria-current": known === name ? "page" : null }, title))));
  document.title = `${title} – Tenjo console`;
  const main = byId("main");
  fill(main);
  stop = page(main, path);
  // Who uses a screen reader or the keyboard goes on in the new page.
  if (!isFirst) main.focus();
}

takeToken();
watchSent(byId("pending"));
addEventListener("hashchange", () => show(false));
try {
  const about = await get("/about");
  const stage = byId("stage");
  fill(stage, about.stage);
  if (about.stage !== "local") stage.classList.add("warn");
  fill(byId("who"), `as ${about.who}`);
  show(true);
} catch (error) {
  fill(byId("main"), el("h1", {}, "Not connected"), failure(error));
}

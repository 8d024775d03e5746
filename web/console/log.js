// What operators did, and what waits for a second person.

import { actDetails } from "./act.js";
import { game } from "./api.js";
import { el, fill } from "./dom.js";
import { ago, brief, failure, mono, person, tag, time, words } from "./show.js";

/** A request that nobody approves in this time is void. */
const APPROVED_WITHIN = 24 * 3600 * 1000;

/** @type {import("./main.js").Page} */
export function logPage(main) {
  const lines = el("div");
  const more = el("div.buttons");
  fill(main, el("h1", {}, "Log"), lines, more);
  /** @param {string} [before] */
  async function read(before) {
    try {
      const now = await game(before ? { log_before: before } : {});
      lines.append(...now.log.lines.map((/** @type {any} */ line) => shown(line, now.at)));
      if (!before && now.log.lines.length === 0) fill(lines, el("p.quiet", {}, "Nobody has acted yet."));
      const { older_before: older } = now.log;
      fill(more, older ? el("button", { type: "button", onclick: (/** @type {any} */ event) => { event.target.disabled = true; void read(older); } }, "Older lines") : null);
    } catch (error) {
      fill(more, failure(error));
    }
  }
  void read();
}

/** @param {any} line @param {string} at */
function shown(line, at) {
  const isOpen = line.outcome === "requested" && !line.is_approved;
  const isVoid = isOpen && Date.parse(at) - Date.parse(line.created_at) > APPROVED_WITHIN;
  const outcome = line.outcome === "done" ? tag("done", "good") : line.is_approved ? tag("approved") : isVoid ? tag("lapsed") : tag("waits for a second person", "warn");
  return el("article.card", { "aria-label": `${words(line.act)} at ${line.created_at}` },
    el("h2", {}, words(line.act), " by ", person(line.principal), " ", outcome),
    el("p.small.quiet", {}, time(line.created_at), ` UTC, ${ago(line.created_at, at)}`),
    el("p", {}, el("span.quiet", {}, `${line.ticket}: `), line.reason),
    el("p.small", {}, brief(line.result)),
    el("p.small.quiet", {}, "Act ", mono(line.act_id), line.approves ? el("span", {}, ", approves ", mono(line.approves)) : null,
      line.user_id ? el("span", {}, ", ", el("a", { href: `#/player/user_id/${line.user_id}` }, "the player")) : null),
    isOpen && !isVoid ? actDetails({ name: line.act.replaceAll("_", "-"), title: "Approve", approves: line.act_id }) : null);
}

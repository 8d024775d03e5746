// Maintenance, and which clients may play.

import { actDetails, moment } from "./act.js";
import { game } from "./api.js";
import { el, fill } from "./dom.js";
import { card, facts, failure, tag, time } from "./show.js";

/** @type {import("./main.js").Page} */
export function servicePage(main) {
  const body = el("div", {}, el("p.quiet", {}, "Loading…"));
  fill(main, el("h1", {}, "Service"), body);
  const now = el("div", { "aria-live": "polite" });
  async function read() {
    try {
      const { status } = await game();
      const { maintenance_starts_at: starts, maintenance_ends_at: ends } = status;
      fill(now, facts([
        ["Players", status.is_open ? tag("let in", "good") : tag("kept out", "bad")],
        ["Maintenance", starts ? el("span", {}, "from ", time(starts), ends ? el("span", {}, ", expected until ", time(ends)) : null) : "none"],
        ["Least client version", status.least_client_version ?? "none"],
        ["Newest client version", status.newest_client_version ?? "none"],
      ]));
      if (body.childElementCount < 2) fill(body, card("Now", now), ...acts(status, read));
    } catch (error) {
      fill(body, failure(error));
    }
  }
  void read();
}

/** @param {any} status @param {() => void} done */
function acts(status, done) {
  return [el("div.grid", {},
    card("Maintenance",
      el("p.small.quiet", {}, "Players are kept out within two seconds of its start. It ends when it is closed, not by the clock. Draws that have begun end."),
      actDetails({
        name: "set-maintenance", title: "Open maintenance", isDanger: true, done,
        fields: [
          { name: "starts_at", label: "Starts (UTC)", type: "time", hint: "At once if empty" },
          { name: "ends_at", label: "Expected to end (UTC)", type: "time", hint: "Players are told" },
        ],
        order: ({ starts_at, ends_at }) => ({ open: true, starts_at: moment(starts_at), ends_at: moment(ends_at) }),
      }),
      actDetails({ name: "set-maintenance", title: "Close maintenance", done, order: () => ({ open: false }) })),
    card("Client versions",
      el("p.small.quiet", {}, "Clients before the least version are refused. An empty field means none."),
      actDetails({
        name: "set-client-versions", title: "Set client versions", isDanger: true, done,
        fields: [
          { name: "least", label: "Least", value: status.least_client_version ?? "", placeholder: "1.12.0" },
          { name: "newest", label: "Newest", value: status.newest_client_version ?? "", placeholder: "1.14.2" },
        ],
        order: ({ least, newest }) => ({ ...(least.trim() ? { least: least.trim() } : {}), ...(newest.trim() ? { newest: newest.trim() } : {}) }),
      })))];
}

// Presents, to one player, a list or everyone.

import { actForm, moment, whole, Wrong } from "./act.js";
import { el, fill } from "./dom.js";
import { card } from "./show.js";

/** The longest list of one act, as in `send-presents`. */
const MOST_PLAYERS = 10_000;

/** @returns {import("./act.js").Field[]} */
export function presentFields() {
  return [
    { name: "title", label: "Title", required: true, isWhole: true },
    { name: "message", label: "Message", type: "area" },
    { name: "free_gems", label: "Free gems", type: "number", value: "0" },
    { name: "paid_gems", label: "Paid gems", type: "number", value: "0", hint: "A lot without a price" },
    { name: "items", label: "Items", type: "area", hint: "One a line, such as silver-bow=2" },
    { name: "starts_at", label: "Starts (UTC)", type: "time", hint: "At once if empty" },
    { name: "ends_at", label: "Ends (UTC)", type: "time", required: true },
  ];
}

/** @param {Record<string, string>} values */
export function presentOrder(values) {
  const items = values.items.split("\n").map((line) => line.trim()).filter((line) => line !== "").map((line) => {
    const found = /^([a-z0-9-]+)\s*=\s*(\d{1,6})$/.exec(line);
    if (found === null) throw new Wrong("items", `“${line}” is no item and count, such as silver-bow=2`);
    return { item_master_id: found[1], quantity: Number(found[2]) };
  });
  return {
    title: values.title.trim(), message: values.message.trim(),
    free_gems: whole("free_gems", values.free_gems || "0"), paid_gems: whole("paid_gems", values.paid_gems || "0"),
    items, ends_at: moment(values.ends_at), starts_at: moment(values.starts_at),
  };
}

/**
 * Reads a list as the command line does: a player id in the first column of each line, and
 * perhaps the header `player_id`.
 *
 * @param {string} text
 */
export function readList(text) {
  /** @type {string[]} */
  const ids = [];
  /** @type {number[]} */
  const lines = [];
  /** @type {string[]} */
  const mistakes = [];
  /** @type {Map<string, number>} */
  const seen = new Map();
  const rows = text.replace(/^\uFEFF/, "").replace(/\r?\n$/, "").split(/\r?\n/);
  for (const [index, row] of rows.entries()) {
    const id = row.split(",")[0].trim().replace(/^"|"$/g, "");
    if (index === 0 && (id === "player_id" || text === "")) continue;
    if (!/^PLY\d{12}$/.test(id)) mistakes.push(`line ${index + 1}: “${id}” is no player id`);
    else if (seen.has(id)) mistakes.push(`line ${index + 1}: ${id} is on line ${seen.get(id)} too`);
    else {
      seen.set(id, index + 1);
      ids.push(id);
      lines.push(index + 1);
    }
  }
  if (ids.length === 0 && mistakes.length === 0) mistakes.push("the list is empty");
  if (ids.length > MOST_PLAYERS) mistakes.push(`the list has ${ids.length} players; split it: one act takes ${MOST_PLAYERS}`);
  return { ids, lines, mistakes };
}

/** @type {import("./main.js").Page} */
export function presentsPage(main) {
  /** @type {ReturnType<typeof readList>} */
  let list = { ids: [], lines: [], mistakes: [] };
  const form = actForm({
    name: "send-presents", title: "Send the present",
    fields: [
      { name: "audience", label: "To whom", type: "radio", value: "listed", choices: [["listed", "The players of a list"], ["everyone", "Everyone who plays before it ends"]] },
      { name: "player_ids", label: "Players", type: "area", hint: "A player id a line. Or take a file:" },
      { name: "file", label: "File", type: "file", isWhole: true, hint: "CSV, a player id in the first column of each line" },
      ...presentFields(),
    ],
    order: (values) => {
      const present = presentOrder(values);
      if (values.audience === "everyone") return { audience: "everyone", ...present };
      list = readList(values.player_ids);
      if (list.mistakes.length > 0) {
        const more = list.mistakes.length > 5 ? `, and ${list.mistakes.length - 5} more` : "";
        throw new Wrong("player_ids", `${list.mistakes.slice(0, 5).join("; ")}${more}`);
      }
      return { audience: "listed", player_ids: list.ids, ...present };
    },
    explain: ({ field, message }) => {
      const found = /^order\.player_ids\.(\d+)$/.exec(field ?? "");
      if (found === null) return null;
      const index = Number(found[1]);
      return `line ${list.lines[index]}: ${list.ids[index]} ${message.replace(/^[\w.]+: /, "")}`;
    },
  });
  const text = form.querySelector("textarea[name=player_ids]");
  const file = form.querySelector("input[type=file]");
  const players = [form.querySelector("[data-field=player_ids]"), form.querySelector("[data-field=file]")];
  file.addEventListener("change", async () => { if (file.files[0]) text.value = await file.files[0].text(); });
  for (const radio of form.querySelectorAll("input[name=audience]")) {
    radio.addEventListener("change", () => { for (const it of players) it.hidden = radio.value === "everyone" && radio.checked; });
  }
  fill(main, el("h1", {}, "Presents"),
    card("Send a present", el("p.small.quiet", {}, "A player receives a present once. Above the limit of one person, and for everyone, another person approves it. A list has at most 10,000 players."), compensation(), form));
}

/** How a list is made. The query is that of docs/operators.md, and the check compares them. */
export const DREW = `select u.player_id
from game_gacha.sagas s join game_user.users u on u.user_id = s.user_id
where s.pool_id = 'pool-moon-festival' and s.status = 'COMPLETED' and u.deleted_at is null
  and s.completed_at >= '2026-08-01 09:00:00' and s.completed_at < '2026-08-01 11:00:00'
group by u.player_id order by u.player_id;`;

function compensation() {
  return el("details", { "data-key": "compensation" },
    el("summary", {}, "Compensation: a list of everyone who drew from a pool"),
    el("p.small", {}, "This query makes it, with a database user who may read; times are UTC. Save its answer as a file, and take it below. “Compensation” in docs/operators.md has the whole recipe, also for the command line."),
    el("pre", { tabindex: "0" }, DREW));
}

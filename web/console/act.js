// One act: tried, shown, agreed to, done. As in the command line.
//
// The key of an act is made with its form. The same key never acts twice, so a repeated
// click, or a repeat after an answer was lost, finds the act that was done.

import { call, Refused } from "./api.js";
import { el, fill, unique } from "./dom.js";
import { failure, value } from "./show.js";

/**
 * What was sent and has no answer yet. It outlives the page, so that a reload does not
 * lose the key.
 */
const STORED = "tenjo-console-sent";

/** @typedef {{ name: string, title: string, body: any, key: string }} Sent */

/** @returns {Sent[]} */
function sent() {
  return JSON.parse(sessionStorage.getItem(STORED) ?? "[]");
}

/** @param {Sent[]} list */
function keep(list) {
  sessionStorage.setItem(STORED, JSON.stringify(list));
  document.dispatchEvent(new Event("sent"));
}

/**
 * Sends an act. It is remembered until there is a certain answer.
 *
 * @param {Sent} act
 */
async function carryOut(act) {
  keep([...sent().filter(({ key }) => key !== act.key), act]);
  const forget = () => keep(sent().filter(({ key }) => key !== act.key));
  try {
    const answer = await call(act.name, { ...act.body, dry_run: false }, act.key);
    forget();
    return answer;
  } catch (error) {
    if (!(error instanceof Refused && error.isUncertain)) forget();
    throw error;
  }
}

/**
 * Says which acts have no certain answer, and repeats them.
 *
 * @param {Element} place
 */
export function watchSent(place) {
  /** What came of those that were repeated here. @type {Element[]} */
  let found = [];
  const show = () => {
    const waiting = sent().filter(({ key }) => !open.has(key));
    fill(place, waiting.map(ask), found);
  };
  /** @param {Sent} act */
  const ask = (act) => {
    const refusal = el("div");
    const again = el("button", { type: "button", onclick: async () => {
      again.disabled = true;
      const outcome = el("div.note.good", { role: "status" });
      try {
        tell(outcome, await carryOut(act));
        const close = el("button", { type: "button", onclick: () => { found = found.filter((it) => it !== outcome); show(); } }, "Close");
        outcome.prepend(el("p", {}, act.title));
        outcome.append(close);
        found = [...found, outcome];
        show();
      } catch (error) {
        fill(refusal, failure(error));
        again.disabled = false;
      }
    } }, "Find out");
    return el("div.note.warn", { role: "status" },
      el("p", {}, `${act.title}: it is not certain whether it was done.`),
      el("div.buttons", {}, again, el("span.small", {}, "It repeats the act with the same key, which never acts twice.")), refusal);
  };
  document.addEventListener("sent", show);
  show();
}

/** The acts whose own form is on the page. @type {Set<string>} */
const open = new Set();

/** When another page is shown, its forms are gone. */
export function leave() {
  open.clear();
  document.dispatchEvent(new Event("sent"));
}

/** @param {Element} place @param {any} answer */
function tell(place, answer) {
  const isDone = answer.outcome === "done";
  fill(place,
    el("p", {}, el("strong", {}, isDone ? "Done." : "Requested."), " Act ", el("span.mono", {}, answer.act_id)),
    isDone ? null : el("p", {}, "Another person approves it within a day: on the page “Log”."),
    value(answer.result));
}

/**
 * @typedef {object} Field
 * @property {string} name As in the order.
 * @property {string} label
 * @property {"text" | "number" | "time" | "area" | "select" | "radio" | "file"} [type]
 * @property {string} [hint]
 * @property {boolean} [required]
 * @property {string} [value]
 * @property {[string, string][]} [choices] Value and label.
 * @property {boolean} [isWhole] Over the whole width.
 * @property {number} [min]
 * @property {string} [placeholder]
 */

/**
 * @typedef {object} Act
 * @property {string} name The function.
 * @property {string} title What it does, in the imperative.
 * @property {Field[]} [fields]
 * @property {(values: Record<string, string>, form: any) => any} [order] Throws `Wrong` for a field.
 * @property {string} [approves] Or the request to approve.
 * @property {Record<string, string>} [blames] Fields of the order that the form has under another name.
 * @property {boolean} [isDanger]
 * @property {(error: Refused) => string | null} [explain] Better words for a refusal.
 * @property {() => void} [done]
 */

/** A field that is wrong. */
export class Wrong extends Error {
  /** @param {string} field @param {string} message */
  constructor(field, message) {
    super(message);
    this.field = field;
  }
}

/** What every act needs. @type {Field[]} */
const PAPERS = [
  { name: "ticket", label: "Ticket", required: true, placeholder: "SUP-1042" },
  { name: "reason", label: "Reason", required: true, hint: "A sentence for the log" },
];

/**
 * The form of an act.
 *
 * @param {Act} act
 * @returns {any}
 */
export function actForm(act) {
  let key = crypto.randomUUID();
  /** What was tried, and is sent as it was. @type {Sent | null} */
  let tried = null;
  const outcome = el("div.outcome", { tabindex: -1, "aria-live": "polite" });
  const inputs = [...(act.fields ?? []), ...PAPERS].map((field) => input(field));
  const tryIt = el("button.main", { type: "submit" }, "Try it");
  const fields = el("fieldset.fields", {}, inputs.map(({ element }) => element));
  const form = el("form", { novalidate: true, onsubmit: (/** @type {Event} */ event) => {
    event.preventDefault();
    void attempt();
  } }, fields, el("div.buttons", {}, tryIt, el("span.small.quiet", {}, "Trying changes nothing.")));

  const lock = (/** @type {boolean} */ isLocked) => {
    fields.disabled = isLocked;
    tryIt.disabled = isLocked;
  };

  /** @param {unknown} error */
  const refused = (error) => {
    const field = error instanceof Wrong || error instanceof Refused ? error.field : undefined;
    const known = field?.replace(/^order\./, "");
    const name = known === undefined ? undefined : act.blames?.[known] ?? known;
    const blamed = inputs.find((it) => name !== undefined && (it.field.name === name || name.startsWith(`${it.field.name}.`)));
    const better = error instanceof Refused ? act.explain?.(error) : null;
    if (blamed) {
      const message = better ?? (/** @type {Error} */ (error)).message.replace(/^[\w.]+: /, "");
      blamed.blame(message);
      fill(outcome);
      blamed.focus();
    } else {
      fill(outcome, better ? el("div.note.bad", { role: "alert" }, el("p", {}, better)) : failure(error));
      outcome.focus();
    }
  };

  async function attempt() {
    if (tryIt.disabled) return;
    for (const it of inputs) it.blame("");
    const empty = inputs.find((it) => it.field.required && it.read().trim() === "");
    if (empty) {
      empty.blame("is required");
      empty.focus();
      return;
    }
    const values = Object.fromEntries(inputs.map((it) => [it.field.name, it.read()]));
    let body;
    try {
      body = { ticket: values.ticket.trim(), reason: values.reason.trim(), ...(act.approves ? { approves: act.approves } : { order: act.order?.(values, form) }) };
    } catch (error) {
      refused(error);
      return;
    }
    lock(true);
    try {
      const answer = await call(act.name, { ...body, dry_run: true }, key);
      tried = { name: act.name, title: act.title, body, key };
      if (answer.outcome === "dry_run") confirm(answer);
      else finished(answer, "This was done before.");
    } catch (error) {
      lock(false);
      refused(error);
    }
  }

  /** @param {any} answer */
  function confirm(answer) {
    const takesTwo = answer.needs_second_person === true;
    const doIt = el("button", { type: "button", class: act.isDanger ? "danger" : "main", onclick: () => send(doIt) },
      takesTwo ? "Ask for it" : `${act.title} now`);
    const back = el("button", { type: "button", onclick: () => { tried = null; fill(outcome); lock(false); inputs[0].focus(); } }, "Go back");
    fill(outcome,
      answer.request ? el("div", {}, el("h3", {}, "Another person requested"), value(answer.request)) : null,
      el("h3", {}, `${act.title}: this would change`), value(answer.result),
      takesTwo ? el("div.note.warn", {}, el("p", {}, answer.result?.takes_two?.because === "one_day"
        ? "With what you did alone in the last 24 hours, this is more than one person may do. It takes a second person: this only asks for it."
        : "It takes a second person: this only asks for it.")) : null,
      el("div.buttons", {}, doIt, back));
    outcome.focus();
  }

  /** @param {any} button */
  async function send(button) {
    if (tried === null || button.disabled) return;
    button.disabled = true;
    for (const other of outcome.querySelectorAll("button")) other.disabled = true;
    open.add(key);
    try {
      finished(await carryOut(tried));
    } catch (error) {
      if (error instanceof Refused && error.isUncertain) {
        uncertain(error);
      } else {
        open.delete(key);
        lock(false);
        refused(error);
      }
    }
  }

  /** @param {Refused} error */
  function uncertain(error) {
    const again = el("button.main", { type: "button", onclick: () => send(again) }, "Ask again with the same key");
    fill(outcome, el("div.note.warn", { role: "alert" },
      el("p", {}, el("strong", {}, "It is not certain whether it was done.")),
      el("p", {}, error.message),
      el("p.small", {}, "Key ", el("span.mono", {}, key), ". The same key never acts twice.")),
    el("div.buttons", {}, again));
    outcome.focus();
  }

  /** @param {any} answer @param {string} [why] */
  function finished(answer, why) {
    open.delete(key);
    tell(outcome, answer);
    if (why) outcome.prepend(el("p", {}, why));
    const another = el("button", { type: "button", onclick: () => {
      key = crypto.randomUUID();
      tried = null;
      fill(outcome);
      lock(false);
      inputs[0].focus();
    } }, "Another act");
    if (!act.approves) outcome.append(el("div.buttons", {}, another));
    outcome.focus();
    act.done?.();
  }

  return el("div.act", {}, form, outcome);
}

/** @param {Field} field */
function input(field) {
  const id = unique("field");
  const wrong = el("span.wrong", { id: `${id}-wrong` });
  const hint = field.hint ? el("span.hint", { id: `${id}-hint` }, field.hint) : null;
  const described = [field.hint ? `${id}-hint` : null, `${id}-wrong`].filter(Boolean).join(" ");
  const shared = { id, name: field.name, "aria-describedby": described, "aria-required": field.required === true ? "true" : null, placeholder: field.placeholder };
  const kinds = /** @type {Record<string, () => any>} */ ({
    area: () => el("textarea", shared, field.value ?? ""),
    select: () => el("select", shared, (field.choices ?? []).map(([value, label]) => el("option", { value, selected: value === field.value }, label))),
    number: () => el("input", { ...shared, type: "text", inputmode: "numeric", pattern: "[0-9]*", value: field.value, autocomplete: "off" }),
    time: () => el("input", { ...shared, type: "datetime-local", step: 1, value: field.value }),
    file: () => el("input", { ...shared, type: "file", accept: ".csv,text/csv,text/plain" }),
    text: () => el("input", { ...shared, type: "text", value: field.value, autocomplete: "off", spellcheck: "false" }),
  });
  if (field.type === "radio") {
    const radios = (field.choices ?? []).map(([value, label]) => [el("input", { type: "radio", name: field.name, id: `${id}-${value}`, value, checked: value === field.value }), label]);
    const element = el("fieldset.choice.whole", {}, el("legend", {}, field.label), radios.map(([radio, label]) => el("label", { for: radio.id }, radio, label)), wrong);
    return {
      field, element, focus: () => radios[0][0].focus(),
      read: () => radios.find(([radio]) => radio.checked)?.[0].value ?? "",
      blame: (/** @type {string} */ message) => fill(wrong, message),
    };
  }
  const control = (kinds[field.type ?? "text"] ?? kinds.text)();
  const element = el("div", { class: field.isWhole || field.type === "area" ? "whole" : null, "data-field": field.name },
    el("label", { for: id }, field.label), hint, control, wrong);
  return {
    field, element, focus: () => control.focus(),
    read: () => (field.type === "file" ? "" : String(control.value)),
    blame: (/** @type {string} */ message) => {
      fill(wrong, message === "" ? null : message);
      if (message === "") control.removeAttribute("aria-invalid");
      else control.setAttribute("aria-invalid", "true");
    },
  };
}

/** A form that opens. @param {Act} act */
export function actDetails(act) {
  const place = el("div", {});
  return el("details.act", { ontoggle: (/** @type {any} */ event) => {
    if (event.target.open && place.childElementCount === 0) place.append(actForm(act));
  } }, el("summary", {}, act.title), place);
}

/** A whole number. @param {string} field @param {string} text @param {number} [least] */
export function whole(field, text, least = 0) {
  const found = /^\d{1,9}$/.exec(text.replaceAll(/[ ,_]/g, ""));
  const number = found === null ? NaN : Number(found[0]);
  if (!(number >= least)) throw new Wrong(field, least > 0 ? `must be a whole number from ${least} on` : "must be a whole number");
  return number;
}

/** A price in units of its currency, such as 0.99, as millionths. @param {string} field @param {string} text */
export function micros(field, text) {
  const found = /^(\d{1,9})(?:\.(\d{1,6}))?$/.exec(text.trim());
  if (found === null) throw new Wrong(field, "must be an amount such as 160 or 0.99");
  return Number(found[1]) * 1_000_000 + Number((found[2] ?? "").padEnd(6, "0"));
}

/** The moment of a field for a time in UTC, or nothing. @param {string} text */
export function moment(text) {
  if (text === "") return undefined;
  return `${text.length === 16 ? `${text}:00` : text.slice(0, 19)}Z`;
}

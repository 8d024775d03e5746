// Checks one of the published draws in the page, with the kit's own verifier, and lets the
// reader forge it: docs/fairness-draws.json is what every other verifier is tested with.

import { parse, verify, Wrong, type CheckedPurchase, type Report } from "../../../clients/typescript/src/fairness/index.js";

interface Proof {
  record: string;
  pool_document: string;
  seed: string | null;
  inclusion: unknown;
}

/** What the reader may forge, and where it stands in the proof. */
const FIELDS = [
  { id: "server-seed", label: "The server's seed, shown when the period was over", read: (proof: Proof) => proof.seed ?? "", write: (proof: Proof, to: string) => ({ ...proof, seed: to }) },
  { id: "commitment", label: "The commitment, published before the draw", read: (proof: Proof) => within(proof, /"commitment":"([^"]*)"/), write: inRecord(/("commitment":")[^"]*/) },
  { id: "client-seed", label: "The player's seed", read: (proof: Proof) => within(proof, /"client_seed":"([^"]*)"/), write: inRecord(/("client_seed":")[^"]*/) },
  { id: "first-item", label: "The first item that the server says was drawn", read: (proof: Proof) => within(proof, /"results":\[\{"item_master_id":"([^"]*)"/), write: inRecord(/("results":\[\{"item_master_id":")[^"]*/) },
] as const;

function within({ record }: Proof, pattern: RegExp): string {
  return pattern.exec(record)?.[1] ?? "";
}

function inRecord(pattern: RegExp) {
  return (proof: Proof, to: string): Proof => ({
    ...proof, record: proof.record.replace(pattern, (_, before: string) => before + JSON.stringify(to).slice(1, -1)),
  });
}

function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name, attributes: Record<string, string> = {}, ...children: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

/** A draw of several items by a player's own seed, which is counted in its period. */
function choose(proofs: Proof[]): Proof | undefined {
  const whole = proofs.filter(({ seed, inclusion, record }) => seed !== null && inclusion !== null && record.includes('"is_void":false'));
  return whole.find(({ record }) => record.includes('"client_seed_origin":"draw"') && record.includes('"draw_count":10')) ?? whole[0];
}

function shown(purchase: CheckedPurchase): HTMLElement {
  const rows = (purchase.drawn ?? []).map(({ item, choices, bounds }, at) => {
    const said = purchase.record.results?.[at]?.id ?? "nothing";
    const steps = choices.map(({ numbers, bound, result }) => `${numbers.at(-1)} mod ${bound} = ${result}`);
    const limits = bounds?.map(([rarity, upper]) => `${rarity} below ${upper}`).join(", ") ?? "each copy in the box";
    return make("tr", {}, make("td", {}, `${at + 1}`), make("td", {}, make("code", {}, steps.join("; "))), make("td", {}, limits), make("td", {}, `${item.rarity} ${item.id}`), make("td", { class: said === item.id ? "is-good" : "is-bad" }, said));
  });
  if (rows.length === 0) return make("p", {}, "The check stops here, before the draws are made again.");
  const head = make("tr", {}, ...["Draw", "The numbers of the stream", "What they choose", "It gives", "The server says"].map((text) => make("th", { scope: "col" }, text)));
  const table = make("table", { class: "draws" }, make("thead", {}, head), make("tbody", {}, ...rows));
  return make("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "Each draw again" }, table);
}

function told(report: Report): HTMLElement[] {
  const purchase = report.purchases[0];
  const reasons = [...report.wrong, ...(purchase?.reasons ?? [])];
  const isGood = report.verdict === "right" && purchase?.verdict === "proved";
  const verdict = isGood
    ? `Proved: the seeds give these items, and the purchase is counted among all of its period (${purchase.pathLength} steps to the root).`
    : "Wrong: this cannot be what was committed to.";
  return [
    make("p", { class: `verdict ${isGood ? "is-good" : "is-bad"}` }, verdict),
    ...reasons.map((reason) => make("p", { class: "is-bad" }, reason)),
    ...(purchase === undefined ? [] : [shown(purchase)]),
  ];
}

/** What cannot be read at all is wrong too. Any other failure is this page's, and says nothing of the draw. */
function unread(error: unknown): HTMLElement[] {
  const verdict = error instanceof Wrong ? "Wrong: it cannot even be read." : "Not checked: this page failed.";
  return [make("p", { class: "verdict is-bad" }, verdict), make("p", { class: "is-bad" }, error instanceof Error ? error.message : String(error))];
}

async function begin(place: HTMLElement): Promise<void> {
  const answer = await fetch(new URL("fairness-draws.json", location.href));
  const text = await answer.text();
  parse(text); // as strictly as the verifier reads it
  const proof = choose(JSON.parse(text) as Proof[]);
  if (proof === undefined) throw new Error("no published draw is whole");

  const inputs = FIELDS.map(({ id, label, read }) => {
    const input = make("input", { id, spellcheck: "false", autocomplete: "off" });
    input.value = read(proof);
    return { input, row: make("div", {}, make("label", { for: id }, label), input) };
  });
  const result = make("div", { id: "live-result", role: "status" });
  let turn = 0;
  const check = async () => {
    const mine = (turn += 1);
    let forged = proof;
    for (const [at, { read, write }] of FIELDS.entries()) {
      const value = inputs[at]!.input.value.trim();
      if (value !== read(proof)) forged = write(forged, value);
    }
    const outcome = await verify([JSON.stringify(forged)], { some: true }).then(told, unread);
    if (mine === turn) result.replaceChildren(...outcome);
  };
  for (const { input } of inputs) input.addEventListener("input", () => void check());
  const restore = make("button", { type: "button" }, "As it was published");
  restore.addEventListener("click", () => {
    for (const [at, { read }] of FIELDS.entries()) inputs[at]!.input.value = read(proof);
    void check();
  });
  place.replaceChildren(
    make("h3", {}, "Check it, and forge it"),
    ...inputs.map(({ row }) => row), restore, result,
  );
  await check();
}

const place = document.getElementById("live");
if (place !== null) {
  if (globalThis.crypto?.subtle === undefined) place.replaceChildren(make("p", {}, "This browser offers no cryptography to this page. Open it over https or on localhost."));
  else begin(place).catch((error: unknown) => place.replaceChildren(make("p", { class: "is-bad" }, `The example could not be loaded: ${String(error)}`)));
}

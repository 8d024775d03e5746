// Whatever the checker finds wrong is told in Japanese too. Every forgery that the project
// publishes is tried, and a period that was noted otherwise, so a rule whose words are missing
// is found. It needs no stack.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse, verifyRead, Wrong } from "@tenjo/client/fairness";
import { runnerImport } from "vite";

const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const { module: words } = await runnerImport(path("web/demo/src/text/reasons.ts"));
const { module: numbers } = await runnerImport(path("web/demo/src/numbers.ts"));
const JAPANESE = /[ぁ-んァ-ン]/;
const docs = (name) => parse(readFileSync(path(`docs/${name}`), "utf8"));

/** What a check finds wrong, also if the answers cannot be read. */
async function reasonsOf(answers, options) {
  try {
    const { wrong, purchases, receipts } = await verifyRead(answers, options);
    return [...wrong, ...[...purchases, ...receipts].flatMap((it) => it.reasons)];
  } catch (error) {
    assert.ok(error instanceof Wrong, String(error));
    return [error.message];
  }
}

const notInJapanese = (reasons) => [...reasons].filter((reason) => !JAPANESE.test(words.reasonIn("ja", reason) ?? ""));

test("what is wrong with each published forgery is told in Japanese", async () => {
  const draws = docs("fairness-draws.json");
  const reasons = new Set();
  for (const { after, answers } of docs("fairness-forgeries.json")) {
    for (const reason of await reasonsOf([...draws.slice(0, Number(after)), ...answers])) reasons.add(reason);
  }
  assert.ok(reasons.size > 40, `only ${reasons.size} reasons were given`);
  assert.deepEqual(notInJapanese(reasons), []);
});

test("that a period was noted otherwise is told in Japanese", async () => {
  const draws = docs("fairness-draws.json");
  const { periods } = await verifyRead(draws);
  const another = periods[0].commitment.replace(/./g, (digit) => (digit === "0" ? "1" : "0"));
  const reasons = new Set([
    ...(await reasonsOf(draws, { noted: [another] })),
    ...(await reasonsOf(draws, { notedPeriods: [{ ...periods[0], commitment: another }] })),
  ]);
  assert.deepEqual([...reasons].sort(), [
    "the commitment is another than you noted", "the commitment is none that you noted",
    `the period from ${periods[0].starts_at} was described in another way when it was noted`,
  ]);
  assert.deepEqual(notInJapanese(reasons), []);
});

test("a list of draw numbers has all from 1 to the one before the next", () => {
  const { leftOut } = numbers;
  const listed = (...all) => all.map((draw_number) => ({ draw_number, saga_id: String(draw_number), state: "valid" }));
  assert.deepEqual(leftOut([], 1), []);
  assert.deepEqual(leftOut(listed(3, 2, 1), 4), []);
  // A draw that was made between the two answers.
  assert.deepEqual(leftOut(listed(4, 3, 2, 1), 4), []);
  assert.deepEqual(leftOut(listed(4, 2, 1), 5), ["the list of draw numbers leaves out 3"]);
  assert.deepEqual(leftOut(listed(6, 5), 7), ["the list of draw numbers leaves out 1 to 4"]);
  assert.deepEqual(leftOut(listed(2, 1), 4), ["the list of draw numbers ends at 2, and the next number is 4"]);
  assert.deepEqual(leftOut([], 2), ["the list of draw numbers ends at 0, and the next number is 2"]);
});

test("the reasons of the demo itself are told in Japanese, and in English as they are", () => {
  const { ANOTHER, leftOut, UNLISTED, unlistedReceipt } = numbers;
  const gaps = leftOut([5, 3].map((draw_number) => ({ draw_number, saga_id: "", state: "valid" })), 9);
  const reasons = [ANOTHER, UNLISTED, unlistedReceipt(7n), ...gaps];
  assert.equal(reasons.length, 6);
  for (const reason of reasons) {
    assert.match(words.reasonIn("ja", reason) ?? reason, JAPANESE, reason);
    assert.equal(words.reasonIn("en", reason), null);
  }
});

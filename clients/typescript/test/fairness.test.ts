// The three files that docs/fairness.md has for checkers, all entries of each.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { below, commitment, parse, stream, unhex, verifyRead, Wrong, type Json } from "../src/fairness/index.js";
import { span } from "../src/fairness/stream.js";

function docs(name: string): string {
  return readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), "utf8");
}

interface Vectors {
  streams: {
    case: string; server_seed: string; period_starts_at: string; period_seconds: string; commitment: string;
    pool_revision: string; user_id: string; client_seed: string; draw_number: string; numbers: string[];
  }[];
  integers: { numbers: string[]; bound: string; result: string; taken: number }[];
}

const vectors = JSON.parse(docs("fairness-vectors.json")) as Vectors;
const draws = parse(docs("fairness-draws.json")) as Json[];
const forgeries = parse(docs("fairness-forgeries.json")) as { case: string; after: bigint; answers: Json[] }[];

for (const vector of vectors.streams) {
  test(`the stream of ${vector.case} is the published one`, async () => {
    const seed = unhex(vector.server_seed, 32, "the seed");
    const startsAt = BigInt(vector.period_starts_at) * 1_000_000n;
    const hashed = span(startsAt, startsAt + BigInt(vector.period_seconds) * 1_000_000n);
    assert.equal(await commitment(seed, hashed), vector.commitment);
    const numbers = stream({
      seed, span: hashed, revision: vector.pool_revision, userId: vector.user_id,
      drawNumber: BigInt(vector.draw_number), clientSeed: vector.client_seed,
    });
    for (const number of vector.numbers) assert.equal(await numbers.next(), BigInt(number));
  });
}

for (const [at, vector] of vectors.integers.entries()) {
  test(`choice ${at} below ${vector.bound} is the published one`, async () => {
    const left = vector.numbers.map(BigInt);
    const choice = await below({ next: async () => left.shift()! }, BigInt(vector.bound));
    assert.equal(choice.result, BigInt(vector.result));
    assert.equal(choice.numbers.length, vector.taken);
  });
}

test("every published draw is proved, or void, and nothing is wrong", async () => {
  const report = await verifyRead(draws);
  assert.equal(report.purchases.length, draws.length);
  for (const { verdict, reasons, record } of report.purchases) {
    assert.deepEqual(reasons, []);
    assert.equal(verdict, record.isVoid ? "void" : "proved");
  }
  assert.deepEqual(report.wrong, []);
  assert.equal(report.verdict, "right");
});

for (const [at, forgery] of forgeries.entries()) {
  test(`forgery ${at} is refused: ${forgery.case}`, async () => {
    const shown = [...draws.slice(0, Number(forgery.after)), ...forgery.answers];
    const verdict = await verifyRead(shown).then(
      (report) => report.verdict,
      (error: unknown) => {
        assert.ok(error instanceof Wrong, String(error));
        return "wrong";
      },
    );
    assert.equal(verdict, "wrong");
  });
}

test("a proof without its seed is open, and is not proved", async () => {
  const first = draws[0] as Record<string, Json>;
  const report = await verifyRead([{ ...first, seed: null, inclusion: null }]);
  assert.equal(report.verdict, "open");
  assert.equal(report.purchases[0]!.drawn, null);
});

/** The first published draw on its own, and its period. */
async function first() {
  const report = await verifyRead([draws[0]!]);
  const { starts_at, ends_at, commitment } = report.purchases[0]!.record.period;
  return { starts_at, ends_at, commitment };
}

test("a commitment that was noted is the one that the proof has", async () => {
  const noted = await first();
  const report = await verifyRead([draws[0]!], { notedPeriods: [noted] });
  assert.equal(report.verdict, "right");
});

test("a proof under another commitment than was noted is wrong, also before its seed is known", async () => {
  const noted = { ...(await first()), commitment: "0".repeat(64) };
  for (const proof of [draws[0]!, { ...(draws[0] as Record<string, Json>), seed: null, inclusion: null }]) {
    const report = await verifyRead([proof], { notedPeriods: [noted] });
    assert.equal(report.verdict, "wrong");
    assert.equal(report.purchases[0]!.verdict, "wrong");
    assert.match(report.purchases[0]!.reasons.join(), /another than you noted/);
  }
});

test("a period that was moved to come by what was noted is wrong", async () => {
  const { starts_at, ends_at, commitment } = await first();
  const noted = { starts_at: new Date(Date.parse(starts_at) + 1000).toISOString(), ends_at, commitment };
  assert.equal((await verifyRead([draws[0]!], { notedPeriods: [noted] })).verdict, "wrong");
});

test("what was noted of other periods says nothing of a purchase", async () => {
  const { ends_at, commitment } = await first();
  const noted = { starts_at: ends_at, ends_at: new Date(Date.parse(ends_at) + 86_400_000).toISOString(), commitment };
  assert.equal((await verifyRead([draws[0]!], { notedPeriods: [noted] })).verdict, "right");
});

test("a purchase says whether a list has its period, with the root that the proof leads to", async () => {
  const proof = draws[0] as { inclusion: { root: Json } };
  const { record } = (await verifyRead([proof as Json])).purchases[0]!;
  const listed = async (periods: object[], shown: object = proof) => {
    const report = await verifyRead([shown as Json, { seed_periods: periods, receipt_keys: [] } as Json]);
    return [report.verdict, report.purchases[0]!.isPeriodListed];
  };
  const { seed } = draws[0] as Record<string, Json>;
  const period = { ...record.period, seed, root: proof.inclusion.root };
  assert.deepEqual(await listed([]), ["right", false]);
  assert.deepEqual(await listed([period]), ["right", true]);
  // The root must be there to be compared with, once the purchase is counted.
  assert.deepEqual(await listed([{ ...period, root: null }]), ["right", false]);
  assert.deepEqual(await listed([{ ...period, root: null }], { ...proof, inclusion: null }), ["right", true]);
  assert.equal((await listed([{ ...period, root: { ...(period.root as object), hash: "0".repeat(64) } }]))[0], "wrong");
});

test("a list of draw numbers that says something else of a purchase is wrong", async () => {
  const { record } = (await verifyRead([draws[0]!])).purchases[0]!;
  const row = { draw_number: record.drawNumber, saga_id: record.sagaId, pool_id: record.poolId, state: record.isVoid ? "void" : "valid" };
  const listed = (changes: object) => verifyRead([draws[0]!, { draw_numbers: [{ ...row, ...changes }], next_cursor: null } as Json]);
  assert.equal((await listed({})).verdict, "right");
  assert.equal((await listed({ state: "running" })).verdict, "right");
  assert.equal((await listed({ state: record.isVoid ? "valid" : "void" })).verdict, "wrong");
  assert.equal((await listed({ saga_id: "5cdca3eb-0087-8e51-a01b-c1daae46db29" })).verdict, "wrong");
});

// Part 3 of docs/fairness.md: the tree over all purchases of a period.

import { bigEndian, bytesOf, hex, join, sha256, unhex, type Bytes } from "./bytes.js";
import { fields, list, natural, require, string, type Json } from "./json.js";

/** Purchases, void ones, and draws of an R, an SR, an SSR. */
export type Totals = readonly [bigint, bigint, bigint, bigint, bigint];

export interface Node {
  hash: Bytes;
  totals: Totals;
}

export function readTotals(value: Json | undefined): Totals {
  const totals = fields(value, "totals");
  const counts = fields(totals["draw_counts"], "draw_counts");
  return [
    natural(totals["purchase_count"], "purchase_count"),
    natural(totals["void_count"], "void_count"),
    natural(counts["R"], "draws of an R"),
    natural(counts["SR"], "draws of an SR"),
    natural(counts["SSR"], "draws of an SSR"),
  ];
}

export async function leaf(recordText: string, isVoid: boolean, rarities: string[]): Promise<Node> {
  const drawn = (rarity: string) => BigInt(rarities.filter((other) => other === rarity).length);
  return {
    hash: await sha256(join(Uint8Array.of(0), bytesOf(recordText))),
    totals: [1n, isVoid ? 1n : 0n, drawn("R"), drawn("SR"), drawn("SSR")],
  };
}

async function above(left: Node, right: Node): Promise<Node> {
  const totals = left.totals.map((count, at) => count + right.totals[at]!) as unknown as Totals;
  require(totals.every((count) => count < 1n << 64n), "totals overflow");
  const counted = (node: Node) => join(node.hash, ...node.totals.map((count) => bigEndian(count, 8)));
  return { hash: await sha256(join(Uint8Array.of(1), counted(left), counted(right))), totals };
}

/** The way from a leaf leads to the root, which counts it. */
export async function checkInclusion(inclusion: Json, start: Node): Promise<number> {
  const { root, path } = fields(inclusion, "inclusion");
  let node = start;
  const steps = list(path, "path");
  for (const value of steps) {
    const step = fields(value, "a step");
    const sibling = { hash: unhex(string(step["hash"], "a hash"), 32, "a hash"), totals: readTotals(step["totals"]) };
    require(step["side"] === "left" || step["side"] === "right", "a sibling is on no side");
    node = step["side"] === "left" ? await above(sibling, node) : await above(node, sibling);
  }
  const told = fields(root, "root");
  require(
    hex(node.hash) === told["hash"] && String(node.totals) === String(readTotals(told["totals"])),
    "the purchase is not under the root of its period, or not in its totals",
  );
  return steps.length;
}

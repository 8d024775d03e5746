// Part 3 of docs/fairness.md: the record of a purchase, and its receipt.

import { bytesOf, isEd25519, unbase64url } from "./bytes.js";
import { boolean, fields, list, natural, optional, parse, require, string, text, type Fields, type Json } from "./json.js";
import { readState, type Bought, type State } from "./rules.js";
import { uuidBytes } from "./stream.js";
import { moment, type Moment } from "./time.js";

export interface RecordedItem {
  id: string;
  rarity: string;
  isPickup: boolean;
}

export interface PeriodTold {
  commitment: string;
  starts_at: string;
  ends_at: string;
  published_at: string;
}

export interface PurchaseRecord {
  text: string;
  sagaId: string;
  userId: string;
  drawNumber: bigint;
  isVoid: boolean;
  clientSeed: string;
  clientSeedOrigin: "default" | "player" | "draw";
  clientSeedSetAt: Moment | null;
  period: PeriodTold;
  poolId: string;
  revision: string;
  bought: Bought;
  breakdown: { currency: string; amount: bigint }[];
  points: { group: string; amount: bigint } | null;
  quotedAt: Moment;
  before: State;
  after: State | null;
  results: RecordedItem[] | null;
}

export function readRecord(recordText: string): PurchaseRecord {
  const record = fields(parse(recordText), "the record");
  require(record["algorithm"] === "tenjo-draw-v2", "the algorithm is another");
  const isVoid = boolean(record["is_void"], "is_void");
  require(
    isVoid === (record["results"] === null) && isVoid === (record["state_after"] === null),
    "a void purchase has neither results nor a state after it, and any other has both",
  );
  const drawNumber = natural(record["draw_number"], "draw_number");
  require(drawNumber > 0n, "draw numbers count from 1");
  const userId = string(record["user_id"], "user_id");
  uuidBytes(userId);
  const origin = record["client_seed_origin"];
  require(origin === "default" || origin === "player" || origin === "draw", "the client seed comes from nowhere");
  const pool = fields(record["pool"], "pool");
  const purchase = fields(record["purchase"], "purchase");
  const setAt = record["client_seed_set_at"];
  return {
    text: recordText,
    sagaId: string(record["saga_id"], "saga_id"),
    userId: userId.toLowerCase(),
    drawNumber,
    isVoid,
    clientSeed: string(record["client_seed"], "client_seed"),
    clientSeedOrigin: origin,
    clientSeedSetAt: setAt === null ? null : moment(string(setAt, "client_seed_set_at")),
    period: readPeriod(record["period"]),
    poolId: string(pool["pool_id"], "pool_id"),
    revision: string(pool["revision"], "revision"),
    bought: {
      drawCount: natural(purchase["draw_count"], "draw_count"),
      currency: string(purchase["currency_type"], "currency_type"),
      amount: natural(purchase["amount"], "amount"),
      step: natural(purchase["step"], "step"),
      isFree: boolean(purchase["is_free"], "is_free"),
    },
    breakdown: readBreakdown(purchase["breakdown"]),
    points: optional(
      purchase["points"],
      (value) => {
        const points = fields(value, "points");
        return { group: string(points["point_group"], "point_group"), amount: natural(points["amount"], "points") };
      },
      "points",
    ),
    quotedAt: moment(string(purchase["quoted_at"], "quoted_at")),
    before: readState(record["state_before"]),
    after: isVoid ? null : readState(record["state_after"]),
    results: isVoid ? null : readItems(record["results"]),
  };
}

export function readPeriod(value: Json | undefined): PeriodTold {
  const period = fields(value, "period");
  return {
    commitment: string(period["commitment"], "commitment"),
    starts_at: string(period["starts_at"], "starts_at"),
    ends_at: string(period["ends_at"], "ends_at"),
    published_at: string(period["published_at"], "published_at"),
  };
}

function readBreakdown(value: Json | undefined): { currency: string; amount: bigint }[] {
  return list(value, "breakdown").map((row) => {
    const part = fields(row, "a part of the cost");
    return {
      currency: string(part["currency_type"], "a part's currency_type"),
      amount: natural(part["amount"], "a part's amount"),
    };
  });
}

function readItems(value: Json | undefined): RecordedItem[] {
  return list(value, "results").map((row) => {
    const item = fields(row, "a result");
    return {
      id: string(item["item_master_id"], "a result's item"),
      rarity: string(item["rarity"], "a result's rarity"),
      isPickup: boolean(item["is_pickup"], "a result's is_pickup"),
    };
  });
}

/** The text of the record that a receipt is of, if the server signed it. */
export async function readReceipt(receipt: string, keys: ReadonlyMap<string, string>): Promise<string> {
  const parts = receipt.split(".");
  require(parts.length === 3, "a receipt has three parts");
  const [header, payload, signature] = parts as [string, string, string];
  const utf8 = new TextDecoder("utf-8", { fatal: true });
  const named = fields(parse(utf8.decode(unbase64url(header, "the header"))), "the header");
  require(named["alg"] === "EdDSA" && named["typ"] === "tenjo-receipt", "it is no receipt");
  const key = keys.get(string(named["kid"], "kid"));
  require(key !== undefined, "its key is not published");
  const signed = await isEd25519(
    unbase64url(key, "the key"), bytesOf(`${header}.${payload}`), unbase64url(signature, "the signature"),
  );
  require(signed, "the server did not sign it");
  return utf8.decode(unbase64url(payload, "the record"));
}

/** An answer to a draw showed what its receipt says. */
export function checkAnswer(answer: Fields, record: PurchaseRecord): void {
  const { saga_id: sagaId, results, cost } = answer;
  require(
    sagaId === undefined || sagaId === null || sagaId === record.sagaId,
    "it is of another purchase than the answer",
  );
  if (results !== undefined && results !== null) {
    require(itemsText(readItems(results)) === itemsText(record.results), "it has other items than the answer");
  }
  if (cost !== undefined && cost !== null) {
    const told = fields(cost, "cost");
    const shown: Json = [told["currency_type"] ?? null, told["amount"] ?? null];
    require(
      text(shown) === text([record.bought.currency, record.bought.amount]) &&
        partsText(readBreakdown(told["breakdown"])) === partsText(record.breakdown),
      "it has another cost than the answer",
    );
  }
}

export function itemsText(items: RecordedItem[] | null): string {
  return JSON.stringify(items?.map(({ id, rarity, isPickup }) => [id, rarity, isPickup]) ?? null);
}

function partsText(parts: { currency: string; amount: bigint }[]): string {
  return JSON.stringify(parts.map(({ currency, amount }) => [currency, amount.toString()]));
}

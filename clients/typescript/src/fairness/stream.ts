// Part 1 of docs/fairness.md: from seeds to numbers.

import { bigEndian, bytesOf, hex, hmacSha256, join, sha256, unhex, type Bytes } from "./bytes.js";
import { require } from "./json.js";
import { SECOND, type Moment } from "./time.js";

/** The start and the length of a period, as they are hashed. */
export function span(startsAt: Moment, endsAt: Moment): Bytes {
  require(
    startsAt % SECOND === 0n && endsAt % SECOND === 0n && endsAt > startsAt,
    "the period does not begin and end on whole seconds",
  );
  const length = (endsAt - startsAt) / SECOND;
  require(length < 1n << 32n, "the period is too long");
  return join(bigEndian(startsAt / SECOND, 8), bigEndian(length, 4));
}

/** What the server publishes before a period. */
export async function commitment(seed: Bytes, span: Bytes): Promise<string> {
  return hex(await sha256(join(bytesOf("tenjo-seed-v2\0"), seed, span)));
}

export interface StreamOf {
  seed: Bytes;
  span: Bytes;
  /** The pool revision, in hexadecimal. */
  revision: string;
  userId: string;
  drawNumber: bigint;
  clientSeed: string;
}

/** The numbers that a purchase reads, one after the other. */
export interface Numbers {
  next(): Promise<bigint>;
}

export function stream(of: StreamOf): Numbers {
  const own = bytesOf(of.clientSeed);
  require(
    own.length >= 1 && own.length <= 64 && own.every((byte) => byte >= 0x21 && byte <= 0x7e),
    "the client seed is not 1 to 64 visible ASCII characters",
  );
  const message = join(
    bytesOf("tenjo-draw-v2\0"),
    of.span,
    unhex(of.revision, 32, "the revision"),
    uuidBytes(of.userId),
    bigEndian(of.drawNumber, 8),
    Uint8Array.of(own.length),
    own,
  );
  const signing = hmacSha256(of.seed);
  const ready: bigint[] = [];
  let block = 0n;
  return {
    async next() {
      if (ready.length === 0) {
        const code = await (await signing)(join(message, bigEndian(block, 4)));
        block += 1n;
        const view = new DataView(code.buffer);
        for (let at = 0; at < 32; at += 8) ready.push(view.getBigUint64(at));
      }
      return ready.shift()!;
    },
  };
}

/** A choice, and the numbers that were read for it: all but the last were refused. */
export interface Choice {
  numbers: bigint[];
  bound: bigint;
  result: bigint;
}

/** A choice between `bound` equally likely results, counted from 0. */
export async function below(numbers: Numbers, bound: bigint): Promise<Choice> {
  require(bound >= 1n && bound <= 1n << 64n, "there is nothing to draw from");
  const read: bigint[] = [];
  for (;;) {
    const number = await numbers.next();
    read.push(number);
    const result = number % bound;
    if (number - result <= (1n << 64n) - bound) return { numbers: read, bound, result };
  }
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The bytes of a UUID in the order in which they are written. */
export function uuidBytes(text: string): Bytes {
  const id = text.toLowerCase();
  require(UUID.test(id), `${text} is no UUID`);
  return unhex(id.replaceAll("-", ""), 16, "a UUID");
}

// JSON for checkers. JSON.parse rounds whole numbers beyond 2^53, takes 1.0 for 1, and
// lets a name come twice; a proof could hide behind each of these.

/** What is checked does not hold, or cannot be checked. */
export class Wrong extends Error {
  override readonly name = "Wrong";
}

export function require(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Wrong(otherwise);
}

/** A number that is written with a fraction or an exponent: no rule has one. */
export class Inexact {
  constructor(readonly text: string) {}
}

export type Json = null | boolean | string | bigint | Inexact | Json[] | { [name: string]: Json };
export type Fields = { [name: string]: Json };

/** Deeper than any answer, and far from the end of the stack. */
const DEEPEST = 64;
const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/** Reads one JSON text. Fails on a name that comes twice in an object. */
export function parse(text: string): Json {
  let at = 0;

  function match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at = pattern.lastIndex;
    return found;
  }

  function take(token: string): boolean {
    match(SPACE);
    if (!text.startsWith(token, at)) return false;
    at += token.length;
    return true;
  }

  function string(): string {
    match(SPACE);
    const found = match(TEXT);
    require(found !== null, `there is no text at ${at}`);
    return JSON.parse(found[0]) as string;
  }

  function value(depth: number): Json {
    require(depth < DEEPEST, "it is nested too deeply");
    if (take("{")) {
      const fields: Fields = Object.create(null) as Fields;
      if (take("}")) return fields;
      do {
        const name = string();
        require(!(name in fields), `the field ${name} comes twice`);
        require(take(":"), `there is no value at ${at}`);
        fields[name] = value(depth + 1);
      } while (take(","));
      require(take("}"), `an object does not end at ${at}`);
      return fields;
    }
    if (take("[")) {
      const rows: Json[] = [];
      if (take("]")) return rows;
      do rows.push(value(depth + 1));
      while (take(","));
      require(take("]"), `a list does not end at ${at}`);
      return rows;
    }
    if (take("null")) return null;
    if (take("true")) return true;
    if (take("false")) return false;
    if (text[at] === '"') return string();
    const number = match(NUMBER);
    require(number !== null, `there is no value at ${at}`);
    return number[1] === undefined && number[2] === undefined ? BigInt(number[0]) : new Inexact(number[0]);
  }

  const read = value(0);
  match(SPACE);
  require(at === text.length, "the text goes on after its end");
  return read;
}

/** The same text for the same value, and for no other. Names are in order. */
export function text(value: Json): string {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Inexact) return `inexact ${value.text}`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(text).join(",")}]`;
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${text(value[name] ?? null)}`).join(",")}}`;
}

// Readers: each answers with a value of its type, or fails.

export function fields(value: Json | undefined, what: string): Fields {
  require(
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Inexact),
    `${what} is no object`,
  );
  return value;
}

export function list(value: Json | undefined, what: string): Json[] {
  require(Array.isArray(value), `${what} is no list`);
  return value;
}

export function string(value: Json | undefined, what: string): string {
  require(typeof value === "string", `${what} is no text`);
  return value;
}

export function boolean(value: Json | undefined, what: string): boolean {
  require(typeof value === "boolean", `${what} is neither true nor false`);
  return value;
}

export function whole(value: Json | undefined, what: string): bigint {
  require(typeof value === "bigint", `${what} is no whole number`);
  return value;
}

/** A whole number from 0 that fits 64 bits. */
export function natural(value: Json | undefined, what: string): bigint {
  const number = whole(value, what);
  require(number >= 0n && number < 1n << 64n, `${what} is no whole number from 0`);
  return number;
}

/** Where a field may be left out or null. */
export function optional<T>(value: Json | undefined, reader: (value: Json, what: string) => T, what: string): T | null {
  return value === undefined || value === null ? null : reader(value, what);
}

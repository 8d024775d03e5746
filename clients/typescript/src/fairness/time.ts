// Moments, exact to the microsecond. A Date keeps milliseconds only.

import { require } from "./json.js";

/** Microseconds since the Unix epoch. */
export type Moment = bigint;

export const SECOND = 1_000_000n;
export const DAY = 86_400n * SECOND;

const MOMENT = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d(?::\d\d)?)$/;
const TIME = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?$/;
const OFFSET = /^([+-])(\d\d):(\d\d)(?::(\d\d))?$/;

/** A moment as RFC 3339 writes it, with its offset from UTC. */
export function moment(text: string): Moment {
  const found = MOMENT.exec(text);
  require(found !== null, `${text} is no time with an offset from UTC`);
  const [, year, month, day, hour, minute, second, fraction, offset] = found;
  const at = Date.UTC(Number(year), Number(month) - 1, Number(day));
  // Date takes February 31 for March 3.
  require(new Date(at).toISOString().startsWith(`${year}-${month}-${day}T`), `${text} is no date`);
  const time = timeOfDay(`${hour}:${minute}:${second}.${fraction ?? "0"}`);
  return BigInt(at) * 1000n + time - (offset === "Z" ? 0n : utcOffset(offset ?? ""));
}

/** Microseconds since midnight. */
export function timeOfDay(text: string): bigint {
  const found = TIME.exec(text);
  require(found !== null, `${text} is no time of day`);
  const [, hour, minute, second = "0", fraction = "0"] = found;
  require(Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60, `${text} is no time of day`);
  return (BigInt(hour!) * 3600n + BigInt(minute!) * 60n + BigInt(second)) * SECOND + BigInt(fraction.padEnd(6, "0"));
}

export function utcOffset(text: string): bigint {
  const found = OFFSET.exec(text);
  require(found !== null, `${text} is no offset from UTC`);
  const [, sign, hours, minutes, seconds = "0"] = found;
  const offset = (BigInt(hours!) * 3600n + BigInt(minutes!) * 60n + BigInt(seconds)) * SECOND;
  return sign === "-" ? -offset : offset;
}

/** The date of a moment on a clock, counted from 1970-01-01 as 0, and the time of day on it. */
export function local(at: Moment, offset: bigint): { date: bigint; time: bigint } {
  const here = at + offset;
  const time = ((here % DAY) + DAY) % DAY;
  return { date: (here - time) / DAY, time };
}

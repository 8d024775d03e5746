// What the page says in the chosen language, and how it writes numbers and times.

import { AnswerError, ConnectionError, TooManyError, UnauthorizedError } from "@tenjo/client";
import { useCell } from "../cell";
import { language, type Language } from "../language";
import { items, poolNames } from "../names";
import { en, type Code, type Words } from "./en";
import { ja } from "./ja";

export { language, speak, type Language } from "../language";
export type { Words } from "./en";

const words: Record<Language, Words> = { en, ja };

function tell(): void {
  document.documentElement.lang = language.value;
  document.title = language.value === "ja" ? "天井 — Tenjo" : "Tenjo";
}

language.follow(tell);
tell();

export function useWords(): Words {
  return words[useCell(language)];
}

/** For words outside of pictures, such as notices. */
export function say(): Words {
  return words[language.value];
}

export function number(value: number | bigint | string): string {
  return BigInt(value).toLocaleString(language.value);
}

/** A percentage of the API, exact in its digits, shown with no more than people read. */
export function percent(text: string): string {
  const value = Number(text);
  if (value === 0 || value === 100) return `${value} %`;
  // Rounding must not turn what is possible into what is not, or into what is certain.
  if (value < 0.001) return "< 0.001 %";
  if (value > 99.999) return "> 99.999 %";
  return `${value.toLocaleString(language.value, { maximumFractionDigits: value < 1 ? 4 : 3 })} %`;
}

export function share(value: number): string {
  return percent(String(value * 100));
}

export function time(text: string | number): string {
  return new Date(text).toLocaleString(language.value, { dateStyle: "medium", timeStyle: "short" });
}

export function clockTime(text: string | number): string {
  return new Date(text).toLocaleTimeString(language.value, { timeStyle: "medium" });
}

/** What a price of the shop costs. */
export function money(micros: number, currency: string): string {
  return (micros / 1_000_000).toLocaleString(language.value, { style: "currency", currency });
}

export function itemName(id: string): string {
  return items.value.get(id)?.name ?? id;
}

export function poolName(id: string): string {
  return poolNames.value.get(id) ?? id;
}

export function paymentName(currency: string): string {
  const { freeGems, paidGems, anyGems } = say();
  return currency === "free_gem" ? freeGems : currency === "paid_gem" ? paidGems : anyGems;
}

/** What a code of the API says; null if this page has no words for it. */
export function knownCode(code: string | null): string | null {
  return (code === null ? undefined : say().errors[code as Code]) ?? null;
}

/** An error in words that help. */
export function wordsOf(error: unknown): string {
  const { errors } = say();
  if (error instanceof ConnectionError) return errors.connection;
  if (error instanceof TooManyError) return errors.tooMany(Math.ceil((error.retryAfterMs ?? 10_000) / 1000));
  if (error instanceof AnswerError) {
    const known = knownCode(error.code);
    if (known !== null) return known;
    if (error instanceof UnauthorizedError) return errors.unauthorized;
    if (error.status >= 500) return errors.busy;
    return errors.unknown(error.requestId ?? String(error.status));
  }
  return errors.unknown(error instanceof Error ? error.name : "?");
}

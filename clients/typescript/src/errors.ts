// Errors as types. Every failure of a call is one of these.

import type { components } from "./schema.js";

type ErrorAnswer = components["schemas"]["ErrorAnswer"];

/** What every error of the kit has. */
export abstract class TenjoError extends Error {
  /** Whether the same call, unchanged, may succeed later. */
  abstract readonly retryable: boolean;
}

/** No answer came, or it was cut off. Whether the server did it is unknown. */
export class ConnectionError extends TenjoError {
  override readonly name = "ConnectionError";
  readonly retryable = true;

  constructor(cause: unknown) {
    super("No answer came from the server.", { cause });
  }
}

/** The server answered, and the answer is no success. */
export class AnswerError extends TenjoError {
  override readonly name: string = "AnswerError";

  constructor(
    readonly status: number,
    /** The stable word of `error.code`; null if the gateway answered, not a function. */
    readonly code: string | null,
    message: string,
    /** What to give to support. */
    readonly requestId: string | null,
    /** The field that was refused, if it was one. */
    readonly field: string | null,
    /** How long the server asks to wait; null if it does not say. */
    readonly retryAfterMs: number | null,
    /** What the person can choose now, such as `keep_account`; empty if there is no choice. */
    readonly choices: readonly string[] = [],
    /** What the device has to answer, with `attestation_required`. */
    readonly challenge: string | null = null,
  ) {
    super(message);
  }

  get retryable(): boolean {
    return isRetryable(this.status, this.code);
  }
}

/** No session, and none could be had: log in again. */
export class UnauthorizedError extends AnswerError {
  override readonly name = "UnauthorizedError";
}

/** The game is closed. `Tenjo.status` says until when. */
export class MaintenanceError extends AnswerError {
  override readonly name = "MaintenanceError";
}

/** The game must be updated before it may be played. */
export class OutdatedError extends AnswerError {
  override readonly name = "OutdatedError";
}

/** The player is suspended. */
export class SuspendedError extends AnswerError {
  override readonly name = "SuspendedError";
}

/** The account is to be deleted. `Tenjo.keepAccount` takes that back, once the player said so. */
export class DeletingError extends AnswerError {
  override readonly name = "DeletingError";
}

/** Too many calls in this minute, or this hour. */
export class TooManyError extends AnswerError {
  override readonly name = "TooManyError";
}

/**
 * A refusal that stands: nothing was taken, and a repeat gets it again. `code` says why,
 * for example `insufficient_currency` or `price_changed`.
 */
export class RefusedError extends AnswerError {
  override readonly name = "RefusedError";
}

/** The words that a repeat may turn into a success although the status alone says otherwise. */
const LATER = new Set(["draw_in_progress", "request_in_progress"]);

/** Whether the same request may succeed later: docs/clients.md, "Draw safely". */
export function isRetryable(status: number, code: string | null): boolean {
  if (code === "draw_failed") return false;
  if (code !== null && LATER.has(code)) return true;
  return status === 429 || status >= 500;
}

/** The error that an answer stands for. The body may be anything: the status is enough. */
export function errorOf(response: Response, body: unknown, now: number): AnswerError {
  const answer: ErrorAnswer = typeof body === "object" && body !== null ? body : {};
  const details = answer.error;
  const { status } = response;
  const code = typeof details?.code === "string" ? details.code : null;
  const parts = [
    status,
    code,
    details?.message ?? answer.message ?? answer.exp ?? `The server answered with ${status}.`,
    details?.request_id ?? response.headers.get("X-Request-ID") ?? answer.request_id ?? null,
    details?.field ?? null,
    retryAfterMs(response.headers, now),
    details?.choices ?? [],
    details?.challenge ?? null,
  ] as const;
  if (code === "maintenance") return new MaintenanceError(...parts);
  if (code === "client_outdated") return new OutdatedError(...parts);
  if (code === "user_suspended") return new SuspendedError(...parts);
  if (code === "user_deleting") return new DeletingError(...parts);
  if (status === 401) return new UnauthorizedError(...parts);
  if (status === 429) return new TooManyError(...parts);
  if (code !== null && !isRetryable(status, code)) return new RefusedError(...parts);
  return new AnswerError(...parts);
}

/** `Retry-After` is seconds, or a date by the server's clock. */
export function retryAfterMs(headers: Headers, now: number): number | null {
  const sent = headers.get("Retry-After");
  if (sent === null) return null;
  if (/^\d+$/.test(sent)) return Number(sent) * 1000;
  const at = Date.parse(sent);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}

// Sends one request until there is an answer to go by: tries again after a lost
// connection, waits as long as the server asks, and gives every answer whole.

import { backoffMs, type Sleep } from "./backoff.js";
import type { ServerClock } from "./clock.js";
import { ConnectionError, errorOf, type AnswerError } from "./errors.js";

export interface TransportOptions {
  fetch: (request: Request) => Promise<Response>;
  clock: ServerClock;
  sleep: Sleep;
  random: () => number;
  /** How often one call is sent at most. */
  attempts: number;
  /** After how long a try without an answer counts as lost. */
  timeoutMs: number;
  /** A server that asks for a longer wait than this gets no second try: the caller is told. */
  longestWaitMs: number;
}

export type Transport = (request: Request, signal?: AbortSignal) => Promise<Response>;

/** What is not worth trying again at once, although it may pass later. */
const TELL_THE_CALLER = new Set(["maintenance"]);

export function transport(options: TransportOptions): Transport {
  const { clock, random } = options;

  /** One try. The body is read here, so that an answer that is cut off counts as none. */
  async function attempt(request: Request, signal: AbortSignal): Promise<Response> {
    const timeout = AbortSignal.timeout(options.timeoutMs);
    const sentAt = clock.tick();
    try {
      const answer = await options.fetch(
        new Request(request.clone(), { signal: AbortSignal.any([signal, timeout]) }),
      );
      if (isFresh(answer)) clock.learn(Date.parse(answer.headers.get("Date") ?? ""), sentAt, clock.tick(), 1000);
      const text = await answer.text();
      if (answer.ok) JSON.parse(text);
      return new Response(text, answer);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw new ConnectionError(error);
    }
  }

  return async (request, signal = request.signal) => {
    for (let tried = 0; ; tried += 1) {
      let wait = backoffMs(tried, random);
      let outcome: Response | ConnectionError;
      try {
        outcome = await attempt(request, signal);
      } catch (error) {
        if (!(error instanceof ConnectionError)) throw error;
        outcome = error;
      }
      if (outcome instanceof Response) {
        if (outcome.ok) return outcome;
        const error = await read(outcome, clock.now());
        if (!error.retryable || TELL_THE_CALLER.has(error.code ?? "")) return outcome;
        // Some chance on top, so that all who were told the same do not come together.
        if (error.retryAfterMs !== null) wait = error.retryAfterMs + 250 * random();
        if (wait > options.longestWaitMs) return outcome;
      }
      if (tried + 1 >= options.attempts) {
        if (outcome instanceof Response) return outcome;
        throw outcome;
      }
      await options.sleep(wait, signal);
    }
  };
}

/** Whether the server wrote the answer now: a cache gives one with the date of long ago. */
function isFresh({ headers }: Response): boolean {
  return !headers.has("Age") && !/max-age=[1-9]/.test(headers.get("Cache-Control") ?? "");
}

/** The error that an answer is, without using it up. */
async function read(answer: Response, now: number): Promise<AnswerError> {
  const text = await answer.clone().text();
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {
    // The gateway's own pages need not be JSON.
  }
  return errorOf(answer, body, now);
}

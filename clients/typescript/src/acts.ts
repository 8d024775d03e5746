// Draws and exchanges: what may cost something, and must happen once.
//
// An act is written down with its key before it is sent, and crossed out when there is a
// final answer. In between it can be sent again at any time, also after a restart, and is
// never charged twice.

import { backoffMs, type Sleep } from "./backoff.js";
import { AnswerError, DeletingError, MaintenanceError, OutdatedError, UnauthorizedError, type TenjoError } from "./errors.js";
import { exclusively } from "./locks.js";
import { read, type Storage } from "./storage.js";
import type { Draw, DrawRequest, Exchange, ExchangeRequest, Saga } from "./types.js";

interface Written<Kind extends string, Body> {
  kind: Kind;
  /** The `Idempotency-Key`. */
  key: string;
  body: Body;
  /** Keys belong to a player: an act is only ever sent as the one who ordered it. */
  user_id: string;
  /** By the device's clock, for people. */
  ordered_at: string;
}

export type PendingDraw = Written<"draw", DrawRequest>;
export type PendingExchange = Written<"exchange", ExchangeRequest>;
export type PendingAct = PendingDraw | PendingExchange;

export interface ActCalls {
  draw(key: string, body: DrawRequest, signal?: AbortSignal): Promise<Draw>;
  /** Answers as soon as the draw has ended, or after some seconds with the draw as it is. */
  saga(sagaId: string, signal?: AbortSignal): Promise<Saga>;
  exchange(key: string, body: ExchangeRequest, signal?: AbortSignal): Promise<Exchange>;
  userId(): Promise<string>;
}

export interface ActOptions {
  signal?: AbortSignal;
  /** Called when the act is written down, and whenever its saga gets further. */
  onProgress?: (progress: { key: string; status: string | null }) => void;
}

export interface DrawOptions extends ActOptions {
  /** The player's own part of the draw, 1 to 64 visible ASCII characters; a new random one if it is left out. */
  clientSeed?: string;
  /**
   * Called with the order when it is written down, before it is sent. Keep it with a
   * refusal: docs/fairness.md, "What it does not prove".
   */
  onOrder?: (order: DrawRequest) => void;
}

/** How an act that was resumed went. */
export type Resumed =
  | { act: PendingDraw; result: Draw; error: null }
  | { act: PendingExchange; result: Exchange; error: null }
  | { act: PendingAct; result: null; error: TenjoError };

const ENDS = new Set(["COMPLETED", "FAILED"]);
const NAME = "acts";

export class Acts {
  constructor(
    private readonly storage: Storage,
    private readonly calls: ActCalls,
    private readonly sleep: Sleep,
    private readonly random: () => number,
    /** How often a running draw is asked for before the caller is told that it still runs. */
    private readonly asks: number,
  ) {}

  /** Draws. Fails with an error that is `retryable` if the outcome is not known yet: then `resume`. */
  async draw(body: DrawRequest, options: DrawOptions = {}): Promise<Draw> {
    const act: PendingDraw = { ...(await this.order()), kind: "draw", body };
    return alone(act, async () => {
      await this.write(act);
      options.onOrder?.(body);
      return this.finish(act, () => this.runDraw(act, options), options);
    });
  }

  /** Turns points into an item, in the same way. */
  async exchange(body: ExchangeRequest, options: ActOptions = {}): Promise<Exchange> {
    const act: PendingExchange = { ...(await this.order()), kind: "exchange", body };
    return alone(act, async () => {
      await this.write(act);
      return this.finish(act, () => this.runExchange(act, options), options);
    });
  }

  /** The player's acts without a final answer. */
  async pending(): Promise<PendingAct[]> {
    const userId = await this.calls.userId();
    return (await this.all()).filter((act) => act.user_id === userId);
  }

  /**
   * Sends each pending act again, with its key, oldest first. Each outcome is told once it
   * is there. Stops at the first act whose outcome stays unknown. An act that another tab is
   * sending is waited for, and is that tab's to tell; where the browser is slow to show one
   * tab what another has stored, both tell the same.
   */
  async *resume(options: ActOptions = {}): AsyncGenerator<Resumed, void, undefined> {
    for (const act of await this.pending()) {
      const resumed = await alone(act, () => this.resumeOne(act, options));
      if (resumed !== null) yield resumed;
    }
  }

  /** Calls `changed` when another tab has written down an act, or crossed one out. */
  watch(changed: () => void): () => void {
    return this.storage.watch?.(NAME, changed) ?? (() => {});
  }

  private async resumeOne(act: PendingAct, options: ActOptions): Promise<Resumed | null> {
    if (!(await this.all()).some(({ key }) => key === act.key)) return null; // it has been answered meanwhile
    try {
      if (act.kind === "draw") {
        return { act, result: await this.finish(act, () => this.runDraw(act, options), options), error: null };
      }
      return { act, result: await this.finish(act, () => this.runExchange(act, options), options), error: null };
    } catch (error) {
      if (!(error instanceof AnswerError) || !isFinal(error)) throw error;
      return { act, result: null, error };
    }
  }

  private runExchange(act: PendingExchange, { signal }: ActOptions): Promise<Exchange> {
    return this.calls.exchange(act.key, act.body, signal);
  }

  /** Runs a draw to its end. A draw that still runs is asked for, and then fetched by its key. */
  private async runDraw(act: PendingDraw, options: ActOptions): Promise<Draw> {
    const { signal, onProgress } = options;
    let asked = 0;
    for (;;) {
      const draw = await this.calls.draw(act.key, act.body, signal);
      onProgress?.({ key: act.key, status: draw.status });
      if (draw.results !== null) return draw;
      let status = draw.status;
      while (!ENDS.has(status)) {
        if (asked >= this.asks) throw new StillRunningError(draw.saga_id);
        // The server waits for the end of the draw. The pause is for one that does not.
        if (asked > 0) await this.sleep(Math.min(4000, backoffMs(asked - 1, this.random)), signal);
        asked += 1;
        ({ status } = await this.calls.saga(draw.saga_id, signal));
        onProgress?.({ key: act.key, status });
      }
      // The same call again: it has the receipt, or says why there is none.
      if (asked >= this.asks) throw new StillRunningError(draw.saga_id);
      asked += 1;
    }
  }

  private async order(): Promise<{ key: string; user_id: string; ordered_at: string }> {
    return { key: crypto.randomUUID(), user_id: await this.calls.userId(), ordered_at: new Date().toISOString() };
  }

  private async finish<T>(act: PendingAct, run: () => Promise<T>, options: ActOptions): Promise<T> {
    options.onProgress?.({ key: act.key, status: null });
    try {
      const result = await run();
      await this.crossOut(act);
      return result;
    } catch (error) {
      if (error instanceof AnswerError && isFinal(error)) await this.crossOut(act);
      throw error;
    }
  }

  private async all(): Promise<PendingAct[]> {
    return (await read<PendingAct[]>(this.storage, NAME)) ?? [];
  }

  private async write(act: PendingAct): Promise<void> {
    await exclusively(NAME, async () => this.storage.set(NAME, JSON.stringify([...(await this.all()), act])));
  }

  private async crossOut(act: PendingAct): Promise<void> {
    await exclusively(NAME, async () => {
      const rest = (await this.all()).filter((other) => other.key !== act.key);
      await this.storage.set(NAME, JSON.stringify(rest));
    });
  }
}

/** While one tab sends an act, no other does. A tab that is closed lets go of it. */
function alone<T>(act: PendingAct, send: () => Promise<T>): Promise<T> {
  return exclusively(`act.${act.key}`, send);
}

/** The server runs the draw still, after all the time that we asked. It is not lost: `resume`. */
export class StillRunningError extends AnswerError {
  override readonly name = "StillRunningError";

  constructor(readonly sagaId: string) {
    super(202, "still_running", "The draw still runs.", null, null, null);
  }

  override get retryable(): boolean {
    return true;
  }
}

/**
 * Whether no repeat of the act can change this answer: docs/clients.md, "Draw safely". 400
 * and 404 count too, although nothing is recorded under the key: there was nothing to
 * order, and only another order can succeed.
 */
export function isFinal(error: AnswerError): boolean {
  const mayPass = [UnauthorizedError, MaintenanceError, OutdatedError, DeletingError];
  if (mayPass.some((kind) => error instanceof kind)) return false;
  return !error.retryable;
}

// The server's time, whatever the device's clock says.

/** Milliseconds that only ever rise, whoever sets the device's clock. */
export type Ticks = () => number;

/** What was learnt is trusted 10 ms less each minute, which is more than clocks drift apart. */
const DRIFT = 10 / 60_000;

/**
 * Learns the server's time from its answers. Countdowns and opening hours use `now`, so a
 * wrong clock of the device shows nothing wrong.
 */
export class ServerClock {
  /** The server's time when the ticks were 0; null before the first answer. */
  private offset: number | null = null;
  /** How far from the truth the offset may have been when it was learnt. */
  private uncertainty = Infinity;
  /** The tick at which it was learnt. */
  private learntAt = 0;

  constructor(
    private readonly ticks: Ticks = () => performance.now(),
    private readonly device: () => number = () => Date.now(),
  ) {}

  /** Milliseconds since the Unix epoch by the server's clock, or by the device's until one is known. */
  now(): number {
    return this.offset === null ? this.device() : this.ticks() + this.offset;
  }

  /** Whether any answer told the time. */
  get isKnown(): boolean {
    return this.offset !== null;
  }

  /** How far the device's clock is ahead of the server's; negative if it is behind. */
  get deviceAheadMs(): number {
    return this.offset === null ? 0 : this.device() - this.now();
  }

  /**
   * Takes a time that the server told between two ticks, exact to `resolutionMs`. The most
   * exact one counts, unless another one says that it cannot be right any more: ticks stop
   * while a laptop sleeps.
   */
  learn(serverTime: number, sentAt: number, receivedAt: number, resolutionMs: number): void {
    if (Number.isNaN(serverTime)) return;
    const uncertainty = (receivedAt - sentAt) / 2 + resolutionMs / 2;
    const offset = serverTime + resolutionMs / 2 - (sentAt + receivedAt) / 2;
    const known = this.uncertainty + (receivedAt - this.learntAt) * DRIFT;
    const isContradicted = this.offset !== null && Math.abs(offset - this.offset) > uncertainty + known;
    if (uncertainty > known && !isContradicted) return;
    this.uncertainty = uncertainty;
    this.learntAt = receivedAt;
    this.offset = offset;
  }

  tick(): number {
    return this.ticks();
  }
}

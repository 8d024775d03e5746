// How long to wait before the next try.

/** Sleeps, or fails with the signal's reason when it is aborted. Tests give their own. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

export const sleep: Sleep = (ms, signal) =>
  new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });

/**
 * 1, 2, 4, … seconds, at most 30, each between half and all of it by chance, so that
 * players who lost their connection together do not all come back together.
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const most = Math.min(30_000, 1000 * 2 ** attempt);
  return most / 2 + (most / 2) * random();
}

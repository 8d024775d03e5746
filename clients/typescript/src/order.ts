// What is sent with a draw, so that it is the draw that the player was shown, and the server
// cannot choose what it gives: docs/fairness.md, "How to check a purchase".

import type { DrawRequest, ExpectedCost, PoolDetails, Price } from "./types.js";

/** A pool as the player was shown it: of `pool`, `poolWithOdds` or `home`. */
export type ShownPool = Pick<PoolDetails, "pool_id" | "revision">;

/** The player's part of one draw, which nobody can guess. Each draw needs a new one. */
export function newClientSeed(): string {
  return crypto.randomUUID();
}

/**
 * Orders a draw. The server has told the revision and the draw number before it can know
 * the seed; with both in the order, it cannot choose others once it knows.
 */
export function orderOf(pool: ShownPool, price: Price, clientSeed: string, nextDrawNumber: number): DrawRequest {
  const { draw_count, currency_type, amount } = price;
  return {
    pool_id: pool.pool_id,
    draw_count,
    // In answers the set is open: a price of a new kind is the server's to refuse.
    expected_cost: { currency_type: currency_type as ExpectedCost["currency_type"], amount },
    client_seed: clientSeed,
    expected_revision: pool.revision,
    expected_draw_number: nextDrawNumber,
  };
}

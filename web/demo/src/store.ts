// The test store, which plays the App Store and Google Play on one machine, and those whom
// people sign in with. It is no part of the API, so the kit does not know it. Like a phone's
// own store library, this keeps each purchase until the game has booked it.

import { AnswerError, type Product } from "@tenjo/client";
import { changing, game, storage } from "./game";

export type StoreName = "apple" | "google";

/** What was paid. `booked` is false until the gems are there. */
export interface Bought {
  store: StoreName;
  transactionId: string;
  /** Apple's signed transaction, or Google's purchase token. */
  proof: string;
  productId: string;
  storeProductId: string;
  playerId: string;
  booked: boolean;
  /** How the money went back; null while the purchase stands. */
  ended: Ending | null;
}

/** The store gives the money back, or the player's bank takes it back. */
export type Ending = "refund" | "charge-back";

const NAME = "bought";

export async function bought(): Promise<Bought[]> {
  const text = await storage.get(NAME);
  return text === null ? [] : (JSON.parse(text) as Bought[]);
}

async function keep(purchase: Bought): Promise<void> {
  const rest = (await bought()).filter(({ transactionId }) => transactionId !== purchase.transactionId);
  await storage.set(NAME, JSON.stringify([...rest, purchase]));
}

export class NoStoreError extends Error {}

/** An act of the test store, such as `apple/buy`. */
export async function atStore(name: string, body: object): Promise<Record<string, unknown>> {
  const answer = await fetch(`/test-store/${name}`, {
    method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" },
  }).catch(() => null);
  if (answer === null || !answer.ok) throw new NoStoreError();
  return (await answer.json()) as Record<string, unknown>;
}

/** Pays in the store, and has the game book it. */
export async function buy(store: StoreName, product: Product, accountToken: string, playerId: string): Promise<void> {
  const listing = store === "apple" ? product.apple : product.google;
  if (listing === null) throw new NoStoreError();
  const price = listing.prices.find(({ currency }) => currency === "JPY") ?? listing.prices[0];
  const sold = await atStore(`${store}/buy`, {
    product_id: listing.product_id, account_token: accountToken,
    ...(price ? { currency: price.currency, price_micros: price.amount_micros } : {}),
  });
  const purchase: Bought = {
    store, playerId, productId: product.product_id, storeProductId: listing.product_id, booked: false, ended: null,
    transactionId: String(sold["transaction_id"]),
    proof: String(sold[store === "apple" ? "signed_transaction" : "purchase_token"]),
  };
  await keep(purchase);
  await book(purchase);
}

async function book(purchase: Bought): Promise<void> {
  await changing(() =>
    purchase.store === "apple"
      ? game.bookApplePurchase(purchase.proof)
      : game.bookGooglePurchase(purchase.storeProductId, purchase.proof),
  ).catch(async (error: unknown) => {
    // The game will never book it: no use to keep it. Another player's waits for that player.
    const isOver = error instanceof AnswerError && !error.retryable && error.status !== 401;
    if (isOver && error.code !== "purchase_of_another_player") await keep({ ...purchase, booked: true });
    throw error;
  });
  await keep({ ...purchase, booked: true });
}

/** Books what was paid before the page was closed, or the connection lost. */
export async function bookWhatIsLeft(playerId: string): Promise<number> {
  const left = (await bought()).filter((it) => !it.booked && it.playerId === playerId);
  for (const purchase of left) await book(purchase);
  return left.length;
}

/** The money goes back. The store tells the game, which takes the gems back. */
export async function takeBack(purchase: Bought, ending: Ending): Promise<void> {
  await changing(() =>
    atStore(`${purchase.store}/${ending}`, { transaction_id: purchase.transactionId, deliver_to: location.origin }),
  );
  await keep({ ...purchase, ended: ending });
}

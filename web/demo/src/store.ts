// The test store, which plays the App Store and Google Play on one machine, and those whom
// people sign in with. It is no part of the API, so the kit does not know it. Like a phone's
// own store library, this keeps each purchase until the game has booked it.

import { AnswerError, isFinal, type Product } from "@tenjo/client";
import { Cell } from "./cell";
import { changing, game, heard, isTrouble, player, say, storage } from "./game";
import { say as sayWords } from "./text";

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
  /** As it was called when it was bought. */
  name: string;
  booked: boolean;
  /** Why the game will never book it; null if it has, or still may. */
  refused: string | null;
  /** How the money went back; null while the purchase stands. */
  ended: Ending | null;
}

/** The store gives the money back, or the player's bank takes it back. */
export type Ending = "refund" | "charge-back";

const NAME = "bought";
/** How long what could not be booked rests before it is tried again. */
const REST_MS = 10_000;

/** How many purchases are paid for, and not booked yet. */
export const unbooked = new Cell(0);

/** When each was tried last, and which are under way. */
const tried = new Map<string, number>();
const underWay = new Set<string>();

async function all(): Promise<Bought[]> {
  const text = await storage.get(NAME);
  const kept = text === null ? [] : (JSON.parse(text) as (Omit<Bought, "name" | "refused"> & Partial<Bought>)[]);
  // What an earlier version of this page kept has no name, and does not say whether it was refused.
  return kept.map((it) => ({ name: it.productId, refused: null, ...it }));
}

/** What this player bought, oldest first. */
export async function bought(): Promise<Bought[]> {
  return (await all()).filter(({ playerId }) => playerId === player.value?.userId);
}

function isLeft({ booked, refused }: Bought): boolean {
  return !booked && refused === null;
}

async function keep(purchase: Bought): Promise<void> {
  const kept = await all();
  const at = kept.findIndex(({ transactionId }) => transactionId === purchase.transactionId);
  if (at === -1) kept.push(purchase);
  else kept[at] = purchase;
  await storage.set(NAME, JSON.stringify(kept));
  await count();
}

// Another tab has bought something, or knows what became of it.
storage.watch(NAME, heard);

async function count(): Promise<void> {
  unbooked.value = (await bought()).filter(isLeft).length;
}

export class NoStoreError extends Error {}

/** It is paid for, and the game has not booked it yet. It will be tried again. */
export class NotBookedError extends Error {}

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
    store, playerId, productId: product.product_id, storeProductId: listing.product_id, name: product.name,
    booked: false, refused: null, ended: null,
    transactionId: String(sold["transaction_id"]),
    proof: String(sold[store === "apple" ? "signed_transaction" : "purchase_token"]),
  };
  underWay.add(purchase.transactionId); // from the first moment on, so that nobody else books it meanwhile
  await keep(purchase);
  await book(purchase);
}

/** Has the game book a purchase. A transaction is booked once, however often it is sent. */
export async function book(purchase: Bought): Promise<void> {
  const { transactionId, store, storeProductId, proof } = purchase;
  underWay.add(transactionId);
  try {
    await changing(async () => {
      await (store === "apple" ? game.bookApplePurchase(proof) : game.bookGooglePurchase(storeProductId, proof));
      await keep({ ...purchase, booked: true });
    });
  } catch (error) {
    if (isTrouble(error) || !isRefusal(error)) throw new NotBookedError();
    await keep({ ...purchase, refused: error.code ?? String(error.status) });
    throw error;
  } finally {
    tried.set(transactionId, performance.now());
    underWay.delete(transactionId);
  }
}

/** Whether the game will never book it. What is not paid for yet may still be. */
function isRefusal(error: unknown): error is AnswerError {
  return error instanceof AnswerError && isFinal(error) && error.code !== "purchase_pending";
}

/** Books what was paid before the page was closed, or the connection lost: each, whatever becomes of the others. */
export async function bookWhatIsLeft(): Promise<void> {
  await count();
  for (const purchase of (await bought()).filter(isLeft)) {
    const { transactionId, name } = purchase;
    const rested = performance.now() - (tried.get(transactionId) ?? -Infinity);
    if (underWay.has(transactionId) || rested < REST_MS) continue;
    await book(purchase).then(() => say(sayWords().booked(name)), () => {});
  }
}

/** The money goes back. The store tells the game, which takes the gems back. */
export async function takeBack(purchase: Bought, ending: Ending): Promise<void> {
  await changing(async () => {
    await atStore(`${purchase.store}/${ending}`, { transaction_id: purchase.transactionId, deliver_to: location.origin });
    await keep({ ...purchase, ended: ending });
  });
}

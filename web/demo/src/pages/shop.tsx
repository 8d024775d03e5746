// Gems for money, from the test store.

import type { Allowance, Product } from "@tenjo/client";
import { useEffect, useRef, useState } from "preact/hooks";
import { Gem } from "../art/icons";
import { useCell } from "../cell";
import { game, player, say } from "../game";
import { Loaded, tellFailure, useLoad } from "../parts/load";
import { book, bought, buy, NoStoreError, NotBookedError, takeBack, unbooked, type Bought, type Ending, type StoreName } from "../store";
import { knownCode, language, money, number, useWords } from "../text";

const ENDINGS: Ending[] = ["refund", "charge-back"];

export function ShopPage() {
  const words = useWords();
  const speaks = useCell(language);
  const who = useCell(player);
  const [store, setStore] = useState<StoreName>("apple");
  const [isBusy, setBusy] = useState(false);
  const loaded = useLoad(async () => {
    const [shop, allowance, purchases] = await Promise.all([game.shop(), game.allowance(), bought()]);
    return { shop, allowance, purchases: purchases.reverse() };
  }, `shop ${who?.userId} ${speaks}`);

  // What was left is booked now, by whoever tried again.
  const left = useCell(unbooked);
  const before = useRef(left);
  useEffect(() => {
    if (left !== before.current) void loaded.reload();
    before.current = left;
  }, [left]);

  const act = async (done: string, what: () => Promise<void>) => {
    setBusy(true);
    try {
      await what();
      say(done);
    } catch (error) {
      if (error instanceof NoStoreError) say(words.noStore, "bad");
      else if (error instanceof NotBookedError) say(words.notBookedYet, "bad");
      else tellFailure(error);
    }
    await loaded.reload();
    setBusy(false);
  };

  return (
    <>
      <h1 tabindex={-1}>{words.shop}</h1>
      <p class="hint">{words.shopText}</p>
      <Loaded from={loaded}>
        {({ shop, allowance, purchases }) => (
          <>
            {!allowance.is_birth_month_known ? <BirthMonth onDone={loaded.reload} /> : <p>{allowanceText(allowance, words)}</p>}
            <fieldset class="tabs">
              <legend>{words.store}</legend>
              {(["apple", "google"] as const).map((name) => (
                <button key={name} type="button" aria-pressed={store === name} onClick={() => setStore(name)}>{words[name]}</button>
              ))}
            </fieldset>
            <ul class="products">
              {shop.products.filter((product) => product[store] !== null).map((product) => (
                <ProductCard
                  key={product.product_id} product={product} store={store} allowance={allowance} isBusy={isBusy}
                  onBuy={() => void act(words.booked(product.name), async () => {
                    const { account_token: token } = await game.user();
                    await buy(store, product, token, who?.userId ?? "");
                  })}
                />
              ))}
            </ul>
            {purchases.length > 0 && (
              <section class="panel">
                <h2>{words.boughtTitle}</h2>
                <p class="hint">{words.endText}</p>
                <ul class="bought">
                  {purchases.map((purchase: Bought, index) => {
                    const name = shop.products.find(({ product_id }) => product_id === purchase.productId)?.name ?? purchase.name;
                    return (
                      <li key={purchase.transactionId}>
                        <span>{name}<small>{words[purchase.store]}</small></span>
                        <Standing
                          purchase={purchase} place={index + 1} isBusy={isBusy}
                          onBook={() => void act(words.booked(name), () => book(purchase))}
                          onEnd={(ending) => void act(words.endDone[ending], () => takeBack(purchase, ending))}
                        />
                      </li>
                    );
                  })}
                </ul>
              </section>
            )}
            <section>
              <h2>{words.legal}</h2>
              {[...shop.disclosures].sort((one) => (one.language === speaks ? -1 : 1)).map(({ disclosure_id: id, title, text, language: lang }) => (
                <details key={id} class="odds" lang={lang}><summary><span>{title}</span></summary><p class="disclosure">{text}</p></details>
              ))}
            </section>
          </>
        )}
      </Loaded>
    </>
  );
}

/** What became of a purchase, and what can be done with it. */
function Standing({ purchase, place, isBusy, onBook, onEnd }: {
  purchase: Bought; place: number; isBusy: boolean; onBook: () => void; onEnd: (ending: Ending) => void;
}) {
  const words = useWords();
  if (purchase.ended) return <span class="tag">{words.ended[purchase.ended]}</span>;
  if (purchase.refused !== null) return <span><span class="tag">{words.notBooked}</span><small>{knownCode(purchase.refused) ?? purchase.refused}</small></span>;
  const button = (key: string, label: string, press: () => void) => (
    <button key={key} type="button" class="button button-quiet" disabled={isBusy} onClick={press}>{label}<span class="visually-hidden"> {number(place)}</span></button>
  );
  if (!purchase.booked) return <span class="bought-ends"><span class="tag">{words.notBooked}</span>{button("book", words.bookNow, onBook)}</span>;
  return <span class="bought-ends">{ENDINGS.map((ending) => button(ending, words.end[ending], () => onEnd(ending)))}</span>;
}

function allowanceText(allowance: Allowance, words: ReturnType<typeof useWords>): string {
  return allowance.left_micros === null ? words.noLimit : words.allowance(money(allowance.left_micros, allowance.currency));
}

function ProductCard({ product, store, allowance, isBusy, onBuy }: {
  product: Product; store: StoreName; allowance: Allowance; isBusy: boolean; onBuy: () => void;
}) {
  const words = useWords();
  const prices = product[store]?.prices ?? [];
  const price = prices.find(({ currency }) => currency === allowance.currency) ?? prices[0];
  const isOver = price !== undefined && allowance.left_micros !== null && price.amount_micros > allowance.left_micros;
  const isSoldOut = product.left === 0;
  return (
    <li class="product panel">
      <div class="product-gems" aria-hidden="true"><Gem kind="paid_gem" />{product.bonus_free_gems > 0 && <Gem kind="free_gem" />}</div>
      <h2>{product.name}</h2>
      <p class="product-count"><Gem kind="paid_gem" /><span class="visually-hidden">{words.paidGems} </span>{number(product.paid_gems)}{product.bonus_free_gems > 0 && <span class="tag">{words.bonus(number(product.bonus_free_gems))}</span>}</p>
      {product.first_bonus_free_gems > 0 && <p class="first-bonus">{words.firstBonus(number(product.first_bonus_free_gems))}</p>}
      {product.expires_after_days !== null && <p class="hint">{words.expires(product.expires_after_days)}</p>}
      {product.left !== null && <p class="hint">{words.left(product.left)}</p>}
      {isOver && allowance.is_birth_month_known && <p class="hint">{words.overAllowance}</p>}
      <button type="button" class="button" disabled={isBusy || isOver || isSoldOut || !allowance.is_birth_month_known} onClick={onBuy}>
        <span class="visually-hidden">{words.buy} {product.name}: </span>{price ? money(price.amount_micros, price.currency) : words.buy}
      </button>
    </li>
  );
}

function BirthMonth({ onDone }: { onDone: () => Promise<void> }) {
  const words = useWords();
  const [month, setMonth] = useState("");
  const save = async (event: Event) => {
    event.preventDefault();
    try {
      await game.setBirthMonth(month);
    } catch (error) {
      tellFailure(error);
    }
    await onDone();
  };
  return (
    <form class="panel" onSubmit={(event) => void save(event)}>
      <h2 id="birth">{words.birthMonth}</h2>
      <p class="hint" id="birth-help">{words.birthMonthHelp}</p>
      <div class="field-row">
        <input type="month" required min="1900-01" aria-labelledby="birth" aria-describedby="birth-help" value={month} onInput={(event) => setMonth(event.currentTarget.value)} />
        <button class="button" disabled={!/^\d{4}-\d\d$/.test(month)}>{words.save}</button>
      </div>
    </form>
  );
}

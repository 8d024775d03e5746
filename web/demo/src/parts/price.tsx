// A price: what it costs, in which gems.

import type { Price } from "@tenjo/client";
import { Gem } from "../art/icons";
import { number, paymentName, useWords } from "../text";

export function Amount({ currency, amount }: { currency: string; amount: number }) {
  return (
    <span class="amount">
      <Gem kind={currency === "paid_gem" ? "paid_gem" : "free_gem"} />
      {currency === "any_gem" && <Gem kind="paid_gem" />}
      <span class="visually-hidden">{paymentName(currency)} </span>
      {number(amount)}
    </span>
  );
}

export function PriceButton({ price, disabled, onPress }: { price: Price; disabled: boolean; onPress: () => void }) {
  const words = useWords();
  const isFree = price.amount === 0;
  return (
    <button type="button" class={`price ${isFree ? "price-free" : price.draw_count >= 5 ? "price-many" : ""}`} disabled={disabled} onClick={onPress}>
      <span class="price-count">{words.drawCount(price.draw_count)}</span>
      <span class="price-cost">{isFree ? words.freeToday : <Amount currency={price.currency_type} amount={price.amount} />}</span>
    </button>
  );
}

// Rates as people read them: a bar for the rarities, a list for the items.

import type { Odds } from "@tenjo/client";
import { itemName, percent, useWords } from "../text";
import { byRarity, known } from "../art/card";

export function RarityBar({ rarities }: { rarities: Odds["rarities"] }) {
  const rarestFirst = [...rarities].reverse();
  return (
    <div class="rarities">
      <div class="rarity-bar" aria-hidden="true">
        {rarestFirst.map(({ rarity, rate }) => (
          <span key={rarity} class={`part part-${known(rarity)}`} style={{ flexGrow: rate.numerator / rate.denominator }} />
        ))}
      </div>
      <ul class="rarity-list">
        {rarestFirst.map(({ rarity, percent: text }) => (
          <li key={rarity}><span class={`rarity rarity-${known(rarity)}`}>{rarity}</span> <strong>{percent(text)}</strong></li>
        ))}
      </ul>
    </div>
  );
}

export function OddsTable({ title, odds }: { title: string; odds: Odds }) {
  const words = useWords();
  const rarestFirst = [...odds.items].reverse().sort((one, other) => byRarity(one, other) || Number(other.is_pickup) - Number(one.is_pickup));
  return (
    <details class="odds">
      <summary><span>{title}</span></summary>
      <RarityBar rarities={odds.rarities} />
      <table>
        <thead><tr><th scope="col">{words.rarity}</th><th scope="col">{words.item}</th><th scope="col">{words.rate}</th></tr></thead>
        <tbody>
          {rarestFirst.map((item) => (
            <tr key={item.item_master_id} class={item.is_pickup ? "is-pickup" : ""}>
              <td><span class={`rarity rarity-${known(item.rarity)}`}>{item.rarity}</span></td>
              <td>{itemName(item.item_master_id)}{item.is_pickup && <span class="tag">{words.featured}</span>}</td>
              <td class="number">{percent(item.percent)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

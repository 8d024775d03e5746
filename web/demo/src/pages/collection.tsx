// Everything that there is, and what of it the player has found.

import { useState } from "preact/hooks";
import { byRarity, Card } from "../art/card";
import { game, loadItems } from "../game";
import { items } from "../names";
import { Dialog } from "../parts/dialog";
import { Loaded, useLoad } from "../parts/load";
import { itemName, time, useWords } from "../text";

type Filter = "all" | "character" | "weapon";

export function CollectionPage() {
  const words = useWords();
  const [filter, setFilter] = useState<Filter>("all");
  const [shown, show] = useState<string | null>(null);
  const loaded = useLoad(async () => {
    const [, owned] = await Promise.all([loadItems(), game.items().all()]);
    return new Map(owned.map((item) => [item.item_master_id, item]));
  }, "collection");
  const labels: [Filter, string][] = [["all", words.all], ["character", words.characters], ["weapon", words.weapons]];
  return (
    <>
      <h1 tabindex={-1}>{words.collection}</h1>
      <Loaded from={loaded}>
        {(owned) => {
          const all = [...items.value.values()]
            .filter(({ kind }) => filter === "all" || (filter === "character") === (kind === "character"))
            .sort((one, other) => byRarity(one, other) || (one.name < other.name ? -1 : 1));
          const found = all.filter(({ item_master_id: id }) => owned.has(id)).length;
          const open = shown === null ? undefined : items.value.get(shown);
          return (
            <>
              <div class="toolbar">
                <div class="tabs" role="group" aria-label={words.collection}>
                  {labels.map(([name, label]) => (
                    <button key={name} type="button" aria-pressed={filter === name} onClick={() => setFilter(name)}>{label}</button>
                  ))}
                </div>
                <p class="count">{words.owned(found, all.length)}</p>
              </div>
              <ul class="collection">
                {all.map(({ item_master_id: id, rarity }) => {
                  const mine = owned.get(id);
                  return (
                    <li key={id}>
                      <button type="button" class="collected" disabled={!mine} onClick={() => show(id)}>
                        <Card id={id} rarity={rarity} owned={mine !== undefined} />
                        <span class="collected-name">{mine ? itemName(id) : words.notFound}</span>
                        {mine && mine.quantity > 1 && <span class="quantity">{words.times(mine.quantity)}</span>}
                      </button>
                    </li>
                  );
                })}
              </ul>
              {open && (
                <Dialog label={itemName(open.item_master_id)} onClose={() => show(null)}>
                  <div class="portrait">
                    <Card id={open.item_master_id} rarity={open.rarity} />
                    <h2>{itemName(open.item_master_id)}</h2>
                    <p><span class={`rarity rarity-${open.rarity}`}>{open.rarity}</span> {words.times(owned.get(open.item_master_id)?.quantity ?? 0)}</p>
                    <p class="hint">{words.since(time(owned.get(open.item_master_id)?.first_acquired_at ?? 0))}</p>
                    <button type="button" class="button button-quiet" autofocus onClick={() => show(null)}>{words.close}</button>
                  </div>
                </Dialog>
              )}
            </>
          );
        }}
      </Loaded>
    </>
  );
}

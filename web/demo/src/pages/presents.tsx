// The mailbox.

import type { Present } from "@tenjo/client";
import { useState } from "preact/hooks";
import { Card } from "../art/card";
import { Gem, icons } from "../art/icons";
import { changing, game, loadItems, presentCount, say, tellOthers } from "../game";
import { items } from "../names";
import { Loaded, tellFailure, useLoad } from "../parts/load";
import { itemName, number, paymentName, time, useWords } from "../text";

export function PresentsPage() {
  const words = useWords();
  const [isBusy, setBusy] = useState(false);
  const presents = useLoad(async () => {
    const [, all] = await Promise.all([loadItems(), game.presents().all()]);
    presentCount.value = all.length;
    return all;
  }, "presents");

  const receive = async (act: () => Promise<number>) => {
    setBusy(true);
    try {
      say(words.received(await changing(() => act().finally(tellOthers)))); // also after a failure: some may be received
    } catch (error) {
      tellFailure(error);
    }
    await presents.reload();
    setBusy(false);
  };
  const receiveAll = async () => {
    let count = 0;
    for (;;) {
      const received = await game.receivePresents();
      count += received.presents.length;
      if (!received.has_more) return count;
    }
  };

  return (
    <>
      <h1 tabindex={-1}>{words.presents}</h1>
      <Loaded from={presents}>
        {(all) => all.length === 0
          ? <p class="empty">{icons.presents()}<span>{words.presentsEmpty}</span></p>
          : (
            <>
              <button type="button" class="button" disabled={isBusy} onClick={() => void receive(receiveAll)}>{words.receiveAll}</button>
              <ul class="presents">
                {all.map((present) => (
                  <li key={present.present_id} class="panel">
                    <h2>{present.title}</h2>
                    <p>{present.message}</p>
                    <Content present={present} />
                    <p class="hint">{words.endsAt(time(present.ends_at))}</p>
                    <button type="button" class="button button-quiet" disabled={isBusy} onClick={() => void receive(async () => (await game.receivePresent(present.present_id), 1))}>
                      {words.receive}<span class="visually-hidden"> {present.title}</span>
                    </button>
                  </li>
                ))}
              </ul>
            </>
          )}
      </Loaded>
    </>
  );
}

function Content({ present }: { present: Present }) {
  const gems = [["free_gem", present.free_gems], ["paid_gem", present.paid_gems]] as const;
  return (
    <ul class="content">
      {gems.filter(([, amount]) => amount > 0).map(([kind, amount]) => (
        <li key={kind}><Gem kind={kind} /><span class="visually-hidden">{paymentName(kind)} </span>{number(amount)}</li>
      ))}
      {present.items.map(({ item_master_id: id, quantity }) => (
        <li key={id}><span class="box-card"><Card id={id} rarity={items.value.get(id)?.rarity ?? "R"} /></span>{itemName(id)} ×{quantity}</li>
      ))}
    </ul>
  );
}

// What was drawn, and every change of the balances.

import type { History, LedgerEntry } from "@tenjo/client";
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Card } from "../art/card";
import { Gem, icons } from "../art/icons";
import { useCell } from "../cell";
import { game, unanswered } from "../game";
import { LoadingLine, usePages } from "../parts/load";
import { href } from "../route";
import { itemName, number, paymentName, poolName, time, useWords, wordsOf } from "../text";

export function HistoryPage() {
  const words = useWords();
  const [tab, setTab] = useState<"drawn" | "ledger">("drawn");
  return (
    <>
      <h1 tabindex={-1}>{words.history}</h1>
      <div class="tabs" role="group" aria-label={words.history}>
        <button type="button" aria-pressed={tab === "drawn"} onClick={() => setTab("drawn")}>{words.drawn}</button>
        <button type="button" aria-pressed={tab === "ledger"} onClick={() => setTab("ledger")}>{words.ledger}</button>
      </div>
      {tab === "drawn" ? <Drawn /> : <Ledger />}
    </>
  );
}

function Drawn() {
  const words = useWords();
  const open = useCell(unanswered);
  const list = usePages(() => game.histories(), `drawn ${open}`);
  const sagas = new Map<string, History[]>();
  for (const row of list.rows) sagas.set(row.saga_id, [...(sagas.get(row.saga_id) ?? []), row]);
  return (
    <Rows list={list} isEmpty={sagas.size === 0}>
      <ul class="history">
        {[...sagas].map(([saga, drawn]) => (
          <li key={saga} class="panel">
            <p class="history-head">
              <strong>{poolName(drawn[0]!.pool_id)}</strong>
              <time dateTime={drawn[0]!.drawn_at}>{time(drawn[0]!.drawn_at)}</time>
              <a href={href("proofs", saga)}>{icons.proofs()}{words.check}</a>
            </p>
            <ul class="strip">
              {[...drawn].sort((one, other) => one.draw_index - other.draw_index).map((item) => (
                <li key={item.draw_index}>
                  <Card id={item.item_master_id} rarity={item.rarity} label={`${item.rarity} ${itemName(item.item_master_id)}`} />
                  {item.is_new && <span class="new">{words.isNew}</span>}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
    </Rows>
  );
}

function Ledger() {
  const words = useWords();
  const open = useCell(unanswered);
  const list = usePages(() => game.ledger(), `ledger ${open}`);
  return (
    <Rows list={list} isEmpty={list.rows.length === 0}>
      <ul class="ledger panel">
        {list.rows.map((entry: LedgerEntry) => (
          <li key={`${entry.currency_type} ${entry.entry_id}`}>
            <Gem kind={entry.currency_type} />
            <span class="ledger-what">
              {words.reasons[entry.reason] ?? entry.reason}
              <small>{paymentName(entry.currency_type)} · <time dateTime={entry.created_at}>{time(entry.created_at)}</time></small>
            </span>
            <span class={`ledger-delta ${entry.delta < 0 ? "is-less" : "is-more"}`}>{entry.delta > 0 ? "+" : "−"}{number(Math.abs(entry.delta))}</span>
            <span class="ledger-after">{number(entry.balance_after)}</span>
          </li>
        ))}
      </ul>
    </Rows>
  );
}

function Rows({ list, isEmpty, children }: {
  list: { isEnd: boolean; isBusy: boolean; error: unknown; next: () => Promise<void> }; isEmpty: boolean; children: ComponentChildren;
}) {
  const words = useWords();
  return (
    <>
      {!isEmpty && children}
      {list.error !== null && <p class="failure" role="alert">{wordsOf(list.error)}</p>}
      {list.isBusy && <LoadingLine />}
      {isEmpty && list.isEnd && <p class="hint">{words.nothing}</p>}
      {!list.isBusy && !list.isEnd && <button type="button" class="button button-quiet more" onClick={() => void list.next()}>{list.error === null ? words.more : words.retry}</button>}
    </>
  );
}

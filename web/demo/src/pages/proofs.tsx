// The player checks their own draws, on their own device.

import type { NumberedDraw } from "@tenjo/client";
import { useEffect, useRef, useState } from "preact/hooks";
import { useCell } from "../cell";
import { checkAll, LeftError, type AllChecked } from "../check";
import { refusals } from "../evidence";
import { game, isTrouble, player, say, unanswered } from "../game";
import { Loaded, LoadingLine, tellFailure, useLoad, usePages } from "../parts/load";
import { OneProof, VerdictTag } from "../parts/proof";
import { Reason } from "../parts/reason";
import { href } from "../route";
import { knownCode, poolName, time, useWords, wordsOf } from "../text";

export function ProofsPage({ id }: { id: string | null }) {
  const words = useWords();
  if (!globalThis.crypto?.subtle) return <><h1 tabindex={-1}>{words.proofs}</h1><p class="failure">{words.noSubtle}</p></>;
  return id === null ? <AllProofs /> : <OneProof id={id} />;
}

function AllProofs() {
  const words = useWords();
  const open = useCell(unanswered);
  const list = usePages(() => game.drawNumbers(), `numbers ${open}`);
  const [found, tell] = useState<AllChecked | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const kept = useRef(new Map<string, string>());
  const isLeft = useRef(false);
  useEffect(() => () => void (isLeft.current = true), []);
  const rows = list.rows.filter(({ state }) => state !== "running");

  const start = async () => {
    setBusy(true);
    setError(null);
    try {
      await checkAll(kept.current, tell, () => isLeft.current);
    } catch (failed) {
      if (failed instanceof LeftError) return;
      if (!isTrouble(failed)) setError(failed);
    }
    setBusy(false);
  };

  return (
    <>
      <h1 tabindex={-1}>{words.proofs}</h1>
      <p>{words.proofsText}</p>
      <details class="odds how">
        <summary><span>{words.proofsHow}</span></summary>
        <ol><li>{words.proofsHow1}</li><li>{words.proofsHow2}</li><li>{words.proofsHow3}</li><li>{words.proofsHow4}</li></ol>
      </details>
      {rows.length > 0 && <button type="button" class="button" disabled={isBusy} onClick={() => void start()}>{isBusy ? words.checking : words.checkAll}</button>}
      {found && (
        <p class="hint check-progress" role="status">
          {words.checkedOf(found.purchases.size, found.count)}{found.waitMs !== null && <> {words.waitText(Math.ceil(found.waitMs / 1000))}</>}
        </p>
      )}
      {error !== null && <p class="failure" role="alert">{wordsOf(error)}</p>}
      {found && found.wrong.length > 0 && (
        <div class="failure" role="alert">
          <p><VerdictTag verdict="wrong" /></p>
          <ul>{found.wrong.map((line) => <li key={line}><Reason text={line} /></li>)}</ul>
        </div>
      )}
      {found && found.notCompared.size > 0 && <p class="hint" id="not-compared">{words.notComparedCount(found.notCompared.size)}</p>}
      <ul class="proof-list">
        {rows.map((row: NumberedDraw) => {
          const checked = found?.purchases.get(row.saga_id);
          return (
            <li key={row.saga_id}>
              <a class="panel proof-row" href={href("proofs", row.saga_id)}>
                <span class="proof-number">{words.purchaseNumber(String(row.draw_number))}</span>
                <span class="proof-pool">{poolName(row.pool_id)}</span>
                {checked && <VerdictTag verdict={checked.verdict} />}
                {found?.notCompared.has(row.saga_id) && <small class="hint">{words.notCompared}</small>}
              </a>
            </li>
          );
        })}
      </ul>
      {list.isBusy && <LoadingLine />}
      {!list.isBusy && list.isEnd && rows.length === 0 && <p class="hint">{words.nothing}</p>}
      {!list.isBusy && !list.isEnd && <button type="button" class="button button-quiet more" onClick={() => void list.next()}>{list.error === null ? words.more : words.retry}</button>}
      <Refused />
      <OwnSeed />
    </>
  );
}

/** What the server refused when it had seen the player's dice. */
function Refused() {
  const words = useWords();
  const kept = refusals(useCell(player)?.userId ?? "").reverse();
  if (kept.length === 0) return null;
  return (
    <details class="odds refused">
      <summary><span>{words.refusedTitle}</span></summary>
      <p class="hint">{words.refusedText}</p>
      <ul>
        {kept.map(({ code, refusedAt, order, isDrawn }) => (
          <li key={refusedAt}>
            <strong>{poolName(order.pool_id)}</strong> <time dateTime={new Date(refusedAt).toISOString()}>{time(refusedAt)}</time>{" "}
            {isDrawn && <span class="tag">{words.refusedThen}</span>}
            <br />{knownCode(code) ?? code}
            <p class="bytes"><span>{words.yourSeed}</span><code>{order.client_seed}</code></p>
            <p class="bytes"><span>{words.purchaseNumber(String(order.expected_draw_number))}</span><code>{order.expected_revision}</code></p>
          </li>
        ))}
      </ul>
    </details>
  );
}

function OwnSeed() {
  const words = useWords();
  const seed = useLoad(() => game.clientSeed(), "seed");
  const [text, setText] = useState<string | null>(null);
  const save = async (event: Event) => {
    event.preventDefault();
    try {
      await game.setClientSeed(text ?? "");
      say(words.saved);
      await seed.reload();
      setText(null);
    } catch (error) {
      tellFailure(error);
    }
  };
  return (
    <form class="panel" onSubmit={(event) => void save(event)}>
      <h2 id="keep-seed">{words.keepSeed}</h2>
      <p class="hint" id="keep-seed-help">{words.keepSeedHelp}</p>
      <Loaded from={seed}>
        {(mine) => (
          <>
            <div class="field-row">
              <input
                aria-labelledby="keep-seed" aria-describedby="keep-seed-help" value={text ?? mine.client_seed} maxLength={64} pattern="[!-~]+"
                spellcheck={false} autocomplete="off" onInput={(event) => setText(event.currentTarget.value)}
              />
              <button class="button" disabled={text === null || !/^[!-~]{1,64}$/.test(text)}>{words.save}</button>
            </div>
            <p class="hint">{words.nextNumber(String(mine.next_draw_number))}</p>
          </>
        )}
      </Loaded>
    </form>
  );
}

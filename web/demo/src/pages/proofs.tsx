// The player checks their own draws, on their own device.

import type { NumberedDraw } from "@tenjo/client";
import { verify, type CheckedPurchase, type Report } from "@tenjo/client/fairness";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { icons } from "../art/icons";
import { useCell } from "../cell";
import { draws, noted } from "../evidence";
import { game, isTrouble, say, unanswered } from "../game";
import { Loaded, LoadingLine, tellFailure, useLoad, usePages } from "../parts/load";
import { href } from "../route";
import { clockTime, itemName, poolName, useWords, wordsOf, type Words } from "../text";

export function ProofsPage({ id }: { id: string | null }) {
  const words = useWords();
  if (!globalThis.crypto?.subtle) return <><h1 tabindex={-1}>{words.proofs}</h1><p class="failure">{words.noSubtle}</p></>;
  return id === null ? <AllProofs /> : <OneProof id={id} />;
}

/** Everything that this device has about some purchases, as texts. */
async function evidence(sagaIds: string[], proofs: string[]): Promise<string[]> {
  const mine = draws().filter(({ saga_id }) => sagaIds.includes(saga_id)).map((draw) => JSON.stringify(draw));
  return [...proofs, ...mine, await game.seedPeriodsText(100)];
}

function AllProofs() {
  const words = useWords();
  const open = useCell(unanswered);
  const list = usePages(() => game.drawNumbers(), `numbers ${open}`);
  const [report, setReport] = useState<Report | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const rows = list.rows.filter(({ state }) => state !== "running");

  const checkAll = async () => {
    setBusy(true);
    setError(null);
    try {
      const ids = rows.map(({ saga_id }) => saga_id);
      const proofs: string[] = [];
      // One after the other: the API lets in a number of calls in a minute.
      for (const id of ids.slice(0, 40)) proofs.push(await game.proofText(id));
      setReport(await verify(await evidence(ids, proofs), { some: ids.length > 40 || !list.isEnd }));
    } catch (failed) {
      if (!isTrouble(failed)) setError(failed);
    }
    setBusy(false);
  };
  const checked = new Map(report?.purchases.map((purchase) => [purchase.record.sagaId, purchase]));

  return (
    <>
      <h1 tabindex={-1}>{words.proofs}</h1>
      <p>{words.proofsText}</p>
      <details class="odds how">
        <summary><span>{words.proofsHow}</span></summary>
        <ol><li>{words.proofsHow1}</li><li>{words.proofsHow2}</li><li>{words.proofsHow3}</li><li>{words.proofsHow4}</li></ol>
      </details>
      {rows.length > 0 && <button type="button" class="button" disabled={isBusy} onClick={() => void checkAll()}>{isBusy ? words.checking : words.checkAll}</button>}
      {error !== null && <p class="failure" role="alert">{wordsOf(error)}</p>}
      {report && report.wrong.length > 0 && <ul class="failure" role="alert">{report.wrong.map((line) => <li key={line} lang="en">{line}</li>)}</ul>}
      <ul class="proof-list">
        {rows.map((row: NumberedDraw) => {
          const purchase = checked.get(row.saga_id);
          return (
            <li key={row.saga_id}>
              <a class="panel proof-row" href={href("proofs", row.saga_id)}>
                <span class="proof-number">{words.purchaseNumber(String(row.draw_number))}</span>
                <span class="proof-pool">{poolName(row.pool_id)}</span>
                {purchase && <Verdict purchase={purchase} words={words} />}
              </a>
            </li>
          );
        })}
      </ul>
      {list.isBusy && <LoadingLine />}
      {!list.isBusy && list.isEnd && rows.length === 0 && <p class="hint">{words.nothing}</p>}
      {!list.isBusy && !list.isEnd && <button type="button" class="button button-quiet more" onClick={() => void list.next()}>{list.error === null ? words.more : words.retry}</button>}
      <OwnSeed />
    </>
  );
}

function Verdict({ purchase, words }: { purchase: CheckedPurchase; words: Words }) {
  const { verdict } = purchase;
  const icon = verdict === "proved" || verdict === "void" ? icons.check() : verdict === "open" ? icons.lock() : icons.cross();
  return <span class={`verdict verdict-${verdict}`}>{icon}{words.verdicts[verdict]}</span>;
}

function OneProof({ id }: { id: string }) {
  const words = useWords();
  const proof = useLoad(async () => {
    const text = await game.proofText(id);
    return verify(await evidence([id], [text]), { some: true });
  }, `proof ${id}`);
  const purchase = proof.data?.purchases[0];
  const isSealed = purchase !== undefined && (purchase.seed === null || purchase.pathLength === null);

  // Ask again when the seed must be there.
  useEffect(() => {
    if (!isSealed) return;
    const left = Date.parse(purchase.record.period.ends_at) - game.clock.now();
    const timer = setTimeout(() => void proof.reload(), Math.max(5000, left + 3000));
    return () => clearTimeout(timer);
  }, [proof.data]);

  return (
    <>
      <a class="back" href={href("proofs")}>{icons.back()}{words.proofs}</a>
      <Loaded from={proof}>{(report) => (report.purchases[0] ? <Shown purchase={report.purchases[0]} report={report} /> : null)}</Loaded>
    </>
  );
}

function Shown({ purchase, report }: { purchase: CheckedPurchase; report: Report }) {
  const words = useWords();
  const { record, drawn, seed, pathLength } = purchase;
  const wasNoted = noted().find(({ commitment }) => commitment === record.period.commitment);
  const receipt = report.receipts[0];
  const notes = purchase.doubts.filter((doubt) => doubt !== "earlier_purchases_trusted");
  return (
    <article class="proof">
      <h1 tabindex={-1}>{words.purchaseNumber(record.drawNumber.toString())}</h1>
      <p class="proof-verdict" role="status"><Verdict purchase={purchase} words={words} /></p>
      {purchase.reasons.map((reason) => <p key={reason} class="failure" lang="en">{reason}</p>)}
      {[...report.wrong, ...report.receipts.flatMap(({ reasons }) => reasons)].map((reason) => <p key={reason} class="failure" lang="en">{reason}</p>)}
      {notes.map((doubt) => <p key={doubt} class="hint">{words.doubts[doubt]}</p>)}
      {seed === null && <Countdown until={record.period.ends_at} />}

      <Step title={words.stepCommit} isDone={seed !== null}>
        <p>{words.stepCommitText}</p>
        <Bytes label={words.commitmentWord} text={record.period.commitment} />
        {seed !== null && <Bytes label={words.seed} text={seed} />}
        <p class="hint">{wasNoted ? words.notedBefore(clockTime(wasNoted.seenAt)) : words.notNoted}</p>
      </Step>
      <Step title={words.stepReceipt} isDone={receipt?.verdict === "signed"}>
        <p>{receipt === undefined ? words.noReceipt : words.stepReceiptText}</p>
      </Step>
      <Step title={words.stepDice} isDone={drawn !== null && purchase.verdict !== "wrong"}>
        <p>{words.stepDiceText}</p>
        <Bytes label={words.yourSeed} text={record.clientSeed} />
        {drawn && (
          <ol class="dice-list">
            {drawn.map(({ item, choices, bounds }, at) => (
              <li key={at}>
                <p><strong>{words.draw(at + 1)}</strong> <span class={`rarity rarity-${item.rarity}`}>{item.rarity}</span> {itemName(item.id)} <small>{icons.check()}{words.matches}</small></p>
                {choices.map((choice, which) => (
                  <div key={which} class="choice">
                    <code>{choice.numbers.at(-1)!.toString()} mod {choice.bound.toString()} = {choice.result.toString()}</code>
                    <span class="choice-bar" role="img" aria-label={words.chooses(choice.result.toString(), choice.bound.toString())}>
                      {which === 0 && bounds?.map(([rarity, upper], place) => {
                        const lower = bounds[place - 1]?.[1] ?? 0n;
                        const top = upper < choice.bound ? upper : choice.bound;
                        return <span key={rarity} class={`part part-${rarity}`} style={{ flexGrow: top > lower ? Number(top - lower) / Number(choice.bound) : 0 }} />;
                      })}
                      <span class="choice-at" style={{ left: `${(Number(choice.result) + 0.5) / Number(choice.bound) * 100}%` }} />
                    </span>
                  </div>
                ))}
              </li>
            ))}
          </ol>
        )}
      </Step>
      <Step title={words.stepRoot} isDone={pathLength !== null}>
        <p>{pathLength === null ? words.doubts.not_yet_counted : words.stepRootText(pathLength)}</p>
      </Step>
    </article>
  );
}

function Step({ title, isDone, children }: { title: string; isDone: boolean; children: ComponentChildren }) {
  return (
    <section class={`panel proof-step ${isDone ? "is-done" : ""}`}>
      <h2><span class="proof-mark">{isDone ? icons.check() : icons.lock()}</span>{title}</h2>
      {children}
    </section>
  );
}

function Bytes({ label, text }: { label: string; text: string }) {
  return <p class="bytes"><span>{label}</span><code>{text}</code></p>;
}

/** How long the seed stays secret, by the server's clock. */
function Countdown({ until }: { until: string }) {
  const words = useWords();
  const [now, tick] = useState(() => game.clock.now());
  useEffect(() => {
    const timer = setInterval(() => tick(game.clock.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.ceil((Date.parse(until) - now) / 1000);
  const text = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((part) => String(part).padStart(2, "0")).join(":");
  return <p class="countdown" role="timer" aria-live="off">{icons.lock()}{seconds > 0 ? words.sealed(text) : words.sealedSoon}</p>;
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

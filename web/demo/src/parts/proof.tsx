// The check of one purchase, with every number that it reads.

import { AnswerError } from "@tenjo/client";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { icons } from "../art/icons";
import { checkOne, type Checked } from "../check";
import { notedBefore } from "../evidence";
import { game } from "../game";
import { href } from "../route";
import { clockTime, itemName, useWords } from "../text";
import { Reason } from "./reason";
import { Loaded, useLoad } from "./load";

export function VerdictTag({ verdict }: { verdict: Checked["verdict"] }) {
  const words = useWords();
  const icon = verdict === "proved" || verdict === "void" ? icons.check() : verdict === "open" ? icons.lock() : icons.cross();
  return <span class={`verdict verdict-${verdict}`}>{icon}{words.verdicts[verdict]}</span>;
}

export function OneProof({ id }: { id: string }) {
  const words = useWords();
  const [waitMs, wait] = useState<number | null>(null);
  const proof = useLoad((isLeft) => {
    wait(null); // whom the load before it waits for is no matter any more
    return checkOne(id, (ms) => void (isLeft() || wait(ms)), isLeft);
  }, `proof ${id}`);
  const purchase = proof.data?.purchase ?? null;
  const isSealed = purchase !== null && (purchase.seed === null || purchase.pathLength === null);

  // Ask again when the seed must be there, and after an answer that did not come. Also when
  // there is a network again, or somebody looks: a page that slept may have missed the time.
  useEffect(() => {
    if (!isSealed) return;
    const left = Date.parse(purchase.record.period.ends_at) - game.clock.now();
    const asked = proof.error instanceof AnswerError ? (proof.error.retryAfterMs ?? 0) : 0;
    const timer = setTimeout(() => void proof.reload(), Math.max(5000, left + 3000, asked));
    const now = () => {
      if (navigator.onLine && document.visibilityState === "visible") void proof.reload();
    };
    addEventListener("online", now);
    document.addEventListener("visibilitychange", now);
    return () => {
      clearTimeout(timer);
      removeEventListener("online", now);
      document.removeEventListener("visibilitychange", now);
    };
  }, [proof.data, proof.error]);

  return (
    <>
      <a class="back" href={href("proofs")}>{icons.back()}{words.proofs}</a>
      {waitMs !== null && <p class="hint" role="status">{words.waitText(Math.ceil(waitMs / 1000))}</p>}
      <Loaded from={proof}>{(checked) => <Shown checked={checked} />}</Loaded>
    </>
  );
}

function Shown({ checked }: { checked: Checked }) {
  const words = useWords();
  const { purchase, receipt, reasons } = checked;
  const told = (
    <>
      <p class="proof-verdict" role="status"><VerdictTag verdict={checked.verdict} /></p>
      {reasons.map((reason) => <p key={reason} class="failure"><Reason text={reason} /></p>)}
    </>
  );
  if (purchase === null) return <article class="proof"><h1 tabindex={-1}>{words.proofs}</h1>{told}</article>;
  const { record, drawn, seed, pathLength, isPeriodListed } = purchase;
  const wasNoted = notedBefore(record);
  const notes = purchase.doubts.filter((doubt) => doubt !== "earlier_purchases_trusted");
  const isCompared = pathLength !== null && isPeriodListed;
  return (
    <article class="proof">
      <h1 tabindex={-1}>{words.purchaseNumber(record.drawNumber.toString())}</h1>
      {told}
      {notes.map((doubt) => <p key={doubt} class="hint">{words.doubts[doubt]}</p>)}
      {seed === null && <Countdown until={record.period.ends_at} />}

      <Step title={words.stepCommit} isDone={seed !== null}>
        <p>{words.stepCommitText}</p>
        <Bytes label={words.commitmentWord} text={record.period.commitment} />
        {seed !== null && <Bytes label={words.seed} text={seed} />}
        <p class="hint">{wasNoted ? words.notedBefore(clockTime(wasNoted.seenAt)) : words.notNoted}</p>
      </Step>
      <Step title={words.stepReceipt} isDone={receipt?.verdict === "signed"}>
        <p>{receipt === null ? words.noReceipt : words.stepReceiptText}</p>
      </Step>
      <Step title={words.stepDice} isDone={drawn !== null && checked.verdict !== "wrong"}>
        <p>{words.stepDiceText}</p>
        <Bytes label={words.yourSeed} text={record.clientSeed} />
        {drawn && (
          <ol class="dice-list">
            {drawn.map(({ item, choices, bounds }, at) => (
              <li key={at}>
                <p><strong>{words.draw(at + 1)}</strong> <span class={`rarity rarity-${item.rarity}`}>{item.rarity}</span> {itemName(item.id)} {record.results && <Told drawn={item.id} told={record.results[at]?.id ?? null} />}</p>
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
      <Step title={words.stepRoot} isDone={isCompared}>
        <p>{pathLength === null ? words.doubts.not_yet_counted : words.stepRootText(pathLength)}</p>
        {pathLength !== null && <p class="hint">{isCompared ? words.compared : words.doubts.not_compared}</p>}
      </Step>
    </article>
  );
}

/** Whether what the dice give is what the server says that it gave. */
function Told({ drawn, told }: { drawn: string; told: string | null }) {
  const words = useWords();
  return drawn === told
    ? <small class="as-told">{icons.check()}{words.matches}</small>
    : <small class="not-as-told">{icons.cross()}{told === null ? words.toldNothing : words.toldOtherwise(itemName(told))}</small>;
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

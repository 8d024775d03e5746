// One pool: what it costs, what it promises, what the chances are, and the draw itself.

import { newClientSeed, type PoolWithOdds, type Price } from "@tenjo/client";
import { useEffect, useRef, useState } from "preact/hooks";
import { Banner } from "../art/banners";
import { Card } from "../art/card";
import { icons } from "../art/icons";
import { curve } from "../chance";
import { useCell } from "../cell";
import { refusedDice } from "../evidence";
import { balance, changing, game, isOpenQuestion, isTrouble, player, say, unanswered, type Balance, type Wanted } from "../game";
import { ChanceChart } from "../parts/chart";
import { Dialog } from "../parts/dialog";
import { Loaded, tellFailure, useLoad } from "../parts/load";
import { OddsTable, RarityBar } from "../parts/odds";
import { Amount, PriceButton } from "../parts/price";
import { href } from "../route";
import { Summon } from "../summon";
import { itemName, number, percent, poolName, time, useWords, type Words } from "../text";
import { when } from "./pools";

export function PoolPage({ id }: { id: string }) {
  const words = useWords();
  const pool = useLoad(() => game.poolWithOdds(id), `pool ${id}`);
  const open = useCell(unanswered);
  const [asked, ask] = useState<Price | null>(null);
  const [order, place] = useState<{ wanted: Wanted; turn: number } | null>(null);

  // What an interrupted draw did to this pool is known only now.
  const before = useRef(open);
  useEffect(() => {
    if (open === 0 && before.current > 0) void pool.reload();
    before.current = open;
  }, [open]);

  const draw = (wanted: Wanted) => {
    ask(null);
    place({ turn: (order?.turn ?? 0) + 1, wanted });
  };

  return (
    <>
      <a class="back" href={href("pools")}>{icons.back()}{words.pools}</a>
      <Loaded from={pool}>
        {(details) => {
          const again = order && details.standing.prices.find(({ draw_count }) => draw_count === order.wanted.price.draw_count);
          return (
            <>
              <header class="hero">
                <Banner id={details.pool_id} />
                <div class="hero-text">
                  <h1 tabindex={-1}>{poolName(details.pool_id)}</h1>
                  <p>{when(details, words)}</p>
                </div>
              </header>
              <Prices pool={details} onAsk={ask} isHeld={open > 0} />
              <div class="columns">
                <section class="panel"><h2>{words.promises}</h2><Promises pool={details} /></section>
                <Exchange pool={details} onDone={pool.reload} isHeld={open > 0} />
                <section class="panel panel-wide"><h2>{words.odds}</h2><AllOdds pool={details} /></section>
              </div>
              {asked && (
                <Confirm pool={details} price={asked} onCancel={() => ask(null)} onGo={(clientSeed) => draw({ pool: details, price: asked, clientSeed })} />
              )}
              {order && (
                <Summon
                  key={order.turn} wanted={order.wanted}
                  onAgain={again ? () => { place(null); ask(again); } : null}
                  onClose={() => { place(null); void pool.reload(); }}
                />
              )}
            </>
          );
        }}
      </Loaded>
    </>
  );
}

function Prices({ pool, onAsk, isHeld }: { pool: PoolWithOdds; onAsk: (price: Price) => void; isHeld: boolean }) {
  const words = useWords();
  const { standing, limits, steps } = pool;
  return (
    <section class="prices" aria-label={words.youPay}>
      {steps !== null && standing.step !== null && (
        <ol class="steps">
          {steps.map((step, at) => (
            <li key={at} class={at + 1 === standing.step ? "is-now" : at + 1 < standing.step! ? "is-past" : ""} aria-current={at + 1 === standing.step ? "step" : undefined}>
              <span>{words.step(at + 1, steps.length)}</span>
              <Amount currency={step.prices[0]!.currency_type} amount={step.prices[0]!.amount} />
              {step.guarantee && <span class={`rarity rarity-${step.guarantee.rarity}`}>{step.guarantee.rarity} ×1</span>}
            </li>
          ))}
        </ol>
      )}
      {standing.prices.length === 0
        ? <p class="sold-out">{pool.is_open ? words.soldOut : `${words.opensAgain}: ${when(pool, words)}`}</p>
        : <div class="price-row">{standing.prices.map((price) => <PriceButton key={`${price.draw_count} ${price.currency_type}`} price={price} disabled={isHeld} onPress={() => onAsk(price)} />)}</div>}
      <p class="limits">
        {[
          limits.per_day !== null && words.drawsToday(standing.draws_today, limits.per_day),
          limits.in_total !== null && words.drawsInTotal(standing.draw_total, limits.in_total),
          standing.copies_left !== null && words.copiesLeft(standing.copies_left),
        ].filter(Boolean).join(" · ")}
      </p>
    </section>
  );
}

/** What the player can count on, as bars and sentences. */
function Promises({ pool }: { pool: PoolWithOdds }) {
  const words = useWords();
  const { pity, pity_rule: rule, guarantee, steps, standing, exchange } = pool;
  const lines: string[] = [];
  if (rule?.rate_up_guarantee) lines.push(pity?.is_pickup_due ? words.pickupDue : words.pickupNotDue);
  if (guarantee) lines.push(words.guarantee(guarantee.draw_count, guarantee.rarity));
  steps?.forEach((step, at) => step.guarantee && lines.push(words.stepGuarantee(at + 1, step.guarantee.rarity)));
  const { after_last_step: last } = pool;
  if (last !== null) lines.push(words.afterLastStep[last] ?? last);
  const hasPickup = standing.next_draw?.items.some(({ is_pickup, rate }) => is_pickup && rate.numerator > 0) ?? false;
  if (pool.kind === "box" && standing.copies_left !== null && hasPickup) lines.push(words.boxPromise(standing.copies_left));
  const offer = exchange?.offers[0];
  if (offer) lines.push(words.exchangePromise(offer.points));
  return (
    <>
      {pity && rule && <PityBar pool={pool} />}
      {pool.kind === "box" && standing.copies_left !== null && <BoxBar pool={pool} />}
      {lines.length > 0 && <ul class="promises">{lines.map((line) => <li key={line}>{icons.check()}{line}</li>)}</ul>}
      {lines.length === 0 && !pity && pool.kind !== "box" && <p class="hint">{words.noPromise}</p>}
    </>
  );
}

function PityBar({ pool }: { pool: PoolWithOdds }) {
  const words = useWords();
  const { count, max_count: most, is_pickup_due: isDue } = pool.pity!;
  const soft = pool.pity_rule!.soft;
  const isSoft = soft !== null && count + 1 >= soft.from_count;
  const now = pool.standing.next_draw?.rarities.find(({ rarity }) => rarity === "SSR")?.percent;
  return (
    <div class="pity">
      <p class="pity-lead"><strong>{words.pityText(most - count)}</strong>{isDue && <span class="tag">{words.featured}</span>}</p>
      <div class="bar" role="meter" aria-label={words.pity} aria-valuemin={0} aria-valuemax={most} aria-valuenow={count} aria-valuetext={words.pityCount(count, most)}>
        <span class={`bar-fill ${isSoft ? "is-soft" : ""}`} style={{ width: `${(count / most) * 100}%` }} />
        {soft && <span class="bar-mark" style={{ left: `${((soft.from_count - 1) / most) * 100}%` }} />}
      </div>
      <p class="hint">
        {words.pityCount(count, most)}{soft && <> · {words.softPity(soft.from_count)}</>}{isSoft && now && <> {words.softNow(percent(now))}</>}
      </p>
    </div>
  );
}

/** What is left of each item in the player's box. */
function BoxBar({ pool }: { pool: PoolWithOdds }) {
  const { next_draw: next, copies_left: left } = pool.standing;
  if (next === null || left === null) return null;
  return (
    <ul class="box-list">
      {[...next.items].reverse().map(({ item_master_id: id, rarity, rate, is_pickup: isPickup }) => {
        const copies = Math.round((rate.numerator / rate.denominator) * left);
        return (
          <li key={id} class={copies === 0 ? "is-gone" : ""}>
            <span class="box-card"><Card id={id} rarity={rarity} owned={copies > 0} /></span>
            <span>{itemName(id)}{isPickup && <> ★</>}</span><strong>×{copies}</strong>
          </li>
        );
      })}
    </ul>
  );
}

function Exchange({ pool, onDone, isHeld }: { pool: PoolWithOdds; onDone: () => Promise<void>; isHeld: boolean }) {
  const words = useWords();
  const [isBusy, setBusy] = useState(false);
  const { exchange, standing } = pool;
  if (exchange === null) return null;
  const have = standing.points ?? 0;
  const take = async (item: string) => {
    setBusy(true);
    try {
      await changing(() => game.exchange({ pool_id: pool.pool_id, item_master_id: item }));
      say(words.exchanged(itemName(item)));
    } catch (error) {
      // What has no answer is not lost: the page asks again.
      if (isOpenQuestion(error) && unanswered.value > 0 && !isTrouble(error)) say(words.exchangeWritten, "bad");
      else tellFailure(error);
    }
    setBusy(false);
    await onDone();
  };
  return (
    <section class="panel">
      <h2>{words.exchange}</h2>
      {exchange.offers.map(({ item_master_id: id, points }) => {
        const rarity = pool.odds.steps[0]!.items.find((item) => item.item_master_id === id)?.rarity ?? "SSR";
        return (
          <div key={id} class="offer">
            <div class="offer-card"><Card id={id} rarity={rarity} /></div>
            <div>
              <p><strong>{itemName(id)}</strong></p>
              <div class="bar bar-points" role="meter" aria-label={words.points} aria-valuemin={0} aria-valuemax={points} aria-valuenow={Math.min(have, points)}>
                <span class="bar-fill" style={{ width: `${Math.min(100, (have / points) * 100)}%` }} />
              </div>
              <p class="hint">{words.pointsHave(have, points)}{exchange.closes_at && <> · {words.exchangeUntil(time(exchange.closes_at))}</>}</p>
              {isHeld && <p class="hint">{words.exchangeHeld}</p>}
              <button type="button" class="button" disabled={have < points || isBusy || isHeld} onClick={() => void take(id)}>{words.exchangeFor(itemName(id))}</button>
            </div>
          </div>
        );
      })}
    </section>
  );
}

function AllOdds({ pool }: { pool: PoolWithOdds }) {
  const words = useWords();
  const { odds, standing, guarantee } = pool;
  const line = curve(pool);
  const forecast = line && odds.forecasts.find(({ draw_count }) => draw_count === line.drawCount);
  return (
    <>
      {standing.next_draw && <><h3>{words.nextDraw}</h3><RarityBar rarities={standing.next_draw.rarities} /></>}
      {line && <ChanceChart key={standing.draw_total} curve={line} forecast={forecast ?? odds.forecasts.at(-1)} />}
      {odds.steps.map((step, at) => {
        const promise = pool.steps?.[at]?.guarantee ?? guarantee;
        return (
          <div key={at}>
            <OddsTable title={pool.steps ? words.ratesOfStep(at + 1) : words.rates} odds={step} />
            {step.guaranteed && promise && <OddsTable title={words.guaranteedRates(promise.draw_count, promise.rarity)} odds={step.guaranteed} />}
          </div>
        );
      })}
      <details class="odds">
        <summary><span>{words.longRun}</span></summary>
        <ul class="rarity-list">
          {[...(odds.forecasts.at(-1)?.rarities ?? [])].reverse().map(({ rarity, percent: text }) => (
            <li key={rarity}><span class={`rarity rarity-${rarity}`}>{rarity}</span> <strong>{percent(text)}</strong></li>
          ))}
        </ul>
      </details>
    </>
  );
}

function Confirm({ pool, price, onCancel, onGo }: {
  pool: PoolWithOdds; price: Price; onCancel: () => void; onGo: (clientSeed: string) => void;
}) {
  const words = useWords();
  const have = useCell(balance);
  const isHeld = useCell(unanswered) > 0;
  const [refused] = useState(() => refusedDice(player.value?.userId ?? "", game.clock.now()));
  const [seed, setSeed] = useState(refused ?? newClientSeed);
  const kinds = price.currency_type === "any_gem" ? ["free_gem", "paid_gem"] : [price.currency_type];
  const held = have === null ? null : total(have, kinds);
  const isEnough = held === null || held >= price.amount;
  const isSeed = /^[!-~]{1,64}$/.test(seed);
  return (
    <Dialog label={words.confirmTitle(price.draw_count)} onClose={onCancel}>
      <h2>{words.confirmTitle(price.draw_count)}</h2>
      <p class="hint">{poolName(pool.pool_id)}</p>
      <dl class="sums">
        <div><dt>{words.youPay}</dt><dd>{price.amount === 0 ? words.free : <Amount currency={price.currency_type} amount={price.amount} />}</dd></div>
        {price.amount > 0 && <div><dt>{words.youHave}</dt><dd>{held === null ? "…" : <Amount currency={price.currency_type} amount={held} />}</dd></div>}
        {price.amount > 0 && isEnough && held !== null && <div><dt>{words.youWillHave}</dt><dd>{number(held - price.amount)}</dd></div>}
      </dl>
      {!isEnough && <p class="warning" role="alert">{words.notEnough} <a href={href("shop")} onClick={onCancel}>{words.toShop}</a></p>}
      {seed === refused && <p class="hint" id="same-dice">{words.sameDice}</p>}
      <Dice words={words} seed={seed} onSeed={setSeed} />
      <div class="actions">
        <button type="button" class="button" autofocus disabled={!isEnough || !isSeed || isHeld} onClick={() => onGo(seed)}>{words.go}</button>
        <button type="button" class="button button-quiet" onClick={onCancel}>{words.cancel}</button>
      </div>
    </Dialog>
  );
}

function Dice({ words, seed, onSeed }: { words: Words; seed: string; onSeed: (seed: string) => void }) {
  return (
    <details class="dice">
      <summary>{icons.dice()}<span>{words.yourDice}</span></summary>
      <p class="hint" id="dice-help">{words.yourDiceHelp}</p>
      <div class="field-row">
        <input
          aria-label={words.yourDice} aria-describedby="dice-help" value={seed} maxLength={64} pattern="[!-~]+" spellcheck={false}
          autocomplete="off" onInput={(event) => onSeed(event.currentTarget.value)}
        />
        <button type="button" class="button button-quiet" onClick={() => onSeed(newClientSeed())}>{words.newDice}</button>
      </div>
    </details>
  );
}

function total(have: NonNullable<Balance>, kinds: string[]): number {
  return (kinds.includes("free_gem") ? have.free : 0) + (kinds.includes("paid_gem") ? have.paid : 0);
}

// All pools, each with its picture.

import type { Pool } from "@tenjo/client";
import { Banner } from "../art/banners";
import { useCell } from "../cell";
import { loadPools } from "../game";
import { language } from "../language";
import { Loaded, useLoad } from "../parts/load";
import { href } from "../route";
import { poolName, time, useWords, type Words } from "../text";

/** What players come for is on top. */
const ORDER = ["pool-moon-festival", "pool-daily-gate", "pool-step-up-autumn", "pool-treasure-box", "pool-standard"];

function place({ pool_id }: Pool): number {
  const at = ORDER.indexOf(pool_id);
  return at === -1 ? ORDER.length : at;
}

export function PoolsPage() {
  const words = useWords();
  const pools = useLoad(async () => [...(await loadPools())].sort((one, other) => place(one) - place(other)), `pools ${useCell(language)}`);
  return (
    <>
      <h1 tabindex={-1}>{words.pools}</h1>
      <Loaded from={pools}>
        {(all) => (
          <ul class="pool-list">
            {all.map((pool, at) => (
              <li key={pool.pool_id} class={at === 0 ? "is-first" : ""}>
                <a class="pool-card" href={href("pool", pool.pool_id)}>
                  <Banner id={pool.pool_id} />
                  <span class="pool-veil" aria-hidden="true" />
                  <span class="pool-text">
                    <span class="pool-kind">{words.kinds[pool.kind] ?? pool.kind}</span>
                    {pool.free_daily_draw_count !== null && <span class="pool-kind pool-free">{words.freeToday}</span>}
                    {!pool.is_open && <span class="pool-kind pool-closed">{words.opensAgain}</span>}
                    <span class="pool-name">{poolName(pool.pool_id)}</span>
                    <span class="pool-when">{when(pool, words)}</span>
                  </span>
                </a>
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </>
  );
}

export function when(pool: Pool, words: Words): string {
  if (pool.opening_hours !== null) {
    const { weekdays, from, until, utc_offset } = pool.opening_hours;
    const days = weekdays.length === 0 ? words.everyDay : weekdays.map((day) => words.weekdays[day] ?? day).join("・");
    return words.openingHours(days, from, until, utc_offset);
  }
  return pool.closes_at === null ? words.alwaysOpen : words.until(time(pool.closes_at));
}

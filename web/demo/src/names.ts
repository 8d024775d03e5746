// Names of items and pools, as the server tells them in the player's language.
//
// The API lists the pools within their dates alone, and a history has older ones. So the
// names of pools are kept on the device, and an ended pool that this device never saw is
// shown by its id.

import type { ItemMaster } from "@tenjo/client";
import { Cell } from "./cell";
import { language, type Language } from "./language";

const NAME = "tenjo-demo.pool-names";

type Kept = Partial<Record<Language, Record<string, string>>>;

export const items = new Cell<ReadonlyMap<string, ItemMaster>>(new Map());
export const poolNames = new Cell<ReadonlyMap<string, string>>(known());

language.follow(() => (poolNames.value = known()));

function kept(): Kept {
  try {
    return (JSON.parse(localStorage.getItem(NAME) ?? "{}") as Kept | null) ?? {};
  } catch {
    return {};
  }
}

/** A name in another language says more than an id. */
function known(): Map<string, string> {
  const all = kept();
  const others = Object.keys(all).filter((name) => name !== language.value) as Language[];
  return new Map([...others, language.value].flatMap((name) => Object.entries(all[name] ?? {})));
}

/** Keeps the names of pools, which came in this language. */
export function keepPoolNames(pools: { pool_id: string; name: string }[], told: Language): void {
  const all = kept();
  all[told] = { ...all[told], ...Object.fromEntries(pools.map(({ pool_id, name }) => [pool_id, name])) };
  localStorage.setItem(NAME, JSON.stringify(all));
  poolNames.value = known();
}

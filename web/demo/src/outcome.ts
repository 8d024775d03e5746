// How acts that were interrupted ended: draws wait for their screen, and the rest is told.

import type { Draw } from "@tenjo/client";
import { Cell } from "./cell";
import { say, type Outcome } from "./game";
import { itemName, say as sayWords, wordsOf } from "./text";

/** Draws that came when no screen waited for them, oldest first. */
export const arrived = new Cell<readonly Draw[]>([]);

/** The draws that have been on a screen or wait for one. */
const told = new Set<string>();

/** A draw is on the screen: nobody else has to show it. */
export function isShown({ saga_id }: Draw): void {
  told.add(saga_id);
}

export function tell(outcome: Outcome): void {
  if ("error" in outcome) say(wordsOf(outcome.error), "bad");
  else if ("exchanged" in outcome) say(sayWords().exchanged(itemName(outcome.exchanged)));
  else if (!told.has(outcome.draw.saga_id)) {
    told.add(outcome.draw.saga_id);
    arrived.value = [...arrived.value, outcome.draw];
  }
}

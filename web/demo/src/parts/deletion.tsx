// Leaving for good: what is lost is said before the player confirms, and until when they
// can come back after it.

import type { Currency } from "@tenjo/client";
import { useState } from "preact/hooks";
import { game, say } from "../game";
import { say as sayWords, time, useWords } from "../text";
import { Dialog } from "./dialog";
import { tellFailure } from "./load";
import { Amount } from "./price";

export function DeleteAccount() {
  const words = useWords();
  const [lost, setLost] = useState<Currency[] | null>(null);

  const ask = async () => {
    try {
      setLost(await game.currencies());
    } catch (error) {
      tellFailure(error);
    }
  };
  const remove = async () => {
    setLost(null);
    try {
      const asked = await game.deleteAccount();
      say(asked === null ? sayWords().deletionKnown : sayWords().deletionUntil(time(asked.deletion_due_at)));
    } catch (error) {
      tellFailure(error);
    }
  };

  return (
    <section class="panel">
      <h2>{words.deleteAccount}</h2>
      <p class="hint">{words.deleteText}</p>
      <button type="button" class="button button-danger" id="delete-account" onClick={() => void ask()}>{words.deleteAccount}</button>
      {lost && (
        <Dialog label={words.deleteSure} onClose={() => setLost(null)}>
          <h2>{words.deleteSure}</h2>
          <p>{words.deleteLost}</p>
          <ul class="content">
            {lost.map(({ currency_type, balance }) => <li key={currency_type}><Amount currency={currency_type} amount={balance} /></li>)}
          </ul>
          <p>{words.deleteText}</p>
          <div class="actions">
            <button type="button" class="button button-danger" onClick={() => void remove()}>{words.deleteAccount}</button>
            <button type="button" class="button button-quiet" autofocus onClick={() => setLost(null)}>{words.cancel}</button>
          </div>
        </Dialog>
      )}
    </section>
  );
}

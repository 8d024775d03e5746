// Leaving for good: what is lost is said before the player confirms, and until when they
// can come back after it.

import { useState } from "preact/hooks";
import { useCell } from "../cell";
import { balance, game, readBalance, say } from "../game";
import { say as sayWords, time, useWords } from "../text";
import { Dialog } from "./dialog";
import { tellFailure } from "./load";
import { Amount } from "./price";

export function DeleteAccount() {
  const words = useWords();
  const [isAsking, setAsking] = useState(false);
  const lost = useCell(balance);

  const ask = async () => {
    try {
      await readBalance();
      setAsking(true);
    } catch (error) {
      tellFailure(error);
    }
  };
  const remove = async () => {
    setAsking(false);
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
      {isAsking && (
        <Dialog label={words.deleteSure} onClose={() => setAsking(false)}>
          <h2>{words.deleteSure}</h2>
          <p>{words.deleteLost}</p>
          {lost === null ? <p role="status">{words.checkingBalance}</p> : (
            <ul class="content">
              <li><Amount currency="free_gem" amount={lost.free} /></li>
              <li><Amount currency="paid_gem" amount={lost.paid} /></li>
            </ul>
          )}
          <p>{words.deleteText}</p>
          <div class="actions">
            <button type="button" class="button button-danger" onClick={() => void remove()}>{words.deleteAccount}</button>
            <button type="button" class="button button-quiet" autofocus onClick={() => setAsking(false)}>{words.cancel}</button>
          </div>
        </Dialog>
      )}
    </section>
  );
}

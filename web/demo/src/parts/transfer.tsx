// Moving to another device: the code is made on the old one, and entered on the new one.

import { AnswerError, DeletingError, type NewTransferCode } from "@tenjo/client";
import { useState } from "preact/hooks";
import { game, isTrouble, say } from "../game";
import { time, useWords, wordsOf } from "../text";
import { Dialog } from "./dialog";
import { tellFailure, useLoad } from "./load";

const PASSWORD = "[!-~]{8,64}";

function isPassword(text: string): boolean {
  return new RegExp(`^${PASSWORD}$`).test(text);
}

export function MakeCode() {
  const words = useWords();
  const [password, setPassword] = useState("");
  const [made, setMade] = useState<NewTransferCode | null>(null);
  const known = useLoad(() => game.transferCode(), "transfer code");
  const make = async (event: Event) => {
    event.preventDefault();
    try {
      setMade(await game.createTransferCode(password));
      setPassword("");
      await known.reload();
    } catch (error) {
      tellFailure(error);
    }
  };
  return (
    <form class="panel" onSubmit={(event) => void make(event)}>
      <h2>{words.transfer}</h2>
      <p class="hint">{words.transferText}</p>
      {known.data && made === null && (
        <p class="hint" id="known-code">
          {words.knownCode(time(known.data.made_at))}{" "}
          {known.data.used_at !== null ? words.codeUsed(time(known.data.used_at)) : known.data.is_locked ? words.codeLocked : words.codeWorks(time(known.data.expires_at))}{" "}
          {words.notMyCode}
        </p>
      )}
      <label for="new-password">{words.transferPassword}</label>
      <div class="field-row">
        <input id="new-password" type="password" pattern={PASSWORD} autocomplete="new-password" value={password} onInput={(event) => setPassword(event.currentTarget.value)} />
        <button class="button" disabled={!isPassword(password)}>{words.makeCode}</button>
      </div>
      {made && (
        <p class="transfer-code" role="status">
          <span>{words.yourCode}</span><code>{made.transfer_code}</code><span class="hint">{words.codeUntil(time(made.expires_at))}</span>
        </p>
      )}
    </form>
  );
}

/** Neither to leave the player of this device, nor to take the deletion of the other one back. */
const NOTHING = { replaces: false, keeps: false };

export function EnterCode({ onMoved }: { onMoved: () => void }) {
  const words = useWords();
  const [code, setCode] = useState("");
  const [password, setPassword] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const [error, setError] = useState<unknown>(null);

  /** What the player has agreed to, of what the server asks one after another. */
  const [agreed, agree] = useState(NOTHING);

  const move = async (to: typeof NOTHING) => {
    agree(to);
    setBusy(true);
    setError(null);
    setAsking(false);
    try {
      await game.transfer(code.trim(), password, to.replaces, to.keeps);
      say(words.takenOver);
      onMoved();
    } catch (failed) {
      if (failed instanceof AnswerError && failed.code === "device_has_player") setAsking(true);
      else if (!isTrouble(failed)) setError(failed);
    }
    setBusy(false);
  };

  return (
    <form class="transfer-form" onSubmit={(event) => { event.preventDefault(); void move(NOTHING); }}>
      <label for="code">{words.code}</label>
      <input id="code" pattern="[0-9A-Za-z \-]{1,32}" autocomplete="one-time-code" spellcheck={false} value={code} onInput={(event) => setCode(event.currentTarget.value)} />
      <label for="password">{words.password}</label>
      <input id="password" type="password" pattern={PASSWORD} autocomplete="current-password" value={password} onInput={(event) => setPassword(event.currentTarget.value)} />
      {error !== null && <p class="warning" role="alert">{wordsOf(error)}</p>}
      {error instanceof DeletingError && (
        <button type="button" class="button button-quiet" id="keep-moved" disabled={isBusy} onClick={() => void move({ ...agreed, keeps: true })}>{words.keepAccount}</button>
      )}
      <button class="button" disabled={isBusy || code.trim() === "" || !isPassword(password)}>{words.takeOver}</button>
      {isAsking && (
        <Dialog label={words.replaceSure} onClose={() => setAsking(false)}>
          <h2>{words.replaceSure}</h2>
          <p>{words.replaceText}</p>
          <div class="actions">
            <button type="button" class="button button-danger" onClick={() => void move({ ...agreed, replaces: true })}>{words.takeOver}</button>
            <button type="button" class="button button-quiet" autofocus onClick={() => setAsking(false)}>{words.cancel}</button>
          </div>
        </Dialog>
      )}
    </form>
  );
}

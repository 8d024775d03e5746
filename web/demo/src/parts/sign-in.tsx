// The sheet of whom a player signs in with. Here anybody is whoever they say.

import type { Provider } from "@tenjo/client";
import { useState } from "preact/hooks";
import { signInAs, type SignedIn } from "../identity";
import { useWords } from "../text";
import { Dialog } from "./dialog";

export function SignInSheet({ provider, onSigned, onClose }: {
  provider: Provider; onSigned: (signed: SignedIn) => void; onClose: () => void;
}) {
  const words = useWords();
  const [account, setAccount] = useState("");
  const [isBusy, setBusy] = useState(false);
  const [isAway, setAway] = useState(false);
  const title = words.signInWith(words.providers[provider]);
  const sign = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setAway(false);
    try {
      onSigned(await signInAs(provider, account.trim()));
    } catch {
      setAway(true);
    }
    setBusy(false);
  };
  return (
    <Dialog label={title} onClose={onClose}>
      <form class="sign-in" onSubmit={(event) => void sign(event)}>
        <h2>{title}</h2>
        <p class="hint" id="account-help">{words.signInText}</p>
        <label for="provider-account">{words.providerAccount(words.providers[provider])}</label>
        <input
          id="provider-account" required autofocus maxLength={64} pattern="[!-~]+" autocomplete="off" spellcheck={false} aria-describedby="account-help"
          value={account} onInput={(event) => setAccount(event.currentTarget.value)}
        />
        {isAway && <p class="warning" role="alert">{words.noProvider}</p>}
        <div class="actions">
          <button class="button" disabled={isBusy || !/^[!-~]+$/.test(account.trim())}>{words.signIn}</button>
          <button type="button" class="button button-quiet" onClick={onClose}>{words.cancel}</button>
        </div>
      </form>
    </Dialog>
  );
}

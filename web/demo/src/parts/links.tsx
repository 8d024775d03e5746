// Accounts elsewhere by which the player can log in, also when this device is lost.

import { AnswerError, type Provider } from "@tenjo/client";
import { useState } from "preact/hooks";
import { game, isTrouble, say } from "../game";
import { PROVIDERS, type SignedIn } from "../identity";
import { time, useWords } from "../text";
import { Dialog } from "./dialog";
import { Loaded, tellFailure, useLoad } from "./load";
import { SignInSheet } from "./sign-in";

export function Links() {
  const words = useWords();
  const links = useLoad(() => game.links(), "links");
  const [asked, ask] = useState<Provider | null>(null);
  /** An account that is another player's, and what the person can choose. */
  const [taken, take] = useState<{ signed: SignedIn; choices: readonly string[] } | null>(null);

  const link = async (signed: SignedIn) => {
    ask(null);
    try {
      await game.link(signed.provider, signed.token, signed.nonce);
      say(words.linked(words.providers[signed.provider]));
    } catch (error) {
      if (error instanceof AnswerError && error.code === "link_taken") take({ signed, choices: error.choices });
      else tellFailure(error);
    }
    // After a lost answer this shows whether it was linked.
    await links.reload();
  };
  const unlink = async (provider: Provider) => {
    try {
      await game.unlink(provider);
      say(words.unlinked(words.providers[provider]));
    } catch (error) {
      tellFailure(error);
    }
    await links.reload();
  };
  const goOver = async ({ provider, token, nonce }: SignedIn) => {
    take(null);
    try {
      await game.signIn(provider, token, nonce);
      location.reload();
    } catch (error) {
      if (!isTrouble(error)) tellFailure(error);
    }
  };

  return (
    <section class="panel">
      <h2>{words.links}</h2>
      <p class="hint">{words.linksText}</p>
      <Loaded from={links}>
        {(all) => (
          <ul class="links">
            {PROVIDERS.map((provider) => {
              const known = all.find((it) => it.provider === provider);
              const name = words.providers[provider];
              return (
                <li key={provider} data-provider={provider}>
                  <span><strong>{name}</strong><small class="hint">{known ? words.linkedSince(time(known.linked_at)) : words.notLinkedYet}</small></span>
                  {known
                    ? <button type="button" class="button button-quiet" onClick={() => void unlink(provider)}>{words.unlink}<span class="visually-hidden"> {name}</span></button>
                    : <button type="button" class="button" onClick={() => ask(provider)}>{words.signInWith(name)}</button>}
                </li>
              );
            })}
          </ul>
        )}
      </Loaded>
      {asked && <SignInSheet provider={asked} onSigned={(signed) => void link(signed)} onClose={() => ask(null)} />}
      {taken && (
        <Dialog label={words.linkTaken(words.providers[taken.signed.provider])} onClose={() => take(null)}>
          <h2>{words.linkTaken(words.providers[taken.signed.provider])}</h2>
          <p>{words.linkTakenText}</p>
          <div class="actions">
            {taken.choices.includes("log_in") && <button type="button" class="button" id="log-in-there" onClick={() => void goOver(taken.signed)}>{words.playAsThatOne}</button>}
            {taken.choices.includes("keep_player") && <button type="button" class="button button-quiet" autofocus onClick={() => take(null)}>{words.stayThisOne}</button>}
          </div>
        </Dialog>
      )}
    </section>
  );
}

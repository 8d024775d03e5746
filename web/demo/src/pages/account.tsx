// Who plays here, and in which language.

import { useState } from "preact/hooks";
import { useCell } from "../cell";
import { forgetDevice, game, player, say } from "../game";
import { Dialog } from "../parts/dialog";
import { DeleteAccount } from "../parts/deletion";
import { ExportAccount } from "../parts/export";
import { Links } from "../parts/links";
import { Loaded, tellFailure, useLoad } from "../parts/load";
import { LiveSessions } from "../parts/sessions";
import { EnterCode, MakeCode } from "../parts/transfer";
import { language, speak, useWords, type Language } from "../text";

export function AccountPage() {
  const words = useWords();
  const speaks = useCell(language);
  const who = useCell(player);
  const user = useLoad(() => game.user(), `user ${who?.userId}`);
  const [name, setName] = useState<string | null>(null);
  const [isForgetting, setForgetting] = useState(false);

  const rename = async (event: Event) => {
    event.preventDefault();
    try {
      await game.updateUser(name ?? "", user.data?.version ?? 1);
      say(words.saved);
      setName(null);
    } catch (error) {
      tellFailure(error);
    }
    await user.reload();
  };

  return (
    <>
      <h1 tabindex={-1}>{words.account}</h1>
      <Loaded from={user}>
        {(me) => (
          <form class="panel" onSubmit={(event) => void rename(event)}>
            <p class="player-id">{words.playerId} <strong>{me.player_id}</strong></p>
            <label for="name">{words.name}</label>
            <div class="field-row">
              <input id="name" required maxLength={20} value={name ?? me.display_name} autocomplete="nickname" onInput={(event) => setName(event.currentTarget.value)} />
              <button class="button" disabled={name === null || name.trim() === ""}>{words.rename}</button>
            </div>
          </form>
        )}
      </Loaded>
      <section class="panel">
        <h2 id="language">{words.languageTitle}</h2>
        <div class="tabs" role="group" aria-labelledby="language">
          {([["ja", "日本語"], ["en", "English"]] as [Language, string][]).map(([code, label]) => (
            <button key={code} type="button" lang={code} aria-pressed={speaks === code} onClick={() => speak(code)}>{label}</button>
          ))}
        </div>
      </section>
      <section class="panel">
        <p class="hint">{words.logoutText}</p>
        <button type="button" class="button button-quiet" onClick={() => void game.logout().catch(() => {})}>{words.logout}</button>
        <hr />
        <p class="hint">{words.forgetText}</p>
        <button type="button" class="button button-danger" onClick={() => setForgetting(true)}>{words.forget}</button>
      </section>
      <MakeCode />
      <section class="panel"><h2>{words.enterCode}</h2><EnterCode onMoved={() => location.reload()} /></section>
      <Links />
      <LiveSessions />
      <ExportAccount />
      <DeleteAccount />
      {isForgetting && (
        <Dialog label={words.forgetSure} onClose={() => setForgetting(false)}>
          <h2>{words.forgetSure}</h2>
          <p>{words.forgetText}</p>
          <div class="actions">
            <button type="button" class="button button-danger" onClick={() => void forgetDevice()}>{words.forget}</button>
            <button type="button" class="button button-quiet" autofocus onClick={() => setForgetting(false)}>{words.cancel}</button>
          </div>
        </Dialog>
      )}
    </>
  );
}

// Everything that is held about the player, as a file.

import type { ExportRow } from "@tenjo/client";
import { useState } from "preact/hooks";
import { game, player, say } from "../game";
import { number, say as sayWords, useWords } from "../text";
import { tellFailure } from "./load";

export function ExportAccount() {
  const words = useWords();
  /** How many rows have come; null if nothing is under way. */
  const [count, setCount] = useState<number | null>(null);

  const save = async () => {
    setCount(0);
    try {
      const rows: ExportRow[] = [];
      for await (const page of game.exportAccount().pages()) {
        rows.push(...page);
        setCount(rows.length);
      }
      const playerId = player.value?.playerId ?? "player";
      const all = { player_id: playerId, exported_at: new Date(game.clock.now()).toISOString(), rows };
      download(`tenjo-${playerId}.json`, JSON.stringify(all, null, 1));
      say(sayWords().exported(number(rows.length)));
    } catch (error) {
      // Half of it is not everything: nothing is saved.
      tellFailure(error);
    }
    setCount(null);
  };

  return (
    <section class="panel">
      <h2>{words.exportTitle}</h2>
      <p class="hint">{words.exportText}</p>
      <button type="button" class="button button-quiet" id="export" disabled={count !== null} onClick={() => void save()}>
        {count === null ? words.exportSave : words.exporting(number(count))}
      </button>
    </section>
  );
}

function download(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

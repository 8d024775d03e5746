// Which language the player has chosen.

import { Cell } from "./cell";

export type Language = "en" | "ja";

const NAME = "tenjo-demo.language";

function first(): Language {
  const kept = localStorage.getItem(NAME);
  if (kept === "en" || kept === "ja") return kept;
  return navigator.language.startsWith("ja") ? "ja" : "en";
}

export const language = new Cell<Language>(first());

export function speak(next: Language): void {
  localStorage.setItem(NAME, next);
  language.value = next;
}

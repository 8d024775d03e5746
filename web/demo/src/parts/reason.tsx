// Why something is wrong, in the player's language.

import { useCell } from "../cell";
import { language } from "../language";
import { reasonIn } from "../text/reasons";

/** The checker speaks English, and so does what has no translation. */
export function Reason({ text }: { text: string }) {
  const told = reasonIn(useCell(language), text);
  return told === null ? <span lang="en">{text}</span> : <span>{told}</span>;
}

// What the list of a player's draw numbers must have, beyond what single proofs show.

/** A row of the list. */
export interface Listed {
  draw_number: number;
  saga_id: string;
  state: string;
}

export const ANOTHER = "this is the proof of another purchase";
export const UNLISTED = "the list of your draw numbers leaves it out";

export function unlistedReceipt(drawNumber: bigint | null): string {
  return `the list of draw numbers leaves out ${drawNumber}, of which you have a receipt`;
}

/** What the whole list leaves out, between its numbers and at its end: docs/fairness.md, rule 8. */
export function leftOut(listed: Listed[], nextNumber: number): string[] {
  const numbers = listed.map(({ draw_number }) => draw_number).sort((one, other) => one - other);
  const wrong: string[] = [];
  let last = 0;
  for (const number of numbers) {
    const [from, to] = [last + 1, number - 1];
    if (from <= to) wrong.push(`the list of draw numbers leaves out ${from === to ? from : `${from} to ${to}`}`);
    last = number;
  }
  if (last + 1 < nextNumber) wrong.push(`the list of draw numbers ends at ${last}, and the next number is ${nextNumber}`);
  return wrong;
}

// Reads answers with the generated TypeScript models, and writes what they hold. A line
// of the input is a model's name, a tab and an answer.

import { readFileSync, writeFileSync } from "node:fs";
import * as generated from "../fetch";

const functions = generated as unknown as Record<string, ((value: unknown) => unknown) | undefined>;
const [input, output] = process.argv.slice(2);
const lines = readFileSync(input!, "utf8").split("\n").filter(Boolean);
const held = lines.map((line) => {
  const [model, answer] = [line.slice(0, line.indexOf("\t")), line.slice(line.indexOf("\t") + 1)];
  const [read, write] = [functions[`${model}FromJSON`], functions[`${model}ToJSON`]];
  if (!read || !write) throw new Error(`there is no model ${model}`);
  try {
    return JSON.stringify(write(read(JSON.parse(answer))));
  } catch (error) {
    throw new Error(`${model} cannot be read: ${String(error)}\n${answer}`);
  }
});
writeFileSync(output!, held.map((line) => line + "\n").join(""));

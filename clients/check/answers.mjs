// The answers that clients must read: those that the tours got, and the examples of
// openapi.yaml. Each also comes as a later version might send it, with unknown words
// and fields.
//
//   node answers.mjs collect OPENAPI TOURS ANSWERS      writes a model and an answer a line
//   node answers.mjs compare ANSWERS HELD               checks what models held of them

import { readFileSync, writeFileSync } from "node:fs";
import { parse } from "yaml";

/** The README's player has points of 10 draws, and an offer costs those of 200; and no
 * operator sends the tours a present. So only the examples of these answers are read. */
const NOT_PLAYED = ["exchangePoints 200", "receivePresent 200"];
const LATER_WORD = "word_of_a_later_version";
const LATER_FIELD = "field_of_a_later_version";

const lines = (file) => readFileSync(file, "utf8").split("\n").filter(Boolean);

function collect(openapi, tours, answers) {
  const document = parse(readFileSync(openapi, "utf8"));
  const resolve = (value) =>
    value.$ref ? value.$ref.slice(2).split("/").reduce((at, key) => at[key], document) : value;
  const modelOf = (response) =>
    resolve(response).content["application/json"].schema.$ref.split("/").pop();

  const seen = new Map(); // `${operation} ${status}` to the answers
  const collected = [];
  const keep = (model, body) => {
    collected.push([model, body]);
    const later = structuredClone(body);
    makeLater(document.components.schemas[model], later);
    collected.push([model, later]);
  };
  const makeLater = (schema, value) => {
    schema = resolve(schema);
    schema = schema.oneOf ? resolve(schema.oneOf[0]) : schema;
    if (Array.isArray(value)) {
      value.forEach((item, index) => {
        if (resolve(schema.items)["x-extensible-enum"]) value[index] = LATER_WORD;
        else makeLater(schema.items, item);
      });
    } else if (value !== null && typeof value === "object" && schema.properties) {
      for (const [name, part] of Object.entries(schema.properties)) {
        if (typeof value[name] === "string" && resolve(part)["x-extensible-enum"]) {
          value[name] = LATER_WORD;
        } else if (name in value) {
          makeLater(part, value[name]);
        }
      }
      value[LATER_FIELD] = { a: [1, null] };
    }
  };

  const routes = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([, operation]) => operation.operationId)
      .map(([method, operation]) => ({
        method: method.toUpperCase(),
        pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, "[^/]+")}$`),
        operation,
      })),
  );
  for (const { operation } of routes) {
    for (const response of Object.values(operation.responses).filter((it) => resolve(it).content)) {
      const examples = resolve(response).content["application/json"].examples;
      for (const { value } of Object.values(examples)) keep(modelOf(response), value);
    }
  }
  for (const { method, path, status, body } of lines(tours).map((line) => JSON.parse(line))) {
    const route = routes.find((it) => it.method === method && it.pattern.test(path));
    const response = route?.operation.responses[status];
    if (route && !response) throw new Error(`${method} ${path} answered ${status}, not documented`);
    keep(response ? modelOf(response) : "ErrorAnswer", body);
    const name = `${route?.operation.operationId ?? "no operation"} ${status}`;
    seen.set(name, (seen.get(name) ?? 0) + 1);
  }
  const wanted = routes.map((it) => `${it.operation.operationId} 200`);
  const unplayed = wanted.filter((it) => !NOT_PLAYED.includes(it) && !seen.has(it));
  if (unplayed.length > 0) throw new Error(`the tours never got: ${unplayed.join(", ")}`);
  const text = collected.map(([model, body]) => `${model}\t${JSON.stringify(body)}\n`);
  writeFileSync(answers, text.join(""));
  const statuses = [...new Set([...seen.keys()].map((it) => it.split(" ").pop()))].sort();
  console.log(`${collected.length} answers to read; the tours got ${statuses.join(", ")}`);
  console.log(`NOT played, their examples were read: ${NOT_PLAYED.join(", ")}`);
}

function compare(answers, held) {
  const [sent, read] = [lines(answers), readFileSync(held, "utf8").trimEnd().split("\n")];
  if (sent.length !== read.length) throw new Error(`${sent.length} sent, ${read.length} read`);
  for (const [index, line] of sent.entries()) {
    const [model, body] = [line.slice(0, line.indexOf("\t")), line.slice(line.indexOf("\t") + 1)];
    const lost = difference(JSON.parse(body), JSON.parse(read[index]), model);
    if (lost) throw new Error(`${lost}\n${body}\n${read[index]}`);
  }
  console.log(`${sent.length} answers were read, and nothing of them was lost`);
}

/** What a model lost of an answer. An unknown field, and a null of a field that the
 * model writes only with a value, may be missing. */
function difference(sent, held, place) {
  if (sent === null) return held === null || held === undefined ? null : `${place} became ${held}`;
  if (typeof sent !== "object") {
    const isTime = typeof sent === "string" && /^\d{4}-\d\d-\d\dT/.test(sent);
    const isSame = isTime ? Date.parse(sent) === Date.parse(held) : sent === held;
    return isSame ? null : `${place}: ${sent} became ${held}`;
  }
  if (held === null || held === undefined) return `${place} was lost`;
  for (const [key, value] of Object.entries(sent)) {
    if (key === LATER_FIELD) continue;
    const lost = difference(value, held[key], `${place}.${key}`);
    if (lost) return lost;
  }
  return null;
}

const [command, ...files] = process.argv.slice(2);
({ collect, compare })[command](...files);

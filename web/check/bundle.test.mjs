// What a browser is given of the demo: small, and without anything that is not for it.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { build } from "vite";
import { folder } from "./browser.mjs";
import { stack } from "./stack.mjs";

const MOST_BYTES = 150_000;

/** Every built file of a folder, as text. */
function built(name) {
  const root = folder(name);
  const names = readdirSync(root, { recursive: true }).filter((name) => statSync(join(root, name)).isFile());
  assert.ok(names.length > 0, `${name} is not built`);
  return names.map((name) => ({ name, text: readFileSync(join(root, name), "utf8") }));
}

/** Every text in a value, at any depth. */
function texts(value) {
  if (typeof value === "string") return [value];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(texts) : [];
}

test("the demo is under 150 kB, gzipped", (context) => {
  const files = built("../demo/dist").map(({ name, text }) => ({ name, bytes: gzipSync(text).length }));
  const sum = (ending) => files.filter(({ name }) => name.endsWith(ending)).reduce((all, { bytes }) => all + bytes, 0);
  const bytes = sum("");
  context.diagnostic(`gzipped, the demo has ${bytes} bytes: ${sum(".js")} of script, ${sum(".css")} of styles, ${bytes - sum(".js") - sum(".css")} of the rest`);
  assert.ok(bytes < MOST_BYTES, `${bytes} bytes`);
});

test("the page has no script and no style in it, and no map of its sources", () => {
  const files = built("../demo/dist");
  const { text: html } = files.find(({ name }) => name === "index.html");
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=/);
  for (const { name, text } of files) {
    assert.doesNotMatch(name, /\.map$/);
    assert.doesNotMatch(text, /sourceMappingURL/, name);
  }
});

test("no secret of the stack, and nothing that looks like one, is in what browsers get", () => {
  const files = [...built("../demo/dist"), ...built("../console").filter(({ name }) => !name.endsWith(".json"))];
  // The keys and passwords of this very stack: of tokens, seeds, stores and database users.
  const secrets = ["secrets.json", "parameters.json"].flatMap((name) => texts(JSON.parse(readFileSync(join(stack.folder, name), "utf8"))));
  const kept = secrets.filter((secret) => secret.length >= 16);
  assert.ok(kept.length >= 10, `only ${kept.length} secrets are known`);
  for (const { name, text } of files) {
    for (const secret of kept) assert.ok(!text.includes(secret), `a secret of the stack is in ${name}`);
    assert.doesNotMatch(text, /PRIVATE KEY|\bAKIA[0-9A-Z]{16}\b|\beyJ[\w-]{8,}\.eyJ|mysql:\/\/|AWS4-HMAC-SHA256|aws_secret|x-origin-secret/i, name);
  }
});

test("nothing of the environment of a build comes into the bundle", async () => {
  const marker = `marker-${randomBytes(12).toString("hex")}`;
  const names = ["AWS_SECRET_ACCESS_KEY", "VITE_SECRET", "TENJO_ORIGIN_SECRET", "DATABASE_URL", "npm_config__auth"];
  const before = names.map((name) => process.env[name]);
  for (const name of names) process.env[name] = marker;
  try {
    const { output } = await build({ root: folder("../demo"), logLevel: "error", build: { write: false } });
    assert.ok(output.length > 2);
    for (const { fileName, code, source } of output) {
      assert.ok(!String(code ?? source).includes(marker), `the environment is in ${fileName}`);
    }
  } finally {
    names.forEach((name, at) => (before[at] === undefined ? delete process.env[name] : (process.env[name] = before[at])));
  }
});

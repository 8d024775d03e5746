// Opens every built page in Debian's Chromium: `npm run build --prefix web/docs` before it.

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { posix } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "../serve.mjs";

const dist = fileURLToPath(new URL("../dist", import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const screenshots = fileURLToPath(new URL("screenshots", import.meta.url));
mkdirSync(screenshots, { recursive: true });
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true };
const DESKTOP = { viewport: { width: 1280, height: 860 } };

let browser, server, url;
before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  server = await serve(0);
  url = `http://127.0.0.1:${server.address().port}`;
});
after(async () => {
  await browser?.close();
  server?.close();
});

const pages = readdirSync(dist, { recursive: true }).filter((name) => name.endsWith(".html"));

async function visit(options) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const faults = [];
  page.on("pageerror", (error) => faults.push(`error: ${error.stack ?? error}`));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && faults.push(`console: ${message.text()}`));
  page.on("request", (request) => new URL(request.url()).protocol.startsWith("http") && new URL(request.url()).origin !== url && faults.push(`foreign host: ${request.url()}`));
  page.on("response", (response) => response.status() >= 400 && faults.push(`${response.status()}: ${response.url()}`));
  return { context, page, faults };
}

async function serious(page, except = []) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }),
  );
  return violations
    .filter(({ id, impact }) => impact !== "minor" && !except.includes(id))
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`).join("\n")}`);
}

for (const [size, options] of [["phone", { ...PHONE, colorScheme: "dark" }], ["desktop", { ...DESKTOP, colorScheme: "light" }]]) {
  test(`every page fits a ${size}, asks nobody else, and has no serious fault of accessibility`, { timeout: 300_000 }, async () => {
    const { context, page, faults } = await visit(options);
    for (const name of pages) {
      if (name === "reference.html") continue;
      await page.goto(`${url}/${name}`);
      await page.locator("main h1").first().waitFor();
      assert.deepEqual(await serious(page), [], name);
      const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(content <= screen, `${name} is ${content} px wide on ${screen} px`);
      if (["index.html", "docs/ARCHITECTURE.html"].includes(name)) await page.screenshot({ path: `${screenshots}/${size}-${name.replace("/", "-")}.png` });
    }
    assert.deepEqual(faults, []);
    await context.close();
  });

  test(`the API reference is drawn on a ${size} from what is local`, { timeout: 120_000 }, async () => {
    const { context, page, faults } = await visit(options);
    await page.goto(`${url}/reference.html`);
    await page.locator("[data-section-id='tag/gacha/operation/requestDraw']").first().waitFor({ timeout: 60_000 });
    await page.screenshot({ path: `${screenshots}/${size}-reference.png` });
    assert.deepEqual(faults, []);
    // Redoc leaves levels of headings out; nothing of ours changes that.
    assert.deepEqual(await serious(page, ["heading-order"]), []);
    await context.close();
  });
}

test("the published draw is proved in the page, and each forged value makes it fail", async () => {
  const { context, page, faults } = await visit(PHONE);
  await page.goto(`${url}/docs/fairness-for-players.html`);
  await page.locator("#live .verdict.is-good").waitFor();
  assert.ok((await page.locator("#live .draws tbody tr").count()) >= 1);
  await page.locator("#live").screenshot({ path: `${screenshots}/live-proved.png` });
  const forge = {
    "server-seed": (text) => (text[0] === "0" ? "1" : "0") + text.slice(1), "commitment": (text) => text.slice(0, -1) + (text.at(-1) === "0" ? "1" : "0"),
    "client-seed": (text) => `${text}x`, "first-item": () => "moon-blade-of-nobody",
  };
  for (const [id, change] of Object.entries(forge)) {
    const input = page.locator(`#${id}`);
    await input.fill(change(await input.inputValue()));
    await page.locator("#live .verdict.is-bad").waitFor();
    assert.deepEqual(await serious(page), [], id);
    if (id === "first-item") await page.locator("#live").screenshot({ path: `${screenshots}/live-forged.png` });
    await page.locator("#live button").click();
    await page.locator("#live .verdict.is-good").waitFor();
  }
  assert.deepEqual(faults, []);
  await context.close();
});

test("the verifier in Chromium proves every published draw, and refuses every forgery", async () => {
  const docs = (name) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");
  const { context, page, faults } = await visit(DESKTOP);
  await page.goto(`${url}/docs/fairness-for-players.html`);
  const found = await page.evaluate(async ([draws, forgeries]) => {
    const { parse, verifyRead, Wrong } = await import("/live/clients/typescript/src/fairness/index.js");
    const shown = parse(draws);
    const report = await verifyRead(shown);
    const believed = [];
    for (const { case: name, after, answers } of parse(forgeries)) {
      try {
        const { verdict } = await verifyRead([...shown.slice(0, Number(after)), ...answers]);
        if (verdict !== "wrong") believed.push(`${name}: ${verdict}`);
      } catch (error) {
        if (!(error instanceof Wrong)) believed.push(`${name}: ${error}`);
      }
    }
    const verdicts = report.purchases.map(({ verdict, record }) => (verdict === (record.isVoid ? "void" : "proved") ? null : `${record.drawNumber}: ${verdict}`));
    return { verdict: report.verdict, count: shown.length, unproved: verdicts.filter((it) => it !== null), believed };
  }, [docs("fairness-draws.json"), docs("fairness-forgeries.json")]);
  assert.deepEqual(found, { verdict: "right", count: JSON.parse(docs("fairness-draws.json")).length, unproved: [], believed: [] });
  assert.ok(JSON.parse(docs("fairness-forgeries.json")).length > 50);
  assert.deepEqual(faults, []);
  await context.close();
});

test("every document and every decision is found by following links from the first page", () => {
  const seen = new Set();
  const follow = (name) => {
    if (seen.has(name)) return;
    seen.add(name);
    const html = readFileSync(`${dist}/${name}`, "utf8");
    for (const [, href] of html.matchAll(/<a [^>]*href="([^"#:]+)(?:#[^"]*)?"/g)) {
      const to = posix.normalize(posix.join(posix.dirname(name), decodeURI(href)));
      if (to.endsWith(".html")) follow(to);
    }
  };
  follow("index.html");
  assert.deepEqual(pages.filter((name) => !seen.has(name)), []);
  const docs = new URL("../../../docs", import.meta.url);
  const written = readdirSync(docs, { recursive: true }).filter((name) => name.endsWith(".md"));
  const missing = written.map((name) => `docs/${name.replace(/README\.md$/, "index.html").replace(/\.md$/, ".html")}`).filter((name) => !seen.has(name));
  assert.deepEqual(missing, []);
  assert.ok(written.length > 60);
});

test("the pages allow no script and no style but their own", () => {
  for (const name of pages) {
    const html = readFileSync(`${dist}/${name}`, "utf8");
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? "";
    assert.match(policy, /default-src 'none'; script-src 'self'; /, name);
    if (name !== "reference.html") assert.doesNotMatch(policy, /unsafe|https?:|data:/, name);
    assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|\son\w+=["']|\sstyle=/, name);
  }
});

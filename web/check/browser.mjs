// A browser at the demo, which notes whatever must not happen; and what the console is
// looked at with too.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { preview } from "vite";

const here = fileURLToPath(new URL(".", import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const screenshots = `${here}screenshots`;
mkdirSync(screenshots, { recursive: true });

export const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
export const DESKTOP = { viewport: { width: 1280, height: 860 } };

let browser = null;
let server = null;
/** Where the demo is: TENJO_DEMO_URL, or a server of our own in front of TENJO_URL. */
export let url = process.env.TENJO_DEMO_URL ?? "";

export function launch() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
}

export async function begin() {
  browser = await launch();
  if (url !== "") return;
  server = await preview({ root: fileURLToPath(new URL("../demo", import.meta.url)), preview: { port: 0 }, logLevel: "error" });
  url = `http://127.0.0.1:${server.httpServer.address().port}`;
}

export async function end() {
  await browser?.close();
  await server?.close();
}

/**
 * A new visitor. `isRough` is for tests that break connections: then the browser itself
 * reports failed requests, which is not the page's fault.
 */
export async function visit({ isRough = false, ...options } = {}) {
  const context = await browser.newContext({ locale: "en-GB", timezoneId: "Asia/Tokyo", ...options });
  const page = await context.newPage();
  const faults = [];
  watch(page, faults, isRough);
  context.on("page", (other) => watch(other, faults, isRough));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  return { context, page, faults };
}

function watch(page, faults, isRough) {
  page.on("pageerror", (error) => faults.push(`error: ${error.stack ?? error}`));
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    if (isRough && message.text().startsWith("Failed to load resource")) return;
    faults.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on("request", (request) => {
    const { host, protocol } = new URL(request.url());
    if (protocol.startsWith("http") && host !== new URL(url).host) faults.push(`foreign host: ${request.url()}`);
  });
}

/** Opens the demo and logs in as a new guest. */
export async function enter(page) {
  await page.goto(url);
  await page.locator(".door .button-large").click();
  await page.locator("[data-balance=free]").waitFor();
}

export async function open(page, name) {
  await page.goto(`${url}/#/${name}`);
  await page.locator("main h1").waitFor();
  await settled(page);
}

/** Nothing is loading any more. */
export async function settled(page) {
  await page.locator("main .loading").first().waitFor({ state: "detached" });
}

export async function freeGems(page) {
  const text = await page.locator("[data-balance=free]").textContent();
  return Number(text.replaceAll(/\D/g, ""));
}

/** Presses a price and confirms it. */
export async function draw(page, count) {
  await page.locator(".price", { hasText: new RegExp(`(Draw ${count}|^${count}回引く)`) }).first().click();
  await page.locator("dialog.sheet .actions .button").first().click();
}

/** Skips to the result. */
export async function skip(page) {
  await page.locator(".skip, .summary").first().waitFor();
  if (await page.locator(".skip").isVisible()) await page.locator(".skip").click();
  await page.locator(".summary").waitFor();
}

export async function shot(page, name, options = {}) {
  await page.screenshot({ path: `${screenshots}/${name}.png`, ...options });
}

/** Finds no serious fault of accessibility. */
export async function accessible(page, where) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }),
  );
  const serious = violations
    .filter(({ impact }) => impact !== "minor")
    .map(({ id, impact, nodes }) => `${id} (${impact}): ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`).join("\n")}`);
  assert.deepEqual(serious, [], where);
}

/** The page is not wider than the screen. */
export async function fits(page, where) {
  const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(content <= screen, `${where} is ${content} px wide on a screen of ${screen} px`);
}

// A browser at the demo or the console, which notes whatever must not happen.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { MemoryStorage } from "@tenjo/client";
import { chromium } from "playwright-core";
import { guest, stack } from "./stack.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const screenshots = folder("screenshots");
mkdirSync(screenshots, { recursive: true });

export const PHONE = { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
export const DESKTOP = { viewport: { width: 1280, height: 860 } };

let browser = null;
let server = null;
/** Where the demo is served, as `cargo xtask up` serves it. */
export let url = "";

export async function begin() {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
  server = await serveDemo(stack.url);
  url = server.address;
}

/** The demo in front of a gateway. */
export function serveDemo(gateway) {
  return program("tenjo-web", ["--folder", folder("../demo/dist"), "--gateway", gateway, "--store", stack.store]);
}

export async function end() {
  await browser?.close();
  server?.stop();
}

/** The path of a folder that stands beside these files. */
export function folder(name) {
  return fileURLToPath(new URL(name, import.meta.url));
}

/** Runs a program of the stack's build, which says in its first line where it serves. */
export async function program(name, args) {
  const child = spawn(`${stack.programs}/${name}`, args, { cwd: folder("../.."), stdio: ["ignore", "pipe", "ignore"] });
  const lines = createInterface({ input: child.stdout });
  const [line] = await Promise.race([
    once(lines, "line"),
    once(child, "exit").then(([code]) => Promise.reject(new Error(`${name} ended with ${code}`))),
  ]);
  return { address: /http:\S+/.exec(line)[0], stop: () => child.kill("SIGINT") };
}

/**
 * A new visitor of a page. `mayFail` has the beginnings of the paths whose failures a test
 * makes or waits for: the browser itself reports those, which is not the page's fault. Any
 * other failed request is one. `clockDays` is how far the visitor's clock is ahead.
 */
export async function visit({ mayFail = [], clockDays = 0, origin = new URL(url).origin, ...options } = {}) {
  const context = await browser.newContext({ locale: "en-GB", timezoneId: "Asia/Tokyo", ...options });
  const page = await context.newPage();
  const faults = [];
  watch(page, faults, mayFail, origin);
  context.on("page", (other) => watch(other, faults, mayFail, origin));
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  if (clockDays !== 0) await context.addInitScript(shiftClock, clockDays * 86_400_000);
  return { context, page, faults };
}

/** In the page: a clock that is wrong by so much. */
function shiftClock(shift) {
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...args) {
      if (args.length === 0) super(Real.now() + shift);
      else super(...args);
    }
    static now() {
      return Real.now() + shift;
    }
  };
}

function watch(page, faults, mayFail, origin) {
  const isExpected = ({ url }) => URL.canParse(url) && mayFail.some((path) => new URL(url).pathname.startsWith(path));
  page.on("pageerror", (error) => faults.push(`error: ${error.stack ?? error}`));
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    if (message.text().startsWith("Failed to load resource") && isExpected(message.location())) return;
    faults.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on("request", (request) => {
    const asked = new URL(request.url());
    if (asked.protocol.startsWith("http") && asked.origin !== origin) faults.push(`foreign host: ${request.url()}`);
  });
}

/** The page's policy allows no script but its own, and a script in it does not run. */
export async function isStrict(page, answer) {
  const policy = answer.headers()["content-security-policy"] ?? "";
  assert.match(policy, /^default-src 'none'; script-src 'self'; .*frame-ancestors 'none'/);
  assert.doesNotMatch(policy, /unsafe|\*|https?:|data:|blob:/);
  const ran = await page.evaluate(() => {
    try {
      const script = document.createElement("script");
      script.textContent = "globalThis.wasRun = true";
      document.head.append(script);
    } catch {
      // Trusted types refuse the text already.
    }
    return globalThis.wasRun === true;
  });
  assert.equal(ran, false);
}

export const FESTIVAL = "pool/pool-moon-festival";

/** A visitor's own calls of one path, by their idempotency keys. */
export function keysOf(page, path) {
  const keys = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith(path)) keys.push(request.headers()["idempotency-key"]);
  });
  return keys;
}

/** Opens the demo, where it is served, and logs in as a new guest. */
export async function enter(page, at = url) {
  await page.goto(at);
  await page.locator(".door .button-large").click();
  await page.locator("[data-balance=free]").waitFor();
}

/** The player of a page, outside of it: another session of the same device. */
export async function guestOf(page) {
  const kept = await page.evaluate(() => Object.fromEntries(["device", "device-secret"].map((name) => [name, localStorage.getItem(`tenjo-demo.${name}`)])));
  const storage = new MemoryStorage();
  for (const [name, value] of Object.entries(kept)) await storage.set(name, value);
  const player = guest(storage);
  await player.login();
  return player;
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

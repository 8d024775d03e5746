// How long it takes until a visitor sees the demo's first screen: one who was never here,
// with an empty cache, and one who comes back and is logged in. On a desktop, and on a phone
// whose processor is four times slower. Times are from the click to the picture.

import { begin, DESKTOP, end, PHONE, url, visit } from "./browser.mjs";

const VISITS = 15;

function told(times) {
  const sorted = [...times].sort((one, other) => one - other);
  const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
  return `median ${at(0.5)} ms, slowest of ${sorted.length} ${at(1)} ms`;
}

/** From the start of the navigation until the element is on the screen, by the page's own clock. */
async function timed(page, go, selector) {
  await go();
  return page.waitForFunction((selector) => {
    const it = document.querySelector(selector);
    if (it === null || it.getBoundingClientRect().height === 0) return false;
    // The frame that shows it.
    return new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(performance.now()))));
  }, selector).then((time) => time.jsonValue());
}

await begin();
try {
  for (const [size, options, slowdown] of [["desktop", DESKTOP, 1], ["phone, four times slower", PHONE, 4]]) {
    const [first, again] = [[], []];
    for (let visits = 0; visits < VISITS; visits += 1) {
      const { context, page } = await visit(options);
      const devtools = await context.newCDPSession(page);
      await devtools.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
      first.push(await timed(page, () => page.goto(url, { waitUntil: "commit" }), ".door h1"));
      await page.locator(".door .button-large").click();
      await page.locator(".pool-card").first().waitFor();
      again.push(await timed(page, () => page.reload({ waitUntil: "commit" }), ".pool-card"));
      await context.close();
    }
    console.log(`${size}: the door to somebody new: ${told(first)}; the pools to somebody who comes back: ${told(again)}`);
  }
} finally {
  await end();
}

// How long it takes until a visitor sees the demo's first screen: one who was never here,
// with an empty cache, and one who comes back and is logged in. On a desktop, and on a phone
// whose processor is four times slower. Times are from the click to the picture.

import { DESKTOP, PHONE, url, visit } from "./browser.mjs";

/** Each size, how much slower its processor is, and the most that a first screen may take. */
const SIZES = [["desktop", DESKTOP, 1, 1000], ["phone, four times slower", PHONE, 4, 2500]];

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

/** The times of so many visits: the door to somebody new, and the pools to somebody who comes back. */
export async function firstScreens(visits) {
  const measured = [];
  for (const [size, options, slowdown, mostMs] of SIZES) {
    const [first, again] = [[], []];
    for (let visited = 0; visited < visits; visited += 1) {
      const { context, page } = await visit(options);
      const devtools = await context.newCDPSession(page);
      await devtools.send("Emulation.setCPUThrottlingRate", { rate: slowdown });
      first.push(await timed(page, () => page.goto(url, { waitUntil: "commit" }), ".door h1"));
      await page.locator(".door .button-large").click();
      await page.locator(".pool-card").first().waitFor();
      again.push(await timed(page, () => page.reload({ waitUntil: "commit" }), ".pool-card"));
      await context.close();
    }
    measured.push({ what: `${size}: the door`, times: first, mostMs }, { what: `${size}: the pools again`, times: again, mostMs });
  }
  return measured;
}

/** The value that so large a share of the times is below. */
export function at(times, share) {
  const sorted = [...times].sort((one, other) => one - other);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
}

export function told({ what, times }) {
  return `${what}: median ${at(times, 0.5)} ms, slowest of ${times.length} ${at(times, 1)} ms`;
}

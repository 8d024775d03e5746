// Makes the pictures of the README from the screenshots of a real run of the tours; the
// script `pictures` makes both.
//
// Chromium itself cuts them, makes them smaller, and writes WebP, each below 150 kB.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const screenshots = fileURLToPath(new URL("screenshots", import.meta.url));
const out = fileURLToPath(new URL("../../docs/pictures", import.meta.url));
const MOST_BYTES = 150_000;

/** From which screenshot, which part of it (left, top, width, height), and how wide it becomes. */
const PICTURES = [
  { name: "demo-pool", from: "desktop-03-pool-moon-festival", part: [0, 0, 1280, 960], width: 960 },
  { name: "demo-odds", from: "desktop-03-pool-moon-festival", part: [270, 970, 960, 640], width: 720 },
  { name: "demo-reveal", from: "desktop-07-cards", part: [200, 160, 880, 540], width: 720 },
  { name: "demo-proof", from: "desktop-18-proved", part: [270, 890, 970, 580], width: 720 },
  { name: "console-overview", from: "console-desktop-1-overview", part: [0, 0, 1280, 860], width: 960 },
  { name: "console-player", from: "console-desktop-2-player", part: [0, 0, 1280, 860], width: 960 },
  { name: "console-pools", from: "console-desktop-4-pools", part: [0, 0, 1280, 860], width: 960 },
];

mkdirSync(out, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
try {
  const page = await browser.newPage();
  for (const { name, from, part, width } of PICTURES) {
    const file = `${screenshots}/${from}.png`;
    if (!existsSync(file)) throw new Error(`${from}.png is missing: run web/check/pictures`);
    const source = `data:image/png;base64,${readFileSync(file).toString("base64")}`;
    const encoded = await page.evaluate(async ({ source, part: [left, top, wide, high], width }) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      if (left + wide > image.naturalWidth || top + high > image.naturalHeight) throw new Error(`the screenshot is only ${image.naturalWidth} × ${image.naturalHeight}`);
      const canvas = document.createElement("canvas");
      canvas.width = width;
      canvas.height = Math.round((high * width) / wide);
      const context = canvas.getContext("2d");
      context.imageSmoothingQuality = "high";
      context.drawImage(image, left, top, wide, high, 0, 0, canvas.width, canvas.height);
      return canvas.toDataURL("image/webp", 0.86);
    }, { source, part, width });
    const bytes = Buffer.from(encoded.slice(encoded.indexOf(",") + 1), "base64");
    if (bytes.length > MOST_BYTES) throw new Error(`${name} has ${bytes.length} bytes`);
    writeFileSync(`${out}/${name}.webp`, bytes);
    console.log(`${name}.webp: ${Math.round(bytes.length / 1000)} kB`);
  }
} finally {
  await browser.close();
}

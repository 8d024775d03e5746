// The first screen is there within a second; on a phone whose processor is four times slower,
// within two and a half.
//
// The median of a few visits, because a single one says more of what else the machine does.
// It is no part of web/check/run, because what else the machine does decides how long it takes.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { begin, end } from "./browser.mjs";
import { at, firstScreens, told } from "./first-screen.mjs";

const VISITS = Number(process.env.TENJO_VISITS);

before(begin);
after(end);

test("the first screen is there in time", { timeout: 300_000 }, async (context) => {
  for (const measured of await firstScreens(VISITS)) {
    context.diagnostic(told(measured));
    assert.ok(at(measured.times, 0.5) <= measured.mostMs, told(measured));
  }
});

// The chance within so many draws, as a curve that can be read at every draw.

import type { Forecast } from "@tenjo/client";
import { useState } from "preact/hooks";
import type { Curve } from "../chance";
import { share, useWords } from "../text";

const WIDTH = 440;
const HEIGHT = 240;
const LEFT = 46;
const TOP = 14;
const BOTTOM = 30;

export function ChanceChart({ curve, forecast }: { curve: Curve; forecast: Forecast | undefined }) {
  const words = useWords();
  const { chances } = curve;
  const [at, setAt] = useState(Math.min(9, chances.length - 1));
  const draw = Math.min(at, chances.length - 1);
  const x = (index: number) => LEFT + ((index + 1) / chances.length) * (WIDTH - LEFT - 12);
  const y = (chance: number) => TOP + (1 - chance) * (HEIGHT - TOP - BOTTOM);
  const line = chances.map((chance, index) => `${x(index).toFixed(1)},${y(chance).toFixed(1)}`).join(" ");
  const reached = (chance: number) => chances.findIndex((it) => it >= chance - 1e-9);
  const marks = [0.5, 0.9, 0.99].map((chance) => ({ chance, index: reached(chance) })).filter(({ index }) => index >= 0);
  const of = words.chanceOf[curve.target];
  const wait = curve.target === "ssr" ? forecast?.first_ssr : forecast?.first_pickup;

  return (
    <figure class="chart">
      <figcaption>
        {words.chanceWithin}: <strong>{of}</strong>. {words.fromHere}
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" focusable="false">
        <defs>
          <linearGradient id="under" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#f3cf7a" stop-opacity="0.5" /><stop offset="1" stop-color="#f3cf7a" stop-opacity="0.02" /></linearGradient>
        </defs>
        {[0, 0.25, 0.5, 0.75, 1].map((chance) => (
          <g key={chance}>
            <path d={`M${LEFT} ${y(chance)}H${WIDTH - 12}`} class="grid" />
            <text x={LEFT - 8} y={y(chance) + 4} text-anchor="end">{chance * 100}%</text>
          </g>
        ))}
        <polygon points={`${LEFT},${y(0)} ${line} ${x(chances.length - 1)},${y(0)}`} fill="url(#under)" />
        <polyline points={`${LEFT},${y(0)} ${line}`} class="curve" />
        {marks.map(({ chance, index }) => (
          <g key={chance}>
            <circle cx={x(index)} cy={y(chances[index]!)} r="4.5" class="mark" />
            <text x={x(index)} y={HEIGHT - 10} text-anchor="middle">{index + 1}</text>
          </g>
        ))}
        <path d={`M${x(draw)} ${TOP}V${HEIGHT - BOTTOM}`} class="cursor" />
        <circle cx={x(draw)} cy={y(chances[draw]!)} r="6" class="here" />
      </svg>
      <input
        type="range" min="1" max={chances.length} value={draw + 1} aria-label={words.chanceWithin}
        aria-valuetext={words.chanceAt(draw + 1, share(chances[draw]!))}
        onInput={(event) => setAt(Number(event.currentTarget.value) - 1)}
      />
      <p class="chart-value"><output>{words.chanceAt(draw + 1, share(chances[draw]!))}</output></p>
      <ul class="chart-marks">
        {marks.map(({ chance, index }) => <li key={chance}>{words.chancePoint(share(chance), index + 1)}</li>)}
      </ul>
      {curve.isAll && <p class="hint">{words.chanceEnds(chances.length)}</p>}
      {!curve.isAll && wait?.expected_draws && wait.expected_price && (
        <p class="hint">{words.expected(round(wait.expected_draws.rounded), round(wait.expected_price.rounded))}</p>
      )}
    </figure>
  );
}

function round(text: string): string {
  return Number(text).toLocaleString(undefined, { maximumFractionDigits: 1 });
}

// The pictures of people: one way of drawing, and a row of choices for each of them.

import type { ComponentChildren } from "preact";
import {
  At, Bamboo, Blossom, Cloud, Crescent, Flame, Lantern, Maple, Snowflake, Sparkle, Star, Wave,
} from "./shapes";
import { Weapon } from "./weapons";

type Style = "bald" | "bob" | "bun" | "hime" | "long" | "ponytail" | "short" | "topknot" | "twin" | "wild";
type Bangs = "fringe" | "hime" | "none" | "part" | "spiky" | "swept";
type Mood = "calm" | "closed" | "smile" | "stern";

interface Look {
  skin?: string;
  hair: string;
  style: Style;
  bangs: Bangs;
  eyes: string;
  robe: string;
  trim: string;
  mood?: Mood;
  /** Behind the figure. */
  behind?: () => ComponentChildren;
  /** On the head. */
  head?: () => ComponentChildren;
  /** In the hands. */
  prop?: () => ComponentChildren;
}

const BACK: Record<Style, string> = {
  bald: "",
  bob: "M29 62C26 26 94 26 91 62 94 84 94 96 86 102L34 102C26 96 26 84 29 62Z",
  bun: "M31 64C26 28 94 28 89 64 90 76 86 84 82 86L38 86C34 84 30 76 31 64Z",
  hime: "M29 60C26 26 94 26 91 60 95 96 97 130 97 160L23 160C23 130 25 96 29 60Z",
  long: "M29 60C26 26 94 26 91 60 97 92 104 120 98 148 88 142 80 146 72 142L48 142C40 146 32 142 22 148 16 120 23 92 29 60Z",
  ponytail: "M31 64C26 28 94 28 89 64 90 74 86 82 84 84L36 84C34 82 30 74 31 64ZM74 34C104 34 112 78 98 122 96 92 92 66 70 48Z",
  short: "M31 64C26 28 94 28 89 64 90 76 86 82 84 84L36 84C34 82 30 76 31 64Z",
  topknot: "M31 64C26 28 94 28 89 64 90 76 86 82 84 84L36 84C34 82 30 76 31 64ZM60 34C46 30 46 14 60 12 74 14 74 30 60 34Z",
  twin: "M31 64C26 28 94 28 89 64 90 76 86 82 84 84L36 84C34 82 30 76 31 64ZM32 52C8 50 2 88 14 116 18 94 26 76 38 66ZM88 52C112 50 118 88 106 116 102 94 94 76 82 66Z",
  wild: "M26 84 30 70 20 68 30 56 22 46 36 44 36 28 50 34 58 20 68 32 84 24 84 42 98 44 90 56 100 66 90 70 94 84 82 80 76 90 44 90 38 80Z",
};

const FRONT: Record<Bangs, string> = {
  none: "",
  fringe: "M34 66C31 38 46 34 60 34 74 34 89 38 86 66 84 58 80 53 75 51 75 57 73 61 70 63 69 56 66 52 62 50 60 57 57 61 52 63 52 56 50 53 48 51 42 54 37 59 34 66Z",
  hime: "M34 70C30 36 46 33 60 33 74 33 90 36 86 70L85 88 79 88 79 60 41 60 41 88 35 88Z",
  part: "M34 70C30 38 46 33 58 34 54 46 44 51 40 62 38 67 36 70 34 70ZM86 70C90 38 74 33 58 34 64 46 76 51 80 62 82 67 84 70 86 70Z",
  spiky: "M33 68 34 44 42 50 46 36 55 47 62 33 68 47 77 37 79 50 87 46 87 68C84 60 79 55 75 52L70 61 64 52 58 61 52 53 46 61 42 55C38 59 35 63 33 68Z",
  swept: "M34 66C30 36 50 31 62 33 80 34 91 46 86 68 83 57 76 50 66 47 58 57 44 58 34 66Z",
};

function Eye({ x, colour, mood }: { x: number; colour: string; mood: Mood }) {
  const side = x < 60 ? -1 : 1;
  if (mood === "closed" || mood === "smile") {
    const curve = mood === "smile" ? -5 : 5;
    return <path d={`M${x - 5} 70Q${x} ${70 + curve} ${x + 5} 70`} fill="none" stroke="#2a1b2d" stroke-width="2" stroke-linecap="round" />;
  }
  return (
    <g>
      <ellipse cx={x} cy="70" rx="4.8" ry="6.2" fill="#241629" />
      <ellipse cx={x} cy="72" rx="3.4" ry="3.9" fill={colour} />
      <circle cx={x - 1.5} cy="67.2" r="1.7" fill="#fff" /><circle cx={x + 1.6} cy="73.5" r="0.9" fill="#fff" opacity="0.8" />
      <path d={`M${x - side * -5.5} 66Q${x + side} 61.5 ${x - side * 5} 66`} fill="none" stroke="#241629" stroke-width="2.2" stroke-linecap="round" />
      {mood === "stern" && <path d={`M${x - side * 5} 62L${x + side * 5} 58`} stroke="#241629" stroke-width="2.2" stroke-linecap="round" />}
    </g>
  );
}

/** Somebody, in a field of 120 × 160. */
export function Figure({ look }: { look: Look }) {
  const { skin = "#ffe0c7", mood = "calm" } = look;
  return (
    <>
      {look.behind?.()}
      <path d={BACK[look.style]} fill={look.hair} />
      <path d="M20 160C20 124 38 102 60 100 82 102 100 124 100 160Z" fill={look.robe} />
      <path d="M20 160C20 134 28 118 38 110 34 128 34 146 35 160ZM100 160C100 134 92 118 82 110 86 128 86 146 85 160Z" fill="#000" opacity="0.18" />
      <path d="M54 86H66V104L60 110 54 104Z" fill={skin} /><path d="M54 92Q60 98 66 92V96Q60 101 54 96Z" fill="#000" opacity="0.12" />
      <path d="M60 122 50 101 54 99.5 60 108 66 99.5 70 101Z" fill={skin} />
      <path d="M60 130 43 105 50 100.5 60 117 70 100.5 77 105Z" fill={look.trim} /><path d="M60 124 47.5 103 50 101 60 117 70 101 72.5 103Z" fill="#fff" opacity="0.9" />
      <path d="M33 138Q60 144 87 138L89 150Q60 156 31 150Z" fill={look.trim} /><path d="M54 140.500H66V153H54Z" fill="#fff" opacity="0.28" />
      <circle cx="34.5" cy="70" r="4.5" fill={skin} /><circle cx="85.5" cy="70" r="4.5" fill={skin} />
      <path d="M34 62C34 38 86 38 86 62 86 82 73 94 60 94S34 82 34 62Z" fill={skin} />
      <ellipse cx="42" cy="79" rx="5" ry="3" fill="#ff7f86" opacity="0.38" /><ellipse cx="78" cy="79" rx="5" ry="3" fill="#ff7f86" opacity="0.38" />
      <Eye x={48.5} colour={look.eyes} mood={mood} /><Eye x={71.5} colour={look.eyes} mood={mood} />
      <path d={mood === "stern" ? "M56 84.500H64" : "M55.5 83.500Q60 87.5 64.5 83.5"} fill="none" stroke="#9c4048" stroke-width="1.9" stroke-linecap="round" />
      <path d={FRONT[look.bangs]} fill={look.hair} />
      {look.bangs !== "none" && <path d="M44 46Q58 38 74 44" fill="none" stroke="#fff" stroke-opacity="0.32" stroke-width="3.5" stroke-linecap="round" />}
      {look.head?.()}
      {look.prop?.()}
    </>
  );
}

// Heads.

const headband = (fill: string) => () => (
  <><path d="M33.5 57Q60 47 86.5 57L87 63Q60 53 33 63Z" fill={fill} /><path d="M86 58 98 54 96 62 102 68 88 63Z" fill={fill} /></>
);
const kasa = () => (
  <>
    <path d="M12 54C34 44 48 24 60 16 72 24 86 44 108 54 84 64 36 64 12 54Z" fill="url(#straw)" />
    <path d="M60 16C54 32 42 48 34 58M60 16C58 34 54 50 52 61M60 16C62 34 66 50 68 61M60 16C66 32 78 48 86 58" fill="none" stroke="#8a642a" stroke-opacity="0.65" />
  </>
);
const scarf = (fill: string) => () => (
  <><path d="M31 60C28 28 92 28 89 60 78 48 42 48 31 60Z" fill={fill} /><path d="M88 54 102 60 96 66 100 74 86 64Z" fill={fill} /><g fill="#fff" opacity="0.55">{[42, 54, 66, 78].map((x) => <circle key={x} cx={x} cy={44 + Math.abs(x - 60) / 6} r="2" />)}</g></>
);
const flower = (fill: string, x = 84, y = 46) => () => <Blossom x={x} y={y} size={0.95} fill={fill} />;
const horns = (fill: string) => () => <><path d="M40 42C30 34 28 20 34 10 36 22 42 30 50 36Z" fill={fill} /><path d="M80 42C90 34 92 20 86 10 84 22 78 30 70 36Z" fill={fill} /></>;
const foxEars = () => (
  <><path d="M34 48 28 14 56 36Z" fill="#e58a3c" /><path d="M38 42 33 22 50 36Z" fill="#ffe1cf" /><path d="M86 48 92 14 64 36Z" fill="#e58a3c" /><path d="M82 42 87 22 70 36Z" fill="#ffe1cf" /></>
);
const antlers = () => (
  <g fill="none" stroke="url(#gold)" stroke-width="4" stroke-linecap="round"><path d="M46 38C36 28 32 18 34 6M38 24C30 22 26 18 24 12" /><path d="M74 38C84 28 88 18 86 6M82 24C90 22 94 18 96 12" /></g>
);
const kabuto = () => (
  <>
    <path d="M28 60C26 24 94 24 92 60L86 56C80 46 40 46 34 56Z" fill="#3a3145" /><path d="M28 58 18 70 22 78 36 64ZM92 58 102 70 98 78 84 64Z" fill="#3a3145" />
    <path d="M34 52C46 42 74 42 86 52" fill="none" stroke="url(#gold)" stroke-width="3" /><path d="M60 40C50 30 42 20 40 4 50 14 56 22 60 34 64 22 70 14 80 4 78 20 70 30 60 40Z" fill="url(#gold)" /><circle cx="60" cy="40" r="4.5" fill="#c22f35" />
  </>
);
const sunCrown = () => (
  <><path d="M36 46 38 24 48 36 60 12 72 36 82 24 84 46Q60 36 36 46Z" fill="url(#gold)" /><circle cx="60" cy="34" r="5" fill="#e0483e" /><circle cx="45" cy="38" r="2.4" fill="#fff" /><circle cx="75" cy="38" r="2.4" fill="#fff" /></>
);
const moonCrown = () => (
  <><path d="M38 44Q60 30 82 44L80 48Q60 36 40 48Z" fill="url(#gold)" /><Crescent x={60} y={28} size={1.15} turn={-40} /><circle cx="44" cy="42" r="2.2" fill="#ffb3d1" /><circle cx="76" cy="42" r="2.2" fill="#ffb3d1" /><path d="M36 48V66M84 48V66" stroke="#f4d98f" stroke-width="1.6" stroke-dasharray="2 2.5" /></>
);
const hairpin = (fill: string) => () => <><path d="M74 34 100 22" stroke="url(#gold)" stroke-width="3" stroke-linecap="round" /><circle cx="98" cy="23" r="5" fill={fill} /><path d="M98 28V42" stroke="#f4d98f" stroke-dasharray="2 2" /></>;

// Behind.

const halo = (glow: string, ring = "url(#gold)") => () => (
  <>
    <circle cx="60" cy="62" r="64" fill={`url(#${glow})`} /><circle cx="60" cy="62" r="44" fill="none" stroke={ring} stroke-width="2.5" />
    {Array.from({ length: 12 }, (_, at) => <path key={at} d="M60 6 63 15H57Z" fill={ring} transform={`rotate(${at * 30} 60 62)`} />)}
  </>
);
const moonDisc = () => <><circle cx="60" cy="56" r="62" fill="url(#glow-moon)" /><circle cx="60" cy="56" r="45" fill="#fff5d0" /><g fill="#ecd9a0" opacity="0.7"><circle cx="36" cy="36" r="8" /><circle cx="82" cy="32" r="5" /><circle cx="92" cy="62" r="7" /></g></>;
const sunDisc = () => (
  <><circle cx="60" cy="58" r="66" fill="url(#glow-fire)" />{Array.from({ length: 16 }, (_, at) => <path key={at} d="M60-6 65 20H55Z" fill="url(#gold)" transform={`rotate(${at * 22.5} 60 58)`} />)}<circle cx="60" cy="58" r="42" fill="#ffd778" /><circle cx="60" cy="58" r="42" fill="none" stroke="#fff3c4" stroke-width="3" /></>
);
const wings = () => <>{[-1, 1].map((side) => <g key={side} transform={`translate(60 92) scale(${side} 1)`}>{[10, 34, 58, 82].map((turn, at) => <path key={turn} d="M0 0C14-18 14-50 0-78-10-50-10-18 0 0Z" fill={at % 2 ? "#ff9d3c" : "#e0483e"} transform={`translate(16 0) rotate(${turn}) scale(${1 - at * 0.1})`} />)}</g>)}</>;
const snow = () => <><circle cx="60" cy="64" r="60" fill="url(#glow-blue)" /><Snowflake x={18} y={34} size={1.3} /><Snowflake x={102} y={26} size={1} /><Snowflake x={106} y={96} size={1.2} /><Snowflake x={12} y={104} size={0.8} /></>;
const leaves = () => <><Maple x={18} y={36} size={1.1} turn={-20} /><Maple x={104} y={30} size={0.9} turn={30} fill="#f0a33c" /><Maple x={108} y={98} size={1.2} turn={60} /><Maple x={12} y={102} size={0.8} turn={120} fill="#f0a33c" /></>;
const bamboos = () => <><Bamboo x={12} y={0} /><Bamboo x={108} y={8} /></>;
const sea = () => <><circle cx="60" cy="60" r="60" fill="url(#glow-blue)" /><Wave x={26} y={120} size={1.3} /><At x={94} y={120} size={1}><g transform="scale(-1 1)"><Wave size={1.3} /></g></At><Wave x={60} y={26} size={0.7} fill="#3f7fce" /></>;
const clouds = () => <><Cloud x={24} y={40} size={0.8} opacity={0.35} /><Cloud x={98} y={64} size={0.7} opacity={0.3} /></>;
const ink = () => <g fill="#1d1430" opacity="0.75"><path d="M4 60C30 20 70 60 116 30 90 66 50 60 4 60Z" /><circle cx="100" cy="84" r="7" /><circle cx="18" cy="92" r="4" /><circle cx="110" cy="98" r="3" /></g>;
const shell = () => <><path d="M60 6 104 30 112 84 60 120 8 84 16 30Z" fill="#2b6b5f" stroke="url(#jade)" stroke-width="5" /><path d="M60 30 84 44V72L60 86 36 72V44ZM60 30V6M84 44 104 30M84 72 112 84M36 72 8 84M36 44 16 30" fill="none" stroke="#8fe0c6" stroke-opacity="0.6" stroke-width="2.5" /></>;
const bolts = () => <><path d="M18 8 4 44H16L6 78 34 34H20L30 8Z" fill="#ffe27a" /><path d="M102 4 92 36H102L94 66 116 28H106L112 4Z" fill="#ffe27a" /></>;
const gate = () => <g transform="translate(60 70) scale(1)"><path d="M-58-50Q0-40 58-50L54-38Q0-31-54-38ZM-48-22H48V-14H-48ZM-44-38H-34V90H-44ZM34-38H44V90H34Z" fill="url(#amber)" /></g>;
const feathers = () => <>{[[16, 30, -30], [104, 24, 40], [108, 84, 80], [12, 92, -70]].map(([x = 0, y = 0, turn = 0]) => <At key={x} x={x} y={y} turn={turn}><path d="M0-16C8-6 6 8 0 16-6 8-8-6 0-16ZM0-10V18" fill="#e9eef7" stroke="#8fa0bd" /></At>)}</>;

// In the hands.

/** One of the things, small, at the figure's side. */
const holds = (id: string, turn = 0, x = 66, y = 78, size = 0.55) => () => <At x={x} y={y} size={size} turn={turn}><Weapon id={id} /></At>;
const lantern = () => <><path d="M92 96 104 84" stroke="#5a3818" stroke-width="3.5" stroke-linecap="round" /><Lantern x={100} y={112} size={0.9} /></>;
const rice = () => <g stroke="#d7b04f" stroke-width="2" fill="none">{[0, 10, 20].map((lean) => <path key={lean} d={`M88 150C${90 + lean} 126 ${92 + lean} 110 ${98 + lean / 2} 98`} />)}<g fill="#f0cd6a" stroke="none">{[[98, 98], [101, 104], [104, 100], [107, 106], [95, 104], [110, 100]].map(([x, y]) => <ellipse key={x} cx={x} cy={y} rx="2.6" ry="4.6" />)}</g></g>;
const gohei = () => <><path d="M84 152 102 88" stroke="url(#wood)" stroke-width="4" stroke-linecap="round" /><path d="M100 90 94 98 100 104 92 112 97 120 104 112 101 106 108 98ZM104 88 112 94 108 102 116 108 112 118 106 108 108 100Z" fill="#fff" stroke="#d9cdb4" /></>;
const oar = () => <><path d="M30 156 100 70" stroke="url(#wood)" stroke-width="5" stroke-linecap="round" /><path d="M94 78C96 62 108 52 114 54 116 62 108 76 98 82Z" fill="url(#wood)" /></>;
const sheets = () => <g>{[16, 8, 0].map((turn) => <rect key={turn} x="76" y="108" width="30" height="38" rx="2" fill="url(#paper)" stroke="#cdbb95" transform={`rotate(${turn} 90 150)`} />)}</g>;
const drum = () => <g transform="translate(60 140)"><ellipse rx="30" ry="9" cy="-6" fill="url(#paper)" stroke="#7c1424" stroke-width="3" /><path d="M-30-6C-33 8-30 18-27 22H27C30 18 33 8 30-6 20 6-20 6-30-6Z" fill="url(#lacquer)" /><path d="M-40-30-14-10M40-30 14-10" stroke="url(#wood)" stroke-width="4.5" stroke-linecap="round" /></g>;
const kite = () => <g transform="translate(94 36) rotate(14)"><path d="M0-22 17 0 0 26-17 0Z" fill="#e0483e" stroke="#fff" stroke-width="1.6" /><path d="M0-22V26M-17 0H17" stroke="#fff" stroke-opacity="0.7" /><circle r="5" fill="#fff" /><path d="M0 26C-6 50-20 70-22 106" fill="none" stroke="#f5ecd6" stroke-width="1.3" /></g>;
const tea = () => <g transform="translate(92 126)"><path d="M-14-10H14C15 6 10 16 0 16S-15 6-14-10Z" fill="#3c7c63" /><ellipse cy="-10" rx="14" ry="4" fill="#a9d77f" /><path d="M-4-18q-5-6 0-11t0-11M5-18q-5-6 0-11" fill="none" stroke="#fff" stroke-opacity="0.8" stroke-width="2.2" stroke-linecap="round" /></g>;
const fish = () => <><path d="M84 92 112 34" stroke="url(#bamboo)" stroke-width="3" /><path d="M112 34C116 60 112 84 104 104" fill="none" stroke="#fff" stroke-opacity="0.7" /><path d="M104 104C114 110 114 124 104 132L108 140H98L102 132C94 124 95 110 104 104Z" fill="url(#ice)" /><circle cx="102" cy="112" r="1.6" fill="#222" /></>;
const logs = () => <g transform="translate(92 128)">{[[-8, 8], [8, 8], [0, -4]].map(([x, y]) => <g key={x}><circle cx={x} cy={y} r="9" fill="#2c2530" /><circle cx={x} cy={y} r="4.5" fill="none" stroke="#5d5062" stroke-width="1.6" /></g>)}<path d="M-17 2C-4 12 4 12 17 2" fill="none" stroke="#c9a15e" stroke-width="3" /></g>;
const stalk = () => <g transform="translate(96 84) rotate(8)"><Bamboo height={70} size={1.15} /></g>;
const ringStaff = () => <><path d="M88 156 102 60" stroke="url(#wood)" stroke-width="4.5" stroke-linecap="round" /><g fill="none" stroke="url(#gold)" stroke-width="3"><circle cx="104" cy="46" r="11" /><circle cx="96" cy="54" r="4" /><circle cx="111" cy="55" r="4" /></g></>;
const bell = () => <g transform="translate(92 118)"><path d="M-4-22H4V-16H-4Z" fill="#8a5510" /><path d="M-6-16H6C14-10 16 4 18 14H-18C-16 4-14-10-6-16Z" fill="url(#gold)" /><circle cy="17" r="4.5" fill="#8a5510" /><path d="M-12 4H12" stroke="#fff3c4" stroke-width="1.6" /></g>;
const mask = () => <g transform="translate(92 118) rotate(10)"><path d="M-16-14-13-26-4-16H4L13-26 16-14C18 4 8 16 0 18-8 16-18 4-16-14Z" fill="#fffaf0" stroke="#cdbb95" /><path d="M-11-5-3-1M11-5 3-1" stroke="#c22f35" stroke-width="2.6" stroke-linecap="round" /><path d="M-3 8Q0 11 3 8M-14-16-12-22-7-16ZM14-16 12-22 7-16Z" stroke="#c22f35" fill="none" stroke-width="1.6" /></g>;
const peak = () => <g transform="translate(94 60)"><path d="M-22 22-2-16 8 0 13-7 26 22Z" fill="#54789a" /><path d="M-2-16-9-2-3 0 1-5 6 1 8 0Z" fill="#fff" /></g>;
const brush = () => <><path d="M82 150 106 84" stroke="url(#bamboo)" stroke-width="5" stroke-linecap="round" /><path d="M103 92 116 62C118 78 114 88 109 94Z" fill="#1d1430" /></>;
const gem = () => <g transform="translate(92 120)"><circle r="26" fill="url(#glow-fire)" /><path d="M0-19 15-7 9 16H-9L-15-7Z" fill="url(#amber)" /><path d="M0-19V16M-15-7H15M0-19-6-7-9 16M0-19 6-7 9 16" stroke="#fff" stroke-opacity="0.45" fill="none" /></g>;
const orb = (fill: string) => () => <g transform="translate(92 120)"><circle r="26" fill="url(#glow-white)" /><circle r="14" fill={fill} /><path d="M-8-4C-7-10-2-11 2-11" stroke="#fff" stroke-width="3" fill="none" stroke-linecap="round" /></g>;
const flames = () => <><Flame x={96} y={116} size={1.5} /><Flame x={22} y={124} size={1.1} /></>;
const branch = () => <><path d="M82 152C90 130 96 112 106 92" stroke="#8a5510" stroke-width="3" fill="none" /><g>{[[106, 90], [100, 106], [112, 104], [94, 120]].map(([x = 0, y = 0]) => <g key={y}><circle cx={x} cy={y} r="8" fill="url(#glow-gold)" /><circle cx={x} cy={y} r="4" fill="#fff6d6" stroke="#eab84a" /></g>)}</g></>;
const stars = () => <><Star x={98} y={110} size={0.9} /><Sparkle x={18} y={120} size={0.9} /><Sparkle x={106} y={134} size={0.6} /></>;

const LOOKS: Record<string, Look> = {
  "character-village-guard": { hair: "#3a2a2a", style: "short", bangs: "spiky", eyes: "#7a5230", robe: "#3f6b8a", trim: "#20384e", mood: "stern", head: headband("#e9e2d2"), prop: holds("weapon-bamboo-spear", 4, 62, 58, 0.62) },
  "character-rice-farmers-son": { skin: "#f3c9a4", hair: "#2f2320", style: "short", bangs: "fringe", eyes: "#5c8a3a", robe: "#7b8f4d", trim: "#4c5a2e", mood: "smile", head: scarf("#4a78b0"), prop: rice },
  "character-shrine-apprentice": { hair: "#241b26", style: "long", bangs: "hime", eyes: "#b0363c", robe: "#f6f1e7", trim: "#c9343a", prop: gohei },
  "character-lantern-bearer": { hair: "#5b3a6a", style: "bob", bangs: "fringe", eyes: "#c9772a", robe: "#4b3a78", trim: "#e6a54a", behind: clouds, prop: lantern },
  "character-ferry-keeper": { skin: "#eabf95", hair: "#3b3233", style: "short", bangs: "none", eyes: "#3d6f93", robe: "#2f5d73", trim: "#bfd4d6", mood: "closed", head: kasa, prop: oar },
  "character-young-ronin": { hair: "#1f1d2b", style: "ponytail", bangs: "swept", eyes: "#4a6fb0", robe: "#34384f", trim: "#8d2f36", mood: "stern", prop: holds("weapon-rusty-tachi", -8, 58, 70, 0.6) },
  "character-charcoal-burner": { skin: "#e8bb93", hair: "#4a3a36", style: "wild", bangs: "spiky", eyes: "#7a4a26", robe: "#5d5560", trim: "#2f2a33", head: headband("#8d2f36"), prop: logs },
  "character-paper-maker": { hair: "#6b4a36", style: "bun", bangs: "part", eyes: "#6a8a9a", robe: "#d9c7a0", trim: "#8d6f45", mood: "smile", head: hairpin("#8fb65a"), prop: sheets },
  "character-drum-player": { skin: "#f3c9a4", hair: "#2a2230", style: "topknot", bangs: "spiky", eyes: "#a3502f", robe: "#a83238", trim: "#f0e3c8", mood: "smile", head: headband("#f0e3c8"), prop: drum },
  "character-kite-flyer": { hair: "#7a4d2a", style: "twin", bangs: "fringe", eyes: "#3f90c2", robe: "#59a7d6", trim: "#f6d365", mood: "smile", behind: clouds, prop: kite },
  "character-bamboo-cutter": { skin: "#f0c8a2", hair: "#b9b4ae", style: "topknot", bangs: "part", eyes: "#5b7d3a", robe: "#58774a", trim: "#d7cda8", mood: "closed", prop: stalk },
  "character-tea-seller": { hair: "#3c2b22", style: "bun", bangs: "swept", eyes: "#4b8a5d", robe: "#8fb58a", trim: "#f3ead2", mood: "smile", head: hairpin("#e0708a"), prop: tea },
  "character-river-scout": { skin: "#eabf95", hair: "#2c4a52", style: "bob", bangs: "spiky", eyes: "#2f9a9a", robe: "#2f7f86", trim: "#d8efe6", head: headband("#d8efe6"), prop: fish },
  "character-mountain-guide": { skin: "#e3b48c", hair: "#58433a", style: "short", bangs: "fringe", eyes: "#6a7a4a", robe: "#6d7f58", trim: "#3f4b34", behind: peak, head: scarf("#a3502f"), prop: holds("weapon-walking-staff", 0, 66, 58, 0.6) },
  "character-stone-mason": { skin: "#dca97e", hair: "#2b2626", style: "bald", bangs: "none", eyes: "#5a5f6a", robe: "#7d838f", trim: "#474d58", mood: "stern", head: headband("#e9e2d2"), prop: holds("weapon-stone-hammer", 4, 60, 72, 0.6) },
  "character-bell-ringer": { hair: "#8a6a4a", style: "bob", bangs: "part", eyes: "#b8862a", robe: "#6a5a8a", trim: "#e8c96a", prop: bell },
  "character-fox-trickster": { hair: "#e08a3c", style: "wild", bangs: "spiky", eyes: "#c0392b", robe: "#b8433a", trim: "#fff1dc", mood: "smile", head: foxEars, prop: mask },
  "character-travelling-monk": { skin: "#eabf95", hair: "#000000", style: "bald", bangs: "none", eyes: "#5a4a3a", robe: "#c9842f", trim: "#6b3f1d", mood: "closed", prop: ringStaff },
  "character-hayabusa-the-swift": { hair: "#2b3a55", style: "wild", bangs: "swept", eyes: "#49b2e8", robe: "#2a3350", trim: "#4fc3d9", mood: "stern", behind: feathers, head: headband("#4fc3d9"), prop: holds("weapon-twin-tanto-of-dusk", 0, 62, 76, 0.56) },
  "character-momiji": { hair: "#a33b2e", style: "long", bangs: "part", eyes: "#e08a2a", robe: "#c8452f", trim: "#f6c65a", mood: "smile", behind: leaves, head: () => <Maple x={84} y={44} size={0.9} turn={20} fill="#f6c65a" />, prop: holds("weapon-whispering-fan", 10, 62, 76, 0.56) },
  "character-raiko-the-oni-hunter": { skin: "#f0c49c", hair: "#1f1a22", style: "short", bangs: "none", eyes: "#f0b429", robe: "#4a2f6a", trim: "#e6b84a", mood: "stern", behind: bolts, head: kabuto, prop: holds("weapon-crescent-naginata", 2, 62, 68, 0.62) },
  "character-shion": { hair: "#8b7bb8", style: "long", bangs: "swept", eyes: "#6a4fb0", robe: "#efeaf6", trim: "#3b2f63", mood: "closed", behind: ink, prop: brush },
  "character-kohaku-of-the-amber-gate": { hair: "#d9952f", style: "ponytail", bangs: "fringe", eyes: "#c9681c", robe: "#7a4520", trim: "#ffd27a", behind: gate, head: flower("#ffe3a3"), prop: gem },
  "character-yuki": { skin: "#fff0ea", hair: "#dfeaf8", style: "hime", bangs: "hime", eyes: "#5aa9e6", robe: "#b9d9f5", trim: "#4f7fc4", behind: snow, head: () => <Snowflake x={84} y={44} size={0.9} fill="#4f8fd6" />, prop: orb("url(#ice)") },
  "character-genbu": { skin: "#e3b48c", hair: "#1e3d3a", style: "short", bangs: "spiky", eyes: "#43c6a0", robe: "#25544c", trim: "#9fe0c8", mood: "stern", behind: shell, head: horns("#cfe8de"), prop: holds("weapon-oak-shield", 0, 58, 76, 0.58) },
  "character-suzaku": { hair: "#d23a2e", style: "ponytail", bangs: "spiky", eyes: "#ffb02e", robe: "#8a1f2b", trim: "#ffb347", behind: wings, head: flower("#ffcf6a", 36, 44), prop: flames },
  "character-amaterasu": { skin: "#ffe8d2", hair: "#2a1720", style: "hime", bangs: "part", eyes: "#e8902a", robe: "#fffaf0", trim: "#d63b35", mood: "smile", behind: sunDisc, head: sunCrown, prop: holds("weapon-mirror-of-eight-hands", 0, 63, 82, 0.5) },
  "character-tsukuyomi-of-the-still-moon": { skin: "#f6e6ea", hair: "#c9cdf0", style: "long", bangs: "swept", eyes: "#7a86e8", robe: "#1c2150", trim: "#c5cbff", mood: "closed", behind: halo("glow-moon", "#e3e6ff"), head: () => <Crescent x={84} y={40} size={1} fill="#fff6d6" turn={-20} />, prop: stars },
  "character-ryujin": { skin: "#f3d8c0", hair: "#2f8f9d", style: "wild", bangs: "swept", eyes: "#2fd0c0", robe: "#124a66", trim: "#63d0d8", mood: "stern", behind: sea, head: antlers, prop: orb("url(#jade)") },
  "character-kaguya": { skin: "#fff0e4", hair: "#1d1630", style: "hime", bangs: "hime", eyes: "#c05aa8", robe: "#f4a6c6", trim: "#7d3f9a", mood: "smile", behind: () => <>{bamboos()}{moonDisc()}</>, head: moonCrown, prop: branch },
};

const SOMEBODY: Look = { hair: "#555b6e", style: "short", bangs: "fringe", eyes: "#7a86a8", robe: "#6b7288", trim: "#c4cbe0" };

export function Character({ id }: { id: string }) {
  return <Figure look={LOOKS[id] ?? SOMEBODY} />;
}

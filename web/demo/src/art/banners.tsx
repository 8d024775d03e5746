// The picture of each pool, 800 × 400.

import type { ComponentChildren } from "preact";
import { Subject } from "./card";
import {
  At, Bamboo, Blossom, Cloud, Crescent, Lantern, Maple, Pine, Snowflake, Sparkle, Star, Torii, Wave,
} from "./shapes";

/** Points that are the same at each visit, scattered over the sky. */
function scatter(count: number, seed: number, height = 240): [x: number, y: number, size: number][] {
  let state = seed;
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647;
  return Array.from({ length: count }, () => [next() * 800, next() * height, 0.4 + next()]);
}

function Sky({ fill, stars = 0, seed = 7 }: { fill: string; stars?: number; seed?: number }) {
  return (
    <>
      <rect width="800" height="400" fill={`url(#${fill})`} />
      <g fill="#fff">{scatter(stars, seed).map(([x, y, size]) => <circle key={x} cx={x} cy={y} r={size} opacity={0.25 + size / 2} />)}</g>
    </>
  );
}

/** Somebody or something large, at the right of a banner. */
function Guest({ id, x, y, size = 2.2 }: { id: string; x: number; y: number; size?: number }) {
  return <At x={x} y={y} size={size}><Subject id={id} /></At>;
}

function Palace({ x, y, size = 1 }: { x: number; y: number; size?: number }) {
  return (
    <At x={x} y={y} size={size}>
      <g fill="#120d2c">
        <path d="M-150 20C-110 16-90 0-84-14H84C90 0 110 16 150 20L140 30H-140ZM-96 30H96V90H-96ZM-100-58C-70-62-56-74-50-88H50C56-74 70-62 100-58L92-48H-92ZM-60-48H60V-14H-60ZM-14-88H14L8-104H-8ZM-230 90H230V120H-230Z" />
      </g>
      <g fill="#ffcf7a" opacity="0.9"><path d="M-80 44H-56V74H-80ZM-44 44H-20V74H-44ZM-8 44H16V74H-8ZM28 44H52V74H28ZM60 44H84V74H60ZM-44-40H-24V-20H-44ZM-10-40H10V-20H-10ZM24-40H44V-20H24Z" /></g>
      <path d="M-68 44V74M-32 44V74M4 44V74M40 44V74M72 44V74" stroke="#120d2c" stroke-width="3" />
    </At>
  );
}

function Hills({ fill, y }: { fill: string; y: number }) {
  return <path d={`M0 ${y}C120 ${y - 60} 220 ${y - 20} 320 ${y - 30} 440 ${y - 40} 520 ${y - 90} 640 ${y - 40} 710 ${y - 14} 760 ${y - 40} 800 ${y - 30}V400H0Z`} fill={fill} />;
}

const SCENES: Record<string, () => ComponentChildren> = {
  "pool-moon-festival": () => (
    <>
      <Sky fill="night" stars={90} />
      <circle cx="560" cy="180" r="230" fill="url(#glow-moon)" /><circle cx="560" cy="180" r="138" fill="#fff3cc" /><g fill="#ecd59a" opacity="0.6"><circle cx="500" cy="130" r="24" /><circle cx="640" cy="110" r="15" /><circle cx="650" cy="230" r="22" /><circle cx="470" cy="220" r="12" /></g>
      <Hills fill="#1a1444" y={330} /><Palace x={160} y={270} size={0.82} />
      <Cloud x={120} y={120} size={2} opacity={0.12} /><Cloud x={360} y={180} size={2.6} opacity={0.14} /><Cloud x={720} y={300} size={3} opacity={0.2} />
      <Bamboo x={770} y={30} height={380} size={1.1} /><Bamboo x={736} y={90} height={320} size={0.9} />
      <Guest id="character-yuki" x={292} y={128} size={1.7} /><Guest id="character-kaguya" x={452} y={42} size={2.25} />
      {[[60, 60], [420, 60], [690, 60], [300, 110]].map(([x = 0, y = 0]) => <Sparkle key={x} x={x} y={y} size={1.1} fill="#fff2c4" />)}
      {[[80, 340], [180, 370], [700, 372], [600, 384]].map(([x = 0, y = 0]) => <Blossom key={x} x={x} y={y} size={1.3} />)}
    </>
  ),
  "pool-paid-moon-festival": () => (
    <>
      <Sky fill="rose" stars={60} seed={31} />
      <circle cx="250" cy="150" r="190" fill="url(#glow-moon)" /><Crescent x={250} y={150} size={9} fill="#fff0c9" turn={-24} />
      <Hills fill="#2c1250" y={340} /><Cloud x={520} y={120} size={2.6} opacity={0.16} /><Cloud x={120} y={300} size={3} opacity={0.2} />
      <Bamboo x={40} y={40} height={380} />
      {scatter(16, 12, 400).map(([x, y, size]) => <Blossom key={x} x={x} y={y} size={size} turn={x} />)}
      <Guest id="character-kaguya" x={430} y={30} size={2.35} />
      <Sparkle x={400} y={70} size={1.6} fill="#fff2c4" /><Sparkle x={700} y={110} size={1.2} fill="#fff2c4" />
    </>
  ),
  "pool-standard": () => (
    <>
      <Sky fill="forest" stars={24} seed={5} />
      <circle cx="400" cy="210" r="200" fill="url(#glow-white)" opacity="0.6" /><Hills fill="#17424a" y={320} />
      <Pine x={70} y={270} size={2} /><Pine x={740} y={280} size={1.9} /><Pine x={180} y={290} size={1.2} fill="#1b4a4c" /><Pine x={640} y={296} size={1.1} fill="#1b4a4c" />
      <path d="M340 400 380 300H420L460 400Z" fill="#c9d3b2" opacity="0.5" /><path d="M340 400H460L454 384H346ZM352 366H448L442 350H358ZM362 336H438L434 324H366Z" fill="#dfe6cc" opacity="0.55" />
      <Torii x={400} y={236} size={1.9} />
      <Guest id="character-ryujin" x={110} y={120} size={1.75} /><Guest id="character-amaterasu" x={486} y={76} size={2.05} />
      <Cloud x={200} y={90} size={2} opacity={0.16} /><Sparkle x={380} y={70} size={1} /><Sparkle x={440} y={104} size={0.7} />
    </>
  ),
  "pool-step-up-autumn": () => (
    <>
      <Sky fill="autumn" stars={20} seed={77} />
      <circle cx="300" cy="240" r="210" fill="url(#glow-fire)" opacity="0.8" /><Hills fill="#571f35" y={330} />
      {[0, 1, 2].map((step) => <g key={step}><path d={`M${90 + step * 130} ${372 - step * 62}h150v${28 + step * 62}h-150Z`} fill={["#7a2f2f", "#a04a30", "#cf7a34"][step]} /><path d={`M${90 + step * 130} ${372 - step * 62}h150v9h-150Z`} fill="#ffd995" opacity="0.8" /></g>)}
      {scatter(26, 3, 400).map(([x, y, size]) => <Maple key={x} x={x} y={y} size={size} turn={x} fill={size > 0.9 ? "#ffb347" : "#e2552f"} />)}
      <Guest id="character-momiji" x={70} y={176} size={1.3} /><Guest id="character-ryujin" x={506} y={44} size={2.15} />
      <Star x={425} y={224} size={1.8} /><Star x={295} y={290} size={1.2} fill="#ffe4ad" />
    </>
  ),
  "pool-treasure-box": () => (
    <>
      <Sky fill="rose" seed={9} /><rect width="800" height="400" fill="url(#hemp)" />
      <circle cx="400" cy="190" r="260" fill="url(#glow-gold)" />
      <At x={400} y={120} size={1.5}><g transform="translate(-60 -80)"><Subject id="weapon-heavens-ceiling" /></g></At>
      <At x={190} y={176} size={1.1} turn={-18}><g transform="translate(-60 -80)"><Subject id="weapon-thunder-drum" /></g></At><At x={614} y={176} size={1.1} turn={14}><g transform="translate(-60 -80)"><Subject id="weapon-lotus-staff" /></g></At>
      <path d="M210 260H590L570 392H230Z" fill="url(#lacquer)" /><path d="M200 244H600L590 276H210Z" fill="#8a1a2a" /><path d="M200 244H600L597 253H203Z" fill="url(#gold)" />
      <path d="M214 300H586M226 372H574" stroke="url(#gold)" stroke-width="4" /><circle cx="400" cy="330" r="30" fill="url(#gold)" /><Blossom x={400} y={330} size={2} fill="#fff3d2" />
      <g stroke="#f3cf7a" stroke-width="2.5" fill="none" opacity="0.75"><path d="M250 350C280 310 320 360 346 320M454 320C480 360 520 310 552 350" /></g>
      {scatter(18, 21, 230).map(([x, y, size]) => <Sparkle key={x} x={x} y={y} size={size} fill="#fff2c4" />)}
    </>
  ),
  "pool-farewell-box": () => (
    <>
      <Sky fill="snowfall" stars={30} seed={15} /><Hills fill="#35477f" y={330} /><path d="M0 346C200 320 500 330 800 344V400H0Z" fill="#e9f1fb" />
      <circle cx="400" cy="200" r="200" fill="url(#glow-blue)" />
      <At x={400} y={140} size={1.45}><g transform="translate(-60 -80)"><Subject id="weapon-kusanagi" /></g></At>
      <path d="M280 262H520V380H280Z" fill="url(#wood)" /><path d="M268 246H532V274H268Z" fill="#7a4f26" /><path d="M392 246H408V380H392ZM280 314H520V328H280Z" fill="url(#lacquer)" />
      <path d="M400 250C370 214 336 224 346 248 354 260 380 256 400 250 430 214 464 224 454 248 446 260 420 256 400 250Z" fill="url(#lacquer)" /><circle cx="400" cy="250" r="10" fill="#7c1424" />
      <Pine x={110} y={290} size={1.6} fill="#24396b" /><Pine x={700} y={284} size={1.8} fill="#24396b" />
      {scatter(34, 8, 380).map(([x, y, size]) => <Snowflake key={x} x={x} y={y} size={size * 0.7} />)}
    </>
  ),
  "pool-daily-gate": () => (
    <>
      <Sky fill="dawn" seed={4} /><circle cx="400" cy="270" r="230" fill="url(#glow-gold)" /><circle cx="400" cy="276" r="86" fill="#fff4cf" />
      <Cloud x={120} y={100} size={2.6} opacity={0.5} /><Cloud x={660} y={80} size={3} opacity={0.45} /><Cloud x={300} y={60} size={1.6} opacity={0.5} />
      <path d="M0 300H800V400H0Z" fill="#5a6fb3" /><g fill="#fff4cf" opacity="0.55"><path d="M330 308H470V314H330ZM350 326H450V331H350ZM310 346H490V352H310ZM360 370H440V375H360Z" /></g>
      <Torii x={400} y={250} size={2.1} /><Guest id="character-amaterasu" x={496} y={92} size={1.95} /><Guest id="character-hayabusa-the-swift" x={90} y={134} size={1.7} />
      <Wave x={60} y={370} size={2} fill="#7f97d6" /><Wave x={730} y={380} size={2.2} fill="#7f97d6" />
      <g fill="none" stroke="#2b2a55" stroke-width="4" stroke-linecap="round"><path d="M300 120q10-10 20 0q10-10 20 0M360 84q8-8 16 0q8-8 16 0M250 76q7-7 14 0q7-7 14 0" /></g>
    </>
  ),
  "pool-weekend-market": () => (
    <>
      <Sky fill="river" stars={46} seed={19} /><Hills fill="#1f2458" y={280} /><path d="M0 300H800V400H0Z" fill="#27306f" />
      {[90, 290, 490].map((x, at) => (
        <g key={x}>
          <path d={`M${x - 70} 210H${x + 70}V316H${x - 70}Z`} fill="#3a2340" /><path d={`M${x - 60} 240H${x + 60}V300H${x - 60}Z`} fill="#ffca78" opacity="0.85" />
          <path d={`M${x - 84} 214 ${x - 66} 176H${x + 66}L${x + 84} 214Z`} fill={["#c22f35", "#2f7f86", "#7a4fb0"][at]} />
          {[0, 1, 2, 3, 4].map((stripe) => <path key={stripe} d={`M${x - 84 + stripe * 34} 214a17 14 0 0 0 33 0Z`} fill={stripe % 2 ? "#fff3df" : ["#c22f35", "#2f7f86", "#7a4fb0"][at]} />)}
          <path d={`M${x - 70} 296H${x + 70}V316H${x - 70}Z`} fill="url(#wood)" />
        </g>
      ))}
      <path d="M0 92C200 140 420 140 640 84" fill="none" stroke="#120d2c" stroke-width="2.5" />{[60, 160, 260, 360, 460, 560].map((x) => <Lantern key={x} x={x} y={130 - Math.abs(x - 320) / 14} size={1.25} />)}
      <g fill="#ffca78" opacity="0.35">{[90, 290, 490].map((x) => <path key={x} d={`M${x - 50} 324h100v5h-100Zm14 18h72v4h-72Zm-8 20h88v4h-88Z`} />)}</g>
      <Guest id="character-kohaku-of-the-amber-gate" x={540} y={92} size={1.95} />
    </>
  ),
};

export function Banner({ id, crop = "xMid" }: { id: string; crop?: "xMid" | "xMax" }) {
  const scene = SCENES[id];
  return (
    <svg class="banner-art" viewBox="0 0 800 400" preserveAspectRatio={`${crop}YMid slice`} aria-hidden="true" focusable="false">
      {scene ? scene() : <><Sky fill="night" stars={80} /><Torii x={400} y={240} size={1.9} /></>}
    </svg>
  );
}

// The pictures of things, each in a field of 120 × 160, centred on 60, 78.

import type { ComponentChildren } from "preact";
import { At, Blossom, Cloud, Crescent, Sparkle, Star } from "./shapes";

const DARK = "#1d1726";

/** A blade that points up, with its hilt; centred on 0, 0. */
function Blade({ metal = "url(#silver)", hilt = "#3b2440", guard = "url(#gold)", curve = 8, length = 62 }: {
  metal?: string; hilt?: string; guard?: string; curve?: number; length?: number;
}) {
  return (
    <>
      <path d={`M-4 16C${-4 + curve / 2} ${-length / 3} ${curve - 2} ${-length * 0.8} ${curve + 2} ${-length} ${curve + 7} ${-length * 0.75} ${curve / 2 + 6} ${-length / 3} 5 16Z`} fill={metal} />
      <path d={`M1 14C${2 + curve / 2} ${-length / 3} ${curve} ${-length * 0.75} ${curve + 3} ${-length + 6}`} fill="none" stroke="#fff" stroke-opacity="0.8" />
      <ellipse cx="0.5" cy="18" rx="11" ry="3.6" fill={guard} />
      <path d="M-4 20H5L4 46H-3Z" fill={hilt} />
      <path d="M-4 24 5 29M5 24-4 29M-4 32 5 37M5 32-4 37M-3 40 4 44" stroke="#e9d7a8" stroke-opacity="0.8" stroke-width="1.2" />
      <path d="M-4 46H5V50H-4Z" fill={guard} />
    </>
  );
}

function Middle({ turn = 0, size = 1, children }: { turn?: number; size?: number; children: ComponentChildren }) {
  return <At x={60} y={80} turn={turn} size={size}>{children}</At>;
}

const DRAWN: Record<string, () => ComponentChildren> = {
  "weapon-wooden-sword": () => <Middle turn={32}><Blade metal="url(#wood)" guard="#5a3818" hilt="#6a411d" curve={4} /></Middle>,
  "weapon-rusty-tachi": () => (
    <Middle turn={32}>
      <Blade metal="url(#clay)" guard="url(#iron)" hilt="#4a3a35" curve={14} />
      <g fill="#6a3a22" opacity="0.7"><circle cx="4" cy="-10" r="2" /><circle cx="9" cy="-30" r="1.5" /><circle cx="6" cy="-22" r="1" /></g>
    </Middle>
  ),
  "weapon-kusanagi": () => (
    <Middle turn={28} size={1.1}>
      <Blade metal="url(#jade)" hilt="#173c3a" curve={10} length={72} />
      <path d="M-26 30C-34 0-18-30 6-44M24 34C36 6 30-18 24-34" fill="none" stroke="url(#jade)" stroke-width="2.5" stroke-linecap="round" />
      <path d="M-20 10q-10-4-14 4 8 6 14-4M30 4q10-6 15 2-8 7-15-2" fill="url(#bamboo)" />
    </Middle>
  ),
  "weapon-bamboo-spear": () => (
    <Middle turn={30}>
      <path d="M-4-40 0-70 5-46V66H-4Z" fill="url(#bamboo)" />
      <path d="M-5-24H6M-5 4H6M-5 32H6" stroke="#4c6d26" stroke-width="2.5" />
      <path d="M-4-40 0-70 2-48Z" fill="#f3efcf" />
    </Middle>
  ),
  "weapon-short-bow": () => (
    <Middle turn={20}>
      <path d="M-14-52C22-36 22 36-14 52" fill="none" stroke="url(#wood)" stroke-width="6" stroke-linecap="round" />
      <path d="M-14-52V52" stroke="#f5ecd6" stroke-width="1.4" />
      <path d="M-40 0H32" stroke="#8a5a2c" stroke-width="2.5" /><path d="M30-5 42 0 30 5Z" fill="url(#iron)" />
      <path d="M-40 0-46-6H-38L-33 0-38 6H-46Z" fill="#e7e2d8" /><rect x="10" y="-7" width="7" height="14" rx="2" fill="#b33a34" />
    </Middle>
  ),
  "weapon-paper-charm": () => (
    <Middle turn={8}>
      <path d="M-20-44H20V36L14 44 8 36 2 44-4 36-10 44-16 36-20 42Z" fill="url(#paper)" />
      <rect x="-15" y="-39" width="30" height="68" fill="none" stroke="#c22f35" stroke-width="1.5" />
      <path d="M-8-28H8M0-34V-16M-9-16H9M-6-6H6V6H-6ZM0-6V22M-8 14 0 22 8 14" fill="none" stroke="#25182a" stroke-width="2.6" stroke-linecap="round" />
      <circle cx="0" cy="-48" r="3" fill="#c22f35" />
    </Middle>
  ),
  "weapon-walking-staff": () => (
    <Middle turn={22}>
      <path d="M-3 64-2-40C-6-58 14-64 15-48 15-40 6-38 5-42 11-42 10-51 5-49 1-47 4-40 4-34L4 64Z" fill="url(#wood)" />
      <path d="M-3-8H5M-3-2H5" stroke="#e5d3a3" stroke-width="2" />
      <path d="M-2-30C-14-30-18-22-16-16-8-16-3-22-2-30Z" fill="#8fb65a" />
    </Middle>
  ),
  "weapon-fishing-knife": () => (
    <Middle turn={36}>
      <path d="M-7 14C-8-20-4-40 4-52 9-34 9-8 7 14Z" fill="url(#silver)" /><path d="M3-46C6-30 6-8 5 12" stroke="#fff" fill="none" opacity="0.8" />
      <rect x="-8" y="13" width="16" height="5" rx="2" fill="url(#iron)" /><path d="M-6 18H6L7 50C2 54-3 54-7 50Z" fill="url(#wood)" />
      <circle cx="0" cy="26" r="1.8" fill="#e5d3a3" /><circle cx="0" cy="42" r="1.8" fill="#e5d3a3" />
    </Middle>
  ),
  "weapon-straw-hat": () => (
    <Middle turn={-6}>
      <path d="M-52 22C-30 2-12-26 0-34 12-26 30 2 52 22 24 36-24 36-52 22Z" fill="url(#straw)" />
      <path d="M0-34C-6-10-20 14-30 29M0-34C-2-8-6 14-8 32M0-34C2-8 6 14 8 32M0-34C6-10 20 14 30 29M-24-2C-8 6 8 6 24-2M-38 12C-14 22 14 22 38 12" fill="none" stroke="#8a642a" stroke-opacity="0.7" stroke-width="1.3" />
      <path d="M-34 28C-30 52-10 58 0 60 10 58 30 52 34 28" fill="none" stroke="#c22f35" stroke-width="2.5" />
    </Middle>
  ),
  "weapon-clay-bell": () => (
    <Middle>
      <path d="M-10-42C-10-54 10-54 10-42" fill="none" stroke="#c22f35" stroke-width="4" />
      <path d="M-8-40H8C26-32 32-4 34 26H-34C-32-4-26-32-8-40Z" fill="url(#clay)" /><path d="M-35 22H35V30H-35Z" fill="#87442a" />
      <path d="M-24-6H24" stroke="#f6d3b0" stroke-width="2" stroke-dasharray="4 4" /><circle cx="0" cy="36" r="7" fill="url(#iron)" />
      <path d="M-16-26C-22-14-24 2-25 16" stroke="#fff" stroke-opacity="0.5" stroke-width="4" fill="none" stroke-linecap="round" />
    </Middle>
  ),
  "weapon-hemp-rope": () => (
    <Middle>
      {[34, 25, 16].map((radius) => (
        <g key={radius} fill="none">
          <ellipse rx={radius} ry={radius * 0.8} stroke="#8f6b37" stroke-width="9" />
          <ellipse rx={radius} ry={radius * 0.8} stroke="#dfc080" stroke-width="6" stroke-dasharray="5 3" />
        </g>
      ))}
      <path d="M32 12C44 20 42 40 34 50" fill="none" stroke="#dfc080" stroke-width="7" stroke-dasharray="5 2" /><path d="M30 48 38 50 36 60 30 56Z" fill="#dfc080" />
    </Middle>
  ),
  "weapon-iron-kettle": () => (
    <Middle>
      <path d="M-24-22C-24-56 24-56 24-22" fill="none" stroke="url(#iron)" stroke-width="4" />
      <path d="M30-8 50-22 55-16 36 10Z" fill="#4a515d" /><path d="M-36 4C-36-18-18-26 0-26S36-18 36 4 20 34 0 34-36 26-36 4Z" fill="url(#iron)" />
      <path d="M-14-27C-14-33 14-33 14-27Z" fill="#4a515d" /><circle cy="-34" r="4" fill="url(#gold)" />
      <g fill="#232831" opacity="0.7">{[-24, -12, 0, 12, 24].map((x) => <circle key={x} cx={x} cy="4" r="2.2" />)}{[-18, -6, 6, 18].map((x) => <circle key={x} cx={x} cy="12" r="2.2" />)}</g>
      <path d="M54-26q-6-8 0-14t0-14" fill="none" stroke="#fff" stroke-opacity="0.6" stroke-width="3" stroke-linecap="round" />
    </Middle>
  ),
  "weapon-hunting-sling": () => (
    <Middle>
      <path d="M-34-44C-40-4-22 22 0 26 22 22 40-4 34-44" fill="none" stroke="#8a5a2c" stroke-width="4" stroke-linecap="round" />
      <path d="M-20 20C-10 38 10 38 20 20 8 28-8 28-20 20Z" fill="#6a411d" /><circle cy="16" r="12" fill="url(#iron)" /><circle cx="-4" cy="12" r="3" fill="#fff" opacity="0.5" />
      <circle cx="-34" cy="-46" r="5" fill="none" stroke="#c22f35" stroke-width="3" />
    </Middle>
  ),
  "weapon-oak-shield": () => (
    <Middle>
      <path d="M0-50C16-42 30-40 40-40 42 0 28 34 0 52-28 34-42 0-40-40-30-40-16-42 0-50Z" fill="url(#wood)" stroke="url(#iron)" stroke-width="5" />
      <path d="M-14-42V38M14-42V38" stroke="#5a3818" stroke-width="2" /><circle r="13" fill="url(#iron)" /><circle r="6" fill="url(#silver)" />
    </Middle>
  ),
  "weapon-reed-flute": () => (
    <Middle turn={48}>
      <rect x="-6" y="-58" width="12" height="116" rx="6" fill="url(#straw)" />
      <g fill={DARK}>{[-34, -12, 0, 12, 24, 36].map((y) => <ellipse key={y} cy={y} rx="2.6" ry="3" />)}</g>
      <path d="M-6-46H6M-6-22H6M-6 48H6" stroke="#c22f35" stroke-width="4" /><path d="M6 48C18 52 20 62 16 70M6 48C14 56 12 66 8 72" fill="none" stroke="#c22f35" stroke-width="2" />
    </Middle>
  ),
  "weapon-leather-gloves": () => (
    <Middle>
      {[-1, 1].map((side) => (
        <g key={side} transform={`translate(${side * 21} ${side * 4}) scale(${side} 1) rotate(10)`}>
          <path d="M-12 40V-2C-16-8-20-14-15-17-11-19-8-12-6-9V-34C-6-40 1-40 1-34V-38C1-44 8-44 8-38V-34C8-40 15-39 15-33V-28C15-33 21-32 21-27V4C20 14 16 18 15 24V40Z" fill="url(#clay)" transform="translate(-3 0)" />
          <path d="M-16 30H13V42H-16Z" fill="#6a3a22" /><path d="M-2-28V-8M5-32V-8M12-28V-8" stroke="#6a3a22" stroke-width="1.4" />
        </g>
      ))}
    </Middle>
  ),
  "weapon-travel-cloak": () => (
    <Middle>
      <path d="M-14-46C-6-54 6-54 14-46L44 46C30 40 22 54 10 46 2 54-8 54-14 46-24 54-34 40-44 46Z" fill="#3f5f7d" />
      <path d="M-14-46C-6-38 6-38 14-46L8-30H-8Z" fill="#c9d6e2" /><path d="M-8-30C-14 0-18 24-14 46M8-30C12 0 14 24 10 46" fill="none" stroke="#26405a" stroke-width="2" />
      <circle cy="-31" r="6" fill="url(#gold)" /><path d="M-38 34C-14 26 14 26 38 34" fill="none" stroke="#dfe9f2" stroke-width="3" stroke-dasharray="6 5" />
    </Middle>
  ),
  "weapon-stone-hammer": () => (
    <Middle turn={26}>
      <rect x="-5" y="-30" width="10" height="92" rx="3" fill="url(#wood)" /><path d="M-32-54 26-56 34-46 32-24-28-20-36-30Z" fill="url(#iron)" />
      <path d="M-32-54 26-56 30-46-30-42Z" fill="#b7c0cc" opacity="0.8" /><path d="M-8-22H8V-8H-8Z" fill="#c29a5a" /><path d="M-8-18 8-12M8-18-8-12" stroke="#7a5526" stroke-width="2" />
    </Middle>
  ),
  "weapon-lucky-coin": () => (
    <Middle>
      <circle r="38" fill="url(#gold)" /><circle r="38" fill="none" stroke="#a8690f" stroke-width="3" /><circle r="31" fill="none" stroke="#a8690f" stroke-width="1.5" />
      <path d="M-9-9H9V9H-9Z" fill="#2a1d33" stroke="#a8690f" stroke-width="3" />
      <g fill="#8a5510"><path d="M-7-26H7V-22H-7ZM-2-29H2V-15H-2ZM-7 16H7V19H-7ZM-7 22H7V26H-7ZM-27-6H-23V6H-27ZM-21-6H-17V6H-21ZM17-6H21V6H17ZM23-6H27V-2H23ZM23 2H27V6H23Z" /></g>
      <Sparkle x={24} y={-26} size={0.9} />
    </Middle>
  ),
  "weapon-crescent-naginata": () => (
    <Middle turn={30}>
      <rect x="-3" y="-16" width="6" height="84" rx="3" fill="url(#lacquer)" /><path d="M-5-18C-10-42 2-64 22-70 14-54 14-36 6-18Z" fill="url(#silver)" />
      <path d="M2-20C2-40 8-56 18-66" fill="none" stroke="#fff" /><Crescent x={0} y={-16} size={1} turn={-30} /><path d="M-4 0H4M-4 6H4" stroke="url(#gold)" stroke-width="3" />
    </Middle>
  ),
  "weapon-thunder-drum": () => (
    <Middle>
      <path d="M-40-20C-44 0-44 12-40 30 20 44 40 30 40 30 44 12 44 0 40-20Z" fill="url(#lacquer)" /><ellipse cy="-22" rx="40" ry="16" fill="url(#paper)" stroke="#5a2018" stroke-width="3" />
      <g fill="url(#gold)">{[-36, -20, 0, 20, 36].map((x) => <circle key={x} cx={x} cy={-6 + (36 - Math.abs(x)) / 6} r="2.6" />)}</g>
      <path d="M4-34-10-18H0L-6-8 12-26H2Z" fill="#f0a528" /><path d="M-26-62-14-34M30-64 16-36" stroke="url(#wood)" stroke-width="5" stroke-linecap="round" />
      <path d="M40-52 30-38H38L32-26 48-42H40Z" fill="#ffe27a" /><path d="M-44-48-52-36H-46L-50-26-38-40H-44Z" fill="#ffe27a" />
    </Middle>
  ),
  "weapon-whispering-fan": () => (
    <Middle>
      <At y={36}>
        <path d="M0 0-52-44A68 68 0 0 1 52-44Z" fill="url(#dusk)" /><path d="M0 0-22-19A29 29 0 0 1 22-19Z" fill="#2b1722" />
        {[-44, -30, -15, 0, 15, 30, 44].map((turn) => <path key={turn} d="M0 0V-68" stroke="#f6d9ff" stroke-opacity="0.5" transform={`rotate(${turn})`} />)}
        <Blossom x={-20} y={-50} size={0.9} /><Blossom x={18} y={-48} size={1.1} /><Blossom x={2} y={-58} size={0.7} /><circle r="4" fill="url(#gold)" />
      </At>
      <path d="M-50 44C-30 34-20 54 0 46S34 40 48 48" fill="none" stroke="#fff" stroke-opacity="0.6" stroke-width="2.4" stroke-linecap="round" />
    </Middle>
  ),
  "weapon-iron-geta": () => (
    <Middle>
      {[[-20, -6, -12], [20, 8, -12]].map(([x = 0, y = 0, turn = 0]) => (
        <At key={x} x={x} y={y} turn={turn}>
          <rect x="-15" y="-38" width="30" height="70" rx="12" fill="url(#iron)" /><path d="M-15-12H15V-4H-15ZM-15 12H15V20H-15Z" fill="#2a2f38" opacity="0.7" />
          <path d="M0-22-12 6M0-22 12 6" stroke="url(#lacquer)" stroke-width="6" stroke-linecap="round" /><circle cy="-23" r="3" fill="url(#gold)" />
        </At>
      ))}
    </Middle>
  ),
  "weapon-serpent-chain": () => (
    <Middle>
      <path d="M-34 40C-56 6 10 14-8-12-22-34 30-50 32-18" fill="none" stroke="#2d5a3f" stroke-width="11" stroke-linecap="round" />
      <path d="M-34 40C-56 6 10 14-8-12-22-34 30-50 32-18" fill="none" stroke="url(#jade)" stroke-width="7" stroke-dasharray="7 3" stroke-linecap="round" />
      <path d="M20-18C20-34 46-34 46-16 46-4 36 4 32 8 28 2 20-6 20-18Z" fill="url(#jade)" /><circle cx="28" cy="-16" r="2.6" fill="#c22f35" /><circle cx="39" cy="-16" r="2.6" fill="#c22f35" />
      <path d="M32 8V20M32 20 28 26M32 20 36 26" stroke="#c22f35" stroke-width="2" fill="none" /><path d="M-40 36-28 44-38 54Z" fill="url(#silver)" />
    </Middle>
  ),
  "weapon-lotus-staff": () => (
    <Middle>
      <rect x="-3.5" y="-10" width="7" height="76" rx="3" fill="url(#jade)" /><circle cy="-32" r="34" fill="url(#glow-violet)" />
      {[-60, 60, -32, 32, 0].map((turn) => <path key={turn} d="M0 0C-13-12-11-34 0-44 11-34 13-12 0 0Z" fill={turn === 0 ? "#ffe1ee" : "#f7a9c9"} stroke="#d86a9d" stroke-width="1" transform={`translate(0 -10) rotate(${turn})`} />)}
      <circle cy="-14" r="5" fill="url(#gold)" /><path d="M-4 10H4M-4 16H4" stroke="url(#gold)" stroke-width="3" />
    </Middle>
  ),
  "weapon-cloud-piercer": () => (
    <Middle turn={24}>
      <rect x="-3" y="-24" width="6" height="94" rx="3" fill="#35407a" /><path d="M0-76C10-58 10-40 4-24H-4C-10-40-10-58 0-76Z" fill="url(#ice)" /><path d="M0-72V-26" stroke="#fff" />
      <path d="M-14-26C-6-18 6-18 14-26L8-14H-8Z" fill="url(#gold)" /><Cloud x={-6} y={4} size={0.6} opacity={0.9} /><Cloud x={10} y={26} size={0.45} opacity={0.8} />
    </Middle>
  ),
  "weapon-twin-tanto-of-dusk": () => (
    <Middle>
      <At x={-3} y={2} turn={-32} size={0.95}><Blade metal="url(#dusk)" hilt="#2f1a63" length={48} curve={5} /></At>
      <At x={3} y={2} turn={32} size={0.95}><Blade metal="url(#dusk)" hilt="#2f1a63" length={48} curve={5} /></At>
      <Star y={-34} size={0.6} />
    </Middle>
  ),
  "weapon-mirror-of-eight-hands": () => (
    <Middle>
      {Array.from({ length: 8 }, (_, at) => <path key={at} d="M0-32C-9-36-9-50 0-54 9-50 9-36 0-32Z" fill="url(#gold)" transform={`rotate(${at * 45})`} />)}
      <circle r="37" fill="url(#gold)" /><circle r="29" fill="url(#ice)" /><circle r="29" fill="none" stroke="#8a5510" stroke-width="2" />
      <path d="M-18 10C-18-10-6-20 10-20" fill="none" stroke="#fff" stroke-width="5" stroke-linecap="round" opacity="0.9" /><path d="M0-16 3-3 16 0 3 3 0 16-3 3-16 0-3-3Z" fill="#fff" opacity="0.85" />
      <circle r="33" fill="none" stroke="#fff3c4" stroke-dasharray="2 5" stroke-width="2" />
    </Middle>
  ),
  "weapon-bow-of-the-morning-star": () => (
    <Middle turn={18}>
      <circle cx="8" r="46" fill="url(#glow-gold)" opacity="0.7" />
      <path d="M-18-62C-2-50 6-34 10-10 14-6 14 6 10 10 6 34-2 50-18 62" fill="none" stroke="url(#gold)" stroke-width="7" stroke-linecap="round" /><path d="M-18-62V62" stroke="#fff" stroke-width="1.5" />
      <path d="M-42 0H36" stroke="url(#silver)" stroke-width="3" /><Star x={40} size={1.3} turn={18} fill="#fff6cf" /><path d="M-42 0-50-7H-38L-34 0-38 7H-50Z" fill="#ffb3c8" />
      <Sparkle x={18} y={-42} size={0.7} /><Sparkle x={22} y={38} size={0.5} />
    </Middle>
  ),
  "weapon-heavens-ceiling": () => (
    <Middle>
      <circle r="56" fill="url(#glow-gold)" />
      <path d="M0-46 52-8H-52Z" fill="url(#gold)" /><path d="M0-46 52-8H40L0-36-40-8H-52Z" fill="#fff3c4" /><path d="M-46-8H46V-2H-46Z" fill="#8a5510" />
      <path d="M-40 0H40V30H-40Z" fill="url(#night)" /><g fill="#fff">{[[-28, 8], [-12, 20], [2, 10], [18, 22], [30, 9], [-2, 25], [-32, 24]].map(([x, y]) => <circle key={`${x}`} cx={x} cy={y} r="1.3" />)}</g>
      <Crescent x={10} y={14} size={0.75} fill="#fff6d6" /><path d="M-46 30H46V38H-46Z" fill="url(#gold)" /><path d="M-40 38H-32V50H-40ZM32 38H40V50H32ZM-4 38H4V50H-4Z" fill="url(#lacquer)" />
      <Sparkle y={-54} size={1} /><Sparkle x={-50} y={-26} size={0.6} /><Sparkle x={50} y={-26} size={0.6} />
    </Middle>
  ),
};

export function Weapon({ id }: { id: string }) {
  const draw = DRAWN[id];
  if (draw !== undefined) return <>{draw()}</>;
  // An item that is newer than these pictures.
  return <Middle><Star size={3.2} fill="url(#silver)" /></Middle>;
}

// A card: an item's picture in the frame of its rarity.

import { Character } from "./characters";
import { Star } from "./shapes";
import { Weapon } from "./weapons";

const STARS: Record<string, number> = { R: 3, SR: 4, SSR: 5 };

export function known(rarity: string): "R" | "SR" | "SSR" {
  return rarity === "SSR" || rarity === "SR" ? rarity : "R";
}

const RANK: Record<string, number> = { SSR: 0, SR: 1, R: 2 };

/** Sorts the rarest to the front, and what is not known to the end. */
export function byRarity(one: { rarity: string }, other: { rarity: string }): number {
  return (RANK[one.rarity] ?? 3) - (RANK[other.rarity] ?? 3);
}

/** The picture alone, without frame, for banners. */
export function Subject({ id }: { id: string }) {
  return id.startsWith("character-") ? <Character id={id} /> : <Weapon id={id} />;
}

/** `label` is read out; without it the card is decoration. */
export function Card({ id, rarity, label, owned = true }: { id: string; rarity: string; label?: string; owned?: boolean }) {
  const kind = known(rarity);
  const stars = STARS[kind] ?? 3;
  const aria = label === undefined ? { "aria-hidden": true as const } : { role: "img" as const, "aria-label": label };
  return (
    <svg class={`card card-${kind}${owned ? "" : " card-missing"}`} viewBox="0 0 120 160" focusable="false" {...aria}>
      <rect x="3" y="3" width="114" height="154" rx="10" fill={`url(#back-${kind})`} />
      <rect x="3" y="3" width="114" height="154" rx="10" fill={kind === "SSR" ? "url(#rays)" : kind === "SR" ? "url(#hemp)" : "url(#waves)"} />
      <circle cx="60" cy="72" r="58" fill={kind === "SSR" ? "url(#glow-moon)" : kind === "SR" ? "url(#glow-violet)" : "url(#glow-white)"} opacity={kind === "R" ? 0.22 : 0.7} />
      <svg x="4" y="4" width="112" height="152" viewBox="4 4 112 152">
        <g class="subject"><Subject id={id} /></g>
      </svg>
      <path d="M4 136Q60 146 116 136V150Q116 156 110 156H10Q4 156 4 150Z" fill="#0b0a1e" opacity="0.62" />
      {Array.from({ length: stars }, (_, at) => (
        <Star key={at} x={60 + (at - (stars - 1) / 2) * 13} y={148} size={0.62} fill={kind === "R" ? "#c9d6e4" : "url(#gold)"} />
      ))}
      <rect x="3" y="3" width="114" height="154" rx="10" fill="none" stroke={`url(#frame-${kind})`} stroke-width="5" />
      <rect x="7.5" y="7.5" width="105" height="145" rx="6.5" fill="none" stroke="#fff" stroke-opacity={kind === "SSR" ? 0.6 : 0.25} />
      {kind !== "R" && (
        <g fill={`url(#frame-${kind})`}>
          <path d="M2 26V10Q2 2 10 2H26Q12 6 8 10T2 26ZM118 26V10Q118 2 110 2H94Q108 6 112 10T118 26ZM2 134V150Q2 158 10 158H26Q12 154 8 150T2 134ZM118 134V150Q118 158 110 158H94Q108 154 112 150T118 134Z" />
        </g>
      )}
    </svg>
  );
}

/** The back of a card, before it is turned. */
export function CardBack({ rarity }: { rarity: string }) {
  const kind = known(rarity);
  return (
    <svg class={`card card-back card-${kind}`} viewBox="0 0 120 160" aria-hidden="true" focusable="false">
      <rect x="3" y="3" width="114" height="154" rx="10" fill="url(#night)" />
      <rect x="3" y="3" width="114" height="154" rx="10" fill="url(#hemp)" />
      <circle cx="60" cy="80" r="50" fill={kind === "SSR" ? "url(#glow-gold)" : kind === "SR" ? "url(#glow-violet)" : "url(#glow-blue)"} opacity={kind === "R" ? 0.35 : 0.8} />
      <circle cx="60" cy="80" r="30" fill="none" stroke={`url(#frame-${kind})`} stroke-width="2.5" />
      <path d="M38 66Q60 72 82 66L80 72Q60 77 40 72ZM44 80H76V84H44ZM46 71H51V104H45ZM69 71H74L75 104H69Z" fill={`url(#frame-${kind})`} />
      <rect x="3" y="3" width="114" height="154" rx="10" fill="none" stroke={`url(#frame-${kind})`} stroke-width="5" />
    </svg>
  );
}

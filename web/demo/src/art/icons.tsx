// Icons of one line weight, and the two gems.

import type { ComponentChildren } from "preact";

function Icon({ children }: { children: ComponentChildren }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round">
      {children}
    </svg>
  );
}

export const icons = {
  pools: () => <Icon><path d="M3 5Q12 8 21 5M5 10H19M6.5 6.500V20M17.5 6.500V20" /></Icon>,
  collection: () => <Icon><rect x="4" y="4" width="7" height="9" rx="1.5" /><rect x="13" y="4" width="7" height="9" rx="1.5" /><path d="M4 17H20M4 20.500H14" /></Icon>,
  history: () => <Icon><circle cx="12" cy="12" r="8.5" /><path d="M12 7V12L15.5 14" /></Icon>,
  presents: () => <Icon><rect x="4" y="9" width="16" height="11" rx="1.5" /><path d="M3 9H21M12 9V20M12 9C8 3 4 6 7 9M12 9C16 3 20 6 17 9" /></Icon>,
  shop: () => <Icon><path d="M4 8H20L18.5 20H5.500ZM8.5 8C8.5 3 15.5 3 15.5 8" /></Icon>,
  proofs: () => <Icon><path d="M12 3 20 6V12C20 17 16 20 12 21.5 8 20 4 17 4 12V6ZM8.5 12 11 14.5 15.5 9.5" /></Icon>,
  account: () => <Icon><circle cx="12" cy="8.5" r="4" /><path d="M4 20.500C5 14 19 14 20 20.5" /></Icon>,
  back: () => <Icon><path d="M14.5 5 8 12 14.5 19" /></Icon>,
  dice: () => <Icon><rect x="4" y="4" width="16" height="16" rx="3" /><path d="M8.5 8.500v.01M15.5 15.500v.01M12 12v.01" /></Icon>,
  check: () => <Icon><path d="M5 12.5 10 17.5 19 7" /></Icon>,
  cross: () => <Icon><path d="M6 6 18 18M18 6 6 18" /></Icon>,
  lock: () => <Icon><rect x="5" y="11" width="14" height="9" rx="2" /><path d="M8 11V8C8 3.5 16 3.5 16 8V11" /></Icon>,
} satisfies Record<string, () => ComponentChildren>;

/** Free gems are blue and round-cut, paid ones rose and pointed: not told apart by colour alone. */
export function Gem({ kind }: { kind: string }) {
  const fill = kind === "paid_gem" ? "url(#gem-paid)" : "url(#gem-free)";
  return (
    <svg class="gem" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {kind === "paid_gem"
        ? <><path d="M12 1.5 17.5 8 12 22.5 6.5 8Z" fill={fill} /><path d="M12 1.500V22.500M6.5 8H17.5" stroke="#fff" stroke-opacity="0.65" fill="none" /></>
        : <><path d="M7 3H17L22 9.5 12 22 2 9.500Z" fill={fill} /><path d="M2 9.500H22M7 3 9 9.5 12 22 15 9.5 17 3" stroke="#fff" stroke-opacity="0.65" fill="none" /></>}
    </svg>
  );
}

// Small things that several pictures use.

import type { ComponentChildren } from "preact";

interface Placed {
  x?: number;
  y?: number;
  size?: number;
  turn?: number;
}

export function At({ x = 0, y = 0, size = 1, turn = 0, children }: Placed & { children: ComponentChildren }) {
  return <g transform={`translate(${x} ${y}) rotate(${turn}) scale(${size})`}>{children}</g>;
}

/** A star with four points, centred. */
export function Sparkle({ fill = "#fff", ...at }: Placed & { fill?: string }) {
  return <At {...at}><path d="M0-10C1-3 3-1 10 0 3 1 1 3 0 10-1 3-3 1-10 0-3-1-1-3 0-10Z" fill={fill} /></At>;
}

export function Star({ fill = "url(#gold)", ...at }: Placed & { fill?: string }) {
  return <At {...at}><path d="M0-10 2.9-3.6 9.8-3.1 4.6 1.5 6.2 8.4 0 4.8-6.2 8.4-4.6 1.5-9.8-3.1-2.9-3.6Z" fill={fill} /></At>;
}

export function Maple({ fill = "#e2552f", ...at }: Placed & { fill?: string }) {
  return (
    <At {...at}>
      <path d="M0-12 2.6-5 7-8 6-2.6 12-3 8 1.4 10.5 5 4.4 4.6 1 8V13H-1V8L-4.4 4.6-10.5 5-8 1.4-12-3-6-2.6-7-8-2.6-5Z" fill={fill} />
    </At>
  );
}

export function Blossom({ fill = "#ffc4d6", ...at }: Placed & { fill?: string }) {
  return (
    <At {...at}>
      {[0, 72, 144, 216, 288].map((turn) => (
        <path key={turn} d="M0 0C-5-3-4.5-9-1.6-10.500L0-9 1.6-10.500C4.5-9 5-3 0 0Z" fill={fill} transform={`rotate(${turn})`} />
      ))}
      <circle r="2" fill="#f6cf65" />
    </At>
  );
}

export function Snowflake({ fill = "#fff", ...at }: Placed & { fill?: string }) {
  return (
    <At {...at}>
      <g stroke={fill} stroke-width="1.4" stroke-linecap="round" fill="none">
        {[0, 60, 120].map((turn) => (
          <path key={turn} d="M0-10V10M-3-8 0-5 3-8M-3 8 0 5 3 8" transform={`rotate(${turn})`} />
        ))}
      </g>
    </At>
  );
}

export function Flame({ fill = "url(#fire)", ...at }: Placed & { fill?: string }) {
  return <At {...at}><path d="M0 12C-9 11-10 2-5-4-5 0-3 1-2 0-4-6-1-11 3-14 2-8 9-5 9 3 9 9 5 12 0 12Z" fill={fill} /></At>;
}

export function Crescent({ fill = "url(#gold)", ...at }: Placed & { fill?: string }) {
  return <At {...at}><path d="M4-10A10 10 0 1 0 9 5 8 8 0 1 1 4-10Z" fill={fill} /></At>;
}

export function Cloud({ fill = "#fff", opacity = 0.5, ...at }: Placed & { fill?: string; opacity?: number }) {
  return (
    <At {...at}>
      <path d="M-30 8a8 8 0 0 1 2-15 12 12 0 0 1 22-6A14 14 0 0 1 20-8a9 9 0 0 1 8 16Z" fill={fill} opacity={opacity} />
    </At>
  );
}

export function Wave({ fill = "#69b7e8", ...at }: Placed & { fill?: string }) {
  return (
    <At {...at}>
      <path d="M-30 14C-28-2-12-14 4-12 16-10 18 0 10 4 12-3 4-6-2-2-8 2-8 10 0 14Z" fill={fill} />
      <path d="M-24 14C-21 2-10-6 2-6" fill="none" stroke="#fff" stroke-opacity="0.7" stroke-width="1.6" stroke-linecap="round" />
    </At>
  );
}

export function Torii({ fill = "url(#lacquer)", ...at }: Placed & { fill?: string }) {
  return (
    <At {...at}>
      <path d="M-60-52Q0-42 60-52L56-38Q0-32-56-38Z" fill="#2b1722" />
      <path d="M-54-39Q0-33 54-39L53-32Q0-27-53-32Z" fill={fill} />
      <path d="M-46-18H46V-10H-46ZM-36-33H-26L-28 60H-39ZM26-33H36L39 60H28ZM-5-30H5V-14H-5Z" fill={fill} />
      <path d="M-41 52H-26V60H-41ZM26 52H41V60H26Z" fill="#2b1722" />
    </At>
  );
}

export function Lantern({ ...at }: Placed) {
  return (
    <At {...at}>
      <circle r="24" fill="url(#glow-fire)" />
      <path d="M-6-16H6V-12H-6ZM-6 12H6V16H-6Z" fill="#2b1722" />
      <path d="M-7-12C-15-8-15 8-7 12H7C15 8 15-8 7-12Z" fill="url(#fire)" />
      <path d="M-12-5H12M-13 0H13M-12 5H12" stroke="#a32a1d" stroke-opacity="0.45" />
    </At>
  );
}

export function Pine({ fill = "#123037", ...at }: Placed & { fill?: string }) {
  return (
    <At {...at}>
      <path d="M-2 40 0-20 3 40Z" fill="#2a1b20" />
      <path d="M0-46C-8-36-16-30-22-28H22C16-30 8-36 0-46ZM-2-30C-12-18-24-10-32-8H30C22-12 10-20 2-30ZM-2-8C-14 6-28 14-40 16H38C28 12 12 4 2-8Z" fill={fill} />
    </At>
  );
}

export function Bamboo({ height = 160, ...at }: Placed & { height?: number }) {
  const joints = Math.floor(height / 32);
  return (
    <At {...at}>
      {Array.from({ length: joints }, (_, joint) => (
        <g key={joint} transform={`translate(0 ${joint * 32})`}>
          <rect x="-5" y="1" width="10" height="30" rx="2" fill="url(#bamboo)" />
          <rect x="-6" y="-1" width="12" height="3" rx="1.5" fill="#4c6d26" />
        </g>
      ))}
      <path d="M5 34C18 26 26 28 34 36 24 38 14 38 5 34ZM-5 66C-18 58-26 62-32 70-22 72-12 70-5 66ZM5 96C16 90 24 94 30 100 20 102 12 100 5 96Z" fill="#6f9a3c" />
    </At>
  );
}

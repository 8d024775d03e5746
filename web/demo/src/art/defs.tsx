// Gradients that all pictures share. Drawn once, in the page's first element.

const GRADIENTS: [id: string, angle: "down" | "across" | "slant", stops: [at: number, colour: string][]][] = [
  ["back-R", "down", [[0, "#4f6a86"], [0.55, "#2b3d57"], [1, "#182336"]]],
  ["back-SR", "down", [[0, "#a78bfa"], [0.5, "#5b3fb0"], [1, "#24114f"]]],
  ["back-SSR", "down", [[0, "#ffe9ad"], [0.35, "#f3a95f"], [0.7, "#b8386c"], [1, "#3d1158"]]],
  ["frame-R", "slant", [[0, "#c4d3e0"], [0.5, "#7d93a8"], [1, "#c4d3e0"]]],
  ["frame-SR", "slant", [[0, "#efe4ff"], [0.5, "#a07bf0"], [1, "#f4ecff"]]],
  ["frame-SSR", "slant", [[0, "#fff6d6"], [0.3, "#e9b949"], [0.6, "#fff1bf"], [1, "#c98a1e"]]],
  ["gold", "slant", [[0, "#fff3c4"], [0.45, "#eab84a"], [1, "#a8690f"]]],
  ["silver", "slant", [[0, "#ffffff"], [0.5, "#b9c6d6"], [1, "#6e7f95"]]],
  ["iron", "slant", [[0, "#98a2b3"], [0.5, "#5b6472"], [1, "#363c47"]]],
  ["wood", "across", [[0, "#c58f58"], [0.5, "#93602f"], [1, "#6a411d"]]],
  ["bamboo", "across", [[0, "#b6d77a"], [0.5, "#7ea944"], [1, "#557a2a"]]],
  ["lacquer", "slant", [[0, "#f0685c"], [0.5, "#c22f35"], [1, "#7c1424"]]],
  ["clay", "slant", [[0, "#e9a77c"], [0.5, "#c2714a"], [1, "#87442a"]]],
  ["straw", "slant", [[0, "#f4dd9b"], [0.5, "#d8b161"], [1, "#a47c38"]]],
  ["paper", "down", [[0, "#fffdf5"], [1, "#e9dcc0"]]],
  ["jade", "slant", [[0, "#d3ffef"], [0.5, "#62cfae"], [1, "#227a66"]]],
  ["ice", "slant", [[0, "#ffffff"], [0.5, "#a9e0ff"], [1, "#4d8fd6"]]],
  ["fire", "down", [[0, "#fff2a8"], [0.4, "#ff9d3c"], [1, "#d8312b"]]],
  ["amber", "slant", [[0, "#ffe6a0"], [0.5, "#ee9a26"], [1, "#9a4a0b"]]],
  ["dusk", "slant", [[0, "#f7b2d0"], [0.5, "#8c4fb8"], [1, "#2f1a63"]]],
  ["night", "down", [[0, "#0b0f2c"], [0.55, "#26225f"], [1, "#6a3f86"]]],
  ["dawn", "down", [[0, "#4a5fa5"], [0.45, "#d985a4"], [0.75, "#ffc38a"], [1, "#fff0c2"]]],
  ["autumn", "down", [[0, "#3b1d4e"], [0.5, "#a33b3c"], [1, "#f0a34c"]]],
  ["river", "down", [[0, "#141a45"], [0.6, "#3a3f86"], [1, "#8a5f8f"]]],
  ["forest", "down", [[0, "#0c2a3a"], [0.6, "#1f5a58"], [1, "#7fb98a"]]],
  ["rose", "down", [[0, "#1d0f3d"], [0.55, "#6b2463"], [1, "#d9718b"]]],
  ["snowfall", "down", [[0, "#1a2350"], [0.6, "#47609d"], [1, "#c6d8f2"]]],
  ["gem-free", "slant", [[0, "#eafcff"], [0.45, "#5cc8f5"], [1, "#2552c9"]]],
  ["gem-paid", "slant", [[0, "#fff0f8"], [0.45, "#ff7fb4"], [1, "#a8247a"]]],
];

const GLOWS: [id: string, colour: string][] = [
  ["glow-gold", "#ffe08a"], ["glow-moon", "#fff8df"], ["glow-violet", "#c4a2ff"], ["glow-white", "#ffffff"],
  ["glow-fire", "#ffb05a"], ["glow-blue", "#8fd0ff"],
];

export function Defs() {
  return (
    <svg class="defs" width="0" height="0" aria-hidden="true" focusable="false">
      <defs>
        {GRADIENTS.map(([id, angle, stops]) => (
          <linearGradient key={id} id={id} x1="0" y1="0" x2={angle === "down" ? 0 : 1} y2={angle === "across" ? 0 : 1}>
            {stops.map(([at, colour]) => <stop key={at} offset={at} stop-color={colour} />)}
          </linearGradient>
        ))}
        {GLOWS.map(([id, colour]) => (
          <radialGradient key={id} id={id}>
            <stop offset="0" stop-color={colour} stop-opacity="0.95" />
            <stop offset="0.45" stop-color={colour} stop-opacity="0.4" />
            <stop offset="1" stop-color={colour} stop-opacity="0" />
          </radialGradient>
        ))}
        <pattern id="waves" width="20" height="10" patternUnits="userSpaceOnUse">
          <g fill="none" stroke="#fff" stroke-opacity="0.13" stroke-width="0.8">
            <circle cx="10" cy="10" r="9" /><circle cx="10" cy="10" r="6" /><circle cx="10" cy="10" r="3" />
            <circle cx="0" cy="5" r="9" /><circle cx="0" cy="5" r="6" /><circle cx="20" cy="5" r="9" /><circle cx="20" cy="5" r="6" />
          </g>
        </pattern>
        <pattern id="hemp" width="24" height="24" patternUnits="userSpaceOnUse">
          <path d="M12 0v24M0 12h24M0 0l24 24M24 0L0 24M12 0l12 12-12 12L0 12Z" fill="none" stroke="#fff" stroke-opacity="0.12" stroke-width="0.8" />
        </pattern>
        <pattern id="rays" width="120" height="160" patternUnits="userSpaceOnUse">
          <g fill="#fff" fill-opacity="0.13">
            {Array.from({ length: 16 }, (_, at) => (
              <path key={at} d="M60 70L52-70h16Z" transform={`rotate(${at * 22.5} 60 70)`} />
            ))}
          </g>
        </pattern>
      </defs>
    </svg>
  );
}

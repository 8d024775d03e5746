// The API reference, in the colours that the reader's system asks for.

const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
const colours = isDark
  ? { ink: "#e8eaf2", soft: "#b1b7c9", paper: "#12141d", panel: "#1c202e", line: "#363c50", link: "#9db8ff", good: "#7ee2ac", known: "#ffd479", bad: "#ffab9f" }
  : { ink: "#1b1e2b", soft: "#555b6e", paper: "#ffffff", panel: "#f3f4f8", line: "#d5d8e2", link: "#1d4ed8", good: "#0b6b3a", known: "#7a4b00", bad: "#a31621" };

const options = {
  disableSearch: true, // it would need a worker
  hideDownloadButton: false,
  nativeScrollbars: true,
  expandResponses: "200",
  requiredPropsFirst: true,
  jsonSampleExpandLevel: 4,
  theme: {
    colors: {
      primary: { main: colours.link },
      success: { main: colours.good },
      error: { main: colours.bad },
      text: { primary: colours.ink, secondary: colours.soft },
      border: { dark: colours.line, light: colours.line },
      responses: {
        success: { color: colours.good, backgroundColor: colours.panel, tabTextColor: "#7ee2ac" },
        redirect: { color: colours.known, backgroundColor: colours.panel, tabTextColor: "#ffd479" },
        error: { color: colours.bad, backgroundColor: colours.panel, tabTextColor: "#ffab9f" },
      },
      http: { get: "#0b6b3a", post: "#1d4ed8", put: "#8a3ffc", delete: "#a31621" },
    },
    schema: { linesColor: colours.line, typeNameColor: colours.soft, typeTitleColor: colours.soft, requireLabelColor: colours.bad, nestedBackground: colours.panel },
    typography: {
      fontFamily: "system-ui, sans-serif",
      headings: { fontFamily: "system-ui, sans-serif" },
      code: { fontFamily: "ui-monospace, monospace", color: colours.ink, backgroundColor: colours.panel },
      links: { color: colours.link, visited: colours.link, hover: colours.link },
    },
    sidebar: { backgroundColor: colours.panel, textColor: colours.ink, activeTextColor: colours.link },
    rightPanel: { backgroundColor: "#1c202e", textColor: "#e8eaf2" },
    codeBlock: { backgroundColor: "#12141d" },
  },
};
globalThis.Redoc.init("openapi.yaml", options, document.getElementById("reference"));

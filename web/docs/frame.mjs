// The frame around every page.

/** Nothing but what was built together: no inline script or style, no other host. */
const POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
  "base-uri 'none'", "form-action 'none'",
].join("; ");

/** Redoc writes its styles into the page, and has pictures in its code. Scripts stay as strict. */
export const REFERENCE_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'").replace("img-src 'self'", "img-src 'self' data:");

export function escape(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

export function frame({ title, body, up, navigation, policy = POLICY, scripts = [], isWide = false }) {
  const links = navigation.map(({ title: group, entries }) => `
      <section><h2>${escape(group)}</h2><ul>${entries.map(({ label, href, isCurrent }) =>
        `<li><a href="${escape(href)}"${isCurrent ? ' aria-current="page"' : ""}>${escape(label)}</a></li>`).join("")}</ul></section>`).join("");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escape(title)}${title === "Tenjo" ? "" : " · Tenjo"}</title>
<link rel="icon" href="${up}/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${up}/assets/style.css">
${scripts.map((script) => `<script ${script.endsWith("live.js") ? 'type="module"' : "defer"} src="${up}/${script}"></script>`).join("\n")}
</head>
<body>
<a class="skip" href="#main">To the text</a>
<header><a class="brand" href="${up}/index.html">Tenjo <span lang="ja">天井</span></a></header>
<div class="frame${isWide ? " is-wide" : ""}">
  <details class="menu"${isWide ? "" : " open"}><summary>Pages</summary>
    <nav aria-label="Pages">${links}
    </nav>
  </details>
  <main id="main" tabindex="-1">
${body}
  </main>
</div>
</body>
</html>
`;
}

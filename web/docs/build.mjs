// Builds the pages: every Markdown file that people read, the API reference, and the live
// check of a draw. The Markdown is the only source of text. Run `tsc` before it.
//
// It fails, by name, on a link or an anchor that leads nowhere, and on a page that the
// navigation does not have.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Marked } from "marked";
import { NAVIGATION } from "./navigation.mjs";
import { escape, frame, REFERENCE_POLICY } from "./frame.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../..");
const out = join(here, "dist");
const faults = [];

/** The files of a folder and of those in it. */
function under(folder) {
  return readdirSync(join(root, folder), { recursive: true }).map((name) => posix.join(folder, name.replaceAll("\\", "/")));
}

const kits = readdirSync(join(root, "clients")).map((name) => `clients/${name}/README.md`).filter((path) => existsSync(join(root, path)));
const sources = ["README.md", "web/README.md", ...kits, ...under("docs").filter((path) => path.endsWith(".md"))].sort();

const decisions = sources.filter((path) => path.startsWith("docs/adr/"));
const pages = new Map(sources.map((path) => [path, read(path)]));

/** As GitHub names headings. */
function slug(text) {
  return text.trim().toLowerCase().replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, "").replaceAll(" ", "-");
}

function plain(tokens) {
  return tokens.map((token) => (token.tokens ? plain(token.tokens) : token.type === "image" ? "" : (token.text ?? ""))).join("");
}

/** A page's tokens, its title, and the anchors that it has. */
function read(path) {
  const tokens = new Marked().lexer(readFileSync(join(root, path), "utf8"));
  const anchors = new Set();
  let title = null;
  for (const token of tokens) {
    if (token.type !== "heading") continue;
    const text = plain(token.tokens);
    title ??= text;
    const name = slug(text);
    let anchor = name;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${name}-${count}`;
    anchors.add(anchor);
    token.anchor = anchor;
  }
  return { path, tokens, anchors, title: title ?? path };
}

/** Where a source is among the pages. */
function target(path) {
  if (path === "README.md") return "index.html";
  return path.replace(/README\.md$/, "index.html").replace(/\.md$/, ".html");
}

const copied = new Set();

/** Where a link of a page leads: an address, or null for what is only in the repository. */
function resolve(from, href) {
  if (/^[a-z][a-z+.-]*:/i.test(href)) return href;
  const [name, anchor = ""] = href.split("#");
  let path = name === "" ? from : posix.normalize(posix.join(posix.dirname(from), decodeURI(name)));
  if (path.startsWith("..") || !existsSync(join(root, path))) {
    faults.push(`${from}: ${href} is not there`);
    return null;
  }
  path = path.replace(/\/$/, "");
  if (statSync(join(root, path)).isDirectory()) {
    if (path === "docs/adr") return address(from, "docs/adr/index.html");
    if (pages.has(`${path}/README.md`)) path = `${path}/README.md`;
  }
  const page = pages.get(path);
  if (page) {
    if (anchor !== "" && !page.anchors.has(decodeURIComponent(anchor))) faults.push(`${from}: ${href} names no heading of ${path}`);
    return `${address(from, target(path))}${anchor === "" ? "" : `#${anchor}`}`;
  }
  if (path === "openapi.yaml") return address(from, "reference.html");
  if (path.startsWith("docs/") && statSync(join(root, path)).isFile()) {
    copied.add(path);
    return address(from, path);
  }
  return null;
}

function address(from, to) {
  return posix.relative(posix.dirname(target(from)), to) || posix.basename(to);
}

function render({ path, tokens }) {
  const marked = new Marked({
    renderer: {
      heading({ depth, tokens: inner, anchor }) {
        const id = anchor ?? slug(plain(inner));
        return `<h${depth} id="${escape(id)}">${this.parser.parseInline(inner)}</h${depth}>\n`;
      },
      link({ href, title, tokens: inner }) {
        const text = this.parser.parseInline(inner);
        const to = resolve(path, href);
        const name = title ? ` title="${escape(title)}"` : "";
        return to === null ? `<span class="path" title="${escape(href)} in the repository">${text}</span>` : `<a href="${escape(to)}"${name}>${text}</a>`;
      },
      image({ href, text }) {
        const to = resolve(path, href);
        if (to === null) faults.push(`${path}: the picture ${href} is not under docs`);
        return `<img src="${escape(to ?? "")}" alt="${escape(text)}" loading="lazy">`;
      },
      code({ text, lang }) {
        return `<pre tabindex="0"><code${lang ? ` data-language="${escape(lang)}"` : ""}>${escape(text)}</code></pre>\n`;
      },
      table(token) {
        const cells = (row, tag) => row.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join("");
        const head = token.header.some(({ text }) => text.trim() !== "")
          ? `<thead><tr>${token.header.map((cell) => (cell.text.trim() === "" ? "<td></td>" : `<th scope="col">${this.parser.parseInline(cell.tokens)}</th>`)).join("")}</tr></thead>` : "";
        return `<div class="wide" tabindex="0"><table>${head}<tbody>${token.rows.map((row) => `<tr>${cells(row, "td")}</tr>`).join("")}</tbody></table></div>\n`;
      },
      html({ text }) {
        if (text.trim() === "<!-- live example -->") return '<section id="live" aria-label="A live check"><noscript>The check needs JavaScript.</noscript></section>\n';
        if (/^\s*<!--/.test(text)) return "";
        faults.push(`${path}: HTML in Markdown is not shown: ${text.slice(0, 60)}`);
        return "";
      },
    },
  });
  return marked.parser(tokens);
}

function write(name, text) {
  const file = join(out, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** The navigation as it is seen from one page. */
function navigation(from) {
  return NAVIGATION.map(({ title, entries }) => ({
    title,
    entries: entries.map(([label, to]) => ({
      label,
      href: address(from, to.endsWith(".md") ? target(to) : to),
      isCurrent: to === from || (to === "docs/adr/index.html" && from.startsWith("docs/adr/")),
    })),
  }));
}

function page(from, title, body, options = {}) {
  const name = from.endsWith(".md") ? target(from) : from;
  const up = posix.relative(posix.dirname(name), "") || ".";
  write(name, frame({ title, body, up, navigation: navigation(from), ...options }));
}

rmSync(out, { recursive: true, force: true });

const listed = new Set(NAVIGATION.flatMap(({ entries }) => entries.map(([, to]) => to)));
for (const path of sources) {
  if (!listed.has(path) && !path.startsWith("docs/adr/")) faults.push(`${path} is not in web/docs/navigation.mjs`);
}
for (const source of pages.values()) {
  const body = render(source);
  page(source.path, source.title, body, { scripts: body.includes('id="live"') ? ["live/web/docs/src/live.js"] : [] });
}
const list = decisions.map((path) => `<li><a href="${posix.basename(target(path))}">${escape(pages.get(path).title)}</a></li>`);
page("docs/adr/index.html", "Decisions", `<h1>Decisions</h1>\n<ul class="decisions">${list.join("\n")}</ul>`);

page("reference.html", "API reference", '<h1 class="visually-hidden">API reference</h1><div id="reference"><p>Loading…</p></div>', {
  policy: REFERENCE_POLICY, scripts: ["assets/redoc.standalone.js", "assets/reference.js"], isWide: true,
});
const redoc = dirname(createRequire(import.meta.url).resolve("redoc/package.json"));
mkdirSync(join(out, "assets"), { recursive: true });
for (const file of ["redoc.standalone.js", "redoc.standalone.js.LICENSE.txt"]) cpSync(join(redoc, "bundles", file), join(out, "assets", file));
// The map of the bundle is not shipped, and its one picture from another host is left out.
const bundle = join(out, "assets/redoc.standalone.js");
writeFileSync(
  bundle,
  readFileSync(bundle, "utf8").replace(/\n?\/\/# sourceMappingURL=\S+\s*$/, "\n").replaceAll("https://cdn.redoc.ly/redoc/logo-mini.svg", "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="),
);
for (const file of ["style.css", "reference.js"]) cpSync(join(here, "assets", file), join(out, "assets", file));
cpSync(join(root, "web/demo/public/icon.svg"), join(out, "assets/icon.svg"));
cpSync(join(root, "openapi.yaml"), join(out, "openapi.yaml"));
cpSync(join(here, "built"), join(out, "live"), { recursive: true });
copied.add("docs/fairness-draws.json");
for (const path of copied) {
  mkdirSync(dirname(join(out, path)), { recursive: true });
  cpSync(join(root, path), join(out, path));
}

for (const source of pages.values()) {
  if (source.title === source.path) faults.push(`${source.path} has no title`);
}
if (faults.length > 0) {
  console.error(faults.map((fault) => `pages: ${fault}`).join("\n"));
  process.exit(1);
}
console.log(`${pages.size + 2} pages in ${relative(process.cwd(), out) || "."}`);

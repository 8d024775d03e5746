import { defineConfig, type Plugin } from "vite";

/** In the page itself, and again as a header, where `frame-ancestors` works. */
const POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
  "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
].join("; ");

/** Not while developing: Vite's own client writes styles into the page. */
const policy: Plugin = {
  name: "content-security-policy",
  apply: "build",
  transformIndexHtml: () => [
    { tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: POLICY }, injectTo: "head-prepend" },
    { tag: "meta", attrs: { name: "referrer", content: "no-referrer" }, injectTo: "head" },
  ],
};

const gateway = process.env["TENJO_URL"] ?? "http://127.0.0.1:8000";
const store = process.env["TENJO_STORE_URL"];

// The page and the API have one origin, so the page may connect to nothing else.
const proxy = {
  "/v1": gateway,
  ...(store ? { "/test-store": { target: store, rewrite: (path: string) => path.replace("/test-store", "/test") } } : {}),
};

export default defineConfig({
  plugins: [policy],
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
  server: { host: "127.0.0.1", proxy },
  preview: {
    host: "127.0.0.1",
    proxy,
    headers: {
      "Content-Security-Policy": `${POLICY}; frame-ancestors 'none'`,
      "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "no-referrer",
    },
  },
});

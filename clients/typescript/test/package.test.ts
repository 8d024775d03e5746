// What `npm pack` makes is what a game installs: it has all that it needs, and nothing else.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, test } from "node:test";

const kit = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tenjo-client-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a program, and shows what it said if it fails. */
function run(program: string, args: string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8" });
  assert.equal(status, 0, `${program} ${args.join(" ")}: ${stdout}${stderr}`);
  return stdout;
}

interface Packed {
  filename: string;
  files: { path: string }[];
}

/** Packs a package, and answers with its archive. */
function pack(of: string, ...more: string[]): Packed & { archive: string } {
  const told = run("npm", ["pack", "--json", "--pack-destination", folder, ...more], of);
  // The scripts before it write into the same output.
  const [packed] = JSON.parse(told.slice(told.indexOf("[\n"))) as [Packed];
  return { ...packed, archive: join(folder, packed.filename) };
}

/** Where a package is installed, for the one in `from`. */
function installed(name: string, from: string): string {
  const path = join(from, "node_modules", name);
  if (existsSync(path)) return path;
  assert.notEqual(dirname(from), from, `${name} is not installed`);
  return installed(name, dirname(from));
}

test("the package is installed into an empty folder without a network, and imported", { timeout: 180_000 }, () => {
  const packed = pack(kit);
  const names = packed.files.map(({ path }) => path);
  for (const needed of ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "dist/index.js", "dist/index.d.ts", "dist/fairness/index.js"]) {
    assert.ok(names.includes(needed), `${needed} is in the package`);
  }
  assert.deepEqual(names.filter((name) => /^(src|test|scripts|built)\//.test(name)), []);

  // Its dependencies are packed from where they are installed here, so nobody is asked for them.
  const needed = ["openapi-fetch", "openapi-typescript-helpers"].map((name) => pack(installed(name, kit), "--ignore-scripts").archive);
  const game = join(folder, "game");
  mkdirSync(game);
  writeFileSync(join(game, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const offline = ["--offline", "--ignore-scripts", "--no-audit", "--no-fund", "--cache", join(folder, "cache")];
  run("npm", ["install", ...offline, packed.archive, ...needed], game);
  const { dependencies } = JSON.parse(readFileSync(join(game, "node_modules/@tenjo/client/package.json"), "utf8")) as { dependencies: object };
  assert.deepEqual(Object.keys(dependencies), ["openapi-fetch"], "what is needed is what was installed");

  writeFileSync(join(game, "play.js"), `
    import { MemoryStorage, Tenjo } from "@tenjo/client";
    import { commitment } from "@tenjo/client/fairness";
    const game = new Tenjo({ baseUrl: "http://game.test", storage: new MemoryStorage() });
    console.log(typeof game.draw, typeof commitment);
  `);
  assert.equal(run(process.execPath, ["play.js"], game), "function function\n");

  // The types too, for those who check all that they install.
  writeFileSync(join(game, "play.ts"), `
    import { Tenjo, type Draw } from "@tenjo/client";
    import type { Report } from "@tenjo/client/fairness";
    export async function play(game: Tenjo): Promise<Draw> {
      const pool = await game.pool("pool-standard");
      return game.draw(pool, pool.standing.prices[0]!);
    }
    export const isRight = ({ verdict }: Report): boolean => verdict === "right";
  `);
  const tsc = join(installed("typescript", kit), "bin/tsc");
  for (const resolution of ["nodenext", "bundler"]) {
    const settings = ["--strict", "--noEmit", "--target", "es2022", "--lib", "es2022,dom,dom.iterable"];
    run(process.execPath, [tsc, ...settings, "--module", resolution === "bundler" ? "esnext" : resolution, "--moduleResolution", resolution, "play.ts"], game);
  }
});

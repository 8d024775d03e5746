#!/usr/bin/env python3
"""Builds functions for Lambda, on arm64.

    infra/build.py                    every function
    infra/build.py get-user reserve   these

One build of the workspace, not one a function as `sam build` does it, so that crates
are compiled once. The programs come to target/lambda/<function>/, and the archives that
Lambda gets to target/lambda/<function>.zip. Beside each program is the commit that it was
built of, so that a release of another commit does not take it; `-dirty` is behind it if
the sources have changes that no commit has. It prints a line of a table for each function,
and fails on one whose archive is too large, by name.

No program has the names of folders in it, so that the same sources can give the same
bytes in whatever folder they are built, and a release can tell by a program's hash
whether it changed. The compiler must be the same one; its version is in
rust-toolchain.toml.
"""

from __future__ import annotations

import os
import pathlib
import re
import subprocess
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAMS = ROOT / "target/lambda"

# Of the archive. A larger program takes longer to load at a cold start.
LIMIT = 5_000_000

# Beside a program.
REVISION = "revision"

# Behind a commit: no pipeline finds a commit of that name, so the next one builds all.
DIRTY = "-dirty"

CODE_URI = re.compile(r"^\s+CodeUri: functions/[a-z]+/([a-z-]+)$", re.MULTILINE)
FAILED = re.compile(r"^error: could not compile `([^`]+)`", re.MULTILINE)


def this_revision() -> str:
    """The commit of the sources, and whether they are more than that. New files count too:
    those of masters/ are compiled in. Settings of stages are no part of any program."""

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=ROOT, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    changed = git("status", "--porcelain", "--", ".", ":(exclude)infra/stages")
    return git("rev-parse", "HEAD") + (DIRTY if changed else "")


def functions() -> list[str]:
    """Every function of template.yaml, in its order."""
    return CODE_URI.findall((ROOT / "template.yaml").read_text())


def flags() -> str:
    """Takes out of the programs where they were built: the folders of the sources, of
    the crates and of the build are in the messages of panics."""
    home = pathlib.Path.home()
    cargo = pathlib.Path(os.environ.get("CARGO_HOME", home / ".cargo")).resolve()
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
    folders = ((ROOT, "tenjo"), (target, "target"), (cargo, "cargo"))
    # Of two that hold the same file, the last one counts.
    remapped = [f"--remap-path-prefix={folder}={name}" for folder, name in folders]
    return " ".join([os.environ.get("RUSTFLAGS", ""), *remapped]).strip()


def archive(name: str) -> tuple[int, int]:
    """Packs a program, the same bytes each time. Says how large it and the archive are."""
    program = PROGRAMS / name / "bootstrap"
    path = PROGRAMS / f"{name}.zip"
    entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # Unix, whose rights follow
    entry.external_attr = 0o100755 << 16
    with zipfile.ZipFile(path, "w") as zipped:
        zipped.writestr(entry, program.read_bytes(), compresslevel=9)
    return program.stat().st_size, path.stat().st_size


def table(sizes: dict[str, tuple[int, int]]) -> tuple[str, list[str]]:
    """The sizes as Markdown, and the functions that are too large."""
    lines = ["| Function | Program, MB | Archive, MB |", "|---|---|---|"]
    for name, (program, packed) in sizes.items():
        lines.append(f"| `{name}` | {program / 1e6:.1f} | {packed / 1e6:.2f} |")
    return "\n".join(lines), [name for name, (_, packed) in sizes.items() if packed > LIMIT]


def failed(messages: str, wanted: list[str]) -> str:
    """What does not compile, for a person who wants to know which function it is."""
    crates = dict.fromkeys(FAILED.findall(messages))
    if not crates:
        return "the build failed"
    if own := [name for name in crates if name in wanted]:
        return f"these functions do not compile: {', '.join(own)}"
    return f"{', '.join(crates)} does not compile, so no function that is made of it was built"


def compile_all(wanted: list[str]) -> None:
    """Compiles functions in one call of Cargo."""
    bins = [word for name in wanted for word in ("--bin", name)]
    command = ["cargo", "lambda", "build", "--release", "--arm64", "--locked", *bins]
    environment = {**os.environ, "RUSTFLAGS": flags()}
    # The table alone goes to the output.
    build = subprocess.Popen(
        [*command, "--lambda-dir", str(PROGRAMS)],
        cwd=ROOT,
        env=environment,
        stdout=sys.stderr,
        stderr=subprocess.PIPE,
        text=True,
    )
    messages = []
    with build:
        for line in build.stderr:
            sys.stderr.write(line)
            messages.append(line)
    if build.returncode != 0:
        sys.exit(f"error: {failed(''.join(messages), wanted)}")


def main(names: list[str]) -> int:
    known = functions()
    unknown = set(names) - set(known)
    if unknown:
        sys.exit(f"error: template.yaml has no {', '.join(sorted(unknown))}")
    wanted = names or known
    revision = this_revision()
    if revision.endswith(DIRTY):
        print("These sources have changes that no commit has.", file=sys.stderr)
    for name in wanted:
        # If the build fails, what is left there is of no known commit.
        (PROGRAMS / name / REVISION).unlink(missing_ok=True)
    compile_all(wanted)
    for name in wanted:
        (PROGRAMS / name / REVISION).write_text(revision)
    text, too_large = table({name: archive(name) for name in wanted})
    print(text)
    if too_large:
        sys.exit(f"error: larger than {LIMIT / 1e6:.0f} MB: {', '.join(too_large)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

#!/usr/bin/env python3
"""Builds functions for Lambda, and writes the template that deploys them.

    infra/build.py                    every function
    infra/build.py get-user reserve   these, and no template

One build of the workspace, not one a function as `sam build` does it, so that crates
are compiled once. The programs come to target/lambda/<function>/, the template to
packaged.yaml. It prints a line of a table for each function, and fails on one whose
archive is too large, by name.
"""

from __future__ import annotations

import io
import pathlib
import re
import subprocess
import sys
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[1]

# Of the archive. A larger program takes longer to load at a cold start.
LIMIT = 5_000_000

CODE_URI = re.compile(r"^(\s+CodeUri: )functions/[a-z]+/([a-z-]+)$", re.MULTILINE)


def functions() -> list[str]:
    """Every function of template.yaml, in its order."""
    return [name for _, name in CODE_URI.findall((ROOT / "template.yaml").read_text())]


def packaged(template: str) -> str:
    """The template with programs in the place of sources."""
    return CODE_URI.sub(r"\1target/lambda/\2", template)


def size(program: pathlib.Path) -> tuple[int, int]:
    """Bytes of a program, and of the archive that Lambda gets."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        zipped.write(program, "bootstrap")
    return program.stat().st_size, len(archive.getvalue())


def table(sizes: dict[str, tuple[int, int]]) -> tuple[str, list[str]]:
    """The sizes as Markdown, and the functions that are too large."""
    lines = ["| Function | Program, MB | Archive, MB |", "|---|---|---|"]
    for name, (program, archive) in sizes.items():
        lines.append(f"| `{name}` | {program / 1e6:.1f} | {archive / 1e6:.2f} |")
    return "\n".join(lines), [name for name, (_, archive) in sizes.items() if archive > LIMIT]


def main(names: list[str]) -> int:
    known = functions()
    unknown = set(names) - set(known)
    if unknown:
        sys.exit(f"error: template.yaml has no {', '.join(sorted(unknown))}")
    wanted = names or known
    bins = [word for name in wanted for word in ("--bin", name)]
    build = ["cargo", "lambda", "build", "--release", "--arm64", "--locked", *bins]
    # The table alone goes to the output.
    if subprocess.run(build, cwd=ROOT, stdout=sys.stderr, check=False).returncode != 0:
        sys.exit("error: the build failed; the compiler's messages name the function")
    sizes = {name: size(ROOT / f"target/lambda/{name}/bootstrap") for name in wanted}
    text, too_large = table(sizes)
    print(text)
    if not names:
        (ROOT / "packaged.yaml").write_text(packaged((ROOT / "template.yaml").read_text()))
    if too_large:
        sys.exit(f"error: larger than {LIMIT / 1e6:.0f} MB: {', '.join(too_large)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

#!/usr/bin/env python3
"""Writes the table of functions in docs/scale.md.

    .ci/arm64 --all > sizes.md             programs and archives for arm64
    cargo xtask measure --profile dev > measured.md    start and memory, on this machine
    infra/table.py sizes.md measured.md

Rows of functions that are in neither file stay as they are, so one function can be
measured by itself. Both commands fail on a function that is too large, by name.
"""

from __future__ import annotations

import pathlib
import re
import sys

PAGE = pathlib.Path(__file__).resolve().parents[1] / "docs/scale.md"
HEAD = "| Function | Program, MB | Archive, MB | Start, ms | Resident, MiB |\n|---|---|---|---|---|\n"
TABLE = re.compile(r"^\| Function \|.*?(?=^\n)", re.MULTILINE | re.DOTALL)
ROW = re.compile(r"^\| `([a-z-]+)` \| (.+) \|$", re.MULTILINE)


def rows(text: str) -> dict[str, list[str]]:
    """The cells behind the names of functions."""
    return {name: cells.split(" | ") for name, cells in ROW.findall(text)}


def joined(sizes: dict[str, list[str]], measured: dict[str, list[str]]) -> dict[str, list[str]]:
    """Program and archive of the one, start and memory of the other."""
    if only := sorted(sizes.keys() ^ measured.keys()):
        sys.exit(f"error: only in one of the two files: {', '.join(only)}")
    return {name: [*sizes[name], *measured[name][1:]] for name in sizes}


def written(page: str, new: dict[str, list[str]]) -> str:
    """The page with new rows in its table, in the order of names."""
    table = TABLE.search(page)
    if table is None:
        sys.exit(f"error: {PAGE.name} has no table of functions")
    # A table of other columns was measured otherwise.
    kept = rows(table[0]) if table[0].startswith(HEAD) else {}
    lines = [f"| `{name}` | {' | '.join(cells)} |\n" for name, cells in sorted((kept | new).items())]
    return page[: table.start()] + HEAD + "".join(lines) + page[table.end() :]


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        sys.exit(__doc__)
    sizes, measured = (rows(pathlib.Path(path).read_text()) for path in arguments)
    PAGE.write_text(written(PAGE.read_text(), joined(sizes, measured)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

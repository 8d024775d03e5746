"""What operators' pages tell them to type does the same in bash and in zsh.

Each block of a page is read by both shells as if somebody pasted it, and each command of
the pages' text too. No program is found there, so both say which programs they would have
started with which arguments; that is compared. An interactive zsh differs from bash where
pages easily go wrong: it has no comments, `$NAME:word` changes the value, and a pattern
that matches nothing is an error.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from stacks import ROOT

PAGES = (
    "docs/first-time-setup.md",
    "docs/operations.md",
    "docs/operators.md",
    "docs/reliability.md",
    "docs/reports.md",
    "docs/scale.md",
    "docs/tidb.md",
    "docs/untried.md",
    "kong/README.md",
)
# Programs whose commands stand in the text too.
PROGRAMS = ("aws", "cargo", "gh", "sha256sum", "tenjo", "tiup")

BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
IN_TEXT = re.compile(rf"`((?:{'|'.join(PROGRAMS)}) [^`\n]+)`")

# What pages expect to be set.
VARIABLES = {"ACCOUNT": "123456789012", "AWS_REGION": "eu-central-1", "STAGE": "dev"}

# Both shells call a function for a program that they do not find.
TELLS = """() { printf '%s\\n' "$@" "" >> "$TOLD"; }
"""
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile"], "command_not_found_handle" + TELLS),
    "zsh": (["zsh", "-f", "-i"], "command_not_found_handler" + TELLS),
}


def typed(shell: str, text: str) -> list[list[str]]:
    """The programs that a shell would start, with their arguments, and what it said."""
    command, prelude = SHELLS[shell]
    with tempfile.TemporaryDirectory() as folder:
        told = pathlib.Path(folder) / "told"
        told.touch()
        done = subprocess.run(
            [shutil.which(command[0]), *command[1:]],
            input=f"{prelude}{text}\n",
            env={"HOME": folder, "PATH": folder, "TOLD": str(told), **VARIABLES},
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )
        started = [one.splitlines() for one in told.read_text().split("\n\n") if one.strip()]
    # A shell that does not understand says so.
    complaints = [line for line in done.stderr.splitlines() if "rror" in line or "match" in line]
    return started + [[line] for line in complaints]


def commands(page: str) -> list[str]:
    text = (ROOT / page).read_text()
    return BLOCK.findall(text) + IN_TEXT.findall(BLOCK.sub("", text))


class Shells(unittest.TestCase):
    maxDiff = None

    def setUp(self) -> None:
        if shutil.which("zsh") is None:
            # A pipeline that cannot try the pages has not checked them.
            self.assertFalse(os.environ.get("CI"), "zsh is not installed")
            self.skipTest("zsh is not installed: the pages were NOT tried in it")

    def test_pages_do_the_same_in_bash_and_zsh(self) -> None:
        found = 0
        for page in PAGES:
            for text in commands(page):
                with self.subTest(page=page, text=text):
                    bash = typed("bash", text)
                    self.assertEqual(typed("zsh", text), bash)
                    self.assertTrue(bash, "it starts nothing")
                    found += len(bash)
        self.assertGreater(found, 40)

    def test_what_zsh_takes_otherwise_is_found(self) -> None:
        for text in (
            "tenjo deploy --stage dev # the stage",
            "aws ssm get-parameter --name $ACCOUNT:servicesetting/ssm/x",
            "aws s3 ls s3://bucket/[a]",
            "sha256sum *.zip",
        ):
            with self.subTest(text=text):
                self.assertNotEqual(typed("zsh", text), typed("bash", text))


if __name__ == "__main__":
    unittest.main()

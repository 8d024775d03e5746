"""infra/build.py, with a compiler of its own: which functions, which archives, and what
it says of a build that fails."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import zipfile
from unittest import mock

from stacks import ROOT

specification = importlib.util.spec_from_file_location("build", ROOT / "infra/build.py")
build = importlib.util.module_from_spec(specification)
specification.loader.exec_module(build)

# Writes programs as `cargo lambda build` does, and keeps how it was called.
FAKE_CARGO = f"""#!{sys.executable}
import os, pathlib, sys
here = pathlib.Path(__file__).parent
(here / "called").write_text(" ".join(sys.argv[1:]) + "\\n" + os.environ["RUSTFLAGS"])
if (here / "messages").exists():
    sys.stderr.write((here / "messages").read_text())
    sys.exit(101)
programs = pathlib.Path(sys.argv[sys.argv.index("--lambda-dir") + 1])
for flag, name in zip(sys.argv, sys.argv[1:]):
    if flag == "--bin":
        (programs / name).mkdir(parents=True, exist_ok=True)
        (programs / name / "bootstrap").write_bytes((here / "program").read_bytes())
"""


class Build(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        cargo = self.folder / "cargo"
        cargo.write_text(FAKE_CARGO)
        cargo.chmod(0o755)
        (self.folder / "program").write_bytes(b"a program")
        for patch in (
            mock.patch.dict(os.environ, {"PATH": f"{self.folder}:{os.environ['PATH']}"}),
            mock.patch.object(build, "PROGRAMS", self.folder / "lambda"),
        ):
            patch.start()
            self.addCleanup(patch.stop)

    def run_build(self, *names: str) -> str:
        printed = io.StringIO()
        # The compiler writes to a file with a number, which a StringIO is not.
        with (
            tempfile.TemporaryFile("w+") as messages,
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(messages),
        ):
            build.main(list(names))
        return printed.getvalue()

    def test_every_function_of_the_template_has_a_folder_and_is_built(self) -> None:
        folders = {path.parent.name for path in (ROOT / "functions").glob("*/*/Cargo.toml")}
        self.assertEqual(set(build.functions()), folders)
        self.assertEqual(len(build.functions()), len(folders))
        self.run_build()
        self.assertEqual({path.stem for path in build.PROGRAMS.glob("*.zip")}, folders)

    def test_one_call_builds_what_is_asked_for_and_takes_out_where(self) -> None:
        self.run_build("get-user", "reserve")
        called, flags = (self.folder / "called").read_text().splitlines()
        self.assertIn("--arm64 --locked --bin get-user --bin reserve", called)
        for name in ("tenjo", "target", "cargo"):
            self.assertRegex(flags, rf"--remap-path-prefix=/[^ ]+={name}(?: |$)")

    def test_a_program_has_the_commit_beside_it_that_it_was_built_of(self) -> None:
        self.run_build("get-user")
        noted = build.PROGRAMS / "get-user" / build.REVISION
        self.assertRegex(noted.read_text(), r"\A[0-9a-f]{40}(-dirty)?\Z")
        (self.folder / "messages").write_text("error: failed to download `serde`")
        with self.assertRaises(SystemExit):
            self.run_build("get-user")
        self.assertFalse(noted.exists(), "what a failed build left is of no commit")

    def test_changes_that_no_commit_has_are_in_the_name_of_the_revision(self) -> None:
        root = self.folder / "root"
        (root / "infra/stages").mkdir(parents=True)
        (root / "masters").mkdir()

        def git(*words: str) -> None:
            identity = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
            subprocess.run(["git", *identity, *words], cwd=root, check=True)

        (root / "code.rs").write_text("1")
        (root / ".gitignore").write_text("/target\n")
        git("init", "-q")
        git("add", ".")
        git("commit", "-qm", "x")
        with mock.patch.object(build, "ROOT", root):
            clean = build.this_revision()
            self.assertRegex(clean, r"\A[0-9a-f]{40}\Z")
            # What a build leaves, and the settings of a stage.
            (root / "target").mkdir()
            for path in ("target/program", "infra/stages/dev.yaml"):
                (root / path).write_text("1")
            self.assertEqual(build.this_revision(), clean)
            for path in ("code.rs", "masters/new.yaml"):
                with self.subTest(path=path):
                    (root / path).write_text("2")
                    self.assertEqual(build.this_revision(), f"{clean}-dirty")
                git("add", ".")
                git("commit", "-qm", "x")
                clean = build.this_revision()
                self.assertNotIn("dirty", clean)

    def test_an_archive_has_the_same_bytes_whenever_it_is_made(self) -> None:
        program = build.PROGRAMS / "get-user/bootstrap"
        program.parent.mkdir(parents=True)
        seen = set()
        for second in (0, 1_700_000_000):
            program.write_bytes(b"a program" * 1000)
            os.utime(program, (second, second))
            program.chmod(0o600 if second else 0o755)
            build.archive("get-user")
            seen.add((build.PROGRAMS / "get-user.zip").read_bytes())
        self.assertEqual(len(seen), 1)
        with zipfile.ZipFile(io.BytesIO(seen.pop())) as zipped:
            [entry] = zipped.infolist()
        # Lambda needs this name, and the right to execute it.
        self.assertEqual((entry.filename, entry.external_attr >> 16), ("bootstrap", 0o100755))

    def test_a_program_that_is_too_large_is_named(self) -> None:
        # What cannot be compressed is as large in the archive.
        (self.folder / "program").write_bytes(os.urandom(5_100_000))
        with self.assertRaisesRegex(SystemExit, "larger than 5 MB: request-draw"):
            self.run_build("request-draw")
        (self.folder / "program").write_bytes(os.urandom(4_000_000))
        self.assertIn("| `get-user` | 4.0 | 4.00 |", self.run_build("get-user"))

    def test_a_failing_build_names_the_function(self) -> None:
        for message, said in (
            (
                'error: could not compile `get-user` (bin "get-user") due to 1 previous error',
                "these functions do not compile: get-user",
            ),
            (
                "error: could not compile `tenjo-store` (lib) due to 2 previous errors",
                "tenjo-store does not compile, so no function",
            ),
            ("error: failed to download `serde`", "the build failed"),
        ):
            (self.folder / "messages").write_text(f"error[E0308]: mismatched types\n{message}\n")
            with self.assertRaisesRegex(SystemExit, f"error: {said}"):
                self.run_build("get-user", "reserve")

    def test_a_function_that_does_not_exist_is_refused(self) -> None:
        with self.assertRaisesRegex(SystemExit, "no nothing"):
            build.main(["get-user", "nothing"])


if __name__ == "__main__":
    unittest.main()

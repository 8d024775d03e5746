""".ci/unchanged: Cargo compiles again what has changed since the last run, and nothing else."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

from stacks import ROOT

FILES = {
    "Cargo.toml": "[workspace]",
    "openapi.yaml": "paths:",
    "masters/pool.yaml": "pool:",
    "store/Cargo.toml": "[package]",
    "store/src/lib.rs": "migrate!()",
    "store/migrations/1.sql": "create",
    "gateway/Cargo.toml": "[package]",
    "gateway/src/lib.rs": "fn main() {}",
}
STORE = {name for name in FILES if name.startswith("store/")}
DAY = 86_400_000_000_000


class Unchanged(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.built = 0
        self.newer(FILES)
        self.built = time.time_ns()

    def newer(self, files: dict[str, str], *, made: int = DAY, checkout: str = "checkout") -> set[str]:
        """What Cargo finds newer than its build, in a clone that was made so much later."""
        root = self.folder / checkout
        shutil.rmtree(root, ignore_errors=True)
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
            at = time.time_ns() + made
            os.utime(root / name, ns=(at, at))
        for command in (["git", "init", "-q"], ["git", "add", "-A"], [ROOT / ".ci/unchanged", self.folder / "target"]):
            subprocess.run(command, cwd=root, check=True, capture_output=True)
        return {name for name in files if (root / name).stat().st_mtime_ns > self.built}

    def test_nothing_is_newer_in_a_clone_of_the_same_files(self) -> None:
        self.assertEqual(self.newer(FILES), set())
        self.assertEqual(self.newer(FILES), set())

    def test_a_crate_is_newer_as_a_whole_when_a_file_of_it_is_another_one(self) -> None:
        self.assertEqual(self.newer(FILES | {"store/src/lib.rs": "changed"}), STORE)

    def test_a_crate_is_newer_when_a_file_is_new_in_it_or_gone(self) -> None:
        more = FILES | {"store/migrations/2.sql": "alter"}
        self.assertEqual(self.newer(more), STORE | {"store/migrations/2.sql"})
        self.assertEqual(self.newer(FILES), STORE)

    def test_a_file_in_no_crate_goes_by_itself(self) -> None:
        self.assertEqual(self.newer(FILES | {"openapi.yaml": "more:"}), {"openapi.yaml"})

    def test_what_goes_back_to_what_it_was_is_newer(self) -> None:
        self.newer(FILES | {"openapi.yaml": "more:"})
        self.assertEqual(self.newer(FILES), {"openapi.yaml"})

    def test_a_change_is_newer_though_its_clone_is_older_than_the_build(self) -> None:
        self.assertEqual(self.newer(FILES | {"openapi.yaml": "more:"}, made=-DAY), {"openapi.yaml"})

    def test_all_is_newer_in_another_checkout_and_after_it(self) -> None:
        self.assertEqual(self.newer(FILES, made=-DAY, checkout="other"), set(FILES))
        self.assertEqual(self.newer(FILES, made=-DAY), set(FILES))


if __name__ == "__main__":
    unittest.main()

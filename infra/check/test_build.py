"""infra/build.py, without the compiler: which functions, which template, which sizes."""

from __future__ import annotations

import importlib.util
import os
import pathlib
import tempfile
import unittest

import yaml
from stacks import ROOT, Tagged

specification = importlib.util.spec_from_file_location("build", ROOT / "infra/build.py")
build = importlib.util.module_from_spec(specification)
specification.loader.exec_module(build)


class Build(unittest.TestCase):
    def test_every_function_of_the_template_has_a_folder_and_is_built(self) -> None:
        folders = {path.parent.name for path in (ROOT / "functions").glob("*/*/Cargo.toml")}
        self.assertEqual(set(build.functions()), folders)
        self.assertEqual(len(build.functions()), len(folders))

    def test_the_template_that_is_deployed_differs_in_the_programs_only(self) -> None:
        text = (ROOT / "template.yaml").read_text()
        before, after = (yaml.load(each, Tagged) for each in (text, build.packaged(text)))
        changed = 0
        for name, resource in before["Resources"].items():
            if resource["Type"] == "AWS::Serverless::Function":
                source = resource["Properties"].pop("CodeUri")
                program = after["Resources"][name]["Properties"].pop("CodeUri")
                self.assertEqual(program, f"target/lambda/{source.rsplit('/', 1)[1]}")
                changed += 1
        self.assertEqual(before, after)
        self.assertEqual(changed, len(build.functions()))

    def test_a_program_that_is_too_large_is_named(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            sizes = {}
            # What cannot be compressed is as large in the archive.
            for name, length in (("get-user", 4_000_000), ("request-draw", 5_100_000)):
                program = pathlib.Path(folder) / name
                program.write_bytes(os.urandom(length))
                sizes[name] = build.size(program)
        text, too_large = build.table(sizes)
        self.assertEqual(too_large, ["request-draw"])
        self.assertIn("| `get-user` | 4.0 | 4.00 |", text)

    def test_a_function_that_does_not_exist_is_refused(self) -> None:
        with self.assertRaisesRegex(SystemExit, "no nothing"):
            build.main(["get-user", "nothing"])


if __name__ == "__main__":
    unittest.main()

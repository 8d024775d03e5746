"""infra/split.py: every part of the functions is one that CloudFormation takes, and all
of them together are template.yaml."""

from __future__ import annotations

import copy
import json
import logging
import subprocess
import sys
import unittest

import deploy
import yaml
from deploy import ENOUGH_RESOURCES, beyond_limits
from moto import mock_aws
from stacks import ROOT, STACKS, Tagged, split

logging.getLogger("samtranslator").setLevel(logging.ERROR)

TEXT = (ROOT / "template.yaml").read_text()
TEMPLATE = yaml.load(TEXT, Tagged)


class Split(unittest.TestCase):
    def test_every_resource_is_in_one_part_and_all_together_are_the_template(self) -> None:
        parts = split.divided(TEMPLATE)
        self.assertEqual(list(parts), split.names())
        whole = split.joined(parts)
        for key in ("Parameters", "Conditions", "Resources", "Globals", "Transform"):
            self.assertEqual(whole[key], TEMPLATE[key], key)
        self.assertLessEqual(TEMPLATE["Outputs"].items(), whole["Outputs"].items())
        count = sum(len(part["Resources"]) for part in parts.values())
        self.assertEqual(count, len(TEMPLATE["Resources"]))

    def test_what_is_deployed_is_divided_as_it_was(self) -> None:
        parts = split.divided(TEMPLATE)
        whole = split.joined(parts)
        # The folders are not known any more.
        for block in whole["Resources"].values():
            if block["Type"] == split.FUNCTION:
                block["Properties"]["CodeUri"] = "s3://bucket/functions/x.zip"
        again = split.divided(whole)
        for part, body in parts.items():
            self.assertEqual(again[part].keys(), body.keys())
            self.assertEqual(again[part]["Resources"].keys(), body["Resources"].keys())
            self.assertEqual(again[part]["Parameters"], body["Parameters"])
            self.assertEqual(again[part].get("Outputs"), body.get("Outputs"))

    def test_a_function_is_where_its_folder_is_and_its_alarms_are_with_it(self) -> None:
        of = split.owners(TEMPLATE)
        for name, part in (
            ("RequestDraw", "functions"),
            ("GetUser", "players"),
            ("ReusedTokensAlarm", "players"),
            ("Migrate", "operators"),
            ("StuckSagasAlarm", "operators"),
            ("SupportOperators", "operators"),
            # Its role is named by the policy of the key, which is in the first one.
            ("RotateSeeds", "functions"),
            ("SeedKey", "functions"),
            ("FunctionLogs", "functions"),
            ("UserRoutes", "functions"),
        ):
            self.assertEqual(of[name], part, name)

    def test_a_part_has_what_it_uses_of_the_first_one_as_parameters(self) -> None:
        parts = split.divided(TEMPLATE)
        operators = parts["operators"]
        self.assertEqual(operators["Parameters"]["GachaSaga"], {"Type": "String"})
        self.assertEqual(parts["functions"]["Outputs"]["GachaSaga"], {"Value": {"Ref": "GachaSaga"}})
        self.assertNotIn("StepConcurrency", operators["Parameters"])
        self.assertIn("HasAlarmTopic", operators["Conditions"])

    def test_what_cannot_be_given_to_another_stack_is_refused(self) -> None:
        for place, value, said in (
            ("RecoverSagas", {"Fn::GetAtt": ["GachaSaga", "Name"]}, "uses GachaSaga of the stack functions"),
            ("RecoverSagas", {"Fn::Sub": "${GachaSaga.Name}"}, "uses GachaSaga of the stack functions"),
            ("RequestDraw", {"Ref": "GetUser"}, "functions uses GetUser of the stack players"),
            ("RecoverSagas", {"Ref": "Draw.Alias"}, "uses Draw.Alias of the stack functions"),
        ):
            with self.subTest(place=place, value=value):
                document = copy.deepcopy(TEMPLATE)
                document["Resources"][place]["Properties"]["Environment"]["Variables"]["X"] = value
                with self.assertRaisesRegex(SystemExit, said):
                    split.divided(document)

    def test_the_program_says_which_parameters_each_part_takes(self) -> None:
        done = subprocess.run(
            [sys.executable, ROOT / "infra/split.py"],
            input=TEXT, capture_output=True, text=True, check=True,
        )
        for part in json.loads(done.stdout):
            declared = json.loads(part["template"])["Parameters"].keys()
            self.assertEqual(declared, {*part["parameters"], *part["given"]})
            self.assertLessEqual(set(part["parameters"]), TEMPLATE["Parameters"].keys())
            self.assertEqual(bool(part["given"]), part["name"] != split.FIRST)

    def test_a_stack_that_is_too_large_is_named(self) -> None:
        self.assertEqual(beyond_limits({"Resources": {"A": {}}}), [])
        many = {f"R{number}": {} for number in range(ENOUGH_RESOURCES + 1)}
        self.assertEqual(
            beyond_limits({"Resources": many}),
            ["has 401 resources, and 400 are enough for one stack"],
        )
        outputs = {f"O{number}": {} for number in range(201)}
        self.assertIn("has 201 outputs", beyond_limits({"Outputs": outputs})[0])
        self.assertIn("bytes", beyond_limits({"Description": "x" * 1_000_001})[0])


class Variables(unittest.TestCase):
    @mock_aws
    def test_the_variables_of_every_function_fit_with_a_long_name_and_certificates(self) -> None:
        stage = "a" * 16
        sizes: dict[str, int] = {}
        for stack in STACKS:
            if not stack.is_part:
                continue
            declared = stack.document()["Parameters"]
            given = stack.chosen | dict.fromkeys(stack.given, "x" * 100)
            given |= {"Stage": stage, "DatabaseCa": f"/tenjo/{stage}/database-ca"}
            values = {name: str(value) for name, value in given.items() if name in declared}
            document = deploy.decided(deploy.transformed(stack.document(), values), values)
            sizes |= deploy.variables_of(document, values)
        self.assertEqual(len(sizes), len(list((ROOT / "functions").glob("*/*/Cargo.toml"))))
        too_many = {name: size for name, size in sizes.items() if size > deploy.MOST_VARIABLES}
        self.assertEqual(too_many, {}, "Lambda takes 4,096 bytes of variables")
        # It counts: without the certificates it would be less.
        self.assertGreater(min(sizes.values()), 100)
        self.assertGreater(sizes[f"tenjo-{stage}-get-user"], deploy.CERTIFICATES)


if __name__ == "__main__":
    unittest.main()

"""infra/release.py: what a release publishes, in which order, and what it cleans up.

What SAM makes of the template is asked of SAM's own transform; what is deployed is in
moto.
"""

from __future__ import annotations

import contextlib
import copy
import importlib.util
import io
import json
import logging
import os
import pathlib
import shutil
import tempfile
import unittest
import zipfile
from unittest import mock

os.environ |= {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": "eu-central-1",
}

import boto3  # noqa: E402
from moto import mock_aws  # noqa: E402
from samtranslator.parser.parser import Parser  # noqa: E402
from samtranslator.translator.translator import Translator  # noqa: E402
from stacks import ROOT, STACKS, split  # noqa: E402

logging.getLogger("samtranslator").setLevel(logging.ERROR)

specification = importlib.util.spec_from_file_location("release", ROOT / "infra/release.py")
release = importlib.util.module_from_spec(specification)
specification.loader.exec_module(release)

TEXT = (ROOT / "template.yaml").read_text()
TEMPLATE = release.read(TEXT)
GIVEN = next(stack for stack in STACKS if stack.template == "template.yaml").chosen
PARAMETERS = release.values(TEMPLATE, {}, {"Stage": "dry", **GIVEN})
FUNCTIONS = release.blocks(TEMPLATE)
HEAD = release.this_revision()


def published(text: str) -> dict[str, str]:
    """The version of each function that SAM makes of a packaged template."""
    document = release.read(text)
    for resource in document["Resources"].values():
        properties = resource.get("Properties", {})
        if "CodeUri" in properties:
            properties["CodeUri"] = {"Bucket": "artifacts", "Key": properties["CodeUri"]}
        if properties.pop("DefinitionUri", None):
            properties["Definition"] = {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
    translator = Translator({}, Parser(), boto_session=boto3.Session())
    resources = translator.translate(document, parameter_values=PARAMETERS)["Resources"]
    return {
        resource["Properties"]["FunctionName"]["Ref"]: name
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Lambda::Version"
    }


class Programs(unittest.TestCase):
    """Every function has a program, as infra/build.py leaves them."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        for name, value in (
            ("PROGRAMS", self.folder),
            ("PACKAGED", self.folder / "packaged.yaml"),
            ("MIGRATION", self.folder / "migration.yaml"),
        ):
            patch = mock.patch.object(release, name, value)
            patch.start()
            self.addCleanup(patch.stop)
        for block in FUNCTIONS.values():
            self.program(block["Properties"]["CodeUri"].rsplit("/", 1)[1], b"first")

    def program(self, name: str, content: bytes) -> None:
        (self.folder / name).mkdir(exist_ok=True)
        (self.folder / name / "bootstrap").write_bytes(content)
        (self.folder / name / release.REVISION).write_text(HEAD)


class Hashes(Programs):
    def packaged(
        self,
        template: dict | None = None,
        text: str = TEXT,
        secrets: dict[str, int] | None = None,
        **parameters: str,
    ) -> str:
        of_functions = release.functions(
            template or release.read(text), None, {**PARAMETERS, **parameters}, secrets or {}
        )
        return release.packaged(text, of_functions, "c0ffee")

    def changed(self, **change: object) -> set[str]:
        """The functions that SAM publishes anew after a change."""
        before, after = published(self.packaged()), published(self.packaged(**change))
        return {name for name in before if before[name] != after[name]}

    def test_nothing_is_published_twice(self) -> None:
        self.assertEqual(self.changed(), set())

    def test_a_new_program_publishes_its_function_alone(self) -> None:
        before = published(self.packaged())
        self.program("reserve", b"second")
        after = published(self.packaged())
        self.assertEqual({name for name in before if before[name] != after[name]}, {"Reserve"})

    def test_a_parameter_publishes_the_functions_that_are_told_it(self) -> None:
        sessions = {
            "CreateAppleSession",
            "CreateGoogleSession",
            "CreateGuestSession",
            "RefreshSession",
            "TransferAccount",
        }
        for name, value, functions in (
            ("DrawsPerMinute", "11", {"RequestDraw"}),
            ("StartingPaidGems", "5", {"CreateGuestSession"}),
            ("TokenSigningKid", "k2", sessions),
            ("LogFilter", "debug", set(FUNCTIONS)),
            ("SubnetIds", "subnet-1", set(FUNCTIONS)),
            # These are of a function, or of what stands around it, and of no version.
            ("RouteConcurrency", "20", set()),
            ("AlarmTopicArn", "arn:topic", set()),
            ("Canary", "AllAtOnce", set()),
            ("LogRetentionDays", "60", set()),
        ):
            with self.subTest(name=name):
                self.assertEqual(self.changed(**{name: value}), functions)

    def test_a_setting_of_the_template_publishes_the_functions_that_have_it(self) -> None:
        for path, value, functions in (
            (("Resources", "Grant", "Properties", "Timeout"), 6, {"Grant"}),
            (("Globals", "Function", "MemorySize"), 512, set(FUNCTIONS) - {"Migrate", "PublishMasters"}),
            (("Resources", "Grant", "Properties", "Policies"), [], set()),
            (
                ("Resources", "OpsTable", "Properties", "TableName"),
                "other",
                {"RequestDraw"},
            ),
        ):
            with self.subTest(path=path):
                template = copy.deepcopy(TEMPLATE)
                place = template
                for step in path[:-1]:
                    place = place[step]
                place[path[-1]] = value
                self.assertEqual(self.changed(template=template), functions)

    def test_a_replaced_secret_publishes_the_functions_that_read_it(self) -> None:
        name = "/tenjo/dry/saga-seal-keys/draw"
        self.assertEqual(self.changed(secrets={name: 2}), {"Draw", "Grant"})
        every = self.changed(secrets={"/tenjo/dry/origin-secrets": 7})
        routes = {
            name
            for name, one in FUNCTIONS.items()
            if one["Properties"].get("FunctionUrlConfig") == {"AuthType": "NONE"}
        }
        self.assertEqual(every, routes)
        self.assertEqual(self.changed(secrets={"/tenjo/dry/kong/konnect-token": 3}), set())

    def test_new_certificates_of_the_database_publish_every_function(self) -> None:
        name = "/tenjo/dry/database-ca"
        before = published(self.packaged(DatabaseCa=name))
        after = published(self.packaged(DatabaseCa=name, secrets={name: 2}))
        self.assertEqual(set(before.values()) & set(after.values()), set())
        self.assertEqual(self.changed(secrets={name: 2}), set())

    def test_what_is_published_differs_in_a_property_of_the_function(self) -> None:
        """Otherwise Lambda answers with the version that is there, and CloudFormation
        calls that an error."""
        before = release.blocks(release.read(self.packaged()))
        after = release.blocks(release.read(self.packaged(secrets={"/tenjo/dry/token-keys": 2})))
        changed = {
            name for name in before
            if before[name]["Properties"]["Description"] != after[name]["Properties"]["Description"]
        }
        self.assertIn("GetUser", changed)
        self.assertNotIn("Reserve", changed)
        for block in after.values():
            self.assertLessEqual(len(block["Properties"]["Description"]), 256)

    def test_the_packaged_template_differs_in_programs_and_hashes_only(self) -> None:
        document = release.read(self.packaged())
        for name, block in release.blocks(document).items():
            properties, source = block["Properties"], FUNCTIONS[name]["Properties"]
            self.assertRegex(properties.pop("AutoPublishCodeSha256"), r"\A[0-9a-f]{64}\Z")
            function = source["CodeUri"].rsplit("/", 1)[1]
            self.assertEqual(properties["CodeUri"], f"target/lambda/{function}.zip")
            self.assertTrue(properties["Description"].startswith(source["Description"]))
            properties |= {"CodeUri": source["CodeUri"], "Description": source["Description"]}
        parts = split.of_sources(TEMPLATE)
        self.assertEqual(document.pop("Metadata"), {"Revision": "c0ffee", "Parts": parts})
        self.assertEqual(document, TEMPLATE)

    def test_every_function_in_the_template_gets_its_hash_here(self) -> None:
        self.assertNotIn("AutoPublishCodeSha256", TEXT)
        self.assertEqual(self.packaged().count("AutoPublishCodeSha256: "), len(FUNCTIONS))


class Canaries(unittest.TestCase):
    def test_functions_that_players_wait_for_move_slowly_and_others_at_once(self) -> None:
        preference = TEMPLATE["Globals"]["Function"]["DeploymentPreference"]
        self.assertEqual(preference["Type"], {"Ref": "Canary"})
        for name, block in FUNCTIONS.items():
            own = block["Properties"].get("DeploymentPreference")
            operators = block["Properties"]["CodeUri"].startswith("functions/ops/")
            self.assertEqual(own, {"Enabled": False} if operators else None, name)

    def test_what_stops_a_canary_is_an_alarm_that_names_no_alias(self) -> None:
        alarms = [one["Ref"] for one in TEMPLATE["Globals"]["Function"]["DeploymentPreference"]["Alarms"]]
        self.assertGreaterEqual(len(alarms), 5)
        for name in alarms:
            alarm = TEMPLATE["Resources"][name]
            self.assertEqual(alarm["Type"], "AWS::CloudWatch::Alarm")
            named = release.names_in(alarm) & TEMPLATE["Resources"].keys()
            self.assertEqual(named, set(), f"{name} would wait for what waits for it")


class Deployed(Programs):
    def setUp(self) -> None:
        super().setUp()
        cloud = mock_aws()
        cloud.start()
        self.addCleanup(cloud.stop)

    def deploy(self, text: str) -> None:
        """What CloudFormation keeps of a deployment: the template and the parameters."""
        # moto makes the resources, so it gets one that it knows in their place.
        one = {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {}}}
        document = release.read(text)
        self.live = document
        # moto answers with a list's Python form where AWS answers with its text.
        declared = {name: {"Type": "String"} for name in document["Parameters"]}
        body = {"Parameters": declared, "Resources": one}
        boto3.client("cloudformation").create_stack(
            StackName="tenjo-dry",
            TemplateBody=json.dumps(body),
            Parameters=[
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in PARAMETERS.items()
            ],
        )
        patch = mock.patch.object(
            release.Deployed,
            "template",
            lambda it: self.live if it.stack == "tenjo-dry" else None,
        )
        patch.start()
        self.addCleanup(patch.stop)

    def run_release(self, *arguments: str) -> str:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            self.assertEqual(release.main(list(arguments)), 0)
        return printed.getvalue()

    def note(self, at: int, revision: str, was_left: bool = False) -> None:
        """Writes a release down, as `tenjo` does once all stacks have it."""
        storage = boto3.client("s3")
        template = f"Metadata:\n  Revision: '{revision}'\n"
        noted = {"template": f"templates/{revision}.yaml", "was_left": was_left}
        storage.put_object(Bucket="programs", Key=noted["template"], Body=template)
        storage.put_object(
            Bucket="programs", Key=f"releases/{at:012}-x.json", Body=json.dumps(noted)
        )

    def bucket(self) -> None:
        boto3.client("s3").create_bucket(
            Bucket="programs", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        body = {
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {}}},
            "Outputs": {"ArtifactBucket": {"Value": "programs"}},
        }
        boto3.client("cloudformation").create_stack(
            StackName="tenjo-dry-github", TemplateBody=json.dumps(body)
        )

    def first(self) -> None:
        given = [f"{name}={value}" for name, value in GIVEN.items()]
        said = self.run_release("template", "dry", *given)
        self.assertIn("| GetUser | it is new |", said)
        self.deploy(release.PACKAGED.read_text())

    def test_a_second_release_of_the_same_sources_changes_nothing(self) -> None:
        self.first()
        before = release.PACKAGED.read_text()
        said = self.run_release("template", "dry")
        self.assertIn(f"Unchanged: {len(FUNCTIONS)} of {len(FUNCTIONS)}.", said)
        self.assertEqual(release.PACKAGED.read_text(), before)

    def test_a_release_says_what_it_publishes_and_why(self) -> None:
        self.first()
        self.program("grant", b"second")
        said = self.run_release("template", "dry", "DrawsPerMinute=12")
        self.assertIn("| Grant | its program |", said)
        self.assertIn("| RequestDraw | its settings |", said)
        self.assertIn(f"Unchanged: {len(FUNCTIONS) - 2} of", said)
        boto3.client("ssm").put_parameter(
            Name="/tenjo/dry/device-hash-key", Value="x", Type="SecureString"
        )
        said = self.run_release("template", "dry")
        self.assertIn("| CreateGuestSession | its secrets |", said)

    def test_a_function_that_was_not_built_keeps_the_program_that_is_deployed(self) -> None:
        self.first()
        shutil.rmtree(self.folder / "grant")
        code = "s3://artifacts/functions/0123"
        self.live["Resources"]["Grant"]["Properties"]["CodeUri"] = code
        said = self.run_release("template", "dry")
        self.assertIn(f"Unchanged: {len(FUNCTIONS)} of {len(FUNCTIONS)}.", said)
        grant = release.read(release.PACKAGED.read_text())["Resources"]["Grant"]["Properties"]
        self.assertEqual(grant["CodeUri"], code)
        del self.live["Resources"]["Refund"]
        shutil.rmtree(self.folder / "refund")
        with self.assertRaisesRegex(SystemExit, "refund is neither built nor deployed"):
            self.run_release("template", "dry")

    def test_a_plan_changes_what_the_sources_change_and_no_program(self) -> None:
        self.first()
        planned = TEXT.replace("TENJO_DRAWS_PER_MINUTE: !Ref DrawsPerMinute", "TENJO_DRAWS: '1'")
        # Not built here, and a secret that it may not ask for.
        shutil.rmtree(self.folder)
        self.folder.mkdir()
        with (
            mock.patch.object(pathlib.Path, "read_text", lambda _: planned),
            mock.patch.object(release.Deployed, "secret_versions", side_effect=AssertionError),
        ):
            said = self.run_release("template", "dry", "--plan")
        self.assertIn("| RequestDraw | its settings |", said)
        self.assertIn(f"Unchanged: {len(FUNCTIONS) - 1} of", said)
        del self.live["Resources"]["Grant"]
        said = self.run_release("template", "dry", "--plan")
        self.assertIn("| Grant | it is new |", said)
        grant = release.read(release.PACKAGED.read_text())["Resources"]["Grant"]["Properties"]
        self.assertEqual(grant["CodeUri"], "functions/saga/grant")

    def test_the_deployed_commit_is_that_of_the_newest_release_that_nobody_left(self) -> None:
        self.assertEqual(self.run_release("revision", "dry"), "\n")
        self.bucket()
        self.assertEqual(self.run_release("revision", "dry"), "\n")
        self.note(1, "c1")
        self.note(2, "c2")
        self.note(3, "c3", was_left=True)
        self.assertEqual(self.run_release("revision", "dry"), "c2\n")

    def test_a_restart_keeps_the_commit_and_a_release_has_that_of_the_sources(self) -> None:
        self.bucket()
        self.note(1, "c0ffee")
        self.first()
        for arguments, expected in (([], HEAD), (["--restart"], "c0ffee")):
            self.run_release("template", "dry", *arguments)
            metadata = release.read(release.PACKAGED.read_text())["Metadata"]
            self.assertEqual(metadata["Revision"], expected)

    def test_programs_of_another_commit_are_refused_by_name(self) -> None:
        self.first()
        (self.folder / "grant" / release.REVISION).write_text("of-yesterday")
        (self.folder / "refund" / release.REVISION).unlink()
        with self.assertRaisesRegex(SystemExit, r"infra/build.py grant refund\)"):
            self.run_release("template", "dry")
        # A plan and a restart take no program.
        self.bucket()
        self.run_release("template", "dry", "--plan")
        self.run_release("template", "dry", "--restart")
        for name in ("grant", "refund"):
            shutil.rmtree(self.folder / name)
        said = self.run_release("template", "dry")
        self.assertIn(f"Unchanged: {len(FUNCTIONS)} of", said)

    def test_all_stacks_of_the_functions_are_read_as_one(self) -> None:
        formation = boto3.client("cloudformation")
        topic = {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {}}}
        for name, value, resource in (("tenjo-dry", "a", "One"), ("tenjo-dry-players", "b", "Two")):
            formation.create_stack(
                StackName=name,
                TemplateBody=json.dumps(
                    {"Parameters": {value: {"Type": "String"}}, "Resources": {resource: topic["Topic"]}}
                ),
                Parameters=[{"ParameterKey": value, "ParameterValue": value}],
            )
        deployed = release.Deployed("dry")
        self.assertEqual(deployed.parameters(), {"a": "a", "b": "b"})
        self.assertEqual(deployed.template()["Resources"].keys(), {"One", "Two"})

    def test_a_parameter_that_nothing_gives_or_nothing_has_is_named(self) -> None:
        with self.assertRaisesRegex(SystemExit, "nothing gives the parameter TokenIssuer"):
            self.run_release("template", "dry")
        with self.assertRaisesRegex(SystemExit, "has no parameter Relase"):
            self.run_release("template", "dry", "Relase=1")

    def test_a_migration_changes_migrate_and_nothing_else(self) -> None:
        self.first()
        for name in ("migrate", "grant"):
            self.program(name, b"second")
        self.run_release("template", "dry")
        self.run_release("migration", "dry")
        document = json.loads(release.MIGRATION.read_text())
        changed = {
            name
            for name, resource in document["Resources"].items()
            if resource != self.live["Resources"][name]
        }
        self.assertEqual(changed, {"Migrate"})
        self.assertEqual(document["Resources"].keys(), self.live["Resources"].keys())
        new = release.read(release.PACKAGED.read_text())
        self.assertEqual(document["Resources"]["Migrate"], new["Resources"]["Migrate"])

    def test_a_migration_needs_a_stack_and_what_its_block_names(self) -> None:
        with self.assertRaisesRegex(SystemExit, "there is no stack tenjo-dry yet"):
            self.run_release("migration", "dry")
        self.first()
        new = release.read(release.PACKAGED.read_text())
        new["Resources"]["Migrate"]["Properties"]["Timeout"] = {"Ref": "Patience"}
        with self.assertRaisesRegex(SystemExit, "uses Patience, which the deployed template lacks"):
            release.with_new_migrate(self.live, new)

    def test_the_deployed_template_is_read_as_it_was_given(self) -> None:
        body = "Parameters: {Stage: {Type: String}}\nResources:\n  T: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Sub 'a-${Stage}'}}\n"
        boto3.client("cloudformation").create_stack(
            StackName="tenjo-other",
            TemplateBody=body,
            Parameters=[{"ParameterKey": "Stage", "ParameterValue": "other"}],
        )
        deployed = release.Deployed("other")
        self.assertEqual(deployed.parameters(), {"Stage": "other"})
        self.assertEqual(
            deployed.template()["Resources"]["T"]["Properties"]["DisplayName"],
            {"Fn::Sub": "a-${Stage}"},
        )
        self.assertIsNone(release.Deployed("none").template())


class Cleaning(unittest.TestCase):
    def setUp(self) -> None:
        cloud = mock_aws()
        cloud.start()
        self.addCleanup(cloud.stop)
        self.client = boto3.client("lambda")
        self.role = boto3.client("iam").create_role(
            RoleName="r", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17"})
        )["Role"]["Arn"]

    def function(self, name: str, versions: int, live: str) -> None:
        for number in range(versions):
            archive = io.BytesIO()
            with zipfile.ZipFile(archive, "w") as zipped:
                zipped.writestr("bootstrap", str(number))
            code = archive.getvalue()
            if number == 0:
                self.client.create_function(
                    FunctionName=name, Role=self.role, Runtime="provided.al2023",
                    Handler="bootstrap", Code={"ZipFile": code}, Publish=True,
                )
            else:
                self.client.update_function_code(FunctionName=name, ZipFile=code, Publish=True)
        self.client.create_alias(FunctionName=name, Name="live", FunctionVersion=live)

    def left(self, name: str) -> list[str]:
        versions = self.client.list_versions_by_function(FunctionName=name)["Versions"]
        return [one["Version"] for one in versions]

    def test_old_versions_go_and_what_is_live_stays(self) -> None:
        self.function("tenjo-dry-get-user", 7, live="7")
        self.function("tenjo-dry-reserve", 7, live="2")  # gone back to
        self.function("tenjo-other-get-user", 7, live="7")
        dry = release.clean("dry", keep=3, dry_run=True)
        self.assertEqual(self.left("tenjo-dry-get-user"), ["$LATEST", *"1234567"])
        self.assertEqual(release.clean("dry", keep=3, dry_run=False), dry)
        self.assertEqual(self.left("tenjo-dry-get-user"), ["$LATEST", *"567"])
        self.assertEqual(self.left("tenjo-dry-reserve"), ["$LATEST", *"2567"])
        self.assertEqual(self.left("tenjo-other-get-user"), ["$LATEST", *"1234567"])
        self.assertEqual(release.clean("dry", keep=3, dry_run=False), [])

    def test_there_is_always_one_to_go_back_to(self) -> None:
        with contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit):
            release.main(["clean", "dry", "--keep", "1"])


if __name__ == "__main__":
    unittest.main()

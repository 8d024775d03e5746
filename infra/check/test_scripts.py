"""The pipelines' scripts, run against moto."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import boto3
import moto_server
from stacks import ROOT

TEMPLATE = """
Parameters:
  Stage: {Type: String}
  Gone: {Type: String, Default: x}
Resources:
  First:
    Type: AWS::SNS::Topic
    Properties: {DisplayName: !Ref Stage}
"""
CHANGED = (
    TEMPLATE.replace("  Gone: {Type: String, Default: x}\n", "")
    + """
  Second:
    Type: AWS::SNS::Topic
"""
)


class Scripts(unittest.TestCase):
    def setUp(self) -> None:
        self.endpoint = moto_server.start(self)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        boto3.client("s3", endpoint_url=self.endpoint).create_bucket(
            Bucket="artifacts",
            CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
        )
        self.formation = boto3.client("cloudformation", endpoint_url=self.endpoint)

    def run_script(self, name: str, *arguments: str) -> str:
        path = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
        done = subprocess.run(
            [ROOT / ".github/scripts" / name, *arguments],
            env={
                **os.environ,
                "ARTIFACT_BUCKET": "artifacts",
                "AWS_ENDPOINT_URL": self.endpoint,
                "AWS_REGION": "eu-central-1",
                "GITHUB_RUN_ATTEMPT": "1",
                "GITHUB_RUN_ID": "42",
                "PATH": path,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_a_change_set_names_what_changes_and_changes_nothing(self) -> None:
        self.formation.create_stack(
            StackName="tenjo-dev-network",
            TemplateBody=TEMPLATE,
            Parameters=[{"ParameterKey": "Stage", "ParameterValue": "dev"}],
        )
        changed = self.folder / "changed.yaml"
        changed.write_text(CHANGED)
        said = self.run_script("change-set", "tenjo-dev-network", str(changed))
        self.assertIn("#### tenjo-dev-network", said)
        self.assertIn("| Add | `Second` | `AWS::SNS::Topic` |", said)
        self.assertNotIn("| Add | `First`", said)
        left = self.formation.list_change_sets(StackName="tenjo-dev-network")["Summaries"]
        self.assertEqual(left, [])
        resources = self.formation.list_stack_resources(StackName="tenjo-dev-network")
        self.assertEqual(len(resources["StackResourceSummaries"]), 1)

    def test_a_stack_that_is_not_there_is_said_to_be_missing(self) -> None:
        said = self.run_script("change-set", "tenjo-dev-kong", str(ROOT / "infra/kong.yaml"))
        self.assertIn("There is no such stack yet", said)


if __name__ == "__main__":
    unittest.main()

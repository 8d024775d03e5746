"""kong/sync.py, against the parameters and outputs of a stack on moto.

decK is stood in for by a script. It renders with decK's own parser (kong/check), and
keeps what a sync was given.
"""

from __future__ import annotations

import base64
import contextlib
import importlib.util
import io
import json
import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

os.environ |= {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": "eu-central-1",
}

import boto3  # noqa: E402
from moto import mock_aws  # noqa: E402
from stacks import ROOT  # noqa: E402

# The program of kong/check, which .ci/run has built.
KONG_CHECK = os.environ["KONG_CHECK"]

SECRET = "old-secret-old-secret-old-secret-1,new-secret-new-secret-new-secret-2"

FAKE_DECK = f"""#!{sys.executable}
import json, os, pathlib, subprocess, sys
if sys.argv[1:3] == ["file", "render"]:
    sys.exit(subprocess.run([{KONG_CHECK!r}, "-render", "-config", sys.argv[-1]]).returncode)
given = {{"arguments": sys.argv[1:], "document": json.load(sys.stdin),
         "konnect": {{k: v for k, v in os.environ.items() if "KONNECT" in k}}}}
pathlib.Path(__file__).with_name("given.json").write_text(json.dumps(given))
print("Summary:")
"""

specification = importlib.util.spec_from_file_location("sync", ROOT / "kong/sync.py")
sync = importlib.util.module_from_spec(specification)
specification.loader.exec_module(sync)


def public_pem(folder: pathlib.Path, name: str) -> tuple[str, dict]:
    """A new key by openssl: as PEM, and as the JSON Web Key of the set-up page."""
    private = folder / f"{name}.pem"
    openssl = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
    subprocess.run([*openssl, "-out", private], check=True, capture_output=True)
    public = ["openssl", "pkey", "-in", private, "-pubout"]
    pem = subprocess.run(public, check=True, capture_output=True, text=True).stdout
    der = subprocess.run([*public, "-outform", "DER"], check=True, capture_output=True).stdout
    x, y = (
        base64.urlsafe_b64encode(half).decode().rstrip("=") for half in (der[-64:-32], der[-32:])
    )
    return pem, {
        "kty": "EC",
        "crv": "P-256",
        "alg": "ES256",
        "use": "sig",
        "kid": name,
        "x": x,
        "y": y,
    }


def output_names() -> list[str]:
    """The outputs of template.yaml that are addresses."""
    from stacks import STACKS

    template = next(stack for stack in STACKS if stack.template == "template.yaml").document()
    return [name for name in template["Outputs"] if name.endswith("Url")]


@mock_aws
class Sync(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        deck = self.folder / "deck"
        deck.write_text(FAKE_DECK)
        deck.chmod(0o755)
        environment = mock.patch.dict(os.environ, {"PATH": f"{self.folder}:{os.environ['PATH']}"})
        environment.start()
        self.addCleanup(environment.stop)

        self.pems, keys = zip(*(public_pem(self.folder, kid) for kid in ("20261129", "k2")))
        outputs = {
            name: {"Value": f"https://{name.lower()}.lambda-url.eu-central-1.on.aws/"}
            for name in output_names()
        }
        # A stack needs a resource.
        template = {"Resources": {"T": {"Type": "AWS::SNS::Topic"}}, "Outputs": outputs}
        boto3.client("cloudformation").create_stack(
            StackName="tenjo-dry", TemplateBody=json.dumps(template)
        )
        for name, value in {
            "origin-secrets": SECRET,
            "token-keys": json.dumps({"keys": keys}),
            "kong/konnect-token": "kpat_made_up",
        }.items():
            boto3.client("ssm").put_parameter(
                Name=f"/tenjo/dry/{name}", Value=value, Type="SecureString"
            )

    def run_sync(self, *arguments: str) -> str:
        printed = io.StringIO()
        command = ["sync.py", "dry", *arguments, "--cors-origin", "https://game.example.com"]
        with mock.patch.object(sys, "argv", command), contextlib.redirect_stdout(printed):
            self.assertEqual(sync.main(), 0)
        return printed.getvalue()

    def given(self) -> dict:
        return json.loads((self.folder / "given.json").read_text())

    def test_a_sync_gives_deck_every_address_key_and_secret(self) -> None:
        printed = self.run_sync("sync")
        given = self.given()
        self.assertEqual(given["arguments"], ["gateway", "sync", "-"])
        self.assertEqual(
            given["konnect"],
            {"DECK_KONNECT_TOKEN": "kpat_made_up", "DECK_KONNECT_CONTROL_PLANE_NAME": "tenjo-dry"},
        )
        document = given["document"]
        hosts = {service["host"] for service in document["services"]}
        self.assertEqual(
            hosts, {f"{name.lower()}.lambda-url.eu-central-1.on.aws" for name in output_names()}
        )
        accepted = document["consumers"][0]["jwt_secrets"]
        self.assertEqual([key["key"] for key in accepted], ["20261129", "k2"])
        for key, pem in zip(accepted, self.pems, strict=True):
            self.assertEqual(key["rsa_public_key"] + "\n", pem)
        text = json.dumps(document)
        self.assertIn("X-Origin-Secret:new-secret-new-secret-new-secret-2", text)
        self.assertNotIn("old-secret", text)
        for secret in ("new-secret", "old-secret", "kpat_made_up"):
            self.assertNotIn(secret, printed)

    def test_with_redis_every_limit_is_shared_and_without_it_none(self) -> None:
        self.run_sync("diff")
        local = self.limits(self.given()["document"])
        self.assertEqual({limit["policy"] for limit in local}, {"local"})
        self.run_sync("diff", "--redis-host", "counts.example")
        shared = self.limits(self.given()["document"])
        self.assertEqual(len(shared), len(local))
        for limit in shared:
            self.assertEqual((limit["policy"], limit["redis"]["host"]), ("redis", "counts.example"))
            self.assertTrue(limit["fault_tolerant"])

    def test_traces_begin_at_the_gateway_only_when_asked_for(self) -> None:
        self.run_sync("diff")
        before = self.given()["document"]
        self.assertNotIn("opentelemetry", [one["name"] for one in before["plugins"]])
        # Whatever a client says of a trace is gone.
        [transformer] = [one for one in before["plugins"] if one["name"] == "request-transformer"]
        self.assertIn("X-Amzn-Trace-Id", transformer["config"]["remove"]["headers"])
        self.run_sync("diff", "--traces")
        after = self.given()["document"]
        [plugin] = [one for one in after["plugins"] if one not in before["plugins"]]
        self.assertEqual(plugin["name"], "opentelemetry")
        self.assertEqual(plugin["config"]["propagation"]["extract"], [])
        self.assertEqual(plugin["config"]["propagation"]["inject"], ["aws"])

    def limits(self, document: dict) -> list[dict]:
        plugins = [one for plugins in sync.plugin_lists(document) for one in plugins]
        return [one["config"] for one in plugins if one["name"] == "rate-limiting"]

    def test_a_rendered_file_is_its_owners_and_has_no_enterprise_plugin(self) -> None:
        path = self.folder / "kong.yaml"
        self.run_sync("render", str(path), "--without-enterprise")
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        document = json.loads(path.read_text())
        names = {one["name"] for plugins in sync.plugin_lists(document) for one in plugins}
        self.assertNotIn("oas-validation", names)
        self.assertIn("jwt", names)

    def test_a_missing_secret_is_named(self) -> None:
        boto3.client("ssm").delete_parameter(Name="/tenjo/dry/token-keys")
        with self.assertRaisesRegex(SystemExit, "there is no /tenjo/dry/token-keys in SSM"):
            self.run_sync("sync")

    def test_an_address_that_the_stack_does_not_have_is_named(self) -> None:
        boto3.client("cloudformation").delete_stack(StackName="tenjo-dry")
        template = {
            "Resources": {"T": {"Type": "AWS::SNS::Topic"}},
            "Outputs": {"GetUserUrl": {"Value": "https://x/"}},
        }
        boto3.client("cloudformation").create_stack(
            StackName="tenjo-dry", TemplateBody=json.dumps(template)
        )
        with self.assertRaisesRegex(SystemExit, "nothing gives .*DECK_REQUEST_DRAW_URL"):
            self.run_sync("sync")


if __name__ == "__main__":
    unittest.main()

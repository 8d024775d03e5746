"""The commands of docs/first-time-setup.md that make secrets, run in bash, and in zsh
where it is installed, against moto."""

from __future__ import annotations

import base64
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import boto3
import moto_server
from stacks import ROOT

PAGE = (ROOT / "docs/first-time-setup.md").read_text()
SHELLS = [shell for shell in ("bash", "zsh") if shutil.which(shell)]
ROLES = re.search(r"^for role in (.*); do$", PAGE, re.MULTILINE)[1].split()


def commands(step: int) -> str:
    """The commands of one step of the page."""
    section = re.search(rf"^## {step}\. .*?(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    return "\n".join(re.findall(r"^```sh\n(.*?)^```$", section[0], re.MULTILINE | re.DOTALL))


class SetupPage(unittest.TestCase):
    def setUp(self) -> None:
        self.endpoint = moto_server.start(self)
        self.ssm = boto3.client("ssm", region_name="ap-northeast-1", endpoint_url=self.endpoint)

    def run_steps(self, shell: str, *steps: int) -> subprocess.CompletedProcess:
        script = "\n".join(["set -eu", *(commands(step) for step in steps)])
        # The AWS CLI of the same folder as this Python.
        path = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
        return subprocess.run(
            [shell, "-c", script],
            env={**os.environ, "AWS_ENDPOINT_URL": self.endpoint, "PATH": path},
            input="r00t%3Apass\n",
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    def parameters(self) -> dict[str, str]:
        pages = self.ssm.get_paginator("get_parameters_by_path").paginate(
            Path="/tenjo/dev", Recursive=True, WithDecryption=True
        )
        found = [one for page in pages for one in page["Parameters"]]
        self.assertEqual({one["Type"] for one in found}, {"SecureString"})
        return {one["Name"].removeprefix("/tenjo/dev/"): one["Value"] for one in found}

    def test_every_block_of_the_page_is_good_syntax(self) -> None:
        for shell in SHELLS:
            for step in range(1, 10):
                done = subprocess.run(
                    [shell, "-n"], input=commands(step), capture_output=True, text=True, check=False
                )
                self.assertEqual((done.returncode, done.stderr), (0, ""), f"{shell}, step {step}")

    def test_no_name_is_followed_by_what_zsh_reads_as_a_modifier(self) -> None:
        found = re.findall(
            r"\$[A-Za-z_0-9]+:[a-z]", "\n".join(commands(step) for step in range(1, 10))
        )
        self.assertEqual(found, [])

    def test_the_secrets_are_made_and_fit_together(self) -> None:
        for shell in SHELLS:
            with self.subTest(shell=shell):
                moto_server.forget(self.endpoint)
                done = self.run_steps(shell, 1, 3, 4)
                self.assertEqual(done.returncode, 0, done.stderr)
                made = self.parameters()
                self.assertEqual(
                    set(made),
                    {f"database-urls/{role}" for role in [*ROLES, "admin"]}
                    | {"token-signing-keys/k1", "token-signing-keys/k2"}
                    | {"receipt-signing-keys/r1", "receipt-keys"}
                    | {"saga-seal-keys/reserve", "saga-seal-keys/draw"}
                    | {"token-keys", "origin-secrets", "device-hash-key"},
                )
                for role in ROLES:
                    self.assertRegex(
                        made[f"database-urls/{role}"],
                        rf"\Amysql://tenjo_{role}:[0-9a-f]{{48}}@tidb\.example\.com:4000\Z",
                    )
                self.assertIn("root:r00t%3Apass@", made["database-urls/admin"])
                for name in ("origin-secrets", "device-hash-key"):
                    self.assertRegex(made[name], r"\A[0-9a-f]{64}\Z")
                keys = json.loads(made["token-keys"])["keys"]
                self.assertEqual([key["kid"] for key in keys], ["k1", "k2"])
                for key in keys:
                    private = made[f"token-signing-keys/{key['kid']}"]
                    der = subprocess.run(
                        ["openssl", "pkey", "-pubout", "-outform", "DER"],
                        input=private.encode(),
                        capture_output=True,
                        check=True,
                    ).stdout
                    halves = [
                        base64.urlsafe_b64encode(half).decode().rstrip("=")
                        for half in (der[-64:-32], der[-32:])
                    ]
                    self.assertEqual([key["x"], key["y"]], halves)
                self.assertNotIn("PRIVATE", done.stdout + done.stderr)

    def test_a_second_run_keeps_what_is_there(self) -> None:
        self.assertEqual(self.run_steps("bash", 1, 4).returncode, 0)
        before = self.parameters()
        again = self.run_steps("bash", 1, 4)
        self.assertIn("ParameterAlreadyExists", again.stderr)
        self.assertEqual(self.parameters(), before)


if __name__ == "__main__":
    unittest.main()

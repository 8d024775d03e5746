"""`tenjo deploy` and what belongs to it, as a program, against the stand-ins of aws.py.

It needs the program, whose path TENJO names, and that of kong/check in KONG_CHECK.
`.ci/run` builds both. The compiler and decK are stood in for by scripts that write down
what they were given.
"""

from __future__ import annotations

import atexit
import contextlib
import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from aws import ACCOUNT, REGION, World
from stacks import ROOT, STACKS, WITHOUT_KONNECT

TENJO = os.environ["TENJO"]
KONG_CHECK = os.environ["KONG_CHECK"]
STAGE = "dry"
PASSWORD = "made-up:password/of the database"

FAKE_CARGO = f"""#!{sys.executable}
import json, os, pathlib, sys
folder = pathlib.Path(__file__).parent
with (folder / "told.jsonl").open("a") as told:
    told.write(json.dumps({{"argv": sys.argv, "environment": dict(os.environ)}}) + "\\n")
if "--version" in sys.argv:
    print("cargo-lambda 1.9.2")
elif (folder / "cargo-fails").exists():
    (folder / "cargo-fails").unlink()
    sys.exit("error: could not compile `get-user` (bin)")
else:
    code = (folder / "code").read_text()
    for at, word in enumerate(sys.argv):
        if word == "--bin":
            folder = pathlib.Path(sys.argv[sys.argv.index("--lambda-dir") + 1])
            program = folder / sys.argv[at + 1] / "bootstrap"
            program.parent.mkdir(parents=True, exist_ok=True)
            program.write_text(sys.argv[at + 1] + code)
"""

# It keeps what it was given as decK's control plane would.
FAKE_DECK = f"""#!{sys.executable}
import json, os, pathlib, subprocess, sys
folder = pathlib.Path(__file__).parent
names = ("DECK_", "TENJO_", "AWS_")
with (folder / "told.jsonl").open("a") as told:
    known = {{k: v for k, v in os.environ.items() if not k.startswith("DECK_")}}
    told.write(json.dumps({{"argv": sys.argv, "environment": known}}) + "\\n")
if sys.argv[1] == "version":
    print("decK v1.65.1")
    sys.exit()
if sys.argv[1:3] == ["file", "render"]:
    sys.exit(subprocess.run([{KONG_CHECK!r}, "-render", "-config", sys.argv[-1]]).returncode)
if (folder / "deck-fails").exists():
    (folder / "deck-fails").unlink()
    sys.stderr.write("error: " + os.environ["DECK_ORIGIN_SECRET"])
    sys.exit(1)
document, kept = json.load(sys.stdin), pathlib.Path(os.environ["TENJO_TEST_DECK"])
before = json.loads(kept.read_text()) if kept.exists() else {{}}
here = {{k: v for k, v in os.environ.items() if "KONNECT" in k}}
after = {{"document": document, "konnect": here}}
if sys.argv[2] == "sync":
    kept.write_text(json.dumps(after))
same = before.get("document") == document
print("Summary:\\n  Created: 0\\n  Updated:", 0 if same else 1, "\\n  Deleted: 0")
"""

# What changes nothing outside.
READS = (
    "sts.",
    "cloudformation.Describe",
    "cloudformation.GetTemplate",
    "lambda.GET",
    "ssm.Describe",
    "ssm.GetParameters",
    "s3.GET",
    "s3.HEAD",
    "ecs.Describe",
    "konnect.GET",
    "game ",
)
# A comparison makes a change set and deletes it.
COMPARES = ("cloudformation.CreateChangeSet", "cloudformation.DeleteChangeSet")


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def certificate(days: int) -> str:
    """A certificate that is good for less than so many days more."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "data planes")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1000))
        .not_valid_after(now + datetime.timedelta(days=days) - datetime.timedelta(minutes=1))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


class Stage(unittest.TestCase):
    """One stage in a folder of its own, and everything outside of it."""

    maxDiff = None

    @classmethod
    def prepare(cls) -> None:
        """Before any test, in the process that those of the tests are forked from."""

    def setUp(self) -> None:
        self.take_folders()
        self.start_world()
        self.fill_folders()
        self.settings = {
            "account": ACCOUNT,
            "region": REGION,
            "domain": "api.example.com",
            "hosted_zone": self.zone(),
            "cors_origin": "https://game.example.com",
            "repository": "studio/game",
            "alarm_email": "on-call@example.com",
            "database": {"host": "tidb.example.com"},
            "konnect": f"{self.world.address}/konnect",
            "parameters": {"kong": {"MinTasks": 3}},
        }
        self.write_settings()

    def start_world(self, after: World | None = None) -> None:
        self.servers = contextlib.ExitStack()
        self.addCleanup(self.servers.close)
        self.world = World(self.servers.callback, after)
        os.environ["AWS_ENDPOINT_URL"] = self.world.moto

    def take_folders(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.root, self.bin = self.folder / "root", self.folder / "bin"
        self.home, self.temporary = self.folder / "home", self.folder / "tmp"
        # decK's state stands for Konnect's, which may hold secrets: outside of all this.
        outside = tempfile.TemporaryDirectory()
        self.addCleanup(outside.cleanup)
        self.deck = pathlib.Path(outside.name) / "deck.json"
        self.outputs: list[str] = []
        self.arguments: set[str] = set()

    def fill_folders(self) -> None:
        for made in (
            self.root / "infra/stages",
            self.root / "kong",
            self.bin,
            self.home,
            self.temporary,
        ):
            made.mkdir(parents=True)
        for path in [
            *ROOT.glob("infra/*.yaml"),
            ROOT / "infra/build.py",
            ROOT / "infra/cloudformation.py",
            ROOT / "infra/release.py",
            ROOT / "infra/split.py",
        ]:
            shutil.copy(path, self.root / "infra")
        for name in ("template.yaml", "openapi.yaml", "kong/kong.yaml", ".gitignore"):
            shutil.copy(ROOT / name, self.root / name)
        (self.root / "functions").symlink_to(ROOT / "functions")
        for name, text in (("cargo", FAKE_CARGO), ("deck", FAKE_DECK)):
            (self.bin / name).write_text(text)
            (self.bin / name).chmod(0o755)
        (self.bin / "code").write_text("1")
        self.commit()

    def commit(self) -> None:
        """A release names the commit that it was built from."""
        identity = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
        commit = [*identity, "commit", "-qm", "x", "--allow-empty"]
        for words in (["init", "-q"], ["add", "."], commit):
            subprocess.run(["git", *words], cwd=self.root, check=True)

    def revision(self) -> str:
        """The commit that is deployed, as a pipeline asks for it."""
        endpoint = {"AWS_ENDPOINT_URL": self.world.address, "AWS_DEFAULT_REGION": REGION}
        done = subprocess.run(
            [sys.executable, "infra/release.py", "revision", STAGE],
            cwd=self.root,
            env={**os.environ, **endpoint},
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def zone(self) -> str:
        zones = self.world.client("route53")
        zone = zones.create_hosted_zone(Name="example.com", CallerReference="1")
        return zone["HostedZone"]["Id"].removeprefix("/hostedzone/")

    def write_settings(self, **changed: object) -> None:
        self.settings |= changed
        kept = {name: value for name, value in self.settings.items() if value is not None}
        path = self.root / f"infra/stages/{STAGE}.yaml"
        path.write_text(yaml.safe_dump(kept))

    def without_konnect(self) -> None:
        manager = self.world.client("acm")
        arn = manager.request_certificate(DomainName="api.example.com")["CertificateArn"]
        self.write_settings(konnect=None, hosted_zone=None, certificate=arn)

    def run_tenjo(self, command: str, *arguments: str, **environment: str) -> tuple[int, str]:
        """Exit code, and everything that was printed."""
        given = [TENJO, command, "--stage", STAGE, "--root", str(self.root), *arguments]
        if command in ("deploy", "rollback"):
            given += ["--api", f"{self.world.address}/game"]
        known = {
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "made-up-secret-access-key",
            "AWS_ENDPOINT_URL": self.world.address,
            "HOME": str(self.home),
            "PATH": f"{self.bin}:{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}",
            "TENJO_DATABASE_PASSWORD": PASSWORD,
            "TENJO_KONNECT_TOKEN": self.world.konnect_token,
            "TENJO_TEST_DECK": str(self.deck),
            "TMPDIR": str(self.temporary),
            **environment,
        }
        before = set(os.listdir("/proc"))
        running = subprocess.Popen(
            given,
            cwd=self.root,
            env={name: value for name, value in known.items() if value},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        watching = threading.Thread(target=self.watch, args=[running, before])
        watching.start()
        printed, _ = running.communicate(timeout=300)
        watching.join()
        self.outputs.append(printed)
        return running.returncode, printed

    def watch(self, running: subprocess.Popen, before: set[str]) -> None:
        """Keeps the arguments of one process and of all that begin after it."""
        while running.poll() is None:
            for process in set(os.listdir("/proc")) - before:
                try:
                    with open(f"/proc/{process}/cmdline", "rb") as told:
                        self.arguments.add(told.read().replace(b"\0", b" ").decode())
                except (OSError, UnicodeDecodeError):
                    pass
            try:
                running.wait(0.02)
            except subprocess.TimeoutExpired:
                pass

    def succeed(self, command: str, *arguments: str, **environment: str) -> str:
        code, printed = self.run_tenjo(command, *arguments, **environment)
        self.assertEqual(code, 0, printed)
        return printed

    def fail(self, command: str, *arguments: str, **environment: str) -> str:
        code, printed = self.run_tenjo(command, *arguments, **environment)
        self.assertEqual(code, 3, printed)
        return printed

    def changes(self, since: int = 0) -> list[str]:
        """What was asked for that changes something."""
        return [one for one in self.world.asked[since:] if not one.startswith(READS)]

    def statuses(self) -> dict[str, str]:
        formation = self.world.client("cloudformation")
        return {
            name: formation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
            for name in self.world.live
        }

    def synced(self) -> dict:
        return json.loads(self.deck.read_text())["document"]

    def assert_complete(self, konnect: bool = True) -> None:
        """Everything that a stage should have is there."""
        expected = {
            one.full_name(STAGE) for one in (STACKS if konnect else STACKS + WITHOUT_KONNECT)
        }
        statuses = self.statuses()
        self.assertEqual(set(statuses), expected)
        self.assertLessEqual(set(statuses.values()), {"CREATE_COMPLETE", "UPDATE_COMPLETE"})
        listed = yaml.safe_load((ROOT / "infra/secrets.yaml").read_text())
        made = {f"database-urls/{user}" for user in listed["database_users"]}
        made |= {*listed["random"], *listed["asked"]}
        made |= {name.replace("<id>", "none") for name in listed["stores"]}
        kids = {"token-signing-keys": ("k1", "k2"), "receipt-signing-keys": ("r1",)}
        for name in listed["keys"]:
            folder, _, kid = name.partition("/")
            made |= {f"{folder}/{one}" for one in kids[folder]} if kid else {name}
        if konnect:
            made |= set(listed["konnect"])
        secrets = self.world.secrets(STAGE)
        self.assertEqual(set(secrets), made)
        public = json.loads(secrets["token-keys"])["keys"]
        self.assertEqual([key["kid"] for key in public], ["k1", "k2"])
        for key in public:
            self.assertNotIn("d", key)
        if konnect:
            (plane,) = self.world.planes.values()
            self.assertEqual(
                [one.strip() for one in plane["certificates"].values()],
                [secrets["kong/cluster-cert"].strip()],
            )
            parameters = self.world.parameters_of(f"tenjo-{STAGE}-kong")
            host = plane["plane"]["config"]["control_plane_endpoint"].removeprefix("https://")
            self.assertEqual(parameters["ControlPlaneHost"], host)
            self.assertEqual(parameters["MinTasks"], "3")
        self.assertEqual(
            {function for function, _ in self.world.invoked},
            {f"tenjo-{STAGE}-migrate", f"tenjo-{STAGE}-publish-masters"},
        )
        self.assertTrue(self.world.draws)

    def assert_no_secret_is_seen(self) -> None:
        """Not in what was printed, not in a file, not in the arguments or environment of
        a program that does not need it."""
        secrets = {PASSWORD, self.world.konnect_token, "made-up-secret-access-key"}
        for name, value in self.world.secrets(STAGE).items():
            if name in ("token-keys", "receipt-keys", "kong/cluster-cert") or name.startswith(
                "rotations/"
            ):
                continue  # public halves, and notes
            if name.startswith("database-urls/"):
                value = re.search(r":([^:@]+)@", value.removeprefix("mysql:"))[1]
            if "PRIVATE KEY" in value:
                secrets |= {line for line in value.splitlines() if "PRIVATE KEY" not in line}
            else:
                secrets |= set(value.split(","))
        self.assertGreater(len(secrets), 20)
        seen = {"what was printed": "\n".join(self.outputs), "arguments": "\n".join(self.arguments)}
        for path in self.folder.rglob("*"):
            if path.is_file() and path.name != "told.jsonl":
                seen[str(path.relative_to(self.folder))] = path.read_text(errors="replace")
        for line in (self.bin / "told.jsonl").read_text().splitlines():
            told = json.loads(line)
            # AWS's own credentials are everybody's who runs this.
            told["environment"].pop("AWS_SECRET_ACCESS_KEY", None)
            seen[f"a run of {' '.join(told['argv'][:3])}"] = json.dumps(told)
        for place, text in seen.items():
            for secret in secrets:
                self.assertNotIn(secret, text, f"a secret is in {place}")


class Deployed(Stage):
    """A stage that one run of `tenjo deploy` made from nothing. The tests that change such a
    stage begin with copies of one: to deploy takes some twenty seconds."""

    made: Stage | None = None

    @classmethod
    def prepare(cls) -> None:
        if Deployed.made is None:
            made = Stage("setUp")
            made.setUp()
            made.succeed("deploy")
            # What was made stays in the memory of this process, and in the folders.
            made.servers.close()
            atexit.register(made.doCleanups)
            Deployed.made = made

    def setUp(self) -> None:
        made = Deployed.made
        if made is None:
            super().setUp()
            self.succeed("deploy")
            return
        self.take_folders()
        self.start_world(after=made.world)
        shutil.copytree(made.folder, self.folder, symlinks=True, dirs_exist_ok=True)
        shutil.copy(made.deck, self.deck)
        self.settings = made.settings
        self.write_settings(konnect=f"{self.world.address}/konnect")


class Deploys(Stage):
    def test_one_command_makes_a_stage_and_a_second_run_changes_nothing(self) -> None:
        printed = self.succeed("deploy")
        self.assert_complete()
        self.assertIn("made, ", printed)
        self.assertIn("https://api.example.com", printed)
        self.assertIn(
            "gh variable set AWS_DEPLOY_ROLE --repo studio/game --body arn:aws:iam", printed
        )
        hosts = {service["host"] for service in self.synced()["services"]}
        self.assertEqual(len(hosts), len(self.synced()["services"]))
        self.assert_no_secret_is_seen()

        before, secrets, at = self.statuses(), self.world.secrets(STAGE), len(self.world.asked)
        again = self.succeed("deploy")
        self.assertIn("Nothing changed.", again)
        left = [one for one in self.changes(at) if not one.startswith(COMPARES)]
        invoked = [f"lambda.Invoke tenjo-{STAGE}-{name}" for name in ("migrate", "publish-masters")]
        self.assertEqual(left, invoked)
        self.assertEqual(self.statuses(), before)
        self.assertEqual(self.world.secrets(STAGE), secrets)
        self.assert_no_secret_is_seen()

    def test_a_plan_changes_nothing_and_says_what_would(self) -> None:
        printed = self.succeed("deploy", "--plan")
        self.assertEqual(self.changes(), [])
        self.assertIn("would make the stack tenjo-dry-network", printed)
        self.assertIn("    - device-hash-key", printed)
        self.assertIn("would make tenjo-dry in Konnect", printed)

        self.succeed("deploy")
        at = len(self.world.asked)
        self.assertIn("Nothing would change.", self.succeed("deploy", "--plan"))
        self.write_settings(parameters={"kong": {"MinTasks": 4}})
        printed = self.succeed("deploy", "--plan")
        self.assertRegex(printed, r"\* kong +would change")
        # A template that is too large for a call is put where old plans are deleted.
        left = [
            one
            for one in self.changes(at)
            if not one.startswith((*COMPARES, "s3.PUT"))
            or (one.startswith("s3.PUT") and "/plan/" not in one)
        ]
        # The dry run of publish-masters changes nothing either.
        self.assertEqual(set(left), {f"lambda.Invoke tenjo-{STAGE}-publish-masters"})
        self.assertTrue(all(given["dry_run"] for name, given in self.world.invoked[2:]))
        self.assertEqual(self.world.proposed, {})


    def test_without_konnect_the_data_planes_read_a_file(self) -> None:
        self.without_konnect()
        self.succeed("deploy", TENJO_KONNECT_TOKEN="")
        self.assert_complete(konnect=False)
        first = self.world.parameters_of("tenjo-dry-kong")
        self.assertRegex(first["ConfigKey"], r"^kong-[0-9a-f]{16}\.yaml$")
        self.assertEqual(first["ControlPlaneHost"], "")
        file = self.world.client("s3").get_object(
            Bucket=first["ConfigBucket"], Key=first["ConfigKey"]
        )
        text = file["Body"].read().decode()
        self.assertNotIn("oas-validation", text)
        self.assertIn("X-Origin-Secret", text)
        self.assertIn("Nothing changed.", self.succeed("deploy", TENJO_KONNECT_TOKEN=""))
        self.write_settings(cors_origin="https://other.example.com")
        self.succeed("deploy", "--only", "sync,kong", TENJO_KONNECT_TOKEN="")
        self.assertNotEqual(
            self.world.parameters_of("tenjo-dry-kong")["ConfigKey"], first["ConfigKey"]
        )
        self.assert_no_secret_is_seen()

    def test_a_store_of_counts_is_used_once_it_is_there_and_left_before_it_goes(self) -> None:
        def counts_together() -> bool:
            return '"policy": "redis"' in json.dumps(self.synced())

        self.write_settings(parameters={"kong": {"MinTasks": 3, "RateLimitStore": "redis"}})
        self.succeed("deploy")
        self.assertFalse(counts_together())
        self.succeed("deploy")
        self.assertTrue(counts_together())
        self.write_settings(parameters={"kong": {"MinTasks": 3}})
        # As if the run ended between the two.
        self.succeed("deploy", "--only", "sync")
        self.assertFalse(counts_together())
        self.succeed("deploy")
        self.assertFalse(counts_together())
        self.assertIn("Nothing changed.", self.succeed("deploy"))

    def test_a_certificate_of_the_data_planes_that_ends_soon_is_told_of(self) -> None:
        self.assertNotIn("certificate of the data planes ends", self.succeed("deploy"))
        (plane,) = self.world.planes.values()
        old = certificate(days=41)
        plane["certificates"] = {"old": old}
        self.world.client("ssm").put_parameter(
            Name=f"/tenjo/{STAGE}/kong/cluster-cert", Value=old, Type="SecureString", Overwrite=True
        )
        for arguments in ([], ["--plan"], ["--only", "sync"]):
            said = self.succeed("deploy", *arguments)
            self.assertIn("the certificate of the data planes ends in 40 days", said)
            self.assertIn("tenjo rotate --stage dry certificate", said)
            self.assertRegex(said, r"Nothing (would change|changed)\.")
        self.succeed("rotate", "certificate")
        self.assertNotIn("certificate of the data planes ends", self.succeed("deploy", "--plan"))

    def test_credentials_of_another_account_are_refused(self) -> None:
        self.write_settings(account="210987654321")
        self.assertIn("the credentials are for the account 123456789012", self.fail("deploy"))
        self.assertEqual(self.changes(), [])

    def test_a_secret_that_nobody_gives_is_asked_for_before_any_is_made(self) -> None:
        printed = self.fail("deploy", TENJO_DATABASE_PASSWORD="")
        self.assertIn("set TENJO_DATABASE_PASSWORD", printed)
        self.assertEqual(self.world.secrets(STAGE), {})
        self.succeed("deploy")
        self.assert_complete()


    def test_a_first_creation_that_failed_is_made_again(self) -> None:
        self.world.broken = f"tenjo-{STAGE}-alarm-topic"
        printed = self.fail("deploy")
        self.assertIn("the stack tenjo-dry-alarm-topic is ROLLBACK_COMPLETE", printed)
        self.assertIn("step alarm-topic", printed)
        self.succeed("deploy")
        self.assert_complete()

    def test_tools_that_are_missing_or_too_old_are_named(self) -> None:
        deck = self.bin / "deck"
        deck.write_text(FAKE_DECK.replace("v1.65.1", "v1.37.0"))
        printed = self.fail("deploy")
        self.assertIn("decK is 1.37, and 1.65 is needed", printed)
        self.assertEqual(self.changes(), [])

    def test_a_build_that_failed_is_built_again(self) -> None:
        (self.bin / "cargo-fails").touch()
        printed = self.fail("deploy")
        self.assertIn("step build", printed)
        self.assertIn("get-user", printed)
        self.succeed("deploy")
        self.assert_complete()

    def test_decks_own_words_are_shown_without_the_secret_in_them(self) -> None:
        (self.bin / "deck-fails").touch()
        printed = self.fail("deploy")
        self.assertIn("deck gateway sync failed: error: …", printed)
        self.succeed("deploy")
        self.assert_complete()
        self.assert_no_secret_is_seen()


class Changes(Deployed):
    def test_a_changed_setting_or_program_changes_its_stack_alone(self) -> None:
        self.write_settings(parameters={"kong": {"MinTasks": 4}})
        printed = self.succeed("deploy")
        changed = re.findall(r"^\* (\S+)", printed, re.MULTILINE)
        self.assertEqual(changed, ["kong"])
        (self.bin / "code").write_text("2")
        printed = self.succeed("deploy")
        changed = re.findall(r"^\* (\S+)", printed, re.MULTILINE)
        self.assertEqual(changed, ["functions"])

    def test_changes_that_no_commit_has_do_not_reach_migrate_without_a_release(self) -> None:
        with (self.root / "openapi.yaml").open("a") as changed:
            changed.write("# A change in a hurry.\n")
        (self.bin / "code").write_text("2")
        at = len(self.world.asked)
        said = self.fail("deploy", "--only", "build,migrate")
        self.assertIn("changes that no commit has", said)
        self.assertEqual(self.changes(at), [])
        self.commit()
        invoked = len(self.world.invoked)
        self.succeed("deploy", "--only", "build,migrate")
        names = [name for name, _ in self.world.invoked[invoked:]]
        self.assertEqual(names, [f"tenjo-{STAGE}-migrate"])

    def test_a_secret_that_is_new_stops_a_pipeline_before_anything_changes(self) -> None:
        listed = self.root / "infra/secrets.yaml"
        listed.write_text(listed.read_text().replace("  - user\n", "  - user\n  - newcomer\n"))
        for steps in ("build,migrate,functions", "build,functions"):
            at = len(self.world.asked)
            said = self.fail("deploy", "--only", steps)
            self.assertIn("SSM has no database-urls/newcomer", said)
            self.assertIn("tenjo deploy --stage dry --only secrets", said)
            self.assertEqual(self.changes(at), [])
        self.succeed("deploy", "--only", "secrets")
        self.succeed("deploy", "--only", "build,migrate,functions")


class Faults(Deployed):
    """A first deployment is broken off at every kind of request that changes something, in
    turn: each next run goes on, and is broken off at the next one. The last run finishes."""

    IS_LONG = True

    def faults(self) -> list[str]:
        """Every request of a whole run that changes something, each kind once."""
        wanted = [
            one for one in self.changes() if not one.startswith("cloudformation.DeleteChangeSet")
        ]
        # One program is like the other, and so is one password.
        for kind in ("s3.PUT /tenjo-dry-artifacts-123456789012/functions/", "database-urls/"):
            alike = [one for one in wanted if kind in one]
            self.assertGreater(len(alike), 2, kind)
            wanted = [one for one in wanted if one not in alike[1:-1]]
        # Names of releases hold the time, those of templates hash the networks, and those
        # of certificates hold the id of their control plane.
        names = r"(/releases/|/templates/|/control-planes/).+"
        wanted = [re.sub(names, r"\1", one) for one in wanted]
        return list(dict.fromkeys([*wanted, "game /game/v1/gacha/draw"]))

    def break_everywhere(self, when: str) -> None:
        faults = self.faults()
        self.assertGreater(len(faults), 30)
        self.world.forget()
        self.deck.unlink()
        self.write_settings(hosted_zone=self.zone())
        for at, fault in enumerate(faults):
            self.world.fault = (fault, when)
            code, printed = self.run_tenjo("deploy")
            if fault.startswith("game"):
                # New data planes need a while: the draw is tried again.
                self.assertEqual(code, 0, printed)
                continue
            self.assertEqual(code, 3, f"{at}: {fault} did not fail\n{printed}")
            self.assertIn("run the same command again", printed)
            self.assertIsNone(self.world.fault, fault)
        self.succeed("deploy")
        self.assert_complete()
        self.assertIn("Nothing changed.", self.succeed("deploy"))
        self.assert_no_secret_is_seen()

    def test_a_run_that_was_refused_anywhere_is_continued(self) -> None:
        self.break_everywhere("before")

    def test_a_run_that_lost_an_answer_anywhere_is_continued(self) -> None:
        self.break_everywhere("after")


class Rotates(Deployed):
    def rotate(self, *arguments: str, **environment: str) -> str:
        *what, flag = arguments if arguments[-1] == "--now" else (*arguments, None)
        return self.succeed("rotate", *([flag] if flag else []), *what, **environment)

    def release(self) -> str:
        return self.world.originals[f"tenjo-{STAGE}"]

    def test_a_signing_key_waits_until_no_token_of_the_old_one_is_good(self) -> None:
        before = self.world.secrets(STAGE)
        printed = self.rotate("signing-key")
        self.assertIn("Run the same command again in 16 min", printed)
        players = self.world.parameters_of(f"tenjo-{STAGE}-players")
        self.assertEqual(players["TokenSigningKid"], "k2")
        self.assertEqual(self.world.secrets(STAGE)["token-keys"], before["token-keys"])
        self.assertIn("again in 16 min", self.rotate("signing-key"), "it waits")
        printed = self.rotate("signing-key", "--now")
        self.assertIn("signing-key is replaced", printed)
        after = self.world.secrets(STAGE)
        kids = [key["kid"] for key in json.loads(after["token-keys"])["keys"]]
        self.assertEqual(kids, ["k2", "k3"])
        private = {name for name in after if name.startswith("token-signing-keys/")}
        self.assertEqual(private, {"token-signing-keys/k2", "token-signing-keys/k3"})
        accepted = self.synced()["consumers"][0]["jwt_secrets"]
        self.assertEqual([key["key"] for key in accepted], ["k2", "k3"])
        self.assertIn("Nothing changed.", self.succeed("deploy"))
        self.assert_no_secret_is_seen()

    def test_an_origin_secret_is_accepted_before_it_is_sent(self) -> None:
        (old,) = self.world.secrets(STAGE)["origin-secrets"].split(",")
        release = self.release()
        self.assertIn("again in 2 min", self.rotate("origin-secret"))
        both = self.world.secrets(STAGE)["origin-secrets"].split(",")
        self.assertEqual((len(both), both[0]), (2, old))
        self.assertNotEqual(self.release(), release)
        self.assertIn(both[1], json.dumps(self.synced()))
        self.rotate("origin-secret", "--now")
        self.assertEqual(self.world.secrets(STAGE)["origin-secrets"], both[1])
        self.assertNotIn("rotations/origin-secret", self.world.secrets(STAGE))
        self.assert_no_secret_is_seen()

    def test_a_seal_key_is_accepted_before_it_seals(self) -> None:
        old = self.world.secrets(STAGE)["saga-seal-keys/draw"]
        self.assertIn("again in 60 min", self.rotate("seal-key", "draw"))
        new, second = self.world.secrets(STAGE)["saga-seal-keys/draw"].split(",")
        self.assertEqual(second, old)
        self.rotate("seal-key", "draw", "--now")
        self.assertEqual(self.world.secrets(STAGE)["saga-seal-keys/draw"], new)

    def test_receipts_of_an_old_key_stay_good(self) -> None:
        self.rotate("receipt-key")
        keys = json.loads(self.world.secrets(STAGE)["receipt-keys"])["keys"]
        self.assertEqual([key["kid"] for key in keys], ["r1", "r2"])
        self.assertNotIn("receipt-signing-keys/r1", self.world.secrets(STAGE))
        self.assertIn("receipt-signing-keys/r2", self.world.secrets(STAGE))
        self.assertIn("Nothing changed.", self.succeed("deploy"))
        self.assertEqual(self.world.parameters_of(f"tenjo-{STAGE}")["ReceiptSigningKid"], "r2")

    def test_a_rotation_does_not_change_the_commit_that_is_deployed(self) -> None:
        before = self.revision()
        self.assertRegex(before, r"\A[0-9a-f]{40}\Z")
        self.commit()
        self.rotate("receipt-key")
        self.assertEqual(self.revision(), before)
        # What a build left before a commit is not deployed under the name of that commit.
        said = self.fail("deploy", "--only", "functions")
        self.assertIn("built of another commit", said)
        (self.bin / "code").write_text("2")
        self.succeed("deploy", "--only", "build,functions")
        self.assertNotEqual(self.revision(), before)

    def test_changes_that_no_commit_has_are_not_deployed_under_the_name_of_one(self) -> None:
        with (self.root / "openapi.yaml").open("a") as changed:
            changed.write("# A change in a hurry.\n")
        (self.bin / "code").write_text("2")
        self.succeed("deploy", "--only", "build,functions")
        self.assertRegex(self.revision(), r"\A[0-9a-f]{40}-dirty\Z")
        self.assert_refused("changes that no commit has", "receipt-key")
        self.assert_refused("changes that no commit has", "database-user", "grant")
        self.commit()
        self.succeed("deploy", "--only", "build,functions")
        self.assertRegex(self.revision(), r"\A[0-9a-f]{40}\Z")
        self.rotate("receipt-key")

    def assert_refused(self, why: str, *what: str) -> None:
        """A rotation is refused before its first step."""
        at, before = len(self.world.asked), self.world.secrets(STAGE)
        said = self.fail("rotate", *what)
        self.assertIn(why, said)
        self.assertIn("This run has changed nothing.", said)
        self.assertEqual(self.changes(at), [])
        self.assertEqual(self.world.secrets(STAGE), before)

    def test_no_secret_is_replaced_in_a_checkout_that_cannot_deploy_what_is_deployed(self) -> None:
        with (self.root / "template.yaml").open("a") as changed:
            changed.write("# Of another commit.\n")
        self.commit()
        why = "template.yaml is another one here"
        for what in (["database-user", "grant"], ["origin-secret"], ["seal-key", "draw"]):
            self.assert_refused(why, *what)
        self.write_settings(database={"host": "new.example.com"})
        self.assert_refused(why, "database-address")
        # No function starts anew for this one.
        self.rotate("certificate")

    def test_a_rotation_that_is_refused_on_its_way_says_what_does_not_work(self) -> None:
        self.world.fault = (f"lambda.Invoke tenjo-{STAGE}-migrate", "before")
        self.fail("rotate", "database-user", "grant")
        kept = (self.root / "template.yaml").read_text()
        (self.root / "template.yaml").write_text(f"{kept}# Of another commit.\n")
        said = self.fail("rotate", "database-user", "grant")
        self.assertIn("the database may refuse new ones", said)
        (self.root / "template.yaml").write_text(kept)
        self.rotate("database-user", "grant")

    def test_one_user_alone_does_not_move_to_another_database(self) -> None:
        self.write_settings(database={"host": "new.example.com"})
        why = "tenjo rotate --stage dry database-address` first"
        self.assert_refused(why, "database-user", "grant")
        self.assert_refused(why, "database-administrator")
        self.rotate("database-address")
        self.rotate("database-user", "grant")
        self.assertIn("@new.example.com:4000", self.world.secrets(STAGE)["database-urls/grant"])

    def test_passwords_are_replaced(self) -> None:
        before = self.world.secrets(STAGE)
        self.rotate("database-user", "grant")
        self.rotate("database-administrator", TENJO_DATABASE_PASSWORD="another-made-up-password")
        after = self.world.secrets(STAGE)
        changed = {name for name in after if after[name] != before.get(name)}
        self.assertEqual(changed, {"database-urls/grant", "database-urls/admin"})
        self.assertEqual(self.world.invoked[-1][0], f"tenjo-{STAGE}-migrate")
        self.assertIn(
            "there is no database user nobody", self.fail("rotate", "database-user", "nobody")
        )
        self.assert_no_secret_is_seen()

    def test_a_new_address_of_the_database_is_not_ignored(self) -> None:
        def urls() -> dict[str, str]:
            secrets = self.world.secrets(STAGE)
            return {name: url for name, url in secrets.items() if "database-urls/" in name}

        before = urls()
        self.write_settings(database={"host": "wrong.example.com", "user_prefix": "2aEp24QW."})
        said = self.fail("deploy")
        self.assertIn("tidb.example.com:4000, and by the stage's file to", said)
        self.assertIn("tenjo rotate --stage dry database-address", said)
        self.assertIn("database-address", self.succeed("deploy", "--plan"))
        self.assertEqual(urls(), before)
        # A first try with a wrong name, which `migrate` cannot reach.
        self.world.fault = (f"lambda.Invoke tenjo-{STAGE}-migrate", "before")
        self.assertIn("correct the stage's file", self.fail("rotate", "database-address"))
        self.write_settings(database={"host": "new.example.com", "user_prefix": "2aEp24QW."})
        self.succeed("rotate", "database-address")
        expected = {
            name: re.sub(r"://(\w+):(\w+)@[^:]+:", r"://2aEp24QW.\1:\2@new.example.com:", url)
            for name, url in before.items()
            if name != "database-urls/admin"
        }
        after = urls()
        admin = after.pop("database-urls/admin")
        self.assertEqual(after, expected)
        self.assertRegex(admin, r"\Amysql://2aEp24QW\.root:[^@]+@new\.example\.com:4000/tenjo\Z")
        self.assertIn(before["database-urls/admin"].split("@")[0].split(":")[2], admin)
        self.assertEqual(self.world.invoked[-1][0], f"tenjo-{STAGE}-migrate")
        self.succeed("deploy")
        self.assertIn("Nothing changed.", self.succeed("deploy"))
        self.assert_no_secret_is_seen()

    def test_a_certificate_is_accepted_before_it_is_used_and_the_old_one_goes(self) -> None:
        before = self.world.secrets(STAGE)["kong/cluster-cert"]
        self.rotate("certificate")
        after = self.world.secrets(STAGE)["kong/cluster-cert"]
        self.assertNotEqual(after, before)
        (plane,) = self.world.planes.values()
        self.assertEqual(list(plane["certificates"].values()), [after])
        self.assertIn("ecs.UpdateService kong", self.world.asked)

    def test_a_token_of_konnect_is_tried_before_it_is_kept(self) -> None:
        printed = self.fail("rotate", "konnect-token", TENJO_KONNECT_TOKEN="kpat_unknown")
        self.assertIn("Konnect refused", printed)
        self.world.knows_konnect_tokens.add("kpat_second_made_up")
        self.rotate("konnect-token", TENJO_KONNECT_TOKEN="kpat_second_made_up")
        self.assertEqual(self.world.secrets(STAGE)["kong/konnect-token"], "kpat_second_made_up")

    def test_keys_of_the_stores_are_checked_before_they_are_kept(self) -> None:
        folder = tempfile.TemporaryDirectory()  # of the operator
        self.addCleanup(folder.cleanup)
        apple, google = (pathlib.Path(folder.name) / name for name in ("key.p8", "google.json"))
        apple.write_text(pem(ec.generate_private_key(ec.SECP256R1())))
        account = {"client_email": "game@example.com", "private_key_id": "1", "token_uri": "x"}
        account["private_key"] = pem(rsa.generate_private_key(65537, 2048))
        google.write_text(json.dumps(account))
        said = self.fail("rotate", "apple-api-key", str(apple))
        self.assertIn("infra/stages/dry.yaml has no AppleApiKeyId", said)
        self.settings["parameters"]["functions"] = {"AppleApiKeyId": "KEY0000001"}
        self.write_settings()
        self.assertIn("no key of App Store", self.fail("rotate", "apple-api-key", str(google)))
        self.assertIn("no key file", self.fail("rotate", "google-service-account", str(apple)))
        before = self.world.secrets(STAGE)
        self.assertIn("Revoke the old key", self.rotate("apple-api-key", str(apple)))
        self.rotate("google-service-account", str(google))
        after = self.world.secrets(STAGE)
        changed = {name for name in after if after[name] != before.get(name)}
        expected = {"stores/apple-api-keys/KEY0000001", "stores/google-service-account"}
        self.assertEqual(changed, expected)
        self.assertEqual(after["stores/apple-api-keys/KEY0000001"], apple.read_text())
        parameters = self.world.parameters_of(f"tenjo-{STAGE}-operators")
        self.assertEqual(parameters["AppleApiKeyId"], "KEY0000001")
        self.settings["parameters"]["functions"] = {"AppleApiKeyId": "KEY0000002"}
        self.write_settings()
        self.rotate("apple-api-key", str(apple))
        self.assertNotIn("stores/apple-api-keys/KEY0000001", self.world.secrets(STAGE))
        self.assertIn("stores/apple-api-keys/KEY0000002", self.world.secrets(STAGE))
        self.assertIn("Nothing changed.", self.succeed("deploy"))
        self.assert_no_secret_is_seen()

    def test_another_key_than_the_last_run_was_given_is_not_taken_for_it(self) -> None:
        folder = tempfile.TemporaryDirectory()  # of the operator
        self.addCleanup(folder.cleanup)
        files = [pathlib.Path(folder.name) / name for name in ("1.p8", "2.p8", "1.json", "2.json")]
        for file in files[:2]:
            file.write_text(pem(ec.generate_private_key(ec.SECP256R1())))
        for file in files[2:]:
            account = {"client_email": "game@example.com", "private_key_id": "1", "token_uri": "x"}
            account["private_key"] = pem(rsa.generate_private_key(65537, 2048))
            file.write_text(json.dumps(account))

        def use(key: str) -> None:
            self.settings["parameters"]["functions"] = {"AppleApiKeyId": key}
            self.write_settings()

        self.world.client("ssm").put_parameter(
            Name=f"/tenjo/{STAGE}/stores/apple-api-keys/KEY0000000",
            Value=pem(ec.generate_private_key(ec.SECP256R1())),
            Type="SecureString",
        )
        use("KEY0000001")
        self.world.fault = ("ssm.DeleteParameter /tenjo/dry/stores/apple-api-keys/", "before")
        self.assertIn("step 3 of 3", self.fail("rotate", "apple-api-key", str(files[0])))
        use("KEY0000002")
        self.rotate("apple-api-key", str(files[1]))
        secrets = self.world.secrets(STAGE)
        kept = {name for name in secrets if name.startswith("stores/apple-api-keys/")}
        self.assertEqual(
            kept, {f"stores/apple-api-keys/{name}" for name in ("none", "KEY0000002")}
        )
        self.assertEqual(secrets["stores/apple-api-keys/KEY0000002"], files[1].read_text())
        parameters = self.world.parameters_of(f"tenjo-{STAGE}-operators")
        self.assertEqual(parameters["AppleApiKeyId"], "KEY0000002")

        self.world.fault = ("ssm.PutParameter /tenjo/dry/rotations/google-service", "after")
        self.fail("rotate", "google-service-account", str(files[2]))
        self.rotate("google-service-account", str(files[3]))
        account = self.world.secrets(STAGE)["stores/google-service-account"]
        self.assertEqual(account, files[3].read_text())
        self.assert_no_secret_is_seen()

    def break_everywhere(self, faults: tuple[str, ...], *what: str) -> str:
        """Breaks a rotation off at each of these, before and after. Gives what was said."""
        said = ""
        for fault in faults:
            for when in ("before", "after"):
                self.world.fault = (fault, when)
                said += self.fail("rotate", *what)
                self.assertIsNone(self.world.fault, fault)
        self.succeed("rotate", *what)
        return said

    def test_a_database_user_whose_rotation_failed_anywhere_gets_its_password(self) -> None:
        at = len(self.world.asked)
        said = self.break_everywhere(
            (
                "ssm.PutParameter /tenjo/dry/database-urls/grant",
                "cloudformation.ExecuteChangeSet tenjo-dry-operators",
                f"lambda.Invoke tenjo-{STAGE}-migrate",
                "ssm.PutParameter /tenjo/dry/rotations/database-user-grant",
            ),
            "database-user",
            "grant",
        )
        self.assertIn("the database may refuse new ones", said)
        self.assertNotIn("Everything works as before", said)
        # `migrate` starts anew with the last URL, then the database gets it, and then the
        # functions do.
        asked = self.world.asked[at:][::-1]
        asked = asked[: asked.index("ssm.PutParameter /tenjo/dry/database-urls/grant")][::-1]
        deployed = asked.index("cloudformation.ExecuteChangeSet tenjo-dry-operators")
        invoked = asked.index(f"lambda.Invoke tenjo-{STAGE}-migrate")
        self.assertLess(deployed, invoked)
        self.assertIn(f"cloudformation.ExecuteChangeSet tenjo-{STAGE}", asked[invoked:])
        self.assertNotIn("rotations/database-user-grant", self.world.secrets(STAGE))

    def test_a_certificate_whose_rotation_failed_anywhere_fits_its_key(self) -> None:
        said = self.break_everywhere(
            (
                "konnect.POST",
                "ssm.PutParameter /tenjo/dry/kong/cluster-cert-key",
                "ssm.PutParameter /tenjo/dry/kong/cluster-cert",
                "ecs.UpdateService kong",
                "konnect.DELETE",
            ),
            "certificate",
        )
        self.assertIn("a key that is not its certificate's", said)
        secrets = self.world.secrets(STAGE)
        certificate = x509.load_pem_x509_certificate(secrets["kong/cluster-cert"].encode())
        key = serialization.load_pem_private_key(secrets["kong/cluster-cert-key"].encode(), None)
        self.assertEqual(certificate.public_key(), key.public_key())
        (plane,) = self.world.planes.values()
        self.assertEqual(
            [one.strip() for one in plane["certificates"].values()],
            [secrets["kong/cluster-cert"].strip()],
        )

    def test_an_old_private_key_goes_also_after_a_lost_answer(self) -> None:
        deletion = "ssm.DeleteParameter /tenjo/dry/receipt-signing-keys/r1"
        self.break_everywhere((deletion,), "receipt-key")
        self.assertNotIn("receipt-signing-keys/r1", self.world.secrets(STAGE))
        self.assertIn("receipt-signing-keys/r2", self.world.secrets(STAGE))

    def test_a_rotation_that_failed_anywhere_goes_on(self) -> None:
        for fault in (
            "ssm.PutParameter /tenjo/dry/origin-secrets",
            "cloudformation.ExecuteChangeSet tenjo-dry",
            "ssm.PutParameter /tenjo/dry/rotations/origin-secret",
            "ssm.DeleteParameter /tenjo/dry/rotations/origin-secret",
        ):
            for when in ("before", "after"):
                self.world.fault = (fault, when)
                self.fail("rotate", "--now", "origin-secret")
                self.assertIsNone(self.world.fault)
        self.succeed("rotate", "--now", "origin-secret")
        self.assertEqual(len(self.world.secrets(STAGE)["origin-secrets"].split(",")), 1)
        sent = self.world.secrets(STAGE)["origin-secrets"]
        self.succeed("deploy")
        self.assertIn(sent, json.dumps(self.synced()))
        self.assertIn("Nothing changed.", self.succeed("deploy"))


class GoesBack(Deployed):
    def codes(self) -> set[str]:
        text = self.world.originals[f"tenjo-{STAGE}-players"]
        return set(re.findall(r"functions/get-user-\w+\.zip", text))

    def test_a_rollback_deploys_the_programs_of_the_release_before(self) -> None:
        self.assertIn("there is no release before", self.fail("rollback"))
        first = self.codes()
        (self.bin / "code").write_text("2")
        self.succeed("deploy")
        second = self.codes()
        self.assertNotEqual(first, second)
        at = len(self.world.asked)
        self.succeed("rollback", "--plan")
        left = [one for one in self.changes(at) if not one.startswith(COMPARES)]
        self.assertEqual(left, [])
        self.succeed("rollback")
        self.assertEqual(self.codes(), first)
        # What was left is passed over.
        (self.bin / "code").write_text("3")
        self.succeed("deploy")
        self.succeed("rollback")
        self.assertEqual(self.codes(), first)

    def test_a_thousand_releases_do_not_hide_the_newest(self) -> None:
        first = self.codes()
        (self.bin / "code").write_text("2")
        self.succeed("deploy")
        storage = self.world.client("s3")
        # S3 lists a thousand at a time, and these come first.
        for at in range(1000):
            noted = {"release": "old", "template": "templates/none.yaml", "deployed_at": at}
            storage.put_object(
                Bucket=f"tenjo-{STAGE}-artifacts-{ACCOUNT}",
                Key=f"releases/{at:012}-old.json",
                Body=json.dumps(noted),
            )
        self.succeed("rollback")
        self.assertEqual(self.codes(), first)

    def test_a_rollback_keeps_the_keys_of_now(self) -> None:
        (self.bin / "code").write_text("2")
        self.succeed("deploy")
        self.succeed("rotate", "--now", "signing-key")
        self.succeed("rollback")
        players = self.world.parameters_of(f"tenjo-{STAGE}-players")
        self.assertEqual(players["TokenSigningKid"], "k2")

    def test_nothing_is_destroyed_without_the_stages_name(self) -> None:
        before = self.statuses()
        self.assertIn("pass --confirm", self.fail("destroy"))
        self.assertIn("not the stage's name", self.fail("destroy", "--confirm", "dr"))
        printed = self.succeed("destroy", "--plan")
        self.assertIn("stays  the database", printed)
        self.assertEqual(self.statuses(), before)
        secrets = self.world.secrets(STAGE)
        self.succeed("destroy", "--confirm", STAGE)
        self.assertEqual(self.statuses(), {})
        self.assertEqual(self.world.planes, {})
        self.assertEqual(self.world.secrets(STAGE), secrets)


class Loads(Stage):
    def load(self, *arguments: str) -> tuple[int, str]:
        given = [TENJO, "load", "--players", "2", "--seconds", "2", *arguments]
        done = subprocess.run(given, capture_output=True, text=True, check=False, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def test_load_keeps_its_rate_and_tells_outcomes(self) -> None:
        code, printed = self.load("--api", f"{self.world.address}/game", "--rate", "10")
        self.assertEqual(code, 0, printed)
        drawn = int(re.search(r"(\d+)  draw: 200 COMPLETED", printed)[1])
        self.assertEqual(drawn, len(self.world.draws))
        # Two players log in first, and the last draws may begin at the end.
        self.assertTrue(15 <= drawn <= 22, printed)
        self.assertRegex(printed, rf"\| draw \| {drawn} \|")

    def test_an_address_that_makes_no_guest_is_not_loaded(self) -> None:
        code, printed = self.load("--api", f"{self.world.address}/function")
        self.assertEqual(code, 3, printed)
        self.assertIn("makes no guest: 401", printed)
        self.assertEqual(len(self.world.asked), 1)


if __name__ == "__main__":
    unittest.main()

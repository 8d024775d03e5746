#!/usr/bin/env python3
"""Which functions a release publishes, and what is left of the releases before.

    infra/release.py revision STAGE                       prints the deployed commit
    infra/release.py template STAGE [PARAMETER=VALUE …]   writes packaged.yaml (--plan: see below)
    infra/release.py migration STAGE                      writes packaged-migration.yaml
    infra/release.py clean STAGE [--keep 5] [--dry-run]   deletes old versions

`template` gives each function a hash of its program and of everything else that it has:
its settings in template.yaml, the values of the parameters that they use, and the
versions of the SSM parameters that it reads when it starts. SAM publishes a function
when that hash is a new one, and CodeDeploy moves the alias `live` to it. It prints what
is published and why.

`migration` writes the template that is deployed now, with the new `migrate` in it and
nothing else. So the schema is brought up to date before any function that expects it.

It reads the programs that infra/build.py left, if they are of this commit. A function that
was not built keeps the program that is deployed. It reads no value of any secret. With `--plan` it builds on what
is deployed alone, for the change set of a pull request: no program and no secret changes,
and a function that is not deployed yet has its sources in the place of its program. With
`--restart` no program changes, whatever is built, and the release keeps the name of its
commit: functions whose secrets were replaced start anew. With `--whole`, parameters that are not given have their defaults, and not the
values of now. `tenjo` calls all of these.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pathlib
import re
import sys
from typing import NamedTuple

import boto3
import botocore.exceptions
import split
import yaml
from build import REVISION, this_revision
from cloudformation import Tagged, names_in

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROGRAMS = ROOT / "target/lambda"
PACKAGED, MIGRATION = ROOT / "packaged.yaml", ROOT / "packaged-migration.yaml"

MIGRATE = "Migrate"  # the block of functions/ops/migrate

# What a function's hash is made of, in this order.
PARTS = ("program", "settings", "secrets")

# A function's description and code, as template.yaml has them.
BLOCK = re.compile(
    r"^(?P<in>\s+)Description: (?P<description>.+)\n\s+CodeUri: (?P<code>functions/[a-z]+/[a-z-]+)$",
    re.MULTILINE,
)

# What belongs to a function and not to one of its versions.
NOT_OF_A_VERSION = frozenset(
    "AutoPublishAlias CodeUri DeploymentPreference Description Events FunctionUrlConfig"
    " Policies ReservedConcurrentExecutions".split()
)


def read(text: str) -> dict:
    return yaml.load(text, Tagged)


def blocks(document: dict) -> dict[str, dict]:
    """The functions of a template, by their logical ids."""
    resources = document["Resources"]
    return {
        name: block
        for name, block in resources.items()
        if block["Type"] == "AWS::Serverless::Function"
    }


def told(document: dict, block: dict, parameters: dict[str, str]) -> dict:
    """All that a version of a function is made of, beside its program."""
    shared = document.get("Globals", {}).get("Function", {})
    own = block["Properties"]
    settings = {
        name: value for name, value in {**shared, **own}.items() if name not in NOT_OF_A_VERSION
    }
    # SAM adds the variables of both.
    settings["Environment"] = [
        one.get("Environment", {}).get("Variables", {}) for one in (shared, own)
    ]
    used: dict[str, object] = {}
    waiting = names_in(settings)
    while waiting:
        name = waiting.pop()
        if name in used:
            continue
        if name in parameters:
            used[name] = parameters[name]
        elif name in document.get("Conditions", {}):
            used[name] = document["Conditions"][name]
            waiting |= names_in(used[name])
        elif name in document["Resources"] and name not in blocks(document):
            # It may get another name or id when it changes.
            used[name] = document["Resources"][name].get("Properties", {})
    return {"settings": settings, "used": used}


def secrets_read(document: dict, block: dict, parameters: dict[str, str]) -> set[str]:
    """The SSM parameters that a function reads, or that CloudFormation reads for it."""
    shared = document.get("Globals", {}).get("Function", {})
    both = [
        one.get("Environment", {}).get("Variables", {}) for one in (shared, block["Properties"])
    ]
    variables = both[0] | both[1]
    # It is there for functions that want one.
    found = {parameters["DatabaseCa"]} if parameters.get("DatabaseCa") else set()
    for value in variables.values():
        pattern = value.get("Fn::Sub", "") if isinstance(value, dict) else str(value)
        if isinstance(pattern, str) and pattern.startswith("ssm:"):
            name = re.sub(r"\$\{(\w+)\}", lambda it: parameters[it[1]], pattern)
            found.add(name.removeprefix("ssm:"))
    return found


class Function(NamedTuple):
    """A function as it will be deployed."""

    code: str
    # A short hash of each of PARTS.
    marks: tuple[str, ...]

    @property
    def whole(self) -> str:
        return digest("/".join(self.marks).encode())


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def marks(block: dict) -> tuple[str, ...]:
    """The short hashes in the description of a deployed function; none in one that was
    deployed otherwise."""
    description = str(block["Properties"].get("Description", ""))
    found = re.search(r" \[([0-9a-f]{8})/([0-9a-f]{8})/([0-9a-f]{8})\]$", description)
    return found.groups() if found else ()


def functions(
    document: dict,
    live: dict | None,
    parameters: dict[str, str],
    versions: dict[str, int] | None,
    *,
    is_restart: bool = False,
) -> dict[str, Function]:
    """Every function of a template, by its logical id. Without the versions of SSM
    parameters, as they would be planned. A restart has the programs that are deployed,
    whatever is built."""
    deployed = blocks(live) if live else {}
    is_plan = versions is None
    found = {}
    for name, block in blocks(document).items():
        source = block["Properties"]["CodeUri"]
        folder = source.rsplit("/", 1)[1]
        program = PROGRAMS / folder / "bootstrap"
        before = marks(deployed[name]) if name in deployed else ()
        if program.exists() and not is_plan and not is_restart:
            code, mark = f"target/lambda/{folder}.zip", digest(program.read_bytes())[:8]
        elif before:
            code, mark = deployed[name]["Properties"]["CodeUri"], before[0]
        elif is_plan:
            code, mark = source, "0" * 8
        else:
            sys.exit(f"error: {folder} is neither built nor deployed: run infra/build.py {folder}")
        settings = json.dumps(told(document, block, parameters), sort_keys=True)
        secrets = [
            (one, (versions or {}).get(one, 0))
            for one in sorted(secrets_read(document, block, parameters))
        ]
        of_rest = [digest(one.encode())[:8] for one in (settings, json.dumps(secrets))]
        if is_plan and before:
            of_rest[1] = before[2]
        found[name] = Function(code, (mark, *of_rest))
    return found


def packaged(template: str, of_functions: dict[str, Function], revision: str) -> str:
    """The template with archives in the place of sources, with hashes, and with the commit.

    The hash is in the description too. Lambda publishes no version that is like the one
    before, and a function whose secret was replaced differs in nothing else.
    """
    by_code = {
        block["Properties"]["CodeUri"]: of_functions[name]
        for name, block in blocks(read(template)).items()
    }

    def with_hash(found: re.Match) -> str:
        function, text = by_code[found["code"]], found["description"]
        quote = "'" if text.endswith("'") else ""
        text = f"{text.removesuffix(quote)} [{'/'.join(function.marks)}]{quote}"
        lines = (
            f"Description: {text}",
            f"CodeUri: {function.code}",
            f"AutoPublishCodeSha256: {function.whole}",
        )
        return "\n".join(found["in"] + line for line in lines)

    # Archives do not say which part of the stacks a function is in.
    parts = json.dumps(split.of_sources(read(template)))
    text = BLOCK.sub(with_hash, template)
    return f"{text}\nMetadata:\n  Revision: '{revision}'\n  Parts: {parts}\n"


def changes(live: dict | None, of_functions: dict[str, Function]) -> str:
    """What is published, and why, as Markdown."""
    deployed = blocks(live) if live else {}
    lines = ["| Function | Published because of |", "|---|---|"]
    unchanged = 0
    for name, function in of_functions.items():
        before = marks(deployed[name]) if name in deployed else ()
        differ = [
            f"its {part}"
            for part, is_now, was in zip(PARTS, function.marks, before)
            if is_now != was
        ]
        if why := ", ".join(differ) if before else "it is new":
            lines.append(f"| {name} | {why} |")
        else:
            unchanged += 1
    lines += [f"| {name} | it is removed |" for name in deployed.keys() - of_functions.keys()]
    return "\n".join([*lines, "", f"Unchanged: {unchanged} of {len(of_functions)}."])


class Deployed:
    """What is in AWS."""

    def __init__(self, stage: str) -> None:
        self.stage, self.stack = stage, f"tenjo-{stage}"
        self.formation = boto3.client("cloudformation")

    def stacks(self) -> dict[str, dict]:
        """The stacks that are there, by their part of the functions."""
        found = {part: self.described(self.name(part)) for part in split.names()}
        return {part: stack for part, stack in found.items() if stack}

    def name(self, part: str) -> str:
        """The name of the stack of a part of the functions."""
        return self.stack if part == split.FIRST else f"{self.stack}-{part}"

    def described(self, name: str) -> dict | None:
        try:
            stack = self.formation.describe_stacks(StackName=name)["Stacks"][0]
            # Nothing of it was made yet.
            return None if stack["StackStatus"] == "REVIEW_IN_PROGRESS" else stack
        except botocore.exceptions.ClientError as error:
            if "does not exist" in str(error):
                return None
            raise

    def parameters(self) -> dict[str, str]:
        """The values of the stacks' parameters; none if there is no stack."""
        return {
            one["ParameterKey"]: one["ParameterValue"]
            for stack in self.stacks().values()
            for one in stack.get("Parameters", [])
        }

    def template(self) -> dict | None:
        """The templates as they were given to CloudFormation, as one; None if there is no
        stack."""
        parts = {}
        for part in self.stacks():
            name = self.name(part)
            answer = self.formation.get_template(StackName=name, TemplateStage="Original")
            body = answer["TemplateBody"]
            parts[part] = read(body) if isinstance(body, str) else json.loads(json.dumps(body))
        return split.joined(parts) if split.FIRST in parts else None

    def revision(self) -> str:
        """The commit of the release that runs: the newest that nobody went back from.
        `tenjo` writes a release down once all stacks have it."""
        outputs = (self.described(f"{self.stack}-github") or {}).get("Outputs", [])
        bucket = {one["OutputKey"]: one["OutputValue"] for one in outputs}.get("ArtifactBucket")
        if bucket is None:
            return ""
        storage = boto3.client("s3")

        def content(key: str) -> str:
            return storage.get_object(Bucket=bucket, Key=key)["Body"].read().decode()

        pages = storage.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="releases/")
        keys = [one["Key"] for page in pages for one in page.get("Contents", [])]
        # Their names begin with the time.
        for key in sorted(keys, reverse=True):
            noted = json.loads(content(key))
            if not noted.get("was_left"):
                return read(content(noted["template"])).get("Metadata", {}).get("Revision", "")
        return ""

    def secret_versions(self) -> dict[str, int]:
        """How often each SSM parameter of the stage was changed. No values."""
        pages = boto3.client("ssm").get_paginator("describe_parameters")
        below = {"Key": "Path", "Option": "Recursive", "Values": [f"/tenjo/{self.stage}/"]}
        return {
            one["Name"]: one["Version"]
            for page in pages.paginate(ParameterFilters=[below])
            for one in page["Parameters"]
        }


def values(document: dict, before: dict[str, str], given: dict[str, str]) -> dict[str, str]:
    """The value of each parameter: what is given, what it was, or its default."""
    declared = document.get("Parameters", {})
    if unknown := given.keys() - declared.keys():
        sys.exit(f"error: template.yaml has no parameter {', '.join(sorted(unknown))}")
    found = {}
    for name, one in declared.items():
        value = given.get(name, before.get(name, one.get("Default")))
        if value is None:
            sys.exit(f"error: nothing gives the parameter {name}: pass {name}=…")
        found[name] = str(value)
    return found


def refuse_other_programs(document: dict, revision: str) -> None:
    """Fails on programs that were built of another commit than the release is named by."""
    others = []
    for block in blocks(document).values():
        name = block["Properties"]["CodeUri"].rsplit("/", 1)[1]
        noted = PROGRAMS / name / REVISION
        is_built = (PROGRAMS / name / "bootstrap").exists()
        if is_built and (not noted.exists() or noted.read_text() != revision):
            others.append(name)
    if others:
        sys.exit(
            f"error: target/lambda has programs that were built of another commit than "
            f"{revision[:12]}: build them again (infra/build.py {' '.join(others)}), or delete "
            f"their folders there, and what is deployed stays"
        )


def write_template(
    deployed: Deployed, given: dict[str, str], *, is_plan: bool, is_restart: bool, is_whole: bool
) -> None:
    text = (ROOT / "template.yaml").read_text()
    document, live = read(text), deployed.template()
    before = {} if is_whole else deployed.parameters()
    parameters = values(document, before, {"Stage": deployed.stage, **given})
    versions = None if is_plan else deployed.secret_versions()
    # What runs after a restart was built of the commit before it.
    revision = deployed.revision() if is_restart else this_revision()
    if not is_plan and not is_restart:
        refuse_other_programs(document, revision)
    of_functions = functions(document, live, parameters, versions, is_restart=is_restart)
    PACKAGED.write_text(packaged(text, of_functions, revision))
    print(changes(live, of_functions))


def with_new_migrate(live: dict, new: dict) -> dict:
    """The deployed template with the block of `migrate` of a new one."""
    block = new["Resources"][MIGRATE]
    needed = names_in(block) - live.get("Parameters", {}).keys() - live["Resources"].keys()
    needed -= live.get("Conditions", {}).keys()
    if needed := sorted(name for name in needed if not name.startswith("AWS::")):
        sys.exit(
            f"error: the new migrate uses {', '.join(needed)}, which the deployed template lacks"
        )
    return {**live, "Resources": {**live["Resources"], MIGRATE: block}}


def write_migration(deployed: Deployed) -> None:
    live = deployed.template()
    if live is None:
        sys.exit(
            f"error: there is no stack {deployed.stack} yet: deploy packaged.yaml, then migrate"
        )
    if not PACKAGED.exists():
        sys.exit(f"error: there is no {PACKAGED.name}: run `infra/release.py template` first")
    document = with_new_migrate(live, read(PACKAGED.read_text()))
    MIGRATION.write_text(json.dumps(document, indent=1))


def clean(stage: str, keep: int, dry_run: bool) -> list[str]:
    """Deletes versions that no alias names, except the newest few of each function."""
    client = boto3.client("lambda")
    deleted = []
    for page in client.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            name = function["FunctionName"]
            if not name.startswith(f"tenjo-{stage}-"):
                continue
            aliases = client.list_aliases(FunctionName=name)["Aliases"]
            named = {alias["FunctionVersion"] for alias in aliases}
            # While a canary runs, an alias has two.
            for alias in aliases:
                weights = alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})
                named |= weights.keys()
            pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=name)
            versions = [
                one["Version"]
                for of_page in pages
                for one in of_page["Versions"]
                if one["Version"] != "$LATEST"
            ]
            versions.sort(key=int)
            for version in versions[: max(0, len(versions) - keep)]:
                if version in named:
                    continue
                if not dry_run:
                    client.delete_function(FunctionName=name, Qualifier=version)
                deleted.append(f"{name}:{version}")
    return deleted


def main(arguments: list[str]) -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = options.add_subparsers(dest="command", required=True)
    for name in ("revision", "template", "migration", "clean"):
        commands.add_parser(name).add_argument("stage")
    commands.choices["template"].add_argument("given", nargs="*", metavar="PARAMETER=VALUE")
    commands.choices["template"].add_argument("--plan", action="store_true")
    commands.choices["template"].add_argument("--restart", action="store_true")
    commands.choices["template"].add_argument("--whole", action="store_true")
    commands.choices["clean"].add_argument("--keep", type=int, default=5)
    commands.choices["clean"].add_argument("--dry-run", action="store_true")
    chosen = options.parse_args(arguments)
    if chosen.command == "revision":
        print(Deployed(chosen.stage).revision())
    elif chosen.command == "template":
        given = dict(one.split("=", 1) for one in chosen.given)
        write_template(
            Deployed(chosen.stage),
            given,
            is_plan=chosen.plan,
            is_restart=chosen.restart,
            is_whole=chosen.whole,
        )
    elif chosen.command == "migration":
        write_migration(Deployed(chosen.stage))
    else:
        if chosen.keep < 2:
            options.error("keep at least 2: one that runs, and one to go back to")
        would = "would delete" if chosen.dry_run else "deleted"
        for one in clean(chosen.stage, chosen.keep, chosen.dry_run):
            print(f"{would} {one}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

#!/usr/bin/env python3
"""Gives decK the values of kong/kong.yaml from a deployed stack, and runs it.

    kong/sync.py STAGE diff         what a sync would change
    kong/sync.py STAGE sync         changes it in Konnect
    kong/sync.py STAGE render FILE  writes the file for data planes without Konnect

The addresses of functions come from the outputs of the stack tenjo-STAGE, the secrets
from its SSM parameters. Secrets only pass through decK's environment: none is written
to disk, except into FILE, which holds the origin secret by its nature.

It needs decK and credentials of AWS, and boto3 and PyYAML.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse

import boto3
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[1]
CONFIG = ROOT / "kong/kong.yaml"

# The beginning of every P-256 public key in DER; the point follows.
SPKI_P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("stage")
    options.add_argument("command", choices=["diff", "sync", "render"])
    options.add_argument("file", nargs="?", type=pathlib.Path, help="of render")
    options.add_argument("--cors-origin", required=True, help="whose pages may call the API")
    options.add_argument("--redis-host", help="the output RateLimitRedisHost of infra/kong.yaml")
    options.add_argument(
        "--without-enterprise",
        action="store_true",
        help="leave out the plugins that only Konnect and Kong Enterprise have",
    )
    arguments = options.parse_args()
    if (arguments.command == "render") != (arguments.file is not None):
        options.error("render takes a file, and nothing else does")

    session = boto3.Session()
    secrets = parameters(session, arguments.stage, with_konnect=arguments.command != "render")
    variables = {
        **addresses(session, arguments.stage),
        **keys(json.loads(secrets["token-keys"])),
        # The newest of those that the functions accept: the last.
        "DECK_ORIGIN_SECRET": secrets["origin-secrets"].split(",")[-1].strip(),
        "DECK_CORS_ORIGINS": arguments.cors_origin,
        "DECK_OPENAPI_SPEC": specification(),
    }
    missing = set(re.findall(r'env "(DECK_\w+)"', CONFIG.read_text())) - variables.keys()
    if missing:
        sys.exit(f"error: nothing gives {', '.join(sorted(missing))}")

    render = ["file", "render", "--populate-env-vars", "--format", "json", "-o", "-", str(CONFIG)]
    document = json.loads(deck(render, variables))
    if arguments.without_enterprise:
        document = without_enterprise(document)
    if arguments.redis_host:
        document = with_redis(document, arguments.redis_host)
    text = json.dumps(document, indent=1, ensure_ascii=False)
    if arguments.command == "render":
        # JSON is YAML, and Kong reads the file by its ending.
        write_secret(arguments.file, text)
        return 0
    konnect = {
        "DECK_KONNECT_TOKEN": secrets["kong/konnect-token"],
        "DECK_KONNECT_CONTROL_PLANE_NAME": f"tenjo-{arguments.stage}",
    }
    # decK hides the values of DECK_ variables in what it prints.
    print(deck(["gateway", arguments.command, "-"], {**variables, **konnect}, text))
    return 0


def deck(arguments: list[str], variables: dict[str, str], given: str = "") -> str:
    """Runs decK, which must be in the path."""
    done = subprocess.run(
        ["deck", *arguments],
        env={**os.environ, **variables},
        input=given,
        text=True,
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"error: deck {' '.join(arguments[:2])} failed")
    return done.stdout


def addresses(session: boto3.Session, stage: str) -> dict[str, str]:
    """GetUserUrl of the stack is DECK_GET_USER_URL, without the slash at its end."""
    stacks = session.client("cloudformation").describe_stacks(StackName=f"tenjo-{stage}")
    found = {}
    for output in stacks["Stacks"][0]["Outputs"]:
        name = output["OutputKey"]
        if name.endswith("Url"):
            words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()
            found[f"DECK_{words}"] = output["OutputValue"].rstrip("/")
    return found


def parameters(session: boto3.Session, stage: str, with_konnect: bool) -> dict[str, str]:
    """The secrets that the configuration needs, by their names below the stage."""
    before = f"/tenjo/{stage}/"
    names = ["origin-secrets", "token-keys"] + (["kong/konnect-token"] if with_konnect else [])
    answer = session.client("ssm").get_parameters(
        Names=[before + name for name in names], WithDecryption=True
    )
    if answer["InvalidParameters"]:
        sys.exit(f"error: there is no {', '.join(answer['InvalidParameters'])} in SSM")
    return {one["Name"].removeprefix(before): one["Value"] for one in answer["Parameters"]}


def keys(key_set: dict) -> dict[str, str]:
    """The two accepted keys as PEM. The first one signs, the second one is next."""
    if len(key_set["keys"]) != 2:
        sys.exit("error: token-keys should have two keys, the current and the next one")
    found = {}
    for role, key in zip(("CURRENT", "NEXT"), key_set["keys"], strict=True):
        point = b"\4" + decoded(key["x"]) + decoded(key["y"])
        body = base64.b64encode(SPKI_P256 + point).decode()
        lines = [body[at : at + 64] for at in range(0, len(body), 64)]
        pem = "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----"])
        found[f"DECK_TOKEN_{role}_KID"] = key["kid"]
        found[f"DECK_TOKEN_{role}_PUBLIC_KEY"] = pem
    return found


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def specification() -> str:
    """What the gateway needs of openapi.yaml, in one variable: it checks requests. With
    what only answers need, the variable would be too long."""
    document = yaml.safe_load((ROOT / "openapi.yaml").read_text())
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and "responses" in operation:
                operation["responses"] = {
                    status: {"description": "See openapi.yaml."}
                    for status in operation["responses"]
                }
    for part in ("responses", "headers"):
        document["components"].pop(part, None)
    schemas = document["components"]["schemas"]
    document["components"]["schemas"] = {}
    kept = used_schemas(document, schemas)
    document["components"]["schemas"] = {name: schemas[name] for name in schemas if name in kept}
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return urllib.parse.quote(text, safe="")


def used_schemas(value: object, schemas: dict) -> set[str]:
    """The schemas that a value names, directly or through others."""
    kept: set[str] = set()
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            name = str(value.get("$ref", "")).removeprefix("#/components/schemas/")
            if name in schemas and name not in kept:
                kept.add(name)
                waiting.append(schemas[name])
            waiting.extend(value.values())
    return kept


def plugin_lists(document: dict) -> list[list[dict]]:
    """Every list of plugins: for everything, of services, and of routes."""
    owners = [document, *document.get("services", [])]
    owners += [route for owner in document.get("services", []) for route in owner.get("routes", [])]
    return [owner["plugins"] for owner in owners if "plugins" in owner]


def without_enterprise(document: dict) -> dict:
    """Leaves out what is tagged production."""
    for plugins in plugin_lists(document):
        plugins[:] = [one for one in plugins if "production" not in (one.get("tags") or [])]
    return document


def with_redis(document: dict, host: str) -> dict:
    """Has all data planes count requests together."""
    plugins = [one for plugins in plugin_lists(document) for one in plugins]
    for limit in (one for one in plugins if one["name"] == "rate-limiting"):
        limit["config"]["policy"] = "redis"
        limit["config"]["redis"] = {
            "host": host,
            "port": 6379,
            "ssl": True,
            "ssl_verify": True,
            "server_name": host,
            "timeout": 200,
        }
    return document


def write_secret(path: pathlib.Path, text: str) -> None:
    """Writes a new file that only its owner can read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


if __name__ == "__main__":
    sys.exit(main())

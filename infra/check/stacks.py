"""Every stack of a stage: its template, and where each parameter comes from.

infra/stacks.yaml is the one list of it, which `tenjo` follows. The dry deployment
(deploy.py) follows it too, and the templates are compared with it (test_agreement.py).
"""

from __future__ import annotations

import json
import pathlib
import sys
from dataclasses import dataclass, field

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "infra"))

import split  # noqa: E402
from cloudformation import Tagged  # noqa: E402


@dataclass(frozen=True)
class Output:
    """A parameter that is the output of another stack."""

    stack: str
    name: str


@dataclass(frozen=True)
class Stack:
    """One stack, named tenjo-<stage> and its own name. The functions have the bare name."""

    name: str
    template: str
    # What an operator or the command decides, with a value for the dry deployment.
    chosen: dict[str, str] = field(default_factory=dict)
    # What another stack says.
    given: dict[str, Output] = field(default_factory=dict)
    # Whether it is one of several that infra/split.py makes of the template.
    is_part: bool = False

    def document(self) -> dict:
        whole = yaml.load((ROOT / self.template).read_text(), Tagged)
        return split.divided(whole)[self.name] if self.is_part else whole

    def full_name(self, stage: str) -> str:
        return f"tenjo-{stage}-{self.name}" if self.name != "functions" else f"tenjo-{stage}"


# What `tenjo` gives beside settings and outputs, and what differs from the example of a
# stage, for the dry deployment. An empty value is what the other gateway would have.
MADE = {
    "TokenSigningKid": "k1",
    "ReceiptSigningKid": "r1",
    "ControlPlaneHost": "0123abcd.eu.cp0.konghq.com",
    "TelemetryHost": "0123abcd.eu.tp0.konghq.com",
    "ConfigKey": "",
}
MADE_WITHOUT_KONNECT = {
    "ControlPlaneHost": "",
    "TelemetryHost": "",
    "ConfigKey": "kong-0123.yaml",
    "HostedZoneId": "",
    "CertificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/0",
}


def _stacks(stage: dict, gateway: str, made: dict[str, str]) -> list[Stack]:
    """infra/stacks.yaml, as `tenjo` reads it, for a stage with one kind of gateway."""
    settings = {
        "certificate": "",
        "hosted_zone": "",
        "issuer": f"https://{stage['domain']}",
    } | stage
    listed = yaml.safe_load((ROOT / "infra/stacks.yaml").read_text())
    listed = [one for one in listed if one.get("with", gateway) == gateway]
    names = {one["name"] for one in listed}
    found = []
    for one in listed:
        chosen = {name: settings[setting] for name, setting in one.get("settings", {}).items()}
        chosen |= {name: made.get(name, "") for name in one.get("made", [])}
        chosen |= {name: value for name, value in made.items() if name in chosen}
        sources = {
            name: Output(*source.split(".")) for name, source in one.get("outputs", {}).items()
        }
        given = {name: source for name, source in sources.items() if source.stack in names}
        chosen |= {name: "" for name in sources.keys() - given.keys()}
        if "parts" not in one:
            found.append(Stack(one["name"], one["template"], chosen, given))
            continue
        # What the first part has, and others use.
        shared = {name: Output(split.FIRST, name) for name in template_of(one)["Resources"]}
        for name in split.names():
            of_part = given if name == split.FIRST else given | shared
            found.append(Stack(name, one["template"], chosen, of_part, is_part=True))
    return found


def template_of(listed: dict) -> dict:
    return yaml.load((ROOT / listed["template"]).read_text(), Tagged)


EXAMPLE = yaml.safe_load((ROOT / "infra/stages/example.yaml").read_text())

# In the order in which they are made.
STACKS = _stacks(EXAMPLE, "konnect", MADE)

# The gateway without Konnect, in the place of the one above.
WITHOUT_KONNECT = [
    stack
    for stack in _stacks(EXAMPLE, "file", MADE | MADE_WITHOUT_KONNECT)
    if stack.name in ("gateway-config", "kong")
]


def saga_definition() -> dict:
    """The state machine, which SAM takes from its own file."""
    return json.loads((ROOT / "functions/saga/gacha-saga.asl.json").read_text())

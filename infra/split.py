#!/usr/bin/env python3
"""Divides the functions among stacks, because CloudFormation takes 500 resources in one.

    infra/split.py < packaged.yaml        the parts, as JSON

template.yaml stays one file, and a release is one file too; only what CloudFormation
gets is divided. infra/stacks.yaml says which folders of functions make which part. What
is no function goes with the functions that it names, and into the first part if it
names none. Each part has the parameters that it uses.

The first part has what all share. Others refer to it by `Ref` alone: the resource is an
output of the first part, and a parameter of the other one, under its own name. So
`joined` needs no more than to put parts together.
"""

from __future__ import annotations

import functools
import json
import pathlib
import re
import sys

import yaml
from cloudformation import Tagged, names_in

ROOT = pathlib.Path(__file__).resolve().parents[1]

FIRST = "functions"
FUNCTION = "AWS::Serverless::Function"

# What a template may have. Anything else would be lost.
KNOWN = frozenset(
    "AWSTemplateFormatVersion Conditions Description Globals Metadata Outputs Parameters"
    " Resources Transform".split()
)


@functools.cache
def folders() -> dict[str, str]:
    """The part of each folder that is listed."""
    listed = yaml.safe_load((ROOT / "infra/stacks.yaml").read_text())
    return next(one["parts"] for one in listed if one["name"] == FIRST)


def names() -> list[str]:
    """Every part, the first one first."""
    return list(dict.fromkeys([FIRST, *folders().values()]))


def of_sources(document: dict) -> dict[str, str]:
    """The part of each function that is not in the first one, by the folder of its code."""
    found, listed = {}, folders()
    for name, block in document["Resources"].items():
        if block["Type"] == FUNCTION:
            source = pathlib.PurePosixPath(block["Properties"]["CodeUri"])
            above = [str(one) for one in (source, *source.parents) if str(one) in listed]
            # The nearest one counts.
            if above and listed[above[0]] != FIRST:
                found[name] = listed[above[0]]
    return found


def resource(document: dict, name: str) -> str | None:
    """The resource of template.yaml behind a name: Draw of Draw.Alias, and GetUser of
    the GetUserUrl that SAM makes."""
    known, name = document["Resources"], name.split(".")[0]
    for one in (name, name.removesuffix("Url")):
        if one in known:
            return one
    return None


def named(document: dict, value: object) -> set[str]:
    """The resources that a part of a template names."""
    wanted = value.get("DependsOn", []) if isinstance(value, dict) else []
    of_order = {wanted} if isinstance(wanted, str) else set(wanted)
    return {resource(document, name) for name in names_in(value) | of_order} - {None}


def owners(document: dict) -> dict[str, str]:
    """The part that each resource is in."""
    parts = document.get("Metadata", {}).get("Parts") or of_sources(document)
    resources = document["Resources"]
    found = {
        name: parts.get(name, FIRST)
        for name, block in resources.items()
        if block["Type"] == FUNCTION
    }
    functions = dict(found)
    for name, block in resources.items():
        if name not in functions:
            of = {functions[one] for one in named(document, block) if one in functions}
            found[name] = of.pop() if len(of) == 1 else FIRST
    return found


def used_by(document: dict, part: dict) -> set[str]:
    """All names that a part uses, directly or by conditions."""
    used, waiting = set(), names_in(part) | conditions_of(part)
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            waiting |= names_in(document.get("Conditions", {}).get(name, {}))
    return used


def conditions_of(part: dict) -> set[str]:
    """The conditions of whole resources and outputs."""
    both = [*part["Resources"].values(), *part["Outputs"].values()]
    return {one["Condition"] for one in both if "Condition" in one}


def divided(document: dict) -> dict[str, dict]:
    """The templates of all parts, the first one first."""
    if unknown := document.keys() - KNOWN:
        sys.exit(f"error: infra/split.py does not know {', '.join(sorted(unknown))}")
    of = owners(document)
    parts = {}
    for part in dict.fromkeys([FIRST, *of.values()]):
        parts[part] = {
            "Globals": document.get("Globals", {}),
            "Resources": {name: one for name, one in document["Resources"].items() if of[name] == part},
            "Outputs": {
                name: one
                for name, one in document.get("Outputs", {}).items()
                if {of[it] for it in named(document, one)} <= {part}
                and (part == FIRST or named(document, one))
            },
        }
    used = {part: used_by(document, body) for part, body in parts.items()}
    shared: set[str] = set()
    for part, body in parts.items():
        elsewhere = {
            name: resource(document, name)
            for name in used[part]
            if (it := resource(document, name)) and of[it] != part
        }
        for name, it in elsewhere.items():
            if part == FIRST or of[it] != FIRST or name != it or has_attribute(body, name):
                sys.exit(
                    f"error: the stack {part} uses {name} of the stack {of[it]}: only a Ref of "
                    f"what the stack {FIRST} has can be given to another stack"
                )
        parameters = document.get("Parameters", {})
        mine = {name: one for name, one in parameters.items() if name in used[part]}
        if part == FIRST:
            # What nobody uses stays visible.
            everybodys = set().union(*used.values())
            mine = {n: one for n, one in parameters.items() if n in mine or n not in everybodys}
        given = {name: {"Type": "String"} for name in sorted(elsewhere)}
        shared |= given.keys()
        conditions = document.get("Conditions", {})
        body |= {
            "Parameters": mine | given,
            "Conditions": {name: one for name, one in conditions.items() if name in used[part]},
        }
        for name in ("AWSTemplateFormatVersion", "Transform", "Description"):
            if name in document:
                body[name] = document[name]
    parts[FIRST]["Outputs"] |= {name: {"Value": {"Ref": name}} for name in sorted(shared)}
    return {part: {key: one for key, one in body.items() if one} for part, body in parts.items()}


def has_attribute(value: object, name: str) -> bool:
    """Whether a value uses an attribute of a resource, which a parameter does not have."""
    if isinstance(value, list):
        return any(has_attribute(one, name) for one in value)
    if isinstance(value, dict):
        attribute = value.get("Fn::GetAtt")
        if isinstance(attribute, list) and attribute[0] == name:
            return True
        return any(has_attribute(one, name) for one in value.values())
    return isinstance(value, str) and re.search(rf"\$\{{{name}\.", value) is not None


def joined(parts: dict[str, dict]) -> dict:
    """What `divided` made of a template, as one again."""
    whole = dict(parts[FIRST])
    for key in ("Parameters", "Conditions", "Resources", "Outputs"):
        whole[key] = {}
        for body in parts.values():
            whole[key] |= body.get(key, {})
    # What one part gives another.
    whole["Parameters"] = {
        name: one for name, one in whole["Parameters"].items() if name not in whole["Resources"]
    }
    whole["Metadata"] = {
        "Parts": {
            name: part
            for part, body in parts.items()
            if part != FIRST
            for name, block in body["Resources"].items()
            if block["Type"] == FUNCTION
        }
    }
    return whole


def main() -> int:
    document = yaml.load(sys.stdin.read(), Tagged)
    listed = []
    for part, body in divided(document).items():
        parameters = body.get("Parameters", {}).keys()
        given = parameters - document.get("Parameters", {}).keys()
        listed.append(
            {
                "name": part,
                "template": json.dumps(body, indent=1, sort_keys=True),
                "parameters": sorted(parameters - given),
                "given": sorted(given),
            }
        )
    json.dump(listed, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())

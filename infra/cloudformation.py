"""Reads CloudFormation's templates."""

from __future__ import annotations

import re

import yaml


# libyaml's, if PyYAML was built with it: a template of this size takes the other seconds.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Tagged(Loader):
    """Reads CloudFormation's short forms: !Ref x is {"Ref": "x"}, and so on."""


def _short_form(loader: yaml.Loader, suffix: str, node: yaml.Node) -> dict:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {name: value}


Tagged.add_multi_constructor("!", _short_form)
# A date in a template is a version, and text.
Tagged.yaml_implicit_resolvers = {
    first: [rule for rule in rules if rule[0] != "tag:yaml.org,2002:timestamp"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def names_in(value: object) -> set[str]:
    """Everything that an expression refers to: parameters, conditions and resources."""
    if isinstance(value, list):
        return set().union(*map(names_in, value)) if value else set()
    if not isinstance(value, dict):
        return set()
    found = set()
    for key, inner in value.items():
        if key in ("Ref", "Condition") and isinstance(inner, str):
            found.add(inner)
        elif key == "Fn::GetAtt":
            found.add(inner[0])
        elif key == "Fn::Sub":
            pattern, own = inner if isinstance(inner, list) else (inner, {})
            found |= set(re.findall(r"\$\{([A-Za-z0-9:]+)", pattern)) - set(own)
            found |= names_in(own)
        elif key == "Fn::If":
            found |= {inner[0]} | names_in(inner[1:])
        else:
            found |= names_in(inner)
    return found

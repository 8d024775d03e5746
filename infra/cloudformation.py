"""Reads CloudFormation's templates."""

from __future__ import annotations

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

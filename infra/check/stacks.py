"""Every stack of an installation: its template, and where each parameter comes from.

This is the one list of it. The dry deployment (deploy.py) follows it, the set-up page
and the pipelines are compared with it (test_agreement.py).
"""

from __future__ import annotations

import json
import pathlib
from dataclasses import dataclass, field

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Tagged(yaml.SafeLoader):
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


@dataclass(frozen=True)
class Output:
    """A parameter that is the output of another stack."""

    stack: str
    name: str


@dataclass(frozen=True)
class Stack:
    """One stack, named tenjo-<stage> and its own name."""

    name: str
    template: str
    # What an operator decides, with a value for the dry deployment.
    chosen: dict[str, str] = field(default_factory=dict)
    # What another stack says.
    given: dict[str, Output] = field(default_factory=dict)
    # What is left at its default by everybody who has no reason to change it.
    left: frozenset[str] = frozenset()

    def document(self) -> dict:
        return yaml.load((ROOT / self.template).read_text(), Tagged)

    def full_name(self, stage: str) -> str:
        return f"tenjo-{stage}-{self.name}" if self.name else f"tenjo-{stage}"


def out(stack: str, name: str) -> Output:
    return Output(stack, name)


NETWORK_OF_GATEWAY = {
    "VpcId": out("network", "VpcId"),
    "VpcCidr": out("network", "VpcCidr"),
    "PublicSubnetIds": out("network", "PublicSubnetIds"),
    "PrivateSubnetIds": out("network", "PrivateSubnetIds"),
}
DEFAULTS_OF_GATEWAY = frozenset(
    "Image ImageRepositoryArn MinTasks MaxTasks RequestsPerAddress LoginsPerAddress"
    " LogRetentionDays".split()
)

# In the order in which they are made.
STACKS = [
    Stack(
        "github",
        "infra/github-oidc.yaml",
        chosen={"Repository": "studio/game"},
        left=frozenset(["Branch", "Environment", "ProviderArn"]),
    ),
    Stack("alarm-topic", "infra/alarm-topic.yaml", chosen={"AlarmEmail": "on-call@example.com"}),
    Stack("network", "infra/network.yaml", left=frozenset(["Octet", "LogRetentionDays"])),
    Stack(
        "",
        "template.yaml",
        chosen={
            "Release": "1790000000",
            "TokenIssuer": "https://api.example.com",
            "TokenSigningKid": "k1",
            "ReceiptSigningKid": "r1",
        },
        given={
            "AlarmTopicArn": out("alarm-topic", "AlarmTopicArn"),
            "SubnetIds": out("network", "PrivateSubnetIds"),
            "SecurityGroupIds": out("network", "FunctionSecurityGroupId"),
        },
        left=frozenset(
            "StartingFreeGems StartingPaidGems LargestStartingFreeGems"
            " LargestStartingPaidGems DatabaseCa DrawsPerMinute"
            " ExchangesPerMinute GuestsPerNetworkHour RouteConcurrency StepConcurrency"
            " RequestDrawConcurrency SeedPeriodSeconds"
            " SeedGraceSeconds LogFilter LogFormat LogRetentionDays".split()
        ),
    ),
    Stack(
        "kong",
        "infra/kong.yaml",
        chosen={
            "DomainName": "api.example.com",
            "HostedZoneId": "Z0000000000000",
            "CertificateArn": "",
            "ControlPlaneHost": "0123abcd.eu.cp0.konghq.com",
            "TelemetryHost": "0123abcd.eu.tp0.konghq.com",
            "RateLimitStore": "redis",
        },
        given=NETWORK_OF_GATEWAY,
        left=DEFAULTS_OF_GATEWAY | {"ConfigBucket", "ConfigKey"},
    ),
    Stack(
        "observability",
        "infra/observability.yaml",
        given={
            "AlarmTopicArn": out("alarm-topic", "AlarmTopicArn"),
            "LoadBalancerFullName": out("kong", "LoadBalancerFullName"),
            "TargetGroupFullName": out("kong", "TargetGroupFullName"),
            "ClusterName": out("kong", "ClusterName"),
            "ServiceName": out("kong", "ServiceName"),
            "NatGatewayId": out("network", "NatGatewayId"),
            "GachaSagaArn": out("", "GachaSagaArn"),
            "OpsTableName": out("", "OpsTableName"),
        },
        left=frozenset(["MaxTasks"]),
    ),
]

# The gateway without Konnect, in the place of the one above.
WITHOUT_KONNECT = [
    Stack("gateway-config", "infra/gateway-config.yaml"),
    Stack(
        "kong",
        "infra/kong.yaml",
        chosen={
            "DomainName": "api.example.com",
            "HostedZoneId": "",
            "CertificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/0",
            "ConfigKey": "kong-0123.yaml",
        },
        given=NETWORK_OF_GATEWAY | {"ConfigBucket": out("gateway-config", "ConfigBucket")},
        left=DEFAULTS_OF_GATEWAY | {"ControlPlaneHost", "TelemetryHost", "RateLimitStore"},
    ),
]


def saga_definition() -> dict:
    """The state machine, which SAM takes from its own file."""
    return json.loads((ROOT / "functions/saga/gacha-saga.asl.json").read_text())

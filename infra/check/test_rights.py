"""The role of CloudFormation may do what AWS's own schemas say that it does for each type
of resource in the stacks. moto checks no rights, so nothing else finds one that lacks.

A schema names the calls of its handlers, also those for properties that nobody sets.
UNUSED says why such a call is not needed. Which resources a right is limited to is not
checked here.
"""

from __future__ import annotations

import fnmatch
import json
import logging
import unittest

import deploy
import yaml
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from deploy import REGION
from moto import mock_aws
from stacks import ROOT, STACKS, WITHOUT_KONNECT, Tagged

logging.getLogger("samtranslator").setLevel(logging.ERROR)

# CloudFormation calls these for a resource of a stack. `list` is for other tools.
HANDLERS = ("create", "read", "update", "delete")

# Of a type, which calls are not needed, and why.
UNUSED: dict[str, dict[str, str]] = {
    "AWS::CertificateManager::Certificate": {"acm-pca:*": "no private authority signs"},
    "AWS::DynamoDB::Table": {
        "kinesis:*": "no stream goes to Kinesis",
        "kms:*": "the table has AWS's own key",
    },
    "AWS::EC2::FlowLog": {"autoscaling:*": "it is of a VPC"},
    "AWS::EC2::VPCEndpoint": {
        "vpc-lattice:*": "no endpoint is of a service network",
        "vpce:AllowMultiRegion": "all services are in the same region",
    },
    "AWS::ECS::Cluster": {"kms:*": "no storage of a cluster has a key of ours"},
    "AWS::ElastiCache::ReplicationGroup": {
        "firehose:*": "its logs go nowhere",
        "kms:*": "it has AWS's own key",
    },
    "AWS::ElasticLoadBalancingV2::Listener": {"cognito-idp:*": "no listener logs anybody in"},
    "AWS::IAM::ManagedPolicy": {
        "iam:*GroupPolicy": "policies are attached to roles",
        "iam:*UserPolicy": "policies are attached to roles",
    },
    "AWS::IAM::Role": {"iam:*RolePermissionsBoundary": "no role has a boundary"},
    "AWS::KMS::Key": {"kms:ScheduleKeyDeletion": "it is retained: without it seeds are lost"},
    "AWS::Lambda::Function": {
        "elasticfilesystem:*": "no function has a file system",
        "s3files:*": "no function has a file system",
        "kms:*": "variables and programs have AWS's own keys",
    },
    "AWS::Logs::LogGroup": {"firehose:*": "no log goes to Firehose"},
    "AWS::S3::Bucket": {"s3tables:*": "no bucket has tables of metadata"},
    "AWS::StepFunctions::StateMachine": {"kms:*": "it has AWS's own key"},
    "AWS::WAFv2::LoggingConfiguration": {
        "firehose:*": "its log goes to CloudWatch",
        "iam:DescribeOrganization": "the account's own rules alone",
    },
    "AWS::WAFv2::WebACL": {"payments:*": "no rule is bought"},
    "AWS::WAFv2::WebACLAssociation": {
        f"{service}:*": "it protects a load balancer"
        for service in (
            "amplify apigateway apprunner appsync bedrock-agentcore cognito-idp".split()
        )
    },
}


@mock_aws
def kinds() -> set[str]:
    """Every type of resource that pipelines deploy. They do not deploy their own roles."""
    found = set()
    for stack in STACKS + WITHOUT_KONNECT:
        if stack.name != "github":
            values = {name: str(value) for name, value in stack.chosen.items()}
            values |= dict.fromkeys(stack.given, "x") | {"Stage": "dry"}
            resources = deploy.transformed(stack.document(), values)["Resources"]
            found |= {resource["Type"] for resource in resources.values()}
    return found


def allowed() -> list[str]:
    """What the role may do, as patterns."""
    template = yaml.load((ROOT / "infra/github-oidc.yaml").read_text(), Tagged)
    found = []
    for policy in template["Resources"]["Stacks"]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Allow":
                actions = statement["Action"]
                found += [actions] if isinstance(actions, str) else actions
    return found


def called(kind: str) -> set[str]:
    """The calls that CloudFormation makes for a type."""
    handlers = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, kind).schema["handlers"]
    return {
        action
        for name in HANDLERS
        for action in handlers.get(name, {}).get("permissions", [])
    }


def is_in(action: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


def lacking(patterns: list[str]) -> dict[str, list[str]]:
    """The calls for each type that none of the patterns allows, and that are needed."""
    found = {}
    for kind in kinds():
        unused = list(UNUSED.get(kind, {}))
        missing = [one for one in called(kind) if not is_in(one, patterns + unused)]
        if missing:
            found[kind] = sorted(missing)
    return found


class Rights(unittest.TestCase):
    maxDiff = None

    def test_the_role_of_the_stacks_may_do_all_that_their_resources_need(self) -> None:
        self.assertEqual(lacking(allowed()), {})

    def test_a_right_that_is_taken_away_is_missed(self) -> None:
        for taken in ("kms:CreateKey", "iam:UpdateRole", "route53:ListHostedZones", "wafv2:*"):
            with self.subTest(taken=taken):
                left = [one for one in allowed() if one != taken]
                self.assertNotEqual(left, allowed())
                self.assertNotEqual(lacking(left), {})

    def test_no_exception_is_left_of_something_that_changed(self) -> None:
        used = kinds()
        for kind, exceptions in UNUSED.items():
            self.assertIn(kind, used)
            for pattern in exceptions:
                self.assertTrue(any(is_in(one, [pattern]) for one in called(kind)), (kind, pattern))
                self.assertFalse(is_in(pattern.replace("*", "X"), allowed()), (kind, pattern))

    def test_the_role_cannot_use_or_delete_the_key_of_the_seeds(self) -> None:
        for action in ("kms:Decrypt", "kms:Encrypt", "kms:CreateGrant", "kms:ScheduleKeyDeletion"):
            self.assertFalse(is_in(action, allowed()), action)
        self.assertNotIn('"kms:*"', json.dumps(allowed()))


if __name__ == "__main__":
    unittest.main()

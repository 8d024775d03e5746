"""Transforms template.yaml as SAM does, and deploys every stack to moto. What a stack has
after the transform must be no more than CloudFormation takes.

moto knows many resources of CloudFormation and not all. UNKNOWN lists the types that
it does not know, with what checks them instead. Resources of these types are left out,
and references to them get made-up values. The run prints each of them with its type and
reason. It fails if moto knows a type of the list, so that the list does not grow old,
and if it does not make a resource of a type that is not in it.
"""

from __future__ import annotations

import dataclasses
import io
import json
import logging
import os
import re
import sys
import warnings
import zipfile

REGION = "eu-central-1"
for name, value in {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": REGION,
}.items():
    os.environ[name] = value

import boto3  # noqa: E402
import quick_moto  # noqa: E402, F401
import yaml  # noqa: E402
from moto import mock_aws  # noqa: E402
from moto.cloudformation.parsing import resource_class_from_type  # noqa: E402
from samtranslator.parser.parser import Parser  # noqa: E402
from samtranslator.translator.translator import Translator  # noqa: E402
from stacks import STACKS, WITHOUT_KONNECT, Stack, Tagged, saga_definition  # noqa: E402

STAGE = "dry"

# What checks them, beside cfn-lint, which compares the properties of all of them with
# AWS's own schemas.
NOTHING = "cfn-lint alone"
UNKNOWN: dict[str, str] = {
    "AWS::ApplicationAutoScaling::ScalableTarget": NOTHING,
    "AWS::ApplicationAutoScaling::ScalingPolicy": NOTHING,
    "AWS::CertificateManager::Certificate": NOTHING,
    "AWS::CloudWatch::Alarm": "test_agreement.py: names, metrics and runbook lines",
    "AWS::CodeDeploy::Application": "test_release.py, by SAM's transform",
    "AWS::CodeDeploy::DeploymentGroup": "test_release.py: which functions, which alarms",
    "AWS::EC2::VPCCidrBlock": NOTHING,
    "AWS::ElastiCache::ReplicationGroup": NOTHING,
    "AWS::ElastiCache::SubnetGroup": NOTHING,
    "AWS::IAM::OIDCProvider": NOTHING,
    "AWS::Lambda::Alias": "its function, which stands for it here",
    "AWS::Lambda::Url": "the stack on one machine, which serves each",
    "AWS::Logs::MetricFilter": NOTHING,
    "AWS::S3::BucketPolicy": NOTHING,
    "AWS::Scheduler::Schedule": "the stack on one machine, which calls the same functions",
    "AWS::WAFv2::IPSet": NOTHING,
    "AWS::WAFv2::LoggingConfiguration": NOTHING,
    "AWS::WAFv2::WebACL": NOTHING,
    "AWS::WAFv2::WebACLAssociation": NOTHING,
}

# Properties that are taken away first.
UNKNOWN_PROPERTIES = {
    ("AWS::EC2::Subnet", "Ipv6CidrBlock"): "moto has no Fn::Cidr; cfn-lint checks its form",
}

# Attributes of resources that it makes. They get made-up values too.
UNKNOWN_ATTRIBUTES = {
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "CanonicalHostedZoneID"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerFullName"),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "TargetGroupFullName"),
}


def transformed(document: dict, parameters: dict[str, str]) -> dict:
    """The template as CloudFormation gets it after the transform."""
    for resource in document["Resources"].values():
        for kind, name in UNKNOWN_PROPERTIES:
            if resource["Type"] == kind:
                resource["Properties"].pop(name, None)
    if "Transform" not in document:
        return document
    for resource in document["Resources"].values():
        properties = resource.get("Properties", {})
        is_function = resource["Type"] == "AWS::Serverless::Function"
        if is_function and not properties["CodeUri"].startswith("s3://"):
            properties["CodeUri"] = {"Bucket": "artifacts", "Key": "function.zip"}
        if resource["Type"] == "AWS::Serverless::StateMachine":
            del properties["DefinitionUri"]
            properties["Definition"] = saga_definition()
    translator = Translator({}, Parser(), boto_session=boto3.Session(region_name=REGION))
    return translator.translate(document, parameter_values=parameters)


# What CloudFormation takes in one stack, and how many resources are enough for one, so
# that there is room for what is added before somebody divides it again.
MOST = {"Resources": 500, "Outputs": 200, "Parameters": 200}
LARGEST_TEMPLATE = 1_000_000
ENOUGH_RESOURCES = 400


def beyond_limits(document: dict) -> list[str]:
    """In what a template, after the transform, is more than CloudFormation takes."""
    found = []
    for part, most in MOST.items():
        count, most = len(document.get(part, {})), min(most, ENOUGH_RESOURCES)
        if count > most:
            found.append(f"has {count} {part.lower()}, and {most} are enough for one stack")
    size = len(json.dumps(document))
    if size > LARGEST_TEMPLATE:
        found.append(f"has a template of {size} bytes, and CloudFormation takes {LARGEST_TEMPLATE}")
    return found


# Of all names and values of a function's variables.
MOST_VARIABLES = 4_096
# As large as the certificates of a private authority may be, which is more than they are.
CERTIFICATES = 3_000


def variables_of(document: dict, parameters: dict[str, str]) -> dict[str, int]:
    """How many bytes the variables of each function have, in a template whose conditions
    are applied. What AWS gives a name or ARN counts as 200."""
    declared = document.get("Parameters", {})

    def value(name: str) -> str:
        default = declared.get(name, {}).get("Default", "x" * 200)
        return parameters.get(name, str(default))

    def text(given: object) -> str:
        if not isinstance(given, dict):
            return str(given)
        if "Ref" in given:
            return value(given["Ref"])
        if "{{resolve:ssm:" in (pattern := str(given.get("Fn::Sub", ""))):
            return "x" * CERTIFICATES
        return re.sub(r"\$\{(\w+)\}", lambda it: value(it[1]), pattern or "x" * 200)

    found = {}
    for resource in document["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            properties = resource["Properties"]
            pairs = properties["Environment"]["Variables"].items()
            name = text(properties["FunctionName"])
            found[name] = sum(len(one) + len(text(given)) for one, given in pairs)
    return found


def upload_program() -> None:
    """Puts an archive where the functions expect their programs; moto looks for it."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("bootstrap", "#!/bin/false\n")
    storage = boto3.client("s3")
    storage.create_bucket(
        Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    storage.put_object(Bucket="artifacts", Key="function.zip", Body=archive.getvalue())


NO_VALUE = {"Ref": "AWS::NoValue"}


def decided(document: dict, parameters: dict[str, str]) -> dict:
    """The template with its conditions applied. moto leaves AWS::NoValue in lists, and
    ignores Rules; those that do not hold are errors here."""
    values = {
        name: str(parameters.get(name, declared.get("Default", "")))
        for name, declared in document.get("Parameters", {}).items()
    }
    conditions = document.get("Conditions", {})

    def holds(test: dict) -> bool:
        (kind, operands), *_ = test.items()
        if kind == "Condition":
            return holds(conditions[operands])
        if kind == "Fn::Equals":
            left, right = (text(operand) for operand in operands)
            return left == right
        results = [holds(operand) for operand in operands]
        return {"Fn::Not": not results[0], "Fn::And": all(results), "Fn::Or": any(results)}[kind]

    def text(operand: object) -> str:
        if isinstance(operand, dict) and "Ref" in operand:
            return values[operand["Ref"]]
        if isinstance(operand, dict) and "Fn::Join" in operand:
            between, of = operand["Fn::Join"]
            return between.join(text(of).split(","))
        return str(operand)

    def chosen(value: object) -> object:
        if isinstance(value, list):
            return [one for one in (chosen(each) for each in value) if one != NO_VALUE]
        if not isinstance(value, dict):
            return value
        if "Fn::If" in value:
            condition, then, otherwise = value["Fn::If"]
            return chosen(then if holds(conditions[condition]) else otherwise)
        pairs = ((name, chosen(one)) for name, one in value.items())
        return {name: one for name, one in pairs if one != NO_VALUE}

    for rule in document.pop("Rules", {}).values():
        if holds(rule.get("RuleCondition", {"Fn::Equals": ["", ""]})):
            for assertion in rule["Assertions"]:
                if not holds(assertion["Assert"]):
                    raise ValueError(assertion["AssertDescription"])
    for part in ("Resources", "Outputs"):
        document[part] = {
            name: chosen(one)
            for name, one in document.get(part, {}).items()
            if "Condition" not in one or holds(conditions[one["Condition"]])
        }
        for one in document[part].values():
            one.pop("Condition", None)
    return document


def certificate() -> str:
    """A certificate that moto's load balancer accepts."""
    return boto3.client("acm").request_certificate(DomainName="api.example.com")["CertificateArn"]


def without_unknown(document: dict) -> dict:
    """The template without what moto does not know."""
    resources = document["Resources"]
    unknown = {name for name, resource in resources.items() if resource["Type"] in UNKNOWN}

    def cleaned(value: object) -> object:
        if isinstance(value, list):
            return [cleaned(one) for one in value]
        if not isinstance(value, dict):
            return value
        if value.get("Ref") in unknown:
            of = resources[value["Ref"]]
            # A right to an alias is then one to its function.
            if of["Type"] == "AWS::Lambda::Alias":
                return {"Fn::GetAtt": [of["Properties"]["FunctionName"]["Ref"], "Arn"]}
            if of["Type"] == "AWS::CertificateManager::Certificate":
                return certificate()
            return f"made-up-{value['Ref']}"
        attribute = value.get("Fn::GetAtt")
        is_known = attribute and attribute[0] not in unknown
        if is_known and attribute[0] in resources:
            kind = resources[attribute[0]]["Type"]
            is_known = (kind, attribute[1]) not in UNKNOWN_ATTRIBUTES
        if attribute and not is_known:
            made_up = "-".join(attribute).lower()
            is_url = attribute[-1] == "FunctionUrl"
            return f"https://{made_up}.lambda-url.{REGION}.on.aws/" if is_url else made_up
        return {name: cleaned(one) for name, one in value.items()}

    kept = {name: resource for name, resource in resources.items() if name not in unknown}
    for resource in kept.values():
        wanted = resource.get("DependsOn", [])
        wanted = [wanted] if isinstance(wanted, str) else wanted
        if wanted:
            resource["DependsOn"] = [name for name in wanted if name not in unknown]
    return cleaned({**document, "Resources": kept})


def stand_in(text: str, parameters: dict[str, str]) -> dict:
    """What moto can be given in the place of a template; ValueError if a rule of the
    template does not hold."""
    document = transformed(yaml.load(text, Tagged), parameters)
    return without_unknown(decided(document, parameters))


@dataclasses.dataclass
class Deployment:
    """What became of a stack."""

    made: int
    # Those that moto does not know, by type.
    left_out: dict[str, list[str]]
    problems: list[str]


def deploy(stack: Stack, outputs: dict) -> Deployment:
    """Deploys one stack."""
    declared = stack.document().get("Parameters", {})
    parameters = {name: str(value) for name, value in stack.chosen.items() if name in declared}
    parameters["Stage"] = STAGE
    # Of the two stores of counts, the one with more parts.
    if "RateLimitStore" in declared and parameters["ControlPlaneHost"]:
        parameters["RateLimitStore"] = "redis"
    for name, source in stack.given.items():
        if name in declared:
            parameters[name] = outputs[source.stack][source.name]
    if parameters.get("CertificateArn"):
        parameters["CertificateArn"] = certificate()
    if parameters.get("HostedZoneId"):
        zone = boto3.client("route53").create_hosted_zone(Name="example.com", CallerReference="1")
        parameters["HostedZoneId"] = zone["HostedZone"]["Id"].removeprefix("/hostedzone/")
    of_aws = transformed(stack.document(), parameters)
    too_large = beyond_limits(of_aws)
    whole = decided(of_aws, parameters)
    document = without_unknown(whole)
    formation = boto3.client("cloudformation")
    full_name = stack.full_name(STAGE)
    formation.create_stack(
        StackName=full_name,
        TemplateBody=json.dumps(document),
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    )
    pages = formation.get_paginator("list_stack_resources").paginate(StackName=full_name)
    made = {one["LogicalResourceId"] for page in pages for one in page["StackResourceSummaries"]}
    status = formation.describe_stacks(StackName=full_name)["Stacks"][0]
    outputs[stack.name] = {
        output["OutputKey"]: output["OutputValue"] for output in status.get("Outputs", [])
    }

    problems = [f"{full_name} {problem}" for problem in too_large]
    for name in document["Outputs"].keys() - outputs[stack.name].keys():
        problems.append(f"moto does not know the output {name} of {full_name}")
        outputs[stack.name][name] = "missing"
    if status["StackStatus"] != "CREATE_COMPLETE":
        problems.append(f"{full_name} is {status['StackStatus']}")
    for logical_id, resource in document["Resources"].items():
        if logical_id not in made:
            problems.append(f"moto does not make {full_name}/{logical_id} ({resource['Type']})")
    left_out: dict[str, list[str]] = {}
    for logical_id, resource in whole["Resources"].items():
        if resource["Type"] in UNKNOWN:
            left_out.setdefault(resource["Type"], []).append(logical_id)
    return Deployment(len(made), left_out, problems)


@mock_aws
def main() -> int:
    problems = [
        f"moto knows {kind} now: take it from the list"
        for kind in UNKNOWN
        if resource_class_from_type(kind) is not None
    ]
    upload_program()
    outputs: dict = {}
    for title, stacks in (("with Konnect", STACKS), ("without Konnect", WITHOUT_KONNECT)):
        for stack in stacks:
            if title == "without Konnect" and stack.name == "kong":
                boto3.client("cloudformation").delete_stack(StackName=stack.full_name(STAGE))
            done = deploy(stack, outputs)
            problems += done.problems
            count = done.made + sum(len(names) for names in done.left_out.values())
            print(f"{title}: {stack.full_name(STAGE)}: moto made {done.made} of {count} resources")
            for kind, names in sorted(done.left_out.items()):
                print(f"  not {kind}; checked by {UNKNOWN[kind]}: {', '.join(names)}")
    for problem in problems:
        print("-", problem)
    return 1 if problems else 0


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    # moto writes a line for each type that it does not know.
    logging.disable(logging.CRITICAL)
    sys.exit(main())

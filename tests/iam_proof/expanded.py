"""The template as CloudFormation sees it: SAM's transform applied, and the intrinsic functions of policies resolved.

What CloudFormation would name at random (`STACK-LOGICALID-SUFFIX`) is named `STACK-LOGICALID` here; `canonical` does
the same to recorded names, so that both can be compared exactly.
"""

from __future__ import annotations

import copy
import os
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
STACK, REGION, ACCOUNT = "pilotage", "us-east-1", "123456789012"
_PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::StackName": STACK,
    "AWS::URLSuffix": "amazonaws.com",
}
_NAMED_BY = ("FunctionName", "StateMachineName", "QueueName", "TableName", "LogGroupName", "BucketName", "Name")
_ARN = {
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{{}}",
    "AWS::S3::Bucket": "arn:aws:s3:::{}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{}}:*",
    "AWS::StepFunctions::StateMachine": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{{}}",
    "AWS::Events::ApiDestination": f"arn:aws:events:{REGION}:{ACCOUNT}:api-destination/{{}}/id",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{}}",
}


def parsed() -> dict[str, Any]:
    """template.yaml as it is written."""
    template: dict[str, Any] = yaml_parse(TEMPLATE.read_text())
    return template


@cache
def _expanded() -> dict[str, Any]:
    template = parsed()
    template["Globals"]["Function"]["CodeUri"] = "s3://artifacts/functions.zip"  # as `sam package` writes it
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        for local in ("ContentUri", "DefinitionUri"):
            if local in properties:
                properties[local] = "s3://artifacts/packaged"
    with patch.dict(os.environ, {"AWS_DEFAULT_REGION": REGION}):  # the transform has no other way to be told
        return dict(transform(template, {}, _NoManagedPolicies()))


def expanded() -> dict[str, Any]:
    """Every resource as CloudFormation gets it."""
    return copy.deepcopy(_expanded())


class _NoManagedPolicies:
    """SAM asks AWS for names of managed policies; the template uses none, so the question would be a mistake."""

    def load(self) -> dict[str, str]:
        raise AssertionError("template.yaml names a managed policy: write its actions out")


def resources(kind: str, template: Mapping[str, Any] | None = None) -> dict[str, dict[str, Any]]:
    """Logical id -> resource, of one type."""
    found = (template or _expanded())["Resources"]
    return {name: resource for name, resource in found.items() if resource["Type"] == kind}


def policies(principal: str) -> list[dict[str, Any]]:
    """The policy documents of a function or of the state machine, by its logical id, intrinsic functions resolved."""
    resource = _expanded()["Resources"][principal]["Properties"]
    role = resource.get("Role") or resource["RoleArn"]
    inline = _expanded()["Resources"][role["Fn::GetAtt"][0]]["Properties"]["Policies"]
    return [resolved(policy["PolicyDocument"]) for policy in inline]


def principals() -> list[str]:
    return [*resources("AWS::Lambda::Function"), *resources("AWS::StepFunctions::StateMachine")]


def resolved(value: Any) -> Any:
    """The value with Ref, Fn::GetAtt, Fn::Sub and Fn::If worked out for the default parameters."""
    if isinstance(value, list):
        items = (resolved(item) for item in value)
        return [item for item in items if item is not None]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1:
        ((name, argument),) = value.items()
        if name in _INTRINSICS:
            return _INTRINSICS[name](argument)
    pairs = ((key, resolved(item)) for key, item in value.items())
    return {key: item for key, item in pairs if item is not None}


def canonical(recorded: str) -> str:
    """A recorded name or ARN, with the random suffixes of CloudFormation's names taken off."""
    ids = "|".join(name for name, resource in _expanded()["Resources"].items() if not _given_name(resource))
    return re.sub(rf"\b{STACK}-({ids})-[0-9A-Za-z]{{8,}}", _plain_name, recorded, flags=re.IGNORECASE)


def _plain_name(found: re.Match[str]) -> str:
    return f"{STACK}-{found.group(1)}"


def _ref(name: str) -> Any:
    if name == "AWS::NoValue":
        return None
    if name in _PSEUDO:
        return _PSEUDO[name]
    parameters = _expanded()["Parameters"]
    if name in parameters:
        return parameters[name]["Default"]
    resource = _expanded()["Resources"][name]
    if resource["Type"] == "AWS::StepFunctions::StateMachine":
        return _get_att([name, "Arn"])
    return _physical_name(name)


def _get_att(argument: list[str] | str) -> str:
    name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
    if attribute == "QueueName":
        return _physical_name(name)
    assert attribute == "Arn", f"Fn::GetAtt {name}.{attribute}"
    return _ARN[_expanded()["Resources"][name]["Type"]].format(_physical_name(name))


def _sub(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        name = found.group(1)
        return str(_get_att(name) if "." in name else _ref(name))

    return re.sub(r"\$\{([\w.:]+)\}", one, text)


def _if(argument: list[Any]) -> Any:
    condition, then, otherwise = argument
    return resolved(then if _holds(_expanded()["Conditions"][condition]) else otherwise)


def _holds(condition: Mapping[str, Any]) -> bool:
    if "Fn::Not" in condition:
        return not _holds(condition["Fn::Not"][0])
    left, right = (resolved(side) for side in condition["Fn::Equals"])
    return bool(left == right)


_INTRINSICS: dict[str, Callable[[Any], Any]] = {"Ref": _ref, "Fn::GetAtt": _get_att, "Fn::Sub": _sub, "Fn::If": _if}


def _given_name(resource: Mapping[str, Any]) -> Any:
    properties = resource.get("Properties", {})
    return next((properties[key] for key in _NAMED_BY if key in properties), None)


def _physical_name(logical_id: str) -> str:
    resource = _expanded()["Resources"][logical_id]
    given = _given_name(resource)
    if given is not None:
        return str(resolved(given))
    name = f"{STACK}-{logical_id}"
    return name.lower() if resource["Type"] == "AWS::S3::Bucket" else name

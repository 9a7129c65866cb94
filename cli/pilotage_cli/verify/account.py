"""Whose account this is, and whether it may be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from pilotage.errors import BadRequest

OURS = "ReleaseStateMachineArn"  # the output by which a stack of Pilotage is known


@dataclass(frozen=True, slots=True)
class Account:
    number: str
    region: str
    caller: str


def here() -> Account:
    """Raises BadRequest without a region, credentials, or an AWS that answers."""
    session = boto3.Session()
    region = session.region_name
    if not region:
        raise BadRequest("the region", None, "Set AWS_REGION to a region of the sandbox account, such as eu-west-1.")
    if region not in _regions(session):
        raise BadRequest("the region", region, "ECS is in no such region: set AWS_REGION to one, eu-west-1 say.")
    try:
        caller = session.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        remedy = "Sign in to a sandbox account: this needs AWS credentials that work."
        raise BadRequest("AWS credentials", str(error).rstrip("."), remedy) from error
    return Account(str(caller["Account"]), region, str(caller["Arn"]))


def refuse_another_pilotage() -> None:
    """Its rules would take our pushes for its own: there is one stack of Pilotage in an account and region.

    Raises BadRequest.
    """
    pages = boto3.client("cloudformation").get_paginator("describe_stacks").paginate()
    for stack in (stack for page in pages for stack in page["Stacks"]):
        if any(output["OutputKey"] == OURS for output in stack.get("Outputs", ())):
            remedy = "That is a stack of Pilotage, and it would release our pushes, too: use another account or region."
            raise BadRequest("the stack", stack["StackName"], remedy)


def client(service: str) -> Any:
    """A client of the service, by the environment's credentials, region and endpoint."""
    sdk: Any = boto3
    return sdk.client(service)


def _regions(session: Any) -> set[str]:
    return {name for part in session.get_available_partitions() for name in session.get_available_regions("ecs", part)}

"""Where a command finds its stack: the outputs of the CloudFormation stack name what the functions are told by their
environment, so a terminal works with the very same settings.
"""

from __future__ import annotations

from typing import Annotated

import boto3
import typer
from botocore.exceptions import BotoCoreError, ClientError
from pilotage.aws.clients import Clients
from pilotage.bootstrap import World
from pilotage.errors import BadRequest
from pilotage.settings import Settings

StackOption = Annotated[
    str, typer.Option("--stack", envvar="PILOTAGE_STACK", help="Name of the CloudFormation stack of Pilotage.")
]
EnvironmentOption = Annotated[
    str | None, typer.Option("--environment", "-e", help="Environment; default: the stack's default environment.")
]
DEFAULT_STACK = "pilotage"


def world(stack: str) -> World:
    """The adapters of a deployed stack. Raises BadRequest when AWS or the stack cannot be reached."""
    return World(settings(stack), Clients())


def settings(stack: str) -> Settings:
    try:
        answer = boto3.client("cloudformation").describe_stacks(StackName=stack)
    except ClientError as error:
        remedy = "Name another with --stack, or deploy it; for the embedded AWS, first: eval $(pilotage local env)"
        raise BadRequest("stack", stack, f"{error.response['Error']['Message']} {remedy}.") from error
    except BotoCoreError as error:
        remedy = "Set AWS credentials and a region; for the embedded AWS: eval $(pilotage local env)"
        raise BadRequest("AWS", str(error), f"{remedy}.") from error
    outputs = {each["OutputKey"]: each["OutputValue"] for each in answer["Stacks"][0].get("Outputs", [])}
    return Settings.read(
        {
            "PILOTAGE_TABLE": outputs.get("TableName", ""),
            "PILOTAGE_POLICY_BUCKET": outputs.get("PolicyBucketName", ""),
            "PILOTAGE_STATE_MACHINE": outputs.get("ReleaseStateMachineArn", ""),
            "PILOTAGE_DEFAULT_ENVIRONMENT": outputs.get("DefaultEnvironment", ""),
        }
    )

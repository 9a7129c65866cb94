"""Where a command finds its stack: the outputs of the CloudFormation stack name what the functions are told by their
environment, so a terminal works with the very same settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from pilotage.aws.clients import Clients
from pilotage.aws.errors import code_of, translated
from pilotage.bootstrap import World
from pilotage.errors import BadRequest, PilotageError
from pilotage.settings import Settings

StackOption = Annotated[
    str,
    typer.Option(
        "--stack", envvar="PILOTAGE_STACK", metavar="NAME", help="Name of the CloudFormation stack of Pilotage."
    ),
]
EnvironmentOption = Annotated[
    str | None,
    typer.Option("--environment", "-e", metavar="NAME", help="Environment; default: the stack's default environment."),
]
DEFAULT_STACK = "pilotage"
EMBEDDED = "for the embedded AWS: eval $(pilotage local env)"
# A person waits for the answer: one who has mistyped an endpoint should not wait for a minute.
_CONFIG = Config(connect_timeout=3, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 2})
# The codes under which AWS's services refuse credentials ("Common error types" of the API references).
_CREDENTIALS = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
        "AuthFailure",
    }
)


def world(stack: str) -> World:
    """The adapters of a deployed stack. Raises BadRequest when AWS or the stack cannot be reached."""
    return World(settings(stack), Clients())


def settings(stack: str) -> Settings:
    """Raises BadRequest for what a person can mend: credentials, region, endpoint, the stack's name."""
    return settings_of(stack, outputs(stack))


def outputs(stack: str) -> Mapping[str, str]:
    """The outputs of the stack, by name. Raises BadRequest like `settings`."""
    import boto3  # noqa: PLC0415 - a quarter of a second that only asking AWS pays

    try:
        answer = boto3.client("cloudformation", config=_CONFIG).describe_stacks(StackName=stack)
    except ClientError as error:
        raise _refused(stack, error) from error
    except BotoCoreError as error:
        raise BadRequest("AWS", str(error), f"Set credentials, a region and an endpoint; {EMBEDDED}.") from error
    except ValueError as error:  # an endpoint that is no URL
        raise BadRequest("AWS_ENDPOINT_URL", str(error), f"Write it as http://HOST:PORT; {EMBEDDED}.") from error
    return {each["OutputKey"]: each["OutputValue"] for each in answer["Stacks"][0].get("Outputs", [])}


def publish(bucket: str, key: str, body: bytes) -> str:
    """Put a JSON object; its version. Raises AccessDenied, Throttled, Unavailable and PilotageError."""
    import boto3  # noqa: PLC0415 - a quarter of a second that only asking AWS pays

    with translated("s3:PutObject"):
        answer: Mapping[str, Any] = boto3.client("s3", config=_CONFIG).put_object(
            Bucket=bucket, Key=key, Body=body, ContentType="application/json"
        )
    return str(answer.get("VersionId", "unversioned"))


def environment_of(here: World, named: str | None) -> str:
    """The environment that was asked for, or the stack's default. Raises BadPolicy for one that has no policy."""
    environment = named or here.settings.default_environment
    here.policies.current(environment)
    return environment


def _refused(stack: str, error: ClientError) -> PilotageError:
    said = error.response["Error"].get("Message", "").rstrip(".")
    if code_of(error) in _CREDENTIALS:
        return BadRequest("AWS credentials", said, f"They expired or are wrong: sign in again; {EMBEDDED}.")
    if code_of(error) == "ValidationError":
        return BadRequest("stack", stack, f"{said}. Name another with --stack, or deploy it; {EMBEDDED}.")
    return BadRequest("stack", stack, f"{code_of(error)}: {said}. It was cloudformation:DescribeStacks that asked.")


def settings_of(stack: str, outputs: Mapping[str, str]) -> Settings:
    """Raises BadRequest for a stack that is none of Pilotage."""
    missing = [name for name in ("TableName", "PolicyBucketName", "ReleaseStateMachineArn") if not outputs.get(name)]
    if missing:
        remedy = f"It has no output {missing[0]}, so it is no stack of Pilotage: name another with --stack."
        raise BadRequest("stack", stack, remedy)
    return Settings.read(
        {
            "PILOTAGE_TABLE": outputs["TableName"],
            "PILOTAGE_POLICY_BUCKET": outputs["PolicyBucketName"],
            "PILOTAGE_STATE_MACHINE": outputs["ReleaseStateMachineArn"],
            "PILOTAGE_DEFAULT_ENVIRONMENT": outputs.get("DefaultEnvironment", ""),
            "PILOTAGE_CHECK_FUNCTION": outputs.get("CheckFunctionArn", ""),
            "PILOTAGE_HOOK_ROLE": outputs.get("HookRoleArn", ""),
            "PILOTAGE_START_JOB_FUNCTION": outputs.get("StartJobFunctionArn", ""),
            "PILOTAGE_APPLY_ROLE": outputs.get("ApplyRoleArn", ""),
        }
    )

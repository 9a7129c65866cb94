"""`pilotage policy`: check an environment's policy before it is put where Pilotage reads it, and put it there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import boto3
import typer
from pilotage.errors import BadPolicy
from pilotage.policy import check_policy, read_policy

from pilotage_cli.documents import as_json_text
from pilotage_cli.output import Format, FormatOption, as_json, console
from pilotage_cli.world import DEFAULT_STACK, StackOption, settings

app = typer.Typer(help="Check and publish the policy of an environment.", no_args_is_help=True)
PolicyFile = Annotated[Path, typer.Argument(help="The policy: JSON, or YAML with the same keys.")]


@app.command()
def check(file: PolicyFile, style: FormatOption = Format.TABLE) -> None:
    """Say what is wrong with a policy, and what it leaves wide open. Exit code 2 when it would not be read."""
    text = as_json_text(file, BadPolicy)
    policy = read_policy(text, "unpublished")
    findings = check_policy(text)
    if style is Format.JSON:
        as_json({"environment": policy.environment, "findings": findings})
        return
    console.print(f"{file}: a policy for {policy.environment}, cluster {policy.cluster}", markup=False)
    for finding in findings:
        console.print(f"  note: {finding}", markup=False)


@app.command()
def put(file: PolicyFile, stack: StackOption = DEFAULT_STACK) -> None:
    """Publish a policy that passes the check. S3 keeps every version, and every plan names its own."""
    text = as_json_text(file, BadPolicy)
    policy = read_policy(text, "unpublished")
    bucket = settings(stack).policy_bucket
    key = f"policies/{policy.environment}.json"
    answer = boto3.client("s3").put_object(Bucket=bucket, Key=key, Body=text.encode(), ContentType="application/json")
    console.print(f"{policy.environment}: version {answer.get('VersionId', 'unversioned')}", markup=False)

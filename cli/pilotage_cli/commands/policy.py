"""`pilotage policy`: check an environment's policy before it is put where Pilotage reads it, and put it there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from pilotage.errors import BadPolicy
from pilotage.policy import check_policy, read_policy

from pilotage_cli.documents import as_json_text
from pilotage_cli.output import Format, FormatOption, as_json, console
from pilotage_cli.world import DEFAULT_STACK, StackOption, publish, settings

PolicyFile = Annotated[Path, typer.Argument(metavar="FILE", help="The policy: JSON, or YAML with the same keys.")]


def check(file: PolicyFile, style: FormatOption = Format.TABLE) -> None:
    """Say what is wrong with a policy, and what it leaves wide open. Exit code 2 when it would not be read.

    \b
    Example:
      pilotage policy check policy.dev.json
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    text = as_json_text(file, BadPolicy)
    policy = read_policy(text, "unpublished")
    findings = check_policy(text)
    if style is Format.JSON:
        as_json({"environment": policy.environment, "findings": findings})
        return
    console.print(f"{file}: good; a policy for {policy.environment}, cluster {policy.cluster}", markup=False)
    for finding in findings:
        console.print(f"  note: {finding}", markup=False)


def put(file: PolicyFile, stack: StackOption = DEFAULT_STACK, style: FormatOption = Format.TABLE) -> None:
    """Publish a policy that passes the check. S3 keeps every version, and every plan names its own.

    \b
    Example:
      pilotage policy put policy.dev.json
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is
    text = as_json_text(file, BadPolicy)
    policy = read_policy(text, "unpublished")
    bucket = settings(stack).policy_bucket
    key = f"policies/{policy.environment}.json"
    version = publish(bucket, key, text.encode())
    if style is Format.JSON:
        as_json({"environment": policy.environment, "bucket": bucket, "key": key, "version": version})
    else:
        console.print(f"{policy.environment}: version {version}", markup=False, soft_wrap=True)

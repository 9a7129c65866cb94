"""ARNs, and the patterns in which a policy names them.

A pattern is compared part by part, as the colons cut it: `*` stands for any characters but a colon, so it never reaches
from one part into the next, and a pattern with another number of parts matches nothing. A pattern that is only `*`
matches every ARN. `{service}` and `{environment}` stand for the names of who asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

# "Amazon Resource Names (ARNs)" of the IAM User Guide; the characters of role names and paths: IAM API reference, Role.
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]{1,576}")
# Secrets Manager User Guide, "What's in a secret"; Systems Manager User Guide, "Creating parameters".
_SECRET = re.compile(
    r"(arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@!-]{1,512})(:[^:\s]*){0,3}"
)
_PARAMETER = re.compile(r"arn:aws[a-z-]*:ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9/_.-]{1,1011}")
# Amazon S3 User Guide, "General purpose bucket naming rules", "Naming Amazon S3 objects".
_OBJECT = re.compile(r"arn:aws[a-z-]*:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]/[A-Za-z0-9!_.'()/ @=+,-]{1,1024}")


def is_role(value: object) -> bool:
    return isinstance(value, str) and _ROLE.fullmatch(value) is not None and _is_plain_path(value)


def secret_of(value: object) -> str | None:
    """The ARN of the secret or parameter in an ECS `valueFrom`, without `:json-key:stage:version`; None: it is neither.

    ECS also takes the bare name of a parameter; Pilotage does not, because a name says nothing about its owner.
    """
    if not isinstance(value, str) or not _is_plain_path(value):
        return None
    if _PARAMETER.fullmatch(value):
        return value
    match = _SECRET.fullmatch(value)
    return match[1] if match else None


def is_object(value: object) -> bool:
    """Whether it is the ARN of one object in S3."""
    return isinstance(value, str) and _OBJECT.fullmatch(value) is not None and _is_plain_path(value)


def matches(arn: str, patterns: Iterable[str], *, service: str, environment: str) -> bool:
    """Whether one of the patterns allows `arn` to this service of this environment."""
    return any(_matches(arn, filled(pattern, service=service, environment=environment)) for pattern in patterns)


def filled(pattern: str, *, service: str, environment: str) -> str:
    return pattern.replace("{service}", service).replace("{environment}", environment)


def _matches(arn: str, pattern: str) -> bool:
    if pattern == "*":
        return True
    parts, wanted = arn.split(":"), pattern.split(":")
    return len(parts) == len(wanted) and all(
        fnmatchcase(part, _only_stars(want)) for part, want in zip(parts, wanted, strict=True)
    )


def _only_stars(pattern: str) -> str:
    """For fnmatch, which knows `?` and `[...]` too: here they are only themselves."""
    return pattern.replace("[", "[[]").replace("?", "[?]")


def _is_plain_path(arn: str) -> bool:
    """IAM and SSM take `a/../b` at its word; a reader of the policy would not."""
    return not {".", ".."} & set(re.split("[:/]", arn)) and "//" not in arn

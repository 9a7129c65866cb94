"""What the definitions name, taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pilotage.verifying.things import File, Image, Parameter, Secret

_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr(-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?/(?P<repository>[a-z0-9._/-]+?)"
    r"(:(?P<tag>\w[\w.-]{0,127}))?(@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_SECRET_PARTS = 7  # arn:partition:secretsmanager:region:account:secret:name


@dataclass(frozen=True, slots=True)
class Place:
    """The account and region that releases run in."""

    account: str
    region: str

    @property
    def partition(self) -> str:
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    def arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"


@dataclass(frozen=True, slots=True)
class Reference:
    """A secret or a parameter that a container gets. `stage` and `version` only of a secret; None: AWSCURRENT."""

    thing: Secret | Parameter
    wanted_by: str  # container cats, DB_PASSWORD
    json_key: str | None = None
    stage: str | None = None
    version: str | None = None


def reference(value: str, wanted_by: str, place: Place) -> Reference:
    """`valueFrom` as ECS takes it ("Pass Secrets Manager secrets through Amazon ECS environment variables"):
    `secret-arn[:json-key:version-stage:version-id]`, or a parameter's ARN or, in the same region, its name.
    """
    parts = value.split(":")
    if len(parts) >= _SECRET_PARTS and parts[2] == "secretsmanager":
        key, stage, version = ([each or None for each in parts[_SECRET_PARTS:]] + [None] * 3)[:3]
        return Reference(Secret(":".join(parts[:_SECRET_PARTS])), wanted_by, key, stage, version)
    if value.startswith("arn:"):
        return Reference(Parameter(value), wanted_by)
    return Reference(Parameter(place.arn("ssm", f"parameter/{value.removeprefix('/')}")), wanted_by)


@dataclass(frozen=True, slots=True)
class EcrName:
    """An image in ECR. Of tag and digest at least one is set."""

    account: str
    region: str
    repository: str
    tag: str | None
    digest: str | None


def ecr_name(image: Image) -> EcrName | None:
    """None for an image that lies in no private registry of ECR."""
    match = _ECR.fullmatch(image.name)
    if match is None:
        return None
    tag = match["tag"] if match["tag"] or match["digest"] else "latest"
    return EcrName(match["account"], match["region"], match["repository"], tag, match["digest"])


def bucket_and_key(file: File) -> tuple[str, str]:
    """Of `arn:aws:s3:::bucket/key`."""
    bucket, _, key = file.name.split(":", 5)[-1].partition("/")
    return bucket, key


def account_of(arn: str) -> str:
    """Empty for what is no ARN."""
    parts = arn.split(":")
    return parts[4] if len(parts) > 4 else ""  # noqa: PLR2004 - arn:partition:service:region:account

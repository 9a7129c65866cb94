"""Logging in to a registry of ECR. Any other registry gets no credentials from here: `docker login` is its way."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from pilotage.aws.errors import translated

# The registry host of the page "Private registry authentication in Amazon ECR", its FIPS and China forms included.
_ECR = re.compile(r"(?P<account>\d{12})\.dkr\.ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?")


@dataclass(frozen=True, slots=True)
class Credentials:
    user: str
    password: str

    @property
    def header(self) -> str:
        """The value of an `Authorization` header, RFC 7617."""
        return f"Basic {base64.b64encode(f'{self.user}:{self.password}'.encode()).decode()}"


def ecr_region(host: str) -> str | None:
    """The region of an ECR registry; None for any other registry."""
    found = _ECR.fullmatch(host)
    return found["region"] if found else None


def ecr_credentials(region: str) -> Credentials:
    """A token of 12 hours. Raises AccessDenied, Throttled and Unavailable."""
    import boto3  # noqa: PLC0415 - a quarter of a second that only a push to ECR pays

    with translated("ecr:GetAuthorizationToken"):
        client = boto3.client("ecr", region_name=region)
        token = client.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    user, _, password = base64.b64decode(token).decode().partition(":")
    return Credentials(user, password)

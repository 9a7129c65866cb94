"""What a file of another tool does not say: whose account it is for, what its variables hold, the files beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


def _no_file(_path: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`account`, `region` and `queue` are None where nobody said them. `read`: the text of a file, by its path from the
    project's folder; None where there is none.
    """

    environment: str = "dev"
    account: str | None = None
    region: str | None = None
    queue: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    read: Callable[[str], str | None] = _no_file

    def arn(self, service: str, resource: str) -> str | None:
        """An ARN of this account and region; None when they are not known."""
        if self.account is None or self.region is None:
            return None
        return f"arn:{partition(self.region)}:{service}:{self.region}:{self.account}:{resource}"


def partition(region: str) -> str:
    """AWS's partition of a region (AWS reference, "Amazon Resource Names")."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"

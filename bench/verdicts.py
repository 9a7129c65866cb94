"""What a deployer said of a deployment, against what ECS says of the very deployment. Nothing here talks to anybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Said(StrEnum):
    """A deployer's verdict."""

    SUCCESS = "success"
    FAILURE = "failure"
    NOTHING = "nothing"  # in the time that it was given


class Judged(StrEnum):
    """Whether the verdict was true."""

    RIGHT = "right"
    WRONG = "wrong"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class End:
    """Of a service deployment, as DescribeServiceDeployments tells it. None: the deployer started none."""

    status: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`word`: the deployer's own, such as an exit code or an outcome. `calls`: to AWS until the verdict; `to_ecs` of
    them to ECS, whose buckets are the small ones.
    """

    tool: str
    said: Said
    at: datetime | None
    word: str
    calls: int
    end: End
    to_ecs: int = 0

    @property
    def judged(self) -> Judged:
        """SUCCESSFUL alone is a success (API reference, ServiceDeployment, status)."""
        if self.said is Said.NOTHING:
            return Judged.NONE
        came_in = self.end.status == "SUCCESSFUL"
        return Judged.RIGHT if came_in == (self.said is Said.SUCCESS) else Judged.WRONG

    @property
    def lag(self) -> float | None:
        """Seconds from ECS's end to a right verdict; None where there is none."""
        if self.at is None or self.end.at is None or self.judged is not Judged.RIGHT:
            return None
        return max(0.0, (self.at - self.end.at).total_seconds())

    @property
    def sentence(self) -> str:
        """`ecs-deploy says success, wrong (ROLLBACK_SUCCESSFUL)`."""
        if self.said is Said.NOTHING:
            return f"{self.tool} says nothing"
        after = "" if self.lag is None else f" after {self.lag:.1f} s"
        ecs = "" if self.judged is Judged.RIGHT else f" (ECS: {self.end.status or 'no deployment'})"
        return f"{self.tool} says {self.said}, {self.judged}{after}{ecs}"

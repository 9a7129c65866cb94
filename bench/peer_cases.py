"""What happens to a rolling update while the deployers watch it: each fault that can be injected, and a stranger."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pilotage_local.injecting import Injection, Kind


class Twist(StrEnum):
    """What happens once every deployer's deployment is under way."""

    NOTHING = "nothing"
    THROTTLE = "throttle"
    STRANGER = "stranger"  # somebody else deploys over it


@dataclass(frozen=True, slots=True)
class Case:
    """`seconds`: how long a deployer may take. `lasts`: the fault's time; None: until the case is over."""

    name: str
    title: str
    kind: Kind | None = None
    spot: bool = False
    twist: Twist = Twist.NOTHING
    seconds: float = 75.0
    lasts: float | None = None

    def injections(self, digest: str, services: tuple[str, ...]) -> list[Injection]:
        """New tasks suffer, and those that run already do not."""
        if self.kind is None:
            return []
        if self.kind is Kind.LOSE_EVENTS:
            return [Injection(self.kind)]
        if self.kind is Kind.CAPACITY:
            return [Injection(self.kind, one, provider="FARGATE_SPOT") for one in services]
        return [Injection(self.kind, seconds=self.lasts, image=digest)]


CASES = (
    Case("good", "a good image"),
    Case("crash", "tasks crash", Kind.CRASH),
    Case("oom", "tasks are out of memory", Kind.OOM),
    Case("unhealthy", "tasks fail their health check", Kind.UNHEALTHY),
    Case("pull", "the image cannot be pulled", Kind.PULL),
    Case("hang", "tasks hang", Kind.HANG, seconds=150.0),  # a minute of deadline, and the sweep
    Case("reclaimed", "Spot tasks are taken away", Kind.SPOT, spot=True, lasts=8.0),
    Case("no-spot", "there is no Spot capacity", Kind.CAPACITY, spot=True),
    Case("lost", "events are lost", Kind.LOSE_EVENTS, seconds=90.0),
    # Tasks that hang keep every deployment open until all have one.
    Case("throttled", "ECS's API throttles", Kind.HANG, twist=Twist.THROTTLE, seconds=90.0),
    Case("stranger", "somebody else deploys over it", Kind.HANG, twist=Twist.STRANGER),
)

"""The shapes of a placement: what was chosen, what was not, and what each way to run it comes to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pilotage.workload import Kind


class Choice(StrEnum):
    FARGATE = "FARGATE"
    FARGATE_SPOT = "FARGATE_SPOT"
    EC2 = "EC2"
    MANAGED_INSTANCES = "MANAGED_INSTANCES"


ON_FARGATE = frozenset({Choice.FARGATE, Choice.FARGATE_SPOT})


@dataclass(frozen=True, slots=True)
class Rejected:
    option: Choice
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One way to run it. `reasons`: why it cannot be, or what speaks for and against it. `monthly` in dollars for the
    workload's count and schedule, for one-off work of an hour of running; None: no price is known. `interruption`: how
    likely AWS is to take it away. `detail`: what it comes to, such as `2 x m7g.large, 61 % full`.
    """

    choice: Choice
    architecture: str
    feasible: bool
    reasons: tuple[str, ...] = ()
    monthly: float | None = None
    interruption: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Placement:
    """`capacity_provider` is what the service's capacity provider strategy names."""

    choice: Choice
    kind: Kind
    capacity_provider: str
    reasons: tuple[str, ...]
    rejected: tuple[Rejected, ...] = ()
    options: tuple[Option, ...] = ()
    prices_of: str = ""  # the date of the prices

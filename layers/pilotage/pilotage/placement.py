"""Where a workload runs: hard constraints first, then what the tags say, with reasons for every choice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pilotage.workload import Kind


class Choice(StrEnum):
    FARGATE = "FARGATE"
    FARGATE_SPOT = "FARGATE_SPOT"
    EC2 = "EC2"
    MANAGED_INSTANCES = "MANAGED_INSTANCES"


@dataclass(frozen=True, slots=True)
class Rejected:
    option: Choice
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Placement:
    """`capacity_provider` is what the service's capacity provider strategy names."""

    choice: Choice
    kind: Kind
    capacity_provider: str
    reasons: tuple[str, ...]
    rejected: tuple[Rejected, ...] = ()

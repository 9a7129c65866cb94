"""What a lease, a pin, a ban and a rollout belong to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """One service in one environment. As a text: `environment/service`."""

    environment: str
    service: str

    def __str__(self) -> str:
        return f"{self.environment}/{self.service}"

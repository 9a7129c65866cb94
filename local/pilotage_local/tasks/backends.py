"""What a load balancer may know of the tasks behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pilotage_local.ecs.ports import TargetHealth


@dataclass(frozen=True, slots=True)
class Pretended:
    """What a task without a container answers. `status` None: nobody answers. `seconds`: how long it took."""

    status: int | None
    body: str = ""
    seconds: float = 0.0


class Backends(Protocol):
    """Whoever runs the tasks. A task that only pretends to listen is known by the address that it was given."""

    def host(self, task_id: str) -> str | None:
        """Where the task is reached; None when it has no address (any more)."""

    def health(self, host: str) -> TargetHealth | None:
        """How a task is that only pretends to listen; None for everything that can be asked."""

    def freeze(self, task_ids: frozenset[str]) -> None:
        """Have these tasks answer nobody, and all others go on."""

    def answer(self, host: str, path: str) -> Pretended | None:
        """What such a task answers; None for everything that can be asked."""

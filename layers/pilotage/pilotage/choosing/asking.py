"""What is asked for in `rollout`, by whom, and how it is refused or left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from pilotage.errors import Refused
from pilotage.rollout_words import RolloutWishes
from pilotage.workload.layers import POLICY_DEFAULTS

if TYPE_CHECKING:
    from pilotage.policy import Policy, Route
    from pilotage.workload import Workload


@dataclass(frozen=True, slots=True)
class Asking:
    """`reasons` grow while the strategy is chosen."""

    workload: Workload
    policy: Policy
    reasons: list[str] = field(default_factory=list)

    @property
    def wishes(self) -> RolloutWishes:
        return self.workload.rollout

    @property
    def file(self) -> str:
        return f"policies/{self.policy.environment}.json"

    @property
    def route(self) -> Route | None:
        return self.policy.routing.get(self.workload.routing) if self.workload.routing is not None else None

    def source(self, path: str) -> str | None:
        """The layer that said `rollout.PATH`."""
        return self.workload.sources.get(f"rollout.{path}")

    def is_default(self, path: str) -> bool:
        return self.source(path) == POLICY_DEFAULTS

    def said(self) -> Iterator[str]:
        """The fields of `rollout` that anybody said anything in."""
        plain = RolloutWishes()
        for each in fields(RolloutWishes):
            if getattr(self.wishes, each.name) != getattr(plain, each.name):
                if each.name == "checks":
                    yield from (f"checks.{check.name}" for check in self.wishes.checks)
                else:
                    yield each.name

    def refused(self, path: str, value: object, remedy: str) -> Refused:
        source = self.source(path)
        return Refused(f"rollout.{path} of {self.workload.service}{f' ({source})' if source else ''}", value, remedy)

    def leave_out(self, path: str, why: str, value: object = None) -> bool:
        """Of the policy's defaults: say so in the reasons, True. Of the manifest: raises Refused."""
        said = getattr(self.wishes, path.partition(".")[0])
        if said in (None, ()):
            return True
        if not self.is_default(path):
            raise self.refused(path, said if value is None else value, why)
        self.reasons.append(f"rollout.{path} of the policy's defaults is left out. {why.partition(':')[0]}")
        return True

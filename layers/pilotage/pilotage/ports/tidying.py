"""What releases leave behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class Families(Protocol):
    """Task definitions by their family."""

    def active(self, family: str, at_most: int) -> Sequence[str]:
        """ARNs of the family's ACTIVE revisions, the newest first; further ones are left out."""

    def tags(self, revision: str) -> Mapping[str, str]:
        """None of one that is not there."""

    def run_by_tasks(self, cluster: str, family: str) -> frozenset[str]:
        """The revisions that tasks of the family run now, in services or by themselves."""

    def deregister(self, revision: str) -> None:
        """Idempotent. Tasks and services that have it go on ("Deregistering an Amazon ECS task definition revision",
        ECS Developer Guide), and no new ones start.
        """

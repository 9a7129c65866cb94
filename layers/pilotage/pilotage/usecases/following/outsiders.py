"""A deployment of one of our services that Pilotage did not start: told once, kept in the newest record, never claimed.

It came from the console, from Terraform, from a pipeline. What it runs is what runs now, and the next release is
planned against it; it is no outcome of ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pilotage.document import to_document
from pilotage.errors import BadPolicy
from pilotage.outcome import Outcome
from pilotage.ports import Announcer, Records, Running, Services
from pilotage.record import ReleaseRecord

_SERVICE, _ENVIRONMENT = "pilotage:service", "pilotage:environment"  # as definitions put them on every service
_MOST = 20  # findings of one record
_RECENT = 20  # newest releases that a deployment may have come from


@dataclass(frozen=True, slots=True)
class Found:
    """`release_id` and `correlation_id` are those of the newest release of the service."""

    release_id: str
    correlation_id: str
    finding: str


@dataclass(frozen=True)
class Outsiders:
    services: Services
    records: Records
    announcer: Announcer

    def look(self, service_arn: str, deployment_id: str) -> Found | None:
        """None when there is nothing to tell. `deployment_id`: the one whose end ECS sent an event for, while no
        rollout of ours was open.
        """
        cluster, name = service_arn.rpartition(":service/")[2].split("/", 1)
        try:
            running = self.services.running(cluster, name)
        except BadPolicy:
            return None  # the event came late: its cluster is gone
        if running is None or running.deployment_id != deployment_id:
            return None  # it is not what runs: an older deployment, or one that was rolled back
        records = self._records(running, name)
        begun = [record for record in records if record.deployment_id is not None]
        if not begun or any(record.timings.applied_at and record.outcome is None for record in records):
            return None  # nothing of it was ever ours; or one of ours is on its way
        if deployment_id in {record.deployment_id for record in begun} or _went_back(running, begun[0]):
            return None
        return self._found(next(record for record in records if record.outcome is not None), running)

    def _records(self, running: Running, name: str) -> Sequence[ReleaseRecord]:
        """None for a service that does not carry our tags, or carries those of another."""
        environment = running.tags.get(_ENVIRONMENT)
        ours = environment is not None and running.tags.get(_SERVICE) == name
        return self.records.history(environment, name, _RECENT) if environment and ours else ()

    def _found(self, newest: ReleaseRecord, running: Running) -> Found | None:
        """Written down first: whoever comes again finds it, and tells it no more."""
        what = f"{_short(running.revision)} was deployed by somebody outside Pilotage ({running.deployment_id})"
        if what in newest.findings or len(newest.findings) >= _MOST:
            return None
        self.records.save(replace(newest, findings=(*newest.findings, what)))
        self.announcer.tell("Foreign Deployment", newest.request.target, _detail(newest, running, what))
        return Found(newest.request.release_id, newest.request.correlation_id, what)


def _went_back(running: Running, newest: ReleaseRecord) -> bool:
    """What ECS returned to after the newest release: a rollback is a deployment with an id of its own."""
    returned = newest.outcome in {Outcome.ROLLED_BACK, Outcome.SUPERSEDED, Outcome.FAILED_DIRTY, Outcome.FAILED}
    return returned and running.revision in {newest.rolled_back_to, newest.previous_revision}


def _detail(newest: ReleaseRecord, running: Running, what: str) -> Mapping[str, Any]:
    return {
        "request": to_document(newest.request),
        "service": newest.request.service,
        "environment": newest.request.environment,
        "deployment_id": running.deployment_id,
        "revision": running.revision,
        "finding": what,
    }


def _short(revision: str) -> str:
    return revision.rsplit("/", 1)[-1]

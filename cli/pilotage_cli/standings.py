"""What runs where: every service of an environment with its newest release, and what ECS says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pilotage.bootstrap import World
from pilotage.errors import BadRequest
from pilotage.names import choices, nearest
from pilotage.outcome import Outcome
from pilotage.record import ReleaseRecord
from pilotage.rollout import Rollout, Wait, judge

from pilotage_cli.output import brief, sentences, short

_LOOK_BACK = 200  # releases; a service with none among them is not shown


@dataclass(frozen=True, slots=True)
class Standing:
    """One service: its newest release, what ECS runs, and the phase of its open rollout."""

    service: str
    kind: str | None
    placement: str | None
    runs: str | None
    tasks: str | None
    tag: str | None
    outcome: str | None
    phase: str | None
    reasons: tuple[str, ...]

    @property
    def why(self) -> str:
        """In a cell of a table: what it waits for, or why it did not simply succeed."""
        if self.phase:
            return brief(self.phase)
        return "" if self.outcome == Outcome.SUCCEEDED else sentences(self.reasons)


def look(here: World, environment: str, service: str | None) -> list[Standing]:
    """Every service of the environment that has a release among the newest ones, by name. Raises BadRequest for a
    service that never had one.
    """
    records = here.records.history(environment, service, _LOOK_BACK)
    known(here, environment, service, records)
    newest: dict[str, ReleaseRecord] = {}
    for record in records:
        newest.setdefault(record.request.service, record)
    cluster = here.policies.current(environment).cluster
    rollouts = {r.target.service: r for r in here.rollouts.all_open() if r.target.environment == environment}
    return [_standing(here, cluster, newest[name], rollouts.get(name)) for name in sorted(newest)]


def known(here: World, environment: str, service: str | None, records: Sequence[ReleaseRecord]) -> None:
    """Raises BadRequest when a service was asked for by name and nothing was ever released of it."""
    if service is None or records:
        return
    names = sorted({record.request.service for record in here.records.history(environment, None, _LOOK_BACK)})
    guess = nearest(service, names)
    meant = f"Did you mean {guess}? " if guess else ""
    there = f"There are {choices(names, 'and')}." if names else "Nothing was released there yet."
    raise BadRequest(f"service of environment {environment}", service, f"It has no release. {meant}{there}")


def _standing(here: World, cluster: str, record: ReleaseRecord, rollout: Rollout | None) -> Standing:
    running = here.services.running(cluster, record.request.service) if record.kind in {None, "service"} else None
    return Standing(
        service=record.request.service,
        kind=record.kind,
        placement=record.placement,
        runs=short(running.revision) if running else short(record.revision),
        tasks=f"{running.running}/{running.desired}" if running else None,
        tag=record.request.tag,
        outcome=record.outcome,
        phase=_phase(here, rollout) if rollout is not None and record.outcome is None else None,
        reasons=record.reasons,
    )


def _phase(here: World, rollout: Rollout) -> str:
    arn = rollout.service_deployment_arn
    seen = judge(rollout, here.services.deployment(arn) if arn else None, here.clock.now())
    reasons = f" ({rollout.stop_reasons[-1]})" if rollout.stop_reasons else ""
    return f"{seen.phase.value if isinstance(seen, Wait) else 'ECS is done'}{reasons}"

"""How a release ended, in one word, and what that word rests on.

`judge` is the only place that says SUCCEEDED.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from pilotage.rollout import Cause, DeploymentStatus, Ended


class Outcome(StrEnum):
    """The closed set of ends. All are clean but FAILED_DIRTY, where a person must look."""

    SUCCEEDED = "SUCCEEDED"
    NO_CHANGE = "NO_CHANGE"
    ROLLED_BACK = "ROLLED_BACK"
    FAILED = "FAILED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    SUPERSEDED = "SUPERSEDED"
    UNVERIFIED = "UNVERIFIED"
    FAILED_DIRTY = "FAILED_DIRTY"

    @property
    def words(self) -> str:
        """As an event's type has it: `Rolled Back`."""
        return self.value.replace("_", " ").title()


@dataclass(frozen=True, slots=True)
class Ending:
    outcome: Outcome
    reasons: tuple[str, ...]
    rolled_back_to: str | None = None
    stop_reasons: tuple[str, ...] = ()
    ecs_ended_at: datetime | None = None
    cause: Cause | None = None  # why it did not come in
    early: str | None = None  # that it counts as a success before all tasks were up
    came_in: bool = False  # the revision runs and stays, whatever else went wrong


@dataclass(frozen=True, slots=True)
class Scene:
    """What is true of the service when a rollout has ended, as ECS answers at that moment.

    `revision` and `deployment_id` are those of the PRIMARY deployment, `desired` and `running` the service's counts;
    all None when there is no such service.
    """

    revision: str | None
    deployment_id: str | None
    desired: int | None
    running: int | None


@dataclass(frozen=True, slots=True)
class Intent:
    """What this release set out to do."""

    revision: str
    previous_revision: str | None
    deployment_id: str | None
    first: bool  # nothing to go back to
    stop_because: str | None = None  # why Pilotage stopped it; None when it did not
    superseded: bool = False  # it was stopped for a newer release
    stop_reasons: tuple[str, ...] = ()


def judge(intent: Intent, ended: Ended, scene: Scene) -> Ending:
    """The outcome of a rollout: the status of the very deployment that this release started, held against the scene.

    The statuses are those of `ServiceDeployment` in the ECS API reference. A waiter such as `services_stable` would
    call a rollback a success: a service is stable after it, too.
    """
    ending = _judge(intent, ended, scene)
    if ending.outcome in {Outcome.SUCCEEDED, Outcome.UNVERIFIED}:
        first = (ended.early,) if ended.early else ()
        return replace(ending, reasons=(*first, *ending.reasons), early=ended.early)
    return ending if ending.cause is not None else replace(ending, cause=ended.cause)


def _judge(intent: Intent, ended: Ended, scene: Scene) -> Ending:
    if ended.status is DeploymentStatus.SUCCESSFUL:
        return _successful(intent, scene)
    if ended.status is DeploymentStatus.ROLLBACK_SUCCESSFUL:
        return _rolled_back(intent, ended, scene)
    if intent.first and ended.status in {DeploymentStatus.STOPPED, DeploymentStatus.ROLLBACK_FAILED}:
        return _first_failed(intent, ended)
    if ended.status is DeploymentStatus.STOPPED:
        return _stopped(intent, ended, scene)
    if ended.status is DeploymentStatus.ROLLBACK_FAILED:
        said = f"the rollback to {_short(intent.previous_revision)} failed: {ended.reason or 'ECS gives no reason'}"
        return Ending(Outcome.FAILED_DIRTY, (said, *_why(intent)))
    return Ending(Outcome.FAILED_DIRTY, (ended.reason, *_why(intent)))


def _successful(intent: Intent, scene: Scene) -> Ending:
    if scene.revision is None:
        return Ending(
            Outcome.FAILED_DIRTY, (f"{_short(intent.revision)} was deployed, and then somebody deleted the service",)
        )
    if scene.revision != intent.revision:
        return Ending(
            Outcome.SUPERSEDED,
            (f"{_short(intent.revision)} was deployed, and another deployment followed: {_short(scene.revision)}",),
            cause=Cause.FOREIGN,
        )
    if scene.desired == 0:
        return Ending(Outcome.UNVERIFIED, ("the service wants 0 tasks: nothing has shown that this revision runs",))
    if not scene.running:
        return Ending(Outcome.UNVERIFIED, ("ECS calls the deployment successful, but no task is running",))
    return Ending(Outcome.SUCCEEDED, (f"{_short(intent.revision)} runs: {scene.running} of {scene.desired} tasks",))


def _rolled_back(intent: Intent, ended: Ended, scene: Scene) -> Ending:
    back_to = ended.rolled_back_to or intent.previous_revision
    same = back_to == intent.revision
    before = "the settings that it had before" if same else _short(back_to)
    said = f"{_short(intent.revision)} was rolled back to {before}"
    if intent.superseded:
        return Ending(Outcome.SUPERSEDED, (intent.stop_because or "a newer release came", said), back_to)
    because = intent.stop_because or ended.reason or "ECS gives no reason"
    if scene.revision == intent.revision and scene.revision != back_to:
        return Ending(
            Outcome.FAILED_DIRTY, (f"{said}, says ECS, but the service still names the new revision", *_why(intent))
        )
    return Ending(Outcome.ROLLED_BACK, (said, because, *_why(intent)), back_to)


def _first_failed(intent: Intent, ended: Ended) -> Ending:
    because = intent.stop_because or ended.reason or "ECS gives no reason"
    if intent.superseded:
        return Ending(Outcome.SUPERSEDED, (because, f"{_short(intent.revision)} was stopped, the first of its service"))
    return Ending(
        Outcome.FAILED,
        (f"the first deployment of {_short(intent.revision)} failed: {because}", *_why(intent)),
    )


def _stopped(intent: Intent, ended: Ended, scene: Scene) -> Ending:
    another = scene.deployment_id not in {None, intent.deployment_id}
    if another and (intent.deployment_id is not None or scene.revision != intent.revision):
        return Ending(
            Outcome.SUPERSEDED,
            (f"a deployment that Pilotage did not start took over: {_short(scene.revision)}", ended.reason),
            cause=Cause.FOREIGN,
        )
    if scene.revision == intent.previous_revision and scene.revision is not None:
        return Ending(
            Outcome.ROLLED_BACK,
            (
                f"the deployment of {_short(intent.revision)} was stopped and {_short(scene.revision)} stays",
                *_because(intent, ended),
                *_why(intent),
            ),
            scene.revision,
        )
    return Ending(Outcome.FAILED_DIRTY, (f"the deployment was stopped half-way: {ended.reason}", *_why(intent)))


def _because(intent: Intent, ended: Ended) -> tuple[str, ...]:
    because = intent.stop_because or ended.reason
    return (because,) if because else ()


def _why(intent: Intent) -> tuple[str, ...]:
    return intent.stop_reasons


def _short(revision: str | None) -> str:
    """`family:7` of a task definition ARN."""
    return revision.rsplit("/", 1)[-1] if revision else "nothing"

"""The end of a rollout: by what, and for what reason, as far as ECS and we know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pilotage.measure import Judged
from pilotage.migration import MigrationRun
from pilotage.rollout.causes import Cause
from pilotage.rollout.deployment import DeploymentStatus, ServiceDeployment
from pilotage.rollout.open_rollout import Rollout

# What ECS says where it has no field for it: words of its sentences, the first that fits counts.
_WORDS = (
    ("circuit breaker", Cause.BREAKER),
    ("alarm", Cause.ALARM),
    ("hook", Cause.HOOK),
    ("user requested", Cause.FOREIGN),
    ("requested by", Cause.FOREIGN),
    ("manual", Cause.FOREIGN),
)


@dataclass(frozen=True, slots=True)
class Ended:
    """The wait is over. `status` None: ECS never came to an end of its own."""

    status: DeploymentStatus | None
    reason: str
    finished_at: datetime | None
    rolled_back_to: str | None = None
    cause: Cause | None = None  # None: it was not rolled back, or nobody knows
    alarms: tuple[str, ...] = ()  # that went off
    early: str | None = None  # that it counts as a success before all tasks were up, in words
    migration: MigrationRun | None = None  # the one after the rollout


def ended(rollout: Rollout, answer: ServiceDeployment) -> Ended:
    """What a deployment came to that is over. `reason` is for people, with ECS's own words in it."""
    if answer.status is DeploymentStatus.SUCCESSFUL:
        return Ended(answer.status, answer.reason or "", answer.finished_at, early=_early(answer))
    cause, why = _why(rollout, answer)
    back_to = answer.rollback_revision if answer.status is DeploymentStatus.ROLLBACK_SUCCESSFUL else None
    return Ended(answer.status, why, answer.finished_at, back_to, cause, answer.alarms_triggered)


def _why(rollout: Rollout, answer: ServiceDeployment) -> tuple[Cause, str]:
    """What we asked for, then what ECS flags, then its words. Where nobody knows whether ECS heard us, since who asked
    died over it, what ECS flags by itself comes first.
    """
    if rollout.stop_requested_at is not None:
        return _as_we_asked(rollout)
    if answer.breaker_tripped:
        return Cause.BREAKER, _with(answer, "the circuit breaker tripped")
    if answer.alarms_triggered:
        names = " and ".join(answer.alarms_triggered)
        return Cause.ALARM, _with(
            answer, f"{'alarms' if len(answer.alarms_triggered) > 1 else 'alarm'} {names} went off"
        )
    if rollout.told_to_stop and not any(hook.broke and hook.target for hook in answer.hooks):
        return _as_we_asked(rollout)
    return _by_a_hook(rollout, answer) or _by_its_words(rollout, answer)


def _as_we_asked(rollout: Rollout) -> tuple[Cause, str]:
    cause = Cause.NEWER if rollout.superseded else rollout.stop_cause or Cause.PERSON
    return cause, rollout.stop_because or str(cause)


def _by_a_hook(rollout: Rollout, answer: ServiceDeployment) -> tuple[Cause, str] | None:
    broken = next((hook for hook in answer.hooks if hook.broke), None)
    if broken is None:
        return None
    how = "took too long" if broken.status == "TIMED_OUT" else "failed"
    if broken.target is not None and broken.target == rollout.check:
        return Cause.CHECK, _said_no(rollout) or _with(answer, f"a check {how}")
    if broken.target is not None:
        return Cause.HOOK, _with(answer, f"the hook {broken.target.rpartition(':')[2]} {how}")
    if broken.status == "TIMED_OUT":
        at = f" ({rollout.about})" if rollout.about and rollout.hook == broken.id else ""
        return Cause.PAUSE_TIMEOUT, f"nobody decided in time at a pause{at}"
    return Cause.FOREIGN, _with(answer, "somebody outside Pilotage turned it back at a pause")


def _by_its_words(rollout: Rollout, answer: ServiceDeployment) -> tuple[Cause, str]:
    said = (answer.reason or "").lower()
    cause = next((cause for word, cause in _WORDS if word in said), None)
    if cause is None and answer.status is DeploymentStatus.STOPPED:
        cause = Cause.FOREIGN  # we did not, and a breaker, an alarm or a hook rolls back
    if cause is Cause.HOOK and (no := _said_no(rollout)):
        return Cause.CHECK, no
    if cause is Cause.FOREIGN:
        return cause, _with(answer, "somebody outside Pilotage stopped it, or deployed over it")
    return cause or Cause.UNKNOWN, answer.reason or "ECS gives no reason"


def _said_no(rollout: Rollout) -> str | None:
    """What the last check said that was wrong; or the last of all, when that had no data."""
    wrong = [each for each in rollout.measures if each.judged is Judged.WRONG]
    blind = [each for each in rollout.measures[-1:] if each.judged is Judged.NO_DATA]
    said = next(iter(wrong[-1:] or blind), None)
    return (said.sentence or f"{said.check}: {said.judged}") if said else None


def _with(answer: ServiceDeployment, sentence: str) -> str:
    return f"{sentence}: {answer.reason}" if answer.reason else sentence


def _early(answer: ServiceDeployment) -> str | None:
    """`earlySuccessCriteria`: ECS ends the deployment before all tasks are up, and from then on neither its circuit
    breaker nor its alarms roll it back (API reference, DeploymentEarlySuccessCriteria).
    """
    if answer.early_success is None or answer.is_up:
        return None
    up = f"{answer.running} of {answer.wanted} new tasks ran" if answer.wanted else "not all new tasks ran for certain"
    return f"an early success: {up} when ECS called it one, at {answer.early_success} % healthy"

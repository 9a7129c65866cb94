"""Where a release stands, from what is kept of it; and the order of all that it can show."""

from __future__ import annotations

from datetime import datetime

from pilotage.approval import Asked, State
from pilotage.card import Stage
from pilotage.outcome import Outcome
from pilotage.record import ReleaseRecord
from pilotage.rollout import Phase, Rollout

# Ranks: each step of what only ever goes forward is worth more than all below it together.
_ROLLING = 1_000_000
_ENDED = 2_000_000
# A rollout that shifts traffic goes back and forth between shifts, checks and pauses, which is one rank; each pause
# that people are asked about is a step, and so is the way to capacity on demand, which begins anew.
_PHASES = {Phase.UNKNOWN: 1, Phase.STOPPING: 3, Phase.ROLLING_BACK: 4}
_FORWARD, _ANEW, _QUESTION = 2, 5, 10

_DECLINED = frozenset({State.REJECTED, State.EXPIRED})
_WORDS = {
    Stage.PREPARING: "is being prepared",
    Stage.HELD: "is held",
    Stage.WAITING: "waits for approval",
    Stage.APPROVED: "is approved and goes on",
    Stage.DECLINED: "is turned down",
    Stage.ROLLING: "is rolling out",
    Stage.PAUSED: "waits for a decision",
}
_TURNED = {Phase.STOPPING: "is being stopped", Phase.ROLLING_BACK: "is rolling back"}
_ENDS = {
    Outcome.SUCCEEDED: "runs",
    Outcome.NO_CHANGE: "runs already, nothing to change",
    Outcome.ROLLED_BACK: "was rolled back",
    Outcome.FAILED: "failed",
    Outcome.REJECTED: "was rejected",
    Outcome.EXPIRED: "expired, nobody decided",
    Outcome.SUPERSEDED: "gave way to another release",
    Outcome.UNVERIFIED: "is deployed, but nothing shows that it runs",
    Outcome.FAILED_DIRTY: "failed, and somebody has to look",
}


def stage_of(record: ReleaseRecord, asked: Asked | None, rollout: Rollout | None) -> Stage:  # noqa: PLR0911 - a table
    """`asked` and `rollout` are those of this release, or None."""
    if record.outcome is not None:
        return Stage.ENDED
    if rollout is not None and rollout.phase is Phase.PAUSED and is_about(asked, rollout):
        return Stage.PAUSED
    if rollout is not None or record.timings.applied_at is not None:
        return Stage.ROLLING
    if asked is not None and asked.state is State.PENDING:
        return Stage.WAITING
    if asked is not None and asked.state in _DECLINED:
        return Stage.DECLINED
    if asked is not None and asked.state is State.APPROVED:  # a hold makes it void first
        return Stage.APPROVED
    if record.waits_for is not None:
        return Stage.HELD
    return Stage.PREPARING


def rank_of(record: ReleaseRecord, asked: Asked | None, rollout: Rollout | None) -> int:
    """A number that never falls: versions of an approval go up, a rollout begins once, an end is never taken back.
    Between two of them a release may go back and forth between held and preparing: that is one rank.
    """
    if record.outcome is not None:
        return _ENDED
    if rollout is not None or record.timings.applied_at is not None:
        return _ROLLING + _rank(asked, rollout)
    if asked is not None:
        return 1 + asked.version
    return 0


def _rank(asked: Asked | None, rollout: Rollout | None) -> int:
    """Within a rollout."""
    asked_at_pauses = asked.version if asked is not None and asked.hook is not None else 0
    if rollout is None or rollout.phase is None:
        phase = _FORWARD if asked_at_pauses else 0
    else:
        phase = _PHASES.get(rollout.phase, _FORWARD)
    again = _ANEW if rollout is not None and rollout.fell_back else 0
    return asked_at_pauses * _QUESTION + again + phase


def is_about(asked: Asked | None, rollout: Rollout | None) -> bool:
    """Whether the question is the one that the rollout stands at."""
    pending = asked is not None and asked.state is State.PENDING and asked.hook is not None
    return pending and rollout is not None and asked is not None and asked.about == rollout.about


def phase_of(stage: Stage, rollout: Rollout | None) -> Phase | None:
    """None while nothing rolls, and where that starts no deployment (a schedule, settings)."""
    if stage not in {Stage.ROLLING, Stage.PAUSED} or rollout is None:
        return None
    return rollout.phase or Phase.UNKNOWN


def words(stage: Stage, outcome: Outcome | None, phase: Phase | None = None) -> str:
    if outcome is not None:
        return _ENDS[outcome]
    return _TURNED.get(phase, _WORDS[stage]) if phase is not None else _WORDS[stage]


def is_open(asked: Asked | None, now: datetime) -> bool:
    """Whether a decision would still count."""
    return asked is not None and asked.state is State.PENDING and now < asked.expires_at

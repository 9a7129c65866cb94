"""What has happened to a release so far, each thing told once: the replies in the thread of its card."""

from __future__ import annotations

from collections.abc import Iterator

from pilotage.approval import Asked, State
from pilotage.card import Note, Stage
from pilotage.card.stage import stage_of, words
from pilotage.card.text import tidy
from pilotage.document import content_hash
from pilotage.record import ReleaseRecord
from pilotage.rollout import Phase, Rollout

_SENTENCE = 600
_DECIDED = frozenset({State.APPROVED, State.REJECTED, State.EXPIRED})


def notes_of(record: ReleaseRecord, asked: Asked | None, rollout: Rollout | None) -> tuple[Note, ...]:
    """In the order in which they happened. What is true now contains what was true before, so that whoever was not
    told in time is told in order.
    """
    return tuple(_notes(record, asked, rollout))


def pages_of(record: ReleaseRecord, asked: Asked | None) -> tuple[Note, ...]:
    """What somebody who is asleep has to know: that the glass was broken, by whom, why."""
    target = record.request.target
    votes = asked.votes if asked is not None else ()
    return tuple(
        Note(
            _id("glass", f"{vote.at.isoformat()} {vote.person}"),
            f"{tidy(vote.person, 60)} broke the glass to release {target}: {tidy(vote.reason, _SENTENCE)}",
        )
        for vote in votes
        if vote.break_glass
    )


def _notes(record: ReleaseRecord, asked: Asked | None, rollout: Rollout | None) -> Iterator[Note]:
    stage = stage_of(record, asked, rollout)
    if asked is not None and asked.hook is None:
        yield from _of_the_approval(asked)
    if stage is Stage.HELD and record.waits_for:
        yield Note(_id("held", record.waits_for), _said("Held", record.waits_for))
    if rollout is not None or record.timings.applied_at is not None:
        yield Note("rolling", "The rollout has begun.", loud=False)
    if asked is not None and asked.hook is not None:
        yield from _of_the_approval(asked)
    if rollout is not None and rollout.phase is Phase.STOPPING:
        yield Note("stopping", _said("The rollout is being stopped", rollout.stop_because or "no reason is kept"))
    if rollout is not None and rollout.phase is Phase.ROLLING_BACK:
        yield Note("rolling-back", "ECS is rolling back.")
    if record.outcome is not None:
        ended = f"{record.request.target} {words(stage, record.outcome)}"
        yield Note(f"ended-{record.outcome}", _said(ended, "; ".join(record.reasons) or str(record.outcome)))


def _of_the_approval(asked: Asked) -> Iterator[Note]:
    at = f" ({asked.about})" if asked.hook is not None else ""
    if asked.hook is not None:
        yield Note(f"asked-{asked.round}", _said("The rollout waits for a decision", asked.about))
    elif asked.round > 1:
        yield Note(f"asked-{asked.round}", "Asked again: what was approved is not what would be applied.", loud=False)
    if asked.state in _DECIDED:
        expired = asked.state is State.EXPIRED
        said = f"{asked.because}{at}"
        because = _said("Expired", said) if expired else tidy(said, _SENTENCE)
        yield Note(f"decided-{asked.version}", f"{because[:1].upper()}{because[1:]}.")
    if asked.state is State.VOID:
        yield Note(f"void-{asked.version}", _said("The question does not stand any more", asked.because))


def _id(what: str, which: str) -> str:
    return f"{what}-{content_hash(tidy(which, _SENTENCE))[:12]}"


def _said(what: str, why: str) -> str:
    return f"{what}: {tidy(why, _SENTENCE)}"

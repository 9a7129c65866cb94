"""The card of a release, from what is kept of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from pilotage import chart
from pilotage.approval import Asked, State, Vote
from pilotage.card import Button, Card, Link, Stage
from pilotage.card.stage import is_open, phase_of, rank_of, stage_of, words
from pilotage.card.text import few, tidy
from pilotage.document import canonical
from pilotage.group.outcome import Came, standing_in_words, steps_taken
from pilotage.plan import Change, Plan
from pilotage.plan.words import folded
from pilotage.record import ReleaseRecord
from pilotage.rollout import Phase, Rollout

# Characters: a phone shows some forty of them in a line.
_NAME = 60
_VALUE = 80
_SENTENCE = 300
_LONGEST_URL = 300
# Lines: the rest is a click on Show plan away.
_CHANGES, _POINTS, _REASONS, _AUTHORS, _VOTES, _MEMBERS = 8, 8, 6, 4, 10, 12
_STEPS, _CHART = 4, 20  # of one check, and of all

_ASKED = frozenset({Stage.WAITING, Stage.PAUSED})
_TURNED = frozenset({Phase.STOPPING, Phase.ROLLING_BACK, Phase.UNKNOWN})
_IMAGE = re.compile(r"(?:.*/)?([^/@]{1,60})@sha256:([0-9a-f]{64})")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_REPOSITORY_URL = re.compile(r"https://[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~-]+)+")


def card_of(
    record: ReleaseRecord,
    plan: Plan | None,
    asked: Asked | None,
    rollout: Rollout | None,
    now: datetime,
    members: Sequence[Came] = (),
) -> Card:
    """All of one release. `plan` None: it came to none, or its 30 days are over, and the record tells what it kept.
    `members`: how each of several services is.
    """
    request, stage = record.request, stage_of(record, asked, rollout)
    phase = phase_of(stage, rollout)
    waiting = stage in _ASKED and asked is not None
    return Card(
        stage=stage,
        rank=rank_of(record, asked, rollout) + (steps_taken(members) if stage is Stage.ROLLING else 0),
        headline=f"{request.service} in {request.environment} {words(stage, record.outcome, phase)}",
        service=request.service,
        environment=request.environment,
        release_id=request.release_id,
        digest=request.digest.removeprefix("sha256:")[:12],
        outcome=record.outcome,
        phase=phase,
        tag=tidy(request.tag, _NAME) if request.tag else None,
        commit=tidy(record.commit, 12) if record.commit else None,
        authors=few((tidy(author, _NAME) for author in record.authors), _AUTHORS),
        asked_for_by=_asked_for_by(record),
        changes=few(_changes(record, plan), _CHANGES),
        placement=record.placement,
        placement_reasons=few((tidy(each, _SENTENCE) for each in record.placement_reasons), 3),
        level=plan.risk.level if plan else None,
        points=few((tidy(each, _SENTENCE) for each in record.risk), _POINTS),
        needs=_needs(asked) if waiting and asked else None,
        votes=few((_voted(vote) for vote in asked.votes), _VOTES) if asked else (),
        expires_at=asked.expires_at if waiting and asked else None,
        binding=asked.short if waiting and asked else None,
        decided=_decided(record, asked),
        progress=_together(members) if members and stage is Stage.ROLLING else _progress(stage, phase, rollout),
        chart=few(chart.lines((rollout or record).measures, _STEPS), _CHART),
        reasons=_why(_reasons(stage, record, asked, rollout, now), stage, members),
        links=tuple(_links(record)),
        buttons=_buttons(stage, record, is_open(asked, now)),
    )


def _why(reasons: Iterable[str], stage: Stage, members: Sequence[Came]) -> tuple[str, ...]:
    told = [*reasons, *(standing_in_words(members) if stage is Stage.ROLLING else ())]
    return few((tidy(each, _SENTENCE) for each in told), max(_REASONS, min(len(members), _MEMBERS)))


def _together(members: Sequence[Came]) -> str:
    return f"{sum(each.came_in for each in members)} of {len(members)} came in"


def in_words(change: Change) -> str:
    """`cpu 256 -> 512`, `environment.LOG_LEVEL added: debug`, `user removed`."""
    path = tidy(change.path, _NAME)
    if change.after is None:
        return f"{path} removed"
    if change.before is None:
        return f"{path} added: {_value(change.after)}"
    return f"{path} {_value(change.before)} -> {_value(change.after)}"


def _changes(record: ReleaseRecord, plan: Plan | None) -> Iterator[str]:
    if plan is not None:
        return (in_words(change) for change in folded(plan.changes))
    return (tidy(path, _NAME) for path in record.changes)


def _value(value: object) -> str:
    text = value if isinstance(value, str) else canonical(value)
    image = _IMAGE.fullmatch(text)
    return tidy(f"{image[1]}@{image[2][:12]}" if image else text, _VALUE)


def _asked_for_by(record: ReleaseRecord) -> str | None:
    request = record.request
    if request.person is None:
        return None
    because = f": {tidy(request.because, _SENTENCE)}" if request.because else ""
    return f"{tidy(request.person, _NAME)}{because}"


def _needs(asked: Asked) -> str:
    """Who has to say yes. Each author whom nobody knows costs a voice more (`voting.missing`)."""
    extra = 0 if asked.rule.self_approval else asked.strangers
    needed = " and ".join(f"{each.quorum + extra} of {tidy(each.group, _NAME)}" for each in asked.rule.groups)
    if extra:
        return f"{needed} ({extra} more than usual: nobody knows who made it)"
    return needed if asked.rule.self_approval else f"{needed}, other than who made it"


def _voted(vote: Vote) -> str:
    said = "broke the glass" if vote.break_glass else "approved" if vote.approves else "rejected"
    instead = f" for {tidy(vote.instead_of, _NAME)}" if vote.instead_of else ""
    reason = f": {tidy(vote.reason, _SENTENCE)}" if vote.reason else ""
    return f"{tidy(vote.person, _NAME)} {said}{instead}{reason}"


def _decided(record: ReleaseRecord, asked: Asked | None) -> str | None:
    if asked is not None and asked.state not in {State.PENDING, State.VOID} and asked.because:
        at = f" ({asked.about})" if asked.hook is not None else ""
        return tidy(f"{asked.because}{at}", _SENTENCE)
    return tidy(record.decided, _SENTENCE) if record.decided else None


def _progress(stage: Stage, phase: Phase | None, rollout: Rollout | None) -> str | None:
    if stage not in {Stage.ROLLING, Stage.PAUSED}:
        return None
    if phase is None or rollout is None:
        return "everything is written; Pilotage looks whether it took"
    if phase is Phase.ROLLING or rollout.progress is None or phase in _TURNED:
        return rollout.progress if rollout.progress and phase is Phase.ROLLING else str(phase)
    return f"{'waits' if phase is Phase.PAUSED else phase}: {rollout.progress}"


def _reasons(
    stage: Stage, record: ReleaseRecord, asked: Asked | None, rollout: Rollout | None, now: datetime
) -> Iterator[str]:
    if stage in _ASKED and not is_open(asked, now):
        yield "the time to decide is over"
    if stage is Stage.HELD and record.waits_for:
        yield record.waits_for
    if stage in {Stage.PREPARING, Stage.HELD} and asked is not None and asked.state is State.VOID:
        yield f"what was asked for before does not count any more: {asked.because}"
    if stage in {Stage.ROLLING, Stage.PAUSED} and rollout is not None:
        on_demand = f"{rollout.no_capacity}: it goes on on demand" if rollout.fell_back else None
        yield from (each for each in (on_demand, rollout.stop_because, *rollout.stop_reasons) if each)
    if stage is Stage.ENDED:
        yield from record.reasons
        yield from (each for each in (record.fell_back,) if each)


def _links(record: ReleaseRecord) -> Iterator[Link]:
    """The commit, where the label `org.opencontainers.image.source` names a repository on the web. Only https, and only
    characters that are markup nowhere.
    """
    source, commit = (record.source or "").removesuffix("/").removesuffix(".git"), record.commit or ""
    if len(source) <= _LONGEST_URL and _REPOSITORY_URL.fullmatch(source) and _COMMIT.fullmatch(commit):
        yield Link(f"Commit {commit[:12]}", f"{source}/commit/{commit}")


def _buttons(stage: Stage, record: ReleaseRecord, open_: bool) -> tuple[Button, ...]:
    if stage in _ASKED and open_:
        return (Button.APPROVE, Button.REJECT, Button.PLAN)
    if stage is not Stage.ENDED and record.plan_hash is not None:
        return (Button.PLAN,)
    return ()

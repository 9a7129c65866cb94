"""How one service stands, in lines: what runs, what is on its way, what waits, and what stands in the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pilotage.errors import NotFound
from pilotage.gate import NO_REASON
from pilotage.outcome import Outcome
from pilotage.ports import Pins, Policies, Records, Rollouts, Stops
from pilotage.record import ReleaseRecord
from pilotage.target import Target
from pilotage.usecases.last_look import stops_in_force

_LOOKED_BACK = 50  # releases of the service
_MOST_BANS = 5
_COMMIT = 12  # characters of it
_STANDS = frozenset({Outcome.SUCCEEDED, Outcome.UNVERIFIED})


@dataclass(frozen=True)
class Sights:
    records: Records
    rollouts: Rollouts
    stops: Stops
    pins: Pins
    policies: Policies


def show(target: Target, now: datetime, sights: Sights) -> list[str]:
    """Raises NotFound for what was never released, and BadPolicy."""
    records = sights.records.history(target.environment, target.service, _LOOKED_BACK)
    if not records:
        raise NotFound(f"{target} has no release.")
    freeze = sights.policies.current(target.environment).freeze
    return [
        *_runs(target, records, sights),
        *_under_way(target, records, sights),
        *_last(records),
        *_held(target, sights),
        *(stop.sentence for stop in stops_in_force(target, freeze, sights.stops, now)),
    ]


def _runs(target: Target, records: Sequence[ReleaseRecord], sights: Sights) -> Iterator[str]:
    digest = sights.records.standing(target).succeeded_digest
    if digest is None:
        yield f"{target}: nothing of it ever succeeded"
        return
    came = next((each for each in records if each.outcome in _STANDS and each.request.digest == digest), None)
    if came is None:  # so many releases ago
        yield f"{target} runs {digest[:19]}"
        return
    since = came.timings.concluded_at or came.started_at
    unverified = ", unverified" if came.outcome is Outcome.UNVERIFIED else ""
    yield f"{target} runs {_image(came)} since {_at(since)} ({came.request.release_id}{unverified})"


def _under_way(target: Target, records: Sequence[ReleaseRecord], sights: Sights) -> Iterator[str]:
    rollout = sights.rollouts.get(target)
    for record in (each for each in records if each.outcome is None):
        said = f"{_image(record)} ({record.request.release_id})"
        if rollout is not None and rollout.release_id == record.request.release_id:
            stopping = f"; it is being stopped: {rollout.stop_because}" if rollout.stop_because else ""
            yield f"rolls out: {said} since {_at(rollout.started_at)}{stopping}"
        elif record.waits_for:
            yield f"waits: {said} for {record.waits_for}"
        else:
            yield f"under way: {said}"


def _last(records: Sequence[ReleaseRecord]) -> Iterator[str]:
    """How the newest release that is over ended, when it is not what runs."""
    ended = next((each for each in records if each.outcome is not None), None)
    if ended is not None and ended.outcome not in {*_STANDS, Outcome.NO_CHANGE}:
        why = f": {ended.reasons[0]}" if ended.reasons else ""
        yield f"last: {_image(ended)} ({ended.request.release_id}) {ended.outcome}{why}"


def _held(target: Target, sights: Sights) -> Iterator[str]:
    pin = sights.pins.get(target)
    if pin is not None:
        yield f"pinned: {pin.digest[:19]} by {pin.owner} since {_at(pin.since)}: {pin.reason or NO_REASON}"
    bans = sights.records.bans(target)
    for digest, reason in list(bans.items())[:_MOST_BANS]:
        yield f"banned: {digest[:19]}, {reason}"
    if len(bans) > _MOST_BANS:
        yield f"... and {len(bans) - _MOST_BANS} more banned"


def _image(record: ReleaseRecord) -> str:
    """`v2, sha256:0123456789ab, commit 89abcdef0123`."""
    request = record.request
    parts = (request.tag, request.digest[:19], f"commit {record.commit[:_COMMIT]}" if record.commit else None)
    return ", ".join(part for part in parts if part)


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"

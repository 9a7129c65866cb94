"""Roll back: stop the rollout under way, or release what ran before; and ban what was bad, so that nothing brings it
back.

What is to be done is chosen once, and written into the trail before anything else: a second delivery that comes when
the rollout is stopped already must not go back one release further.
"""

from __future__ import annotations

from dataclasses import replace

from pilotage.audit import Entry
from pilotage.ports import Incompatible
from pilotage.record import ReleaseRecord
from pilotage.rollout import Rollout
from pilotage.usecases.commands.answers import Answer
from pilotage.usecases.commands.helm import (
    STOOD,
    Helm,
    Order,
    gone,
    on_its_way,
    others_lock,
    release_again,
    running,
    short,
    stood,
)
from pilotage.usecases.migrations.older_code import meets_newer_schema


def roll_back(order: Order, helm: Helm) -> Answer:
    choice = helm.trail.get(_choice_id(order))
    if choice is None:
        chosen = _choose(order, helm)
        if isinstance(chosen, Answer):
            return chosen
        helm.trail.add(chosen)
        choice = helm.trail.get(chosen.id)
        assert choice is not None
    return _follow(choice, order, helm)


def _choice_id(order: Order) -> str:
    return f"choice:{order.message_id}"


def _choose(order: Order, helm: Helm) -> Entry | Answer:
    lock = others_lock(order, helm)
    if lock is not None:
        return Answer(
            f"{lock.sentence}. A rollback passes no lock of somebody else: {lock.owner} has to unlock.", done=False
        )
    rollout = helm.rollouts.get(order.target)
    if rollout is not None:
        return _to_stop(rollout, order, helm)
    coming = on_its_way(order.target, helm)
    if coming is not None:
        return Answer(_coming(coming, order, helm), done=False)
    bad = running(order.target, helm)
    if bad is None:
        return Answer(f"nothing of {order.target} ever succeeded: there is nothing to roll back.", done=False)
    refusal = _no_way_back(bad, order, helm)
    if refusal is not None:
        return Answer(refusal, done=False)
    sentence = f"chose to release what ran before {short(bad)}"
    return _choice(order, sentence, order.release_id, bad)


def _to_stop(rollout: Rollout, order: Order, helm: Helm) -> Entry | Answer:
    record = helm.records.get(order.target, rollout.release_id)
    if rollout.succeeded:
        half_way = "the migration after it runs, and is never stopped half-way: ask again when it is over"
        return Answer(f"the rollout of release {rollout.release_id} is done; {half_way}.", done=False)
    if rollout.ended_at is not None or record is None:
        return Answer(f"release {rollout.release_id} ends this very moment: ask again in a minute.", done=False)
    pin = helm.pins.get(order.target)
    if pin is not None and pin.digest == record.request.digest:
        return Answer(f"{order.target} is pinned to what rolls out now, by {pin.owner}: unpin it first.", done=False)
    kept = helm.records.incompatible_since(order.target)
    if kept is not None and kept.release_id == rollout.release_id and not order.command.anyway:
        return Answer(_newer_schema(kept, order), done=False)
    sentence = f"chose to stop release {rollout.release_id}"
    return _choice(order, sentence, rollout.release_id, record.request.digest)


def _choice(order: Order, sentence: str, release_id: str, bad: str) -> Entry:
    return Entry(
        id=_choice_id(order),
        at=order.now,
        environment=order.target.environment,
        service=order.target.service,
        verb=order.command.verb,
        person=order.by,
        identity=order.identity,
        sentence=sentence,
        release_id=release_id,
        reason=order.command.reason,
        digest=bad,
    )


def _no_way_back(bad: str, order: Order, helm: Helm) -> str | None:
    before = _before(bad, order, helm)
    if before is None:
        return f"nothing to go back to: no other image of {order.target} succeeded that is not banned."
    pin = helm.pins.get(order.target)
    if pin is not None and pin.digest != before.request.digest:
        return f"{order.target} is held at {short(pin.digest)} by {pin.owner}: unpin it first."
    newer = None if order.command.anyway else meets_newer_schema(order.target, before.request.digest, helm.records)
    if newer is not None:
        return _newer_schema(newer, order)
    lost = gone(before.request, helm)
    return None if lost is None else f"nothing was changed: {lost}."


def _newer_schema(kept: Incompatible, order: Order) -> str:
    ran = f"release {kept.release_id} ran a migration, on {kept.at:%Y-%m-%d %H:%M} UTC,"
    remedy = f"if you know that it works, say: rollback {order.target} --anyway {order.command.reason or 'and why'}"
    return f"{ran} that the code of before was not made for. Nothing was changed; {remedy}"


def _coming(coming: ReleaseRecord, order: Order, helm: Helm) -> str:
    migration = helm.migrations.get(order.target)
    if migration is not None and migration.release_id == coming.request.release_id:
        since = f"{migration.started_at:%H:%M} UTC"
        return f"{_shown(coming)} migrates since {since}, which is never stopped half-way: ask again when it is over."
    return f"{_shown(coming)} may roll out any moment: ask again, to stop it, or when it is over."


def _before(bad: str, order: Order, helm: Helm) -> ReleaseRecord | None:
    """The newest release that succeeded, of another image that is not banned."""
    banned = helm.records.bans(order.target)
    others = (each for each in stood(order.target, helm) if each.request.digest not in {bad, *banned})
    return next(others, None)


def _follow(choice: Entry, order: Order, helm: Helm) -> Answer:
    assert choice.digest is not None
    assert choice.release_id is not None
    helm.records.ban(order.target, choice.digest, f"rolled back by {order.by_whom}")
    if choice.release_id != order.release_id:
        return _stop(choice.release_id, choice.digest, order, helm)
    begun = helm.records.get(order.target, order.release_id)
    before = begun or _before(choice.digest, order, helm)
    if before is None:
        return Answer(f"{short(choice.digest)} is banned now, but nothing is left to go back to.", done=True)
    record = release_again(order, before, helm)
    sentence = f"{order.target} goes back to {_shown(record)}; {short(choice.digest)} is banned."
    return Answer(sentence, done=True, release_id=record.request.release_id)


def _stop(release_id: str, bad: str, order: Order, helm: Helm) -> Answer:
    rollout = helm.rollouts.get(order.target)
    if rollout is not None and rollout.release_id == release_id and rollout.ended_at is None:
        if rollout.stop_because is None:
            helm.rollouts.save(replace(rollout, stop_because=f"rolled back by {order.by_whom}"))
        return Answer(
            f"release {release_id} is being stopped; {short(bad)} is banned.", done=True, release_id=release_id
        )
    record = helm.records.get(order.target, release_id)
    if record is not None and record.outcome in STOOD:
        late = f"release {release_id} had succeeded before it could be stopped. {short(bad)} is banned: ask again"
        return Answer(f"{late} to go back to what ran before it.", done=True, release_id=release_id)
    return Answer(f"release {release_id} is over; {short(bad)} is banned.", done=True, release_id=release_id)


def _shown(record: ReleaseRecord) -> str:
    return f"{short(record.request.digest)} with release {record.request.release_id}"

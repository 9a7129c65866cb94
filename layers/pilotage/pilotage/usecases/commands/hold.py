"""Pins and bans: what a service is held at, and what it must not be given again."""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.outcome import Outcome
from pilotage.record import ReleaseRecord
from pilotage.stops import Pin
from pilotage.usecases.commands.answers import Answer
from pilotage.usecases.commands.helm import (
    LOOKED_BACK,
    Helm,
    Order,
    gone,
    is_whole,
    named_digest,
    on_its_way,
    others_lock,
    release_again,
    running,
    short,
    stood,
)


def pin(order: Order, helm: Helm) -> Answer:
    """To what runs now, or to what succeeded before: that is released then, through the machine as any other."""
    record = _to_hold(order, helm)
    if isinstance(record, Answer):
        return record
    digest = record.request.digest
    release = _has_to_move(digest, order, helm)
    refusal = _cannot_hold(record, order, helm, release=release)
    if refusal is not None:
        return Answer(refusal, done=False)
    before = helm.pins.get(order.target)
    helm.pins.set(Pin(order.target, digest, order.by, order.command.reason, order.now))
    instead = f", in place of the pin of {before.owner}" if before is not None and before.owner != order.by else ""
    held = f"{order.target} is held at {short(digest)}{instead}, against every push, until somebody unpins it"
    if not release:
        return Answer(f"{held}.", done=True)
    begun = release_again(order, record, helm)
    release_id = begun.request.release_id
    return Answer(f"{held}; release {release_id} brings it there.", done=True, release_id=release_id)


def unpin(order: Order, helm: Helm) -> Answer:
    """Nothing starts by itself: what was passed over is told, and may be pushed again."""
    kept = helm.pins.get(order.target)
    if kept is None or not helm.pins.lift(order.target):
        return Answer(f"{order.target} is not pinned.", done=False)
    freed = f"{order.target} is no longer held at {short(kept.digest)}"
    passed = [_pushed(each) for each in helm.records.history(*_of(order), LOOKED_BACK) if _passed_over(each, kept)]
    if not passed:
        return Answer(f"{freed}; no push was passed over meanwhile.", done=True)
    return Answer(f"{freed}; passed over meanwhile: {', '.join(passed)}. Push again what is to run.", done=True)


def ban(order: Order, helm: Helm) -> Answer:
    """What runs stays: a ban is about what comes."""
    digest = _named(order, helm, (each.request.digest for each in helm.records.history(*_of(order), LOOKED_BACK)))
    if isinstance(digest, Answer):
        return digest
    helm.records.ban(order.target, digest, f"banned by {order.by_whom}")
    still = "; it runs now, and stays until something else is released" if digest == running(order.target, helm) else ""
    return Answer(f"{short(digest)} is banned from {order.target}{still}.", done=True)


def unban(order: Order, helm: Helm) -> Answer:
    """Nothing starts by itself."""
    bans = helm.records.bans(order.target)
    asked = order.command.digest or running(order.target, helm) or ""
    digest = named_digest(asked, bans)
    if digest is None or not helm.records.unban(order.target, digest):
        banned = ", ".join(short(each) for each in bans) or "nothing is"
        return Answer(f"{asked[:19] or 'that'} is not banned from {order.target}; banned: {banned}.", done=False)
    return Answer(
        f"{short(digest)} may run as {order.target} again. Push it again, or pin it, to release it.", done=True
    )


def _to_hold(order: Order, helm: Helm) -> ReleaseRecord | Answer:
    command, releases = order.command, stood(order.target, helm)
    if command.release_id is not None:
        named = (each for each in releases if each.request.release_id == command.release_id)
        found = next(named, None)
        return found or Answer(f"no release {command.release_id} of {order.target} succeeded.", done=False)
    digest = _named(order, helm, (each.request.digest for each in releases))
    if isinstance(digest, Answer):
        return digest
    found = next((each for each in releases if each.request.digest == digest), None)
    return found or Answer(f"{short(digest)} never succeeded as {order.target}: pin what ran before.", done=False)


def _named(order: Order, helm: Helm, known: Iterable[str]) -> str | Answer:
    """The digest that the command is about: the one that it names, or what runs now."""
    asked = order.command.digest
    if asked is not None:
        digest = asked if is_whole(asked) else named_digest(asked, known)
        return digest or Answer(f"{asked[:80]} names no image of {order.target}, or more than one.", done=False)
    rollout = helm.rollouts.get(order.target)
    if rollout is not None:
        return Answer(f"release {rollout.release_id} is rolling out: say which digest you mean.", done=False)
    return running(order.target, helm) or Answer(f"nothing of {order.target} ever succeeded.", done=False)


def _has_to_move(digest: str, order: Order, helm: Helm) -> bool:
    """Whether a release has to bring the service to this digest: it runs another, or one is on its way."""
    coming = on_its_way(order.target, helm)
    return digest != (coming.request.digest if coming is not None else running(order.target, helm))


def _cannot_hold(record: ReleaseRecord, order: Order, helm: Helm, *, release: bool) -> str | None:
    digest = record.request.digest
    banned = helm.records.ban_of(order.target, digest)
    if banned is not None:
        return f"{short(digest)} is banned from {order.target} ({banned}): unban it first."
    lock = others_lock(order, helm)
    if lock is not None:
        return f"{lock.sentence}. {lock.owner} has to unlock before somebody else pins."
    lost = gone(record.request, helm) if release else None
    return None if lost is None else f"nothing was changed: {lost}."


def _passed_over(record: ReleaseRecord, kept: Pin) -> bool:
    """A push that the gate refused because of this pin."""
    if record.outcome is not Outcome.REJECTED or record.started_at < kept.since:
        return False
    return any(reason.startswith(f"held at {kept.digest} ") for reason in record.reasons)


def _pushed(record: ReleaseRecord) -> str:
    digest = short(record.request.digest)
    return f"{record.request.tag} ({digest})" if record.request.tag else digest


def _of(order: Order) -> tuple[str, str]:
    return order.target.environment, order.target.service

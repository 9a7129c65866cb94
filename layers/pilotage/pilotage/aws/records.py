"""Releases, what is remembered of their targets, the heads of tags, and which revision holds which content."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice

from pilotage.aws import keys
from pilotage.aws.table import ABSENT, Expression, Item, Table, Value, pack, setting, unpack, when
from pilotage.errors import Throttled
from pilotage.gate import Standing
from pilotage.migration import MigrationRun
from pilotage.ports import Head, Incompatible, Watch
from pilotage.record import ReleaseRecord
from pilotage.release import ReleaseRequest
from pilotage.target import Target

ATTEMPTS = 10
NUMBERS_KEPT = 50  # far more successes of one service than can happen while one release retries its end


class TableRecords:
    """The port `Records`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def open(self, record: ReleaseRecord) -> None:
        self._table.put(_key(record), _attributes(record), ABSENT)

    def get(self, target: Target, release_id: str) -> ReleaseRecord | None:
        item = self._table.get(keys.release(target, release_id))
        return None if item is None else unpack(ReleaseRecord, item)

    def save(self, record: ReleaseRecord) -> bool:
        condition = when("attribute_not_exists(#outcome)")
        if record.outcome is not None:
            condition = when(f"{condition.text} OR #outcome = :outcome", outcome=str(record.outcome))
        return self._table.put(_key(record), _attributes(record), condition)

    def history(self, environment: str, service: str | None, limit: int) -> Sequence[ReleaseRecord]:
        items = self._table.indexed(keys.releases(environment), newest_first=True)
        wanted = (item for item in items if service in (None, item["service"]))
        return [unpack(ReleaseRecord, item) for item in islice(wanted, limit)]

    def head(self, repository: str, tag: str) -> Head | None:
        item = self._table.get(keys.head(repository, tag))
        return None if item is None else _head(item)

    def heads(self, repository: str) -> Mapping[str, Head]:
        return {item["sk"]: _head(item) for item in self._table.partition(keys.tags(repository))}

    def move_head(self, repository: str, tag: str, head: Head, expected: Head | None) -> bool:
        values = {"digest": head.digest, "pushed_at": keys.stamp(head.pushed_at), "release_id": head.release_id}
        return self._table.put(keys.head(repository, tag), values, _unmoved(expected))

    def standing(self, target: Target) -> Standing:
        return _standing(self._table.get(keys.standing(target)) or {})

    def applied(self, target: Target, request: ReleaseRequest) -> None:
        pushed_at = keys.stamp(request.pushed_at)
        change = setting(
            {"applied_pushed_at": pushed_at, "applied_tag": request.tag},
            remove=() if request.tag else ("applied_tag",),
        )
        newer = "attribute_not_exists(#applied_pushed_at) OR #applied_pushed_at < :pushed_at"
        self._table.update(keys.standing(target), change, when(newer, pushed_at=pushed_at))

    def succeeded(self, target: Target, request: ReleaseRequest, revision: str) -> int:
        """The numbers of the last successes stand beside the counter, so that one conditional write moves both."""
        key = keys.standing(target)
        for _ in range(ATTEMPTS):
            item = self._table.get(key) or {}
            numbers: dict[str, int] = json.loads(item.get("numbers", "{}"))
            if request.release_id in numbers:
                return numbers[request.release_id]
            change, number = _success(item, numbers, request, revision)
            if self._table.update(key, change, _uncounted(item)) is not None:
                return number
        raise Throttled(f"{target}: its standing changed under {ATTEMPTS} attempts to note a success.")

    def ban(self, target: Target, digest: str, reason: str) -> None:
        self._table.put(keys.banned(target, digest), {"reason": reason})
        self._table.put(keys.ban(target, digest), {"reason": reason})

    def ban_of(self, target: Target, digest: str) -> str | None:
        item = self._table.get(keys.ban(target, digest))
        return None if item is None else str(item["reason"])

    def ever_banned(self, target: Target, digest: str) -> str | None:
        item = self._table.get(keys.banned(target, digest))
        return None if item is None else str(item["reason"])

    def unban(self, target: Target, digest: str) -> bool:
        return self._table.delete(keys.ban(target, digest), when("attribute_exists(#pk)"))

    def bans(self, target: Target) -> Mapping[str, str]:
        items = self._table.partition(keys.ban(target, "").pk, keys.BANS)
        return {item["sk"].removeprefix(keys.BANS): str(item["reason"]) for item in items}

    def revision_of(self, family: str, content_hash: str) -> str | None:
        item = self._table.get(keys.revision(family, content_hash))
        return None if item is None else str(item["revision"])

    def remember_revision(self, family: str, content_hash: str, revision: str) -> None:
        self._table.put(keys.revision(family, content_hash), {"revision": revision})

    def forget_revision(self, family: str, content_hash: str, revision: str) -> None:
        self._table.delete(keys.revision(family, content_hash), when("#revision = :revision", revision=revision))

    def cleaned(self, target: Target, successes: int) -> None:
        known = when("attribute_exists(#pk)")
        self._table.update(keys.standing(target), setting({"cleaned": successes}), known)

    def migrated(self, target: Target, request: ReleaseRequest, run: MigrationRun) -> None:
        """Of two that end at once, the later one stays, whoever writes first."""
        if not run.leaves_incompatible:
            return
        at = keys.stamp(run.ended_at)
        known = Incompatible(request.release_id, request.digest, request.pushed_at, run.ended_at)
        values = {"at": at, **pack(f"incompatible {target}", known)}
        later = when(f"{ABSENT.text} OR #at <= :at", at=at)
        self._table.put(keys.incompatible(target), values, later)

    def incompatible_since(self, target: Target) -> Incompatible | None:
        item = self._table.get(keys.incompatible(target))
        return None if item is None else unpack(Incompatible, item)

    def watch(self, watch: Watch) -> None:
        indexed = {keys.INDEX_PK: keys.UNVERIFIED, keys.INDEX_SK: str(watch.target)}
        values = {**indexed, "release_id": watch.release_id, **pack(f"watch of {watch.target}", watch)}
        self._table.put(keys.watch(watch.target), values)

    def watched(self) -> Sequence[Watch]:
        return [unpack(Watch, item) for item in self._table.indexed(keys.UNVERIFIED)]

    def unwatch(self, watch: Watch) -> None:
        self._table.delete(keys.watch(watch.target), when("#release_id = :release", release=watch.release_id))


def _key(record: ReleaseRecord) -> keys.Key:
    return keys.release(record.request.target, record.request.release_id)


def _attributes(record: ReleaseRecord) -> Mapping[str, Value | None]:
    request = record.request
    return {
        keys.INDEX_PK: keys.releases(request.environment),
        keys.INDEX_SK: f"{keys.stamp(record.started_at)}#{request.release_id}",
        "service": request.service,
        "outcome": None if record.outcome is None else str(record.outcome),
        **pack(f"record of {request.release_id}", record),
    }


def _head(item: Item) -> Head:
    return Head(item["digest"], datetime.fromisoformat(item["pushed_at"]), item.get("release_id"))


def _unmoved(expected: Head | None) -> Expression:
    if expected is None:
        return ABSENT
    text = "#digest = :was_digest AND #pushed_at = :was_pushed_at"
    values: dict[str, Value] = {"was_digest": expected.digest, "was_pushed_at": keys.stamp(expected.pushed_at)}
    if expected.release_id is None:
        return Expression(f"{text} AND attribute_not_exists(#release_id)", values)
    return Expression(f"{text} AND #release_id = :was_release", {**values, "was_release": expected.release_id})


def _standing(item: Item) -> Standing:
    applied = item.get("applied_pushed_at")
    return Standing(
        applied_pushed_at=None if applied is None else datetime.fromisoformat(applied),
        applied_tag=item.get("applied_tag"),
        succeeded_digest=item.get("succeeded_digest"),
        succeeded_revision=item.get("succeeded_revision"),
        successes=item.get("successes", 0),
        cleaned=item.get("cleaned", 0),
    )


def _success(item: Item, numbers: Mapping[str, int], request: ReleaseRequest, revision: str) -> tuple[Expression, int]:
    number = item.get("successes", 0) + 1
    kept = {release: counted for release, counted in numbers.items() if counted > number - NUMBERS_KEPT}
    values = {
        "successes": number,
        "succeeded_digest": request.digest,
        "succeeded_revision": revision,
        "numbers": json.dumps({**kept, request.release_id: number}),
    }
    return setting(values), number


def _uncounted(item: Item) -> Expression:
    if "successes" not in item:
        return when("attribute_not_exists(#successes)")
    return when("#successes = :was", was=item["successes"])

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pilotage.gate import Standing
from pilotage.migration import MigrationRun
from pilotage.ports import Head, Incompatible, Watch
from pilotage.record import ReleaseRecord
from pilotage.release import ReleaseRequest
from pilotage.target import Target


class FakeRecords:
    """The port Records. What it holds is open to the tests."""

    def __init__(self) -> None:
        self.records: dict[tuple[Target, str], ReleaseRecord] = {}
        self.tags: dict[tuple[str, str], Head] = {}
        self.standings: dict[Target, Standing] = {}
        self.numbers: dict[tuple[Target, str], int] = {}
        self.banned: dict[tuple[Target, str], str] = {}
        self.former_bans: dict[tuple[Target, str], str] = {}
        self.revisions: dict[tuple[str, str], str] = {}
        self.watches: dict[Target, Watch] = {}
        self.incompatible: dict[Target, Incompatible] = {}

    def open(self, record: ReleaseRecord) -> None:
        self.records.setdefault(_key(record), record)

    def get(self, target: Target, release_id: str) -> ReleaseRecord | None:
        return self.records.get((target, release_id))

    def save(self, record: ReleaseRecord) -> bool:
        kept = self.records.get(_key(record))
        if kept is not None and kept.outcome is not None and kept.outcome != record.outcome:
            return False
        self.records[_key(record)] = record
        return True

    def history(self, environment: str, service: str | None, limit: int) -> Sequence[ReleaseRecord]:
        found = [
            record
            for record in self.records.values()
            if record.request.environment == environment and service in (None, record.request.service)
        ]
        found.sort(key=lambda record: (record.started_at, record.request.release_id), reverse=True)
        return found[:limit]

    def head(self, repository: str, tag: str) -> Head | None:
        return self.tags.get((repository, tag))

    def heads(self, repository: str) -> Mapping[str, Head]:
        return {tag: head for (name, tag), head in self.tags.items() if name == repository}

    def move_head(self, repository: str, tag: str, head: Head, expected: Head | None) -> bool:
        if self.tags.get((repository, tag)) != expected:
            return False
        self.tags[repository, tag] = head
        return True

    def standing(self, target: Target) -> Standing:
        return self.standings.get(target, Standing())

    def applied(self, target: Target, request: ReleaseRequest) -> None:
        standing = self.standing(target)
        if standing.applied_pushed_at is None or standing.applied_pushed_at < request.pushed_at:
            after = replace(standing, applied_pushed_at=request.pushed_at, applied_tag=request.tag)
            self.standings[target] = after

    def succeeded(self, target: Target, request: ReleaseRequest, revision: str) -> int:
        if (target, request.release_id) not in self.numbers:
            number = self.standing(target).successes + 1
            self.numbers[target, request.release_id] = number
            self.standings[target] = replace(
                self.standing(target), succeeded_digest=request.digest, succeeded_revision=revision, successes=number
            )
        return self.numbers[target, request.release_id]

    def ban(self, target: Target, digest: str, reason: str) -> None:
        self.banned[target, digest] = self.former_bans[target, digest] = reason

    def ban_of(self, target: Target, digest: str) -> str | None:
        return self.banned.get((target, digest))

    def ever_banned(self, target: Target, digest: str) -> str | None:
        return self.former_bans.get((target, digest))

    def unban(self, target: Target, digest: str) -> bool:
        return self.banned.pop((target, digest), None) is not None

    def bans(self, target: Target) -> Mapping[str, str]:
        return {digest: why for (banned, digest), why in sorted(self.banned.items()) if banned == target}

    def revision_of(self, family: str, content_hash: str) -> str | None:
        return self.revisions.get((family, content_hash))

    def remember_revision(self, family: str, content_hash: str, revision: str) -> None:
        self.revisions[family, content_hash] = revision

    def forget_revision(self, family: str, content_hash: str, revision: str) -> None:
        if self.revisions.get((family, content_hash)) == revision:
            del self.revisions[family, content_hash]

    def cleaned(self, target: Target, successes: int) -> None:
        if target in self.standings:
            self.standings[target] = replace(self.standings[target], cleaned=successes)

    def migrated(self, target: Target, request: ReleaseRequest, run: MigrationRun) -> None:
        kept = self.incompatible.get(target)
        if run.leaves_incompatible and (kept is None or kept.at <= run.ended_at):
            self.incompatible[target] = Incompatible(
                request.release_id, request.digest, request.pushed_at, run.ended_at
            )

    def incompatible_since(self, target: Target) -> Incompatible | None:
        return self.incompatible.get(target)

    def watch(self, watch: Watch) -> None:
        self.watches[watch.target] = watch

    def watched(self) -> Sequence[Watch]:
        return [self.watches[target] for target in sorted(self.watches)]

    def unwatch(self, watch: Watch) -> None:
        kept = self.watches.get(watch.target)
        if kept is not None and kept.release_id == watch.release_id:
            del self.watches[watch.target]


def _key(record: ReleaseRecord) -> tuple[Target, str]:
    return record.request.target, record.request.release_id

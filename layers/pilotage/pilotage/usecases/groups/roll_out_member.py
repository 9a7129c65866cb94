"""Release one of several services: start its own release, and keep the token that its end answers.

The order against crashes: the token is kept before the release is started, and then it is looked whether it has come to
its end already, as after a try that died. So no end finds nobody waiting.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pilotage.group import target_of
from pilotage.group.outcome import first_that_failed
from pilotage.group.requests import request_back, request_of
from pilotage.plan import Member
from pilotage.ports import AwaitedMember, Clock, Executions, Groups, Leases, Policies, Records
from pilotage.record import ReleaseRecord
from pilotage.release import ReleaseRequest
from pilotage.usecases.groups.members import answer_group, came


@dataclass(frozen=True, slots=True)
class Begun:
    """`release_id` None: it was not begun, for the reason that is told."""

    release_id: str | None
    because: str


@dataclass(frozen=True)
class Members:
    """The ports by which the release of the whole leads its members."""

    records: Records
    groups: Groups
    leases: Leases
    policies: Policies
    executions: Executions
    clock: Clock

    def roll_out(self, group: ReleaseRequest, member: Member, task_token: str, *, together: bool = False) -> Begun:
        """Start it, unless it is not to be begun any more. The state of the group is resumed by the token."""
        because = self._not_to_begin(group, member, together=together)
        if because is not None:
            return self._skip(member, task_token, because)
        request = request_of(group, member.name)
        self._note_begun(group)
        return self._begin(group, member, request, task_token)

    def bring_back(self, group: ReleaseRequest, member: Member, task_token: str) -> Begun:
        """Release what ran before. What it is brought back from is banned first, so that nothing brings that again."""
        because = f"member {first_that_failed(came(group, self._members(group), self.records))}"
        request = request_back(group, member, because)
        if request is None:
            return self._skip(member, task_token, f"nothing of {member.service} ran before")
        self.records.ban(target_of(group, member), group.digest, f"{group.release_id} was brought back: {because}")
        return self._begin(group, member, request, task_token)

    def _begin(self, group: ReleaseRequest, member: Member, request: ReleaseRequest, task_token: str) -> Begun:
        target = request.target
        self.groups.park(
            AwaitedMember(group.target, group.release_id, member.name, target, request.release_id, task_token)
        )
        self.records.open(ReleaseRecord.begun(request, self.clock.now()))
        self.executions.start(request)
        record = self.records.get(target, request.release_id)
        if record is not None:
            answer_group(record, self.groups, self.executions)
        return Begun(request.release_id, request.because or "its turn in the group")

    def _skip(self, member: Member, task_token: str, because: str) -> Begun:
        self.executions.resume(task_token, skipped(member))
        return Begun(None, because)

    def _not_to_begin(self, group: ReleaseRequest, member: Member, *, together: bool) -> str | None:
        whole = self.records.get(group.target, group.release_id)
        if whole is None or whole.outcome is not None:
            return f"{group.release_id} is over"
        if self.records.get(target_of(group, member), member.release_id) is not None:
            return None  # what was begun is carried on
        if not together:
            failed = [each for each in came(group, whole.members, self.records) if each.begun and not each.came_in]
            if failed:
                return f"{failed[0].member.name} did not come in"
        return self._has_to_give_way(group)

    def _has_to_give_way(self, group: ReleaseRequest) -> str | None:
        """A newer release of all waits, and the policy prefers it."""
        lease = self.leases.holder(group.target)
        waiting = lease.waiting if lease is not None else None
        if waiting is None or self.policies.current(group.environment).rollout.while_rolling != "stop":
            return None
        return f"superseded by {waiting.release_id}"

    def _members(self, group: ReleaseRequest) -> tuple[Member, ...]:
        whole = self.records.get(group.target, group.release_id)
        return whole.members if whole is not None else ()

    def _note_begun(self, group: ReleaseRequest) -> None:
        """From now on it is under way, for whoever looks at the release of the whole."""
        record = self.records.get(group.target, group.release_id)
        if record is not None and record.outcome is None and record.timings.applied_at is None:
            self.records.save(replace(record, timings=replace(record.timings, applied_at=self.clock.now())))
        self.records.applied(group.target, group)


def skipped(member: Member) -> Mapping[str, Any]:
    """What the token of a member is answered that was not begun."""
    return {"member": member.name, "outcome": None, "skipped": True}

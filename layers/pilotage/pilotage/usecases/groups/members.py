"""What became of the members of a release of several services, as their own records tell."""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.group import back_id, target_of
from pilotage.group.outcome import Came
from pilotage.plan import Member
from pilotage.ports import AwaitedMember, Executions, Groups, Records
from pilotage.record import ReleaseRecord
from pilotage.release import ReleaseRequest


def came(group: ReleaseRequest, members: Sequence[Member], records: Records) -> tuple[Came, ...]:
    """In the order of `members`."""
    return tuple(_came(group, member, records) for member in members)


def _came(group: ReleaseRequest, member: Member, records: Records) -> Came:
    target = target_of(group, member)
    there, back = records.get(target, member.release_id), records.get(target, back_id(member))
    return Came(
        member,
        begun=there is not None,
        outcome=there.outcome if there else None,
        because=_last_word(there),
        back=back.outcome if back else None,
        back_begun=back is not None,
        back_because=_last_word(back),
    )


def answer_group(record: ReleaseRecord, groups: Groups, executions: Executions) -> bool:
    """Resume the group that waits for this member, when it has come to its end. True when one was told.

    A token that nobody waits on any more was answered by an earlier try, or has timed out with its group.
    """
    if record.request.group is None or record.outcome is None:
        return False
    awaited = groups.awaiting(record.request.target, record.request.release_id)
    if awaited is None:
        return False
    executions.resume(awaited.task_token, _answer(awaited, record))
    groups.over(awaited)
    return True


def _answer(awaited: AwaitedMember, record: ReleaseRecord) -> dict[str, object]:
    return {"member": awaited.member, "outcome": record.outcome, "skipped": False}


def _last_word(record: ReleaseRecord | None) -> str:
    return record.reasons[0] if record is not None and record.reasons else ""

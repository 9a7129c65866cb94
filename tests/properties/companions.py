"""What must be true of a release of several services, once everything has come to rest."""

from __future__ import annotations

from pilotage.group import back_id, target_of
from pilotage.group.outcome import CAME_IN
from pilotage.outcome import Outcome
from pilotage.plan import Member
from pilotage.record import ReleaseRecord
from properties.account import Account


def hold_together(account: Account, record: ReleaseRecord) -> None:
    """Raises AssertionError, naming the promise that was broken."""
    outcomes = {member.name: _outcome_of(account, record, member) for member in record.members}
    told = f"{record.request.release_id} is {record.outcome} ({record.reasons}), its members are {outcomes}"
    all_in = all(outcome in CAME_IN for outcome in outcomes.values())
    assert all_in or record.outcome not in CAME_IN - {Outcome.NO_CHANGE}, told
    assert record.outcome is not Outcome.NO_CHANGE or not any(map(_changed, outcomes.values())), told
    if record.outcome in {Outcome.ROLLED_BACK, Outcome.FAILED, Outcome.SUPERSEDED}:
        for member in record.members:
            _runs_what_it_ran(account, record, member, told)


def _changed(outcome: Outcome | None) -> bool:
    return outcome not in {None, Outcome.NO_CHANGE}


def _outcome_of(account: Account, record: ReleaseRecord, member: Member) -> Outcome | None:
    found = account.records.get(target_of(record.request, member), member.release_id)
    return found.outcome if found is not None else None


def _runs_what_it_ran(account: Account, record: ReleaseRecord, member: Member, told: str) -> None:
    """Unless somebody else changed it, or another release came after."""
    target = target_of(record.request, member)
    ours = {member.release_id, back_id(member)}
    written = [each for each in account.ledger.deployed if each.request.target == target]
    first = next((at for at, each in enumerate(written) if each.request.release_id in ours), len(written))
    later = [each for each in written[first:] if each.request.release_id not in ours]
    live = account.ledger.service(target)
    if (
        first == len(written)
        or later
        or target.service in account.ledger.meddled
        or member.back_to is None
        or live is None
    ):
        return
    image = live.primary.revision.definition.body["containerDefinitions"][0]["image"]
    assert image.endswith(member.back_to), f"{member.name} runs {image}, and ran {member.back_to} before; {told}"

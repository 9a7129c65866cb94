"""Did all members come in? If not, those that did have to go back."""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.group.outcome import all_came_in, to_bring_back
from pilotage.plan import Member
from pilotage.ports import Records
from pilotage.release import ReleaseRequest
from pilotage.usecases.groups.members import came


@dataclass(frozen=True, slots=True)
class Weighed:
    """`bring_back`: the last that came in first."""

    all_came_in: bool
    bring_back: tuple[Member, ...] = ()


def weigh_members(group: ReleaseRequest, members: tuple[Member, ...], records: Records) -> Weighed:
    found = came(group, members, records)
    return Weighed(all_came_in(found), to_bring_back(found))

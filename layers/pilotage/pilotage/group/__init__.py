"""Several services from one image: the release of the whole, and the releases of its members.

docs/decisions/0020-groups.md says why each member is a release of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotage.target import Target

if TYPE_CHECKING:
    from pilotage.plan import Member
    from pilotage.release import ReleaseRequest

GROUP = "group"  # the kind of the plan and of the record of the whole
BACK = "-back"  # how the id of a release ends that brings a member back


def back_id(member: Member) -> str:
    """The id of the release that brings it back, whether there ever is one or not."""
    return f"{member.release_id}{BACK}"


def target_of(group: ReleaseRequest, member: Member) -> Target:
    return Target(group.environment, member.service)


def whole_of(request: ReleaseRequest) -> tuple[Target, str] | None:
    """Target and id of the release that this one is a part of; None for a release of its own."""
    if request.group is None or request.group_service is None:
        return None
    return Target(request.environment, request.group_service), request.group

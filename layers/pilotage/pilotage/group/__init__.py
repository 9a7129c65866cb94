"""Several services from one image: the release of the whole, and the releases of its members.

docs/decisions/0020-groups.md says why each member is a release of its own.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

from pilotage.manifest.members import member_service
from pilotage.plan import Member
from pilotage.release import ReleaseRequest, RequestedBy
from pilotage.target import Target

GROUP = "group"  # the kind of the plan and of the record of the whole
_BACK = "-back"


def request_of(group: ReleaseRequest, member: str) -> ReleaseRequest:
    """The release of one member: the same for the same group, whoever asks. Raises BadManifest for a name too long."""
    service = member_service(group.service, member)
    return replace(
        group,
        release_id=_release_id(group, member, service),
        service=service,
        requested_by=RequestedBy.GROUP,
        group=group.release_id,
        group_service=group.service,
        member=member,
    )


def request_back(group: ReleaseRequest, member: Member, because: str) -> ReleaseRequest | None:
    """The release that brings a member back to what ran before; None where nothing did.

    It keeps the time of the group's push: what is newer than the group stays newer than this.
    """
    if member.back_to is None:
        return None
    forward = request_of(group, member.name)
    back = f"{forward.release_id}{_BACK}"
    return replace(forward, release_id=back, digest=member.back_to, tag=None, because=because)


def back_id(member: Member) -> str:
    """The id of the release that brings it back, whether there ever is one or not."""
    return f"{member.release_id}{_BACK}"


def target_of(group: ReleaseRequest, member: Member) -> Target:
    return Target(group.environment, member.service)


def whole_of(request: ReleaseRequest) -> tuple[Target, str] | None:
    """Target and id of the release that this one is a part of; None for a release of its own."""
    if request.group is None or request.group_service is None:
        return None
    return Target(request.environment, request.group_service), request.group


def _release_id(group: ReleaseRequest, member: str, service: str) -> str:
    """An execution name: at most 80 characters of [A-Za-z0-9_-] (StartExecution, Step Functions API reference), also
    with what marks the way back.
    """
    told_apart = hashlib.sha256(f"{group.environment}/{group.release_id}/{member}".encode()).hexdigest()[:12]
    parts = (group.environment[:12], service[:32], group.digest.removeprefix("sha256:")[:8], told_apart)
    return re.sub(r"[^A-Za-z0-9_-]", "-", "-".join(parts))

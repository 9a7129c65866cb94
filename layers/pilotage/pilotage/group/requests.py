"""The request of each member's own release: there, and back."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

from pilotage.group import BACK
from pilotage.manifest.members import member_service
from pilotage.plan import Member
from pilotage.release import ReleaseRequest, RequestedBy


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
    back = f"{forward.release_id}{BACK}"
    return replace(forward, release_id=back, digest=member.back_to, tag=None, because=because)


def _release_id(group: ReleaseRequest, member: str, service: str) -> str:
    """An execution name: at most 80 characters of [A-Za-z0-9_-] (StartExecution, Step Functions API reference), also
    with what marks the way back.
    """
    told_apart = hashlib.sha256(f"{group.environment}/{group.release_id}/{member}".encode()).hexdigest()[:12]
    parts = (group.environment[:12], service[:32], group.digest.removeprefix("sha256:")[:8], told_apart)
    return re.sub(r"[^A-Za-z0-9_-]", "-", "-".join(parts))

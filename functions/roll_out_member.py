"""State machine, several services from one image: each member's own release is begun, and all of them are weighed."""

from __future__ import annotations

from typing import Any

from pilotage.bootstrap import world
from pilotage.document import from_document, to_document
from pilotage.plan import Member
from pilotage.release import ReleaseRequest
from pilotage.telemetry import about, entrance, logger


@entrance
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """`{"group", "member", "task_token", "together"?, "back"?}` -> `{"release_id", "because"}`; the state itself is
    answered by the token: `{"member", "outcome", "skipped"}`.

    `{"weigh": {"group", "members"}}` -> `{"all_came_in", "bring_back"}`.
    """
    if "weigh" in event:
        return _weigh(event["weigh"])
    group, member = from_document(ReleaseRequest, event["group"]), from_document(Member, event["member"])
    about(group)
    members, token = world().members, event["task_token"]
    if event.get("back"):
        begun = members.bring_back(group, member, token)
    else:
        begun = members.roll_out(group, member, token, together=bool(event.get("together")))
    said = "begun" if begun.release_id else "not begun"
    logger.info(f"{member.name} {said}: {begun.because}", extra={"member": begun.release_id})
    return {"release_id": begun.release_id, "because": begun.because}


def _weigh(event: dict[str, Any]) -> dict[str, Any]:
    from pilotage.usecases.groups.weigh_members import weigh_members  # noqa: PLC0415 - once in a group, not for each

    group = from_document(ReleaseRequest, event["group"])
    about(group)
    members = tuple(from_document(Member, each) for each in event["members"])
    weighed = weigh_members(group, members, world().records)
    names = [each.name for each in weighed.bring_back]
    logger.info("all came in" if weighed.all_came_in else "not all came in", extra={"bring_back": names})
    document: dict[str, Any] = to_document(weighed)
    return document

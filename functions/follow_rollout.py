"""State machine, AwaitRollout; ECS's events; the sweep: whoever wakes this, ECS is asked how the rollout stands."""

from __future__ import annotations

from typing import Any

from pilotage.bootstrap import world
from pilotage.document import from_document, to_document
from pilotage.errors import BadEvent
from pilotage.migration import is_migration
from pilotage.release import ReleaseRequest
from pilotage.target import Target
from pilotage.telemetry import about, entrance, logger
from pilotage.usecases.follow_rollout import Follower
from pilotage.usecases.following.followed import Followed


@entrance
def handler(event: dict[str, Any], _context: Any) -> list[dict[str, Any]]:
    """`{"await": {"request", "task_token"}}`, `{"sweep": true}` or an event of ECS -> what was seen of each rollout."""
    seen = _follow(event, world().follower)
    for followed in seen:
        _log(followed)
    return [to_document(followed) for followed in seen]


def _log(followed: Followed) -> None:
    """A sweep goes through the rollouts of many releases: each line carries the correlation id of its own."""
    logger.set_correlation_id(followed.correlation_id)
    log = logger.error if followed.failed else logger.debug if followed.waits else logger.info
    log(followed.saw, extra={"release": followed.release_id, "ended": followed.ended})


def _follow(event: dict[str, Any], follower: Follower) -> list[Followed]:
    if "await" in event:
        request = from_document(ReleaseRequest, event["await"]["request"])
        about(request)
        return [follower.await_rollout(request, event["await"]["task_token"])]
    if event.get("sweep"):
        return follower.sweep()
    match event.get("detail-type"):
        case "ECS Deployment State Change":
            followed = follower.deployment_changed(event)
        case "ECS Hook State Change":
            followed = follower.hook_changed(event)
        case "ECS Service Action":
            followed = follower.capacity_lacked(event)
        case "Approval Decided":
            followed = follower.decided(_target_of(event))
        case "ECS Task State Change" if is_migration(event["detail"]):
            return follower.migration_stopped(event)
        case "ECS Task State Change":
            followed = follower.task_stopped(event)
        case other:
            raise BadEvent("detail-type", other, "Only events of ECS, and decisions of people, wake this function.")
    return [] if followed is None else [followed]


def _target_of(event: dict[str, Any]) -> Target:
    """Of Pilotage's own event, which carries the record of the release."""
    request = (event.get("detail") or {}).get("request") or {}
    environment, service = request.get("environment"), request.get("service")
    if not isinstance(environment, str) or not isinstance(service, str):
        raise BadEvent("detail.request", sorted(request), "It has to name environment and service.")
    return Target(environment, service)

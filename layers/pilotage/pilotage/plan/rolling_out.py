"""What a plan needs around the write that starts a rollout: alarms before it, a way to capacity on demand, and a
service that is ours and ready for the strategy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pilotage.definitions import Definitions
from pilotage.definitions.capacity import is_on_spot, on_demand
from pilotage.definitions.stamp import REPOSITORY, as_list, as_mapping
from pilotage.errors import Refused
from pilotage.plan import LiveSchedule, LiveService, Step, Verb
from pilotage.policy import Policy

_ROLLING = "ROLLING"


def with_alarms(definitions: Definitions, steps: Sequence[Step]) -> tuple[Step, ...]:
    """ECS is told the names of alarms, which have to be there by then."""
    if not any(step.starts_rollout or "deploymentConfiguration" in step.body for step in steps):
        return tuple(steps)
    return (*(Step(Verb.ENSURE_ALARM, body) for body in definitions.alarms), *steps)


def fallback(steps: Sequence[Step], names: str, service: Mapping[str, Any] | None, policy: Policy) -> Step | None:
    """For a service with tasks on Fargate Spot: the same revision on demand, by a deployment that is forced, since a
    capacity provider strategy alone moves nothing (Amazon ECS API reference, UpdateService). `names`: what steps call
    the revision.
    """
    capacity = policy.capacity
    rolls = any(step.starts_rollout for step in steps)
    on_spot = service is not None and is_on_spot(service.get("capacityProviderStrategy"))
    if not rolls or not on_spot or not (capacity.fargate and capacity.spot_fallback):
        return None
    last = steps[-1].body
    body = {
        "cluster": last["cluster"],
        "service": last.get("service") or last["serviceName"],
        "taskDefinition": names,
        "capacityProviderStrategy": on_demand(),
        "forceNewDeployment": True,
    }
    return Step(Verb.UPDATE_SERVICE, body, starts_rollout=True)


def refuse_foreign(running: LiveService | LiveSchedule | None, service: str, repository: str | None) -> None:
    """Raises Refused when what runs came from another repository: two of them must not overwrite each other. The
    service's own tag speaks first, since operators can change it; then that of the revision that runs.
    """
    if running is None or repository is None:
        return
    own = running.body.get("tags") if isinstance(running, LiveService) else None
    inner = running.task_definition.get("taskDefinition")
    of_revision = running.task_definition.get("tags") or (inner.get("tags") if isinstance(inner, Mapping) else None)
    owner = as_mapping(own or ()).get(REPOSITORY) or as_mapping(of_revision or ()).get(REPOSITORY)
    if owner is not None and owner != as_list({REPOSITORY: repository})[0]["value"]:
        remedy = (
            f"It is released from that repository, and this image is from {repository}: give the repository another "
            f"name by its tag pilotage:service, or have the operators set the service's tag {REPOSITORY}."
        )
        raise Refused(f"service {service}", owner, remedy)


def refuse_unprepared(wanted: Mapping[str, Any], live: Mapping[str, Any]) -> None:
    """Raises Refused for traffic that is to shift to a target group that the service does not have yet: ECS wants it to
    be brought by a rolling update first (Developer Guide, "Update the deployment strategy from rolling update to Amazon
    ECS blue/green").
    """
    strategy = _strategy(wanted)
    if strategy == _ROLLING or _strategy(live) != _ROLLING or not wanted.get("loadBalancers"):
        return
    have = {(each.get("advancedConfiguration") or {}).get("alternateTargetGroupArn") for each in _balancers(live)}
    missing = [each["advancedConfiguration"]["alternateTargetGroupArn"] for each in _balancers(wanted)]
    if set(missing) - have:
        remedy = (
            "ECS shifts traffic only to a target group that a rolling update has brought to the service: release once "
            "with `rollout: {strategy: rolling}`, which does that, and then again."
        )
        raise Refused(f"rollout.strategy of {wanted.get('serviceName')}", strategy.lower(), remedy)


def _strategy(body: Mapping[str, Any]) -> str:
    return str((body.get("deploymentConfiguration") or {}).get("strategy") or _ROLLING)


def _balancers(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(body.get("loadBalancers") or ())

"""From a service as it should be and as it is to the least UpdateService that makes them one.

Source: Amazon ECS API reference, UpdateService, which says of each parameter whether it starts a deployment.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pilotage.definitions.canonical import service_content
from pilotage.errors import Refused
from pilotage.plan import Change, Drift
from pilotage.plan.diff import differences
from pilotage.plan.three_way import drift

# "This parameter triggers a new service deployment"; loadBalancers: "Amazon ECS starts new tasks".
_STARTS_ROLLOUT = frozenset(
    {
        "networkConfiguration",
        "loadBalancers",
        "serviceRegistries",
        "platformVersion",
        "serviceConnectConfiguration",
        "volumeConfigurations",
        "vpcLatticeConfigurations",
    }
)
# "This parameter doesn't trigger a new service deployment".
SETTINGS = frozenset(
    {
        "desiredCount",
        "deploymentConfiguration",
        "availabilityZoneRebalancing",
        "placementConstraints",
        "placementStrategy",
        "healthCheckGracePeriodSeconds",
        "enableExecuteCommand",
        "enableECSManagedTags",
        "propagateTags",
    }
)
# Starts none either, but tasks would then stay where they are: the deployment is forced.
_FORCED = frozenset({"capacityProviderStrategy"})
# What takes away what is no longer wanted. Anything else that is not wanted is left as it is.
_RESET: Mapping[str, Any] = {
    "loadBalancers": [],
    "serviceRegistries": [],
    "placementConstraints": [],
    "placementStrategy": [],
    "volumeConfigurations": [],
    "serviceConnectConfiguration": {"enabled": False},
    "enableExecuteCommand": False,
}
_UPDATABLE = _STARTS_ROLLOUT | SETTINGS | _FORCED
_DEPLOYMENT = frozenset(
    {
        "strategy",
        "maximumPercent",
        "minimumHealthyPercent",
        "deploymentCircuitBreaker",
        "alarms",
        "bakeTimeInMinutes",
        "lifecycleHooks",
        "linearConfiguration",
        "canaryConfiguration",
        "earlySuccessCriteria",
    }
)
# What takes away what the service has of another strategy, should ECS keep what an update does not name.
_OFF: Mapping[str, Any] = {
    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
    "alarms": {"alarmNames": [], "enable": False, "rollback": False},
    "earlySuccessCriteria": {"enable": False},
    "lifecycleHooks": [],
    "bakeTimeInMinutes": 0,
}
# What ECS fills in by nobody's wish is no drift; these it does not fill in.
_EMPTY_BY_ITSELF = ("healthCheckGracePeriodSeconds",)
# What only one strategy has; of another it says nothing.
_OF_STRATEGY = {"linearConfiguration": "LINEAR", "canaryConfiguration": "CANARY"}
_FIXED = ("schedulingStrategy", "launchType")


@dataclass(frozen=True, slots=True)
class ServiceUpdate:
    """`body` holds what differs and nothing else, without cluster, service and task definition. `sets`: what is ours to
    set, differing or not, canonical; `drift`: what of the service is not as it was set last.
    """

    body: Mapping[str, Any]
    changes: tuple[Change, ...]
    starts_rollout: bool
    sets: Mapping[str, Any]
    drift: tuple[Drift, ...] = ()


def service_update(
    wanted: Mapping[str, Any],
    live: Mapping[str, Any],
    *,
    count_is_stated: bool,
    ignored: Collection[str] = (),
    last: Mapping[str, Any] | None = None,
) -> ServiceUpdate:
    """What to send. `wanted` is CreateService's body, `live` one of DescribeServices' services.

    The count is sent only when the manifest states one: otherwise it belongs to whoever scaled the service. Nor is what
    others own (`ignored`: keys). `last`: what was set last, canonical; without it nothing is known to be drift.
    Raises Refused for what UpdateService cannot change.
    """
    want, have = service_content(wanted), live_content(live)
    _refuse_fixed(wanted, want, have)
    keys = {key for key in _UPDATABLE if key in want or key in _RESET or key in wanted} - set(ignored)
    if not count_is_stated:
        keys.discard("desiredCount")
    differing = sorted(key for key in keys if want.get(key) != have.get(key))
    body, forced = _body(wanted, live, differing), bool(_FORCED & set(differing))
    changes = differences(_only(have, differing), _only(want, differing), "service")
    rolls = forced or bool(_STARTS_ROLLOUT & set(differing))
    # Of what others own, that stays known which was set last before they took it over.
    kept = {key: value for key, value in (last or {}).items() if key not in keys}
    sets = {**kept, **_only(want, sorted(keys))}
    return ServiceUpdate(body, changes, rolls, sets, _drift(last, have, want, keys))


def created_sets(wanted: Mapping[str, Any], *, count_is_ours: bool) -> dict[str, Any]:
    """What a service that is created has of what is compared later on."""
    keys = _UPDATABLE if count_is_ours else _UPDATABLE - {"desiredCount"}
    return _only(service_content(wanted), sorted(keys))


def _body(wanted: Mapping[str, Any], live: Mapping[str, Any], differing: Sequence[str]) -> dict[str, Any]:
    body: dict[str, Any] = {key: wanted.get(key, _RESET.get(key)) for key in differing}
    if "deploymentConfiguration" in body:
        body["deploymentConfiguration"] = _taking_away(body["deploymentConfiguration"], live)
    if "desiredCount" in body:
        body["desiredCount"] = int(body["desiredCount"])
    return {**body, "forceNewDeployment": True} if _FORCED & set(differing) else body


def _drift(
    last: Mapping[str, Any] | None, have: Mapping[str, Any], want: Mapping[str, Any], ours: Collection[str]
) -> tuple[Drift, ...]:
    """Of what was set, and of what ECS leaves empty by itself: anything else may be filled in by ECS."""
    if last is None:
        return ()
    watched = sorted(_UPDATABLE & {*last, *_RESET, *_EMPTY_BY_ITSELF})
    alone = [f"service.{key}" for key in watched if key not in ours]
    return drift(_only(last, watched), _only(have, watched), _only(want, watched), "service", alone)


def live_content(live: Mapping[str, Any]) -> dict[str, Any]:
    """One of DescribeServices' services as it is compared: an answer may know more of a deployment configuration than
    anybody asked for.
    """
    have = service_content(live)
    deployment = have.get("deploymentConfiguration")
    if deployment is None:
        return have
    strategy = deployment.get("strategy")
    known = {key for key in _DEPLOYMENT & deployment.keys() if _OF_STRATEGY.get(key, strategy) == strategy}
    return {**have, "deploymentConfiguration": {key: deployment[key] for key in sorted(known)}}


def _taking_away(wanted: Mapping[str, Any] | None, live: Mapping[str, Any]) -> dict[str, Any]:
    have = live.get("deploymentConfiguration") or {}
    off = {key: value for key, value in _OFF.items() if have.get(key) and key not in (wanted or {})}
    return {**(wanted or {}), **off}


def _only(content: Mapping[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {key: content[key] for key in keys if key in content}


def _refuse_fixed(wanted: Mapping[str, Any], want: Mapping[str, Any], have: Mapping[str, Any]) -> None:
    for key in _FIXED:
        # A launch type gives way to a capacity provider strategy; only where one is wanted can it clash.
        if (key != "launchType" or key in wanted) and want.get(key) != have.get(key):
            now = have.get(key) or "REPLICA"
            raise Refused(
                f"{key} of service {wanted.get('serviceName')}",
                want.get(key) or "REPLICA",
                f"The service has {now}, which ECS cannot change: retire it, or rename the workload.",
            )

"""What the manifest says of a service: how many, behind what, how it is rolled out, on which capacity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage_cli.importing.original import Original
from pilotage_cli.importing.policing import routes_of

_STRATEGIES = {"BLUE_GREEN": "blue_green", "CANARY": "canary", "LINEAR": "linear"}
_MOMENTS = {
    "PRE_SCALE_UP": "before_start",
    "POST_SCALE_UP": "after_start",
    "POST_TEST_TRAFFIC_SHIFT": "after_test_traffic",
    "PRE_PRODUCTION_TRAFFIC_SHIFT": "before_traffic",
    "POST_PRODUCTION_TRAFFIC_SHIFT": "after_traffic",
}


def fields(original: Original) -> dict[str, Any]:
    body = original.body
    if body is None:
        return {}
    daemon = body.get("schedulingStrategy") == "DAEMON"
    said = {
        "kind": "daemon" if daemon else None,
        **({} if daemon else _count(body, original.scaling)),
        "routing": next(iter(routes_of(original)), None),
        "grace_period": body.get("healthCheckGracePeriodSeconds", 0) if body.get("loadBalancers") else None,
        "platform_version": body.get("platformVersion") if body.get("platformVersion") != "LATEST" else None,
        "az_rebalancing": {"DISABLED": False, "ENABLED": True}.get(str(body.get("availabilityZoneRebalancing"))),
        "exec": body.get("enableExecuteCommand") or None,
        "connect": _connect(body.get("serviceConnectConfiguration") or {}),
        "rollout": _rollout(body.get("deploymentConfiguration") or {}),
        "tags": {str(each["key"]): str(each.get("value", "")) for each in body.get("tags", ())} or None,
    }
    return {key: value for key, value in said.items() if value is not None}


def placement(original: Original) -> dict[str, Any]:
    """Beside `launch`."""
    body = original.body or {}
    constraints = [
        "distinctInstance" if each.get("type") == "distinctInstance" else each.get("expression")
        for each in body.get("placementConstraints", ())
    ]
    spread = [_spread(each) for each in body.get("placementStrategy", ())]
    said = {
        "constraints": [each for each in constraints if each],
        "spread": [each for each in spread if each],
        "capacity": _capacity(body, original),
    }
    return {key: value for key, value in said.items() if value}


def _count(body: Mapping[str, Any], scaling: Mapping[str, Any] | None) -> dict[str, Any]:
    """A file that says no count leaves it to who scales the service."""
    if scaling is not None:
        return {"scaling": scaling} if scaling.keys() - {"min", "max"} else {"autoscaled": True}
    return {"count": body["desiredCount"]} if "desiredCount" in body else {"autoscaled": True}


def _spread(strategy: Mapping[str, Any]) -> str:
    kind, of = str(strategy.get("type", "")), str(strategy.get("field", ""))
    if kind == "random":
        return "random"
    return f"{kind}:{of.lower() if kind == 'binpack' else of}" if of else ""


def _capacity(body: Mapping[str, Any], original: Original) -> dict[str, Any]:
    """One provider alone is what `launch` says."""
    names = {"FARGATE": "fargate", "FARGATE_SPOT": "fargate-spot"}
    items = body.get("capacityProviderStrategy", ())
    if len(items) <= 1 and not any(each.get("base") for each in items):
        return {}
    other = "managed-instances" if original.launch.value == "managed-instances" else "ec2"
    return {
        names.get(str(each["capacityProvider"]), other): {
            key: each[key] for key in ("base", "weight") if each.get(key) is not None
        }
        for each in items
    }


def _connect(said: Mapping[str, Any]) -> dict[str, Any] | None:
    """One name; whoever has several, or TLS, has them in the overrides."""
    if not said.get("enabled"):
        return None
    services = said.get("services", ())
    if not services:
        return {}
    first = services[0]
    alias = (first.get("clientAliases") or [{}])[0]
    timeout = first.get("timeout") or {}
    parts = {
        "port": first.get("portName"), "name": first.get("discoveryName"), "as": alias.get("dnsName"),
        "at": alias.get("port"), "idle_timeout": timeout.get("idleTimeoutSeconds"),
        "request_timeout": timeout.get("perRequestTimeoutSeconds"),
    }  # fmt: skip
    return {key: value for key, value in parts.items() if value is not None}


def _rollout(said: Mapping[str, Any]) -> dict[str, Any] | None:
    strategy = _STRATEGIES.get(str(said.get("strategy")))
    steps = said.get("canaryConfiguration") or said.get("linearConfiguration") or {}
    alarms = said.get("alarms") or {}
    early = said.get("earlySuccessCriteria") or {}
    parts = {
        "strategy": strategy,
        "percent": steps.get("canaryPercent", steps.get("stepPercent")),
        "minutes": steps.get("canaryBakeTimeInMinutes", steps.get("stepBakeTimeInMinutes")),
        "bake": said.get("bakeTimeInMinutes") if strategy else None,
        "early_success": early.get("healthyPercent") if early.get("enable") else None,
        "alarms": alarms.get("alarmNames") if alarms.get("enable") else None,
        "pauses": [_pause(each) for each in said.get("lifecycleHooks", ()) if each.get("targetType") == "PAUSE"],
    }
    return {key: value for key, value in parts.items() if value not in (None, [])} or None


def _pause(hook: Mapping[str, Any]) -> dict[str, Any]:
    limit = hook.get("timeoutConfiguration") or {}
    parts = {"timeout": limit.get("timeoutInMinutes"), "on_timeout": str(limit.get("action", "")).lower()}
    moment = next((_MOMENTS[each] for each in hook.get("lifecycleStages", ()) if each in _MOMENTS), "before_traffic")
    return {"at": moment, **{key: value for key, value in parts.items() if value}}

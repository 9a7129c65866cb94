"""The rules for how a service is rolled out: what was agreed stays, whatever an override says, and so do the policy's
own rules, which are looked at once more in what came of it.

Source: Amazon ECS API reference, DeploymentConfiguration, DeploymentLifecycleHook, DeploymentAlarms,
AdvancedConfiguration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pilotage.boundary.judging import Case, mappings, whole
from pilotage.boundary.workload import routes_of
from pilotage.schema import Hidden
from pilotage.strategy import STAGE_OF

PATH = "service.deploymentConfiguration"
# What `rollout` in the manifest says, and nothing else: a hook's details lead into the network, its role acts for ECS.
AGREED = frozenset({"strategy", "lifecycleHooks", "canaryConfiguration", "linearConfiguration", "earlySuccessCriteria"})
_CONNECT = "serviceConnectConfiguration"
_ROLLING = "ROLLING"
_MOST_ALARMS = 50
_LONGEST_BAKE = 1440  # minutes
_SAY = "`rollout` in pilotage.yaml says how it is rolled out."


def rollout_refusals(case: Case, body: Mapping[str, Any], deployment: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted(AGREED):
        usual = _ROLLING if key == "strategy" else None
        if (deployment.get(key) or usual) != (case.agreed.deployment.get(key) or usual):
            yield case.never(f"{PATH}.{key}", deployment.get(key) if key == "strategy" else Hidden(), _SAY)
    yield from _bake(case, deployment)
    yield from _alarms(case, deployment.get("alarms"))
    yield from _policy(case, deployment)
    if (deployment.get("strategy") or _ROLLING) != _ROLLING and list(body.get("loadBalancers") or ()) != list(
        case.agreed.load_balancers
    ):
        yield case.never("service.loadBalancers", Hidden(), "The route says between what traffic is shifted.")
    if (deployment.get("strategy") or _ROLLING) != _ROLLING and body.get(_CONNECT) != case.agreed.connect:
        yield case.never(f"service.{_CONNECT}", Hidden(), "`connect` says by what traffic is shifted.")


def _bake(case: Case, deployment: Mapping[str, Any]) -> Iterator[str]:
    """Longer is stricter."""
    least = case.agreed.deployment.get("bakeTimeInMinutes") or 0
    found = deployment.get("bakeTimeInMinutes")
    minutes = whole(found) if found is not None else 0
    if minutes is None or not least <= minutes <= _LONGEST_BAKE:
        yield case.never(f"{PATH}.bakeTimeInMinutes", found, f"It is {least} minutes at least.")


def _alarms(case: Case, value: Any) -> Iterator[str]:
    """More alarms are stricter; the policy's and those of the checks stay, and roll back."""
    alarms = value if isinstance(value, Mapping) else {}
    agreed = case.agreed.deployment.get("alarms") or {}
    needed = {*agreed.get("alarmNames", ()), *case.policy.rollout.alarms}
    listed = alarms.get("alarmNames")
    names = listed if isinstance(listed, (list, tuple)) else ()
    on = alarms.get("enable") is True and alarms.get("rollback") is True
    if needed - {name for name in names if isinstance(name, str)} or (needed and not on):
        wanted = ", ".join(sorted(needed))
        yield case.never(f"{PATH}.alarms", value, f"{wanted} stay, enabled and with rollback.")
    if len(names) > _MOST_ALARMS:
        yield case.never(f"{PATH}.alarms.alarmNames", len(names), f"A rollout has {_MOST_ALARMS} alarms at most.")


def _policy(case: Case, deployment: Mapping[str, Any]) -> Iterator[str]:
    rules = case.policy.rollout
    strategy = deployment.get("strategy") or _ROLLING
    allowed = [kind.value.upper() for kind in rules.strategies]
    if strategy not in allowed:
        yield case.refused(f"{PATH}.strategy", strategy, allowed, "rollout.strategies")
    early = deployment.get("earlySuccessCriteria")
    least = 100 if rules.early_success is None else rules.early_success
    percent = whole(early.get("healthyPercent")) if isinstance(early, Mapping) else least
    if percent is None or percent < least:
        yield case.refused(f"{PATH}.earlySuccessCriteria", early, [f"{least} at least"], "rollout.early_success")
    hooks = mappings(deployment.get("lifecycleHooks"))
    waits = {
        str(stage) for hook in hooks if hook.get("targetType") == "PAUSE" for stage in hook.get("lifecycleStages") or ()
    }
    named = bool((case.agreed.connect or {}).get("services"))
    shifts = strategy != _ROLLING and (bool(case.agreed.load_balancers) or named)
    for moment in rules.pauses if shifts else ():
        if STAGE_OF[moment] not in waits:
            yield case.never(f"{PATH}.lifecycleHooks", Hidden(), f"The policy waits {moment} for a decision.")


def advanced_configuration(case: Case, path: str, load_balancer: Any) -> Iterator[str]:
    """Of a load balancer that names the target group of a route: what the route says, and the policy's role."""
    if not isinstance(load_balancer, Mapping) or load_balancer.get("advancedConfiguration") is None:
        return
    name = routes_of(case).get(load_balancer.get("targetGroupArn") or "")
    route = case.policy.routing.get(name) if name is not None else None
    found, right = load_balancer["advancedConfiguration"], None
    if route is not None:
        expected = {
            "alternateTargetGroupArn": route.alternate_target_group,
            "productionListenerRule": route.listener_rule,
            "testListenerRule": route.test_listener_rule,
            "roleArn": case.policy.roles.infrastructure,
        }
        right = {key: value for key, value in expected.items() if value is not None}
    if found != right:
        yield case.never(f"{path}.advancedConfiguration", Hidden(), "It has to be what the route says.")

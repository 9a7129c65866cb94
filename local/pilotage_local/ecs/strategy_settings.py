"""Which deployment configurations ECS takes, what it fills in, and what it refuses.

API reference: DeploymentConfiguration, CanaryConfiguration, LinearConfiguration, DeploymentLifecycleHook,
DeploymentEarlySuccessCriteria, ThresholdConfiguration, AdvancedConfiguration. Developer guide: "Required resources for
Amazon ECS canary deployments", "Pause hooks for Amazon ECS service deployments" (constraints), "Lambda hooks ..."
(timeout). The pages give the rules; the wording of the refusals is the model's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage_local.ecs import traffic
from pilotage_local.ecs.errors import EcsError, invalid
from pilotage_local.ecs.stages import Stage, strategy
from pilotage_local.ecs.state import Document

STRATEGIES = {"ROLLING", "BLUE_GREEN", "CANARY", "LINEAR"}
OWN = {"canaryConfiguration": "CANARY", "linearConfiguration": "LINEAR"}
MOST_MINUTES = 1440
MOST_PAUSE_MINUTES = 20160
MOST_HOOKS = 10  # of each kind
HOOK_STAGES = {stage.value for stage in Stage} - {"SCALE_UP", "BAKE_TIME", "CLEAN_UP"}
PAUSE_STAGES = HOOK_STAGES - {"TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT"}
NEEDED = ("alternateTargetGroupArn", "productionListenerRule", "roleArn")


def merged(base: Mapping[str, Any], given: Mapping[str, Any]) -> Document:
    """Member by member. What belonged to another strategy goes with it. Raises InvalidParameterException."""
    after = {**base, **given}
    chosen = strategy(after)
    if chosen not in STRATEGIES:
        raise invalid(f"deploymentConfiguration.strategy cannot be {chosen!r}.")
    _check_own(given, chosen)
    if chosen == "BLUE_GREEN" and strategy(base) != "BLUE_GREEN" and given.get("bakeTimeInMinutes") is None:
        raise invalid("bakeTimeInMinutes must be specified with the BLUE_GREEN deployment strategy.")
    for key, owner in {**OWN, "earlySuccessCriteria": "ROLLING"}.items():
        if chosen != owner:
            after.pop(key, None)
    _check_percents(after)
    _check_steps(after)
    _check_breaker(after)
    _check_early(after)
    for hook in after.get("lifecycleHooks") or ():
        _check_hook(hook)
    _check_number_of_hooks(after)
    return after


def check_traffic(configuration: Mapping[str, Any], settings: Mapping[str, Any]) -> None:
    """Whether a service with these settings can have its strategy."""
    chosen = strategy(configuration)
    if chosen == "ROLLING":
        return
    balancers = settings.get("loadBalancers") or ()
    for one in balancers:
        missing = [key for key in NEEDED if not (one.get("advancedConfiguration") or {}).get(key)]
        if missing:
            what = ", ".join(f"advancedConfiguration.{key}" for key in missing)
            raise invalid(f"loadBalancers must specify {what} with the {chosen} deployment strategy.")
    if chosen in {"CANARY", "LINEAR"} and not traffic.shifts(settings):
        raise invalid(f"The {chosen} deployment strategy requires Elastic Load Balancing or Service Connect.")


def check_supported(request: Mapping[str, Any]) -> None:
    """What the model does not play is refused by name, so that nobody takes its silence for ECS's answer."""
    if (request.get("deploymentController") or {}).get("type", "ECS") != "ECS":
        raise EcsError("UnsupportedFeatureException", "deploymentController: the ECS model plays ECS only.")


def _check_own(given: Mapping[str, Any], chosen: str) -> None:
    for key, owner in OWN.items():
        if given.get(key) and chosen != owner:
            raise invalid(f"{key} is only valid with the {owner} deployment strategy.")
    if (given.get("earlySuccessCriteria") or {}).get("enable") and chosen != "ROLLING":
        raise invalid("earlySuccessCriteria is only valid with the ROLLING deployment strategy.")


def _check_percents(after: Mapping[str, Any]) -> None:
    maximum, minimum = after["maximumPercent"], after["minimumHealthyPercent"]
    if minimum > maximum or minimum < 0 or (maximum == minimum == 0):
        message = "maximumPercent must be above 0 and at least minimumHealthyPercent."
        raise invalid(f"Invalid deployment configuration: {message}")


def _check_steps(after: Mapping[str, Any]) -> None:
    canary, linear = after.get("canaryConfiguration") or {}, after.get("linearConfiguration") or {}
    _tenths("canaryPercent", canary.get("canaryPercent", 5.0), 0.1)
    _tenths("stepPercent", linear.get("stepPercent", 10.0), 3.0)
    _minutes("canaryBakeTimeInMinutes", canary.get("canaryBakeTimeInMinutes", 0))
    _minutes("stepBakeTimeInMinutes", linear.get("stepBakeTimeInMinutes", 0))
    _minutes("bakeTimeInMinutes", after.get("bakeTimeInMinutes") or 0)


def _tenths(name: str, value: float, least: float) -> None:
    if not least <= value <= 100 or abs(value * 10 - round(value * 10)) > 1e-6:  # noqa: PLR2004 - percent, rounding
        raise invalid(f"{name} must be a multiple of 0.1 from {least} to 100.0.")


def _minutes(name: str, value: int) -> None:
    if not 0 <= value <= MOST_MINUTES:
        raise invalid(f"{name} must be between 0 and {MOST_MINUTES}.")


def _check_breaker(after: Mapping[str, Any]) -> None:
    threshold = (after["deploymentCircuitBreaker"] or {}).get("thresholdConfiguration")
    if threshold is None:
        return
    if int(threshold["value"]) < 1:
        raise invalid("The circuit breaker's threshold value must be at least 1.")
    if threshold["type"] != "COUNT" and int(threshold["value"]) > 100:  # noqa: PLR2004 - percent
        raise invalid("The circuit breaker's threshold percentage must be between 1 and 100.")


def _check_early(after: Mapping[str, Any]) -> None:
    early = after.get("earlySuccessCriteria") or {}
    if not early.get("enable"):
        return
    if early.get("healthyPercent") is None or early.get("sourceServiceRevisionCleanup") is None:
        raise invalid("earlySuccessCriteria needs healthyPercent and sourceServiceRevisionCleanup when it is enabled.")
    if early["healthyPercent"] < after["minimumHealthyPercent"]:
        raise invalid("earlySuccessCriteria.healthyPercent must be at least minimumHealthyPercent.")


def _check_hook(hook: Mapping[str, Any]) -> None:
    pause = hook.get("targetType") == "PAUSE"
    stages = set(hook.get("lifecycleStages") or ())
    allowed = PAUSE_STAGES if pause else HOOK_STAGES
    if not stages or stages - allowed:
        named = ", ".join(sorted(stages - allowed)) or "none"
        kind = "PAUSE" if pause else "AWS_LAMBDA"
        raise invalid(f"lifecycleStages of a {kind} hook must be of {', '.join(sorted(allowed))}; given: {named}.")
    if pause and (hook.get("hookTargetArn") or hook.get("roleArn")):
        raise invalid("hookTargetArn and roleArn are not applicable to PAUSE hooks.")
    if not pause and not (hook.get("hookTargetArn") and hook.get("roleArn")):
        raise invalid("hookTargetArn and roleArn must be specified for AWS_LAMBDA hooks.")
    minutes = (hook.get("timeoutConfiguration") or {}).get("timeoutInMinutes", 1)
    most = MOST_PAUSE_MINUTES if pause else MOST_MINUTES
    if not 1 <= minutes <= most:
        raise invalid(f"timeoutInMinutes must be between 1 and {most}.")


def _check_number_of_hooks(after: Mapping[str, Any]) -> None:
    hooks = after.get("lifecycleHooks") or ()
    pauses = sum(hook.get("targetType") == "PAUSE" for hook in hooks)
    if max(pauses, len(hooks) - pauses) > MOST_HOOKS:
        raise invalid(f"A service can have {MOST_HOOKS} PAUSE and {MOST_HOOKS} AWS_LAMBDA hooks.")

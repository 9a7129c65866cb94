"""`lifecycleHooks`: where ECS waits for a decision, and where it has the rollout checked.

Sources: Amazon ECS API reference, DeploymentLifecycleHook; Developer Guide, "Pause hooks for Amazon ECS service
deployments", "Lambda hooks for Amazon ECS service deployments".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pilotage.checking.queries import dimension_of
from pilotage.definitions.stamp import ReleaseStamp
from pilotage.document import to_document
from pilotage.errors import Refused
from pilotage.policy import Route
from pilotage.rollout_words import Moment
from pilotage.strategy import STAGE_OF, Pause, Strategy

VERSION = 1
_ACTIONS = {"rollback": "ROLLBACK", "continue": "CONTINUE"}


@dataclass(frozen=True, slots=True)
class Checker:
    """What ECS invokes during a rollout, and the role by which it does: ARNs, made by the stack."""

    function: str
    role: str


def lifecycle_hooks(
    strategy: Strategy, stamp: ReleaseStamp, cluster: str, route: Route | None, checker: Checker | None
) -> list[dict[str, Any]]:
    """In the order in which ECS comes to them. Raises Refused where something is to be checked and nothing can."""
    pauses = [_pause(each) for each in strategy.pauses]
    stages = _checked_at(strategy)
    if not stages or route is None:
        return pauses
    if checker is None:
        _refuse_unchecked(strategy, stamp)
        return pauses
    hook = {
        "targetType": "AWS_LAMBDA",
        "hookTargetArn": checker.function,
        "roleArn": checker.role,
        "lifecycleStages": stages,
        "hookDetails": _details(strategy, stamp, cluster, route),
    }
    return [*pauses, hook]


def checked_by(service: Mapping[str, Any]) -> str | None:
    """ARN of the function that a rollout of this service is checked by. Ours is known by what it is to check."""
    hooks = (service.get("deploymentConfiguration") or {}).get("lifecycleHooks") or ()
    ours = (hook for hook in hooks if {"smoke", "checks"} & (hook.get("hookDetails") or {}).keys())
    return next((str(hook["hookTargetArn"]) for hook in ours), None)


def _pause(pause: Pause) -> dict[str, Any]:
    return {
        "targetType": "PAUSE",
        "lifecycleStages": [STAGE_OF[pause.moment]],
        "timeoutConfiguration": {"timeoutInMinutes": pause.timeout_minutes, "action": _ACTIONS[pause.on_timeout]},
    }


def _checked_at(strategy: Strategy) -> list[str]:
    """Smoke tests once there is test traffic; numbers before each step and at the end."""
    moments = [Moment.AFTER_TEST_TRAFFIC] * bool(strategy.smoke)
    if strategy.checks and strategy.shifts:
        moments += [Moment.BEFORE_TRAFFIC, Moment.AFTER_TRAFFIC]
    return [STAGE_OF[each] for each in moments]


def _refuse_unchecked(strategy: Strategy, stamp: ReleaseStamp) -> None:
    """Numbers are only not kept then: ECS watches their alarms. The rest nobody would look at."""
    asked = [each.name for each in strategy.checks if each.at_most_times is not None]
    if strategy.smoke or asked:
        what = "smoke" if strategy.smoke else f"checks.{asked[0]}"
        remedy = "This stack has no function to check it: have the operators update Pilotage, or take it out."
        raise Refused(f"rollout.{what} of {stamp.service}", "a check during the rollout", remedy)


def _details(strategy: Strategy, stamp: ReleaseStamp, cluster: str, route: Route) -> Mapping[str, Any]:
    """What the function is told at each call. Nothing of one release: every deployment would differ from the last."""
    groups = [each for each in (route.target_group, route.alternate_target_group) if each is not None]
    said = {
        "version": VERSION,
        "environment": stamp.environment,
        "service": stamp.service,
        "cluster": cluster,
        "url": route.test_url,
        "smoke": [_said(each) for each in strategy.smoke],
        "checks": [_said(each) for each in strategy.checks],
        "target_groups": groups,
        "load_balancer": dimension_of(route.listener_rule) if route.listener_rule is not None else None,
    }
    return {key: value for key, value in said.items() if value not in (None, [])}


def _said(value: Any) -> dict[str, Any]:
    return {key: item for key, item in to_document(value).items() if item not in (None, {}, [])}

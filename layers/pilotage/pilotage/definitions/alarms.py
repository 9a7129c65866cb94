"""The CloudWatch alarms that Pilotage owns: PutMetricAlarm's bodies, from the checks of a rollout.

ECS watches them by itself during the rollout and its bake. Green alternates between the two target groups of a route,
so that the worse of both is what counts.

Sources: CloudWatch API reference, PutMetricAlarm; CloudWatch User Guide, "Use metric math" (MAX of several time
series), "Configuring how CloudWatch alarms treat missing data"; Amazon ECS Developer Guide, "How CloudWatch alarms
detect Amazon ECS deployment failures".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pilotage.alarm_names import alarm_name
from pilotage.checking.queries import OF_TARGET_GROUP, RESULT, Where, dimension_of, queries, result_id
from pilotage.choosing.looking import bound
from pilotage.definitions.stamp import ENVIRONMENT, SERVICE, ReleaseStamp
from pilotage.document import content_hash
from pilotage.policy import Route
from pilotage.rollout_words import Check, NoData
from pilotage.strategy import Strategy

CHECK = "pilotage:check"
_TREATED = {NoData.CONTINUE: "notBreaching", NoData.ROLLBACK: "breaching"}


def alarm_definitions(
    strategy: Strategy, stamp: ReleaseStamp, cluster: str, route: Route | None
) -> tuple[Mapping[str, Any], ...]:
    """One for each check with a bound of its own, by name. A comparison is no alarm: the hook judges it."""
    own = [check for check in strategy.checks if check.at_most_times is None]
    bodies = [_alarm(check, stamp, cluster, route) for check in own]
    return tuple(sorted(bodies, key=lambda body: str(body["AlarmName"])))


def _alarm(check: Check, stamp: ReleaseStamp, cluster: str, route: Route | None) -> dict[str, Any]:
    most = check.at_most is not None
    body: dict[str, Any] = {
        "AlarmDescription": f"Pilotage, {stamp.environment}/{stamp.service}, {check.name}: {bound(check)}"[:1024],
        "ActionsEnabled": False,  # ECS looks at the state; nobody else is to be told
        "EvaluationPeriods": check.minutes,
        "DatapointsToAlarm": check.minutes,
        "Threshold": float((check.at_most if most else check.at_least) or 0),
        "ComparisonOperator": "GreaterThanThreshold" if most else "LessThanThreshold",
        "TreatMissingData": _TREATED[check.no_data],
        "Metrics": _metrics(check, stamp, cluster, route),
    }
    tags = {SERVICE: stamp.service, ENVIRONMENT: stamp.environment, CHECK: check.name}
    return {
        "AlarmName": alarm_name(stamp.environment, stamp.service, check.name, content_hash(body)),
        **body,
        "Tags": [{"Key": key, "Value": tags[key]} for key in sorted(tags)],
    }


def _metrics(check: Check, stamp: ReleaseStamp, cluster: str, route: Route | None) -> list[dict[str, Any]]:
    if check.metric not in OF_TARGET_GROUP or route is None:
        return queries(check, Where(cluster, stamp.service))
    balancer = dimension_of(route.listener_rule) if route.listener_rule is not None else None
    groups = [each for each in (route.target_group, route.alternate_target_group) if each is not None]
    wheres = [Where(cluster, stamp.service, dimension_of(group), balancer) for group in groups]
    if len(wheres) == 1:
        return queries(check, wheres[0])
    parts = [_named(queries(check, where), name) for name, where in zip("ab", wheres, strict=True)]
    both = [f"{name}_{result_id(check)}" for name in "ab"]
    # At least: the worse is the smaller.
    worse = "MIN" if check.at_least is not None else "MAX"
    result = {"Id": RESULT, "Expression": f"{worse}([{', '.join(both)}])", "Label": check.name, "ReturnData": True}
    return [*parts[0], *parts[1], result]


def _named(found: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """The same queries with ids of one target group, none of which is the alarm's own number."""
    ids = re.compile(rf"(?<![A-Za-z0-9_])({'|'.join(re.escape(each['Id']) for each in found)})(?![A-Za-z0-9_])")
    return [
        {
            **each,
            "Id": f"{name}_{each['Id']}",
            **({"Expression": ids.sub(rf"{name}_\1", each["Expression"])} if "Expression" in each else {}),
            "ReturnData": False,
        }
        for each in found
    ]

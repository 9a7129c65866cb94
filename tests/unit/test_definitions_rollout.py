"""What ECS and CloudWatch are sent for each way to roll out."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from fakes import asked
from fakes.shifting import (
    ALTERNATE,
    CHECKER,
    INFRASTRUCTURE,
    RULE,
    STAMPED,
    TEST_RULE,
    chosen,
    policy,
    rendered,
    workload,
)
from hypothesis import given
from hypothesis import strategies as st
from pilotage.alarm_names import is_alarm_of
from pilotage.aws.models import check
from pilotage.boundary import definition_refusals
from pilotage.checking.details import read_details
from pilotage.definitions import Definitions
from pilotage.definitions.alarms import alarm_definitions
from pilotage.errors import BadInput, Refused
from pilotage.manifest import check_manifest
from pilotage.rollout_words import Check
from pilotage.strategy import Strategy

CANARY = {"strategy": "canary-10-percent-5-minutes"}
WEB = {"routing": "web"}
ERRORS = {"metric": "error_rate", "at_most": 1}


def deployment(manifest: dict[str, Any], **rollout: Any) -> dict[str, Any]:
    definitions = rendered({**WEB, "rollout": manifest}, policy(rollout=rollout))
    assert definitions.service is not None
    body: dict[str, Any] = definitions.service["deploymentConfiguration"]
    return body


def judged(definitions: Definitions, **rules: Any) -> tuple[str, ...]:
    return definition_refusals(
        definitions.task_definition, definitions.service, definitions.schedule, policy(**rules), definitions.agreed
    )


@pytest.mark.parametrize(
    ("manifest", "expected"),
    [
        ({"strategy": "blue_green", "bake": 5}, {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 5}),
        (
            CANARY,
            {
                "strategy": "CANARY",
                "bakeTimeInMinutes": 0,
                "canaryConfiguration": {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 5},
            },
        ),
        (
            {"strategy": "linear", "percent": 20, "minutes": 3},
            {
                "strategy": "LINEAR",
                "bakeTimeInMinutes": 0,
                "linearConfiguration": {"stepPercent": 20.0, "stepBakeTimeInMinutes": 3},
            },
        ),
    ],
)
def test_traffic_is_shifted_as_asked_and_without_a_circuit_breaker(manifest: Any, expected: Any) -> None:
    """ECS has the breaker for rolling updates only (API reference, DeploymentCircuitBreaker)."""
    assert deployment(manifest) == {"minimumHealthyPercent": 100, "maximumPercent": 200, **expected}


def test_a_rolling_update_keeps_its_breaker_and_may_be_a_success_early() -> None:
    """All three members have to be there, and the old tasks are not waited for."""
    body = deployment({"early_success": 60}, early_success=50, minimum_healthy_percent=50)
    assert body["deploymentCircuitBreaker"]["enable"] is True
    early = {"enable": True, "healthyPercent": 60, "sourceServiceRevisionCleanup": "DEFERRED"}
    assert body["earlySuccessCriteria"] == early


def test_a_pause_always_names_its_time_and_its_action() -> None:
    """ECS's own defaults are 24 hours and ROLLBACK; nobody should have to know that."""
    pauses = ["before_traffic", {"at": "after_test_traffic", "timeout": 5, "on_timeout": "continue"}]
    hooks = deployment({**CANARY, "pauses": pauses}, pause_minutes=30)["lifecycleHooks"]
    assert hooks == [
        {
            "targetType": "PAUSE",
            "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"],
            "timeoutConfiguration": {"timeoutInMinutes": 5, "action": "CONTINUE"},
        },
        {
            "targetType": "PAUSE",
            "lifecycleStages": ["PRE_PRODUCTION_TRAFFIC_SHIFT"],
            "timeoutConfiguration": {"timeoutInMinutes": 30, "action": "ROLLBACK"},
        },
    ]


def test_the_check_hook_is_told_what_its_function_reads() -> None:
    """Two parts that were written apart: what is rendered here is read there."""
    checks = {"errors": ERRORS, "slow": {"metric": "p99", "at_most_times": 1.5}}
    (hook,) = deployment({**CANARY, "smoke": [{"path": "/healthz"}], "checks": checks})["lifecycleHooks"]
    assert (hook["targetType"], hook["hookTargetArn"], hook["roleArn"]) == (
        "AWS_LAMBDA",
        CHECKER.function,
        CHECKER.role,
    )
    assert hook["lifecycleStages"] == [
        "POST_TEST_TRAFFIC_SHIFT",
        "PRE_PRODUCTION_TRAFFIC_SHIFT",
        "POST_PRODUCTION_TRAFFIC_SHIFT",
    ]
    details = read_details(json.loads(json.dumps(hook["hookDetails"])))
    assert (details.environment, details.service, details.cluster) == ("dev", "cats", "main")
    assert details.target_groups == (asked.TARGET_GROUP, ALTERNATE)
    assert details.load_balancer == "app/shop/0123456789abcdef"
    assert [each.name for each in details.checks] == ["errors", "slow"]
    assert details.smoke[0].path == "/healthz"


@pytest.mark.parametrize(
    ("manifest", "stages"),
    [
        ({"checks": {"cpu": {"metric": "cpu", "at_most": 90}}}, None),
        ({**CANARY}, None),
        ({**CANARY, "smoke": [{}]}, ["POST_TEST_TRAFFIC_SHIFT"]),
        ({**CANARY, "checks": {"e": ERRORS}}, ["PRE_PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT"]),
    ],
)
def test_a_hook_stands_only_where_there_is_something_to_check(manifest: Any, stages: Any) -> None:
    """Each call of a hook holds the rollout up; a rolling update has no such stages."""
    hooks = deployment(manifest).get("lifecycleHooks", [])
    assert [each["lifecycleStages"] for each in hooks] == ([] if stages is None else [stages])


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        ({**CANARY, "smoke": [{}]}, "rollout.smoke of cats"),
        ({**CANARY, "checks": {"slow": {"metric": "p99", "at_most_times": 2}}}, "rollout.checks.slow of cats"),
    ],
)
def test_a_stack_that_cannot_check_refuses_what_nobody_would_look_at(manifest: Any, told: str) -> None:
    """Numbers with a bound of their own are still watched, by ECS."""
    with pytest.raises(Refused) as refused:
        rendered({**WEB, "rollout": manifest}, checker=None)
    assert told in str(refused.value)
    watched = rendered({**WEB, "rollout": {**CANARY, "checks": {"e": ERRORS}}}, checker=None)
    assert watched.service is not None
    assert "lifecycleHooks" not in watched.service["deploymentConfiguration"]
    assert len(watched.alarms) == 1


@pytest.mark.parametrize("manifest", [{}, {"strategy": "rolling"}, CANARY])
def test_a_route_with_two_target_groups_is_always_told_whole(manifest: Any) -> None:
    """After a canary production may be on either: a rolling update that forgot the other would cut it off."""
    definitions = rendered({**WEB, "rollout": manifest})
    assert definitions.service is not None
    (balancer,) = definitions.service["loadBalancers"]
    assert balancer["advancedConfiguration"] == {
        "alternateTargetGroupArn": ALTERNATE,
        "productionListenerRule": RULE,
        "testListenerRule": TEST_RULE,
        "roleArn": INFRASTRUCTURE,
    }


@pytest.mark.parametrize("missing", ["alternate_target_group", "listener_rule"])
def test_a_route_that_has_a_part_only_is_told_plainly(missing: str) -> None:
    """ECS takes all of it or nothing."""
    definitions = rendered(WEB, policy({missing: None}))
    assert definitions.service is not None
    assert definitions.service["loadBalancers"][0].keys() == {"targetGroupArn", "containerName", "containerPort"}


def test_alarms_are_named_by_their_content_and_stand_with_the_others() -> None:
    """What is wanted can be compared with the live service alone, and an old alarm is never changed under ECS."""
    checks = {
        "errors": ERRORS,
        "my-cpu": {"metric": "cpu", "at_least": 5},
        "slow": {"metric": "p99", "at_most_times": 2},
    }
    definitions = rendered({**WEB, "rollout": {**CANARY, "checks": checks, "alarms": ["cats-5xx"]}})
    names = [alarm["AlarmName"] for alarm in definitions.alarms]
    assert [name.rpartition("-")[0] for name in names] == ["pilotage-dev-cats-errors", "pilotage-dev-cats-my_cpu"]
    assert all(is_alarm_of(name, "dev", "cats") for name in names)
    assert definitions.service is not None
    alarms = definitions.service["deploymentConfiguration"]["alarms"]
    assert alarms == {"alarmNames": ["cats-5xx", *names], "enable": True, "rollback": True}
    stricter = rendered({**WEB, "rollout": {**CANARY, "checks": {"errors": {**ERRORS, "at_most": 2}}}})
    assert stricter.alarms[0]["AlarmName"] != names[0]


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("pilotage-dev-cats-api-errors-0123abcd", "cats"),
        ("pilotage-dev-cats-errors-0123abc", "cats"),
        ("pilotage-dev-cats-errors-0123abcd-x", "cats"),
        ("pilotage-prod-cats-errors-0123abcd", "cats"),
        ("cats-5xx", "cats"),
    ],
)
def test_the_alarm_of_another_service_is_never_taken_for_ones_own(name: str, service: str) -> None:
    """Clean-up goes by names: `cats` must not remove what `cats-api` is watched by."""
    assert not is_alarm_of(name, "dev", service)


@pytest.mark.parametrize(
    ("rule", "threshold", "operator", "missing"),
    [
        ({"at_most": 1}, 1.0, "GreaterThanThreshold", "notBreaching"),
        ({"at_least": 95, "no_data": "rollback"}, 95.0, "LessThanThreshold", "breaching"),
        ({"at_most": 0}, 0.0, "GreaterThanThreshold", "notBreaching"),
    ],
)
def test_an_alarm_says_what_the_check_says(rule: Any, threshold: float, operator: str, missing: str) -> None:
    """Bound, time and what no data means; and it acts on nothing by itself."""
    (alarm,) = rendered({"rollout": {"checks": {"cpu": {"metric": "cpu", "minutes": 3, **rule}}}}).alarms
    assert (alarm["Threshold"], alarm["ComparisonOperator"], alarm["TreatMissingData"]) == (
        threshold,
        operator,
        missing,
    )
    assert (alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"], alarm["ActionsEnabled"]) == (3, 3, False)
    (query,) = alarm["Metrics"]
    dimensions = [{"Name": "ClusterName", "Value": "main"}, {"Name": "ServiceName", "Value": "cats"}]
    assert query["MetricStat"]["Metric"]["Dimensions"] == dimensions
    assert {"Key": "pilotage:service", "Value": "cats"} in alarm["Tags"]


@pytest.mark.parametrize(("bound", "worse"), [({"at_most": 1}, "MAX"), ({"at_least": 1}, "MIN")])
def test_the_worse_of_two_target_groups_counts(bound: Any, worse: str) -> None:
    """Green alternates between them: an alarm on one alone would sleep through every second release."""
    (alarm,) = rendered({**WEB, "rollout": {"checks": {"errors": {"metric": "error_rate", **bound}}}}).alarms
    by_id = {query["Id"]: query for query in alarm["Metrics"]}
    returned = [query["Id"] for query in alarm["Metrics"] if query["ReturnData"]]
    assert returned == ["result"]
    assert by_id["result"]["Expression"] == f"{worse}([a_result, b_result])"
    groups = {
        dimension["Value"]
        for query in alarm["Metrics"] if "MetricStat" in query
        for dimension in query["MetricStat"]["Metric"]["Dimensions"] if dimension["Name"] == "TargetGroup"
    }  # fmt: skip
    assert groups == {"targetgroup/web/0123456789abcdef", "targetgroup/web-b/fedcba9876543210"}
    for name in "ab":
        assert f"{name}_requests" in by_id[f"{name}_result"]["Expression"]
        assert " requests" not in by_id[f"{name}_result"]["Expression"]


def test_an_expression_is_sent_as_it_was_written() -> None:
    """Metric math is the team's own, over metrics that an alarm only reads, whosever they are."""
    metrics = {"result": {"namespace": "AWS/SQS", "name": "Depth", "dimensions": {"QueueName": "theirs"}}}
    manifest = {"rollout": {"checks": {"deep": {"expression": "result / 2", "metrics": metrics, "at_most": 9}}}}
    definitions = rendered(manifest)
    expressions = [query.get("Expression") for query in definitions.alarms[0]["Metrics"]]
    assert expressions == [None, "result / 2"]
    assert judged(definitions) == ()


def test_spot_keeps_its_base_on_demand() -> None:
    """Only one provider may have a base, and with a weight of 0 it gets no more than that."""
    rules = policy(capacity={"fargate": True, "fargate_spot": True, "spot_base": 2})
    spot = rendered({"placement": {"launch": "fargate-spot"}}, rules).service
    assert spot is not None
    assert spot["capacityProviderStrategy"] == [
        {"capacityProvider": "FARGATE", "weight": 0, "base": 2},
        {"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0},
    ]
    demand = rendered({}, rules).service
    assert demand is not None
    assert len(demand["capacityProviderStrategy"]) == 1


def test_a_comparison_is_no_alarm() -> None:
    """Two revisions are told apart by code only."""
    strategy = Strategy(checks=(Check("slow", metric="p99", at_most_times=2),))
    assert alarm_definitions(strategy, STAMPED, "main", policy().routing["web"]) == ()


PERCENT = st.decimals(3, 100, places=1).map(float)
CHECKS = st.dictionaries(
    st.from_regex(r"\A[a-z][a-z0-9_-]{0,10}\Z"),
    st.fixed_dictionaries(
        {"metric": st.sampled_from(["error_rate", "p99", "cpu", "memory"])},
        optional={
            "at_most": st.floats(0, 1e6, allow_nan=False),
            "at_least": st.integers(-5, 1000),
            "at_most_times": st.floats(0.1, 1000),
            "minutes": st.integers(1, 60),
            "no_data": st.sampled_from(["continue", "rollback"]),
        },
    ),
    max_size=3,
)
PAUSES = st.lists(
    st.sampled_from(["before_start", "after_start", "after_test_traffic", "before_traffic", "after_traffic"])
    | st.fixed_dictionaries({"at": st.just("before_traffic")}, optional={"timeout": st.integers(1, 20160)}),
    max_size=2,
)
NAMED = st.sampled_from(
    ["rolling", "blue_green", "canary", "linear", "all-at-once", CANARY["strategy"], "linear-5-percent-every-1-minutes"]
)
ROLLOUTS = st.fixed_dictionaries(
    {},
    optional={
        "strategy": NAMED,
        "percent": PERCENT,
        "minutes": st.integers(0, 1440),
        "bake": st.integers(0, 1440),
        "early_success": st.integers(1, 100),
        "alarms": st.lists(st.text("abc-:/", min_size=1, max_size=20), max_size=3),
        "pauses": PAUSES,
        "smoke": st.lists(
            st.fixed_dictionaries({}, optional={"path": st.just("/x"), "status": st.just(204)}), max_size=2
        ),
        "checks": CHECKS,
    },
)


@given(rollout=ROLLOUTS, routed=st.booleans(), spot=st.booleans())
def test_whatever_a_manifest_says_is_sent_as_aws_takes_it_or_refused_with_its_path(
    rollout: dict[str, Any], routed: bool, spot: bool
) -> None:
    """Nothing in between: no traceback, and no request that AWS would answer with an error of its own."""
    manifest: dict[str, Any] = {"rollout": rollout, **(WEB if routed else {})}
    if spot:
        manifest["placement"] = {"launch": "fargate-spot"}
    rules = {
        "capacity": {"fargate_spot": True, "spot_base": 1},
        "rollout": {"early_success": 40, "minimum_healthy_percent": 40},
    }
    try:
        check_manifest(manifest)
        definitions = rendered(manifest, policy(**rules))
    except BadInput as error:
        assert "rollout" in str(error)  # noqa: PT017 - what is refused is refused by name
        return
    check("ecs", "CreateService", definitions.service or {})
    for alarm in definitions.alarms:
        check("cloudwatch", "PutMetricAlarm", alarm)
        assert len([query for query in alarm["Metrics"] if "MetricStat" in query]) <= 10
        assert len(alarm["AlarmName"]) <= 255
    assert judged(definitions, **rules) == ()
    assert chosen(manifest, policy(**rules)).longest_minutes <= 14 * 24 * 60


def test_the_repository_is_told_in_the_tags() -> None:
    """So that the service is known as its, whoever asks for it later."""
    assert workload({}).service == "cats"
    definitions = rendered({})
    assert definitions.service is not None
    tag = {"key": "pilotage:repository", "value": f"{asked.ACCOUNT}/team/cats"}
    assert tag in definitions.service["tags"]
    assert tag in definitions.task_definition["tags"]
    other = replace(definitions.agreed, repository="123456789012/team/dogs")
    assert (
        "pilotage:repository"
        in definition_refusals(definitions.task_definition, definitions.service, None, policy(), other)[0]
    )

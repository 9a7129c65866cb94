"""From the manifest's `scaling` to what Application Auto Scaling is asked for, and to the step of a plan."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from fakes import asked
from fakes.harbour import Deaths, Died, Execution, Harbour
from fakes.scaling import FakeScaling
from fakes.workloads import CATS, NOON, POLICY, STAMP, TARGET_GROUP, artifact, drawn, running
from pilotage.aws.models import check
from pilotage.boundary.workload import refusals
from pilotage.definitions.scaling import scaling_definition, scaling_requests
from pilotage.errors import AccessDenied, BadManifest
from pilotage.manifest import manifest_findings
from pilotage.manifest.scaling import read_scaling
from pilotage.outcome import Outcome
from pilotage.plan import Live, Plan, Verb
from pilotage.plan.planning import make_plan
from pilotage.policy import Policy, Route
from pilotage.scaling_names import identity
from pilotage.workload import Workload, resolve
from pilotage_local.metrics.queries import Window, answer

TAGS = {"pilotage:enabled": "true"}
QUEUE = {"name": "orders", "per_task": 100}
RULE = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/shop/0123/4567/89ab"


# --- reading ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("said", "path", "told"),
    [
        ({"scaling": {"max": 4}}, "scaling", "cpu, memory, requests, queue or times"),
        ({"scaling": {"min": 5, "max": 4, "cpu": 60}}, "scaling.min", "more than `max`, which is 4"),
        ({"scaling": {"min": 0, "max": 4, "cpu": 60}}, "scaling.min", "add `queue`, or let `min` be 1"),
        ({"scaling": {"max": 4, "cpu": 60}, "count": 5}, "count", "from 1 to 4"),
        (
            {"scaling": {"max": 4, "cpu": 60}, "schedule": {"expression": "rate(1 hour)"}},
            "scaling",
            "A schedule has no",
        ),
        ({"scaling": {"max": 4, "cpu": 60}, "kind": "task"}, "scaling", "A task has no count"),
        ({"scaling": {"max": 4, "cpu": 60}, "daemon": True}, "scaling", "A daemon has no count"),
        ({"scaling": {"max": 4, "cpu": 60}, "autoscaled": False}, "autoscaled", "take this out"),
        ({"scaling": {"max": 4, "times": [{"at": "rate(1 day)"}]}}, "scaling.times[0]", "`min`, `max` or both"),
        ({"scaling": {"max": 4, "times": [{"at": "rate(1 day)", "min": 5}]}}, "scaling.times[0].min", "say both"),
        ({"scaling": {"min": 2, "max": 4, "times": [{"at": "rate(1 day)", "max": 1}]}}, "scaling.times[0].max", "both"),
        ({"scaling": {"max": 4, "times": [{"at": "rate(1 day)", "min": 0}]}}, "scaling.times[0].min", "`max: 0` stops"),
    ],
)
def test_what_contradicts_itself_is_told_with_its_path(said: dict[str, Any], path: str, told: str) -> None:
    """Application Auto Scaling would take most of it, and the service would stay as it is for ever."""
    found = {each.path: each.remedy for each in manifest_findings(said)}
    assert told in found[path]


@pytest.mark.parametrize(
    "said",
    [
        {"scaling": {"max": 4, "cpu": 60}, "kind": "worker"},
        {"scaling": {"min": 0, "max": 4, "queue": QUEUE}, "count": 0},
        {"scaling": {"max": 4, "times": [{"at": "rate(1 day)", "min": 0, "max": 0}]}},
    ],
)
def test_what_makes_sense_is_taken(said: dict[str, Any]) -> None:
    """A worker that sleeps, and a service that is shut at night."""
    assert manifest_findings(said) == ()


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ({"scaling": {"min": 3, "max": 9, "cpu": 60}}, 3),
        ({"scaling": {"max": 9, "cpu": 60}}, 1),
        ({"scaling": {"min": 0, "max": 9, "queue": QUEUE}}, 0),
        ({"scaling": {"min": 3, "max": 9, "cpu": 60}, "count": 5}, 5),
        ({"scaling": {"min": 3, "max": 9, "cpu": 60}, "environments": {"dev": {"count": 6}}}, 6),
    ],
)
def test_a_new_service_begins_within_its_bounds(said: Mapping[str, Any], count: int) -> None:
    """And its count is Application Auto Scaling's from then on."""
    workload = resolve(asked.artifact(asked.config(said)), TAGS, asked.policy(defaults={"count": 7}))
    assert (workload.count, workload.autoscaled) == (count, True)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"scaling": {"max": 4, "requests": 100}}, "name a `routing`"),
        ({"scaling": {"max": 4, "cpu": 60}, "placement": {"pattern": "batch"}}, "no count"),
    ],
)
def test_what_only_all_layers_together_tell_is_told_too(said: Mapping[str, Any], told: str) -> None:
    """A pattern may come from a tag, and a route from the policy's defaults."""
    with pytest.raises(BadManifest, match=told):
        resolve(asked.artifact(asked.config(said)), TAGS, asked.policy())


def test_the_policy_bounds_how_far_it_may_go_at_any_time() -> None:
    """Whoever can push an image could otherwise have as many tasks as AWS gives."""
    times = [{"at": "rate(1 day)", "max": 30}, {"at": "rate(2 days)", "min": 21, "max": 22}]
    image = asked.artifact(asked.config({"scaling": {"max": 21, "cpu": 60, "times": times}}))
    policy = asked.policy()
    found = refusals(resolve(image, TAGS, policy), image, policy)
    assert [each.split(":")[0] for each in found] == [
        *("scaling.max", "scaling.times[0].max", "scaling.times[1].min", "scaling.times[1].max")
    ]
    assert all("20 at most" in each and "limits.count" in each for each in found)


# --- what is asked for -----------------------------------------------------------------------------------------------
def scaled(policy: Policy = POLICY, **said: Any) -> Workload:
    return replace(CATS, scaling=read_scaling(said), autoscaled=True, routing="public" if "requests" in said else None)


def scaling_of(policy: Policy = POLICY, **said: Any) -> Mapping[str, Any]:
    """Every request held against the model of AWS."""
    found = drawn(scaled(**said), policy)[1].scaling
    assert found is not None
    for service, operation, body in scaling_requests(found):
        check(service, operation, body)
    return found


def tracked(scaling: Mapping[str, Any], number: int = 0) -> Mapping[str, Any]:
    found: Mapping[str, Any] = scaling["policies"][number]["TargetTrackingScalingPolicyConfiguration"]
    return found


def test_each_measure_is_a_policy_of_its_own_with_the_same_patience() -> None:
    """Application Auto Scaling takes the most that any of them asks for."""
    found = scaling_of(min=2, max=9, cpu=60, memory=70.5, queue=QUEUE, out_after=30, in_after=600)
    assert [each["PolicyName"] for each in found["policies"]] == [
        f"pilotage-dev-cats-{word}" for word in ("cpu", "memory", "queue")
    ]
    assert [tracked(found, number)["TargetValue"] for number in range(3)] == [60.0, 70.5, 100.0]
    assert {(tracked(found, n)["ScaleOutCooldown"], tracked(found, n)["ScaleInCooldown"]) for n in range(3)} == {
        (30, 600)
    }
    assert (found["target"]["MinCapacity"], found["target"]["MaxCapacity"], found["wake"]) == (2, 9, None)
    assert found["target"] | identity("ships", "cats") == found["target"]


def test_times_keep_their_zone_where_a_zone_means_something() -> None:
    """A rate goes by the clock's ticks."""
    times = [{"at": "cron(0 7 * * ? *)", "timezone": "Europe/Berlin", "min": 4}, {"at": "rate(1 day)", "max": 3}]
    found = scaling_of(max=9, times=times)["times"]
    assert [each.get("Timezone") for each in found] == ["Europe/Berlin", None]
    assert [each["ScalableTargetAction"] for each in found] == [{"MinCapacity": 4}, {"MaxCapacity": 3}]


def routed(**route: Any) -> Policy:
    return replace(POLICY, routing={"public": Route(TARGET_GROUP, **route)})


def test_requests_of_one_target_group_are_aws_own_measure() -> None:
    """Its label names load balancer and target group."""
    measure = tracked(scaling_of(routed(listener_rule=RULE), max=9, requests=600))["PredefinedMetricSpecification"]
    assert measure == {
        "PredefinedMetricType": "ALBRequestCountPerTarget",
        "ResourceLabel": "app/shop/0123/targetgroup/cats/0123456789abcdef",
    }


@pytest.mark.parametrize(
    ("a", "b", "each"),
    [((600.0,), (), 600.0), ((), (600.0,), 600.0), ((540.0,), (60.0,), 600.0)],
    ids=["before", "after", "canary"],
)
def test_requests_count_whichever_target_group_they_go_to(a: Any, b: Any, each: float) -> None:
    """AWS's own measure is of one target group and "not supported" where traffic shifts between two."""
    policy = routed(listener_rule=RULE, alternate_target_group=TARGET_GROUP.replace("cats", "green"))
    queries = tracked(scaling_of(policy, max=9, requests=600))["CustomizedMetricSpecification"]["Metrics"]
    assert evaluated(queries, {"a": a, "b": b})["requests"] == [each]


def test_requests_at_a_network_load_balancer_are_nothing_to_follow() -> None:
    """It balances connections."""
    with pytest.raises(BadManifest, match="Application Load Balancer counts requests"):
        scaling_of(routed(listener_rule=RULE.replace("/app/", "/net/")), max=9, requests=600)


def evaluated(queries: Any, points: Mapping[str, tuple[float, ...]]) -> dict[str, list[float]]:
    """By the embedded CloudWatch's metric math, in one period."""
    window = Window(0, 60, 60)
    found = answer(queries, window, lambda query, _: dict(zip((0.0,), points[query["Id"]], strict=False)))
    return {name: list(series.values()) for name, series in found.items()}


@pytest.mark.parametrize(
    ("visible", "working", "tasks", "backlog", "asleep"),
    [
        ((500.0,), (3.0,), (4.0,), [125.0], [0.0]),
        ((0.0,), (3.0,), (4.0,), [0.25], [0.0]),  # the last ones are being worked on: one task stays
        ((0.0,), (0.0,), (4.0,), [0.0], [0.0]),  # nothing to do
        ((0.0,), (0.0,), (), [], [0.0]),  # it sleeps
        ((7.0,), (0.0,), (), [], [7.0]),  # and is woken
        ((), (), (), [], []),  # SQS says nothing of a queue that nobody used for hours
    ],
)
def test_a_worker_follows_its_queue_and_is_woken_only_from_sleep(
    visible: Any, working: Any, tasks: Any, backlog: list[float], asleep: list[float]
) -> None:
    """Target tracking divides by the tasks; without any there is nothing to divide by, and the alarm speaks."""
    found = scaling_of(min=0, max=9, queue=QUEUE)
    points = {"visible": visible, "working": working, "tasks": tasks}
    measure = tracked(found)["CustomizedMetricSpecification"]["Metrics"]
    assert evaluated(measure, points)["backlog"] == backlog
    assert evaluated(found["wake"]["alarm"]["Metrics"], points)["asleep"] == asleep


def test_waking_adds_one_task_and_never_takes_one_away() -> None:
    """The number of tasks is told a minute late: an exact count would then stop all others."""
    step = scaling_of(min=0, max=9, queue=QUEUE)["wake"]["policy"]["StepScalingPolicyConfiguration"]
    assert step["AdjustmentType"] == "ChangeInCapacity"
    assert [each["ScalingAdjustment"] for each in step["StepAdjustments"]] == [1]


# --- the plan --------------------------------------------------------------------------------------------------------
FULL = {
    "min": 1, "max": 9, "cpu": 60, "queue": QUEUE,
    "times": [{"at": "cron(0 7 * * ? *)", "min": 4}, {"at": "cron(0 19 * * ? *)", "min": 1}],
}  # fmt: skip


def live_scaled(have: Mapping[str, Any] | None, **target: int) -> Live:
    """A service whose scaling was put in as `have` says; `target` are bounds that changed since."""
    service = running(drawn(CATS)[1])
    if have is None:
        return Live(service)
    scaling = FakeScaling()
    scaling.ensure(scaling_of(**have))
    scaling.api.targets["service/ships/cats"].update(target)
    return Live(replace(service, autoscaled=True, scaling=scaling.live("ships", "cats")))


def planned(said: Mapping[str, Any] | None, live: Live) -> Plan:
    workload = CATS if said is None else scaled(**said)
    placement, definitions = drawn(workload)
    return make_plan(
        definitions, live, policy=POLICY, artifact=artifact(), workload=workload, placement=placement, made_at=NOON
    )


@pytest.mark.parametrize(
    ("have", "want", "paths"),
    [
        (FULL, FULL, []),
        (None, {"max": 9, "cpu": 60}, ["cpu", "in_after", "max", "min", "out_after"]),
        (FULL, {**FULL, "max": 12}, ["max"]),
        (FULL, {**FULL, "cpu": 70}, ["cpu"]),
        (FULL, {**FULL, "queue": {**QUEUE, "per_task": 50}}, ["queue.per_task"]),
        (FULL, {**FULL, "in_after": 60}, ["in_after"]),
        (FULL, {key: FULL[key] for key in FULL if key != "queue"}, ["queue.name", "queue.per_task"]),
        (FULL, {**FULL, "times": FULL["times"][:1]}, ["times.2.at", "times.2.min", "times.2.timezone"]),
        ({"max": 9, "cpu": 60}, None, ["cpu", "in_after", "max", "min", "out_after"]),
        (None, None, []),
    ],
)  # fmt: skip
def test_a_plan_says_in_the_manifests_words_what_changes(have: Any, want: Any, paths: list[str]) -> None:
    """And has one step for it, which starts no rollout; none where all is as it should be."""
    plan = planned(want, live_scaled(have))
    assert [each.path.removeprefix("scaling.") for each in plan.changes] == paths
    assert [step.verb for step in plan.steps] == [Verb.ENSURE_SCALING] * bool(paths)
    assert not plan.starts_rollout
    assert plan.desired_count == (2 if want is None else None)


@pytest.mark.parametrize(
    ("now", "said", "bounds"),
    [
        ({"MinCapacity": 4}, {}, None),  # since seven o'clock
        ({"MinCapacity": 4}, {"cpu": 70}, (4, 9)),  # a change in the day leaves the day's bounds
        ({"MinCapacity": 3}, {}, (1, 9)),  # somebody else's doing
        ({"MinCapacity": 4, "MaxCapacity": 8}, {}, (4, 9)),
    ],
)
def test_bounds_that_a_time_has_set_are_no_drift(now: Any, said: Any, bounds: tuple[int, int] | None) -> None:
    """Else every release at noon would take away the tasks of the day."""
    plan = planned({**FULL, **said}, live_scaled(FULL, **now))
    asked_for = [(step.body["target"]["MinCapacity"], step.body["target"]["MaxCapacity"]) for step in plan.steps]
    assert asked_for == ([] if bounds is None else [bounds])


def test_the_hash_covers_what_scales() -> None:
    """What was approved is what is applied."""
    plans = [planned(said, live_scaled(FULL)) for said in (FULL, {**FULL, "max": 12}, {**FULL, "max": 13})]
    assert len({each.hash for each in plans}) == 3
    assert plans[1].hash == planned({**FULL, "max": 12}, live_scaled(FULL)).hash


# --- a release -------------------------------------------------------------------------------------------------------
def target_of(harbour: Harbour) -> tuple[int, int] | None:
    found = harbour.services.clients.scaling_api.targets.get("service/main/cats")
    return (found["MinCapacity"], found["MaxCapacity"]) if found else None


def desired(harbour: Harbour) -> int:
    live = harbour.services.live("main", "cats").service
    assert live is not None
    return int(live.body["desiredCount"])


def count(harbour: Harbour, number: int) -> None:
    """As Application Auto Scaling does."""
    harbour.services.checked.call("UpdateService", cluster="main", service="cats", desiredCount=number)


def test_a_service_is_scaled_from_its_first_release_to_the_one_that_says_nothing_of_it() -> None:
    """Its count is never written meanwhile; settings alone conclude by being read again; in the end all is gone."""
    harbour = Harbour()
    scaling = {"min": 2, "max": 6, "cpu": 60}
    assert harbour.release("v1", scaling=scaling).outcome is Outcome.SUCCEEDED
    assert (desired(harbour), target_of(harbour)) == (2, (2, 6))
    count(harbour, 5)
    assert harbour.release("v2", scaling=scaling).outcome is Outcome.SUCCEEDED
    harbour.services.clients.scaling_api.targets["service/main/cats"]["MaxCapacity"] = 50  # by hand
    updates = harbour.calls("UpdateService")
    again = harbour.release("again", image="v2", scaling=scaling)
    assert (again.outcome, target_of(harbour), desired(harbour)) == (Outcome.SUCCEEDED, (2, 6), 5)
    assert harbour.release("same", image="v2", scaling=scaling).outcome is Outcome.NO_CHANGE
    assert harbour.calls("UpdateService") == updates
    assert harbour.release("v3", image="v3", count=3).outcome is Outcome.SUCCEEDED
    assert (target_of(harbour), desired(harbour)) == (None, 3)
    assert harbour.services.clients.scaling_api.policies == {}
    assert harbour.release("v4", image="v3", count=3).outcome is Outcome.NO_CHANGE


def test_a_policy_of_somebody_else_is_named_and_left_alone() -> None:
    """Two tools on one service: neither may take the other's away."""
    harbour = Harbour()
    harbour.release("v1")
    harbour.services.clients.scaled_by_others("main", "cats")
    execution = harbour.begin(harbour.push("v2", scaling={"max": 6, "cpu": 60}))
    plan = execution.prepare().plan
    assert plan is not None
    assert ("scaling by theirs", "left alone: not Pilotage's") in [(each.path, each.after) for each in plan.changes]
    assert execution.sail().outcome is Outcome.SUCCEEDED
    assert harbour.release("v3", count=2).outcome is Outcome.SUCCEEDED
    names = [name for _, name in harbour.services.clients.scaling_api.policies]
    assert (names, target_of(harbour)) == (["theirs"], (1, 6))


def test_a_try_that_died_anywhere_is_put_right_by_the_next() -> None:
    """Case 11: after every call of Apply, and after every call that the adapter makes."""
    scaling = {"min": 0, "max": 6, "queue": QUEUE, "cpu": 60, "times": [{"at": "rate(1 day)", "max": 5}]}
    for number in range(1, 40):
        harbour = Harbour()
        execution = meddled(harbour, scaling)
        calls = Deaths(at=number)
        dies_after_calls(harbour, calls)
        try:
            execution.apply()
        except Died:
            calls.at = None
            execution.apply()
        else:
            assert number > 8
            return
        assert execution.conclude().outcome is Outcome.SUCCEEDED
        assert harbour.release("v2", image="v1", scaling=scaling).outcome is Outcome.NO_CHANGE
        assert len(harbour.scaling.api.policies) == 3
    pytest.fail("it never came to its end")


def meddled(harbour: Harbour, scaling: Mapping[str, Any]) -> Execution:
    """A release that has nothing to do but to put right what somebody did by hand. Confirmed, with the lease."""
    harbour.release("v1", scaling=scaling)
    other = read_scaling({"max": 3, "memory": 50, "times": [{"at": "rate(2 days)", "max": 2}] * 2})
    assert other is not None
    harbour.scaling.ensure(scaling_definition(other, STAMP, "main", None))
    execution = harbour.begin(harbour.push("again", image="v1", scaling=scaling))
    plan = execution.prepare().plan
    assert plan is not None
    assert [step.verb for step in plan.steps] == [Verb.ENSURE_SCALING]
    assert execution.acquire()
    execution.confirm()
    return execution


def dies_after_calls(harbour: Harbour, deaths: Deaths) -> None:
    def around(operation: str, call: Any) -> Any:
        answer = call()
        if not operation.startswith("Describe"):
            deaths.after(operation)
        return answer

    harbour.scaling.api.client.around = harbour.alarms.client.around = around


@pytest.mark.parametrize(
    ("denied", "outcome"),
    [("RegisterScalableTarget", Outcome.FAILED), ("PutScalingPolicy", Outcome.FAILED_DIRTY)],
)
def test_a_failure_says_whether_anything_was_written(denied: str, outcome: Outcome) -> None:
    """What scales takes several calls: half of them made is not "as it was"."""
    harbour = Harbour()
    execution = meddled(harbour, {"max": 4, "cpu": 60})

    def deny(operation: str, call: Any) -> Any:
        if operation == denied:
            raise AccessDenied(f"application-autoscaling:{operation}")
        return call()

    harbour.scaling.api.client.around = deny
    with pytest.raises(AccessDenied) as caught:
        execution.apply()
    execution.fail(caught.value)
    assert execution.conclude().outcome is outcome


def test_a_definition_document_shows_what_scales() -> None:
    """`pilotage render` prints it: bodies as botocore takes them."""
    from pilotage.usecases.preview import definitions_document  # noqa: PLC0415 - one test's

    shown = definitions_document(drawn(scaled(max=9, cpu=60))[1])
    assert json.loads(json.dumps(shown))["scaling"]["target"]["MaxCapacity"] == 9

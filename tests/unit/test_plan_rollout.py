"""What a plan does around a rollout: alarms, strategies of live services, Spot, migrations, and whose service it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes import asked
from fakes.shifting import CHECKER, ELB, policy, rendered, workload
from fakes.workloads import NOON, artifact, running
from pilotage.aws.models import check
from pilotage.choosing import choose
from pilotage.errors import Refused
from pilotage.placement import place
from pilotage.plan import Live, Plan, Verb
from pilotage.plan.assessing import Circumstances, assess
from pilotage.plan.configured import still_to_do
from pilotage.plan.planning import make_plan
from pilotage.plan.risk import PointKind
from pilotage.policy import Policy
from pilotage.rollout_words import StrategyKind

CANARY = {"strategy": "canary-10-percent-5-minutes"}
ERRORS = {"errors": {"metric": "error_rate", "at_most": 1}}
MIGRATE = {"command": ["./manage.py", "migrate"]}


def manifest(**rollout: Any) -> dict[str, Any]:
    return {"routing": "web", "rollout": rollout}


def planned(
    wanted: dict[str, Any], runs: dict[str, Any] | None = None, rules: Policy | None = None, **live: Any
) -> Plan:
    """The plan of `wanted` where `runs` runs; None: nothing does."""
    rules = rules or policy()
    there = Live() if runs is None else Live(running(rendered(runs, rules), **live))
    return against(wanted, there, rules)


def against(wanted: dict[str, Any], live: Live, rules: Policy | None = None) -> Plan:
    rules = rules or policy()
    work = workload(wanted, rules)
    placement = place(work, rules)
    made = make_plan(
        rendered(wanted, rules),
        live,
        policy=rules,
        artifact=artifact(),
        workload=work,
        placement=placement,
        made_at=NOON,
        strategy=choose(work, placement, rules),
    )
    for step in (*made.steps, *filter(None, [made.fallback])):
        if step.verb in {Verb.CREATE_SERVICE, Verb.UPDATE_SERVICE}:
            check("ecs", "CreateService" if step.verb is Verb.CREATE_SERVICE else "UpdateService", step.body)
    return made


def verbs(plan: Plan) -> list[Verb]:
    return [step.verb for step in plan.steps]


def new(wanted: dict[str, Any]) -> dict[str, Any]:
    """The same with another revision."""
    return {**wanted, "environment": {"COLOR": "red"}}


def test_alarms_are_there_before_the_service_names_them() -> None:
    """ECS begins to look at them as the deployment begins."""
    made = planned(manifest(**CANARY, checks=ERRORS))
    assert verbs(made)[-2:] == [Verb.ENSURE_ALARM, Verb.CREATE_SERVICE]
    named = made.steps[-1].body["deploymentConfiguration"]["alarms"]["alarmNames"]
    assert [made.steps[-2].body["AlarmName"]] == named


def test_alarms_are_made_sure_of_at_every_rollout_and_at_no_other_change() -> None:
    """Somebody may have deleted one; a service whose count changes alone needs none of them."""
    runs = manifest(**CANARY, checks=ERRORS)
    assert planned(runs, runs).steps == ()
    assert Verb.ENSURE_ALARM in verbs(planned(new(runs), runs))
    assert verbs(planned({**runs, "count": 3}, runs)) == [Verb.UPDATE_SERVICE]
    stricter = manifest(**CANARY, checks={"errors": {"metric": "error_rate", "at_most": 0.5}})
    assert verbs(planned(stricter, runs)) == [Verb.ENSURE_ALARM, Verb.UPDATE_SERVICE]


STRATEGIES: dict[str, dict[str, Any]] = {
    "rolling": manifest(),
    "blue_green": manifest(strategy="blue_green", bake=5),
    "canary": manifest(**CANARY, checks=ERRORS, smoke=[{}], pauses=["before_traffic"]),
    "linear": manifest(strategy="linear", percent=20, minutes=3, checks=ERRORS),
}


@pytest.mark.parametrize("after", STRATEGIES)
@pytest.mark.parametrize("before", STRATEGIES)
def test_another_strategy_goes_with_the_rollout_and_is_shown(before: str, after: str) -> None:
    """One write: the deployment that begins with it is already rolled out the new way."""
    made = planned(new(STRATEGIES[after]), STRATEGIES[before])
    step = made.steps[-1]
    assert (step.verb, step.starts_rollout, made.strategy.kind) == (Verb.UPDATE_SERVICE, True, StrategyKind(after))
    changed = {change.path for change in made.changes if change.path.startswith("service.deploymentConfiguration")}
    assert bool(changed) is (before != after)
    assert ("service.deploymentConfiguration.strategy" in changed) is (before != after)
    if before != after:
        told = step.body["deploymentConfiguration"]
        assert told["strategy"] == after.upper()
        assert told["deploymentCircuitBreaker"]["enable"] if after == "rolling" else True
        if before == "rolling":
            assert told["deploymentCircuitBreaker"] == {"enable": False, "rollback": False}
        if before == "canary" and after in {"rolling", "blue_green"}:
            assert told["lifecycleHooks"] == []
            assert told["alarms"] == {"alarmNames": [], "enable": False, "rollback": False}


@pytest.mark.parametrize("after", STRATEGIES)
@pytest.mark.parametrize("before", STRATEGIES)
def test_another_strategy_alone_starts_no_rollout_and_is_judged_by_reading_it_again(before: str, after: str) -> None:
    """UpdateService: a deployment configuration triggers no deployment."""
    made = planned(STRATEGIES[after], STRATEGIES[before])
    assert not made.starts_rollout
    there = Live(running(rendered(STRATEGIES[after])))
    assert still_to_do(made, there, None) == ()
    assert bool(made.steps) is (before != after)
    if made.steps:
        assert still_to_do(made, Live(running(rendered(STRATEGIES[before]))), None) != ()


def test_what_ecs_keeps_of_another_strategy_is_no_difference() -> None:
    """An answer may still know the canary's numbers of a service that is rolled by now."""
    there = running(rendered(STRATEGIES["rolling"]))
    kept = {**there.body["deploymentConfiguration"], "canaryConfiguration": {"canaryPercent": 5.0}}
    assert (
        against(STRATEGIES["rolling"], Live(replace(there, body={**there.body, "deploymentConfiguration": kept}))).steps
        == ()
    )


def test_whole_numbers_and_hooks_are_compared_by_what_they_mean() -> None:
    """ECS may answer 10 for 10.0, stages in another order, and the type of a hook that it filled in."""
    there = running(rendered(STRATEGIES["canary"]))
    answer = dict(there.body["deploymentConfiguration"])
    answer["canaryConfiguration"] = {"canaryPercent": 10, "canaryBakeTimeInMinutes": 5}
    answer["lifecycleHooks"] = [
        {**{key: value for key, value in hook.items() if value != "AWS_LAMBDA"},
         "lifecycleStages": hook["lifecycleStages"][::-1]}
        for hook in reversed(answer["lifecycleHooks"])
    ]  # fmt: skip
    live = Live(replace(there, body={**there.body, "deploymentConfiguration": answer}))
    assert against(STRATEGIES["canary"], live).steps == ()


def test_traffic_shifts_only_to_a_target_group_that_the_service_has_already() -> None:
    """ECS wants a rolling update to bring it first; to find that out half way would end in an error of ECS's own."""
    there = running(rendered(manifest(), policy({"alternate_target_group": None})))
    with pytest.raises(Refused, match=r"release once with `rollout: \{strategy: rolling\}`"):
        against(manifest(**CANARY), Live(there))
    brings = against(manifest(), Live(there))
    assert brings.starts_rollout
    assert "advancedConfiguration" in brings.steps[-1].body["loadBalancers"][0]


def test_the_deadline_leaves_time_for_bakes_steps_and_people() -> None:
    """A canary that bakes an hour must not be stopped after half of one."""
    rules = policy(rollout={"deadline_minutes": 20, "pause_minutes": 60})
    waits = manifest(strategy="canary", percent=10, minutes=30, bake=15, pauses=["before_traffic"])
    assert planned(waits, rules=rules).deadline_minutes == 20 + 30 + 15 + 2 * 60
    assert planned(manifest(), rules=rules).deadline_minutes == 20
    assert planned({**waits, "count": 3}, waits, rules).deadline_minutes == 20  # nothing is rolled out


SPOT = {"placement": {"launch": "fargate-spot"}}


def spot(**capacity: Any) -> Policy:
    return policy(capacity={"fargate_spot": True, **capacity})


def test_a_rollout_on_spot_has_a_way_to_capacity_on_demand() -> None:
    """A step of the plan, approved with it: the same revision, by a deployment that is forced."""
    made = planned(SPOT, rules=spot())
    assert made.fallback is not None
    assert (made.fallback.verb, made.fallback.starts_rollout) == (Verb.UPDATE_SERVICE, True)
    assert made.fallback.body == {
        "cluster": "main",
        "service": "cats",
        "taskDefinition": "dev-cats",
        "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1, "base": 0}],
        "forceNewDeployment": True,
    }


@pytest.mark.parametrize("spot_weight", [1, 9])
def test_a_share_on_spot_has_a_way_to_capacity_on_demand_too(spot_weight: int) -> None:
    """Its tasks would wait for capacity like all others, however few they are."""
    capacity = {"fargate": {"base": 1, "weight": 4}, "fargate-spot": {"weight": spot_weight}}
    made = planned({"placement": {"capacity": capacity}}, rules=spot())
    assert made.fallback is not None
    assert made.fallback.body["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE", "weight": 1, "base": 0}]
    assert planned({"placement": {"capacity": {"fargate": {"weight": 1}}}}, rules=spot()).fallback is None


@pytest.mark.parametrize(
    ("wanted", "runs", "rules"),
    [
        (SPOT, None, spot(spot_fallback=False)),
        (SPOT, None, spot(fargate=False)),
        ({}, None, spot()),
        ({**SPOT, "count": 3}, SPOT, spot()),
        ({**SPOT, "kind": "task"}, None, spot()),
    ],
)
def test_there_is_no_way_back_where_none_is_needed_or_allowed(wanted: Any, runs: Any, rules: Policy) -> None:
    """A fallback costs money: it is the operators' to allow."""
    assert planned(wanted, runs, rules).fallback is None


def test_after_a_fallback_the_next_release_tries_spot_again() -> None:
    """The way back is planned and shown, and never a surprise."""
    there = running(
        rendered(SPOT, spot()), capacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1, "base": 0}]
    )
    made = against(SPOT, Live(there), spot())
    assert made.steps[-1].body["forceNewDeployment"] is True
    assert any("FARGATE_SPOT" in change.path for change in made.changes)


def test_migrations_run_with_a_revision_that_is_new() -> None:
    """Those of a digest that runs already were run with it."""
    runs = {"migrations": {"before": MIGRATE}}
    assert [each.when.value for each in planned(runs).migrations] == ["before"]
    assert planned({**runs, "count": 3}, runs).migrations == ()


HASHES: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (manifest(**CANARY), manifest(strategy="canary", percent=10, minutes=6), {}),
    (manifest(), {**manifest(), "migrations": {"before": MIGRATE}}, {}),
    ({"migrations": {"before": MIGRATE}}, {"migrations": {"before": {**MIGRATE, "retries": 1}}}, {}),
    (manifest(checks=ERRORS), manifest(checks={"errors": {"metric": "error_rate", "at_most": 2}}), {}),
    (manifest(**CANARY, pauses=["before_traffic"]), manifest(**CANARY, pauses=["after_traffic"]), {}),
]


@pytest.mark.parametrize(("one", "other", "rules"), HASHES)
def test_an_approval_is_bound_to_how_it_is_rolled_out(one: Any, other: Any, rules: Any) -> None:
    """Who approved a canary did not approve all at once."""
    assert planned(one, rules=policy(**rules)).hash != planned(other, rules=policy(**rules)).hash
    assert planned(one, rules=policy(**rules)).hash == planned(one, rules=policy(**rules)).hash


def test_an_approval_is_bound_to_the_way_to_on_demand() -> None:
    """It is what will be done, and costs more."""
    assert planned(SPOT, rules=spot()).hash != planned(SPOT, rules=spot(spot_fallback=False)).hash


def points(wanted: dict[str, Any], runs: dict[str, Any]) -> dict[PointKind, str]:
    live = Live(running(rendered(runs)))
    made = against(wanted, live)
    risk = assess(made, live, policy(), artifact(), Circumstances(successes=1))
    return {point.kind: point.reason for point in risk.points}


@pytest.mark.parametrize(
    ("before", "after", "skipped"),
    [
        ("canary", "rolling", True),
        ("linear", "blue_green", True),
        ("canary", "linear", False),
        ("blue_green", "rolling", False),
        ("rolling", "canary", False),
    ],
)
def test_a_canary_that_is_skipped_is_a_risk_and_so_is_any_other_strategy(
    before: str, after: str, skipped: bool
) -> None:
    """Nobody should lose the canary in passing."""
    found = points(new(STRATEGIES[after]), STRATEGIES[before])
    assert (PointKind.SKIPPED_CANARY in found) is skipped
    assert PointKind.STRATEGY in found
    if skipped:
        assert found[PointKind.SKIPPED_CANARY].startswith(f"the last release was a {before} one, this is")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            "canary-10-percent-5-minutes",
            "canary-99-percent-5-minutes",
            "shifted 10 % for 5 minutes, this is canary: 99 %",
        ),
        (
            "canary-10-percent-5-minutes",
            "canary-10-percent-0-minutes",
            "shifted 10 % for 5 minutes, this is canary: 10 %",
        ),
        ("linear-10-percent-every-3-minutes", "linear-50-percent-every-3-minutes", "shifted 10 % for 3 minutes"),
        ("canary-10-percent-5-minutes", "canary-5-percent-9-minutes", None),
        ("linear-10-percent-every-3-minutes", "linear-10-percent-every-3-minutes", None),
    ],
)
def test_a_canary_in_name_alone_is_one_that_is_skipped(before: str, after: str, told: str | None) -> None:
    """99 percent for no minute is a canary to ECS, and to nobody else."""
    found = points(new(manifest(strategy=after)), manifest(strategy=before)).get(PointKind.SKIPPED_CANARY)
    assert found is None if told is None else told in (found or "")


def test_a_migration_that_the_old_code_cannot_live_with_is_a_risk() -> None:
    """After it there is no way back to what runs now."""
    apart = {"migrations": {"before": {**MIGRATE, "compatible_with_previous": False}, "after": MIGRATE}}
    found = points(new(apart), {})
    assert "the one before the rollout (./manage.py migrate)" in found[PointKind.MIGRATION]
    assert PointKind.MIGRATION not in points(new({"migrations": {"after": MIGRATE}}), {})


OWNER = {"key": "pilotage:repository", "value": f"{asked.ACCOUNT}/team/dogs"}


def test_the_service_of_another_repository_is_refused_by_name() -> None:
    """Two repositories that claim one name would overwrite each other at every push."""
    with pytest.raises(Refused, match=r"service cats: '123456789012/team/dogs'.*pilotage:service"):
        planned(new({}), {}, tags=[OWNER])


@pytest.mark.parametrize("kind", [{"kind": "task"}, {"schedule": {"expression": "rate(1 day)"}}])
def test_another_kind_is_no_way_around_the_owner(kind: dict[str, Any]) -> None:
    """A schedule or a task under a service's name would take its records, and what a rollback goes to, with it."""
    with pytest.raises(Refused, match="team/dogs"):
        planned({**kind, "ports": []}, {}, tags=[OWNER])


def test_the_revision_tells_the_owner_where_the_service_does_not() -> None:
    """UpdateService changes no tags: a service of before has none, and its next revision has."""
    there = running(rendered({}), tags=[])
    assert against(new({}), Live(there)).steps
    stolen = {**there.task_definition, "tags": [OWNER]}
    with pytest.raises(Refused, match="team/dogs"):
        against(new({}), Live(replace(there, task_definition=stolen)))


@pytest.mark.parametrize("tags", [[], [{"key": "pilotage:repository", "value": f"{asked.ACCOUNT}/team/cats"}]])
def test_ones_own_service_and_one_of_nobody_may_be_released(tags: Any) -> None:
    """Services from before this tag have none; operators move one by setting it."""
    there = running(rendered({}), tags=tags)
    plain = {**there.task_definition, "tags": []}
    assert against(new({}), Live(replace(there, task_definition=plain))).steps


def test_a_route_may_be_given_another_target_group_in_a_rolling_update() -> None:
    """That has always started a rollout."""
    there = running(rendered(manifest(), policy({"alternate_target_group": None})))
    moved = policy({"alternate_target_group": f"{ELB}:targetgroup/web-c/fedcba9876543210"})
    assert against(manifest(), Live(there), moved).starts_rollout


def test_the_plan_knows_who_checks_even_where_the_hooks_of_the_service_stay() -> None:
    """UpdateService names only what changes; a second rollout with the same smoke test names no hook at all."""
    smoke = manifest(strategy="canary", smoke=[{"path": "/healthz"}])
    again = planned({**smoke, "environment": {"A": "2"}}, smoke)

    (update,) = [step for step in again.steps if step.verb is Verb.UPDATE_SERVICE]
    assert "deploymentConfiguration" not in update.body
    assert again.check == CHECKER.function
    assert planned(manifest(strategy="canary")).check is None

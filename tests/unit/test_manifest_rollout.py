"""The parts `rollout` and `migrations` of a manifest: what they mean, and what is said about mistakes in them."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.asked import artifact, config, policy
from pilotage.manifest import manifest_findings
from pilotage.manifest.rollouts import Named, read_strategy
from pilotage.rollout_words import Check, Metric, Migration, Moment, NoData, PauseWish, SmokeTest, StrategyKind, When
from pilotage.workload import Workload, resolve

CHECK = {"metric": "error_rate", "at_most": 1}
ORDERS = {"orders": {"namespace": "Shop", "name": "Orders"}}
MIGRATE = {"command": ["./manage.py", "migrate"]}


@pytest.mark.parametrize(
    ("expression", "word"),
    [
        ("SEARCH('{Shop} O', 'Sum') + orders", "SEARCH"),
        ("S/**/EARCH(orders)", "EARCH and S"),
        ("Search(orders)", "Search"),
        ('SELECT AVG(CPUUtilization) FROM "AWS/EC2" + orders', "CPUUtilization, FROM and SELECT"),
        ("INSIGHT_RULE_METRIC('theirs', 'UniqueContributors') + orders", "INSIGHT_RULE_METRIC"),
        ("ANOMALY_DETECTION_BAND(orders, 2)", "ANOMALY_DETECTION_BAND"),
        ("DB_PERF_INSIGHTS('RDS', 'db-THEIRS', 'os.cpu') + orders", "DB_PERF_INSIGHTS"),
        ("SERVICE_QUOTA(orders)", "SERVICE_QUOTA"),
        ("LAMBDA('theirs', orders)", "LAMBDA"),
    ],
)
def test_an_expression_reaches_no_further_than_the_metrics_that_it_names(expression: str, word: str) -> None:
    """Whoever can push writes it, and the stack's own role is what CloudWatch would answer to."""
    found = manifest_findings(
        {"rollout": {"checks": {"a": {"expression": expression, "metrics": ORDERS, "at_most": 1}}}}
    )
    assert any(f"and not by {word}:" in each.remedy for each in found), found


def resolved(manifest: dict[str, Any], **defaults: Any) -> Workload:
    return resolve(artifact(config(manifest)), {}, policy(defaults=defaults))


@pytest.mark.parametrize(
    ("rollout", "path", "told"),
    [
        ({"strategy": "canary-10-percent-5-minutes", "percent": 20}, "rollout.percent: 20", "say `strategy: canary`"),
        ({"strategy": "linear-10-percent-every-3-minutes", "minutes": 2}, "rollout.minutes: 2", "says it already"),
        ({"strategy": "linear-2-percent-every-3-minutes"}, "rollout.strategy: 'linear-2", "3 percent at least"),
        ({"strategy": "linear", "percent": 2.9}, "rollout.percent: 2.9", "3 percent at least"),
        ({"strategy": "canary-5-percent-1441-minutes"}, "rollout.strategy: 'canary-5", "1440 minutes at a step"),
        ({"strategy": "canary", "percent": 0.15}, "rollout.percent: 0.15", "multiples of 0.1"),
        ({"strategy": "rolling", "percent": 10}, "rollout.percent: 10", "Only canary and linear"),
        ({"strategy": "all-at-once", "minutes": 10}, "rollout.minutes: 10", "Only canary and linear"),
        ({"strategy": "blue_green", "early_success": 50}, "rollout.early_success: 50", "say `strategy: rolling`"),
        ({"strategy": "rolling", "bake": 5}, "rollout.bake: 5", "ECS computes the bake time"),
        ({"strategy": "rolling", "pauses": ["before_start"]}, "rollout.pauses", "no moment to wait at"),
        ({"strategy": "rolling", "smoke": [{}]}, "rollout.smoke", "no test traffic"),
        ({"strategy": "canary-10-percent"}, "rollout.strategy", "does not have the right form"),
        ({"pauses": ["before_traffic", {"at": "before_traffic"}]}, "rollout.pauses[1]", "twice"),
        ({"pauses": ["at_noon"]}, "rollout.pauses[0]: 'at_noon'", "does not have the right form"),
        ({"checks": {"a": {"at_most": 1}}}, "rollout.checks.a", "exactly one of `metric` and `expression`"),
        ({"checks": {"a": {**CHECK, "expression": "orders", "metrics": ORDERS}}}, "rollout.checks.a", "exactly one of"),
        ({"checks": {"a": {"metric": "cpu"}}}, "rollout.checks.a", "exactly one of at_most, at_least and"),
        ({"checks": {"a": {**CHECK, "at_least": 1}}}, "rollout.checks.a: ['at_most', 'at_least']", "exactly one of"),
        ({"checks": {"a": {**CHECK, "metrics": ORDERS}}}, "rollout.checks.a.metrics", "there is none"),
        (
            {"checks": {"a": {"expression": "100 * errors / orders", "metrics": ORDERS, "at_most": 1}}},
            "rollout.checks.a.expression",
            "names errors, and not as in `metrics`: they are orders",
        ),
        ({"checks": {"a": {"expression": "1", "at_most": 1}}}, "rollout.checks.a.expression", "names no metric"),
        ({"checks": {"a": {"expression": "orders", "at_most": 1}}}, "rollout.checks.a.expression", "there are none"),
        (
            {"checks": {"a": {"expression": "SEARCH('{Shop} O', 'Sum') + orders", "metrics": ORDERS, "at_most": 1}}},
            "rollout.checks.a.expression",
            "only compute with `metrics`, and not by SEARCH",
        ),
        (
            {"checks": {"a": {"expression": "orders", "metrics": ORDERS, "at_most_times": 2}}},
            "rollout.checks.a.at_most_times",
            "by error_rate and p99",
        ),
        ({"checks": {"a": {"metric": "cpu", "at_most_times": 2}}}, "rollout.checks.a.at_most_times", "have no cpu"),
    ],
)  # fmt: skip
def test_a_mistake_in_rollout_is_told_with_its_path_and_its_remedy(rollout: Any, path: str, told: str) -> None:
    """A team finds it in its editor or its build, and not when a canary fails to come."""
    found = [str(each) for each in manifest_findings({"rollout": rollout})]
    assert [each for each in found if each.startswith(path) and told in each], found


@pytest.mark.parametrize(
    ("migrations", "path", "told"),
    [
        ({"before": {}}, "migrations.before.command", "missing"),
        ({"before": {**MIGRATE, "cpu": "0.01 vCPU"}}, "migrations.before.cpu: '0.01 vCPU'", "CPU units from 128"),
        ({"after": {**MIGRATE, "memory": "0.001 GB"}}, "migrations.after.memory", "MiB from 32"),
        ({"during": MIGRATE}, "migrations.during", "after and before"),
    ],
)
def test_a_mistake_in_migrations_is_told_with_its_path_and_its_remedy(migrations: Any, path: str, told: str) -> None:
    """The same: a migration that cannot be run is known before anything is."""
    (found,) = (str(each) for each in manifest_findings({"migrations": migrations}))
    assert found.startswith(path)
    assert told in found


@pytest.mark.parametrize(
    "rollout",
    [
        {"strategy": "canary", "percent": 0.3, "minutes": 0},
        {"strategy": "linear", "percent": 33.3},
        {"percent": 10},  # the strategy may stand in the policy's defaults
        {"checks": {"a": {"expression": "FILL(orders, 0) * 1e2", "metrics": ORDERS, "at_least": 1}}},
        {"checks": {"a": {"expression": 'MAX(METRICS("ord"))', "metrics": ORDERS, "at_most": 1}}},
    ],
)
def test_what_ecs_and_cloudwatch_take_is_let_through(rollout: Any) -> None:
    """Functions are no metrics, and 0.3 is a multiple of 0.1, whatever floating point makes of it."""
    assert manifest_findings({"rollout": rollout}) == ()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("rolling", Named(StrategyKind.ROLLING)),
        ("canary", Named(StrategyKind.CANARY)),
        ("canary-10-percent-5-minutes", Named(StrategyKind.CANARY, 10, 5)),
        ("linear-10-percent-every-3-minutes", Named(StrategyKind.LINEAR, 10, 3)),
        ("all-at-once", Named(StrategyKind.BLUE_GREEN)),
    ],
)
def test_presets_that_people_know_from_codedeploy_are_read(text: str, named: Named) -> None:
    """Who comes from there writes what they know."""
    assert read_strategy(text) == named


def test_everything_that_is_written_is_read() -> None:
    """Nothing that a team asks for may be lost between the file and the plan."""
    before = {**MIGRATE, "cpu": "0.5 vCPU", "memory": "1 GB", "retries": 2, "compatible_with_previous": False}
    check = {"expression": "orders", "metrics": ORDERS, "at_least": 10, "minutes": 3, "no_data": "rollback"}
    workload = resolved(
        {
            "rollout": {
                "strategy": "canary",
                "percent": 5,
                "bake": 10,
                "alarms": ["cats-5xx"],
                "pauses": ["before_start", {"at": "before_traffic", "timeout": 30, "on_timeout": "continue"}],
                "smoke": [{"path": "/healthz", "within": 500}],
                "checks": {"orders": check},
            },
            "migrations": {"after": {**MIGRATE, "timeout": 5}, "before": before},
        }
    )
    rollout = workload.rollout
    assert (rollout.strategy, rollout.percent, rollout.minutes, rollout.bake) == ("canary", 5, None, 10)
    assert rollout.pauses == (PauseWish(Moment.BEFORE_START), PauseWish(Moment.BEFORE_TRAFFIC, 30, "continue"))
    assert rollout.smoke == (SmokeTest("/healthz", within=500),)
    metrics = {"orders": Metric("Shop", "Orders")}
    assert rollout.checks == (
        Check("orders", expression="orders", metrics=metrics, at_least=10, minutes=3, no_data=NoData.ROLLBACK),
    )
    command = ("./manage.py", "migrate")
    assert workload.migrations == (
        Migration(When.BEFORE, command, 512, 1024, 30, 2, compatible_with_previous=False),
        Migration(When.AFTER, command, timeout_minutes=5),
    )


def test_the_manifest_goes_over_the_policys_defaults_key_by_key_and_check_by_check() -> None:
    """Operators give every service a check, and a team adds its own without writing theirs again."""
    defaults = {
        "strategy": "canary",
        "percent": 20,
        "checks": {"errors": CHECK, "slow": {"metric": "p99", "at_most": 9}},
    }
    manifest = {"percent": 5, "checks": {"errors": {**CHECK, "at_most": 3}, "cpu": {"metric": "cpu", "at_most": 90}}}
    workload = resolved({"rollout": manifest}, rollout=defaults, migrations={"before": MIGRATE})
    assert (workload.rollout.strategy, workload.rollout.percent) == ("canary", 5)
    assert [(each.name, each.at_most) for each in workload.rollout.checks] == [("cpu", 90), ("errors", 3), ("slow", 9)]
    assert [each.when for each in workload.migrations] == [When.BEFORE]
    sources = workload.sources
    assert sources["rollout.percent"] == sources["rollout.checks.errors"] == "manifest"
    assert sources["rollout.strategy"] == sources["rollout.checks.slow"] == "policy defaults"


def test_members_share_their_checks_and_have_their_own() -> None:
    """What stands beside `services` holds for all of them, check by check as well."""
    manifest = {
        "rollout": {"checks": {"errors": CHECK}},
        "environment": {"checks": "on"},
        "services": {"web": {"rollout": {"checks": {"cpu": {"metric": "cpu", "at_most": 90}}}, "environment": {}}},
    }
    web = resolve(artifact(config(manifest)), {}, policy(), member="web")
    assert [each.name for each in web.rollout.checks] == ["cpu", "errors"]
    assert web.environment == {"checks": "on"}

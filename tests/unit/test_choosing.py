"""How a service is rolled out: from what is wished for and what is allowed to one strategy, or a refusal by name."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.asked import policy_document
from fakes.shifting import ELB, chosen, policy
from pilotage.errors import Refused
from pilotage.policy import Policy
from pilotage.rollout_words import Moment, StrategyKind
from pilotage.strategy import Pause, Strategy

CANARY = {"strategy": "canary-10-percent-5-minutes"}
ERRORS = {"errors": {"metric": "error_rate", "at_most": 1}}
WEB = {"routing": "web"}


def ruled(**rollout: Any) -> Policy:
    return policy(rollout=rollout)


def defaults(**rollout: Any) -> Policy:
    return policy(defaults={"rollout": rollout})


@pytest.mark.parametrize(
    ("rollout", "expected"),
    [
        ({}, (StrategyKind.ROLLING, None, None, 0)),
        ({"strategy": "rolling"}, (StrategyKind.ROLLING, None, None, 0)),
        ({"strategy": "all-at-once", "bake": 7}, (StrategyKind.BLUE_GREEN, None, None, 7)),
        (CANARY, (StrategyKind.CANARY, 10, 5, 0)),
        ({"strategy": "canary"}, (StrategyKind.CANARY, 5, 10, 0)),
        ({"strategy": "canary", "percent": 0.3, "minutes": 0}, (StrategyKind.CANARY, 0.3, 0, 0)),
        ({"strategy": "linear"}, (StrategyKind.LINEAR, 10, 6, 0)),
        ({"strategy": "linear-25-percent-every-3-minutes"}, (StrategyKind.LINEAR, 25, 3, 0)),
        ({**CANARY, "checks": {"errors": {**ERRORS["errors"], "minutes": 4}}}, (StrategyKind.CANARY, 10, 5, 5)),
        ({**CANARY, "checks": ERRORS, "bake": 0}, (StrategyKind.CANARY, 10, 5, 0)),
        ({**CANARY, "alarms": ["shop-is-down"]}, (StrategyKind.CANARY, 10, 5, 5)),
        ({**CANARY, "alarms": ["shop-is-down"], "bake": 1}, (StrategyKind.CANARY, 10, 5, 1)),
    ],
)
def test_what_is_asked_for_becomes_a_strategy_with_all_its_numbers(rollout: Any, expected: Any) -> None:
    """What nobody said is ECS's own default, and the bake lasts as long as checks and alarms need to speak."""
    found = chosen({**WEB, "rollout": rollout})
    assert (found.kind, found.percent, found.minutes, found.bake) == expected


@pytest.mark.parametrize(
    ("manifest", "rules", "path", "told"),
    [
        (CANARY, ruled(strategies=["rolling", "linear"]), "rollout.strategy of cats (manifest)", "rollout.strategies"),
        ({}, ruled(strategies=["canary"]), "rollout.strategy of cats: 'rolling'", "allows canary"),
        (CANARY, policy({"alternate_target_group": None}), "rollout.strategy", "routing.web.alternate_target_group"),
        (CANARY, policy({"listener_rule": None}), "rollout.strategy", "routing.web.listener_rule"),
        (CANARY, policy(roles=policy_document()["roles"]), "rollout", "roles.infrastructure"),
        ({"strategy": "blue_green"}, policy({"listener_rule": None}), "rollout.strategy", "listener_rule is missing"),
        ({**CANARY, "smoke": [{}]}, policy({"test_url": None}), "rollout.smoke", "routing.web.test_url is missing"),
        (
            {**CANARY, "smoke": [{}]},
            policy({"test_url": None, "test_listener_rule": None}),
            "rollout.smoke",
            "routing.web.test_listener_rule and routing.web.test_url is missing",
        ),
        (
            {**CANARY, "pauses": ["after_test_traffic"]},
            policy({"test_url": None, "test_listener_rule": None}),
            "rollout.pauses of cats (manifest): 'after_test_traffic'",
            "routing.web.test_listener_rule is missing",
        ),
        ({"early_success": 50}, policy(), "rollout.early_success", "no rollout a success below 100 percent"),
        (
            {"early_success": 50},
            ruled(early_success=60, minimum_healthy_percent=50),
            "rollout.early_success",
            "below 60 percent",
        ),
        ({**CANARY, "pauses": ["before_traffic"]}, policy(approval={}), "rollout.pauses", "approval.rule"),
        (
            {"strategy": "linear", "pauses": [{"at": "before_traffic", "timeout": 20160}]},
            policy(),
            "rollout.strategy",
            "14 days at most",
        ),
        (
            {**CANARY, "pauses": [{"at": "before_traffic", "on_timeout": "continue"}]},
            ruled(pauses=["before_traffic"]),
            "rollout.pauses",
            "take on_timeout out",
        ),
        (
            {**CANARY, "pauses": [{"at": "before_traffic", "timeout": 1}]},
            ruled(pauses=["before_traffic"], pause_ends="continue"),
            "rollout.pauses of cats (manifest): 'before_traffic, timeout: 1'",
            "waits there for 60 minutes before it goes on",
        ),
        (
            {"checks": {"slow": {"metric": "p99", "at_most_times": 2}}},
            policy(),
            "rollout.checks.slow of cats (manifest): 'p99'",
            "compares two target groups",
        ),
        ({"checks": ERRORS}, policy({"listener_rule": None}), "rollout.checks.errors", "listener_rule is missing"),
        (
            {"checks": ERRORS},
            policy({"listener_rule": f"{ELB}:listener/net/shop/0123456789abcdef/0123456789abcdef"}),
            "rollout.checks.errors",
            "A Network Load Balancer counts no error_rate",
        ),
        ({"percent": 10}, policy(), "rollout.percent", "Only canary and linear"),
        ({"bake": 10}, policy(), "rollout.bake", "ECS computes the bake time"),
        ({"pauses": ["before_start"]}, policy(), "rollout.pauses", "no moment to wait at"),
        ({"smoke": [{}]}, policy(), "rollout.smoke", "no test traffic"),
        ({"percent": 2}, defaults(strategy="linear"), "rollout.percent", "3 percent at least"),
        ({"early_success": 100}, defaults(strategy="canary"), "rollout.early_success", "say `strategy: rolling`"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_name_with_what_would_make_it_possible(
    manifest: Any, rules: Policy, path: str, told: str
) -> None:
    """A team learns whose file to change, before anything is asked of ECS."""
    with pytest.raises(Refused) as refused:
        chosen({**WEB, "rollout": manifest}, rules)
    assert str(refused.value).startswith(path)
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        ({"rollout": CANARY}, "There is no traffic to shift: canary needs a route with two target groups"),
        ({"rollout": {"strategy": "linear"}}, "(web can)"),
        ({"rollout": {"checks": ERRORS}}, "is what a load balancer counts"),
        ({"rollout": {"strategy": "blue_green", "pauses": ["before_traffic"]}}, "It never comes"),
        ({"rollout": {"strategy": "blue_green", "smoke": [{}]}}, "no test traffic without a route"),
        ({"schedule": {"expression": "rate(1 hour)"}, "rollout": CANARY}, "A schedule is not rolled out"),
        ({"kind": "task", "rollout": {"checks": ERRORS}}, "A task is not rolled out"),
    ],
)
def test_without_a_route_or_a_service_there_is_less_to_have(manifest: dict[str, Any], told: str) -> None:
    """A worker has no traffic, and a schedule no rollout at all."""
    with pytest.raises(Refused, match=r"rollout\.") as refused:
        chosen(manifest)
    assert told in str(refused.value)


def test_one_off_work_has_no_migrations() -> None:
    """Refused in the plan: found out by Migrate, it would be a release that failed."""
    migrations = {"migrations": {"before": {"command": ["./migrate"]}}}
    with pytest.raises(Refused, match=r"migrations\.before of cats: 'task'.*leave `migrations` out"):
        chosen({"kind": "task", **migrations})
    assert chosen({"schedule": {"expression": "rate(1 day)"}, **migrations}) == Strategy()


def test_a_daemon_can_only_be_replaced_where_it_is() -> None:
    """ECS has no second task of it on an instance."""
    rules = policy(allow={"daemon": True}, capacity={"ec2": "instances"})
    daemon = {"daemon": True, "placement": {"launch": "ec2"}}
    with pytest.raises(Refused, match="A daemon has one task on every instance"):
        chosen({**daemon, "rollout": {"strategy": "blue_green"}}, rules)
    assert chosen(daemon, rules).kind is StrategyKind.ROLLING


def test_blue_green_without_traffic_is_allowed_and_says_so() -> None:
    """A worker's new tasks start beside the old ones: people must not take it for a shift of traffic."""
    found = chosen({"rollout": {"strategy": "blue_green", "pauses": ["after_start"]}})
    assert found.kind is StrategyKind.BLUE_GREEN
    assert [each.moment for each in found.pauses] == [Moment.AFTER_START]
    assert any(reason.startswith("no traffic to shift") for reason in found.reasons)


def test_the_policys_pauses_and_alarms_are_added_and_named_as_the_policys() -> None:
    """What operators ask of every rollout is not a team's to leave out."""
    rules = ruled(pauses=["before_traffic"], pause_minutes=15, alarms=["shop-is-down"])
    found = chosen({**WEB, "rollout": {**CANARY, "alarms": ["cats-5xx"], "pauses": ["before_start"]}}, rules)
    assert found.alarms == ("shop-is-down", "cats-5xx")
    assert found.pauses == (Pause(Moment.BEFORE_START, 15), Pause(Moment.BEFORE_TRAFFIC, 15))
    assert "alarm shop-is-down rolls it back (policy rollout.alarms)" in found.reasons
    assert "waits before_traffic, at every step, 15 minutes at most, then rollback (policy rollout.pauses)" in (
        found.reasons
    )
    assert found.reasons[-1] == "3 decisions are asked for on the way"
    assert chosen(WEB, rules).pauses == ()  # nothing is shifted
    assert chosen(WEB, rules).alarms == ("shop-is-down",)


def test_a_pause_is_as_its_manifest_says_and_else_as_the_policy() -> None:
    """The time is the team's to say, within the fourteen days that ECS waits."""
    said = {"at": "after_traffic", "timeout": 90, "on_timeout": "continue"}
    found = chosen({**WEB, "rollout": {**CANARY, "pauses": [said]}}, ruled(pause_minutes=5))
    assert found.pauses == (Pause(Moment.AFTER_TRAFFIC, 90, "continue"),)


def test_defaults_that_do_not_fit_are_left_out_and_told() -> None:
    """Operators' defaults are for everybody: a team that says `rolling` need not undo each of them."""
    rules = defaults(
        strategy="canary", percent=20, bake=5, pauses=["before_traffic"], smoke=[{}],
        checks={**ERRORS, "slow": {"metric": "p99", "at_most_times": 2}},
    )  # fmt: skip
    found = chosen({**WEB, "rollout": {"strategy": "rolling"}}, rules)
    assert (found.percent, found.bake, found.pauses, found.smoke) == (None, 0, (), ())
    assert [check.name for check in found.checks] == ["errors"]
    left = [reason.split(" ")[0] for reason in found.reasons if "left out" in reason]
    assert left == ["rollout.percent", "rollout.smoke", "rollout.checks.slow", "rollout.pauses", "rollout.bake"]


@pytest.mark.parametrize(
    ("manifest", "rules", "percent"),
    [
        (CANARY, defaults(percent=20), 10),
        ({"percent": 20}, defaults(strategy="canary-10-percent-5-minutes"), 20),
        ({"strategy": "canary"}, defaults(percent=20), 20),
    ],
)
def test_the_manifest_has_the_last_word_on_a_number(manifest: Any, rules: Policy, percent: float) -> None:
    """Whichever of preset and number stands in the manifest."""
    assert chosen({**WEB, "rollout": manifest}, rules).percent == percent


def test_schedules_and_one_off_work_ignore_what_only_the_defaults_say() -> None:
    """They are not rolled out, and operators give their defaults to all alike."""
    assert chosen({"kind": "task"}, defaults(strategy="canary", checks=ERRORS)) == Strategy()


def test_an_early_success_is_allowed_down_to_what_the_policy_says() -> None:
    """Its reason warns: circuit breaker and alarms do not act after it."""
    found = chosen({"rollout": {"early_success": 50}}, ruled(early_success=50, minimum_healthy_percent=50))
    assert found.early_success == 50
    assert any("circuit breaker and alarms end there" in reason for reason in found.reasons)


def test_reasons_begin_with_the_strategy_and_who_asked_for_it() -> None:
    """They stand in chat, CLI and record."""
    assert chosen({**WEB, "rollout": CANARY}).reasons[0] == "canary: 10 % for 5 minutes, then all (manifest)"
    assert chosen(WEB).reasons[0] == "rolling, by default"
    assert chosen(WEB, defaults(strategy="canary")).reasons[:3] == (
        "canary: 5 % for 10 minutes, then all (policy defaults)",
        "percent 5, which is ECS's own default",
        "minutes 10, which is ECS's own default",
    )


def test_no_data_that_is_wrong_comes_with_its_warning() -> None:
    """ECS monitors no alarm for a deployment that begins while one of them is in ALARM."""
    check = {"errors": {**ERRORS["errors"], "no_data": "rollback"}}
    found = chosen({**WEB, "rollout": {"checks": check}})
    assert any("ECS watches no alarm" in reason for reason in found.reasons)


CONNECT: dict[str, Any] = {"connect": {"port": 8080}}
NAMED = {"network": {**policy_document()["network"], "service_connect": "ships"}}


@pytest.mark.parametrize("strategy", ["canary", "linear", "blue_green"])
def test_service_connect_shifts_traffic_without_a_route(strategy: str) -> None:
    """ECS shifts it at the proxies of those who call; the policy's pauses come there as well."""
    found = chosen(
        {**CONNECT, "rollout": {"strategy": strategy}}, policy(**NAMED, rollout={"pauses": ["before_traffic"]})
    )
    assert any("Service Connect shifts the traffic" in reason for reason in found.reasons)
    assert [each.moment for each in found.pauses] == [Moment.BEFORE_TRAFFIC]
    assert found.delay == 0


@pytest.mark.parametrize(
    ("manifest", "rollout", "words"),
    [
        ({"connect": {}}, CANARY, ("There is no traffic to shift", "or a port that `connect` offers")),
        (
            CONNECT,
            {**CANARY, "pauses": ["after_test_traffic"]},
            ("rollout.pauses of cats (manifest): 'after_test_traffic'", "test traffic without a route"),
        ),
        (
            CONNECT,
            {**CANARY, "checks": {"worse": {"metric": "error_rate", "at_most_times": 2}}},
            ("It compares two target groups",),
        ),
    ],
)
def test_what_service_connect_cannot_do_is_refused_by_name(
    manifest: dict[str, Any], rollout: dict[str, Any], words: tuple[str, ...]
) -> None:
    """Nobody looks at test traffic there, and no target group counts."""
    with pytest.raises(Refused) as refused:
        chosen({**manifest, "rollout": rollout}, policy(**NAMED))
    for word in words:
        assert word in str(refused.value)


def test_a_network_load_balancer_takes_ten_minutes_at_each_shift() -> None:
    """ECS waits for it, and so does the deadline: a canary shifts test traffic, its share, and the rest."""
    listener = f"{ELB}:listener/net/shop/0123456789abcdef/0123456789abcdef"
    slow = chosen({**WEB, "rollout": CANARY}, policy({"listener_rule": listener}))
    quick = chosen({**WEB, "rollout": CANARY}, policy())
    assert slow.delay == 10
    assert slow.longest_minutes == quick.longest_minutes + 30
    assert any("ECS waits 10 minutes at each shift" in reason for reason in slow.reasons)
    assert chosen(WEB, policy({"listener_rule": listener})).delay == 0

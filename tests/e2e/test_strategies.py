"""Rollouts that nobody watches: traffic that shifts, alarms that go off, checks that say no, Spot without capacity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from e2e.account import Account, until
from e2e.crossing import Route, routing
from e2e.playbill import plays
from e2e.team import Team, history, image, short
from pilotage.measure import Judged
from pilotage.outcome import Outcome
from pilotage.rollout import Cause
from pilotage_local import injecting
from pilotage_local.injecting import Injection, Kind

pytestmark = pytest.mark.embedded

_ERRORS = {"errors": {"metric": "error_rate", "at_most": 10, "minutes": 1}}


def shifting(account: Account, name: str, rollout: Mapping[str, Any] | None = None) -> tuple[Team, Route]:
    """A team with an environment and a route of its own, both called like its repository."""
    route = Route(account, name)
    account.put_policy(name, rollout or {}, routing=routing(route))
    return Team(account, name, name), route


def version(name: str, route: Route, rollout: Mapping[str, Any], errors: int = 0) -> Any:
    """`errors`: of a hundred answers that many are a 500."""
    manifest = {"count": 2, "routing": route.name, "ports": [8080], "rollout": rollout}
    return image(name, manifest, environment={"CATS_VERSION": name, "CATS_ERROR_PERCENT": f"{errors}"})


# --- A canary that nobody has to watch ---


def canary(account: Account) -> Team:
    team, route = shifting(account, "canary")
    rollout = {"strategy": "canary-10-percent-5-minutes", "bake": 1, "checks": _ERRORS}
    team.seen["first"] = team.release(version("v1", route, rollout), "v1")
    pushed = team.push(version("v2", route, rollout), "v2")
    with route.requests() as answered:
        team.seen["weights"] = until(lambda: 10 in route.weights.values() and route.weights, "canary")
        answered.clear()
        until(lambda: answered.total() >= 60, "sixty answers")
        team.seen["share"] = dict(answered)
        team.seen["record"] = team.concluded(pushed)
    team.seen["answered"], team.seen["after"] = dict(answered), route.get()
    return team


@plays(canary)
def test_a_canary_gets_its_share_and_then_everything(played: Team) -> None:
    """One request of ten meets the new revision until its time is over; nobody is turned away meanwhile."""
    record = played.seen["record"]

    assert record.outcome is Outcome.SUCCEEDED
    assert sorted(played.seen["weights"].values()) == [10, 90]
    assert 0 < played.seen["share"]["ok v2"] < played.seen["share"]["ok v1"]
    assert set(played.seen["answered"]) == {"ok v1", "ok v2"}
    assert played.seen["after"] == "ok v2"
    assert played.live()["taskDefinition"] == record.revision


@plays(canary)
def test_a_canary_stays_as_cheap_as_any_rollout(played: Team) -> None:
    """At most 14 transitions, however many steps and minutes it takes."""
    steps = history(played, played.seen["record"])

    assert sum(event["type"].endswith("StateEntered") for event in steps) <= 14


@plays(canary)
def test_the_numbers_of_each_step_stay_in_the_record(played: Team) -> None:
    """Why it was let through can be read a year later: the share of errors at ten percent, and at the end."""
    measures = played.seen["record"].measures

    assert {measure.check for measure in measures} == {"errors"}
    assert {measure.traffic for measure in measures} >= {10}
    assert all(measure.judged is Judged.RIGHT for measure in measures)


# --- A canary that answers badly ---


def bad_canary(account: Account) -> Team:
    team, route = shifting(account, "bad-canary")
    rollout = {"strategy": "canary", "percent": 50, "minutes": 60, "checks": _ERRORS}
    team.seen["first"] = team.release(version("v1", route, rollout), "v1")
    with route.requests():
        team.seen["record"] = team.release(version("v2", route, rollout, errors=100), "v2")
    team.seen["after"] = [route.get() for _ in range(5)]
    team.seen["again"] = team.push(version("v2", route, rollout, errors=100), "v2-again")
    team.seen["banned"] = team.concluded(team.seen["again"])
    return team


@plays(bad_canary)
def test_a_canary_whose_alarm_goes_off_is_rolled_back_and_says_so(played: Team) -> None:
    """The load balancer counts, CloudWatch judges, ECS goes back; the outcome names the alarm and both revisions."""
    record, first = played.seen["record"], played.seen["first"]
    said = " ".join(record.reasons)

    assert (record.outcome, record.cause) == (Outcome.ROLLED_BACK, Cause.ALARM)
    assert "pilotage-bad-canary-bad-canary-errors-" in said
    assert short(record.revision) in said
    assert short(first.revision) in said
    assert record.rolled_back_to == first.revision == played.live()["taskDefinition"]
    assert played.seen["after"] == ["ok v1"] * 5
    assert [(each.check, each.judged) for each in record.measures] == [("errors", Judged.WRONG)]


@plays(bad_canary)
def test_what_an_alarm_sent_back_stays_back(played: Team) -> None:
    """A rollback that the next push of the same image undoes is none."""
    assert played.seen["banned"].outcome is Outcome.REJECTED


# --- A smoke test that fails ---


def smoky(account: Account) -> Team:
    team, route = shifting(account, "smoky")
    smoke = {"strategy": "blue_green", "bake": 0, "smoke": [{"path": "/smoky/cats", "contains": "ok"}]}
    team.seen["first"] = team.release(version("v1", route, smoke), "v1")
    with route.requests() as answered:
        team.seen["record"] = team.release(version("v2", route, smoke, errors=100), "v2")
    team.seen["answered"] = dict(answered)
    return team


@plays(smoky)
def test_a_smoke_test_that_fails_spares_everybody(played: Team) -> None:
    """ECS invokes the deployed function, which asks the test listener; no request of people met the bad revision."""
    record = played.seen["record"]

    assert (record.outcome, record.cause) == (Outcome.ROLLED_BACK, Cause.CHECK)
    assert set(played.seen["answered"]) == {"ok v1"}
    assert any(measure.judged is Judged.WRONG and "500" in measure.sentence for measure in record.measures)
    assert played.live()["taskDefinition"] == played.seen["first"].revision


@plays(smoky)
def test_the_check_was_really_invoked_by_ecs(played: Team) -> None:
    """Once for the good one and once for the bad one, at the stage where test traffic flows."""
    ours = [line for line in played.account.logged("check-rollout") if "/smoky/" in line.get("deployment", "")]

    assert [line["stage"] for line in ours] == ["POST_TEST_TRAFFIC_SHIFT"] * len(ours)
    assert [line["hook_status"] for line in ours if line["hook_status"] != "IN_PROGRESS"] == ["SUCCEEDED", "FAILED"]


# --- Spot without capacity ---


def without_spot(account: Account) -> Team:
    team = Team(account, "spotless")
    manifest = {"count": 2, "placement": {"launch": "fargate-spot"}}
    team.seen["first"] = team.release(image("1", manifest), "v1")
    injecting.inject(account.endpoint, Injection(Kind.CAPACITY, team.service, provider="FARGATE_SPOT"))
    team.seen["second"] = team.release(image("2", manifest), "v2")
    team.seen["providers"] = providers(team)
    return team


def providers(team: Team) -> dict[str, int]:
    return {one["capacityProvider"]: one.get("weight", 0) for one in team.live()["capacityProviderStrategy"]}


@plays(without_spot)
def test_spot_without_capacity_goes_on_on_demand_and_says_so(played: Team) -> None:
    """A strategy change alone moves nothing: the fallback is a deployment of its own, planned and recorded."""
    first, second = played.seen["first"], played.seen["second"]

    assert [first.outcome, second.outcome] == [Outcome.SUCCEEDED, Outcome.SUCCEEDED]
    assert first.fell_back is None
    assert "FARGATE_SPOT" in second.fell_back
    assert not played.seen["providers"].get("FARGATE_SPOT")
    assert played.live()["taskDefinition"] == second.revision
    assert len(played.writes("ecs:UpdateService")) == 2


# --- What `pilotage local inject` can do ---

_FAULTS = {Kind.CRASH: "exited with code 1", Kind.OOM: "OutOfMemory", Kind.PULL: "CannotPullContainer"}


def faulty(account: Account) -> dict[Kind, Team]:
    """One service for each fault; all of them at once."""
    teams = {kind: Team(account, f"faulty-{kind}") for kind in _FAULTS}
    for team in teams.values():
        team.seen["first"] = team.push(image("1"), "v1")
    for team in teams.values():
        team.seen["first"] = team.concluded(team.seen["first"])
    for kind, team in teams.items():
        unlucky = image("2")
        injecting.inject(account.endpoint, Injection(kind, team.service, image=unlucky.digest))
        team.seen["pushed"] = team.push(unlucky, "v2")
    for team in teams.values():
        team.seen["record"] = team.concluded(team.seen["pushed"])
    return teams


@pytest.mark.parametrize("kind", _FAULTS)
@plays(faulty)
def test_each_injected_fault_is_rolled_back_by_the_breaker_and_told_by_its_name(
    played: dict[Kind, Team], kind: Kind
) -> None:
    """Whoever reads one line knows what the tasks died of."""
    record = played[kind].seen["record"]

    assert (record.outcome, record.cause) == (Outcome.ROLLED_BACK, Cause.BREAKER)
    assert record.rolled_back_to == played[kind].seen["first"].revision
    assert any(_FAULTS[kind] in reason for reason in record.stop_reasons), record.stop_reasons

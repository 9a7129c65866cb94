"""A rollout that waits for people: whose click counts at a pause, and what it does. And for nobody: a newer push."""

from __future__ import annotations

from typing import Any

import pytest
from e2e.account import Account, until
from e2e.crossing import Route, routing
from e2e.house import House
from e2e.playbill import plays
from e2e.team import Pushed, Team, image, short
from fakes.tiny_image import Image
from pilotage.approval import State
from pilotage.outcome import Outcome
from pilotage.rollout import Cause, Phase

pytestmark = pytest.mark.embedded

PUSHER = "pusher@example.com"  # whose commits these are
_PAUSED = {"strategy": "blue_green", "bake": 0, "pauses": ["before_traffic"]}


def version(name: str, route: str, rollout: dict[str, object]) -> Image:
    manifest = {"routing": route, "ports": [8080], "rollout": rollout}
    return image(name, manifest, author=PUSHER, environment={"CATS_VERSION": name})


def at_a_pause(team: Team, pushed: Pushed) -> None:
    def stands() -> bool:
        rollout = team.account.world.rollouts.get(team.target)
        ours = {record.request.release_id for record in team.of(pushed)}
        return bool(rollout and rollout.release_id in ours and rollout.phase is Phase.PAUSED and rollout.hook)

    until(stands, f"pause of {team.service}:{pushed.tag}")


# --- People decide ---


def decided(account: Account) -> Team:
    """The pusher clicks, in vain; the keeper approves. Of the next one the keeper says no."""
    route = Route(account, "paused")
    house = House(account, "paused", routing=routing(route))
    team = house.team("paused")
    team.seen["first"] = team.release(version("v1", route.name, {"strategy": "blue_green", "bake": 0}), "v1")
    second = team.push(version("v2", route.name, _PAUSED), "v2")
    at_a_pause(team, second)
    card = house.card(team, second, "waits for a decision")
    team.seen["pusher"] = house.click(house.pusher, card, "approve")
    team.seen["weights"], team.seen["meanwhile"] = route.weights, route.get()
    team.seen["keeper"] = house.click(house.keeper, card, "approve")
    team.seen["second"] = team.concluded(second)
    team.seen["shifted"] = route.get()
    third = team.push(version("v3", route.name, _PAUSED), "v3")
    at_a_pause(team, third)
    card = house.card(team, third, "waits for a decision")
    team.seen["no"] = house.click(house.keeper, card, "reject", "the numbers look odd")
    team.seen["third"] = team.concluded(third)
    team.seen["after"] = route.get()
    return team


@plays(decided)
def test_the_pusher_is_refused_at_a_pause_as_at_any_approval(played: Team) -> None:
    """Case 23 holds in the middle of a rollout, too; no request of people has met the new revision by then."""
    assert "pusher made this change" in played.seen["pusher"]
    assert sorted(played.seen["weights"].values()) == [0, 100]
    assert played.seen["meanwhile"] == "ok v1"


@plays(decided)
def test_a_second_person_lets_the_rollout_go_on(played: Team) -> None:
    """The click becomes ContinueServiceDeployment with an explicit CONTINUE, by the follower alone."""
    record = played.seen["second"]
    ours = [call for call in continued(played) if call["parameters"]["action"] == "CONTINUE"]

    assert "approved by keeper" in played.seen["keeper"]
    assert record.outcome is Outcome.SUCCEEDED
    assert played.seen["shifted"] == "ok v2"
    assert {call["principal"] for call in ours} == {"FollowRolloutFunction"}
    assert len(ours) == 1


@plays(decided)
def test_who_says_no_at_a_pause_is_named_in_the_outcome(played: Team) -> None:
    """A rollback by a person is no fault of the image's: who it was and why stand in the record."""
    third, second = played.seen["third"], played.seen["second"]
    said = " ".join(third.reasons)

    assert (third.outcome, third.cause) == (Outcome.ROLLED_BACK, Cause.REFUSED)
    assert third.rolled_back_to == second.revision == played.live()["taskDefinition"]
    assert "keeper" in said
    assert "the numbers look odd" in said
    assert short(second.revision) in said
    assert played.seen["after"] == "ok v2"
    assert [call["parameters"]["action"] for call in continued(played)][-1] == "ROLLBACK"


def continued(team: Team) -> list[dict[str, Any]]:
    """Calls of ContinueServiceDeployment about this service, the oldest first."""
    found = team.account.calls("ecs:ContinueServiceDeployment")
    return [call for call in found if f"/{team.service}/" in call["parameters"]["serviceDeploymentArn"]]


# --- 9: a newer push, while a canary stands at a pause ---


def overtaken(account: Account) -> Team:
    route = Route(account, "overtaken")
    account.put_policy("overtaken", {"while_rolling": "stop"}, routing=routing(route))
    team = Team(account, "overtaken", "overtaken")
    plain = {"strategy": "canary", "percent": 20, "minutes": 1, "bake": 0}
    team.seen["first"] = team.release(version("v1", route.name, plain), "v1")
    older = team.push(version("v2", route.name, {**plain, "pauses": ["before_traffic"]}), "v2")
    at_a_pause(team, older)
    newer = team.push(version("v3", route.name, plain), "v3")
    team.seen["older"] = team.concluded(older, swept=True)
    team.seen["newer"] = team.concluded(newer)
    team.seen["after"] = route.get()
    return team


@plays(overtaken)
def test_a_newer_push_does_not_wait_for_people_who_look_at_the_older_one(played: Team) -> None:
    """Case 9: where policy says stop, the canary goes back, is called superseded, and nobody is asked any more."""
    older, newer = played.seen["older"], played.seen["newer"]
    asked = played.account.world.approvals.get(played.target, older.request.release_id)

    assert older.outcome is Outcome.SUPERSEDED
    assert newer.request.release_id in " ".join(older.reasons)
    assert asked is not None
    assert asked.state is not State.PENDING
    assert newer.outcome is Outcome.SUCCEEDED
    assert played.live()["taskDefinition"] == newer.revision
    assert played.seen["after"] == "ok v3"

"""People steer, from the chat and from the terminal: freeze, lock, roll back, pin. Case 25."""

from __future__ import annotations

from dataclasses import replace

import pytest
import urllib3
from e2e.account import Account
from e2e.house import House
from e2e.playbill import plays
from e2e.team import STARTS_AND_DIES, Team, image
from pilotage.outcome import Outcome

pytestmark = pytest.mark.embedded


# --- 25: the line is stopped ---


def held(account: Account) -> Team:
    house = House(account, "held")
    team = house.team("held")
    team.seen["visitor"] = house.say(house.visitor, "freeze held because I can")
    team.seen["freeze"] = house.say(house.keeper, "freeze held for 2h because the database moves")
    pushed = team.push(image("1"), "v1")
    team.seen["waits"] = house.held(team, pushed)
    team.seen["card"] = house.card(team, pushed, "is held")
    team.seen["unfreeze"] = house.say(house.pusher, "unfreeze held")
    team.seen["record"] = team.concluded(pushed)
    team.seen["lock"] = house.say(house.pusher, "lock held/held because I look for a leak")
    second = team.push(image("2"), "v2")
    team.seen["locked"] = house.held(team, second)
    team.seen["other"] = house.say(house.keeper, "rollback held/held because it leaks")
    team.seen["unlock"] = house.say(house.pusher, "unlock held/held")
    team.seen["second"] = team.concluded(second)
    return team


@plays(held)
def test_a_push_that_meets_a_freeze_waits_and_goes_on_when_it_is_lifted(played: Team) -> None:
    """Case 25: the line is stopped for everybody, and nobody has to push again."""
    seen = played.seen

    assert "visitor is in none of the groups" in seen["visitor"]
    assert "frozen" in seen["freeze"]
    assert "the database moves" in seen["waits"]
    assert "looks again" in seen["unfreeze"]
    assert seen["record"].outcome is Outcome.SUCCEEDED


@plays(held)
def test_a_lock_has_an_owner_whom_everybody_else_waits_for(played: Team) -> None:
    """Who looks for a fault in what runs is not served another version meanwhile, nor an older one."""
    seen = played.seen

    assert "I look for a leak" in seen["locked"]
    assert "pusher has to unlock" in seen["other"]
    assert "no longer locked" in seen["unlock"]
    assert seen["second"].outcome is Outcome.SUCCEEDED


# --- Back, and held there ---


def steered(account: Account) -> Team:
    """Back by the chat, held by the terminal at another digest, free again by the chat."""
    people = {**account.policy["people"]}
    people["keeper"] = {**people["keeper"], "iam": [f"arn:aws:iam::{account.running.account}:user/e2e-keeper"]}
    house = House(account, "steered", people=people, rollout={"failure_threshold": 200})  # no breaker ends it
    team = house.team("steered")
    first, bad = team.push(image("1"), "v1"), image("2")
    team.seen["first"] = team.concluded(first)
    team.seen["second"] = team.release(bad, "v2")
    brought_back = replace(first, tag=None)
    back = house.typed(house.keeper, "rollback steered/steered because the page is blank")
    team.seen["rollback"] = [house.said(house.keeper, back), house.said(house.keeper, back)]
    team.seen["back"] = team.concluded(brought_back)
    team.seen["again"] = team.release(bad, "v3")
    team.seen["fix"] = team.release(image("4"), "v4")
    team.seen["pin"] = house.terminal("e2e-keeper", "pin", "steered/steered", first.digest, "--because", "the fair")
    team.seen["passed over"] = team.release(image("5"), "v5")
    team.seen["pinned"] = team.concluded(brought_back, times=2)
    team.seen["status"] = house.say(house.visitor, "status steered/steered")
    team.seen["unpin"] = house.say(house.keeper, "unpin steered/steered")
    dies = team.push(image("6", command=STARTS_AND_DIES), "v6")
    team.rolling(dies)
    team.seen["stop"] = house.say(house.pusher, "rollback steered/steered because it dies")
    team.seen["stopped"] = team.concluded(dies, swept=True)
    return team


@plays(steered)
def test_a_rollback_brings_back_what_ran_before_and_bans_the_bad_image(played: Team) -> None:
    """Whatever comes later, by event or sweep, the bad image is not run again."""
    seen = played.seen

    assert seen["back"].outcome is Outcome.SUCCEEDED
    assert seen["back"].request.person == "keeper"
    assert seen["again"].outcome is Outcome.REJECTED
    assert "rolled back by keeper: the page is blank" in " ".join(seen["again"].reasons)


@plays(steered)
def test_a_rollback_during_a_rollout_stops_it(played: Team) -> None:
    """Nobody waits for the end of what goes wrong before their eyes."""
    assert "is being stopped" in played.seen["stop"]
    assert played.seen["stopped"].outcome is Outcome.ROLLED_BACK
    assert "rolled back by pusher: it dies" in " ".join(played.seen["stopped"].reasons)
    assert played.live()["taskDefinition"] == played.seen["pinned"].revision


@plays(steered)
def test_a_fix_passes_after_a_rollback(played: Team) -> None:
    """What is banned is one image, and not the service."""
    assert played.seen["fix"].outcome is Outcome.SUCCEEDED


@plays(steered)
def test_a_command_that_is_delivered_twice_rolls_back_once(played: Team) -> None:
    """The second delivery must not go back one release further."""
    first, again = played.seen["rollback"]

    assert again == first
    assert len([record for record in played.releases() if record.request.person == "keeper"]) == 2  # and the pin


@plays(steered)
def test_a_pin_brings_the_service_there_and_holds_it_against_every_push(played: Team) -> None:
    """Until somebody unpins it, who is told what was passed over."""
    seen = played.seen

    assert seen["pin"].code == 0
    assert seen["pinned"].outcome is Outcome.SUCCEEDED
    assert played.image_of(played.live()["taskDefinition"]).endswith(seen["first"].request.digest)
    assert seen["passed over"].outcome is Outcome.REJECTED
    assert "held at" in " ".join(seen["passed over"].reasons)
    assert f"pinned: {seen['first'].request.digest[:19]} by keeper" in seen["status"]
    assert "v5" in seen["unpin"]


# --- The terminal: IAM says who it is ---


def terminal(account: Account) -> Team:
    people = {**account.policy["people"]}
    people["keeper"] = {**people["keeper"], "iam": [f"arn:aws:iam::{account.running.account}:user/e2e-keeper"]}
    house = House(account, "terminal", "always", people=people)
    team = house.team("terminal")
    pushed = team.push(image("1", author="pusher@example.com"), "v1")
    plan = house.asked(team, pushed).short
    team.seen["stranger"] = house.terminal("e2e-stranger", "approve", "terminal/terminal", plan)
    team.seen["freeze"] = house.terminal("e2e-keeper", "freeze", "terminal", "--for", "2h", "--because", "the fair")
    team.seen["frozen"] = house.held(team, pushed)
    team.seen["unfreeze"] = house.terminal("e2e-keeper", "unfreeze", "terminal")
    card = house.card(team, pushed, "waits for approval")
    team.seen["approve"] = house.terminal("e2e-keeper", "approve", "terminal/terminal", plan, "--because", "I tried it")
    team.seen["record"] = team.concluded(pushed)
    team.seen["card"], team.seen["last"] = card, house.card(team, pushed, "runs")
    team.seen["unsigned"] = unsigned(account)
    team.seen["trail"] = account.world.trail.newest("terminal", 20)
    return team


def unsigned(account: Account) -> int:
    url = f"{account.home.outputs['ApiUrl']}/v1/commands"
    with urllib3.PoolManager(retries=False) as http:
        return http.request("POST", url, json={"text": "freeze terminal because I can"}).status


@plays(terminal)
def test_the_terminal_decides_as_whom_iam_names(played: Team) -> None:
    """The same verbs and the same rules as in the chat: what differs is who proves the identity."""
    seen = played.seen

    assert seen["stranger"].code == 3
    assert "user/e2e-stranger" in seen["stranger"].said
    assert seen["approve"].code == 0, seen["approve"].said
    assert "approved by keeper" in seen["approve"].said
    assert seen["record"].outcome is Outcome.SUCCEEDED


@plays(terminal)
def test_a_freeze_voids_the_question_which_is_asked_again_when_it_is_lifted(played: Team) -> None:
    """Case 25: the world may be another by then; the card stays the same one."""
    seen = played.seen

    assert (seen["freeze"].code, seen["unfreeze"].code) == (0, 0)
    assert "the fair" in seen["frozen"]
    assert seen["card"]["ts"] == seen["last"]["ts"]


@plays(terminal)
def test_a_command_that_nobody_signed_is_refused(played: Team) -> None:
    """The route is IAM's: without a signature there is nobody."""
    assert played.seen["unsigned"] == 403
    assert [entry.verb for entry in played.seen["trail"] if not entry.refused] == ["approve", "unfreeze", "freeze"]

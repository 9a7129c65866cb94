"""People decide in the chat, by signed requests to the deployed API: cases 8, 22 and 23."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from e2e.account import Account, until
from e2e.house import House
from e2e.playbill import plays
from e2e.team import Pushed, Team, image
from pilotage.approval import State
from pilotage.outcome import Outcome

pytestmark = pytest.mark.embedded

PUSHER = "pusher@example.com"  # whose commits these are


# --- 22, 23: one decision, by somebody who may ---


def asked_and_approved(account: Account) -> Team:
    """The pusher tries, a visitor tries, the keeper approves (Slack tells it twice), the pusher clicks once more."""
    house = House(account, "asked", "always")
    team = house.team("asked")
    pushed = team.push(image("1", author=PUSHER), "v1")
    card = house.card(team, pushed, "waits for approval")
    team.seen["pusher"] = house.click(house.pusher, card, "approve")
    team.seen["visitor"] = house.click(house.visitor, card, "approve")
    team.seen["still"] = house.asked(team, pushed).state
    approval = house.press(house.keeper, card, "approve")
    team.seen["keeper"] = [house.said(house.keeper, approval), house.said(house.keeper, approval)]
    team.seen["late"] = house.click(house.pusher, card, "reject", "I changed my mind")
    team.seen["record"] = team.concluded(pushed)
    team.seen["first"], team.seen["last"] = card, house.card(team, pushed, "runs")
    team.seen["cards"] = house.cards(team, pushed)
    team.seen["thread"] = until(lambda: ended(house.thread(card)), "end of the thread")
    team.seen["asked"] = house.asked(team, pushed)
    team.seen["trail"] = account.world.trail.newest("asked", 20)
    return team


def ended(thread: list[str]) -> list[str] | None:
    return thread if any("runs" in note for note in thread) else None


@plays(asked_and_approved)
def test_the_pusher_and_a_stranger_are_refused_and_a_second_person_decides(played: Team) -> None:
    """Case 23: a click is a wish; who made it and what it is about decide whether it counts."""
    seen = played.seen

    assert "pusher made this change" in seen["pusher"]
    assert "visitor is in none of the groups" in seen["visitor"]
    assert seen["still"] is State.PENDING
    assert "approved by keeper" in seen["keeper"][0]
    assert seen["record"].outcome is Outcome.SUCCEEDED


@plays(asked_and_approved)
def test_the_first_decision_stands_and_who_comes_later_is_told_who_decided(played: Team) -> None:
    """Case 22: of two people who click, one has decided; the other must not believe to have stopped it."""
    assert "approved already: approved by keeper" in played.seen["late"]
    assert played.seen["asked"].because == "approved by keeper"


@plays(asked_and_approved)
def test_the_same_click_delivered_twice_is_answered_alike_and_counted_once(played: Team) -> None:
    """Case 22: chats and networks deliver again. One vote, one entry in the trail, one rollout."""
    first, again = played.seen["keeper"]
    approvals = [entry for entry in played.seen["trail"] if entry.verb == "approve" and not entry.refused]

    assert again.endswith(first.removeprefix("asked/asked: "))  # in the words of the trail
    assert [vote.person for vote in played.seen["asked"].votes] == ["keeper"]
    assert [entry.person for entry in approvals] == ["keeper"]
    assert len(played.writes("ecs:CreateService")) == 1


@plays(asked_and_approved)
def test_a_release_has_one_card_that_changes_in_place_and_one_thread(played: Team) -> None:
    """On a phone, one message is news and eight are noise."""
    (card,) = played.seen["cards"]
    told = " | ".join(played.seen["thread"])

    assert card["ts"] == played.seen["first"]["ts"] == played.seen["last"]["ts"]
    assert "approve" not in buttons(card)
    assert told.lower().index("approved by keeper") < told.index("rollout has begun") < told.index("runs")


@plays(asked_and_approved)
def test_whatever_was_refused_is_in_the_trail(played: Team) -> None:
    """Case 23: an auditor, a year later, sees who tried."""
    refused = [(entry.person, entry.verb) for entry in played.seen["trail"] if entry.refused]

    assert sorted(refused) == [("pusher", "approve"), ("pusher", "reject"), ("visitor", "approve")]


def buttons(card: dict[str, object]) -> set[str]:
    return {part for part in ("approve", "reject") if f'"action_id": "{part}"' in json.dumps(card)}


# --- Rejected; 8: a newer push; expired ---


def turned_down(account: Account) -> Team:
    """None of these releases ever touches ECS."""
    house = House(account, "turned", "always")
    team = house.team("turned")
    first = team.push(image("1", author=PUSHER), "v1")
    card = house.card(team, first, "waits for approval")
    team.seen["no reason"] = house.click(house.keeper, card, "reject")
    team.seen["reject"] = house.click(house.keeper, card, "reject", "not on a <!channel> Friday")
    team.seen["rejected"] = team.concluded(first)
    team.seen["thread"] = until(lambda: [note for note in house.thread(card) if "Friday" in note], "reason told")
    second = team.push(image("2", author=PUSHER), "v2")
    stale = house.card(team, second, "waits for approval")
    third = team.push(image("3", author=PUSHER), "v3")
    team.seen["superseded"] = team.concluded(second)
    team.seen["dead"] = house.click(house.keeper, stale, "approve")
    team.seen["dead card"] = house.card(team, second, "gave way")
    last = house.card(team, third, "waits for approval")
    expire(house, team, third)
    account.invoke("await-people", {"sweep": True})
    team.seen["expired"] = team.concluded(third)
    team.seen["too late"] = house.click(house.keeper, last, "approve")
    return team


def expire(house: House, team: Team, pushed: Pushed) -> None:
    """Put the end of the question forward, in the table: no test waits for a day."""
    world, asked = house.account.world, house.asked(team, pushed)
    past = datetime.now(UTC) - timedelta(seconds=1)
    wait = world.waits.get(team.target, asked.release_id)
    assert wait is not None
    world.waits.park(replace(wait, until=past))
    assert world.approvals.replace(asked, replace(asked, expires_at=past, version=asked.version + 1))


@plays(turned_down)
def test_a_rejection_takes_a_reason_and_ends_the_release_with_it(played: Team) -> None:
    """Whoever pushed reads why; and what a person types is no markup in anybody's chat."""
    assert "reason" in played.seen["no reason"]
    assert "rejected by keeper: not on a" in played.seen["reject"]
    assert played.seen["rejected"].outcome is Outcome.REJECTED
    assert "not on a" in " ".join(played.seen["rejected"].reasons)
    assert "<!channel>" not in " ".join(played.seen["thread"])


@plays(turned_down)
def test_a_newer_push_supersedes_the_one_that_waits_and_its_buttons_are_dead(played: Team) -> None:
    """Case 8: nobody approves on Friday what was replaced on Thursday."""
    assert played.seen["superseded"].outcome is Outcome.SUPERSEDED
    assert "superseded by" in played.seen["dead"]
    assert not buttons(played.seen["dead card"])


@plays(turned_down)
def test_what_nobody_decides_expires(played: Team) -> None:
    """Case 22: a question does not stay open for ever, and an answer that is too late is told so."""
    assert played.seen["expired"].outcome is Outcome.EXPIRED
    assert "expired" in played.seen["too late"]
    assert not played.writes("ecs:RegisterTaskDefinition")


# --- Breaking the glass ---


def broken_glass(account: Account) -> Team:
    """Two have to agree, and one is there."""
    both = {"groups": [{"group": "keepers", "quorum": 2}], "break_glass": "keepers"}
    house = House(account, "glass", approval={"when": "always", "rule": both})
    team = house.team("glass")
    older = team.push(image("0", author="somebody@example.com"), "v0")
    team.seen["one"] = house.say(house.keeper, f"approve glass/glass {house.asked(team, older).short}")
    pushed = team.push(image("1", author="somebody@example.com"), "v1")
    binding = house.asked(team, pushed).short
    team.seen["older"] = team.concluded(older)
    team.seen["silent"] = house.say(house.keeper, f"approve glass/glass {binding} --break-glass")
    team.seen["broken"] = house.say(
        house.keeper, f"approve glass/glass {binding} --break-glass because the shop is down"
    )
    team.seen["record"] = team.concluded(pushed)
    team.seen["pages"] = until(house.pages, "page")
    return team


@plays(broken_glass)
def test_who_breaks_the_glass_gives_a_reason_and_wakes_the_second_channel(played: Team) -> None:
    """In an emergency one is enough, and nobody can say that they did not know."""
    seen = played.seen

    assert "still needed" in seen["one"]
    assert seen["older"].outcome is Outcome.SUPERSEDED
    assert "reason" in seen["silent"]
    assert "broke the glass: the shop is down" in seen["broken"]
    assert seen["record"].outcome is Outcome.SUCCEEDED
    (page,) = seen["pages"]
    assert "keeper broke the glass to release glass/glass: the shop is down" in page

"""Pilotage's own events, as EventBridge delivers them, become cards."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes import asked
from fakes.lambdas import Functions, recorded
from pilotage.deciding import Rooms
from pilotage.document import from_document, to_document
from pilotage.errors import BadEvent, Throttled
from pilotage.outcome import Outcome
from pilotage.record import ReleaseRecord
from pilotage.release import ReleaseRequest
from pilotage_local.ecs import exits

KINDS = ("tell_people_approval_requested", "tell_people_rollout_progress", "tell_people_release_succeeded")
ROOM = "C0001"


@pytest.fixture
def told(functions: Functions) -> Functions:
    """The release that the events are about has ended, and the policy names a room."""
    document = recorded("tell_people_release_succeeded")["detail"]["request"]
    record = ReleaseRecord.begun(from_document(ReleaseRequest, document), functions.harbour.clock.now())
    functions.harbour.records.open(replace(record, outcome=Outcome.SUCCEEDED, reasons=("it runs",)))
    functions.harbour.policies.set(replace(asked.policy(), rooms=Rooms(slack_team="T0001", slack=ROOM)))
    return functions


def in_rooms(told: Functions, name: str) -> list[str]:
    """What this event sent there; subscribers are told of every event."""
    sent: list[str] = told.call("tell_people", recorded(name))["sent"]
    return [line for line in sent if line.startswith("slack:")]


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_event_shows_what_is_true_now(told: Functions, name: str) -> None:
    """Whichever comes first, and whatever it says itself."""
    sent = in_rooms(told, name)
    assert sent == [f"slack:{ROOM} posted", f"slack:{ROOM}/ended-SUCCEEDED posted"]
    [card] = told.harbour.slack.cards(ROOM)
    assert card.body["blocks"][0]["text"]["text"] == "\u2705 cats in dev runs"
    assert [in_rooms(told, each) for each in KINDS] == [[], [], []]


def test_its_log_names_the_release(told: Functions) -> None:
    """Whoever asks why a card did not change looks for the release."""
    event = recorded("tell_people_rollout_progress")
    told.call("tell_people", event)
    line = told.lines[-1]
    assert line["release"] == event["detail"]["request"]["release_id"]
    assert line["correlation_id"] == event["detail"]["request"]["correlation_id"]
    assert line["message"] == "Rollout Progress"


def test_other_news_of_ours_are_left_alone(told: Functions) -> None:
    """What a later version says names no release, perhaps, and has nowhere to be shown."""
    event = recorded("tell_people_rollout_progress") | {"detail-type": "Weather Changed", "detail": {"id": "1"}}
    assert told.call("tell_people", event) == {"sent": []}


def test_an_answer_is_said_where_it_was_asked_for(told: Functions) -> None:
    """Here the policy names no room of Teams, and nothing is sent; an answer that says nothing is a mistake."""
    detail = {"id": "m1", "channel": "teams", "identity": "tenant/ada", "sentence": "done", "reply_to": {}}
    detail |= {"environment": "dev", "service": "cats"}
    event = recorded("tell_people_rollout_progress") | {"detail-type": "Command Answered", "detail": detail}
    assert told.call("tell_people", event) == {"sent": []}
    with pytest.raises(BadEvent, match="sentence"):
        told.call("tell_people", event | {"detail": {**detail, "sentence": None}})


def test_an_event_that_names_no_release_is_a_mistake(told: Functions) -> None:
    """It would be lost without a word."""
    event = recorded("tell_people_rollout_progress")
    del event["detail"]["request"]
    with pytest.raises(BadEvent, match="release_id"):
        told.call("tell_people", event)


def test_a_chat_that_is_busy_is_another_try_of_the_function(told: Functions) -> None:
    """EventBridge and Lambda try again; the release went on long ago."""
    told.harbour.slack.failing = Throttled("slow down")
    with pytest.raises(Throttled):
        told.call("tell_people", recorded("tell_people_release_succeeded"))


def test_a_whole_release_is_one_card_that_ends_with_the_truth(functions: Functions) -> None:
    """Every event that the functions put on the bus, delivered twice and the last ones first, tells the same story."""
    harbour = functions.harbour
    harbour.policies.set(replace(asked.policy(), rooms=Rooms(slack_team="T0001", slack=ROOM)))
    harbour.release("v1")
    harbour.announcer.told.clear()
    push = harbour.push("v2")
    harbour.services.tasks.script(push.digest, exits(7, after=2))
    release = harbour.begin(push)
    release.go()
    release.await_rollout()
    for event in told_events(functions):
        functions.call("tell_people", event)
    assert harbour.slack.cards(ROOM)[0].body["blocks"][0]["text"]["text"].endswith("is rolling out")
    release.follow()
    release.conclude()
    for event in [*reversed(told_events(functions)), *told_events(functions)]:
        functions.call("tell_people", event)
    [card] = harbour.slack.cards(ROOM)
    assert card.body["blocks"][0]["text"]["text"].endswith("was rolled back")
    thread = [said.body["text"] for said in harbour.slack.said.values() if said.thread is not None]
    assert thread[0] == "The rollout has begun."
    assert thread[-1].startswith("dev/cats was rolled back")
    assert len(thread) == len(set(thread))


def told_events(functions: Functions) -> list[dict[str, Any]]:
    """What was put on the bus, as EventBridge delivers it."""
    envelope = recorded("tell_people_rollout_progress")
    return [
        envelope
        | {
            "detail-type": told.detail_type,
            "detail": to_document(
                {"environment": told.target.environment, "service": told.target.service, **told.detail}
            ),
        }
        for told in functions.harbour.announcer.told
    ]

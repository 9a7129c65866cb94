"""Messages and commands through the real handlers: what was handed over is answered, and IAM says who commands."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest
from fakes.entrance import Entrance
from fakes.lambdas import Functions, recorded
from fakes.rooms import FakeRoom
from pilotage.document import to_document
from pilotage_cli.sam_local.messages import MESSAGES, signed

ANNA = "arn:aws:iam::123456789012:user/anna"


@pytest.fixture
def whispers(functions: Functions) -> FakeRoom:
    from pilotage import bootstrap  # noqa: PLC0415 - the fixture has put a world of fakes there

    room = FakeRoom()
    bootstrap.world().__dict__.update(slack=room, meter=functions.harbour.meter)
    return room


@pytest.mark.parametrize("name", MESSAGES)
def test_the_recorded_messages_are_what_the_entrance_hands_over(name: str) -> None:
    """Both sides of the door hold to one shape."""
    entrance = Entrance()
    assert entrance.call(signed(name))["statusCode"] in {200, 202}
    assert to_document(entrance.taken[0]) == recorded(name.replace("receive_", "answer_"))


def test_a_click_of_a_stranger_is_refused_to_their_eyes_alone(functions: Functions, whispers: FakeRoom) -> None:
    """The harbour's policy names nobody."""
    answer = functions.call("answer_message", recorded("answer_message_slack_action"))
    assert not answer["done"]
    assert whispers.whispers == [("C0000FAKE", "U0000ANNA", answer["sentence"])]
    assert functions.harbour.trail.entries[recorded("answer_message_slack_action")["id"]].refused


@pytest.mark.parametrize("name", ["answer_message_teams", "answer_message_github", "answer_message_decision"])
def test_elsewhere_the_answer_is_told_as_an_event(functions: Functions, whispers: FakeRoom, name: str) -> None:
    """Whoever subscribes passes it on."""
    answer = functions.call("answer_message", recorded(name))
    told = functions.harbour.announcer.told[-1]
    assert told.detail_type == "Command Answered"
    assert told.detail["sentence"] == answer["sentence"]
    assert whispers.whispers == []


def test_what_nobody_said_is_passed_by(functions: Functions, whispers: FakeRoom) -> None:
    """An ordinary comment, and a payload without a sender: neither is worth another try."""
    comment = {**recorded("answer_message_github"), "headers": {"x-github-event": "push"}}
    assert functions.call("answer_message", comment) == {"ignored": "nothing was said to us"}
    nobody = {**recorded("answer_message_teams"), "body": '{"type": "message"}'}
    assert "tenant of Teams" in functions.call("answer_message", nobody)["ignored"]
    assert functions.harbour.meter.refusals == [("unreadable", "teams")]
    assert whispers.whispers == []


def commanded(functions: Functions, change: dict[str, Any] | None = None, /, **body: Any) -> tuple[int, dict[str, Any]]:
    event = {**recorded("take_command"), "body": json.dumps(body), **(change or {})}
    answer = functions.call("take_command", event)
    return answer["statusCode"], json.loads(answer["body"])


def test_a_command_is_answered_at_once(functions: Functions, whispers: FakeRoom) -> None:
    """A terminal waits for it. Where the policy names no approvers, IAM decides who may."""
    status, answer = commanded(functions, text="freeze dev for 2h the database moves")
    assert (status, answer["done"], answer["release"]) == (200, True, None)
    assert answer["sentence"].startswith(f"dev is frozen by iam:{ANNA}")
    [entry] = functions.harbour.trail.entries.values()
    assert str(entry.identity) == f"iam:{ANNA}"
    assert commanded(functions, text="freeze dev for 2h the database moves")[1] == answer  # the same Idempotency-Key
    assert len(functions.harbour.trail.entries) == 1


def test_a_command_may_come_as_fields(functions: Functions, whispers: FakeRoom) -> None:
    """Programs do not write sentences; API Gateway may hand the body over in base64."""
    assert commanded(functions, command="lock", target="dev/cats", reason="debugging")[0] == 200
    body = b64encode(json.dumps({"text": "unlock dev/cats"}).encode()).decode()
    again = {"body": body, "isBase64Encoded": True, "headers": {"Idempotency-Key": "another"}}
    assert commanded(functions, again)[1]["sentence"].startswith("dev/cats is no longer locked")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"body": "freeze"}, "body of the command"),
        ({"body": None}, "body of the command"),
        ({"body": "%", "isBase64Encoded": True}, "body of the command"),
        ({"body": '{"text": 1}'}, "text: 1."),
        ({"body": '{"text": "help", "target": "dev"}'}, "text: 'help'."),
        ({"body": '{"text": "freze dev"}'}, "command: 'freze'. Did you mean freeze?"),
        ({"body": '{"command": "freeze", "taget": "dev"}'}, "field: 'taget'. Did you mean target?"),
        ({"headers": {"idempotency-key": "a b"}}, "idempotency-key: 'a b'."),
    ],
)
def test_a_command_that_cannot_be_read_is_400(
    functions: Functions, whispers: FakeRoom, change: dict[str, Any], said: str
) -> None:
    """With the same sentence as in a chat."""
    status, answer = commanded(functions, change)
    assert (status, answer["done"]) == (400, False)
    assert answer["sentence"].startswith(said)


@pytest.mark.parametrize("authorizer", [None, {}, {"iam": None}, {"iam": {"userArn": "anna"}}, {"jwt": {"claims": {}}}])
def test_without_a_principal_of_iam_nothing_is_done(functions: Functions, whispers: FakeRoom, authorizer: Any) -> None:
    """A route that was opened by mistake opens nothing."""
    context = {**recorded("take_command")["requestContext"], "authorizer": authorizer}
    status, answer = commanded(functions, {"requestContext": context}, text="freeze dev why not")
    assert (status, answer["done"]) == (403, False)
    assert functions.harbour.trail.entries == {}


def test_what_iam_lets_in_and_the_policy_does_not_know_is_403(functions: Functions, whispers: FakeRoom) -> None:
    """An approval is a person's: IAM's word alone is no name."""
    body = {"command": "approve", "target": "dev/cats", "binding": "3f9a2c1b7d5e"}
    status, answer = commanded(functions, **body)
    assert (status, answer["done"]) == (403, False)
    assert ANNA in answer["sentence"]


def test_nobody_uses_up_the_keys_of_another(functions: Functions, whispers: FakeRoom) -> None:
    """An Idempotency-Key that somebody guessed would else swallow the other's command."""
    context = recorded("take_command")["requestContext"]
    bob = {**context, "authorizer": {"iam": {"userArn": "arn:aws:iam::123456789012:user/bob"}}}
    commanded(functions, {"requestContext": bob}, text="unfreeze dev")
    assert commanded(functions, text="freeze dev the database moves")[0] == 200
    assert len(functions.harbour.trail.entries) == 2

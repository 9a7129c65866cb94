"""What the demo counts of a release, and what it counts apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakes.samples import a_record
from pilotage.record import Timings
from pilotage_cli.demo import measure
from pilotage_local.calls import INVOCATION

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def call(principal: str, action: str = INVOCATION, seconds: float = 1.0, **parameters: str) -> dict[str, Any]:
    at = (NOW + timedelta(seconds=seconds)).isoformat()
    return {"time": at, "principal": principal, "action": action, "resource": "*", "parameters": parameters}


OWN = ("ReceivePushFunction", "PrepareReleaseFunction", "AwaitPeopleFunction", "ApplyReleaseFunction")
PEOPLE = ("ReceiveMessageFunction", "AnswerMessageFunction", "TakeCommandFunction", "ListReleasesFunction")
RECORDED = [
    *(call(name) for name in (*OWN, *PEOPLE)),
    *(call("TellPeopleFunction") for _ in range(3)),
    call("AwaitPeopleFunction", scheduled="true"),
    call("ApplyReleaseFunction", "ecs:UpdateService"),
    call("ApplyReleaseFunction", "events:PutEvents"),
    call("TellPeopleFunction", "events:PutEvents"),
    call("TellPeopleFunction", "dynamodb:GetItem"),
    call("AnswerMessageFunction", "events:PutEvents"),
    call("FollowRolloutFunction", seconds=11),
    call("FollowRolloutFunction", "ecs:DescribeServices", seconds=11),
]


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> measure.Taken:
    monkeypatch.setattr(measure, "calls", lambda *_: RECORDED)
    monkeypatch.setattr(measure, "_history", lambda *_: [{"type": "TaskStateEntered"}, {"type": "TaskStateExited"}])
    record = a_record(timings=Timings(concluded_at=NOW + timedelta(seconds=10)))
    return measure.taken("http://127.0.0.1:1", "arn:aws:states:x:y:stateMachine:z", record, NOW)


def test_invocations_are_those_of_the_release_itself(taken: measure.Taken) -> None:
    """The seven that a release may cost are its own: not a sweep, not who tells people, not who answers them."""
    assert taken.invocations == len(OWN)
    assert taken.aws_calls == 2
    assert taken.transitions == 1


def test_tellings_and_answers_are_counted_apart(taken: measure.Taken) -> None:
    """They cost as well, and are told: one for each event, the outcome among them, whatever a chat does with it."""
    assert taken.tellings == 3
    assert taken.answers == len(PEOPLE)

"""What an execution has been through, read from its document: every way to Conclude has one meaning."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fakes.samples import a_request
from pilotage.document import to_document
from pilotage.errors import BadRequest
from pilotage.outcome import Outcome
from pilotage.outcome.course import Course
from pilotage.rollout import DeploymentStatus

GO = {"decision": "go", "reasons": [], "plan_hash": "c0ffee", "until": None, "under_lease": False}
MINE = {**GO, "under_lease": True}
ASK = {**GO, "decision": "ask"}
HOLD = {**GO, "decision": "hold"}
APPLIED = {"next": "await_rollout", "not_before": None}


def course(**states: Any) -> Course:
    return Course.read({"request": to_document(a_request()), **states})


@pytest.mark.parametrize(
    ("states", "outcome"),
    [
        ({"decided": {**GO, "decision": "no_change"}}, Outcome.NO_CHANGE),
        ({"decided": {**GO, "decision": "superseded"}}, Outcome.SUPERSEDED),
        ({"decided": {**GO, "decision": "rejected", "plan_hash": None}}, Outcome.REJECTED),
        ({"decided": GO, "turn": {"turn": "superseded", "reasons": ["newer"]}}, Outcome.SUPERSEDED),
        ({"decided": GO, "turn": {"Error": "States.Timeout", "Cause": ""}}, Outcome.EXPIRED),
        ({"turn": {"turn": "yours"}, "decided": {**MINE, "decision": "rejected"}}, Outcome.REJECTED),
        ({"decided": {**MINE, "decision": "no_change"}}, Outcome.NO_CHANGE),
        ({"decided": MINE, "applied": APPLIED}, None),
        ({"decided": ASK, "people": {"said": "rejected", "reasons": ["no"]}}, Outcome.REJECTED),
        ({"decided": ASK, "people": {"said": "expired", "reasons": ["late"]}}, Outcome.EXPIRED),
        ({"decided": ASK, "people": {"said": "superseded", "reasons": ["newer"]}}, Outcome.SUPERSEDED),
        ({"decided": HOLD, "people": {"said": "superseded", "reasons": ["newer"]}}, Outcome.SUPERSEDED),
        ({"decided": ASK, "people": {"Error": "States.Timeout", "Cause": ""}}, Outcome.EXPIRED),
        ({"decided": ASK, "people": {"said": "go"}, "turn": {"turn": "superseded"}}, Outcome.SUPERSEDED),
        ({"decided": MINE, "people": {"said": "go"}, "applied": APPLIED}, None),
        ({"decided": {**MINE, "decision": "rejected"}, "applied": {"next": "look_again"}}, Outcome.REJECTED),
        ({"decided": MINE, "error": {"Error": "Unavailable"}}, None),
    ],
)
def test_an_end_before_apply_has_its_outcome(states: dict[str, Any], outcome: Outcome | None) -> None:
    """What never came to the write needs no question to AWS."""
    ending = course(**states).ending_before_apply()
    assert (ending.outcome if ending else None) is outcome


@pytest.mark.parametrize(
    ("states", "certain"),
    [
        ({"decided": GO, "error": {"Error": "Unavailable"}}, True),
        ({"decided": {**MINE, "decision": "rejected"}, "error": {"Error": "X"}}, True),
        ({"decided": MINE, "error": {"Error": "LeaseLost"}}, True),
        ({"decided": MINE, "error": {"Error": "ForeignWrite"}}, True),
        ({"decided": MINE, "error": {"Error": "PlanMissing"}}, True),
        ({"decided": MINE, "error": {"Error": "Overwritten"}}, False),
        ({"decided": MINE, "error": {"Error": "States.Timeout"}}, False),
    ],
)
def test_nothing_was_written_is_said_only_when_it_is_certain(states: dict[str, Any], certain: bool) -> None:
    """A clean failure that is none would leave a broken service to nobody."""
    assert course(**states).wrote_nothing is certain


def test_the_plan_that_counts_is_the_confirmed_one() -> None:
    """Prepare's is history once the plan was made again under the lease."""
    assert course(decided={**MINE, "plan_hash": "f00d"}).plan_hash == "f00d"
    assert course(decided=GO).plan_hash == "c0ffee"
    assert course().plan_hash is None


@pytest.mark.parametrize(
    ("cause", "sentence"),
    [
        (json.dumps({"errorType": "LeaseLost", "errorMessage": "it is B's"}), "it is B's"),
        (json.dumps({"errorType": "Runtime.ExitError"}), '{"errorType": "Runtime.ExitError"}'),
        ("a sentence", "a sentence"),
        ("[1]", "[1]"),
        ("", "LeaseLost"),
    ],
)
def test_an_error_is_told_in_its_own_words(cause: str, sentence: str) -> None:
    """A Lambda failure is a JSON document; people read its message."""
    assert course(error={"Error": "LeaseLost", "Cause": cause}).error_sentence == sentence


def test_what_ecs_answered_is_read_back() -> None:
    """Through SendTaskSuccess, as JSON."""
    answer = {"status": "ROLLBACK_SUCCESSFUL", "reason": "", "finished_at": "2026-11-23T12:00:00+00:00"}
    ended = course(rollout=answer).ended
    assert ended is not None
    assert ended.status is DeploymentStatus.ROLLBACK_SUCCESSFUL
    assert ended.finished_at is not None


def test_a_document_without_a_request_is_refused_by_name() -> None:
    """The function was invoked by hand, with something else."""
    with pytest.raises(BadRequest, match="request"):
        Course.read({"decided": GO})

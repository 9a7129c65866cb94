"""How functions fail: by the class names that Retry and Catch match on, with one line of log that people can act on."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from fakes.lambdas import Functions, recorded
from pilotage import bootstrap, errors
from pilotage.errors import (
    BadEvent,
    BadRequest,
    BadSettings,
    LeaseLost,
    NotFound,
    PilotageError,
    PlanMissing,
    Throttled,
)
from pilotage.settings import Settings

_ROOT = Path(__file__).parents[2]
_SETTINGS = {
    "PILOTAGE_TABLE": "table",
    "PILOTAGE_POLICY_BUCKET": "policies",
    "PILOTAGE_STATE_MACHINE": "arn:aws:states:us-east-1:123456789012:stateMachine:pilotage-release",
}
# Function -> the event that makes it look at its settings.
_FIRST_EVENTS = {
    "receive_push": "receive_push",
    "prepare_release": "prepare_release",
    "await_turn": "await_turn",
    "roll_out_member": "roll_out_member",
    "await_people": "await_people_sweep",
    "migrate_release": "migrate_release",
    "apply_release": "apply_release",
    "follow_rollout": "follow_rollout_sweep",
    "check_rollout": "check_rollout_step",
    "start_job": "start_job",
    "conclude_release": "conclude_release",
    "reconcile": "reconcile",
    "tell_people": "tell_people_release_succeeded",
    "receive_message": "receive_message_slack_action",
    "list_releases": "list_releases",
    "answer_message": "answer_message_slack_action",
    "take_command": "take_command",
}


def _not_an_event(functions: Functions) -> None:
    functions.call("receive_push", {"hello": "world"})


def _no_digest(functions: Functions) -> None:
    event = functions.push("v1")
    event["detail"]["image-digest"] = "sha256:short"
    functions.call("receive_push", event)


def _another_event(functions: Functions) -> None:
    functions.call("follow_rollout", recorded("receive_push"))


def _no_request(functions: Functions) -> None:
    functions.call("conclude_release", {"execution": "arn", "course": {"decided": {}}})


def _no_plan(functions: Functions) -> None:
    release = functions.begin()
    release.acquire()
    functions.call("apply_release", recorded("apply_release") | functions.of(release))


def _no_lease(functions: Functions) -> None:
    release = functions.begin()
    plan_hash = functions.prepare(release)["plan_hash"]
    functions.call("apply_release", recorded("apply_release") | functions.of(release) | {"plan_hash": plan_hash})


def _no_rollout(functions: Functions) -> None:
    functions.await_rollout(functions.begin())


@pytest.mark.parametrize(
    ("fails", "kind", "named"),
    [
        (_not_an_event, BadEvent, "aws.ecr"),
        (_no_digest, BadEvent, "sha256:short"),
        (_another_event, BadEvent, "ECR Image Action"),
        (_no_request, BadRequest, "request"),
        (_no_plan, PlanMissing, recorded("apply_release")["plan_hash"]),
        (_no_lease, LeaseLost, "dev/cats"),
        (_no_rollout, NotFound, "dev/cats"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_a_class(
    functions: Functions, fails: Callable[[Functions], None], kind: type[PilotageError], named: str
) -> None:
    """The class goes to Retry and Catch; the sentence, which names the thing, to people; a traceback to nobody."""
    with pytest.raises(PilotageError) as failed:
        fails(functions)
    assert type(failed.value) is kind
    (line,) = [line for line in functions.lines if line["level"] == "ERROR"]
    assert line["error"] == kind.__name__
    assert line["message"] == str(failed.value)
    assert named in line["message"]
    assert line["request_id"]
    assert "exception" not in line
    assert "Traceback" not in functions.written.getvalue()


def test_an_error_about_a_release_carries_its_correlation_id(functions: Functions) -> None:
    """So that it is found beside the push that it began with."""
    with pytest.raises(NotFound):
        _no_rollout(functions)
    (line,) = [line for line in functions.lines if line["level"] == "ERROR"]
    assert line["correlation_id"] == recorded("receive_push")["id"]
    assert line["service"] == "cats"


def test_a_throttle_reaches_the_state_machine_by_name(functions: Functions, monkeypatch: pytest.MonkeyPatch) -> None:
    """`Throttled` is what its Retry names."""
    release = functions.begin()

    def throttled(*_: Any) -> None:
        raise Throttled("ecs:DescribeServices: Rate exceeded")

    monkeypatch.setattr(functions.harbour.services, "live", throttled)
    with pytest.raises(Throttled):
        functions.prepare(release)


def test_one_release_leaves_nothing_in_the_log_of_the_next(functions: Functions) -> None:
    """A warm function serves many releases."""
    functions.prepare(functions.begin())
    functions.written.truncate(0)
    functions.written.seek(0)
    functions.call("reconcile", recorded("reconcile"))
    with pytest.raises(BadEvent):
        _not_an_event(functions)
    assert all("correlation_id" not in line and "release" not in line for line in functions.lines)


def test_the_names_that_are_retried_are_classes_of_ours() -> None:
    """A class that was renamed would never be retried again."""
    machine = json.loads((_ROOT / "statemachines" / "release.asl.json").read_text())
    retried = {
        name
        for state in machine["States"].values()
        for retry in state.get("Retry", ())
        for name in retry["ErrorEquals"]
        if "." not in name
    }
    assert retried == {"Throttled", "Unavailable", "NotYourTurn"}
    assert all(issubclass(getattr(errors, name), errors.Transient) for name in retried)


@pytest.mark.parametrize("missing", sorted(_SETTINGS))
@pytest.mark.parametrize("function", sorted(_FIRST_EVENTS))
def test_a_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch, function: str, missing: str) -> None:
    """A stack that was changed by hand says at once what it lacks."""
    for name, value in _SETTINGS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv(missing)
    bootstrap.world.cache_clear()
    with pytest.raises(BadSettings, match=missing):
        import_module(function).handler(recorded(_FIRST_EVENTS[function]), None)


def test_a_state_machine_that_is_no_arn_is_refused() -> None:
    """Account and region are read from it."""
    with pytest.raises(BadSettings, match=r"PILOTAGE_STATE_MACHINE.*release"):
        Settings.read({**_SETTINGS, "PILOTAGE_STATE_MACHINE": "release"})


def test_every_function_has_an_event_here() -> None:
    """A new function comes with its event, and its tests."""
    assert set(_FIRST_EVENTS) == {path.stem for path in (_ROOT / "functions").glob("*.py")}

"""What AWS's interpreter, MiniStack's and moto's must all accept, and the rules that no interpreter checks."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from pilotage.outcome import Outcome
from statelint.linter import Linter
from statemachines.definition import ASL_FILE, definition_text, states

TASKS = {name: state for name, state in states().items() if state["Type"] == "Task"}
RETRIERS = [(name, retrier) for name, state in TASKS.items() for retrier in state["Retry"]]
# What one of several services meets is its own: the others go on, and what became of it is read from its record.
LOST = {"RollOutOne": "MemberLostOneByOne", "RollOutEach": "MemberLostTogether", "BringOneBack": "BackLost"}
GOOD_ENDS = {Outcome.SUCCEEDED, Outcome.NO_CHANGE, Outcome.UNVERIFIED, Outcome.SUPERSEDED}


def test_statelint_finds_nothing() -> None:
    """The States Language specification is kept to the letter, in the file and with its substitutions filled in."""
    for text in (ASL_FILE.read_text(), definition_text()):
        assert Linter.validate(json.loads(text)) == []


def test_the_template_fills_in_every_substitution() -> None:
    """A `${Name}` that nobody fills in reaches AWS as it stands."""
    template = (ASL_FILE.parents[1] / "template.yaml").read_text()
    given = yaml.load(template, Loader=_Tagged)["Resources"]["ReleaseStateMachine"]["Properties"]  # noqa: S506 - our own file, and _Tagged is a SafeLoader

    assert "${" not in definition_text()
    assert all(f"${{{name}}}" in ASL_FILE.read_text() for name in given["DefinitionSubstitutions"])


@pytest.mark.parametrize("name", TASKS)
def test_every_task_has_a_deadline_retries_and_a_catch(name: str) -> None:
    """Nothing waits for ever, and nothing ends without an outcome."""
    state = TASKS[name]

    assert isinstance(state["TimeoutSeconds"], int)
    assert state["Retry"]
    assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
    assert state["Catch"][-1]["Next"] == {"Conclude": "ConcludeFailed", **LOST}.get(name, "Conclude")


@pytest.mark.parametrize(("name", "retrier"), RETRIERS, ids=lambda value: value if isinstance(value, str) else "")
def test_retries_name_their_errors_and_spread_out(name: str, retrier: dict[str, Any]) -> None:
    """A retry of everything would retry bad input and denied access, too."""
    assert not {"States.ALL", "States.TaskFailed"} & set(retrier["ErrorEquals"])
    assert retrier["JitterStrategy"] == "FULL"
    assert retrier["BackoffRate"] >= 2
    assert retrier["MaxDelaySeconds"] <= 60


@pytest.mark.parametrize("name", [name for name in TASKS if "waitForTaskToken" in TASKS[name]["Resource"]])
def test_a_deadline_of_a_wait_is_never_retried(name: str) -> None:
    """A second week of waiting is no second chance."""
    assert all("States.Timeout" not in retrier["ErrorEquals"] for retrier in TASKS[name]["Retry"])
    assert "HeartbeatSeconds" not in TASKS[name]


def test_each_outcome_has_an_end_that_matches_it() -> None:
    """The nine words of the library and the ends of the state machine are the same closed set."""
    ends = {choice["StringEquals"]: choice["Next"] for choice in states()["HowDidItEnd"]["Choices"]}

    assert set(ends) == set(Outcome)
    for outcome, end in ends.items():
        assert end.lower() == outcome.replace("_", "").lower()
        assert states()[end]["Type"] == ("Succeed" if outcome in GOOD_ENDS else "Fail")


def test_every_state_says_why_it_is_there() -> None:
    """The file is read by whoever is called at night."""
    assert [name for name, state in states().items() if not state.get("Comment")] == []


class _Tagged(yaml.SafeLoader):
    """Reads CloudFormation's short tags as plain values."""


_Tagged.add_multi_constructor(
    "!",
    lambda loader, suffix, node: (
        loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else loader.construct_sequence(node)
    ),
)

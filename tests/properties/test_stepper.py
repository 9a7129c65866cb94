"""The stepper of the property test says what moto's interpreter says, story by story."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from properties.agenda import Agenda
from properties.execution import Done, Execution, TaskFailed
from properties.stepper import Machine
from statemachines.definition import definition_text
from statemachines.second_interpreter import EXECUTION, REQUEST, Answer, Fails, Refuses, Says, _state
from statemachines.stories import USUAL, Story, all_stories, told

LONGEST = timedelta(days=100 * 365)  # one story waits until 2099


class Scripted:
    """Tasks that answer as a story says."""

    def __init__(self, story: Story) -> None:
        self.story, self.used = story, Counter[str]()
        self.calls: list[tuple[str, Mapping[str, Any]]] = []
        self.agenda = Agenda()
        self.machine = Machine(definition_text(), self, self.agenda, jitter=lambda delay: delay)

    def play(self) -> Execution:
        self.machine.start(EXECUTION, {"request": REQUEST})
        end = self.agenda.now() + LONGEST
        while (moment := self.agenda.next) is not None and moment <= end:
            self.agenda.move_to(moment)
            self.agenda.run_due()
        return self.machine.executions[EXECUTION]

    def __call__(self, resource: str, parameters: Mapping[str, Any], done: Done) -> None:
        if resource.endswith("dynamodb:updateItem"):
            self._lease(self._next("AcquireLease"), done)
            return
        payload = json.loads(json.dumps(parameters["Payload"]))
        state = _state(parameters["FunctionName"], payload)
        self.calls.append((state, payload))
        answer = self._next(state)
        token = payload.get("task_token") or payload.get("await", {}).get("task_token")
        if isinstance(answer, Fails):
            done(TaskFailed(answer.error))
        elif isinstance(answer, Refuses):
            assert self.machine.fail(token, answer.error, "It says why.")
        elif isinstance(answer, Says):
            if token is None:
                done({"Payload": answer.document})
            else:
                assert self.machine.answer(token, answer.document)

    def _next(self, state: str) -> Answer | None:
        answers = self.story.script.get(state, ())
        self.used[state] += 1
        return answers[self.used[state] - 1] if self.used[state] <= len(answers) else USUAL.get(state)

    def _lease(self, answer: Answer | None, done: Done) -> None:
        if isinstance(answer, Fails):
            done(TaskFailed(answer.error))
        elif self.story.held_by in (None, "me"):
            done({})
        else:
            done(TaskFailed("DynamoDB.ConditionalCheckFailedException"))


@pytest.mark.parametrize("story", all_stories(), ids=lambda story: story.title)
def test_the_stepper_agrees_with_moto(story: Story) -> None:
    """What the property test finds out about releases rests on a state machine that is read as AWS reads it."""
    theirs, scripted = told(story), Scripted(story)
    ours = scripted.play()

    assert tuple(ours.path) == theirs.states
    assert (ours.status, ours.error, ours.cause) == (theirs.status, theirs.error, theirs.cause)
    assert (ours.retried, ours.caught) == (theirs.retried, theirs.caught)
    assert _plain(scripted.calls) == _plain(theirs.calls)


def _plain(calls: list[tuple[str, Mapping[str, Any]]]) -> list[tuple[str, Any]]:
    """Without tokens, which are anybody's, and causes, which each interpreter words for itself. What goes together
    goes in any order.
    """
    plain = [(state, _without(payload)) for state, payload in calls]
    together = sorted((each for each in plain if each[0] == "RollOutEach"), key=json.dumps)
    return [together.pop(0) if each[0] == "RollOutEach" else each for each in plain]


def _without(value: Any) -> Any:
    if isinstance(value, list):
        return [_without(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {key: _without(item) for key, item in value.items() if key not in {"task_token", "Cause"}}

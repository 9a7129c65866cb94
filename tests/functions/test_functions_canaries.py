"""Case 29: values that are nobody's business turn up nowhere but in the task definition that carries them."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from fakes.harbour import CATS
from fakes.lambdas import Functions, recorded
from pilotage.document import to_document
from pilotage.errors import PilotageError

OWN = "canary-of-the-functions-own-environment"
WRITTEN = "canary-in-the-environment-of-a-workload"
NEWER = "canary-in-its-next-environment"
_OURS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "DATABASE_PASSWORD")


@pytest.fixture(autouse=True)
def _canaries(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _OURS:
        monkeypatch.setenv(name, OWN)


def _shown(functions: Functions) -> Iterator[tuple[str, str]]:
    """Everything that people, subscribers and the history of executions get to see."""
    harbour = functions.harbour
    yield "the log", functions.written.getvalue()
    for record in harbour.records.records.values():
        yield f"the record of {record.request.tag}", json.dumps(to_document(record))
    for told in harbour.announcer.told:
        yield f"the event {told.detail_type}", json.dumps(to_document(told.detail))
    for arn, request in harbour.executions.requests.items():
        yield f"the input of {arn}", json.dumps(to_document(request))
    for token, answer in harbour.executions.answers.items():
        yield f"the answer to {token}", json.dumps(to_document(answer))
    for ban in harbour.records.banned.values():
        yield "a ban", ban


def _held(functions: Functions, answers: list[object]) -> None:
    shown = dict(_shown(functions)) | {"the answers of functions": json.dumps(answers)}
    assert len(shown) > 2, "nothing was looked at"
    leaks = [place for place, text in shown.items() if any(canary in text for canary in (OWN, WRITTEN, NEWER))]
    assert leaks == []


def test_a_release_shows_no_value_of_an_environment(functions: Functions) -> None:
    """People put passwords into environments however often they are told not to."""
    first = functions.sail("v1", environment={"DATABASE_PASSWORD": WRITTEN})
    second = functions.sail("v2", environment={"DATABASE_PASSWORD": NEWER})
    assert (first["outcome"], second["outcome"]) == ("SUCCEEDED", "SUCCEEDED")
    live = json.dumps(functions.harbour.services.live("main", CATS.service).service, default=str)
    assert NEWER in live, "the canary was never deployed: this test proves nothing"
    _held(functions, [first, second])


def test_a_rollback_shows_no_value_of_an_environment(functions: Functions) -> None:
    """What went wrong is told with reasons, not with what the task was given."""
    functions.sail("v1", environment={"DATABASE_PASSWORD": WRITTEN})
    release = functions.begin("v2", environment={"DATABASE_PASSWORD": NEWER})
    functions.apply(release)
    functions.await_rollout(release)
    functions.harbour.services.run(4000)
    for event in functions.harbour.services.events:
        if event["detail-type"].startswith("ECS ") and event["detail"].get("lastStatus") == "STOPPED":
            functions.call("follow_rollout", event)
    functions.call("follow_rollout", recorded("follow_rollout_sweep"))
    _held(functions, [functions.conclude(release)])


@pytest.mark.parametrize(
    "manifest",
    [
        {"environment": {"DATABASE_PASSWORD": [WRITTEN]}},
        {"environment": WRITTEN},
        {"environment": {"DATABASE PASSWORD": WRITTEN}},
        {"secrets": {"DATABASE_PASSWORD": WRITTEN}},
        {"overrides": {"task_definition": {"containerDefinitions": [{"environment": WRITTEN}]}}},
        {"overrides": {"task_definition": {"containerDefinitions": {"cats": WRITTEN}}}},
        {"overrides": {"task_definition": {"containerDefinitions": {"cats": {"environment": WRITTEN}}}}},
        {"overrides": {"task_definition": {"containerDefinitions": {"cats": {"environment": [{"value": [WRITTEN]}]}}}}},
        {"overrides": {"task_definition": {"containerDefinitions": {"cats": {"enviroment": [{"value": WRITTEN}]}}}}},
    ],
)
def test_a_mistake_beside_a_secret_does_not_publish_it(functions: Functions, manifest: dict[str, object]) -> None:
    """Errors name the value, but never one that was meant for an environment."""
    release = functions.begin("v1", **manifest)
    answer = functions.prepare(release)
    assert answer["decision"] == "rejected"
    _held(functions, [answer, functions.conclude(release)])


def test_an_error_shows_nothing_of_the_functions_environment(functions: Functions) -> None:
    """A crash report with the environment in it is how credentials leak."""
    with pytest.raises(PilotageError):
        functions.call("receive_push", {"source": "aws.ecr"})
    release = functions.begin("v1", environment={"DATABASE_PASSWORD": WRITTEN})
    with pytest.raises(PilotageError):
        functions.call("apply_release", recorded("apply_release") | functions.of(release))
    _held(functions, [])

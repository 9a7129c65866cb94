"""ECS's call of a lifecycle hook, as the Developer Guide has it, and hookDetails as strangers may have written them."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pilotage.checking.details import Details, Tried, address, read_details
from pilotage.checking.hook import HookAnswer, HookCall, HookStatus, read_call
from pilotage.document import from_document
from pilotage.errors import BadEvent, BadManifest
from pilotage.rollout_words import Check, SmokeTest

EVENTS = Path(__file__).parents[2] / "events"
ARN = "arn:aws:ecs:us-west-2:123456789012"
GREEN, BLUE = (f"{ARN}:service-revision/my-cluster/my-service/{end}" for end in ("9313423515462893900", "192049846293"))


def payload(stage: str, weights: dict[str, float], **more: Any) -> dict[str, Any]:
    """As in "Lambda hooks for Amazon ECS service deployments", Lifecycle payloads."""
    return {
        "executionId": "a2b3c4d5-e6f7-8901-abcd-ef1234567890",
        "lifecycleStage": stage,
        "resourceArn": f"{ARN}:service-deployment/my-cluster/my-service/EZe5RNVLH6PPzHXINuP28",
        "executionDetails": {
            "serviceArn": f"{ARN}:service/my-cluster/my-service",
            "targetServiceRevisionArn": GREEN,
            "testTrafficWeights": {},
            "productionTrafficWeights": weights,
        },
        **more,
    }


@pytest.mark.parametrize(
    ("stage", "weights", "traffic"),
    [
        ("PRE_PRODUCTION_TRAFFIC_SHIFT", {GREEN: 0, BLUE: 100}, 0),
        ("PRE_PRODUCTION_TRAFFIC_SHIFT", {GREEN: 10.5, BLUE: 89.5}, 10.5),
        ("PRE_PRODUCTION_TRAFFIC_SHIFT", {}, None),
        ("PRE_PRODUCTION_TRAFFIC_SHIFT", {GREEN: "10"}, None),
        ("PRE_PRODUCTION_TRAFFIC_SHIFT", {GREEN: 1000}, None),
        ("POST_PRODUCTION_TRAFFIC_SHIFT", {}, 100),
        ("POST_TEST_TRAFFIC_SHIFT", {}, None),
    ],
)
def test_the_traffic_is_that_of_the_moment(stage: str, weights: dict[str, float], traffic: float | None) -> None:
    """Before a step the weights are those of before it; after the shift the guide's payload has none."""
    call = read_call(payload(stage, weights))
    assert call == HookCall(
        stage,
        f"{ARN}:service/my-cluster/my-service",
        f"{ARN}:service-deployment/my-cluster/my-service/EZe5RNVLH6PPzHXINuP28",
        GREEN,
        traffic,
        None,
    )


def test_details_are_read_as_the_plan_wrote_them() -> None:
    """What is left out has the manifest's default."""
    event = json.loads((EVENTS / "check_rollout_step.json").read_text())
    details = read_details(read_call(event).details or {})
    assert details.smoke == (SmokeTest("/healthz", 200, "ok", 500),)
    assert details.checks == (
        Check("errors", metric="error_rate", at_most=1),
        Check("slower", metric="p99", at_most_times=1.5),
    )
    assert read_details({"version": 1, "environment": "dev", "service": "cats", "cluster": "main"}) == Details(
        1, "dev", "cats", "main"
    )


MEDDLED: list[tuple[str, object]] = [
    ("executionDetails", None),
    ("executionDetails", []),
    ("lifecycleStage", 7),
    ("resourceArn", ""),
    ("hookDetails", "text"),
]


@pytest.mark.parametrize(("name", "value"), MEDDLED)
def test_what_is_no_call_of_ecs_is_refused_by_name(name: str, value: object) -> None:
    """Whoever may invoke the function may send anything."""
    with pytest.raises(BadEvent, match=name):
        read_call({**payload("POST_SCALE_UP", {}), name: value})


GOOD = {"version": 1, "environment": "dev", "service": "cats", "cluster": "main"}
ONE = {"name": "errors", "metric": "error_rate", "at_most": 1}


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"version": 2}, "version"),
        ({"service": None}, "fields"),
        ({"checks": [{"name": "x", "no_data": "whatever"}]}, "fields"),
        ({"checks": [ONE] * 11}, "number of checks"),
        ({"smoke": [{}] * 11}, "number of checks"),
        ({"checks": [ONE | {"name": "<script>"}]}, "name of a check"),
        ({"checks": [ONE | {"at_least": 1}]}, "bounds of the check errors"),
        ({"checks": [{"name": "errors"}]}, "bounds of the check errors"),
        ({"checks": [ONE | {"minutes": 10_000}]}, "minutes of the check errors"),
        ({"target_groups": ["a", "b", "c"]}, "target_groups"),
    ],
)
def test_details_that_no_plan_wrote_are_refused_by_name(more: dict[str, Any], named: str) -> None:
    """They lie in the service's configuration, where others write too."""
    with pytest.raises(BadEvent, match=named):
        read_details({**GOOD, **more})


JSON = some.recursive(
    some.none() | some.booleans() | some.floats(allow_nan=False) | some.text(max_size=20),
    lambda inner: some.lists(inner, max_size=4) | some.dictionaries(some.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = [*Details.__dataclass_fields__]


@given(some.dictionaries(some.sampled_from(FIELDS), JSON))
def test_whatever_stands_in_the_details_is_read_or_refused(document: dict[str, Any]) -> None:
    """Never another error: ECS would roll back for a traceback."""
    try:
        read_details({**GOOD, **document})
    except BadEvent as error:
        assert str(error)  # noqa: PT017 - either is right


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/", "http://test.internal:8443/"),
        ("/healthz?deep=1", "http://test.internal:8443/healthz?deep=1"),
        ("//evil.example/", "http://test.internal:8443//evil.example/"),
        ("/@evil.example", "http://test.internal:8443/@evil.example"),
        ("/../../x", "http://test.internal:8443/../../x"),
        ("/#fragment", "http://test.internal:8443/#fragment"),
    ],
)
def test_a_path_never_leaves_the_policys_host(path: str, url: str) -> None:
    """The path comes from whoever can push."""
    assert address("http://test.internal:8443", path) == address("http://test.internal:8443/", path) == url


@pytest.mark.parametrize("path", ["", "healthz", "@evil.example", "/ HTTP/1.1", "/\r\nX: 1", "/\u00e9", "/" * 1025])
def test_a_path_that_is_none_is_refused(path: str) -> None:
    """A line end in it would be a header of its own."""
    with pytest.raises(BadManifest, match="path of a smoke test"):
        address("http://test.internal", path)


@pytest.mark.parametrize(
    "base",
    [
        "",
        "test.internal",
        "ftp://x",
        "file:///etc/passwd",
        "http://",
        "http://u:p@x",
        "http://x/y",
        "http://x?q",
        "http://x:y",
    ],
)
def test_an_address_that_is_more_than_a_host_is_refused(base: str) -> None:
    """A path of its own could be left by the manifest's."""
    with pytest.raises(BadManifest, match="url of the smoke tests"):
        address(base, "/")


def test_what_another_stage_tried_does_not_count() -> None:
    """One hook stands at three stages, and at each step again."""
    details = from_document(Details, {**GOOD, "tried": {"stage": "A", "traffic": 10.0, "times": 3}})
    assert details.tried == Tried("A", 10, 3)
    assert [details.times(*at) for at in (("A", 10), ("A", 20), ("B", 10), ("A", None))] == [3, 0, 0, 0]


def test_an_answer_is_what_ecs_takes() -> None:
    """CallBackDelay and hookDetails belong to IN_PROGRESS alone."""
    assert HookAnswer(HookStatus.FAILED, ("no",)).document() == {"hookStatus": "FAILED"}
    again = HookAnswer(HookStatus.IN_PROGRESS, ("wait",), 10, {"version": 1})
    assert again.document() == {"hookStatus": "IN_PROGRESS", "callBackDelay": 10, "hookDetails": {"version": 1}}


def test_reading_changes_nothing() -> None:
    """What ECS sent is handed back to it."""
    event = json.loads((EVENTS / "check_rollout_smoke.json").read_text())
    before = copy.deepcopy(event)
    read_details(read_call(event).details or {})
    assert event == before

"""Logs with one correlation id from push to outcome, and metrics that cost what they should."""

from __future__ import annotations

import json
from typing import Any

import follow_rollout
import pytest
from fakes.samples import CATS, a_request
from pilotage.errors import Throttled
from pilotage.outcome import Outcome
from pilotage.telemetry import EmfMeter, about, entrance, logger
from pilotage.usecases.following.followed import Followed


@pytest.fixture(autouse=True)
def lines(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is logged while the test runs."""
    written: list[dict[str, Any]] = []
    handler = logger.registered_handler
    monkeypatch.setattr(handler, "emit", lambda record: written.append(json.loads(handler.format(record))))
    return written


def test_an_outcome_is_counted_by_environment_and_outcome_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each value of a dimension is a metric that costs money: two hundred services are not to be eighteen hundred."""
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "pilotage")
    EmfMeter().count(Outcome.ROLLED_BACK, CATS)
    written = json.loads(capsys.readouterr().out)
    (metric,) = written["_aws"]["CloudWatchMetrics"]
    assert metric["Namespace"] == "Pilotage"
    assert [sorted(dimensions) for dimensions in metric["Dimensions"]] == [["environment", "outcome"]]
    assert (written["environment"], written["outcome"], written["target"]) == ("prod", "ROLLED_BACK", "prod/cats")


def test_every_line_about_a_release_carries_its_correlation_id(lines: list[dict[str, Any]]) -> None:
    """One search finds the whole of it; and the next invocation begins clean."""

    def handle(event: dict[str, Any], _context: Any) -> None:
        if event:
            about(a_request())
        logger.info("seen")

    handler = entrance(handle)
    handler({"a": 1}, None)
    handler({}, None)
    assert (lines[0]["correlation_id"], lines[0]["release"], lines[0]["service"]) == ("5e1f", "r1", "cats")
    assert "release" not in lines[1]
    assert lines[1].get("correlation_id") is None


def test_an_error_of_ours_is_one_line_and_goes_on(lines: list[dict[str, Any]]) -> None:
    """The state machine knows it by its class; people read a sentence, no traceback."""

    def handle(_event: dict[str, Any], _context: Any) -> None:
        raise Throttled("ECS asked us to slow down")

    handler = entrance(handle)
    with pytest.raises(Throttled):
        handler({}, None)
    (line,) = lines
    assert (line["level"], line["message"], line["error"]) == ("ERROR", "ECS asked us to slow down", "Throttled")
    assert "exception" not in line


def test_a_sweep_logs_each_rollout_under_its_own_id_and_none_that_only_waits(
    lines: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two hundred rollouts a minute would drown what happened."""
    logger.setLevel("INFO")
    seen = [
        Followed("r1", "c1", "new tasks are coming up", waits=True),
        Followed("r2", "c2", "SUCCESSFUL: ", ended=True),
        Followed("r3", "c3", "Throttled: slow down", failed=True),
    ]

    class Follower:
        def sweep(self) -> list[Followed]:
            return seen

    class World:
        follower = Follower()

    monkeypatch.setattr(follow_rollout, "world", World)
    answer = follow_rollout.handler({"sweep": True}, None)
    assert [each["release_id"] for each in answer] == ["r1", "r2", "r3"]
    told = [(line["level"], line["correlation_id"], line["release"]) for line in lines]
    assert told == [("INFO", "c2", "r2"), ("ERROR", "c3", "r3")]

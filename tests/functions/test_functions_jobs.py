"""The function that schedules invoke whose jobs must not overlap."""

from __future__ import annotations

from fakes.lambdas import Functions, recorded


def test_a_job_that_is_due_is_started_once(functions: Functions) -> None:
    """The second time comes while the first run still goes: one log line says so."""
    event = recorded("start_job")
    started = functions.call("start_job", event)
    assert started["task"] in {each.arn for each in functions.harbour.tasks.tasks.values()}
    assert functions.call("start_job", event | {"at": "2026-11-23T20:00:10Z"}) == {"task": None}
    line = functions.lines[-1]
    assert line["message"].startswith("dev/nightly: not started at 2026-11-23T20:00:10Z, since")
    assert (line["service"], line["environment"], line["correlation_id"]) == ("nightly", "dev", event["execution"])

"""`pilotage local inject`: what makes no sense is refused before it is asked; what is in force is one line each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from pilotage_cli.commands import inject
from pilotage_cli.main import app
from pilotage_local import injecting
from pilotage_local.injecting import Injection, Kind
from typer.testing import CliRunner, Result


def ran(words: Sequence[str]) -> Result:
    return CliRunner().invoke(app, ["local", "inject", *words])


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["crash", "--provider", "FARGATE_SPOT"], "crash asks for no capacity"),
        (["throttle", "--service", "cats"], "throttle meets everybody"),
        (["lose-events", "--tasks", "2"], "lose-events meets everybody"),
    ],
)
def test_a_fault_that_nobody_could_meet_is_refused(words: list[str], named: str) -> None:
    """Somebody who waits for a failure that never comes learns nothing."""
    result = ran(["fault", *words])

    assert result.exit_code != 0
    assert named in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ({"kind": "capacity", "provider": "FARGATE_SPOT"}, "capacity: all tasks of every service on FARGATE_SPOT,"),
        ({"kind": "unhealthy", "service": "cats", "tasks": 1}, "unhealthy: 1 task of cats, until cleared"),
        ({"kind": "throttle", "seconds": 12.0}, "throttle: for 12 s more"),
    ],
)
def test_what_is_in_force_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, document: dict[str, Any], line: str
) -> None:
    """Whom it meets, and for how long."""
    empty = {"service": None, "tasks": None, "seconds": None, "provider": None}
    monkeypatch.setattr(inject, "_endpoint", lambda _: "http://127.0.0.1:1")
    monkeypatch.setattr(injecting, "injected", lambda _: [{**empty, **document}])

    assert line in ran(["list"]).output
    assert json.loads(ran(["list", "--format", "json"]).output)[0]["kind"] == document["kind"]


def test_all_that_is_chosen_goes_to_the_embedded_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """An option that is dropped on the way would break more than was asked for."""
    sent: list[Injection] = []
    monkeypatch.setattr(inject, "_endpoint", lambda _: "http://127.0.0.1:1")
    monkeypatch.setattr(injecting, "inject", lambda _, injection: sent.append(injection))
    monkeypatch.setattr(injecting, "injected", lambda _: [])
    ran(["fault", "capacity", "--service", "cats", "--tasks", "2", "--for", "3", "--provider", "FARGATE_SPOT"])

    assert sent == [Injection(Kind.CAPACITY, "cats", 2, 3.0, "FARGATE_SPOT")]

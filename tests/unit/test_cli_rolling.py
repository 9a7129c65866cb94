"""What `plan`, `render` and `place` say of a rollout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fakes import shifting
from fakes.asked import policy_document
from fakes.samples import a_plan
from pilotage.plan import Step, Verb
from pilotage.rollout_words import Migration, When
from pilotage_cli.main import app
from pilotage_cli.rolling import migration, show_rollout, span
from typer.testing import CliRunner

CANARY = {"strategy": "canary-10-percent-5-minutes", "pauses": ["before_traffic"]}
STARTS = (Step(Verb.UPDATE_SERVICE, {}, starts_rollout=True),)
SPOT = Step(Verb.UPDATE_SERVICE, {"forceNewDeployment": True}, starts_rollout=True)
MIGRATE = Migration(When.BEFORE, ("./manage.py", "migrate"), retries=2, compatible_with_previous=False)


def run(*arguments: str) -> str:
    ended = CliRunner().invoke(app, list(arguments))
    assert ended.exit_code == 0, ended.output
    return " ".join(ended.output.split())


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """A policy that can shift traffic, and a manifest that wants it."""
    route = {"routing": {"web": shifting.ROUTE}, "roles": shifting.ROLES, **shifting.DECIDERS}
    registry = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    (tmp_path / "policy.json").write_text(json.dumps(policy_document(**route, registries=[registry])))
    manifest: dict[str, Any] = {"routing": "web", "ports": [8080], "rollout": CANARY}
    manifest["migrations"] = {"after": {"command": ["./sweep"]}}
    manifest["rollout"] = {**CANARY, "checks": {"errors": {"metric": "error_rate", "at_most": 1}}}
    (tmp_path / "pilotage.yaml").write_text(json.dumps(manifest))
    return ["--manifest", str(tmp_path / "pilotage.yaml"), "--policy", str(tmp_path / "policy.json")]


def test_a_plan_says_how_it_rolls_out_who_is_asked_and_how_long_it_may_take(capsys: pytest.CaptureFixture[str]) -> None:
    """Who approves it wants to know what they will be asked again."""
    strategy = shifting.chosen({"routing": "web", "rollout": CANARY})
    made = a_plan(steps=STARTS, strategy=strategy, deadline_minutes=155, fallback=SPOT, migrations=(MIGRATE,))
    show_rollout(made)
    told = " ".join(capsys.readouterr().out.split())
    assert "canary: 10 % for 5 minutes, then all (manifest)" in told
    assert "2 decisions are asked for on the way" in told
    assert "within 2 h 35 min, or it is stopped and rolled back" in told
    assert "before: ./manage.py migrate, 30 minutes at most, 2 retries; the code of before cannot work" in told
    assert "without Spot capacity: on demand" in told


def test_a_plan_that_rolls_nothing_out_says_nothing_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    """A count that changes is no rollout."""
    show_rollout(a_plan())
    assert capsys.readouterr().out == ""


def test_render_shows_strategy_alarms_and_hooks(files: list[str]) -> None:
    """From files alone, before anything is pushed."""
    told = run("render", *files, "--image", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/cats:v1")
    assert "rollout canary: 10 % for 5 minutes, then all" in told
    assert "errors: error_rate at most 1, wrong after 2 minutes (manifest)" in told
    assert "after: ./sweep, 30 minutes at most" in told
    assert '"AlarmName": "pilotage-dev-cats-errors-' in told
    assert '"targetType": "PAUSE"' in told


def test_place_says_how_it_would_be_rolled_out_or_why_it_cannot_be(files: list[str]) -> None:
    """Where it would run is asked for all the same."""
    manifest = files[:2]
    assert "rollout refused" in run("place", *manifest)
    answer = json.loads(CliRunner().invoke(app, ["place", *manifest, "--format", "json"]).output)
    assert answer["strategy"] is None
    assert "Route web cannot shift traffic yet" in answer["refused"]


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(1, "1 minute"), (45, "45 minutes"), (120, "2 h"), (155, "2 h 35 min"), (2880, "2 days"), (3000, "2 days 2 h")],
)
def test_long_times_are_told_as_people_count_them(minutes: int, words: str) -> None:
    """A pause may wait for fourteen days."""
    assert span(minutes) == words


def test_a_migration_is_told_in_one_line() -> None:
    """What runs, when, and how often."""
    assert migration(Migration(When.AFTER, ("./sweep",), retries=1)) == "after: ./sweep, 30 minutes at most, 1 retry"

"""The demo's end: what it shows, what it writes, and that it cannot pass off one outcome as another."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from fakes.samples import DIGEST, a_plan, a_record, a_request, revision
from pilotage.measure import Judged, Measure
from pilotage.outcome import Outcome
from pilotage.plan import Change
from pilotage.rollout_words import StrategyKind
from pilotage.strategy import Strategy
from pilotage_cli.commands import demo as command
from pilotage_cli.demo import report, told
from pilotage_cli.demo.measure import Taken
from pilotage_cli.demo.report import Told, Visited
from pilotage_cli.demo.story import ACTS, Act
from pilotage_cli.demo.visitors import Seen
from pilotage_cli.demo.watch import NeverConcluded
from pilotage_cli.main import app
from pilotage_local import stack
from pilotage_local.chat import Chat, example_workspace
from pilotage_local.home import Home
from pilotage_local.stack import DidNotStart
from rich.console import Console
from typer.testing import CliRunner, Result

TAKEN = Taken(push_to_apply_ms=1234, ecs_done_to_outcome_ms=56, transitions=11, invocations=6, aws_calls=40, tellings=3)
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
WRONG = Measure("errors", AT, "shift", Judged.WRONG, 38.0, "at most 5 %", traffic=20.0, limit=5.0)
VISITED = Visited(Seen(300, {"v4": 270, "v5": 18}, errors=12), (WRONG,))
A_CHAT = Chat("http://127.0.0.1:1", example_workspace(), pid=1)
RUNNING = stack.Running(Path("none"), 4566, 1, "test", "simulated")


def as_it_must(act: Act) -> Told:
    family = f"dev-{act.service}"
    changed = act.outcome is not Outcome.NO_CHANGE
    record = a_record(
        request=a_request(service=act.service, environment="dev", tag=act.tag),
        outcome=act.outcome,
        kind=act.kind,
        placement=act.placement,
        placement_reasons=("size small (repository tag pilotage:size)",),
        reasons=(f"{family}:2 runs: 2 of 2 tasks",),
        revision=revision(2, family) if changed else None,
        rolled_back_to=revision(1, family) if act.outcome is Outcome.ROLLED_BACK else None,
        cause=act.cause,
    )
    return Told(act, record, TAKEN, visited=VISITED if act.visited else None)


STORY = [as_it_must(act) for act in ACTS]


@pytest.fixture
def paper(monkeypatch: pytest.MonkeyPatch) -> Console:
    """Where the demo writes, 80 columns wide."""
    console = Console(width=80, record=True, highlight=False, file=StringIO())
    for module in (report, told):
        monkeypatch.setattr(module, "console", console)
    monkeypatch.setattr("pilotage_cli.output.console", console)
    return console


def test_the_table_fits_80_columns_with_every_outcome_whole(paper: Console) -> None:
    """An outcome that is cut to `SUCCEED…` is the one word that people came for."""
    report.show(STORY)
    text = paper.export_text()
    assert "…" not in text
    for each in STORY:
        line = next(line for line in text.splitlines() if line.strip().startswith(each.act.number))
        assert str(each.record.outcome) in line
        assert f"{each.act.service}:{each.act.tag}" in line
    assert "dev-cats-portraits:2" in text
    assert "1.2 s" in text
    assert "6 Lambda invocations" in text
    assert "at most 3 to tell people" in text


def test_demo_json_has_the_fields_of_its_contract(tmp_path: Path) -> None:
    """Others measure with it: no field more, none less, digests and revisions whole."""
    path = tmp_path / "build" / "demo.json"
    report.write(path, "docker", STORY)
    document = json.loads(path.read_text())
    assert list(document) == ["containers", "releases"]
    assert document["containers"] == "docker"
    third = document["releases"][2]
    assert third == {
        "service": "cats",
        "tag": "v3",
        "digest": DIGEST,
        "kind": "service",
        "placement": "FARGATE",
        "outcome": "ROLLED_BACK",
        "revision": revision(2, "dev-cats"),
        "rolled_back_to": revision(1, "dev-cats"),
        "cause": "circuit breaker",
        "push_to_apply_ms": 1234,
        "ecs_done_to_outcome_ms": 56,
        "transitions": 11,
        "invocations": 6,
        "aws_calls": 40,
    }


def test_demo_json_tells_what_the_visitors_of_the_canary_met(tmp_path: Path) -> None:
    """Requests that were lost on the way are the rollout's own failure, whatever the outcome says."""
    report.write(tmp_path / "demo.json", "simulated", STORY)
    seventh = json.loads((tmp_path / "demo.json").read_text())["releases"][-1]
    assert (seventh["tag"], seventh["outcome"], seventh["cause"]) == ("v5", "ROLLED_BACK", "alarm")
    assert seventh["visitors"] == {"asked": 300, "fine": {"v4": 270, "v5": 18}, "errors": 12, "lost": 0}
    assert seventh["measures"] == [{"check": "errors", "traffic": 20.0, "value": 38.0, "limit": 5.0, "judged": "wrong"}]


def test_the_canary_is_told_with_its_numbers_and_its_visitors(paper: Console) -> None:
    """The chart is the one of the record, which the card draws as well."""
    told.canary(VISITED)
    text = paper.export_text()
    assert "errors: at most 5 %" in text
    assert "20 %" in text
    assert "300 requests" in text


def test_a_rollback_names_both_revisions_and_each_reason_once(paper: Console) -> None:
    """What was tried, what runs again, and why the task stopped."""
    reasons = ("dev-cats:3 was rolled back to dev-cats:2", "container cats exited with code 1")
    told.reasons(a_record(outcome=Outcome.ROLLED_BACK, reasons=(*reasons, reasons[1])))
    assert paper.export_text().split("\n") == [*(f"     {each}" for each in reasons), ""]


def test_a_plan_names_what_changes(paper: Console) -> None:
    """The diff of the second act, as a person reads it."""
    told.plan(a_plan(live_revision=revision(1), changes=(Change("cpu", "256", "512"),)))
    assert "cpu: 256 -> 512" in paper.export_text()


def test_what_makes_a_strategy_is_told_in_its_words(paper: Console) -> None:
    """Twenty paths of ECS's configuration tell nobody that a canary comes."""
    configured = Change("service.deploymentConfiguration.canaryConfiguration.canaryPercent", None, 20)
    canary = Strategy(StrategyKind.CANARY, 20, 10, reasons=("canary: 20 % for 10 minutes, then all (manifest)",))
    told.plan(a_plan(live_revision=revision(1), changes=(Change("cpu", "256", "512"), configured), strategy=canary))
    text = paper.export_text()
    assert "cpu: 256 -> 512" in text
    assert "canary: 20 % for 10 minutes, then all (manifest)" in text
    assert "canaryPercent" not in text


class FakePerformance:
    """Plays the acts without an embedded AWS: each comes to `ends(act)`."""

    def __init__(self, ends: Callable[[Act], Told]) -> None:
        self._ends = ends
        self.workshop = self
        self.clone = Path("clone")

    def play(self, act: Act) -> Told:
        return self._ends(act)


def performed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, ends: Callable[[Act], Told], *words: str) -> Result:
    """`pilotage demo` with everything that takes long replaced."""
    downs: list[Path] = []

    def up(state_dir: Path, **_options: Any) -> stack.Running:
        state_dir.mkdir(parents=True, exist_ok=True)
        (state_dir / stack.LOG).write_text("the last line of the log\n")
        return RUNNING

    def down(state_dir: Path) -> bool:
        downs.append(state_dir)
        return True

    monkeypatch.setattr(stack, "up", up)
    monkeypatch.setattr(stack, "down", down)
    monkeypatch.setattr(command, "settle", lambda *_: Home({}, {}, A_CHAT))
    monkeypatch.setattr(command, "clues", lambda _endpoint: ["pilotage-prepare-release: KeyError: 'x'"])
    monkeypatch.setattr(command, "Performance", lambda *_: FakePerformance(ends))
    result = CliRunner().invoke(app, ["demo", "--containers", "simulated", "--build", str(tmp_path / "build"), *words])
    cleaned_up = len(downs) == 2
    assert cleaned_up is not ("--keep" in words and result.exit_code != 130)
    return result


def test_a_story_that_ends_as_it_must_is_exit_code_0(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And leaves its figures behind."""
    result = performed(monkeypatch, tmp_path, as_it_must)
    assert result.exit_code == 0, result.output
    assert len(json.loads((tmp_path / "build" / "demo.json").read_text())["releases"]) == len(ACTS) == 8


FAULTS: list[dict[str, Any]] = [
    {"outcome": Outcome.FAILED},
    {"kind": "task"},
    {"placement": "MANAGED_INSTANCES"},
    {"outcome": None},
    {"cause": "person"},
]


@pytest.mark.parametrize("number", [act.number for act in ACTS])
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_any_act_that_ends_otherwise_is_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: str, fault: dict[str, Any]
) -> None:
    """A demo that cannot fail proves nothing. It names the act, what was found, the reasons and the log."""

    def ends(act: Act) -> Told:
        right = as_it_must(act)
        return right if act.number != number else replace(right, record=replace(right.record, **fault))

    result = performed(monkeypatch, tmp_path, ends)
    assert result.exit_code == 1
    assert f"NOT AS EXPECTED: {number}" in result.output
    assert "because: dev-" in result.output
    assert "server.log" in result.output


def test_a_release_that_never_ends_is_told_with_the_ends_of_the_logs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No traceback: what was awaited, what the functions complained of, and the server's last words."""

    def ends(_act: Act) -> Told:
        raise NeverConcluded("cats:v1 is open after 180 s; last seen: planned")

    result = performed(monkeypatch, tmp_path, ends)
    assert result.exit_code == 1
    for words in ("cats:v1 is open after 180 s", "KeyError: 'x'", "the last line of the log"):
        assert words in result.stderr
    assert "Traceback" not in result.output


def test_ctrl_c_cleans_up_and_exits_130(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Also with --keep: only what was finished is kept."""

    def ends(_act: Act) -> Told:
        raise KeyboardInterrupt

    result = performed(monkeypatch, tmp_path, ends, "--keep")
    assert result.exit_code == 130
    assert "Traceback" not in result.output


def test_keep_says_how_to_reach_and_stop_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The endpoint, the variables, the cats' address and the way to end it."""
    result = performed(
        monkeypatch, tmp_path, lambda act: replace(as_it_must(act), address="http://172.17.0.2:8080/"), "--keep"
    )
    assert result.exit_code == 0, result.output
    reached = ("http://127.0.0.1:4566", "The cats: http://172.17.0.2", f"yourself: {A_CHAT.url}")
    for words in (*reached, "local env --state-dir", "local down"):
        assert words in result.output


def test_an_embedded_aws_that_does_not_start_is_exit_code_1(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With the end of its log, and without a traceback."""

    def fails(*_words: Any, **_options: Any) -> stack.Running:
        raise DidNotStart("the embedded AWS did not start; server.log ends with:\nboom")

    monkeypatch.setattr(stack, "up", fails)
    monkeypatch.setattr(stack, "down", lambda _state: False)
    result = CliRunner().invoke(app, ["demo", "--containers", "simulated", "--build", str(tmp_path)])
    assert result.exit_code == 1
    assert "did not start" in result.stderr
    assert "Traceback" not in result.output

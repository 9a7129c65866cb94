"""`pilotage init` and the exit codes of `pilotage render`: what a team's own repository begins with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from pilotage_cli.main import app
from pilotage_cli.starting import Answers, Folder, Size, What, look, manifest_text
from typer.testing import CliRunner, Result

QUEUE = "cats-orders"


@pytest.fixture(autouse=True)
def in_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)


def ran(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, list(words), input=typed)


DOCKERFILE = """FROM node AS build
EXPOSE 1
RUN make
FROM node
COPY . .
EXPOSE 3000/tcp 53/udp
HEALTHCHECK CMD true
"""


def test_a_folder_tells_by_its_last_stage() -> None:
    """What an earlier stage exposes is not in the image; what needs an engine to run needs none to be read."""
    assert look(DOCKERFILE) == Folder(("3000", "53/udp"), checked=True)
    assert look("FROM a\nHEALTHCHECK NONE\nEXPOSE $PORT\n") == Folder()
    assert look(None) == Folder()


KINDS = [
    (("--kind", "web"), {"ports": [3000], "count": 2}),
    ((), {"ports": [3000]}),
    (("--port", "8081"), {"ports": [8081]}),
    (("--kind", "worker"), {"kind": "worker", "count": 1}),
    (
        ("--queue", QUEUE),
        {"kind": "worker", "scaling": {"min": 0, "max": 5, "queue": {"name": QUEUE, "per_task": 100}}},
    ),
    (
        ("--schedule", "rate(1 hour)"),
        {"schedule": {"expression": "rate(1 hour)", "timezone": "UTC", "overlap": "skip"}},
    ),
    (("--kind", "task", "--size", "large"), {"kind": "task", "cpu": "1 vCPU", "memory": "2 GB"}),
    (("-e", "prod", "-e", "dev"), {"environments": {n: {"environment": {"LOG_LEVEL": v}} for n, v in (
        ("prod", "warning"), ("dev", "info"))}}),
]  # fmt: skip


@pytest.mark.parametrize(("words", "wanted"), KINDS, ids=str)
def test_what_it_writes_renders(tmp_path: Path, words: tuple[str, ...], wanted: dict[str, object]) -> None:
    """The first manifest of a team must not be refused by the second command that they type."""
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    result = ran("init", "--yes", *words)
    assert result.exit_code == 0, result.stderr
    text = (tmp_path / "pilotage.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=")
    document = yaml.safe_load(text)
    assert {key: document.get(key) for key in wanted} == wanted
    assert ran("render", "--manifest", "pilotage.yaml", "--format", "json").exit_code == 0


@pytest.mark.parametrize("what", What)
@pytest.mark.parametrize("size", Size)
def test_every_kind_and_size_is_yaml_with_each_comment_in_its_line(what: What, size: Size) -> None:
    text = manifest_text(Answers(what, "8080", None, size=size, route="web", environments=("prod",)), Folder())
    assert isinstance(yaml.safe_load(text), dict)
    assert max(len(line) for line in text.splitlines()) <= 120


def test_a_manifest_that_is_there_stays(tmp_path: Path) -> None:
    (tmp_path / "pilotage.yaml").write_text("mine")
    refused = ran("init", "--yes")
    assert refused.exit_code == 2
    assert "There is such a file: name another, or say --force." in refused.stderr
    assert (tmp_path / "pilotage.yaml").read_text() == "mine"
    assert ran("init", "--yes", "--force").exit_code == 0


def test_at_a_terminal_it_asks_four_questions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty answer is what the Dockerfile says."""
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    monkeypatch.setattr("pilotage_cli.commands.init.at_a_terminal", lambda: True)
    result = ran("init", typed="\n\nmedium\nfront\n")
    assert result.exit_code == 0, result.stderr
    document = yaml.safe_load((tmp_path / "pilotage.yaml").read_text())
    assert (document["ports"], document["cpu"], document["routing"]) == ([3000], "0.5 vCPU", "front")
    assert "the policy needs `routing.front`" in result.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nowhere",), "folder: 'nowhere'. There is no such folder."),
        (("--kind", "wrker"), "did you mean worker?"),
        (("-e", "Prod"), "--environment: 'Prod'. An environment has 1 to 15 lower-case letters"),
        (("--schedule", "often"), "schedule.expression: 'often'."),
    ],
)
def test_what_is_wrong_is_said(words: tuple[str, ...], sentence: str) -> None:
    result = ran("init", "--yes", *words)
    assert result.exit_code == 2
    assert sentence in " ".join(result.stderr.replace("│", "").split())


MEMBERS = "services: {web: {ports: [80]}, worker: {kind: worker, privileged: true}}"


@pytest.mark.parametrize(
    ("manifest", "words", "code"),
    [
        ("ports: [80]", (), 0),
        (
            "{ports: [80], routing: web, environments: {prod: {routing: shop}}}",
            (),
            0,
        ),  # which routes there are, nobody said
        ("privileged: true", (), 3),
        ("portz: [80]", (), 2),
        (MEMBERS, (), 3),
        (MEMBERS, ("--member", "web"), 0),
        (MEMBERS, ("--member", "wbe"), 2),
        ("ports: [80]", ("--member", "web"), 2),
    ],
)
@pytest.mark.parametrize("style", ["json", "table"])
def test_render_tells_refused_from_wrong(
    tmp_path: Path, manifest: str, words: tuple[str, ...], code: int, style: str
) -> None:
    """A pipeline has to tell `mend the file` from `ask the operators`."""
    (tmp_path / "m.yaml").write_text(manifest)
    result = ran("render", "--manifest", "m.yaml", "--environment", "prod", "--format", style, *words)
    assert result.exit_code == code, result.stderr
    if code == 3:
        said = [line for line in result.stderr.splitlines() if line.startswith("pilotage: ")]
        assert len(said) == 1
        assert "widen allow.privileged in policies/prod.json" in said[0]
    if code == 3 and style == "json":
        document = json.loads(result.stdout)
        refused = document if manifest != MEMBERS else document["members"]["worker"]
        assert list(refused) == ["refused"]

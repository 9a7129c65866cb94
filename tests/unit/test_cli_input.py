"""The command line's answers to what people type: one sentence, the right exit code, never a traceback."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pilotage_cli.main import app
from typer.testing import CliRunner, Result

DIGEST = "sha256:" + "a" * 64
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/cats"


@pytest.fixture(autouse=True)
def nobodys_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test may depend on the credentials of whoever runs it."""
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)


def ran(*words: str) -> Result:
    return CliRunner().invoke(app, list(words))


def said(result: Result) -> str:
    """Standard error on one line, however it was wrapped."""
    return re.sub(r"\s+", " ", result.stderr)


def as_document(result: Result) -> Any:
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("place", "--manifest", "nope.yaml"), "'nope.yaml'. There is no such file."),
        (("place", "--manifest", "."), "'.'. It is a folder: name the file."),
        (("place", "--manifest", "binary.yaml"), "Write it in UTF-8."),
        (("place", "--manifest", "broken.yaml"), "broken.yaml, line 2"),
        (("place", "--manifest", "unknown.yaml"), "did you mean `memory`?"),
        (("place", "--tag", "large"), "Write it as KEY=VALUE"),
        (("place", "--tag", "size=larg"), "Did you mean `large`?"),
        (("place", "--tag", "sise=large"), "did you mean `pilotage:size`?"),
        (("place", "--format", "jsn"), "did you mean json? It can be table or json."),
        (("place", "--policy", "unknown.yaml"), "the policy"),
        (("place", "--frmat", "json"), "--format"),
        (("plcae",), "place"),
        (("render", "--image", "nginx:latest"), "Name one in ECR"),
        (("render", "--image", f"{ECR}@sha256:12"), "Name one in ECR"),
        (("demo", "--containers", "simulate"), "did you mean simulated?"),
        (("local", "up", "--containers", "none"), "It can be auto or simulated."),
        (("local", "env"), "Nothing runs there"),
        (("build", "--engine", "dcoker"), "did you mean docker?"),
        (("build", "nowhere"), "There is no such folder."),
        (("policy", "check", "nope.json"), "There is no such file."),
        (("policy", "check", "binary.yaml"), "Write it in UTF-8."),
        (("history", "--limit", "0"), "--limit"),
        (("status",), "You must specify a region"),
    ],
)
def test_bad_input_ends_with_one_sentence_and_code_2(tmp_path: Path, words: tuple[str, ...], expected: str) -> None:
    """Whoever mistypes must see at once what was wrong and what would be right, and scripts must notice."""
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00\x01")
    (tmp_path / "broken.yaml").write_text("a: [1\n")
    (tmp_path / "unknown.yaml").write_text("memroy: 512 MB\n")
    result = ran(*words)
    assert result.exit_code == 2, result.output
    assert expected in said(result)
    assert "Traceback" not in result.output
    assert result.stdout == ""


@pytest.mark.parametrize("prefix", ["", "pilotage:"])
def test_place_takes_tags_with_and_without_their_prefix(prefix: str) -> None:
    """ECR's console shows `pilotage:size`, and people type `size`: both mean the same."""
    document = as_document(
        ran("place", "--tag", f"{prefix}size=large", "--tag", f"{prefix}priority=cost", "--format=json")
    )
    keys = ["choice", "kind", "reasons", "rejected", "options", "prices_of", "strategy", "refused"]
    assert list(document) == keys
    assert (document["choice"], document["kind"]) == ("EC2", "service")
    assert {frozenset(each) for each in document["rejected"]} == {frozenset({"option", "reasons"})}
    assert {each["option"] for each in document["rejected"]} == {"FARGATE", "FARGATE_SPOT", "MANAGED_INSTANCES"}


@pytest.mark.parametrize(
    ("tags", "choice", "kind"),
    [
        ({"size": "large", "priority": "cost"}, "EC2", "service"),
        ({"size": "large", "priority": "overhead"}, "FARGATE", "service"),
        ({"size": "small"}, "FARGATE", "service"),
        ({"pattern": "burst"}, "FARGATE", "service"),
        ({"pattern": "batch"}, "FARGATE", "task"),
        ({"launch": "fargate-spot"}, "FARGATE_SPOT", "service"),
        ({"launch": "managed-instances"}, "MANAGED_INSTANCES", "service"),
    ],
)
def test_place_follows_the_table(tags: dict[str, str], choice: str, kind: str) -> None:
    """What the README promises of tags is what the command answers."""
    words = [word for key, value in tags.items() for word in ("--tag", f"{key}={value}")]
    document = as_document(ran("place", *words, "--format", "json"))
    assert (document["choice"], document["kind"]) == (choice, kind)
    assert document["reasons"]


@pytest.mark.parametrize("reference", [f"{ECR}:v1", f"{ECR}@{DIGEST}", f"{ECR}:v1@{DIGEST}"])
def test_render_takes_an_image_by_tag_by_digest_or_both(tmp_path: Path, reference: str) -> None:
    """A laptop may know only the tag; what is rendered then names what was given."""
    (tmp_path / "pilotage.yaml").write_text("cpu: 0.25 vCPU\nmemory: 512 MB\nports: [8080]\n")
    document = as_document(ran("render", "--manifest", "pilotage.yaml", "--image", reference, "--format", "json"))
    assert list(document) == ["task_definition", "service", "schedule"]
    image = document["task_definition"]["containerDefinitions"][0]["image"]
    assert image == (f"{ECR}@{DIGEST}" if DIGEST in reference else reference)
    assert document["service"]["serviceName"]
    assert document["schedule"] is None


def test_render_of_periodic_work_has_a_schedule_and_no_service(tmp_path: Path) -> None:
    """One command shows both kinds, and the one that is not there is null, not missing."""
    (tmp_path / "m.yaml").write_text("schedule: {expression: rate(1 hour)}\nplacement: {pattern: periodic}\n")
    document = as_document(ran("render", "--manifest", "m.yaml", "--image", f"{ECR}:v1", "--format", "json"))
    assert document["service"] is None
    assert document["schedule"]["ScheduleExpression"] == "rate(1 hour)"


def test_version_is_told() -> None:
    """A bug report begins with it."""
    result = ran("--version")
    assert result.exit_code == 0
    assert re.fullmatch(r"pilotage \d+\.\d+\.\d+\n", result.stdout)


COMMANDS = [
    *(("demo",), ("build",), ("place",), ("render",), ("plan",), ("status",), ("history",)),
    *(("local", name) for name in ("up", "down", "status", "env")),
    *(("policy", name) for name in ("check", "put")),
    *(("prices", name) for name in ("show", "refresh")),
]


@pytest.mark.parametrize("words", COMMANDS)
def test_help_of_every_command_shows_an_example(words: tuple[str, ...]) -> None:
    """Nobody should have to guess how the options go together."""
    result = ran(*words, "--help")
    assert result.exit_code == 0
    assert re.search(rf"Examples?:\n .*pilotage {' '.join(words)}", result.stdout)
    assert max(map(len, result.stdout.splitlines())) <= 80


@pytest.mark.parametrize("words", [words for words in COMMANDS if words != ("demo",)])
def test_every_command_answers_programs_too(words: tuple[str, ...]) -> None:
    """Each command that answers takes --format json."""
    assert "--format table|json" in ran(*words, "--help").stdout


def test_the_list_of_commands_fits_a_terminal() -> None:
    """A sentence that ends in three dots tells nothing."""
    assert not re.search(r"[a-z]\.\.\.$", ran("--help").stdout, re.MULTILINE)

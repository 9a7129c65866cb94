"""What `make sam-local` makes of its host and of SAM's words; that it works is seen by running it."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from docker.errors import APIError, ImageNotFound
from pilotage.signatures import standard
from pilotage_cli.sam_local import __main__ as command
from pilotage_cli.sam_local import crew, invoke
from pilotage_cli.sam_local.image import RUNTIME, CannotRun, lambda_image
from pilotage_cli.sam_local.invoke import InvokeFailed, with_layer
from pilotage_cli.sam_local.messages import PLAN, RELEASE, SECRETS, signed
from pilotage_cli.sam_local.steps import Steps, Stopped, Told, expect
from pilotage_local.engine import Engine
from typer import Exit

_ROOT = Path(__file__).parents[2]


class Docker:
    """An engine's client with these images; nothing can be pulled."""

    def __init__(self, architecture: str, *present: str) -> None:
        self.images, self._architecture, self._present = self, architecture, present
        self.pulled: list[str] = []

    def info(self) -> dict[str, str]:
        return {"Architecture": self._architecture}

    def get(self, name: str) -> str:
        if name not in self._present:
            raise ImageNotFound(name)
        return name

    def pull(self, repository: str, tag: str) -> None:
        self.pulled.append(f"{repository}:{tag}")
        raise APIError("no route to host")


def _engine(monkeypatch: pytest.MonkeyPatch, docker: Docker | None) -> None:
    monkeypatch.setattr("pilotage_local.engine.find", lambda: docker and Engine(docker, "172.17.0.1"))


@pytest.mark.parametrize(("host", "architecture"), [("x86_64", "x86_64"), ("aarch64", "arm64"), ("arm64", "arm64")])
def test_the_image_is_that_of_the_hosts_processor(
    monkeypatch: pytest.MonkeyPatch, host: str, architecture: str
) -> None:
    """An arm64 function cannot run on an x86 host."""
    name = f"public.ecr.aws/lambda/python:3.13-{architecture}"
    _engine(monkeypatch, Docker(host, name))
    found = lambda_image()
    assert (found.name, found.architecture) == (name, architecture)


def test_without_an_engine_it_says_so_and_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence with the remedy, not a traceback of SAM's."""
    _engine(monkeypatch, None)
    with pytest.raises(CannotRun, match=r"No Docker engine answers.*start it"):
        lambda_image()


def test_without_the_image_it_names_it_and_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host without a way to the public registry can be given the image."""
    docker = Docker("x86_64")
    _engine(monkeypatch, docker)
    with pytest.raises(CannotRun, match=r"lambda/python:3.13-x86_64.*no route to host.*docker pull"):
        lambda_image()
    assert docker.pulled == ["public.ecr.aws/lambda/python:3.13-x86_64"]


def test_what_cannot_run_here_is_no_success(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 3: a build that left something out must not look like one that passed."""
    _engine(monkeypatch, None)
    with pytest.raises(Exit) as ended:
        command.sam_local(check=True)
    assert ended.value.exit_code == 3
    assert "No Docker engine answers" in capsys.readouterr().err


def test_the_image_is_of_the_templates_runtime() -> None:
    """Another runtime in the template needs another image."""
    assert re.search(r"^    Runtime: (\S+)$", (_ROOT / "template.yaml").read_text(), re.MULTILINE)[1] == RUNTIME  # type: ignore[index]


def test_the_layer_is_the_one_that_was_deployed(tmp_path: Path) -> None:
    """SAM makes the image of a layer inside the template anew at every call: ten seconds each."""
    built = tmp_path / "template.yaml"
    built.write_text(yaml.safe_dump({"Globals": {"Function": {"Layers": [{"Ref": "L"}], "Timeout": 60}}}))
    beside = with_layer(built, "arn:layer:1")
    assert beside.parent == tmp_path, "paths in the template are relative to where it lies"
    assert yaml.safe_load(beside.read_text()) == {"Globals": {"Function": {"Layers": ["arn:layer:1"], "Timeout": 60}}}


def _ended(stdout: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    return subprocess.CompletedProcess([], code, stdout, "Invoking\nsomething went wrong\n")


@pytest.mark.parametrize(
    ("stdout", "answer"), [('{"new": true}\n', {"new": True}), ("a line\nnull\n", None), ("[]", [])]
)
def test_the_last_line_is_the_answer(stdout: str, answer: Any) -> None:
    """What a function prints comes before it."""
    assert invoke._answer(_ended(stdout)) == answer


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (_ended('{"errorType": "LeaseLost", "errorMessage": "it is gone"}'), "LeaseLost: it is gone"),
        (_ended("", 1), "sam ended with 1: .*something went wrong"),
        (_ended("Killed"), "no JSON answer but 'Killed'"),
    ],
)
def test_a_failure_of_the_function_is_no_answer(ended: subprocess.CompletedProcess[str], said: str) -> None:
    """`sam local invoke` ends with 0 when the function raised."""
    with pytest.raises(InvokeFailed, match=said):
        invoke._answer(ended)


def test_every_event_is_told_of_in_its_readme() -> None:
    """Which file is what is asked more often than any other question about them."""
    told = set(re.findall(r"^\| `(\w+)\.json`", (_ROOT / "events" / "README.md").read_text(), re.MULTILINE))
    assert told == {path.stem for path in (_ROOT / "events").glob("*.json")}


def test_a_message_is_signed_anew_about_another_release() -> None:
    """A recorded one is refused: it is old, and its release is none of this run's."""
    now = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)
    event = signed("receive_message_decision", now, {RELEASE: "dev-cats-1", PLAN: "0123456789ab"})
    body = json.loads(event["body"])
    assert (body["release"], body["binding"]) == ("dev-cats-1", "0123456789ab")
    standard.verify(event["body"].encode(), event["headers"], [SECRETS["webhooks"]["senders"]["pager"]], now)
    assert json.loads(signed("receive_message_teams", now)["body"])["timestamp"] == "2027-01-02T03:04:04.000Z"


def test_the_first_step_that_goes_wrong_ends_the_story() -> None:
    """Every step needs those before; what was expected is said beside what was found."""
    said: list[Told] = []
    steps = Steps(harbour=None, sam=None, events=_ROOT / "events", say=said.append)  # type: ignore[arg-type]
    with pytest.raises(Stopped):
        steps.do(lambda: expect(kept=False, what="go", found="ask"))
    assert [(each.fine, each.sentence) for each in said] == [(False, "expected go, found ask")]


def test_every_function_of_the_template_is_invoked() -> None:
    """A function that no story calls has never been seen to start in Lambda's own image."""
    template = (_ROOT / "template.yaml").read_text()
    functions = set(re.findall(r"^  (\w+):\n    Type: AWS::Serverless::Function$", template, re.MULTILINE))
    told = "".join(path.read_text() for path in (_ROOT / "cli/pilotage_cli/sam_local").glob("*.py"))
    called = set(re.findall(r'\.(?:step|_follow|_tells|_says)\(\s*"(\w+Function)"', told))
    assert functions == called


def test_containers_reach_the_test_listener_under_another_name() -> None:
    """Loopback is a container's own, and the port stays."""
    policy = json.dumps({"routing": {"web": {"test_url": "http://127.0.0.1:38685", "services": ["cats"]}}})
    seen = json.loads(crew.seen_from_containers(policy, "host.docker.internal"))
    assert seen["routing"]["web"] == {"test_url": "http://host.docker.internal:38685", "services": ["cats"]}

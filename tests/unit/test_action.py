"""action.yml: every step's shell is run, with a `gh` that keeps comments in a file, and no network."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"] if "name" in step}
INTERPRETER = """#!/bin/bash
# The runner's Python: makes an environment whose pip only tells what it was asked for.
if [ "$2" = venv ]; then
  mkdir -p "$3/bin"; cp "$0" "$3/bin/python"
  printf '#!/bin/bash\\nexec %q -c "from pilotage_cli.main import run; run()" "$@"\\n' "$REAL" >"$3/bin/pilotage"
  chmod +x "$3/bin/pilotage"
elif [ "$2" = pip ]; then echo "$@" >>"$RUNNER_TEMP/pip"
else exec "$REAL" "$@"; fi
"""
GH = """#!/usr/bin/env python3
import json, os, sys
words = sys.argv[1:]
store = os.environ["COMMENTS"]
comments = json.load(open(store))
assert words[0] == "api" and os.environ["GH_TOKEN"] == "fake-token"
method = words[words.index("--method") + 1] if "--method" in words else "GET"
path = next(word for word in words if word.startswith("repos/"))
if method == "GET":
    assert path == "repos/cats/page/issues/7/comments?per_page=100", path
    print(json.dumps(comments))
else:
    body = json.load(open(words[words.index("--input") + 1]))["body"]
    if method == "POST":
        assert path == "repos/cats/page/issues/7/comments", path
        comments.append({"id": len(comments) + 1, "user": {"type": "Bot"}, "body": body})
    else:
        (comment,) = [each for each in comments if path == f"repos/cats/page/issues/comments/{each['id']}"]
        comment["body"] = body
    json.dump(comments, open(store, "w"))
"""


class Runner:
    """A GitHub runner as far as the action sees one."""

    def __init__(self, folder: Path, **inputs: str) -> None:
        self.folder, self.temp = folder, folder / "temp"
        tools = folder / "tools"
        for each in (self.temp, tools):
            each.mkdir()
        for name, text in (("python", INTERPRETER), ("gh", GH)):
            (tools / name).write_text(text)
            (tools / name).chmod(0o755)
        self.comments = folder / "comments.json"
        self.comments.write_text("[]")
        self.inputs = {name: str(each.get("default", "")) for name, each in ACTION["inputs"].items()} | inputs
        self.outputs: dict[str, str] = {}
        self.environment = {
            "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(folder),
            "REAL": sys.executable,
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "COMMENTS": str(self.comments),
        }

    def step(self, name: str) -> subprocess.CompletedProcess[str]:
        step = STEPS[name]
        own = {key: self._value(value) for key, value in step.get("env", {}).items()}
        done = subprocess.run(  # noqa: S603 - the scripts are the action's own
            ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.folder, env={**self.environment, **own}, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        written = Path(self.environment["GITHUB_OUTPUT"])
        if written.exists():
            self.outputs = dict(line.split("=", 1) for line in written.read_text().splitlines())
        return done

    def _value(self, written: str) -> str:
        return re.sub(r"\$\{\{ (.+?) \}\}", lambda match: self._expression(match[1]), written)

    def _expression(self, text: str) -> str:
        known = {
            "github.repository": "cats/page",
            "github.event.pull_request.number": "7",
            "inputs.github-token": "fake-token",
            "steps.run.outputs.exit-code": self.outputs.get("exit-code", ""),
            "inputs.command == 'plan' && inputs.image || inputs.manifest": self.inputs["image"]
            if self.inputs["command"] == "plan"
            else self.inputs["manifest"],
        }
        return known[text] if text in known else self.inputs[text.removeprefix("inputs.")]

    def said(self) -> list[str]:
        return [each["body"] for each in json.loads(self.comments.read_text())]


def runner(tmp_path: Path, text: str, **inputs: str) -> Runner:
    made = Runner(tmp_path, **inputs)
    (tmp_path / "pilotage.yaml").write_text(text)
    assert made.step("Install").returncode == 0
    return made


def test_it_installs_from_its_own_checkout(tmp_path: Path) -> None:
    """What a tag of the action names is what runs: nothing is fetched by a floating name."""
    made = runner(tmp_path, "ports: [80]\n")
    assert (made.temp / "pip").read_text().split()[-1] == f"{ROOT}[cli]"


@pytest.mark.parametrize(
    ("manifest", "code", "words"),
    [
        ("ports: [80]\n", 0, "render of pilotage.yaml in prod: renders"),
        ("privileged: true\n", 3, "would be refused"),
        ("portz: [80]\n", 2, "did you mean `ports`?"),
    ],
)
def test_the_verdict_of_a_manifest_is_the_jobs_and_the_pull_requests(
    tmp_path: Path, manifest: str, code: int, words: str
) -> None:
    made = runner(tmp_path, manifest, environment="prod")
    assert made.step("Preview").returncode == 0
    assert made.outputs["exit-code"] == str(code)
    assert made.step("Write the comment").returncode == 0
    assert made.step("Comment").returncode == 0, made.step("Comment").stderr
    assert made.step("Verdict").returncode == code
    (body,) = made.said()
    assert words in body
    assert body in (tmp_path / "summary").read_text()


def test_a_later_run_replaces_the_earlier_comment_and_nobody_elses(tmp_path: Path) -> None:
    """Forty pushes to a branch are one comment; a person who quotes the marker keeps theirs."""
    made = runner(tmp_path, "ports: [80]\n")
    quoted = {"id": 1, "user": {"type": "User"}, "body": "<!-- pilotage:render/pilotage.yaml/ -->\nmine"}
    made.comments.write_text(json.dumps([quoted]))
    for manifest in ("ports: [80]\n", "privileged: true\n"):
        (tmp_path / "pilotage.yaml").write_text(manifest)
        for name in ("Preview", "Write the comment", "Comment"):
            assert made.step(name).returncode == 0
    assert len(made.said()) == 2
    assert made.said()[0] == quoted["body"]
    assert "would be refused" in made.said()[1]


@pytest.mark.parametrize("hostile", ["$(touch pwned)`touch pwned`", '"; touch pwned; "', "--help"])
def test_inputs_never_become_a_part_of_a_script(tmp_path: Path, hostile: str) -> None:
    """A branch's or a file's name may be anybody's."""
    made = runner(tmp_path, "ports: [80]\n", manifest=hostile, environment="dev")
    made.step("Preview")
    made.step("Write the comment")
    assert not (tmp_path / "pwned").exists()
    assert made.outputs["exit-code"] == "2"


def test_no_expression_stands_in_a_script() -> None:
    """GitHub pastes expressions into scripts before a shell sees them ("Security hardening for GitHub Actions")."""
    assert [name for name, step in STEPS.items() if "${{" in step.get("run", "")] == []


def test_a_command_that_it_does_not_know_is_named(tmp_path: Path) -> None:
    made = runner(tmp_path, "ports: [80]\n", command="deploy")
    done = made.step("Preview")
    assert (done.returncode, done.stderr) == (2, "command: 'deploy'. It is render or plan.\n")


def test_every_input_and_output_says_what_it_is() -> None:
    assert [
        name for part in ("inputs", "outputs") for name, each in ACTION[part].items() if not each["description"]
    ] == []
    assert ACTION["runs"]["using"] == "composite"

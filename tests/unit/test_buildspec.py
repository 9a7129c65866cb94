"""`buildspec.yml`, run by a shell as CodeBuild runs it, with a stand-in for the command line."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
from pilotage_cli.commands import build
from ruamel.yaml import YAML

BUILDSPEC = Path(__file__).parents[2] / "buildspec.yml"
# As on the page "Environment variables in build environments".
CODEBUILD = {
    "CODEBUILD_BUILD_ARN": "arn:aws:codebuild:eu-west-1:123456789012:build/cats:b1e6661e-e4f2-4156-9ab9-82a19EXAMPLE",
    "CODEBUILD_RESOLVED_SOURCE_VERSION": "a" * 40,
    "CODEBUILD_SOURCE_REPO_URL": "https://git.example.org/team/cats.git",
    "CODEBUILD_WEBHOOK_HEAD_REF": "refs/heads/main",
    "PILOTAGE_REQUIREMENT": "pilotage[cli] @ https://packages.example.org/pilotage-0.1.0-py3-none-any.whl",
}
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
ALWAYS = ["build", "--all", "--push", "--engine", "docker", "--registry"]


def run_phases(tmp_path: Path, environment: dict[str, str]) -> tuple[int, list[list[str]], str]:
    """Every command of every phase in one shell, as version 0.2 does; what `pilotage` and `python` were called with."""
    spec: Any = YAML(typ="safe", pure=True).load(BUILDSPEC.read_text())
    assert str(spec["version"]) == "0.2"
    commands = [command for phase in spec["phases"].values() for command in phase["commands"]]
    calls = tmp_path / "calls"
    for name in ("pilotage", "python"):
        (tmp_path / name).write_text(f'#!/bin/bash\nprintf "%s\\x1f" {name} "$@" >> {calls}; echo >> {calls}\n')
        (tmp_path / name).chmod(0o755)
    script = "set -e\n" + "\n".join(commands)
    path = f"{tmp_path}:{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S603 - our own buildspec
        ["bash", "-c", script],  # noqa: S607 - CodeBuild's shell
        env={"PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = calls.read_text().splitlines() if calls.exists() else []
    return done.returncode, [line.split("\x1f")[:-1] for line in lines], done.stderr


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param({}, [ECR], id="as CodeBuild gives it"),
        pytest.param(
            {"CODEBUILD_BUILD_ARN": CODEBUILD["CODEBUILD_BUILD_ARN"].replace("arn:aws:", "arn:aws-cn:")},
            [f"{ECR}.cn"],
            id="in China",
        ),
        pytest.param({"PILOTAGE_REGISTRY": "registry.example.org"}, ["registry.example.org"], id="another registry"),
    ],
)
def test_the_build_is_the_hooks_own_with_codebuilds_facts(
    tmp_path: Path, given: dict[str, str], words: list[str]
) -> None:
    """One build step, wherever it runs."""
    code, calls, _ = run_phases(tmp_path, {**CODEBUILD, **given})
    facts = ["--commit", "a" * 40, "--ref", "refs/heads/main", "--source", CODEBUILD["CODEBUILD_SOURCE_REPO_URL"]]
    assert code == 0
    assert calls[-1] == ["pilotage", *ALWAYS, *words, *facts]
    assert calls[0][-1] == CODEBUILD["PILOTAGE_REQUIREMENT"]


def test_a_build_that_no_webhook_started_has_no_ref(tmp_path: Path) -> None:
    """Started by hand, it is tagged by its commit; what the project adds is passed on."""
    given = {name: value for name, value in CODEBUILD.items() if name != "CODEBUILD_WEBHOOK_HEAD_REF"}
    added = {"PILOTAGE_REPOSITORY": "team/cats", "PILOTAGE_BUILD_ARGS": "--build-arg BASE=python:3.13"}
    code, calls, _ = run_phases(tmp_path, {**given, **added})
    assert code == 0
    assert "--ref" not in calls[-1]
    assert calls[-1][-4:] == ["--repository", "team/cats", "--build-arg", "BASE=python:3.13"]


def test_a_project_that_does_not_say_where_the_command_line_is_fails_at_once(tmp_path: Path) -> None:
    """What is installed sees the source: there is no default to fall for."""
    given = {name: value for name, value in CODEBUILD.items() if name != "PILOTAGE_REQUIREMENT"}
    code, calls, told = run_phases(tmp_path, given)
    assert code != 0
    assert calls == []
    assert "PILOTAGE_REQUIREMENT: set it in the CodeBuild project" in told


def test_every_word_that_the_buildspec_says_is_one_that_the_command_knows(tmp_path: Path) -> None:
    """An option that is renamed must not be found out in somebody's pipeline."""
    from pilotage_cli.build.__main__ import _parser  # noqa: PLC0415 - the parser is what is asked here

    _, calls, _ = run_phases(tmp_path, CODEBUILD)
    given = _parser().parse_args(calls[-1][2:])
    assert (given.all, given.push, given.registry, given.ref) == (True, True, ECR, "refs/heads/main")


def test_the_command_line_takes_every_option_that_the_build_gives_it() -> None:
    """The command is a stand-in above, which takes anything; in CodeBuild it is the real one."""
    app = typer.Typer()
    app.command()(build.build)
    known = {opt for parameter in typer.main.get_command(app).params for opt in parameter.opts}
    _, _, called = BUILDSPEC.read_text().partition("pilotage build --all")
    given = set(re.findall(r"(?<![\w-])--[a-z-]+", called))

    assert given >= {"--ref", "--commit", "--registry"}
    assert given <= known

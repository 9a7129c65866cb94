"""The hook of a bare repository, up to the build."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pilotage.errors import BadRequest
from pilotage_cli.build.hook import PushedRef, install_hook, pushed_refs

ZEROS = "0" * 40


def test_tags_are_built_and_branches_only_when_asked_for() -> None:
    """A team that releases by tag does not want an image for every commit; a deleted ref builds nothing."""
    lines = [
        f"{ZEROS} {'a' * 40} refs/tags/v1\n",
        f"{ZEROS} {'b' * 40} refs/heads/main\n",
        f"{'c' * 40} {ZEROS} refs/tags/v0\n",
        f"{ZEROS} {'d' * 40} refs/notes/x\n",
    ]
    tag, branch = PushedRef("a" * 40, "refs/tags/v1"), PushedRef("b" * 40, "refs/heads/main")
    assert list(pushed_refs(lines, branches=False)) == [tag]
    assert list(pushed_refs(lines, branches=True)) == [tag, branch]


def test_a_folder_that_is_no_bare_repository_is_refused(tmp_path: Path) -> None:
    """A hook in the wrong place would never run."""
    with pytest.raises(BadRequest, match="git init --bare"):
        install_hook(tmp_path, "127.0.0.1:1", Path(sys.executable))


def push(tmp_path: Path, dockerfile: str) -> subprocess.CompletedProcess[str]:
    """A git push of a tag, as a team does it, into a repository with the hook."""
    bare, work = tmp_path / "cats.git", tmp_path / "work"
    subprocess.run(["git", "init", "--quiet", "--bare", str(bare)], check=True)  # noqa: S603, S607
    install_hook(bare, "127.0.0.1:1", Path(sys.executable), engine="none")
    work.mkdir()
    (work / "Dockerfile").write_text(dockerfile)
    (work / "pilotage.yaml").write_text("cpu: 256\n")
    who = ["-c", "user.name=Ann Angler", "-c", "user.email=ann@example.org"]
    steps = (["init", "--quiet"], ["add", "."], [*who, "commit", "--quiet", "-m", "one"], ["tag", "v1"])
    for step in steps:
        subprocess.run(["git", "-C", str(work), *step], check=True)  # noqa: S603, S607
    command = ["git", "-C", str(work), "push", str(bare), "v1"]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))  # noqa: S603


def test_a_failed_build_is_told_loudly_to_whoever_pushed(tmp_path: Path) -> None:
    """Git takes the push before the hook runs: only what the hook says tells that nothing is released."""
    done = push(tmp_path, "FROM scratch\nRUN make\n")
    assert "remote: pilotage: building refs/tags/v1" in done.stderr
    assert "the Dockerfile, line 2: 'RUN'" in done.stderr
    assert "BUILD FAILED for refs/tags/v1" in done.stderr
    assert "Traceback" not in done.stderr

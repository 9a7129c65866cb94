"""A git `post-receive` hook that builds and pushes what was just pushed.

The hook is a few lines of shell that call this module by the interpreter that has the command line. git's own variables
(`GIT_DIR` above all) are taken out of the environment, so that the clone that is built is a repository like any other.
What is written here reaches the pusher as `remote:` lines.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pilotage.errors import BadRequest

from pilotage_cli.build.source import HEADS, PUSHER, TAGS

_PUSHER_NAMES = ("GITEA_PUSHER_EMAIL", "GL_USERNAME", "GL_USER")


@dataclass(frozen=True, slots=True)
class PushedRef:
    """One line of what git writes to the hook: `<old> <new> <ref>`."""

    commit: str
    name: str


def install_hook(
    bare_repository: Path,
    registry: str,
    python: Path,
    *,
    repository: str | None = None,
    engine: str = "auto",
    build_args: Mapping[str, str] | None = None,
    branches: bool = False,
) -> Path:
    """Write the hook into a bare repository and return its path; an older one is replaced.

    Every pushed tag is built, and every pushed branch when `branches` says so. `repository` is the ECR repository of
    the root folder (default: the bare repository's name). Raises BadRequest when there is no bare repository.
    """
    hooks = bare_repository / "hooks"
    if not (bare_repository / "HEAD").is_file():
        raise BadRequest("the bare repository", str(bare_repository), "Make it with: git init --bare")
    name = repository or bare_repository.resolve().name.removesuffix(".git").lower()
    words = ["--all", "--push", "--registry", registry, "--repository", name, "--engine", engine]
    words += [word for key, value in (build_args or {}).items() for word in ("--build-arg", f"{key}={value}")]
    command = [str(python), "-m", "pilotage_cli.build.hook", *(("--branches",) if branches else ()), "--", *words]
    hooks.mkdir(exist_ok=True)
    hook = hooks / "post-receive"
    hook.write_text(f"#!/bin/sh\nexec {shlex.join(command)}\n", encoding="utf-8")
    hook.chmod(0o755)
    return hook


def pushed_refs(lines: Iterable[str], *, branches: bool) -> Iterator[PushedRef]:
    """What is to be built of what git says was pushed; deleted refs and refs of other kinds are not."""
    for line in lines:
        _, commit, name = line.split(maxsplit=2)
        kind = (TAGS, HEADS) if branches else (TAGS,)
        if set(commit) != {"0"} and name.startswith(kind):
            yield PushedRef(commit, name.strip())


def receive(bare_repository: Path, refs: Iterable[PushedRef], words: Sequence[str]) -> int:
    """Build every ref; 0, or the exit code of the last build that failed. A failed build does not stop the next."""
    worst = 0
    for ref in refs:
        code = _build(bare_repository, ref, words)
        if code:
            _say(f"BUILD FAILED for {ref.name}: nothing of it is released. The push itself was taken.")
            worst = code
    return worst


def _build(bare_repository: Path, ref: PushedRef, words: Sequence[str]) -> int:
    _say(f"building {ref.name} at {ref.commit[:12]}")
    with TemporaryDirectory(prefix="pilotage-build-") as folder:
        environment = {**_without_git(os.environ), PUSHER: _pusher(os.environ)}
        _git(environment, "clone", "--quiet", "--shared", "--no-checkout", str(bare_repository), folder)
        _git(environment, "-C", folder, "checkout", "--quiet", "--detach", ref.commit)
        command = [sys.executable, "-m", "pilotage_cli.build", folder, "--ref", ref.name, *words]
        return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603 - a list, no shell


def _git(environment: Mapping[str, str], *arguments: str) -> None:
    subprocess.run(["git", *arguments], env=environment, check=True)  # noqa: S603, S607 - a list, git of the PATH


def _pusher(environment: Mapping[str, str]) -> str:
    """Whom the git server knows as the one who pushes, in the words of Gitea, GitLab and Gitolite. The server's own
    identity would say nothing.
    """
    return next((environment[name] for name in _PUSHER_NAMES if environment.get(name)), "")


def _without_git(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith("GIT_")}


def _say(line: str) -> None:
    print(f"pilotage: {line}", file=sys.stderr, flush=True)  # noqa: T201 - git carries it to the pusher


def main(arguments: Sequence[str]) -> int:
    """The hook itself: git runs it inside the bare repository, with the refs on standard input."""
    split = arguments.index("--")
    refs = pushed_refs(sys.stdin, branches="--branches" in arguments[:split])
    try:
        return receive(Path.cwd(), list(refs), arguments[split + 1 :])
    except subprocess.CalledProcessError as error:
        _say(f"BUILD FAILED: git ended with {error.returncode}")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The team's side: a git repository with a bare remote, whose post-receive hook runs the build step."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from pilotage_local.children import child

from pilotage_cli.build.hook import install_hook
from pilotage_cli.trouble import WentWrong

# Nobody's git configuration counts here, and nobody's is touched.
_GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "pusher",
    "GIT_AUTHOR_EMAIL": "pusher@example.com",
    "GIT_COMMITTER_NAME": "pusher",
    "GIT_COMMITTER_EMAIL": "pusher@example.com",
}


class PushFailed(WentWrong):
    """`git push` did not go through, or its hook did not; the message holds what they said."""


class Workshop:
    """`clone` is where the team works; what it pushes arrives in the bare repository, and its hook builds."""

    def __init__(self, folder: Path, source: Path, environment: Mapping[str, str]) -> None:
        scratch = folder / "tmp"  # what a build that is cut short leaves behind stays in here
        self._environment = {**environment, **_GIT, "TMPDIR": str(scratch)}
        self._source = source
        self._bare, self.clone = folder / "cats.git", folder / "cats"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(
            source, self.clone, ignore=shutil.ignore_patterns("versions", "naps", "portraits", "__pycache__")
        )
        scratch.mkdir()
        self._git("init", "--quiet", "--bare", str(self._bare), cwd=folder)
        self._git("init", "--quiet", "--initial-branch=main")
        self._git("remote", "add", "origin", str(self._bare))

    def hook(self, registry: str, engine: str, build_args: Mapping[str, str]) -> None:
        install_hook(
            self._bare, registry, Path(sys.executable), repository="cats", engine=engine, build_args=build_args
        )

    def commit(self, message: str, *, patch: str | None = None, folder: str | None = None) -> None:
        """Commit the clone as it stands, after applying `versions/<patch>.patch` or adding a folder of the example."""
        if patch is not None:
            self._git("apply", str(self._source / "versions" / f"{patch}.patch"))
        if folder is not None:
            shutil.copytree(self._source / folder, self.clone / folder, ignore=shutil.ignore_patterns("__pycache__"))
        self._git("add", "--all")
        self._git("commit", "--quiet", "--allow-empty", "--message", message)

    def back_to(self, tag: str) -> None:
        """Go on from where a tag stands."""
        self._git("checkout", "--quiet", "--detach", tag)

    def push(self, tag: str, say: Callable[[str], None]) -> None:
        """`git push origin TAG`, its `remote:` lines told as they come. Raises PushFailed."""
        self._git("tag", "--force", tag)
        self._push(tag, say)

    def push_again(self, tag: str, say: Callable[[str], None]) -> None:
        """Push a tag that was pushed before, from the commit it stands on."""
        self._git("push", "--quiet", "origin", f":refs/tags/{tag}")
        self._push(tag, say)

    def _push(self, tag: str, say: Callable[[str], None]) -> None:
        told: list[str] = []
        with child(
            ["git", "push", "--progress", "origin", f"refs/tags/{tag}"],
            cwd=self.clone,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            for line in process.stdout or ():
                word = line.strip().removeprefix("remote:").strip()
                told.append(word)
                if line.startswith("remote:") and word:
                    say(word)
            process.wait()
        failed = any("BUILD FAILED" in word for word in told)
        if process.returncode or failed:
            said = "\n  ".join(word for word in told if word)
            raise PushFailed(f"git push of {tag} failed; it said:\n  {said}")

    def _git(self, *arguments: str, cwd: Path | None = None) -> None:
        ended = subprocess.run(  # noqa: S603 - a list, no shell
            ["git", *arguments],  # noqa: S607 - git of the PATH
            cwd=cwd or self.clone,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            raise PushFailed(f"git {arguments[0]}: {ended.stderr.strip()}")

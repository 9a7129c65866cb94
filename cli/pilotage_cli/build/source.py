"""The commit that a folder was built from.

An image is named after the last commit that touched its folder, not after the branch's head: what did not change stays
the same image, and its release ends as NO_CHANGE.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pilotage.errors import BadRequest

from pilotage_cli.build.units import DOCKERFILE

_CREDENTIALS = re.compile(r"(?<=://)[^/@]*@")
_REMOTE = re.compile(r"^(?:(?:https?|ssh|git)://|[\w.-]+@[\w.-]+:)")
TAGS, HEADS = "refs/tags/", "refs/heads/"
# The committer of every merge that somebody clicks at GitHub, which is nobody.
_NOBODY = "noreply@github.com"
_FIELDS = "%H%x00%cI%x00%ae%x00%ce"


PUSHER = "PILOTAGE_PUSHER"  # the environment variable


@dataclass(frozen=True, slots=True)
class Source:
    """`created` is the commit's own date in RFC 3339, so that the same commit makes the same image at any hour.

    `authors` are the e-mail addresses of who wrote and who committed it, by commas. `dirty` says that the folder holds
    changes that no commit has.
    """

    commit: str | None = None
    created: str | None = None
    authors: str | None = None
    url: str | None = None
    dirty: bool = False


def read_source(folder: Path, commit: str | None, url: str | None) -> Source:
    """What git knows of `folder` at `commit` (default: HEAD). Without git or a repository: what was given.

    Raises BadRequest when the repository does not know `commit`.
    """
    if _git(folder, "rev-parse", "--verify", "--quiet", "HEAD") is None:
        return Source(commit=commit, url=_public(url))
    known = _git(folder, "log", "-1", f"--format={_FIELDS}", commit or "HEAD", "--", ".")
    if known is None:
        raise BadRequest("the commit", commit, "This git repository does not know it: give one that it does, or none.")
    if not known:
        return Source(commit=commit, url=_public(url), dirty=True)
    found, created, *people = known.split("\0")
    authors = ", ".join(dict.fromkeys(each.replace(",", "") for each in people if each != _NOBODY))
    remote = url or _git(folder, "config", "--get", "remote.origin.url")
    dirty = bool(_git(folder, "status", "--porcelain", "--", "."))
    return Source(found, created, authors, _public(remote), dirty)


def pusher(folder: Path) -> str | None:
    """Who pushed: what PILOTAGE_PUSHER says ("": nobody knows); in CodeBuild `actor:` and the id of the account at the
    git host; elsewhere whoever builds here, by the address that git signs commits with. None for a build in CodeBuild
    that somebody started by hand.

    Source: "Environment variables in build environments", CodeBuild User Guide.
    """
    if PUSHER in os.environ:
        return os.environ[PUSHER].replace(",", "").strip() or None
    if "CODEBUILD_BUILD_ID" in os.environ:
        account = os.environ.get("CODEBUILD_WEBHOOK_ACTOR_ACCOUNT_ID", "").replace(",", "")
        return f"actor:{account}" if account else None
    return (_git(folder, "config", "--get", "user.email") or "").replace(",", "") or None


def head(folder: Path, commit: str | None) -> str | None:
    """The full id of `commit`, or of HEAD when none is given; without git, what was given."""
    return _git(folder, "rev-parse", "--verify", "--quiet", f"{commit or 'HEAD'}^{{commit}}") or commit


def folder_of(ref: str | None, checkout: Path) -> str:
    """The folder that a git tag such as `naps/v1` is about; "" for what is about the whole repository."""
    folder = (ref or "").removeprefix(TAGS).rpartition("/")[0]
    is_tag = ref is not None and ref.startswith(TAGS)
    return folder if is_tag and folder and (checkout / folder / DOCKERFILE).is_file() else ""


def tag_of(ref: str | None, commit: str | None, folder: str = "") -> str:
    """What an image of this ref is tagged with: a git tag keeps its name, without the folder that it is about; a branch
    gets its commit behind it, because it moves. `/` is no part of an image's tag. Without a ref it is the commit,
    without that `latest`.
    """
    short = commit[:12] if commit else "latest"
    if not ref:
        return short
    if ref.startswith(TAGS):
        return ref.removeprefix(TAGS).removeprefix(f"{folder}/").replace("/", "-")
    return f"{ref.removeprefix(HEADS).replace('/', '-')}-{short}"


def repository_name(folder: Path) -> str:
    """The git repository's name: of its remote, else of its top folder; without git, the folder's own name."""
    remote = _git(folder, "config", "--get", "remote.origin.url")
    top = _git(folder, "rev-parse", "--show-toplevel")
    path = remote or top or str(folder.resolve())
    return path.rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1].removesuffix(".git").lower()


def _public(url: str | None) -> str | None:
    """The address without what may be a credential; None for a path of this machine, which means nothing elsewhere."""
    if url is None or not _REMOTE.match(url):
        return None
    return _CREDENTIALS.sub("", url)


def _git(folder: Path, *arguments: str) -> str | None:
    """What git answers; None when it refuses, or when there is no git."""
    try:
        done = subprocess.run(  # noqa: S603 - a list of arguments, no shell
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - git of the caller's PATH
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None

"""What was asked of a build, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Engine(StrEnum):
    """`auto` takes the Docker engine, and does without only where the image is whole without one."""

    AUTO = "auto"
    DOCKER = "docker"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class BuildOptions:
    """`registry` is `host[:port]`, with `http://` or `https://` in front where the scheme is not the usual one.

    `repository` defaults to the git repository's name, `commit` to HEAD. `tags` defaults to what `ref`
    (`refs/tags/v1`, `refs/heads/main`) is called as a tag, and without one to the commit. `every` builds each folder
    below `directory` that has a manifest, or the one that `ref` is about (`naps/v1`). `build_args` are a Dockerfile's
    ARGs.
    """

    directory: Path
    repository: str | None = None
    registry: str | None = None
    tags: tuple[str, ...] = ()
    ref: str | None = None
    push: bool = False
    every: bool = False
    engine: Engine = Engine.AUTO
    platforms: tuple[str, ...] = ()
    commit: str | None = None
    source: str | None = None
    version: str | None = None
    build_args: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Built:
    """One image. `digest` is None when an engine built it and nothing was pushed: only a registry gives it one.

    `image` is the reference to run it by: by digest where there is one. `manifest` is the document of its
    `pilotage.yaml`, None without one. `complete` is False when the base image is recorded and not carried.
    """

    repository: str
    tags: tuple[str, ...]
    digest: str | None
    image: str
    manifest: Mapping[str, Any] | None
    complete: bool = True

    @property
    def tag(self) -> str:
        return self.tags[0]

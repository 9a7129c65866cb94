"""One image to make, with all that its makers need to know, and what a maker is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Order:
    """`host` is the registry's, None without one; `platforms` empty is the maker's own; `created` is RFC 3339."""

    folder: Path
    host: str | None
    repository: str
    tags: tuple[str, ...]
    labels: Mapping[str, str]
    build_args: Mapping[str, str]
    platforms: tuple[str, ...]
    created: str | None
    manifest: Mapping[str, Any] | None

    @property
    def place(self) -> str:
        """The reference without tag or digest."""
        return f"{self.host}/{self.repository}" if self.host else self.repository

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"{self.place}:{tag}" for tag in self.tags)


@dataclass(frozen=True, slots=True)
class Made:
    """`digest` None: an engine keeps the image, and only a registry would give it one. `complete` as in `Built`."""

    digest: str | None
    complete: bool = True


class Maker(Protocol):
    """With an engine, or without one."""

    def make(self, order: Order) -> Made:
        """Raises BadImage."""

    def check(self, order: Order) -> None:
        """What can be known before anything is made. Raises NotFound (no such repository) and BadImage."""

    def push(self, order: Order) -> str:
        """Push what was made; the digest that the registry knows it by. Raises NotFound (no such repository),
        BadImage, BadRequest, AccessDenied and Unavailable.
        """

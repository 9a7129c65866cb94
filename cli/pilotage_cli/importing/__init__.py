"""Files of other tools, and live services, as a manifest of Pilotage. Pure: files and AWS are read by the commands.

A file is read into `Original`: what its owner would send to ECS. `manifest_of` turns that into a manifest, a typed part
and `overrides` for the rest, and `check` renders it and compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Left:
    """What could not be carried over. `path`: where it stands in the file that was read."""

    path: str
    value: object
    why: str


@dataclass(frozen=True, slots=True)
class Imported:
    """A manifest, with the policy under which it renders to what was imported.

    `manifest`: as in pilotage.yaml; its `service` is always said. `policy`: a whole policy document, as `read_policy`
    takes it; of what a policy may allow it allows what this manifest needs, and no more. `notes`: sentences about
    decisions that were taken on the way.
    """

    manifest: Mapping[str, Any]
    policy: Mapping[str, Any]
    left: tuple[Left, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def service(self) -> str:
        return str(self.manifest["service"])

"""Where one chat runs, as it says itself in a file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

WORKSPACE = "workspace.json"
LINKS = "links.json"
_PLACE = "place.json"


@dataclass(frozen=True, slots=True)
class Place:
    port: int
    pid: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def write(self, folder: Path) -> None:
        draft = folder / f"{_PLACE}.new"
        draft.write_text(json.dumps(asdict(self)))
        draft.replace(folder / _PLACE)

    def forget(self, folder: Path) -> None:
        (folder / _PLACE).unlink(missing_ok=True)


def read_place(folder: Path) -> Place | None:
    try:
        return Place(**json.loads((folder / _PLACE).read_text()))
    except FileNotFoundError:
        return None

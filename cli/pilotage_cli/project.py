"""The checkout that this command runs from: the template, the examples and the embedded AWS belong to it."""

from __future__ import annotations

import sys
from pathlib import Path

from pilotage.errors import BadRequest


def command() -> str:
    """How a shell would call this command again from here."""
    called = Path(sys.argv[0])
    return str(called) if called.name == "pilotage" else "pilotage"


def root() -> Path:
    """Raises BadRequest when the command was installed without its checkout."""
    found = Path(__file__).resolve().parents[2]
    if not (found / "template.yaml").is_file():
        raise BadRequest("checkout", str(found), "This command needs the project's checkout: clone it, `make setup`.")
    return found

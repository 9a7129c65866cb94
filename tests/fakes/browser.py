"""A Chromium for the tests that look at a page: Debian's, or whichever is named or found."""

from __future__ import annotations

import os
import shutil
from functools import cache

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@cache
def find() -> str | None:
    """PILOTAGE_CHROMIUM, or the first of the usual names on PATH."""
    named = os.environ.get("PILOTAGE_CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, _NAMES)), None)


_NAMES = ("chromium", "chromium-browser", "google-chrome")

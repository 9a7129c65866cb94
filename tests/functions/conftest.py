"""The real handlers, in a world of fakes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from fakes.harbour import Harbour
from fakes.lambdas import Functions, world_of
from pilotage import bootstrap
from pilotage.telemetry import logger

_FUNCTIONS = Path(__file__).parents[2] / "functions"


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> Iterator[Functions]:
    world = world_of(harbour := Harbour())
    # Imported first: a module that is imported under the patch would keep the fake.
    modules = [import_module(path.stem) for path in sorted(_FUNCTIONS.glob("*.py"))]
    for module in (bootstrap, *modules):
        if hasattr(module, "world"):  # the others look when they run
            monkeypatch.setattr(module, "world", lambda: world)
    written = io.StringIO()
    before = logger.registered_handler.setStream(written)  # type: ignore[attr-defined]
    yield Functions(harbour, written)
    logger.registered_handler.setStream(before)  # type: ignore[attr-defined]

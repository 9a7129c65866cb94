"""What every test may rely on: tests that need a Docker engine or a browser run where there is one, and the header
says so.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest
from fakes import browser
from hypothesis import HealthCheck, settings

# A shell that runs the tests in the background has them ignore SIGINT, and what they start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
# Nor do tests depend on the terminal that they were started from: rich reads some of these once, when it is imported.
for _name in ("COLUMNS", "LINES", "TERM", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
    os.environ.pop(_name, None)

# The same examples at every run, so that what landed stays landed; `make soak` draws new ones.
settings.register_profile("steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("drawn", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@cache
def _engine_answers() -> bool:
    from pilotage_local import engine  # noqa: PLC0415 - most runs of single tests never ask

    found = engine.find()
    if found is not None:
        found.client.close()
    return found is not None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Sockets stay open for tests of the embedded AWS and of pages; tests of real containers need an engine, those of
    pages a browser.
    """
    for item in items:
        if item.get_closest_marker("embedded") or item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.enable_socket)
    items.sort(key=lambda item: _turn(item.nodeid))
    for marker, is_there in _NEEDS.items():
        wanted = [item for item in items if item.get_closest_marker(marker)]
        if wanted and not is_there():
            config.hook.pytest_deselected(items=wanted)
            items[:] = [item for item in items if item not in wanted]


def _browser_found() -> bool:
    return browser.find() is not None


_NEEDS: dict[str, Callable[[], bool]] = {"docker": _engine_answers, "browser": _browser_found}


# Seconds of the longest rooms on two quiet cores; --durations says them.
_LONG: Mapping[str, int] = {
    "e2e": 130,
    "contract/test_verify_run.py": 65,
    "properties/test_schedules.py": 55,
    "contract/test_embedded_ecs.py": 20,
    "contract/test_build_registry.py": 20,
    "properties/test_approvals.py": 16,
    "browser/test_chat_page.py": 16,
    "functions/test_functions_openapi.py": 15,
    "unit/test_plan_properties.py": 15,
    "unit/test_receive_message_fuzz.py": 15,
    "properties/test_stepper.py": 13,
    "unit/test_signatures_oracles.py": 12,
    "contract": 10,
    "properties": 8,
    "unit/test_replay.py": 8,
    "unit/test_cold_start_imports.py": 8,
    "unit/test_clients.py": 8,
}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Rooms, each on one worker. xdist's own groups write theirs into a test's id, which pytest 9.2 no longer takes."""
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - runs without workers need none

    class Rooms(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return _room(nodeid)

    return Rooms(config, log)


def _room(nodeid: str) -> str:
    """Tests of one room share a worker, and so what it costs to set the room up: one file, or all of tests/e2e."""
    path = nodeid.partition("::")[0].removeprefix("tests/")
    return "e2e" if path.startswith("e2e/") else path


def _turn(nodeid: str) -> int:
    """The longest rooms first, so that no worker ends with one while the others are idle. (xdist would begin with those
    of the most tests: `--no-loadscope-reorder` in pyproject.toml.)
    """
    room = _room(nodeid)
    return -_LONG.get(room, _LONG.get(room.partition("/")[0], 0))


def pytest_report_header() -> str:
    return f"{_about_docker()}\n{_about_browser()}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Quiet runs print no header: what was left out must be seen all the same."""
    if terminalreporter.verbosity >= 0 or not terminalreporter.stats.get("deselected"):
        return
    for is_there, about in ((_engine_answers, _about_docker), (_browser_found, _about_browser)):
        if not is_there():
            terminalreporter.write_line(about())


def _about_docker() -> str:
    said = "an engine answers" if _engine_answers() else "no engine answers; tests marked `docker` are left out"
    return f"docker: {said}"


def _about_browser() -> str:
    return f"browser: {browser.find() or 'none found; tests marked `browser` are left out'}"

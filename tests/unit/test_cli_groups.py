"""What a terminal shows of a plan of several services."""

from __future__ import annotations

import pytest
from fakes.group import PAIR, Fleet
from fakes.harbour import Harbour
from pilotage_cli.commands.plan import _show


def test_a_plan_of_several_services_names_each_in_its_order(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever approves it reads what goes first, what changes, and where each goes back to."""
    harbour = Harbour()
    Fleet.push(harbour, "v1", PAIR).sail()
    fleet = Fleet.push(harbour, "v2", {**PAIR, "services": {"web": {"count": 3}, "worker": {}}})
    _show(fleet.whole.request, fleet.whole.prepare(), None)
    shown = capsys.readouterr().out
    assert "one after another" in shown
    assert shown.index("1. cats-web (service)") < shown.index("2. cats-worker (service)")
    assert "if another fails" in shown
    assert "web: " in shown

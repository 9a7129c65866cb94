"""The windows of a policy during which nothing is released, as stops."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fnmatch import fnmatchcase

from pilotage.deciding import Window
from pilotage.spans import open_span, span_of
from pilotage.stops import Scope, Stop, StopKind
from pilotage.target import Target

OWNER = "policy"


def windows_in_force(windows: Sequence[Window], target: Target, now: datetime) -> tuple[Stop, ...]:
    """One stop for each window that is open now for this target.

    `until` is the same for all: the moment at which none is open any more, also none that begins meanwhile, so that
    who waits until then waits once. `since` is when the window itself opened.
    """
    ours = [window for window in windows if any(fnmatchcase(target.service, each) for each in window.services)]
    whole = open_span(ours, now)
    if whole is None:
        return ()
    return tuple(
        Stop(StopKind.WINDOW, _scope(window, target), window.reason, OWNER, span.start, whole.end)
        for window in ours
        if (span := span_of(window, now))
    )


def _scope(window: Window, target: Target) -> Scope:
    return Scope(target.environment, None if "*" in window.services else target.service)

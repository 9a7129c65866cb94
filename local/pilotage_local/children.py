"""Child processes that never outlive the work that they were started for, whatever ends it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from typing import Any

_GRACE_SECONDS = 3.0
_LOOK_SECONDS = 0.02


class DidNotStart(Exception):
    """A server or a deployment ended before it was done; the message holds the end of its log."""


@contextlib.contextmanager
def child(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A child that the block may wait for: `process.wait()`. Options are those of Popen.

    The child has a session of its own, so that Ctrl-C in a terminal reaches this process alone, which then ends the
    child with everything that it started. A child that still runs at the end of the block is ended, too.
    """
    with subprocess.Popen(command, start_new_session=True, text=True, **options) as process:  # noqa: S603 - a list, no shell
        try:
            yield process
        finally:
            if process.poll() is None:
                end_session(process)


def end_session(process: subprocess.Popen[Any]) -> None:
    """Ask a child and its children to end, and insist after three seconds."""
    kill_session(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE_SECONDS
    while time.monotonic() < deadline and (process.poll() is None or _lives(process.pid)):
        time.sleep(_LOOK_SECONDS)
    kill_session(process.pid, signal.SIGKILL)
    process.wait()


def kill_session(leader: int, number: signal.Signals) -> None:
    """Send a signal to all that the leader of a session started; nothing happens when none is left."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS refuses where only zombies are left
        os.killpg(leader, number)


def _lives(leader: int) -> bool:
    try:
        os.killpg(leader, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True

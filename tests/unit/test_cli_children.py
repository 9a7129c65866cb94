"""Child processes end with the work that they were started for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pilotage_local.children import child

# A child that starts a grandchild which would sleep for an hour, and tells its pid.
FAMILY = """
import subprocess, sys
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
print(grandchild.pid, flush=True)
grandchild.wait()
"""


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")  # a zombie that nobody has collected yet is no process any more
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


class Interrupted:
    """Work that Ctrl-C meets in the middle."""

    grandchild = 0

    def __call__(self) -> None:
        with child([sys.executable, "-c", FAMILY], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            self.grandchild = int(process.stdout.readline())
            assert lives(self.grandchild)
            raise KeyboardInterrupt


def test_ctrl_c_ends_a_child_with_all_that_it_started() -> None:
    """Ctrl-C during `git push` or `sam deploy` must leave no build, and no server, behind."""
    interrupted = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not lives(interrupted.grandchild)


def test_a_child_that_ended_is_left_alone() -> None:
    """Its exit code is its own."""
    with child([sys.executable, "-c", "raise SystemExit(7)"]) as process:
        process.wait()
    assert process.returncode == 7

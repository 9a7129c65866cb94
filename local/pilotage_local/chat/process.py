"""Starts, finds and ends the chat's process. Its files lie in the folder `chat` of the state directory."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from pilotage_local.chat.place import LINKS, WORKSPACE, Place, read_place
from pilotage_local.chat.workspace import Links, Workspace, example_workspace, from_json, to_json, write_links
from pilotage_local.children import DidNotStart, kill_session
from pilotage_local.place import runs

_START_SECONDS = 20.0
_STOP_SECONDS = 5.0
_LOOK_SECONDS = 0.05
_LOG = "chat.log"
_children: dict[int, subprocess.Popen[bytes]] = {}  # by pid: whoever starts a chat collects it, too


@dataclass(frozen=True, slots=True)
class Chat:
    """`url` is the page for people; `api_url` is the base URL for an application (slack_sdk's `base_url`)."""

    url: str
    workspace: Workspace
    pid: int

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"


def start(
    state_dir: Path, port: int | None = None, workspace: Workspace | None = None, *, bridge: bool = False
) -> Chat:
    """Start it, or find the one that runs there. It outlives this process; `stop` ends it.

    `workspace`: by default an example with secrets drawn anew. `bridge`: functions in containers reach its API, at the
    same port of the Docker bridge. Raises DidNotStart.
    """
    running = status(state_dir)
    if running is not None:
        return running
    folder = state_dir / "chat"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, mode=0o700)
    (folder / WORKSPACE).touch(mode=0o600)
    (folder / WORKSPACE).write_text(to_json(workspace or example_workspace()))
    command = [sys.executable, "-m", "pilotage_local.chat.server", str(folder), "--port", str(port or 0)]
    with (folder / _LOG).open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own module
            [*command, *(["--bridge"] if bridge else [])],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in a terminal is for the caller, who calls `stop`
        )
    _children[process.pid] = process
    return _ready(process, state_dir)


def status(state_dir: Path) -> Chat | None:
    """The one that runs there; None when there is none."""
    folder = state_dir / "chat"
    place = read_place(folder)
    if place is None or not runs(place.pid):
        return None
    return Chat(place.url, from_json((folder / WORKSPACE).read_text()), place.pid)


def link(state_dir: Path, links: Links | None) -> None:
    """Tell the chat where the application listens; None: nowhere. It takes effect with the next click."""
    file = state_dir / "chat" / LINKS
    if links is None:
        file.unlink(missing_ok=True)
    else:
        write_links(file, links)


def stop(state_dir: Path) -> bool:
    """End it; False when there was nothing to end. What was said and its secrets are gone. Safe to call twice."""
    folder = state_dir / "chat"
    place = read_place(folder)
    if place is not None and runs(place.pid):
        os.kill(place.pid, signal.SIGTERM)
        _wait_for_end(place)
        _collect(place.pid)
    shutil.rmtree(folder, ignore_errors=True)
    return place is not None


def _ready(process: subprocess.Popen[bytes], state_dir: Path) -> Chat:
    running = None
    try:
        deadline = time.monotonic() + _START_SECONDS
        while running is None and time.monotonic() < deadline and process.poll() is None:
            time.sleep(_LOOK_SECONDS)
            running = status(state_dir)
    finally:
        if running is None:  # also after Ctrl-C: nobody would know of it
            kill_session(process.pid, signal.SIGKILL)
            _collect(process.pid)
    if running is None:
        log = state_dir / "chat" / _LOG
        end = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
        raise DidNotStart(f"the local chat did not start; {log} ends with:\n{end}")
    return running


def _wait_for_end(place: Place) -> None:
    deadline = time.monotonic() + _STOP_SECONDS
    while runs(place.pid):
        if time.monotonic() > deadline:
            os.kill(place.pid, signal.SIGKILL)
            return
        time.sleep(_LOOK_SECONDS)


def _collect(pid: int) -> None:
    child = _children.pop(pid, None)
    if child is not None:
        child.wait()

"""Starts, finds and ends the embedded AWS.

Nothing here reads or writes the user's AWS configuration: child processes get an environment without it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config

from pilotage_local import chat
from pilotage_local import engine as docker_engine
from pilotage_local.children import DidNotStart, kill_session
from pilotage_local.place import REGION, is_alive, place_file, read
from pilotage_local.place import Place as Running

__all__ = [
    "LOG",
    "DidNotStart",
    "Running",
    "child_environment",
    "client",
    "down",
    "environment",
    "log_tail",
    "status",
    "up",
]

_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
_LOOK_SECONDS = 0.05
LOG = "server.log"
_TAIL_LINES = 20
_children: dict[int, subprocess.Popen[bytes]] = {}  # by pid: whoever starts a server collects it, too


def up(
    state_dir: Path, port: int | None = None, containers: str = "auto", *, bridge: bool = False, minute: float = 60.0
) -> Running:
    """Start it, or find the one that runs. It outlives this process; `down` ends it.

    `containers`: `auto` (real ones where a Docker engine answers) or `simulated`. `bridge`: containers that others
    start reach it also where its own tasks are simulated. `minute`: seconds that a minute of bakes, steps and alarms
    lasts; one that runs keeps its own. Raises DidNotStart.
    """
    running = status(state_dir)
    if running is not None:
        return running
    state_dir.mkdir(parents=True, exist_ok=True)
    place_file(state_dir).unlink(missing_ok=True)
    command = [sys.executable, "-m", "pilotage_local.server", "--state-dir", str(state_dir), "--port", str(port or 0)]
    with (state_dir / LOG).open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own module
            [*command, "--containers", containers, "--minute", f"{minute:g}", *(["--bridge"] if bridge else [])],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in a terminal is for the caller, who calls `down`
        )
    _children[process.pid] = process
    running = None
    try:
        running = _ready(process, state_dir)
    finally:
        if running is None:  # also after Ctrl-C: nobody would know of it
            kill_session(process.pid, signal.SIGKILL)
            _collect(process.pid)
    if running is None:
        raise DidNotStart(f"the embedded AWS did not start; {state_dir / LOG} ends with:\n{log_tail(state_dir)}")
    return running


def _ready(process: subprocess.Popen[bytes], state_dir: Path) -> Running | None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        running = read(state_dir)
        if running is not None:
            return running
        time.sleep(_LOOK_SECONDS)
    return None


def status(state_dir: Path) -> Running | None:
    """The one that runs there; None when there is none (a file that a killed one left behind does not count)."""
    running = read(state_dir)
    return running if running is not None and is_alive(running) else None


def down(state_dir: Path) -> bool:
    """End it, with its containers, workers, the images that were built for it and the chat beside it; False when there
    was nothing to end. Safe to call twice.
    """
    chatted = chat.stop(state_dir)
    known = read(state_dir)
    if known is None:
        return chatted
    if is_alive(known):
        os.kill(known.pid, signal.SIGTERM)
        _wait_for_end(known)
        kill_session(known.pid, signal.SIGKILL)  # workers of a server that could not end them itself
    _collect(known.pid)
    engine = docker_engine.find() if known.containers == "docker" else None
    if engine is not None:
        docker_engine.remove_containers(engine, known.instance)
        docker_engine.remove_images(engine, known.registry)
    place_file(state_dir).unlink(missing_ok=True)
    return True


def environment(endpoint: str, region: str = REGION) -> dict[str, str]:
    """The variables by which SDKs and the SAM CLI reach the embedded AWS, and nothing else."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "embedded",
        "AWS_SECRET_ACCESS_KEY": "embedded",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAM_CLI_TELEMETRY": "0",
    }


def child_environment(endpoint: str) -> dict[str, str]:
    """The environment of this process for a child, with the user's AWS settings taken out and `environment` put in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    tools = str(Path(sys.executable).parent)
    return {**kept, "PATH": f"{tools}{os.pathsep}{kept.get('PATH', os.defpath)}", **environment(endpoint)}


def client(service: str, endpoint: str) -> Any:
    """A botocore client of the embedded AWS."""
    return botocore.session.get_session().create_client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="embedded",
        aws_secret_access_key="embedded",  # noqa: S106 - the embedded AWS asks for none
        config=Config(retries={"mode": "standard"}, s3={"addressing_style": "path"}),
    )


def _wait_for_end(known: Running) -> None:
    deadline = time.monotonic() + _STOP_SECONDS
    while is_alive(known):
        if time.monotonic() > deadline:
            os.kill(known.pid, signal.SIGKILL)
            return
        time.sleep(_LOOK_SECONDS)


def _collect(pid: int) -> None:
    child = _children.pop(pid, None)
    if child is not None:
        child.wait()


def log_tail(state_dir: Path) -> str:
    """The end of the server's log."""
    return "\n".join((state_dir / LOG).read_text(errors="replace").splitlines()[-_TAIL_LINES:])

"""Starts, finds and ends the embedded AWS, and deploys to it with the real SAM CLI.

Nothing here reads or writes the user's AWS configuration: child processes get an environment without it.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import botocore.session
from botocore.config import Config

from pilotage_local import chat
from pilotage_local import engine as docker_engine
from pilotage_local.children import DidNotStart, child, kill_session
from pilotage_local.place import REGION, is_alive, place_file, read
from pilotage_local.place import Place as Running

__all__ = [
    "LOG",
    "DidNotStart",
    "Running",
    "building",
    "child_environment",
    "client",
    "deploy",
    "deploy_built",
    "down",
    "environment",
    "log_tail",
    "sam",
    "status",
    "up",
]

_START_SECONDS = 30.0
_STOP_SECONDS = 10.0
_LOOK_SECONDS = 0.05
LOG = "server.log"
_TAIL_LINES = 20
_children: dict[int, subprocess.Popen[bytes]] = {}  # by pid: whoever starts a server collects it, too


def up(state_dir: Path, port: int | None = None, containers: str = "auto", *, bridge: bool = False) -> Running:
    """Start it, or find the one that runs. It outlives this process; `down` ends it.

    `containers`: `auto` (real ones where a Docker engine answers) or `simulated`. `bridge`: containers that others
    start reach it also where its own tasks are simulated. Raises DidNotStart.
    """
    running = status(state_dir)
    if running is not None:
        return running
    state_dir.mkdir(parents=True, exist_ok=True)
    place_file(state_dir).unlink(missing_ok=True)
    command = [sys.executable, "-m", "pilotage_local.server", "--state-dir", str(state_dir), "--port", str(port or 0)]
    with (state_dir / LOG).open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own module
            [*command, "--containers", containers, *(["--bridge"] if bridge else [])],
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


def deploy(
    endpoint: str, template: Path, build_dir: Path, parameters: Mapping[str, str] | None = None
) -> dict[str, str]:
    """`sam build` and `sam deploy --config-env embedded` of `template`; the stack's outputs. Raises DidNotStart."""
    with building(endpoint, template, build_dir):
        pass
    return deploy_built(endpoint, template, build_dir, parameters)


@contextmanager
def building(endpoint: str, template: Path, build_dir: Path) -> Iterator[None]:
    """`sam build` goes on beside the block, and has ended after it. What did not change since the last build in this
    place is taken from there. Raises DidNotStart.
    """
    options = ("--template-file", str(template), "--build-dir", str(build_dir))
    cache = ("--cached", "--cache-dir", str(build_dir.parent / f"{build_dir.name}-cache"))
    with _sam(endpoint, template.parent, "build", *options, *cache) as process:
        yield
        _ended(process, "build")


def deploy_built(
    endpoint: str, template: Path, build_dir: Path, parameters: Mapping[str, str] | None = None
) -> dict[str, str]:
    """`sam deploy --config-env embedded` of what was built; the stack's outputs.

    `parameters` come on top of those of samconfig.toml's section `embedded` (the command line replaces the file's, as a
    whole) and of the EndpointUrl by which the functions reach the embedded AWS. Raises DidNotStart.
    """
    project = template.parent
    section = tomllib.loads((project / "samconfig.toml").read_text())["embedded"]["deploy"]["parameters"]
    written = dict(pair.split("=", 1) for pair in shlex.split(section.get("parameter_overrides", "")))
    overrides = {**written, "EndpointUrl": endpoint, **(parameters or {})}
    sam(
        endpoint,
        project,
        "deploy",
        *("--template-file", str(build_dir / "template.yaml")),
        *("--config-file", str(project / "samconfig.toml"), "--config-env", "embedded"),
        *("--no-confirm-changeset", "--no-fail-on-empty-changeset", "--parameter-overrides"),
        *(f"{name}={value}" for name, value in sorted(overrides.items())),
    )
    described = client("cloudformation", endpoint).describe_stacks(StackName=section["stack_name"])
    return {output["OutputKey"]: output["OutputValue"] for output in described["Stacks"][0].get("Outputs", [])}


def sam(endpoint: str, project: Path, *arguments: str) -> None:
    """Run the SAM CLI of this environment in `project`. Raises DidNotStart with the end of what it said."""
    with _sam(endpoint, project, *arguments) as process:
        _ended(process, arguments[0])


@contextmanager
def _sam(endpoint: str, project: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The SAM CLI, running. What it says goes to a file: nobody reads along, and a pipe would fill up."""
    with (
        TemporaryFile("w+", encoding="utf-8", errors="replace") as said,
        child(
            [str(Path(sys.executable).parent / "sam"), *arguments],
            cwd=project,
            env=child_environment(endpoint),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        process.stdout = said
        yield process


def _ended(process: subprocess.Popen[str], verb: str) -> None:
    code = process.wait()
    if code and process.stdout is not None:
        process.stdout.seek(0)
        lines = process.stdout.read().splitlines()[-_TAIL_LINES:]
        raise DidNotStart(f"`sam {verb}` failed with {code}:\n" + "\n".join(lines))


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

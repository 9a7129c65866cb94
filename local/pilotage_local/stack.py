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
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config

from pilotage_local import engine as docker_engine
from pilotage_local.place import REGION, is_alive, place_file, read
from pilotage_local.place import Place as Running

__all__ = [
    "DidNotStart",
    "Running",
    "child_environment",
    "client",
    "deploy",
    "down",
    "environment",
    "sam",
    "status",
    "up",
]

_START_SECONDS = 30.0
_STOP_SECONDS = 20.0
_LOOK_SECONDS = 0.05
_LOG = "server.log"
_TAIL_LINES = 20
_children: dict[int, subprocess.Popen[bytes]] = {}  # by pid: whoever starts a server collects it, too


class DidNotStart(Exception):
    """The server or the deployment ended before it was done; the message holds the end of its log."""


def up(state_dir: Path, port: int | None = None, containers: str = "auto") -> Running:
    """Start it, or find the one that runs. It outlives this process; `down` ends it.

    `containers`: `auto` (real ones where a Docker engine answers) or `simulated`. Raises DidNotStart.
    """
    running = status(state_dir)
    if running is not None:
        return running
    state_dir.mkdir(parents=True, exist_ok=True)
    place_file(state_dir).unlink(missing_ok=True)
    command = [sys.executable, "-m", "pilotage_local.server", "--state-dir", str(state_dir), "--port", str(port or 0)]
    with (state_dir / _LOG).open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own module
            [*command, "--containers", containers],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in a terminal is for the caller, who calls `down`
        )
    _children[process.pid] = process
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        running = read(state_dir)
        if running is not None:
            return running
        time.sleep(_LOOK_SECONDS)
    process.kill()
    _collect(process.pid)
    raise DidNotStart(f"the embedded AWS did not start; {state_dir / _LOG} ends with:\n{_tail(state_dir)}")


def status(state_dir: Path) -> Running | None:
    """The one that runs there; None when there is none (a file that a killed one left behind does not count)."""
    running = read(state_dir)
    return running if running is not None and is_alive(running) else None


def down(state_dir: Path) -> bool:
    """End it, with its containers and workers; False when there was nothing to end. Safe to call twice."""
    known = read(state_dir)
    if known is None:
        return False
    if is_alive(known):
        os.kill(known.pid, signal.SIGTERM)
        _wait_for_end(known)
    _collect(known.pid)
    engine = docker_engine.find() if known.containers == "docker" else None
    if engine is not None:
        docker_engine.remove_containers(engine, known.instance)
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
    """`sam build` and `sam deploy --config-env embedded` of `template`; the stack's outputs.

    `parameters` come on top of those of samconfig.toml's section `embedded` (the command line replaces the file's, as a
    whole) and of the EndpointUrl by which the functions reach the embedded AWS. Raises DidNotStart.
    """
    project = template.parent
    section = tomllib.loads((project / "samconfig.toml").read_text())["embedded"]["deploy"]["parameters"]
    written = dict(pair.split("=", 1) for pair in shlex.split(section.get("parameter_overrides", "")))
    overrides = {**written, "EndpointUrl": endpoint, **(parameters or {})}
    built = build_dir / "template.yaml"
    sam(endpoint, project, "build", "--template-file", str(template), "--build-dir", str(build_dir))
    sam(
        endpoint,
        project,
        "deploy",
        *("--template-file", str(built)),
        *("--config-file", str(project / "samconfig.toml"), "--config-env", "embedded"),
        *("--no-confirm-changeset", "--no-fail-on-empty-changeset", "--parameter-overrides"),
        *(f"{name}={value}" for name, value in sorted(overrides.items())),
    )
    described = client("cloudformation", endpoint).describe_stacks(StackName=section["stack_name"])
    return {output["OutputKey"]: output["OutputValue"] for output in described["Stacks"][0].get("Outputs", [])}


def sam(endpoint: str, project: Path, *arguments: str) -> None:
    """Run the SAM CLI of this environment in `project`. Raises DidNotStart with the end of what it said."""
    ended = subprocess.run(  # noqa: S603 - the SAM CLI of this environment
        [str(Path(sys.executable).parent / "sam"), *arguments],
        cwd=project,
        env=child_environment(endpoint),
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        lines = (ended.stdout + ended.stderr).splitlines()[-_TAIL_LINES:]
        raise DidNotStart(f"`sam {arguments[0]}` failed with {ended.returncode}:\n" + "\n".join(lines))


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


def _tail(state_dir: Path) -> str:
    return "\n".join((state_dir / _LOG).read_text(errors="replace").splitlines()[-_TAIL_LINES:])

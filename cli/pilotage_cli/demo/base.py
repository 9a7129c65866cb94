"""Which base image the cats are built on, and with it whether the containers can be real."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field

from pilotage_local import engine

# The Dockerfile's own default first, then what a machine without a way to it may have. Any with a python3 will do.
_PUBLIC = "public.ecr.aws/docker/library/python:3.13-slim"
_OTHERS = ("python:3.13-slim", "python:3-slim", "debian:bookworm-minbase")
_PULL_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Chosen:
    """`sentence` tells the audience what is real."""

    containers: str  # "auto" or "simulated"
    sentence: str
    build_args: Mapping[str, str] = field(default_factory=dict)


def choose(containers: str) -> Chosen:
    """`PILOTAGE_DEMO_BASE` names a base image of one's own."""
    simulated = "images are built and pushed over the registry protocol all the same; their tasks are simulated."
    if containers == "simulated":
        return Chosen("simulated", f"As asked: {simulated}")
    if engine.find() is None:
        return Chosen("simulated", f"No Docker engine answers: {simulated}")
    base = next((each for each in _candidates() if _present(each)), None) or _pulled()
    if base is None:
        return Chosen("simulated", f"A Docker engine answers, but no base image can be had: {simulated}")
    real = f"A Docker engine answers: the containers are real, built on {base}."
    return Chosen("auto", real, {"BASE": base})


def _candidates() -> tuple[str, ...]:
    named = os.environ.get("PILOTAGE_DEMO_BASE")
    return (named,) if named else (_PUBLIC, *_OTHERS)


def _present(image: str) -> bool:
    return _docker("image", "inspect", image)


def _pulled() -> str | None:
    first = _candidates()[0]
    return first if _docker("pull", "--quiet", first) else None


def _docker(*arguments: str) -> bool:
    try:
        ended = subprocess.run(  # noqa: S603 - a list, no shell
            ["docker", *arguments],  # noqa: S607 - docker of the PATH
            capture_output=True,
            timeout=_PULL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ended.returncode == 0

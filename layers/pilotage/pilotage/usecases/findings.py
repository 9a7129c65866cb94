"""What the reconciler found and did in one run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pilotage.errors import PilotageError


@dataclass(slots=True)
class Findings:
    """What it did, for its log. `problems`: what could not be looked at, each with its sentence."""

    released: list[str] = field(default_factory=list)
    concluded: list[str] = field(default_factory=list)
    woken: list[str] = field(default_factory=list)
    verified: list[str] = field(default_factory=list)
    deregistered: list[str] = field(default_factory=list)  # revisions of task definitions
    removed: list[str] = field(default_factory=list)  # names of alarms
    problems: list[str] = field(default_factory=list)


@contextmanager
def noted(findings: Findings, thing: str) -> Iterator[None]:
    """What goes wrong with one thing is written down, and the next one is looked at."""
    try:
        yield
    except PilotageError as error:
        findings.problems.append(f"{thing}: {error}")

"""The release state machine as the template deploys it: its JSON, with the substitutions filled in."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

ASL_FILE = Path(__file__).parents[2] / "statemachines" / "release.asl.json"
TABLE = "pilotage-table"
FUNCTIONS = (
    "PrepareReleaseFunction",
    "AwaitPeopleFunction",
    "AwaitTurnFunction",
    "RollOutMemberFunction",
    "MigrateReleaseFunction",
    "ApplyReleaseFunction",
    "FollowRolloutFunction",
    "ConcludeReleaseFunction",
)


def function_arn(logical_id: str) -> str:
    return f"arn:aws:lambda:us-east-1:123456789012:function:{logical_id}"


def definition_text() -> str:
    """What CloudFormation makes of the file: every `${Name}` replaced. A KeyError names a substitution that is new."""
    values = {"Partition": "aws", "Table": TABLE, **{name: function_arn(name) for name in FUNCTIONS}}
    return re.sub(r"\$\{(\w+)\}", lambda found: values[found.group(1)], ASL_FILE.read_text())


def states() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(definition_text())["States"]
    return found


def edges() -> set[tuple[str, str]]:
    """Every way from one state to another that the file draws: Next, Default, Choices and Catch."""
    drawn = set()
    for name, state in states().items():
        ways = [state, *state.get("Choices", []), *state.get("Catch", [])]
        drawn |= {(name, way[key]) for way in ways for key in ("Next", "Default") if key in way}
    return drawn


def retried_errors() -> set[tuple[str, str]]:
    """(state, error) for every error name in every Retry."""
    return {
        (name, error)
        for name, state in states().items()
        for retrier in state.get("Retry", [])
        for error in retrier["ErrorEquals"]
    }


def catches() -> set[tuple[str, str, str]]:
    """(state, error name as the Catch writes it, where it goes)."""
    return {
        (name, error, catcher["Next"])
        for name, state in states().items()
        for catcher in state.get("Catch", [])
        for error in catcher["ErrorEquals"]
    }

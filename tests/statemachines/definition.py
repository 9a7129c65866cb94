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
    """All of them, those inside a Map as well: names are the machine's own."""
    outer: dict[str, dict[str, Any]] = json.loads(definition_text())["States"]
    return outer | {name: state for each in outer.values() for name, state in inner_states(each).items()}


def inner_states(state: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Those that a Map runs for each of its items."""
    found: dict[str, dict[str, Any]] = state.get("Iterator", {}).get("States", {})
    return found


def edges() -> set[tuple[str, str]]:
    """Every way from one state to another that the file draws: Next, Default, Choices and Catch; into a Map and out of
    it. A Map of nothing goes straight on.
    """
    drawn = set()
    for name, state in states().items():
        if state["Type"] == "Map":
            ends = {inner for inner, each in inner_states(state).items() if each.get("End")}
            drawn |= {(name, state["Iterator"]["StartAt"])} | {(inner, state["Next"]) for inner in ends}
        ways = [state, *state.get("Choices", []), *state.get("Catch", [])]
        drawn |= {(name, way[key]) for way in ways for key in ("Next", "Default") if key in way}
    return drawn


def between_items() -> set[tuple[str, str]]:
    """From one item of a Map to the next, in whatever order they come to their ends."""
    maps = [state for state in states().values() if state["Type"] == "Map"]
    return {(each, other) for state in maps for each in inner_states(state) for other in inner_states(state)}


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

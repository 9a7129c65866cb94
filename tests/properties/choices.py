"""Which way a Choice state goes, and what a Fail state says (States Language, "Choice State", "Fail State")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from properties.payloads import evaluated


def chosen(state: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    return next((str(choice["Next"]) for choice in state["Choices"] if _holds(choice, document)), str(state["Default"]))


def _holds(rule: Mapping[str, Any], document: Mapping[str, Any]) -> bool:
    if "And" in rule:
        return all(_holds(each, document) for each in rule["And"])
    wanted = rule["StringEquals"] if "StringEquals" in rule else rule["BooleanEquals"]
    return bool(evaluated(rule["Variable"], document, {}) == wanted)


def told(state: Mapping[str, Any], key: str, document: Mapping[str, Any]) -> str:
    path = state.get(f"{key}Path")
    return str(evaluated(path, document, {}) if path else state[key])

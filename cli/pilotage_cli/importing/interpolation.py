r"""`${NAME}` in a file of another tool: filled in where the value is known, listed where it is not.

Copilot takes `${NAME}` only, and `\${` for a dollar as such ("Environment variables" in its manifest overview);
Compose has defaults and more beside it (Compose specification, "Interpolation").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pilotage_cli.importing.sections import Ledger

_COPILOT = re.compile(r"(?P<escaped>\\\$\{)|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)\}")
_COMPOSE = re.compile(
    r"(?P<escaped>\$\$)|\$(?:(?P<bare>[A-Za-z_][A-Za-z0-9_]*)|\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"(?:(?P<how>:?[-?+])(?P<word>(?:[^{}]|\$\{[^{}]*\})*))?\})"
)
# What the pushed image was made of, or called: it is told, and nothing of it is carried.
_COPILOT_IMAGE = re.compile(r"image\.(build|location)\b.*")
_COMPOSE_IMAGE = re.compile(r"(services\.)?[^.]+\.(build|image)\b.*")
_LINES = frozenset({"command", "entrypoint", "test"})
_WHY = "Nobody said what {names} is: give it with `--set NAME=VALUE`, or write the value."


class Unknown(Exception):
    """A variable that has no value and no default."""


def fill(document: Any, variables: Mapping[str, str], ledger: Ledger) -> Any:
    """Copilot's variables. A value with one that is not known is taken out of its map and listed."""
    return _walk(document, "", _Filling(lambda text: _copilot(text, variables), _COPILOT_IMAGE, ledger))


def fill_compose(document: Any, variables: Mapping[str, str], ledger: Ledger) -> Any:
    """Compose's variables. The same."""
    return _walk(document, "", _Filling(lambda text: compose_text(text, variables), _COMPOSE_IMAGE, ledger))


def is_open(text: str) -> bool:
    """Whether a text of a Compose file has a variable that nobody filled in."""
    return any(match["bare"] or match["name"] for match in _COMPOSE.finditer(text))


def compose_text(text: str, variables: Mapping[str, str]) -> str:
    """Raises Unknown."""

    def value(match: re.Match[str]) -> str:
        if match["escaped"]:
            return "$"
        name, how, word = match["bare"] or match["name"], match["how"], match["word"] or ""
        given = variables.get(name)
        there = given is not None and (bool(given) or not (how or "").startswith(":"))
        if how and how.endswith("+"):
            return compose_text(word, variables) if there else ""
        if given is not None and there:
            return given
        if how and how.endswith("-"):
            return compose_text(word, variables)
        raise Unknown(name)

    return _COMPOSE.sub(value, text)


def _copilot(text: str, variables: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        if match["escaped"]:
            return "${"
        if match["name"] not in variables:
            raise Unknown(match["name"])
        return variables[match["name"]]

    return _COPILOT.sub(value, text)


_GONE = object()


@dataclass(frozen=True, slots=True)
class _Filling:
    """`stays`: the paths whose texts may stay as they are."""

    read: Callable[[str], str]
    stays: re.Pattern[str]
    ledger: Ledger


def _walk(value: Any, path: str, how: _Filling) -> Any:
    if isinstance(value, str):
        try:
            return how.read(value)
        except Unknown as unknown:
            if how.stays.fullmatch(path):
                return value
            how.ledger.leave(path, value, _WHY.format(names=unknown))
            return _GONE
    if isinstance(value, Mapping):
        below = {key: _walk(each, f"{path}.{key}" if path else str(key), how) for key, each in value.items()}
        return {key: each for key, each in below.items() if each is not _GONE}
    if isinstance(value, list):
        filled = [_walk(each, f"{path}[{index}]", how) for index, each in enumerate(value)]
        return _whole(path, value, [each for each in filled if each is not _GONE], how.ledger)
    return value


def _whole(path: str, value: list[Any], filled: list[Any], ledger: Ledger) -> Any:
    """A command that lost a word would be another command: all of it goes."""
    if len(filled) == len(value) or path.rsplit(".", 1)[-1] not in _LINES:
        return filled
    ledger.leave(path, value, "A word of it is not known, and the rest would be another command.")
    return _GONE

"""A file of another tool, read key by key: what nobody read is listed, so that nothing is dropped in silence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from pilotage.errors import BadRequest

from pilotage_cli.importing import Left

Kind = TypeVar("Kind")

UNKNOWN = "Pilotage has no field for it: see `overrides` in docs/manifest.md, or do without."
_WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", list: "a list", dict: "a map"}


@dataclass(slots=True)
class Ledger:
    """What comes up while a file is read. `file` stands in errors; no value of a variable ever stands in `left`."""

    file: str
    left: list[Left] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def leave(self, path: str, value: object, why: str) -> None:
        self.left.append(Left(path, value, why))

    def settled(self) -> tuple[Left, ...]:
        """What is left, without the parts of what is left whole."""
        paths = {each.path for each in self.left}
        return tuple(each for each in self.left if paths.isdisjoint(_above(each.path)))

    def note(self, sentence: str) -> None:
        if sentence not in self.notes:
            self.notes.append(sentence)

    def wrong(self, path: str, value: object, remedy: str) -> BadRequest:
        return BadRequest(f"{self.file}, {path}" if path else self.file, value, remedy)


def _above(path: str) -> Iterator[str]:
    """`a.b[0].c` has a.b[0], a.b and a above it."""
    for index in range(1, len(path)):
        if path[index] in ".[":
            yield path[:index]


@dataclass(slots=True)
class Section:
    """A map of the file. Every key is taken, or left with a reason; `close` leaves the rest."""

    document: Mapping[str, Any]
    path: str
    ledger: Ledger
    _read: set[str] = field(default_factory=set)

    def at(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def peek(self, key: str) -> Any:
        return self.document.get(key)

    def has(self, key: str) -> bool:
        return self.document.get(key) is not None

    def raw(self, key: str) -> Any:
        """The value, whatever it is; None where there is none."""
        self._read.add(key)
        return self.document.get(key)

    def take(self, key: str, kind: type[Kind]) -> Kind | None:
        """The value, when it is of that kind; None where there is none. Raises BadRequest for another kind.

        A number written as a text is a number, and a number where a text is due its text, as YAML tools have it.
        """
        value = self.raw(key)
        if value is None:
            return None
        read = of_kind(value, kind)
        if read is None:
            raise self.ledger.wrong(self.at(key), value, f"It has to be {_WORDS[kind]}.")
        return read

    def texts(self, key: str) -> list[str]:
        """A list of texts; [] where there is none."""
        items = self.take(key, list) or []
        for index, each in enumerate(items):
            if isinstance(each, (dict, list)) or each is None:
                raise self.ledger.wrong(f"{self.at(key)}[{index}]", each, "It has to be a text.")
        return [text_of(each) for each in items]

    def section(self, key: str) -> Section | None:
        """The map below the key; None where there is none."""
        below = self.take(key, dict)
        return None if below is None else Section(keyed(below), self.at(key), self.ledger)

    def inside(self, key: str) -> Section:
        """The map below the key; an empty one where there is none."""
        return self.section(key) or Section({}, self.at(key), self.ledger)

    def sections(self, key: str) -> Iterator[tuple[str, Section]]:
        """The maps below a map, by name; one that is empty in YAML is an empty map."""
        below = self.inside(key)
        for name in below.document:
            yield name, below.inside(name)

    def items(self, key: str) -> Iterator[Section]:
        """The maps of a list."""
        for index, each in enumerate(self.take(key, list) or []):
            where = f"{self.at(key)}[{index}]"
            if not isinstance(each, dict):
                raise self.ledger.wrong(where, each, "It has to be a map.")
            yield Section(keyed(each), where, self.ledger)

    def leave(self, key: str, why: str) -> None:
        """List it, when it is there."""
        if self.has(key):
            self.ledger.leave(self.at(key), self.document[key], why)
        self._read.add(key)

    def leave_all(self, why: str, *keys: str) -> None:
        for key in keys:
            self.leave(key, why)

    def close(self, why: str = UNKNOWN) -> None:
        """List what nobody has read."""
        for key in self.document:
            if key not in self._read:
                self.leave(key, why)


def keyed(document: Mapping[Any, Any]) -> dict[str, Any]:
    """The same with texts as keys: YAML reads `80:` as a number."""
    return {text_of(key): value for key, value in document.items()}


def of_kind(value: object, kind: type[Kind]) -> Kind | None:
    if kind is str:
        return cast("Kind", text_of(value)) if isinstance(value, (str, int, float, bool)) else None
    if kind in (int, float) and (isinstance(value, bool) or not isinstance(value, (int, float, str))):
        return None
    if kind is int:
        return cast("Kind | None", _whole(value))
    if kind is float:
        return cast("Kind | None", _number(value))
    return value if isinstance(value, kind) else None


def text_of(value: object) -> str:
    """A scalar as the other tool would have written it into the environment."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _whole(value: object) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number == int(number) else None


def _number(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if abs(number) < 1e15 else None  # noqa: PLR2004 - neither infinite nor beyond what is exact

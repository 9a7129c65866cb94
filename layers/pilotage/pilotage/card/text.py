"""Texts that others wrote, made safe to show: one line, every character visible, and an end."""

from __future__ import annotations

from collections.abc import Iterable

_ELLIPSIS = "\u2026"


def tidy(value: object, most: int) -> str:
    """One line of at most `most` characters. What does not print (line ends, terminal escapes, text directions,
    zero-width characters, lone surrogates) is shown as its escape, as `errors.shown` does.
    """
    text = str(value)[: most + 1]  # escapes only ever lengthen it
    return cut("".join(each if each.isprintable() else _escape(each) for each in text), most)


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + _ELLIPSIS


def few(lines: Iterable[str], most: int) -> tuple[str, ...]:
    """The first `most` lines, and how many more there are."""
    every = tuple(lines)
    return every if len(every) <= most else (*every[:most], more(len(every) - most))


def more(count: int) -> str:
    return f"and {count} more"


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode()

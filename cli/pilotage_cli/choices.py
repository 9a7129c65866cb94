"""Options that take one word of a closed set: a wrong word is answered with the right ones, the nearest first."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

import typer
from pilotage.errors import shown
from pilotage.names import choices, nearest

Word = TypeVar("Word", bound=StrEnum)


def one_of(words: type[Word]) -> Callable[[str], Word]:
    """A parser for typer. It raises typer.BadParameter, which ends in exit code 2."""

    def read(text: str) -> Word:
        for word in words:
            if word.value == text:
                return word
        guess = nearest(text, [word.value for word in words])
        meant = f"did you mean {guess}? " if guess else ""
        raise typer.BadParameter(f"{shown(text)} is unknown: {meant}It can be {choices([w.value for w in words])}.")

    return read


def metavar(words: type[StrEnum]) -> str:
    return "|".join(word.value for word in words)

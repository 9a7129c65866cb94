"""How each call of the surveyor ends: with what was seen, with nothing, or with the reason why it was not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from pilotage.aws.errors import translated
from pilotage.errors import AccessDenied, NotFound, PilotageError
from pilotage.verifying.things import Thing, Unseen

T = TypeVar("T", bound=Thing[object])
Seen = Mapping[Thing[object], object]


def asked(
    right: str, things: Sequence[T], ask: Callable[[Sequence[T]], Mapping[T, object]], gone: Sequence[str] = ()
) -> dict[Thing[object], object]:
    """`ask` is one call, or several, for all `things`; what it leaves out is not there. `right` is IAM's name of it.

    `gone`: codes that mean that one of the things does not exist. Many of AWS's lists answer nothing at all then, so
    each is asked for by itself.
    """
    if not things:
        return {}
    try:
        with translated(right, dict.fromkeys(gone, NotFound)):
            answers = ask(things)
            return {thing: answers.get(thing) for thing in things}
    except NotFound:
        if len(things) == 1:
            return {things[0]: None}
        return {thing: seen for one in things for thing, seen in asked(right, [one], ask, gone).items()}
    except AccessDenied:
        return dict.fromkeys(things, Unseen(f"{right} is not allowed", right))
    except PilotageError as error:
        return dict.fromkeys(things, Unseen(str(error).rstrip(".")))


def one_by_one(
    right: str, things: Sequence[T], ask: Callable[[T], object], gone: Sequence[str] = ()
) -> dict[Thing[object], object]:
    """`ask` is a call for one thing; None: it is not there."""
    found: dict[Thing[object], object] = {}
    for thing in things:
        found |= asked(right, [thing], lambda some: {each: ask(each) for each in some}, gone)
    return found


def of_kind(things: Sequence[Thing[object]], kind: type[T]) -> list[T]:
    return [thing for thing in things if isinstance(thing, kind)]

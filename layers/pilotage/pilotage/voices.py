"""How many voices a group has heard: one a person, and one a seat, whether its member speaks or the stand-in."""

from __future__ import annotations

from collections.abc import Collection, Mapping


def voices(
    members: Collection[str], delegates: Mapping[str, str], people: Collection[str], silenced: Collection[str] = ()
) -> int:
    """So many of `people` speak here. `delegates`: absent -> stand-in. `silenced`: whose seats are empty.

    A member speaks from their own seat. Whoever is none speaks from the seat of a member who named them, unless that
    member speaks too: the absent and the stand-in are one voice.
    """
    return sum(1 for person in set(people) if seat(person, members, delegates, people, silenced) is not None)


def seat(
    person: str,
    members: Collection[str],
    delegates: Mapping[str, str],
    people: Collection[str] = (),
    silenced: Collection[str] = (),
) -> str | None:
    """Whose seat `person` speaks from, while `people` speak as well; None: from none."""
    open_seats = set(members) - set(silenced)
    if person in members:
        return person if person in open_seats else None
    named_by = sorted(absent for absent, stand_in in delegates.items() if stand_in == person)
    return next((absent for absent in named_by if absent in open_seats and absent not in people), None)

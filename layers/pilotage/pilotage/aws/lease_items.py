"""What a LEASE item says: its owner, the one that waits, and those who have still to be told to leave."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pilotage.aws import keys
from pilotage.aws.keys import Place
from pilotage.aws.table import Expression, Item, Value
from pilotage.document import canonical, from_document
from pilotage.ports import Contender, Lease
from pilotage.target import Target


@dataclass(frozen=True, slots=True)
class Leaver:
    """One that lost the next place and has not been told yet.

    Kept as one text in a set, so that two writers can add and take away at the same time.
    """

    contender: Contender
    displaced_by: str  # an execution

    @property
    def text(self) -> str:
        return canonical(self)


def lease(item: Item) -> Lease | None:
    owner = contender(keys.OWNER, item)
    return None if owner is None else Lease(target_of(item), owner, contender(keys.NEXT, item))


def target_of(item: Item) -> Target:
    _, environment, service = item["pk"].split("#", 2)
    return Target(environment, service)


def contender(place: Place, item: Item) -> Contender | None:
    if place.execution not in item:
        return None
    pushed_at = datetime.fromisoformat(item[place.pushed_at])
    return Contender(item[place.execution], item[place.release], pushed_at, item.get(place.token))


def attributes(place: Place, who: Contender) -> Mapping[str, Value | None]:
    """`pushed_at` stands as the request's document has it, because the state machine copies it from there."""
    return {
        place.execution: who.execution,
        place.release: who.release_id,
        place.pushed_at: who.pushed_at.isoformat(),
        place.token: who.task_token,
    }


def leavers(item: Item) -> Sequence[Leaver]:
    return [from_document(Leaver, json.loads(text)) for text in sorted(item.get(keys.LEAVING, ()))]


def unchanged(item: Item) -> Expression:
    """The same owner, the same one that waits, and by the same token: what every decision rests on."""
    parts, values = [], {}
    for name in (keys.OWNER.execution, keys.NEXT.execution, keys.NEXT.token):
        if name in item:
            parts.append(f"#{name} = :was_{name}")
            values[f"was_{name}"] = item[name]
        else:
            parts.append(f"attribute_not_exists(#{name})")
    return Expression(" AND ".join(parts), values)

"""The right to change one service, and the one next place behind it, in one item a target.

Every change is one conditional write against what was read just before: the owner, the one that waits, and its token.
Whoever finds them changed looks again, a bounded number of times. What has to be done after a write, such as resuming
the new owner, stays written in the item until it is reported as done.
"""

from __future__ import annotations

from collections.abc import Sequence

from pilotage.aws import keys
from pilotage.aws.keys import HANDED_BY, LEAVING, NEXT, OWNER
from pilotage.aws.lease_items import Leaver, attributes, contender, lease, leavers, target_of, unchanged
from pilotage.aws.table import Item, Table, setting, when
from pilotage.errors import LeaseLost, Throttled
from pilotage.ports import Contender, Lease
from pilotage.target import Target

ATTEMPTS = 10
ALONE = f"attribute_not_exists(#{OWNER.execution}) AND attribute_not_exists(#{LEAVING})"


class TableLeases:
    """The port `Leases`."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def holder(self, target: Target) -> Lease | None:
        return lease(self._look(target))

    def acquire(self, target: Target, me: Contender) -> bool:
        indexed = {keys.INDEX_PK: keys.LEASES, keys.INDEX_SK: str(target)}
        free = when(f"attribute_not_exists(#{OWNER.execution}) OR #{OWNER.execution} = :me", me=me.execution)
        return self._table.update(keys.lease(target), setting({**attributes(OWNER, me), **indexed}), free) is not None

    def park(self, target: Target, me: Contender, behind: str) -> Contender | None:
        for _ in range(ATTEMPTS):
            item = self._look(target)
            if item.get(OWNER.execution) != behind:
                raise LeaseLost(f"{target}: its lease is no longer with {behind}.")
            waiting = contender(NEXT, item)
            if waiting is not None and waiting.execution == me.execution:
                waiting = None
            if waiting is not None and not me.newer_than(waiting):
                return me
            after = self._take_place(target, item, me, waiting)
            if after is not None:
                return next((each.contender for each in leavers(after) if each.displaced_by == me.execution), None)
        raise _contended(target)

    def hand_over(self, target: Target, owner: str) -> Contender | None:
        for _ in range(ATTEMPTS):
            item = self._look(target)
            if item.get(OWNER.execution) != owner:
                return self._leave(target, item, owner)
            waiting = contender(NEXT, item)
            if waiting is not None and self._own(target, item, waiting, handed_by=owner):
                return waiting
            if waiting is None and self._free(target, item):
                return None
        raise _contended(target)

    def resumed(self, target: Target, execution: str) -> None:
        forget = setting({}, remove=(OWNER.token, HANDED_BY))
        self._table.update(keys.lease(target), forget, when(f"#{OWNER.execution} = :me", me=execution))

    def told(self, target: Target, execution: str) -> None:
        self._forget_leaver(target, self._look(target), execution)

    def held(self) -> Sequence[Lease]:
        found = (lease(item) for item in self._table.indexed(keys.LEASES))
        return [each for each in found if each is not None]

    def leaving(self) -> Sequence[tuple[Target, Contender]]:
        items = self._table.indexed(keys.LEASES)
        return [(target_of(item), each.contender) for item in items for each in leavers(item)]

    def _look(self, target: Target) -> Item:
        return self._table.get(keys.lease(target)) or {}

    def _own(self, target: Target, item: Item, new: Contender, handed_by: str) -> bool:
        """Make `new` the owner in place of the one in `item`. Somebody else who waits goes on waiting."""
        values = {**attributes(OWNER, new), HANDED_BY: handed_by}
        gone = [name for name, value in values.items() if value is None]
        if item.get(NEXT.execution) == new.execution:
            gone += NEXT
        return self._table.update(keys.lease(target), setting(values, remove=gone), unchanged(item)) is not None

    def _free(self, target: Target, item: Item) -> bool:
        """Nobody owns it any more. The item goes, unless somebody has still to be told to leave."""
        key, condition = keys.lease(target), unchanged(item)
        if leavers(item):
            return self._table.update(key, setting({}, remove=(*OWNER, HANDED_BY)), condition) is not None
        return self._table.delete(
            key, when(f"{condition.text} AND attribute_not_exists(#{LEAVING})", **condition.values)
        )

    def _leave(self, target: Target, item: Item, execution: str) -> Contender | None:
        """`execution`, which is not the owner, comes to its end. Whom it had made the owner and not resumed, if so."""
        if item.get(NEXT.execution) == execution:
            self._withdraw(target, execution)
        self._forget_leaver(target, item, execution)
        unfinished = item.get(HANDED_BY) == execution and OWNER.token in item
        return contender(OWNER, item) if unfinished else None

    def _withdraw(self, target: Target, execution: str) -> None:
        leave = setting({}, remove=NEXT)
        self._table.update(keys.lease(target), leave, when(f"#{NEXT.execution} = :me", me=execution))

    def _forget_leaver(self, target: Target, item: Item, execution: str) -> None:
        heard = frozenset(each.text for each in leavers(item) if each.contender.execution == execution)
        if not heard:
            return
        key = keys.lease(target)
        after = self._table.update(key, when(f"DELETE #{LEAVING} :heard", heard=heard))
        if after is not None and OWNER.execution not in after:
            self._table.delete(key, when(ALONE))

    def _take_place(self, target: Target, item: Item, me: Contender, displaced: Contender | None) -> Item | None:
        """Put `me` into the next place. The item as it is then; None when it was not as `item` says any more."""
        values = attributes(NEXT, me)
        gone = [name for name, value in values.items() if value is None]
        leaving = {} if displaced is None else {LEAVING: frozenset({Leaver(displaced, me.execution).text})}
        return self._table.update(keys.lease(target), setting(values, gone, leaving), unchanged(item))


def _contended(target: Target) -> Throttled:
    return Throttled(f"{target}: its lease changed under {ATTEMPTS} attempts to change it.")

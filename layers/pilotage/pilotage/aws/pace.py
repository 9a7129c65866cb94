"""Turns at a shared token bucket, without a lock and without a loser.

Two updates, each with the condition under which it is right: while reservations lie ahead, add one interval to the full
moment, whatever it is; else start from now. Nobody reads first, so two hundred releases at once take one write each.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pilotage.aws import keys
from pilotage.aws.table import ABSENT, Table, when
from pilotage.errors import Throttled
from pilotage.pace import EPOCH, bucket_named

FULL = "full_at"  # microseconds since 1970: whole numbers, so that nothing is lost in sums
AT = "at"
MICROSECOND = timedelta(microseconds=1)
KEPT_AFTER_TURN = timedelta(days=1)
ATTEMPTS = 5


class TablePace:
    """The port `Pace`.

    The turn is written down after it was taken. A crash in between leaves one token unused, never one too many.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def reserve(self, bucket: str, holder: str, now: datetime) -> datetime:
        rule = bucket_named(bucket)
        key = keys.turn(bucket, holder)
        kept = self._table.get(key)
        if kept is not None:
            return _moment(kept[AT])
        turn = rule.turn(self._advance(bucket, rule.interval, now), now)
        expires_at = int((turn + KEPT_AFTER_TURN).timestamp())
        if self._table.put(key, {AT: _micros(turn), keys.EXPIRES_AT: expires_at}, ABSENT):
            return turn
        kept = self._table.get(key)
        return turn if kept is None else _moment(kept[AT])

    def spare(self, bucket: str, now: datetime) -> int:
        rule = bucket_named(bucket)
        kept = self._table.get(keys.bucket(bucket))
        return rule.burst if kept is None else rule.spare(_moment(kept[FULL]), now)

    def _advance(self, bucket: str, interval: timedelta, now: datetime) -> datetime:
        """Take one token; the moment at which the bucket is full again."""
        key, since, step = keys.bucket(bucket), _micros(now), interval // MICROSECOND
        for _ in range(ATTEMPTS):
            ahead = when(f"#{FULL} >= :now", now=since)
            item = self._table.update(key, when(f"SET #{FULL} = #{FULL} + :step", step=step), ahead)
            if item is None:
                idle = when(f"attribute_not_exists(#{FULL}) OR #{FULL} < :now", now=since)
                item = self._table.update(key, when(f"SET #{FULL} = :full", full=since + step), idle)
            if item is not None:
                return _moment(item[FULL])
        raise Throttled(f"{bucket}: the bucket changed under {ATTEMPTS} attempts to take a turn.")


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // MICROSECOND


def _moment(micros: int) -> datetime:
    return EPOCH + micros * MICROSECOND

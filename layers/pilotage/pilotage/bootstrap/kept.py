"""What is kept in the one table: its ports with their adapters, made once each, when they are first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pilotage.aws.clock import SystemClock

if TYPE_CHECKING:
    from pilotage import ports
    from pilotage.aws.clients import Clients
    from pilotage.aws.table import Table
    from pilotage.settings import Settings

# ruff: noqa: PLC0415 - an import here is a cold start saved elsewhere


class Kept:
    """Attributes are named after their ports."""

    def __init__(self, settings: Settings, clients: Clients) -> None:
        self.settings, self.clients = settings, clients
        self.clock: ports.Clock = SystemClock()

    @cached_property
    def _table(self) -> Table:
        from pilotage.aws.table import Table

        return Table(self.clients.dynamodb, self.settings.table)

    @cached_property
    def plans(self) -> ports.Plans:
        from pilotage.aws.plans import TablePlans

        return TablePlans(self._table, self.clock)

    @cached_property
    def records(self) -> ports.Records:
        from pilotage.aws.records import TableRecords

        return TableRecords(self._table)

    @cached_property
    def last_sets(self) -> ports.LastSets:
        from pilotage.aws.last_sets import TableLastSets

        return TableLastSets(self._table)

    @cached_property
    def leases(self) -> ports.Leases:
        from pilotage.aws.leases import TableLeases

        return TableLeases(self._table)

    @cached_property
    def rollouts(self) -> ports.Rollouts:
        from pilotage.aws.rollouts import TableRollouts

        return TableRollouts(self._table)

    @cached_property
    def migrations(self) -> ports.Migrations:
        from pilotage.aws.migrations import TableMigrations

        return TableMigrations(self._table)

    @cached_property
    def groups(self) -> ports.Groups:
        from pilotage.aws.groups import TableGroups

        return TableGroups(self._table)

    @cached_property
    def approvals(self) -> ports.Approvals:
        from pilotage.aws.approvals import TableApprovals

        return TableApprovals(self._table)

    @cached_property
    def waits(self) -> ports.Waits:
        from pilotage.aws.waits import TableWaits

        return TableWaits(self._table)

    @cached_property
    def trail(self) -> ports.Trail:
        from pilotage.aws.trail import TableTrail

        return TableTrail(self._table)

    @cached_property
    def stops(self) -> ports.Stops:
        from pilotage.aws.stops import TableStops

        return TableStops(self._table)

    @cached_property
    def pins(self) -> ports.Pins:
        from pilotage.aws.pins import TablePins

        return TablePins(self._table)

    @cached_property
    def pace(self) -> ports.Pace:
        from pilotage.aws.pace import TablePace

        return TablePace(self._table)

    @cached_property
    def cards(self) -> ports.Cards:
        from pilotage.aws.cards import TableCards

        return TableCards(self._table)

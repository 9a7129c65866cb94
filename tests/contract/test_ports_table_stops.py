"""Freezes, locks and pins: who set them, for what, until when, and who may take them back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.clock import NOON
from fakes.dynamodb import dynamodb_table
from fakes.pins import FakePins
from fakes.samples import CATS, DIGEST, OTHER_DIGEST
from fakes.stops import FakeStops
from pilotage.aws.pins import TablePins
from pilotage.aws.stops import TableStops
from pilotage.ports import Pins, Stops
from pilotage.stops import Pin, Scope, Stop, StopKind
from pilotage.target import Target

pytestmark = pytest.mark.disable_socket

LATER = NOON + timedelta(hours=1, microseconds=1)
FREEZE = Stop(StopKind.FREEZE, Scope("prod", "cats"), "an incident, <b>loud</b>", "ada", NOON, LATER)
LOCK = Stop(StopKind.LOCK, Scope("prod", "cats"), "a migration", "ada", NOON)


@pytest.fixture(params=["fake", "dynamodb"])
def stops(request: pytest.FixtureRequest) -> Iterator[Stops]:
    if request.param == "fake":
        yield FakeStops()
    else:
        with dynamodb_table() as table:
            yield TableStops(table)


@pytest.fixture(params=["fake", "dynamodb"])
def pins(request: pytest.FixtureRequest) -> Iterator[Pins]:
    if request.param == "fake":
        yield FakePins()
    else:
        with dynamodb_table() as table:
            yield TablePins(table)


def test_a_stop_is_read_as_it_was_set(stops: Stops) -> None:
    """People are told who stopped them, why, and until when."""
    assert stops.set(FREEZE)
    assert stops.set(LOCK)
    assert list(stops.get(FREEZE.scope)) == [FREEZE, LOCK]


def test_a_service_meets_the_stops_of_its_environment_and_of_everything(stops: Stops) -> None:
    """An environment may be called `everything`, and is not everything."""
    scopes = [Scope("prod", "cats"), Scope("prod"), Scope(), Scope("dev"), Scope("prod", "dogs"), Scope("everything")]
    for scope in scopes:
        assert stops.set(replace(FREEZE, scope=scope))
    assert {stop.scope for stop in stops.over(CATS)} == set(scopes[:3])
    assert {stop.scope for stop in stops.over(Target("dev", "birds"))} == {Scope(), Scope("dev")}
    assert [stop.scope for stop in stops.get(Scope())] == [Scope()]
    assert [stop.scope for stop in stops.get(Scope("everything"))] == [Scope("everything")]


def test_a_freeze_is_replaced_by_anybody(stops: Stops) -> None:
    """It belongs to all who may decide: the newest word counts."""
    newer = replace(FREEZE, owner="grace", until=None, reason="it goes on")
    assert stops.set(FREEZE)
    assert stops.set(newer)
    assert list(stops.over(CATS)) == [newer]


def test_a_lock_is_its_owners(stops: Stops) -> None:
    """Two people who lock at once: one has it, and the other is told."""
    assert stops.set(LOCK)
    assert not stops.set(replace(LOCK, owner="grace"))
    assert list(stops.over(CATS)) == [LOCK]
    longer = replace(LOCK, reason="it takes longer", until=LATER)
    assert stops.set(longer)
    assert list(stops.over(CATS)) == [longer]


def test_a_lock_that_is_over_is_anybodys(stops: Stops) -> None:
    """Nobody has to lift what has ended by itself: a lock until noon is free at noon."""
    assert stops.set(replace(LOCK, until=LATER))
    assert not stops.set(replace(LOCK, owner="grace", since=LATER - timedelta(microseconds=1)))
    mine = replace(LOCK, owner="grace", since=LATER)
    assert stops.set(mine)
    assert list(stops.over(CATS)) == [mine]


def test_what_is_lifted_is_gone_and_nothing_else(stops: Stops) -> None:
    """Lifting a freeze leaves the lock."""
    stops.set(FREEZE)
    stops.set(LOCK)
    assert stops.lift(replace(FREEZE, owner="grace", since=LATER))
    assert not stops.lift(FREEZE)
    assert list(stops.over(CATS)) == [LOCK]


def test_a_lock_that_changed_hands_is_not_lifted(stops: Stops) -> None:
    """Who read ada's lock lifts ada's lock, and not the one that grace has set since."""
    stops.set(LOCK)
    assert not stops.lift(replace(LOCK, owner="grace"))
    assert stops.lift(LOCK)
    assert list(stops.over(CATS)) == []


def test_a_pin_holds_one_service_until_it_is_lifted(pins: Pins) -> None:
    """The newest pin counts; who lifts one that is not there is told."""
    pin = Pin(CATS, DIGEST, "ada", "a migration", NOON)
    assert pins.get(CATS) is None
    pins.set(pin)
    assert pins.get(CATS) == pin
    assert pins.get(Target("dev", "cats")) is None
    other = replace(pin, digest=OTHER_DIGEST, owner="grace")
    pins.set(other)
    assert pins.get(CATS) == other
    assert pins.lift(CATS)
    assert pins.get(CATS) is None
    assert not pins.lift(CATS)

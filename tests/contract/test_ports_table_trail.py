"""The trail of what people did: entries are only ever added, and found again a year later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fakes.clock import NOON
from fakes.dynamodb import dynamodb, dynamodb_table
from fakes.trail import FakeTrail
from pilotage.audit import Entry
from pilotage.aws import keys
from pilotage.aws.table import Table
from pilotage.aws.trail import TableTrail
from pilotage.people import Channel, Identity
from pilotage.ports import Trail

pytestmark = pytest.mark.disable_socket


@pytest.fixture(params=["fake", "dynamodb"])
def trail(request: pytest.FixtureRequest) -> Iterator[Trail]:
    if request.param == "fake":
        yield FakeTrail()
    else:
        with dynamodb_table() as table:
            yield TableTrail(table)


def an_entry(entry_id: str = "slack:1", **changes: Any) -> Entry:
    entry = Entry(
        id=entry_id,
        at=NOON,
        environment="prod",
        service="cats",
        verb="approve",
        person="kim",
        identity=Identity(Channel.SLACK, "T0001/U0001"),
        sentence="approved by kim",
        refused=True,
        release_id="r1",
        binding="3f9a2c1b",
        reason="it was tried",
    )
    return replace(entry, **changes)


def test_an_entry_is_read_as_it_was_added(trail: Trail) -> None:
    """An auditor reads who, what, why and in which channel, also of those whom nobody knows."""
    bare = an_entry("slack:2", service=None, person=None, release_id=None, binding=None, reason="", refused=False)
    for entry in (an_entry(), bare):
        assert trail.add(entry)
        assert trail.get(entry.id) == entry
    assert trail.get("slack:3") is None


def test_an_entry_is_never_changed(trail: Trail) -> None:
    """A second delivery of the same message writes nothing over what was written."""
    trail.add(an_entry())
    assert not trail.add(an_entry(sentence="rejected by kim", environment="dev"))
    assert trail.get("slack:1") == an_entry()
    assert list(trail.newest("prod", 10)) == [an_entry()]
    assert list(trail.newest("dev", 10)) == []


def test_the_newest_entries_come_first(trail: Trail) -> None:
    """What happened last is what somebody looks for first; the order is that of time, not of arrival."""
    for number in (2, 0, 1):
        trail.add(an_entry(f"m{number}", at=NOON + timedelta(microseconds=number)))
    assert [entry.id for entry in trail.newest("prod", 2)] == ["m2", "m1"]


def test_the_trail_of_a_service_has_what_was_about_all_services_too(trail: Trail) -> None:
    """A freeze of the whole environment explains why a service did not move."""
    trail.add(an_entry("cats"))
    trail.add(an_entry("all", service=None, at=NOON + timedelta(seconds=1)))
    trail.add(an_entry("dogs", service="dogs", at=NOON + timedelta(seconds=2)))
    assert [entry.id for entry in trail.newest("prod", 10, "cats")] == ["all", "cats"]


def test_no_time_to_live_ends_an_entry() -> None:
    """The table forgets much after its time, and the trail nothing."""
    with dynamodb() as client:
        TableTrail(Table(client, "pilotage")).add(an_entry())
        [item] = client.scan(TableName="pilotage")["Items"]
    assert "expires_at" not in item


@pytest.mark.parametrize(
    ("changes", "ends"),
    [
        ({}, False),
        ({"person": None, "refused": False}, False),
        ({"person": None}, True),
    ],
)
def test_time_ends_only_what_strangers_asked_for_in_vain(changes: dict[str, Any], ends: bool) -> None:
    """Anybody can ask; what those did whom the policy knows, or IAM let, is there a year later."""
    with dynamodb_table() as table:
        TableTrail(table).add(an_entry(**changes))
        item = table.get(keys.audit("slack:1"))
        assert item is not None
        expected = int((NOON + timedelta(days=90)).timestamp()) if ends else None
        assert item.get(keys.EXPIRES_AT) == expected

"""Documents: what is written is read back as it was, today and by the next version, and hashes to one value."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
from fakes.samples import a_plan, a_record, a_request, a_rollout
from hypothesis import given
from hypothesis import strategies as st
from pilotage.document import canonical, content_hash, from_document, to_document

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda each: st.lists(each, max_size=4) | st.dictionaries(st.text(), each, max_size=4),
    max_leaves=20,  # larger ones say no more, and take ten times as long to draw
)


class Colour(StrEnum):
    BLACK = "black"


@dataclass(frozen=True)
class Cat:
    name: str
    colour: Colour | None = None
    born: datetime | None = None
    names: tuple[str, ...] = ()


@pytest.mark.parametrize("value", [a_request(), a_record(), a_rollout(stop_reasons=("a",)), a_plan()])
def test_what_is_kept_is_read_back_as_it_was(value: Any) -> None:
    """Releases wait for days; what they read then is what was written."""
    assert from_document(type(value), json.loads(canonical(value))) == value


@given(
    st.builds(
        Cat,
        st.text(),
        st.none() | st.sampled_from(Colour),
        st.none() | st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=2))])),
        st.lists(st.text()).map(tuple),
    )
)
def test_any_dataclass_survives_json(cat: Cat) -> None:
    """Enums, moments with their zone, tuples and nothing at all."""
    assert from_document(Cat, json.loads(json.dumps(to_document(cat)))) == cat


def test_what_a_newer_version_added_is_left_alone() -> None:
    """An upgrade meets executions that still wait, and a downgrade those that the newer one began."""
    assert from_document(Cat, {"name": "tom", "lives": 9}) == Cat("tom")


@given(st.dictionaries(st.text(), JSON, max_size=6))
def test_the_order_of_keys_is_no_difference(document: dict[str, Any]) -> None:
    """A plan's hash must not depend on how a document was built."""
    backwards = dict(reversed(list(document.items())))
    assert canonical(document) == canonical(backwards)
    assert content_hash(document) == content_hash(backwards)
    assert json.loads(canonical(document)) == document


def test_a_difference_is_a_difference() -> None:
    """Numbers are no texts, and nothing is not absent."""
    values = [{"a": 1}, {"a": "1"}, {"a": None}, {}, {"a": [1]}, {"a": {"b": 1}}]
    assert len({content_hash(value) for value in values}) == len(values)

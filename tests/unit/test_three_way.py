"""Whose doing a difference is, told by what was set last, what is live and what is wanted."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pilotage.plan import Drift
from pilotage.plan.diff import MASKED, differences
from pilotage.plan.three_way import drift, task_drift

pytestmark = pytest.mark.disable_socket

PUT_BACK, BOTH, ALONE = (
    Drift("x", "a", "b", "a"),
    Drift("x", "a", "b", "c", both=True),
    Drift("x", "a", "b", "a", left_alone=True),
)
TAKEN_AWAY = Drift("x", "a", None, "a")
ADDED = Drift("x", None, "b", None)
FIVE = [
    ("a", "a", "a", None),
    ("a", "a", "c", None),  # a change of ours
    ("a", "b", "a", PUT_BACK),
    ("a", "b", "b", None),  # they agree by now
    ("a", "b", "c", BOTH),
    ("a", None, "a", TAKEN_AWAY),
    (None, "b", None, ADDED),
    (None, None, "c", None),
    ("a", "a", None, None),
]


def of(**fields: Any) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


def in_a_task(value: Any) -> dict[str, Any]:
    return {"cpu": "256", "containerDefinitions": {"cats": of(name="cats", x=value)}}


@pytest.mark.parametrize(("was", "live", "wanted", "found"), FIVE)
def test_each_case_of_a_field_is_told_apart(was: Any, live: Any, wanted: Any, found: Drift | None) -> None:
    """A release must not call its own change somebody's, nor somebody's its own; in a service and in a container."""
    expected = () if found is None else (found,)
    assert drift(of(x=was), of(x=live), of(x=wanted), "") == expected
    assert task_drift(in_a_task(was), in_a_task(live), in_a_task(wanted), "cats") == expected


@pytest.mark.parametrize("wanted", ["a", "b", "c"])
def test_what_is_left_alone_counts_by_what_was_set_and_what_is_live(wanted: str) -> None:
    """Whatever the manifest says of it now, nothing of it will change."""
    (found,) = drift({"x": "a"}, {"x": "b"}, {"x": wanted}, "service", ["service.x"])
    assert found == Drift("service.x", "a", "b", wanted, left_alone=True)
    assert drift({"x": "a"}, {"x": "a"}, {"x": "c"}, "service", ["service.x"]) == ()


def test_what_lies_below_a_path_that_is_left_alone_is_left_alone() -> None:
    """`service.placementStrategy` means all of it, and not what merely begins like it."""
    was, live = {"x": {"y": 1}, "xz": 1}, {"x": {"y": 2}, "xz": 2}
    assert [each.left_alone for each in drift(was, live, was, "", ["x"])] == [True, False]


def test_a_secret_in_drift_is_masked_and_its_line_stays() -> None:
    """Plans are shown in chats."""
    task: Any = {"containerDefinitions": {"cats": {"environment": {"DB_PASSWORD": "one"}}}}
    other: Any = {"containerDefinitions": {"cats": {"environment": {"DB_PASSWORD": "two"}}}}
    assert task_drift(task, other, task, "cats") == (Drift("environment.DB_PASSWORD", MASKED, MASKED, MASKED),)


values = st.sampled_from(["a", "b", "c", 1])
documents = st.recursive(
    st.dictionaries(st.sampled_from("xyz"), values, min_size=1, max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("xyz"), st.one_of(values, inner), min_size=1, max_size=3),
    max_leaves=6,
)


@given(documents, documents)
def test_nothing_is_drift_that_nobody_changed(was: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Live is as it was set: whatever is wanted now is a change of ours."""
    assert drift(was, was, wanted, "") == ()


@given(documents, documents, documents)
def test_every_change_is_ours_or_drift_that_the_release_puts_back(
    was: dict[str, Any], live: dict[str, Any], wanted: dict[str, Any]
) -> None:
    """What is drift and not left alone differs from what is wanted, and so the release changes it; and a line of the
    diff that is no drift begins with what was set last.
    """
    found = drift(was, live, wanted, "")
    changed = {change.path: change for change in differences(live, wanted)}
    for each in found:
        assert any(path == each.path or path.startswith(f"{each.path}.") for path in changed), each
        assert each.both == (each.set != each.wanted or type(each.set) is not type(each.wanted))
    ours = [
        path for path in changed if not any(path == each.path or path.startswith(f"{each.path}.") for each in found)
    ]
    for path in ours:
        assert at(was, path) == changed[path].before


def at(document: Any, path: str) -> Any:
    for key in path.split("."):
        document = document.get(key) if isinstance(document, dict) else None
    return document


@given(documents, documents)
def test_once_it_is_put_back_there_is_no_drift(live: dict[str, Any], wanted: dict[str, Any]) -> None:
    """After the release, live and last set are what was wanted."""
    assert drift(wanted, wanted, wanted, "") == ()
    assert differences(wanted, wanted) == ()
    assert not any(each.both for each in drift(wanted, live, wanted, ""))

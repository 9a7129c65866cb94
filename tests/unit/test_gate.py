"""May it go? Order, bans, and the plan that does nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pilotage.gate import Decision, Standing, admit, judge
from pilotage.release import ReleaseRequest

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINE, OTHER = "sha256:" + "aa" * 32, "sha256:" + "bb" * 32
REQUEST = ReleaseRequest("r", "cats", "dev", "123456789012", "eu-west-1", "cats", MINE, "v1", NOW, "event")


def test_a_tag_that_moved_meanwhile_supersedes_the_release() -> None:
    """Case 5: never another digest under this tag's name, and never the old one after the tag has gone on."""
    verdict = admit(REQUEST, OTHER, Standing(), None)
    assert verdict is not None
    assert verdict.decision is Decision.SUPERSEDED
    assert OTHER in verdict.reasons[0]


@pytest.mark.parametrize(
    ("applied_tag", "age", "passes"),
    [
        ("v2", timedelta(seconds=1), False),  # a newer push of another tag was applied
        ("v2", timedelta(0), True),
        ("v2", -timedelta(seconds=1), True),
        ("v1", timedelta(seconds=1), True),  # one tag: what it names now wins, whatever the times say
    ],
)
def test_across_tags_the_time_of_the_push_decides(applied_tag: str, age: timedelta, passes: bool) -> None:
    """Case 4: an older push that arrives late downgrades nothing; a retag of an old image is a new push and goes."""
    standing = Standing(applied_pushed_at=NOW + age, applied_tag=applied_tag)
    verdict = admit(REQUEST, MINE, standing, None)
    assert (verdict is None) is passes


def test_a_banned_digest_is_rejected_with_the_reason_of_its_ban() -> None:
    """A digest that was rolled back must not come back with the next event; its fix, another digest, passes."""
    verdict = admit(REQUEST, MINE, Standing(), "it was rolled back")
    assert verdict is not None
    assert verdict.decision is Decision.REJECTED
    assert "it was rolled back" in verdict.reasons[0]


def test_a_release_by_digest_asks_no_tag() -> None:
    """A person who releases a digest means that digest, whatever tags say."""
    assert admit(replace(REQUEST, tag=None), None, Standing(), None) is None


@pytest.mark.parametrize(
    ("steps", "settled", "mine", "decision"),
    [
        (2, True, False, Decision.GO),
        (2, False, True, Decision.GO),
        (0, True, False, Decision.NO_CHANGE),
        (0, False, False, Decision.GO),  # it may be rolled back any moment: wait for the lease and look again
        (0, False, True, Decision.NO_CHANGE),
    ],
)
def test_no_change_is_said_only_of_a_service_at_rest(steps: int, settled: bool, mine: bool, decision: Decision) -> None:
    """Case 20. NO_CHANGE while the same revision is still rolling out would claim what may yet fail."""
    assert judge(steps=steps, settled=settled, mine_to_change=mine).decision is decision

"""Promise 4: every decision of the gate says why, in the words that a record keeps and a card shows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes.clock import NOON
from fakes.samples import DIGEST, OTHER_DIGEST, a_request
from pilotage.deciding import Freeze
from pilotage.gate import Decision, Standing, Verdict, admit, held, judge
from pilotage.stops import Scope, Stop, StopKind


@pytest.mark.parametrize(
    ("tag", "said"),
    [("v2", "v2 of 2026-11-23 12:05:00 UTC is newer and was applied"), (None, "a request of 2026-11-23 12:05:00 UTC")],
)
def test_what_was_applied_is_named(tag: str | None, said: str) -> None:
    """Who pushed the older image reads which one is newer."""
    standing = Standing(applied_pushed_at=NOON + timedelta(minutes=5), applied_tag=tag)
    verdict = admit(a_request(), DIGEST, standing, None)
    assert verdict is not None
    assert verdict.decision is Decision.SUPERSEDED
    assert verdict.reasons[0].startswith(said)


@pytest.mark.parametrize(
    ("named", "reason"),
    [(OTHER_DIGEST, f"v1 names {OTHER_DIGEST} by now, not {DIGEST}"), (None, f"v1 is gone, not {DIGEST}")],
)
def test_what_the_tag_names_is_said(named: str | None, reason: str) -> None:
    """A tag that moved, and one that was deleted."""
    assert admit(a_request(), named, Standing(), None) == Verdict(Decision.SUPERSEDED, (reason,))


def test_a_freeze_that_ends_releases_says_itself() -> None:
    """`meets: end`: the reason is the stop's own sentence."""
    stop = Stop(StopKind.FREEZE, Scope("prod"), "the database moves", "dana", NOON)
    verdict = held(a_request(), [stop], Freeze(meets="end"))
    assert verdict == Verdict(Decision.REJECTED, (stop.sentence,))


@pytest.mark.parametrize(
    ("steps", "settled", "mine", "verdict"),
    [
        (3, True, False, Verdict(Decision.GO, ("3 steps to take",))),
        (0, True, False, Verdict(Decision.NO_CHANGE, ("what is live is what is wanted",))),
        (
            0,
            False,
            True,
            Verdict(
                Decision.NO_CHANGE,
                ("what is live is what is wanted; a deployment that is not of this release is still under way",),
            ),
        ),
        (
            0,
            False,
            False,
            Verdict(Decision.GO, ("nothing to change, but a rollout is under way: wait for it and look again",)),
        ),
    ],
)
def test_the_plan_is_judged_in_words(steps: int, settled: bool, mine: bool, verdict: Verdict) -> None:
    """The record keeps them for a year."""
    assert judge(steps=steps, settled=settled, mine_to_change=mine) == verdict

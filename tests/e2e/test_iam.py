"""What the stories called, held against what the template grants (docs/decisions/0005-iam-evaluator.md)."""

from __future__ import annotations

import pytest
from e2e.account import Account
from iam_proof.judge import Judgement, judge

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def judgement(all_played: Account) -> Judgement:
    return judge(all_played.calls())


def test_every_recorded_call_is_granted(judgement: Judgement) -> None:
    """A call that the stack's own policies deny is an outage on the first day in a real account."""
    assert judgement.requests > 50
    assert [str(denied) for denied in judgement.denied] == []


def test_every_grant_is_needed_or_says_why_it_stays(judgement: Judgement) -> None:
    """A right that no story needs is a right to take away; the exceptions have their reasons in ACCEPTED_UNUSED."""
    assert [str(grant) for grant in judgement.unexplained] == []

"""Whether an answer of the new revision is the one that its manifest asks for."""

from __future__ import annotations

from datetime import datetime

from pilotage.checking.answered import Answered
from pilotage.checking.details import LONGEST_WITHIN
from pilotage.checking.hook import TESTED
from pilotage.errors import shown
from pilotage.measure import Judged, Measure
from pilotage.rollout_words import SmokeTest


def within(test: SmokeTest) -> int:
    return max(1, min(test.within, LONGEST_WITHIN))


def nobody_answers(test: SmokeTest, answered: Answered) -> bool:
    """Worth another try: no answer, and not because it was slow (a target that is only just reachable refuses)."""
    return answered.status is None and answered.milliseconds < within(test)


def judge_smoke(test: SmokeTest, answered: Answered, at: datetime) -> Measure:
    """The number is how long the whole answer took, in milliseconds."""
    wrong = _wrong(test, answered)
    name, limit = f"smoke {_path(test)}", within(test)
    sentence = f"GET {_path(test)} {wrong}" if wrong else f"GET {_path(test)}: {answered.status} in {_ms(answered)}"
    return Measure(
        check=name,
        at=at,
        stage=TESTED,
        judged=Judged.WRONG if wrong else Judged.RIGHT,
        value=answered.milliseconds,
        bound=f"{test.status} within {limit} ms",
        sentence=sentence,
        limit=limit,
    )


def _wrong(test: SmokeTest, answered: Answered) -> str | None:
    if answered.status is None:
        return f"has no answer: {answered.error or 'the connection ended'}"
    if answered.status != test.status:
        return f"answers {answered.status}, not {test.status}"
    if answered.milliseconds > within(test):
        return f"took {_ms(answered)}, more than {within(test)} ms"
    if test.contains is not None and test.contains not in answered.body:
        return f"does not contain {shown(test.contains)}"
    return None


def _ms(answered: Answered) -> str:
    return f"{answered.milliseconds} ms"


def _path(test: SmokeTest) -> str:
    return shown(test.path)[1:-1]

"""How `make bench` judges deployers: a table that flatters anybody is worth nothing."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "bench"))

from peer_rows import rows
from verdicts import End, Judged, Said, Verdict

ENDED = datetime(2026, 11, 24, tzinfo=UTC)


def verdict(said: Said, status: str | None, after: float = 2.0) -> Verdict:
    at = None if said is Said.NOTHING else ENDED + timedelta(seconds=after)
    return Verdict("somebody", said, at, "exit code 0", 7, End(status, None if status is None else ENDED))


@pytest.mark.parametrize(
    ("said", "status", "judged"),
    [
        (Said.SUCCESS, "SUCCESSFUL", Judged.RIGHT),
        (Said.SUCCESS, "ROLLBACK_SUCCESSFUL", Judged.WRONG),
        (Said.SUCCESS, "STOPPED", Judged.WRONG),
        (Said.SUCCESS, "IN_PROGRESS", Judged.WRONG),
        (Said.SUCCESS, None, Judged.WRONG),
        (Said.FAILURE, "ROLLBACK_SUCCESSFUL", Judged.RIGHT),
        (Said.FAILURE, "STOPPED", Judged.RIGHT),
        (Said.FAILURE, None, Judged.RIGHT),
        (Said.FAILURE, "SUCCESSFUL", Judged.WRONG),
        (Said.NOTHING, "SUCCESSFUL", Judged.NONE),
    ],
)
def test_a_verdict_is_right_when_ecs_says_the_same_of_the_deployment(
    said: Said, status: str | None, judged: Judged
) -> None:
    """A rollback leaves a stable service, too: whoever calls that a success is wrong."""
    assert verdict(said, status).judged is judged


@pytest.mark.parametrize(
    ("one", "lag"),
    [
        (verdict(Said.SUCCESS, "SUCCESSFUL"), 2.0),
        (verdict(Said.SUCCESS, "SUCCESSFUL", after=-0.5), 0.0),
        (verdict(Said.SUCCESS, "ROLLBACK_SUCCESSFUL"), None),
        (verdict(Said.FAILURE, None), None),
        (verdict(Said.NOTHING, "SUCCESSFUL"), None),
    ],
)
def test_only_right_verdicts_have_a_time(one: Verdict, lag: float | None) -> None:
    """A wrong verdict that came soon would look good in a median."""
    assert one.lag == lag


def test_a_wrong_or_missing_verdict_of_ours_misses_the_goal() -> None:
    """Pilotage promises that every verdict is right, so silence counts as well."""
    right, silent = verdict(Said.FAILURE, "ROLLBACK_SUCCESSFUL"), verdict(Said.NOTHING, "SUCCESSFUL")

    good, *_ = rows({"a crash": {"ours": right}}, "ours")
    bad, *_ = rows({"a crash": {"ours": silent, "theirs": right}}, "ours")

    assert (good.value, good.verdict) == (0, "met")
    assert (bad.value, bad.verdict) == (1, "missed")
    assert "1 no verdict (a crash)" in bad.note

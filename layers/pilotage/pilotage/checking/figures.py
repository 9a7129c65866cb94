"""What a check's numbers of the last minutes mean."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pilotage.checking.queries import UNITS
from pilotage.measure import Judged, Measure
from pilotage.rollout_words import Check, NoData


@dataclass(frozen=True, slots=True)
class Point:
    """When and at which share of the traffic it was measured."""

    at: datetime
    stage: str
    traffic: float | None


@dataclass(frozen=True, slots=True)
class Finding:
    """`unsure`: another minute may show it: too few numbers where nobody but the hook looks at them."""

    check: Check
    measure: Measure
    unsure: bool = False

    @property
    def rolls_back(self) -> bool:
        """What it comes to when nothing more is waited for."""
        if self.measure.judged is Judged.NO_DATA:
            return self.check.no_data is NoData.ROLLBACK
        return self.measure.judged is Judged.WRONG


def judge_numbers(check: Check, new: Sequence[float], old: Sequence[float], point: Point) -> Finding:
    """`new` and `old`: one number a minute of each revision, newest first; `old` counts for a comparison alone.

    Wrong are as many of the newest in a row as the check says. Bounds are watched by ECS as well, through the alarms;
    a comparison is nobody's business but ours, so that it waits for its numbers.
    """
    compares = check.at_most_times is not None
    if not new or (compares and not old):
        return without(check, _missing(check, bool(new)), point)
    limit, least = _limit(check, old)
    wrong = [value < limit if least else value > limit for value in new[: check.minutes]]
    broken = len(wrong) == check.minutes and all(wrong)
    told = f"{check.name} is {_number(check, new[0])}, {_bound(check, limit, old)} is right"
    count = f" ({sum(wrong)} of the last {len(wrong)} minutes wrong, {check.minutes} in a row count)"
    measure = Measure(
        check=check.name,
        at=point.at,
        stage=point.stage,
        judged=Judged.WRONG if broken else Judged.RIGHT,
        value=new[0],
        bound=_bound(check, limit, old),
        traffic=point.traffic,
        sentence=f"{told}{count}" if any(wrong) else told,
        limit=limit,
        least=least,
    )
    return Finding(check, measure, unsure=compares and len(wrong) < check.minutes and all(wrong))


def without(check: Check, why: str, point: Point) -> Finding:
    """No number. Waited for where it decides: a comparison, or a check that rolls back without data."""
    bound = f"at most {check.at_most_times:g} times the old revision's" if check.at_most_times else _plain(check)
    measure = Measure(
        check=check.name,
        at=point.at,
        stage=point.stage,
        judged=Judged.NO_DATA,
        value=None,
        bound=bound,
        traffic=point.traffic,
        sentence=f"{check.name} has no data: {why}",
    )
    return Finding(check, measure, unsure=check.at_most_times is not None or check.no_data is NoData.ROLLBACK)


def _limit(check: Check, old: Sequence[float]) -> tuple[float, bool]:
    """The number, and whether it is the least that is right."""
    if check.at_most_times is not None:
        return check.at_most_times * statistics.fmean(old), False
    if check.at_least is not None:
        return check.at_least, True
    return float(check.at_most or 0), False


def _missing(check: Check, has_new: bool) -> str:
    if check.at_most_times is None:
        return f"nothing was measured in the last {check.minutes} minutes"
    return f"nothing was measured of the {'old' if has_new else 'new'} revision"


def _bound(check: Check, limit: float, old: Sequence[float]) -> str:
    if check.at_most_times is None:
        return _plain(check)
    times = f"{check.at_most_times:g} times the old revision's {_number(check, statistics.fmean(old))}"
    return f"at most {_number(check, limit)} ({times})"


def _plain(check: Check) -> str:
    if check.at_least is not None:
        return f"at least {_number(check, check.at_least)}"
    return f"at most {_number(check, check.at_most or 0)}"


def _number(check: Check, value: float) -> str:
    unit = UNITS.get(check.metric or "", "")
    return f"{value:.4g} {unit}".rstrip()

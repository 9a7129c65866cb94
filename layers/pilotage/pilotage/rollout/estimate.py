"""How long a rollout will probably take: by those of the same target and strategy that succeeded. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

FEWEST = 3  # of fewer, no two tell a habit from an accident
MOST = 20  # the newest: a service of half a year ago was another one


@dataclass(frozen=True, slots=True)
class Estimate:
    """Of `releases` rollouts that succeeded: the middle one, and the shortest and the longest."""

    usually: timedelta
    shortest: timedelta
    longest: timedelta
    releases: int

    def against(self, so_far: timedelta) -> str:
        """`usually 3 min (2 min to 5 min, of 7 releases); 1 min 20 s so far`. What takes longer than any before it
        gets no guess at its end.
        """
        now = f"{in_words(so_far)} so far"
        if so_far > self.longest:
            return f"{now}: longer than any of the last {self.releases}, which took at most {in_words(self.longest)}"
        spread = f"{in_words(self.shortest)} to {in_words(self.longest)}, of {self.releases} releases"
        return f"usually {in_words(self.usually)} ({spread}); {now}"

    def share(self, so_far: timedelta) -> float:
        """Of the usual time that has passed, from 0 to 1."""
        if self.usually <= timedelta():
            return 1.0
        return min(1.0, so_far / self.usually)


def estimate(spans: Sequence[timedelta]) -> Estimate | None:
    """`spans`: from the write to ECS's end, newest first, of releases that succeeded. None for fewer than three."""
    counted = [span for span in spans if span >= timedelta()][:MOST]
    if len(counted) < FEWEST:
        return None
    usually = timedelta(seconds=median(span.total_seconds() for span in counted))
    return Estimate(usually, min(counted), max(counted), len(counted))


def in_words(span: timedelta) -> str:
    """`45 s`, `1 min 20 s`, `3 min`, `2 h 5 min`."""
    seconds = round(span.total_seconds())
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 10:  # noqa: PLR2004 - seconds matter less and less
        return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"

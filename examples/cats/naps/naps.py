"""Counts the naps that the cats have taken since midnight (UTC), prints them, and is done."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

# When each cat lies down, in minutes after midnight, and how long until the next nap.
HABITS: Mapping[str, tuple[int, int]] = {"Marmalade": (35, 190), "Smoke": (5, 110), "Biscuit": (0, 45)}


def naps(minute: int) -> Iterator[tuple[str, int]]:
    """Each cat with the naps it has begun by this minute of the day."""
    for cat, (first, pause) in HABITS.items():
        yield cat, 0 if minute < first else 1 + (minute - first) // pause


def main() -> int:
    now = datetime.now(UTC)
    counted = dict(naps(now.hour * 60 + now.minute))
    for cat, count in counted.items():
        print(f"{cat}: {count} naps")
    print(f"{sum(counted.values())} naps by {now:%H:%M} UTC")
    return 0


if __name__ == "__main__":
    sys.exit(main())

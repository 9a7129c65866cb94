"""What was set last, what is live, and what is wanted: whose doing a difference is. Works on canonical documents.

| last set | live | wanted | it is |
|---|---|---|---|
| a | a | a | nothing |
| a | a | b | a change of ours |
| a | b | a | drift, which the release puts back |
| a | b | b | nothing any more: they agree |
| a | b | c | drift, and a change of ours: both changed it |

Where a field is left alone, only the first two columns count: live differs from what was set, and stays.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pilotage.plan import Drift
from pilotage.plan.diff import flat, masked


def drift(
    was: Mapping[str, Any], live: Mapping[str, Any], wanted: Mapping[str, Any], prefix: str, alone: Collection[str] = ()
) -> tuple[Drift, ...]:
    """Every leaf that somebody else changed, sorted by path. `alone`: paths that are left as they are live, with all
    below them.
    """
    return tuple(sorted(_walk(was, live, wanted, prefix, alone), key=lambda each: each.path))


def task_drift(
    was: Mapping[str, Any], live: Mapping[str, Any], wanted: Mapping[str, Any], main: str, alone: Collection[str] = ()
) -> tuple[Drift, ...]:
    """That of a task definition, by paths as `task_differences` has them."""
    return drift(flat(was, main), flat(live, main), flat(wanted, main), "", alone)


def _walk(was: Any, live: Any, wanted: Any, path: str, alone: Collection[str]) -> Iterator[Drift]:
    if _same(was, live):
        return
    there = [each for each in (was, live, wanted) if each is not None]
    if any(there) and all(isinstance(each, Mapping) for each in there):
        for key in {key for each in there for key in each}:
            below = f"{path}.{key}" if path else str(key)
            yield from _walk(_at(was, key), _at(live, key), _at(wanted, key), below, alone)
        return
    left_alone = path in alone or any(path.startswith(f"{each}.") for each in alone)
    if left_alone or not _same(live, wanted):
        both = not left_alone and not _same(was, wanted)
        shown = masked(path, was), masked(path, live), masked(path, wanted)
        yield Drift(path, shown[0], shown[1], shown[2], left_alone=left_alone, both=both)


def _at(value: Mapping[str, Any] | None, key: str) -> Any:
    return None if value is None else value.get(key)


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)

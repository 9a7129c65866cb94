"""The table of verdicts: one row a deployer and a figure, one row a case."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from rows import Row, spread
from verdicts import Judged, Verdict

GROUP = "Verdicts beside other deployers, on the embedded AWS, each fault that can be injected"
CASES = "Verdicts, case by case: seconds from ECS's end to Pilotage's"
_WRONG_AT_MOST = 0  # of the one that this is the bench of
Found = Mapping[str, Mapping[str, Verdict]]


def rows(found: Found, ours: str) -> list[Row]:
    """`found`: verdicts by the case's title and the deployer's name. `ours`: the name that goals are for."""
    tools = list(dict.fromkeys(tool for verdicts in found.values() for tool in verdicts))
    told = [row for tool in tools for row in _tool(tool, found, tool == ours)]
    return [*told, *(_case(title, verdicts, ours) for title, verdicts in found.items())]


def _tool(tool: str, found: Found, ours: bool) -> list[Row]:
    by_case = {title: verdicts[tool] for title, verdicts in found.items()}
    right, wrong, none = (_of(by_case, judged) for judged in Judged)
    lags = [one.lag for one in by_case.values() if one.lag is not None]
    note = "; ".join([f"{len(right)} right", *_listed("wrong", wrong), *_listed("no verdict", none)])
    goal = _WRONG_AT_MOST if ours else None
    missed = len(wrong) + len(none)
    calls = statistics.median(one.calls for one in by_case.values())
    to_ecs = statistics.median(one.to_ecs for one in by_case.values())
    return [
        Row(GROUP, f"{tool}: verdicts that are wrong or missing", missed, "", at_most=goal, note=note),
        _lag(tool, lags),
        Row(GROUP, f"{tool}: AWS calls of a deployment", calls, "", note=f"{to_ecs:g} of them to ECS"),
    ]


def _lag(tool: str, lags: Sequence[float]) -> Row:
    what = f"{tool}: ECS's end -> right verdict"
    if not lags:
        return Row(GROUP, what, 0, "s", note="it had none")
    return Row(GROUP, what, statistics.median(lags), "s", spread(lags) if len(lags) > 1 else None)


def _of(by_case: Mapping[str, Verdict], judged: Judged) -> list[str]:
    return [title for title, one in by_case.items() if one.judged is judged]


def _listed(word: str, titles: Sequence[str]) -> list[str]:
    return [f"{len(titles)} {word} ({', '.join(titles)})"] if titles else []


def _case(title: str, verdicts: Mapping[str, Verdict], ours: str) -> Row:
    own = verdicts[ours]
    ordered = [own, *(one for tool, one in verdicts.items() if tool != ours)]
    return Row(
        CASES, title, own.lag or 0.0, "s", note="; ".join(one.sentence for one in ordered), details=document(verdicts)
    )


def document(verdicts: Mapping[str, Verdict]) -> dict[str, Any]:
    """For bench.json, by the deployer's name; moments as ISO 8601."""
    return {
        tool: {
            "said": one.said,
            "word": one.word,
            "judged": one.judged,
            "seconds_after_ecs": one.lag,
            "calls": one.calls,
            "to_ecs": one.to_ecs,
            "ecs": one.end.status,
        }
        for tool, one in verdicts.items()
    }

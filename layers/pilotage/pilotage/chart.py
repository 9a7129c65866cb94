"""A small chart of what the checks measured, step by step: each value against its bound, in plain characters.

    errors: at most 1 %
       10 %     0.2 ###............|..... right
       50 %     3.4 ###############|##### wrong

It says the same without colour, and in any font of one width.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pilotage.measure import Measure

WIDTH = 60
_BAR = 20  # characters, beside the mark of the limit
_ROWS = 8  # of one check
# API reference, DeploymentLifecycleHook, lifecycleStages: those before any production traffic is shifted.
_STAGES = {"POST_TEST_TRAFFIC_SHIFT": "test", "PRE_SCALE_UP": "before", "POST_SCALE_UP": "started"}
_MANY = 1_000_000


def lines(measures: Iterable[Measure], rows: int = _ROWS) -> tuple[str, ...]:
    """At most WIDTH characters each; of every check its latest `rows` steps. Nothing measured: no line.

    Of a step that was measured more than once the last measure counts.
    """
    by_check: dict[str, dict[tuple[str, float | None], Measure]] = {}
    for each in measures:
        steps = by_check.setdefault(each.check, {})
        steps.pop((each.stage, each.traffic), None)
        steps[each.stage, each.traffic] = each
    return tuple(line for check in by_check.values() for line in _block(tuple(check.values()), rows))


def _block(steps: Sequence[Measure], rows: int) -> Iterable[str]:
    last = steps[-1]
    yield _cut(f"{last.check}: {last.bound}")
    if len(steps) > rows:
        before = len(steps) - rows
        yield f"  ({before} {'step' if before == 1 else 'steps'} before)"
    shown = steps[-rows:]
    whole = _whole(shown)
    for step in shown:
        yield _cut(f"{_where(step):>7} {_number(step.value):>8} {_bar(step, whole)} {step.judged}")


def _whole(steps: Sequence[Measure]) -> float:
    """What the full width of a bar stands for: a quarter more than the limit, or the largest value."""
    values = [step.value for step in steps if step.value is not None]
    limits = [1.25 * step.limit for step in steps if step.limit is not None]
    return max((*values, *limits), default=0) or 1


def _bar(step: Measure, whole: float) -> str:
    if step.value is None:
        return " " * (_BAR + 1)
    filled = _cells(step.value, whole)
    if step.limit is None:
        return f"{'#' * filled}{'.' * (_BAR - filled)} "
    mark = min(_cells(step.limit, whole), _BAR - 1)
    # Rounding must not say otherwise than the judgement: what is beyond the limit is drawn beyond it.
    beyond = step.value < step.limit if step.least else step.value > step.limit
    above = beyond is not step.least
    filled = max(filled, mark + 1) if above else min(filled, mark)
    bar = "#" * filled + "." * (_BAR - filled)
    return f"{bar[:mark]}|{bar[mark:]}"


def _cells(value: float, whole: float) -> int:
    return round(_BAR * max(0.0, min(1.0, value / whole)))


def _where(step: Measure) -> str:
    return _STAGES.get(step.stage, "-") if step.traffic is None else f"{step.traffic:g} %"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if abs(value) < _MANY else f"{value:.2e}"


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 3]}..."

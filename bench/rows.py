"""A row for each thing that was measured: the figures, the goal, and whether it was met."""

from __future__ import annotations

import json
import os
import platform
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

_STYLES = {"met": "green", "missed": "bold red", "no goal": "dim"}


@dataclass(frozen=True, slots=True)
class Spread:
    """Of one series: median, quartiles, the ninth decile and the worst."""

    count: int
    median: float
    low: float
    high: float
    p90: float
    worst: float


@dataclass(frozen=True, slots=True)
class Row:
    """`value` in `unit`. `judged` is what the goal `at_most` speaks of, where that is not the value: a ratio, a worst
    case. `note` says what the figure means.
    """

    group: str
    name: str
    value: float
    unit: str
    spread: Spread | None = None
    judged: float | None = None
    at_most: float | None = None
    note: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        if self.at_most is None:
            return "no goal"
        return "met" if (self.value if self.judged is None else self.judged) <= self.at_most else "missed"


def spread(series: Sequence[float]) -> Spread:
    """At least two values."""
    low, _, high = statistics.quantiles(series, n=4, method="inclusive")
    p90 = statistics.quantiles(series, n=10, method="inclusive")[-1]
    return Spread(len(series), statistics.median(series), low, high, p90, max(series))


def write(path: Path, rows: Sequence[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version(), "processor": platform.machine()},
        "rows": [{**asdict(row), "verdict": row.verdict} for row in rows],
    }
    path.write_text(json.dumps(_rounded(document), indent=2) + "\n", encoding="utf-8")


def show(console: Console, rows: Sequence[Row]) -> None:
    for group in dict.fromkeys(row.group for row in rows):
        table = Table(title=group, title_justify="left", header_style="bold")
        table.add_column("what", no_wrap=True)
        for column in ("median", "quartiles", "p90", "goal", "verdict"):
            table.add_column(column, justify="right", no_wrap=True)
        table.add_column("note")
        for row in rows:
            if row.group == group:
                table.add_row(*_cells(row))
        console.print(table)


def _cells(row: Row) -> tuple[str, ...]:
    seen = row.spread
    return (
        row.name,
        f"{_short(row.value)} {row.unit}",
        f"{_short(seen.low)}-{_short(seen.high)}" if seen else "",
        _short(seen.p90) if seen else "",
        _goal(row),
        f"[{_STYLES[row.verdict]}]{row.verdict}[/]",
        row.note,
    )


def _goal(row: Row) -> str:
    if row.at_most is None:
        return ""
    judged = "" if row.judged is None else f"{row.judged:.2f} "
    return f"{judged}<= {row.at_most:g}"


def _short(value: float) -> str:
    """As many digits as mean something."""
    return f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"


def _rounded(document: Any) -> Any:
    if isinstance(document, float):
        return round(document, 3)
    if isinstance(document, dict):
        return {key: _rounded(value) for key, value in document.items()}
    return [_rounded(each) for each in document] if isinstance(document, list) else document

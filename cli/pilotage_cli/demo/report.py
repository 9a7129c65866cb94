"""The end of the demo: what each release came to, what runs where and why, and `build/demo.json`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pilotage.measure import Measure
from pilotage.record import ReleaseRecord
from rich.table import Table

from pilotage_cli.demo.measure import Taken
from pilotage_cli.demo.story import Act
from pilotage_cli.demo.visitors import Seen
from pilotage_cli.output import console, indented, outcome, ruled, short


@dataclass(frozen=True, slots=True)
class Visited:
    """What visitors met while a release was under way, and what its checks measured."""

    seen: Seen
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """One act, what came of it, and what it took."""

    act: Act
    record: ReleaseRecord
    taken: Taken
    address: str | None = None  # where the cats page answered
    visited: Visited | None = None

    @property
    def as_expected(self) -> bool:
        return self.found == self.expected

    @property
    def expected(self) -> tuple[str | None, ...]:
        return (self.act.outcome, self.act.kind, self.act.placement, self.act.cause)

    @property
    def found(self) -> tuple[str | None, ...]:
        return (self.record.outcome, self.record.kind, self.record.placement, self.record.cause)


def write(path: Path, containers: str, story: Sequence[Told]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    document = {"containers": containers, "releases": [_entry(told) for told in story]}
    path.write_text(json.dumps(document, indent=2) + "\n")


def _entry(told: Told) -> dict[str, object]:
    record = told.record
    return {
        "service": record.request.service,
        "tag": record.request.tag,
        "digest": record.request.digest,
        "kind": record.kind,
        "placement": record.placement,
        "outcome": record.outcome,
        "revision": record.revision,
        "rolled_back_to": record.rolled_back_to,
        "cause": record.cause,
        **({} if told.visited is None else _visited(told.visited)),
        **{name: value for name, value in asdict(told.taken).items() if name not in _APART},
    }


def _visited(visited: Visited) -> dict[str, object]:
    """Each number that was measured, in the order of time, with what it was held against."""
    kept = ("check", "traffic", "value", "limit", "judged")
    numbers = [{name: getattr(measure, name) for name in kept} for measure in visited.measures]
    return {"visitors": asdict(visited.seen), "measures": numbers}


_APART = ("tellings", "answers")  # no part of the release's own work
COLUMNS = ("act", "image", "outcome", "revision", "to apply", "to outcome")
LEGEND = "to apply: from the push to the first write to AWS. to outcome: from ECS's end to the word told."


def show(story: Sequence[Told]) -> None:
    """Every act in a line, and what runs where and why. Fits 80 columns."""
    console.print(summary(story))
    transitions = max(told.taken.transitions for told in story)
    invocations = max(told.taken.invocations for told in story)
    spent = f"A release took at most {transitions} state transitions and {invocations} Lambda invocations."
    tellings = max(told.taken.tellings for told in story)
    answers = max(told.taken.answers for told in story)
    apart = f"Apart from that, at most {tellings} to tell people, and {answers} to answer them."
    for line in (LEGEND, spent, apart):
        indented(line, 1, "dim")
    _show_places(story)


def summary(story: Sequence[Told]) -> Table:
    drawn = ruled("What happened", COLUMNS)
    for column in drawn.columns:
        column.no_wrap = True
        column.justify = "right" if str(column.header).startswith("to ") else "left"
    for told in story:
        drawn.add_row(*_row(told))
    return drawn


def _row(told: Told) -> tuple[str, ...]:
    record, taken = told.record, told.taken
    return (
        told.act.number,
        f"{record.request.service}:{record.request.tag}",
        outcome(record.outcome),
        short(record.revision),
        _seconds(taken.push_to_apply_ms),
        _seconds(taken.ecs_done_to_outcome_ms),
    )


def show_unexpected(story: Sequence[Told], server_log: Path) -> bool:
    """Name every act that ended otherwise than it must, with its reasons and where to look. True: there was one."""
    wrong = [told for told in story if not told.as_expected]
    for told in wrong:
        found, expected = (" ".join(word or "nothing" for word in each) for each in (told.found, told.expected))
        console.print(f"NOT AS EXPECTED: {told.act.number} {told.act.title}", style="bold red", markup=False)
        console.print(f"  found {found}; expected {expected}", style="red", markup=False)
        for reason in told.record.reasons:
            console.print(f"  because: {reason}", style="red", markup=False, soft_wrap=True)
    if wrong:
        console.print(f"The embedded AWS's log: {server_log}", markup=False, soft_wrap=True)
    return bool(wrong)


def _show_places(story: Sequence[Told]) -> None:
    console.print("\n[bold]What runs where, and why[/]")
    last: dict[str, ReleaseRecord] = {}
    for told in story:
        if told.record.placement_reasons:
            last[told.record.request.service] = told.record
    for name, record in last.items():
        console.print(f"  [bold]{name}[/]  {record.kind} on {record.placement}")
        for reason in record.placement_reasons:
            indented(reason, 6)


def _seconds(milliseconds: int | None) -> str:
    return "-" if milliseconds is None else f"{milliseconds / 1000:.1f} s"

"""The end of the demo: what each release came to, what runs where and why, and `build/demo.json`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pilotage.record import ReleaseRecord
from rich.markup import escape
from rich.table import Table

from pilotage_cli.demo.measure import Taken
from pilotage_cli.demo.story import Act
from pilotage_cli.output import console, outcome, short


@dataclass(frozen=True, slots=True)
class Told:
    """One act, what came of it, and what it took."""

    act: Act
    record: ReleaseRecord
    taken: Taken

    @property
    def as_expected(self) -> bool:
        return self.found == self.expected

    @property
    def expected(self) -> tuple[str | None, ...]:
        return (self.act.outcome, self.act.kind, self.act.placement)

    @property
    def found(self) -> tuple[str | None, ...]:
        return (self.record.outcome, self.record.kind, self.record.placement)


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
        **asdict(told.taken),
    }


def show(story: Sequence[Told]) -> None:
    table = Table(title="What happened", title_justify="left", header_style="bold")
    for column in ("service", "tag", "outcome", "revision", "push to apply", "ECS done to outcome", "steps", "Lambdas"):
        table.add_column(column)
    for told in story:
        record, taken = told.record, told.taken
        table.add_row(
            record.request.service,
            record.request.tag,
            outcome(record.outcome),
            short(record.revision),
            _milliseconds(taken.push_to_apply_ms),
            _milliseconds(taken.ecs_done_to_outcome_ms),
            str(taken.transitions),
            str(taken.invocations),
        )
    console.print(table)
    _show_places(story)


def _show_places(story: Sequence[Told]) -> None:
    console.print("[bold]What runs where, and why[/]")
    last: dict[str, ReleaseRecord] = {}
    for told in story:
        if told.record.placement_reasons:
            last[told.record.request.service] = told.record
    for name, record in last.items():
        console.print(f"  [bold]{name}[/]  {record.kind} on {record.placement}")
        for reason in record.placement_reasons:
            console.print(f"      {escape(reason)}", soft_wrap=True)


def _milliseconds(value: int | None) -> str:
    return "-" if value is None else f"{value} ms"

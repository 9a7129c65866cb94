"""`pilotage plan --all`: every service of an environment planned again, as a table or a document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from pilotage.bootstrap import World
from pilotage.usecases.plan_environment import Found, Row
from rich.markup import escape

from pilotage_cli.output import brief, console, indented, notes, ruled
from pilotage_cli.stage import Stage

COLUMNS = ("service", "plan", "fields", "drift", "left alone", "tasks", "dollars a month")
_STYLES = {
    Found.REFUSED: "red",
    Found.MISSING: "yellow",
    Found.DRIFT: "yellow",
    Found.CHANGES: "cyan",
    Found.NOTHING: "green",
}
_LOOK_BACK = 200  # releases, for services that were released before it was kept what was set


def planned(here: World, environment: str) -> tuple[list[Row], list[str]]:
    """A row a service, and the names of services of which is not known what was set last. Raises BadPolicy."""
    with Stage("asking AWS", notes, keep=False) as stage:
        planner = here.environment_planner
        known = planner.known(environment)
        stage.say(f"reading {len(known)} services")
        rows = []
        for row in planner.rows(environment, known):
            rows.append(row)
            stage.say(f"{len(rows)} of {len(known)}: {row.service}")
        released = {record.request.service for record in here.records.history(environment, None, _LOOK_BACK)}
    return rows, sorted(released - known.keys())


def document(environment: str, rows: Sequence[Row], unknown: Sequence[str]) -> dict[str, Any]:
    """`{"environment", "services": [{"service", "plan", "fields", "drifted", "left_alone", "restarts", "monthly",
    "why", "hash"}], "unknown": [...]}`.
    """
    return {"environment": environment, "services": [_entry(row) for row in rows], "unknown": list(unknown)}


def show(environment: str, rows: Sequence[Row], unknown: Sequence[str]) -> None:
    if rows:
        drawn = ruled(f"Environment {environment}, planned again", COLUMNS)
        for row in rows:
            drawn.add_row(*_cells(row))
        console.print(drawn)
        console.print(_sum(rows), style="dim", markup=False)
    for row in rows:
        if row.why:
            indented(brief(f"{row.service}: {row.why}"), 0, "red")
    if unknown:
        indented(f"not planned, since they were released before it was kept what is set: {', '.join(unknown)}", 0)
    if not rows and not unknown:
        console.print(f"{environment}: nothing was released yet.")


def _cells(row: Row) -> tuple[str, ...]:
    counts = (str(number) if number else "-" for number in (row.fields, row.drifted, row.left_alone))
    dollars = "-" if row.monthly is None else f"{row.monthly:.2f}"
    tasks = "restart" if row.restarts else "-"
    return (escape(row.service), f"[{_STYLES[row.found]}]{row.found}[/]", *counts, tasks, dollars)


def _sum(rows: Sequence[Row]) -> str:
    found = Counter(row.found for row in rows)
    told = [f"{found[each]} {each}" for each in Found if found[each]]
    known = [row.monthly for row in rows if row.monthly is not None]
    dollars = f"; {sum(known):.2f} dollars a month for {len(known)}" if known else ""
    return f"{len(rows)} service{'s' if len(rows) > 1 else ''}: {', '.join(told)}{dollars}"


def _entry(row: Row) -> dict[str, Any]:
    return {
        "service": row.service,
        "plan": row.found.value,
        "fields": row.fields,
        "drifted": row.drifted,
        "left_alone": row.left_alone,
        "restarts": row.restarts,
        "monthly": row.monthly,
        "why": row.why or None,
        "hash": row.plan.hash if row.plan is not None else None,
    }

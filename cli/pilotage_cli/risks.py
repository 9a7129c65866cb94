"""What could go wrong with a plan and who would be asked, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pilotage.deciding import Rule
from pilotage.document import to_document
from pilotage.plan import Plan

from pilotage_cli.output import brief, console, indented

_COLOURS = {"low": "green", "medium": "yellow", "high": "red"}


def risk_document(made: Plan | None) -> dict[str, Any] | None:
    """`{"level", "points": [{"kind", "reason"}], "asks": the rule or null, "authors": [...]}`; None without a plan."""
    if made is None:
        return None
    return {
        "level": made.risk.level.value,
        "points": to_document(made.risk.points),
        "asks": to_document(made.asks),
        "authors": list(made.authors),
    }


def show_risk(made: Plan, me: str | None) -> None:
    """Print it. `me`: the address that whoever asks signs commits with, as far as it is known."""
    if not made.steps:
        return
    level = made.risk.level.value
    console.print(f"\n[bold]risk[/]  [{_COLOURS[level]}]{level}[/]")
    for point in made.risk.points:
        indented(brief(f"{point.kind}: {point.reason}"), 2)
    console.print("\n[bold]approval[/]")
    for line in needed(made.asks, made.authors, me):
        indented(line, 2)


def needed(asks: Rule | None, authors: Sequence[str], me: str | None) -> list[str]:
    """Who would be asked, a sentence each: how many of whom, how long, and who of them has no voice."""
    if asks is None:
        return ["nobody is asked"]
    groups = " and ".join(f"{each.quorum} of {each.group}" for each in asks.groups)
    told = [f"needs {groups}, within {_span(asks.expires_minutes)}"]
    told += [f"{stand_in} can stand in for {absent}" for absent, stand_in in sorted(asks.delegates.items())]
    if not asks.self_approval:
        told.append(_not_by(authors, me))
    if asks.break_glass is not None:
        told.append(f"{asks.break_glass} can release it without them, with a reason")
    return told


def _not_by(authors: Sequence[str], me: str | None) -> str:
    if not authors:
        return "the image does not say who made it: one person more has to agree"
    if me is not None and me.lower() in {author.lower() for author in authors}:
        return "you made it, so not you"
    return f"made by {', '.join(authors)}: not by them"


def _span(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    days, over = divmod(hours, 24)
    if rest:
        return f"{minutes} minutes"
    return f"{hours} h" if over else f"{days} days" if days > 1 else "24 h"

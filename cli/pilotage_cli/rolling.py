"""How a plan rolls out, for people: the strategy and who asked for it, who decides on the way, and what runs beside."""

from __future__ import annotations

from pilotage.plan import Plan
from pilotage.rollout_words import Migration
from pilotage.strategy import Strategy

from pilotage_cli.output import brief, console, indented


def show_rollout(made: Plan) -> None:
    """Print it; nothing of a plan that starts no rollout and migrates nothing."""
    if made.starts_rollout and made.kind == "service":
        show_strategy(made.strategy)
        console.print(f"  within {span(made.deadline_minutes)}, or it is stopped and rolled back", style="dim")
    if made.migrations:
        console.print("\n[bold]migrations[/]")
        for each in made.migrations:
            indented(brief(migration(each)), 2)
    if made.fallback is not None:
        console.print("\n[bold]fallback[/]")
        indented("without Spot capacity: on demand, by a forced deployment; the next release tries Spot again", 2)


def show_strategy(strategy: Strategy) -> None:
    """The strategy, and a line for each thing that watches it or waits."""
    first, *rest = strategy.reasons or (str(strategy),)  # the first is the strategy itself, and who asked for it
    console.print("\n[bold]rollout[/]  ", end="")
    console.print(first, style="cyan", markup=False)
    for line in rest:
        indented(brief(line), 2)


def migration(each: Migration) -> str:
    """`before: ./manage.py migrate, 30 minutes at most, 2 retries; the code of before cannot work with it`."""
    command = " ".join(each.command)
    tries = "" if not each.retries else ", 1 retry" if each.retries == 1 else f", {each.retries} retries"
    apart = "" if each.compatible_with_previous else "; the code of before cannot work with what it leaves behind"
    return f"{each.when}: {command}, {span(each.timeout_minutes)} at most{tries}{apart}"


def span(minutes: int) -> str:
    """`1 minute`, `45 minutes`, `3 h 20 min`, `2 days 4 h`."""
    if minutes < 120:  # noqa: PLR2004 - up to two hours people count in minutes
        return "1 minute" if minutes == 1 else f"{minutes} minutes"
    hours, rest = divmod(minutes, 60)
    if hours < 48:  # noqa: PLR2004 - and up to two days in hours
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    days, over = divmod(hours, 24)
    return f"{days} days {over} h" if over else f"{days} days"

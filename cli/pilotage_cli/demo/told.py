"""What the audience is told after each act."""

from __future__ import annotations

from pilotage import chart
from pilotage.plan import Change, Plan
from pilotage.record import ReleaseRecord

from pilotage_cli.changes import Diff
from pilotage_cli.demo.report import Visited
from pilotage_cli.output import COLOURS, brief, console, indented

_MARGIN = 5


def reasons(record: ReleaseRecord) -> None:
    """Why it ended as it did, each reason once."""
    colour = COLOURS.get(str(record.outcome), "white")
    for reason in dict.fromkeys(record.reasons):
        indented(brief(reason), _MARGIN, colour)


def plan(made: Plan) -> None:
    """The diff against what ran; of a first release everything is new. What makes a strategy is told in its words."""
    if made.live_revision is None and not any(change.before for change in made.changes):
        indented(f"plan {made.hash[:12]}: everything is new", _MARGIN, "dim")
        return
    indented(f"plan {made.hash[:12]}:", _MARGIN, "dim")
    console.print(Diff(tuple(change for change in made.changes if not _of_strategy(change)), _MARGIN + 2))
    if any(_of_strategy(change) for change in made.changes):
        for reason in made.strategy.reasons or (str(made.strategy),):
            indented(brief(reason), _MARGIN + 2, "green")


def _of_strategy(change: Change) -> bool:
    return change.path.startswith("service.deploymentConfiguration.")


def canary(visited: Visited) -> None:
    """What was measured of each step, as the card draws it, and what the visitors got."""
    for line in chart.lines(visited.measures):
        indented(line, _MARGIN, "dim")
    indented(f"visitors: {visited.seen}", _MARGIN, "cyan")


def answer(url: str, version: str) -> None:
    """What a browser would have got."""
    indented(f"GET {url} answers with the cats of {version}", _MARGIN, "cyan")

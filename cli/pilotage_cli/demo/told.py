"""What the audience is told after each act."""

from __future__ import annotations

from pilotage import chart
from pilotage.plan import Plan
from pilotage.record import ReleaseRecord

from pilotage_cli.changes import Diff
from pilotage_cli.demo.visitors import Seen
from pilotage_cli.output import COLOURS, brief, console, indented

_MARGIN = 5


def reasons(record: ReleaseRecord) -> None:
    """Why it ended as it did, each reason once."""
    colour = COLOURS.get(str(record.outcome), "white")
    for reason in dict.fromkeys(record.reasons):
        indented(brief(reason), _MARGIN, colour)


def plan(made: Plan) -> None:
    """The diff against what ran; of a first release everything is new."""
    if made.live_revision is None and not any(change.before for change in made.changes):
        indented(f"plan {made.hash[:12]}: everything is new", _MARGIN, "dim")
        return
    indented(f"plan {made.hash[:12]}:", _MARGIN, "dim")
    console.print(Diff(made.changes, _MARGIN + 2))


def canary(record: ReleaseRecord, seen: Seen) -> None:
    """What the record keeps of each step, as the card draws it, and what the visitors got."""
    for line in chart.lines(record.measures):
        indented(line, _MARGIN, "dim")
    indented(f"visitors: {seen}", _MARGIN, "cyan")


def answer(url: str, version: str) -> None:
    """What a browser would have got."""
    indented(f"GET {url} answers with the cats of {version}", _MARGIN, "cyan")

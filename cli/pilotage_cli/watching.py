"""One release, watched until it ends: drawn in place on a terminal, elsewhere a line for each change."""

from __future__ import annotations

from datetime import timedelta

from pilotage.bootstrap import World
from pilotage.errors import Transient
from pilotage.outcome import Outcome
from pilotage.rollout.estimate import in_words
from pilotage.target import Target
from pilotage.usecases.sights import Sight, Watched
from rich.console import Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from pilotage_cli.output import COLOURS, Format, as_json, brief, console, notes, short

EVERY_SECONDS = 2
DID_NOT_RUN = 3
_RUNS = frozenset({Outcome.SUCCEEDED, Outcome.NO_CHANGE})


def watch(here: World, target: Target, style: Format) -> int:
    """The exit code: 0 when the release runs, 3 for every other end. Ctrl-C leaves the release as it is."""
    watcher = here.watcher
    watched = watcher.begin(target)
    sight = watcher.look(watched)
    if style is Format.TABLE and console.is_terminal:
        sight = _live(here, watched, sight)
    else:
        sight = _lines(here, watched, sight, style)
    return 0 if sight.outcome in _RUNS else DID_NOT_RUN


def _live(here: World, watched: Watched, sight: Sight) -> Sight:
    """A look that AWS does not answer leaves the last picture standing, and says so."""
    with Live(drawn(sight), console=console, auto_refresh=False) as live:
        live.refresh()
        while not sight.over:
            here.clock.sleep(EVERY_SECONDS)
            trouble = ""
            try:
                sight = here.watcher.look(watched)
            except Transient as error:
                trouble = f"as of the last answer; {error}"
            live.update(drawn(sight, trouble), refresh=True)
    return sight


def _lines(here: World, watched: Watched, sight: Sight, style: Format) -> Sight:
    told: tuple[str, ...] = ()
    while True:
        if (now := _told(sight)) != told:
            told = now
            if style is Format.JSON:
                as_json(sight)
            else:
                console.print("  ".join(brief(word) for word in now if word), markup=False, soft_wrap=True)
        if sight.over:
            return sight
        here.clock.sleep(EVERY_SECONDS)
        try:
            sight = here.watcher.look(watched)
        except Transient as error:
            notes.print(f"pilotage: {error}; looking again", markup=False, soft_wrap=True)


def _told(sight: Sight) -> tuple[str, ...]:
    """What makes a new line: not the time that passes."""
    share = f"{sight.traffic:g} % of the traffic" if sight.traffic is not None else ""
    decide = f"decide: {_command(sight)}" if sight.decide else ""
    ended = sight.outcome.value if sight.outcome else ""
    return sight.image, ended, sight.reason, share, decide, "; ".join(sight.members)


def drawn(sight: Sight, trouble: str = "") -> RenderableType:
    """The picture: what goes where, why it waits, how far it is, what was measured, who has to decide."""
    head = Text.assemble((str(sight.target), "bold"), f"  {sight.image}  ", (sight.strategy, "dim"))
    revisions = Text(f"{short(sight.previous_revision)} -> {short(sight.revision)}   {sight.release}", "dim")
    parts: list[RenderableType] = [head, revisions, _state(sight)]
    if (bars := _bars(sight)).row_count:
        parts.append(bars)
    if sight.estimate:
        parts.append(Text(sight.estimate))
    parts += [Text(line) for line in sight.chart]
    parts += [Text(f"{kind}: {brief(said)}") for kind, said in _more(sight)]
    if sight.decide:
        parts.append(Text(f"decide: {_command(sight)}", "yellow"))
    if trouble:
        parts.append(Text(trouble, "yellow"))
    return Group(*parts)


def _state(sight: Sight) -> Text:
    if sight.outcome is not None:
        return Text.assemble(
            (sight.outcome.value, COLOURS.get(sight.outcome.value, "white")), f"  {brief(sight.reason)}"
        )
    return Text.assemble((sight.phase, "cyan"), f"  {brief(sight.reason)}")


def _bars(sight: Sight) -> Table:
    """Tasks, traffic, and the time against what is usual."""
    rows = Table.grid(padding=(0, 1))
    if sight.wanted and sight.running is not None:
        rows.add_row("tasks", ProgressBar(sight.wanted, min(sight.running, sight.wanted), width=30), _of(sight))
    if sight.traffic is not None:
        rows.add_row("traffic", ProgressBar(100, sight.traffic, width=30), f"{sight.traffic:g} %")
    if sight.test_traffic:
        rows.add_row("test", ProgressBar(100, sight.test_traffic, width=30), f"{sight.test_traffic:g} %")
    if sight.usually and sight.so_far is not None:
        done = min(sight.so_far, sight.usually)
        rows.add_row("time", ProgressBar(sight.usually, done, width=30), in_words(timedelta(seconds=sight.so_far)))
    return rows


def _of(sight: Sight) -> str:
    return f"{sight.running} of {sight.wanted}"


def _more(sight: Sight) -> list[tuple[str, str]]:
    return [
        *(("migration", said) for said in sight.migrations),
        *(("member", said) for said in sight.members),
        *(("died", said) for said in sight.died[-3:]),
    ]


def _command(sight: Sight) -> str:
    return f"pilotage approve {sight.target} {sight.decide}   or   pilotage reject {sight.target} {sight.decide}"

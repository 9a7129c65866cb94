"""A canary while it is watched: who gets which version, what its checks measure, and what it waits for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pilotage import chart
from pilotage.bootstrap import World
from pilotage.checking.figures import Point, judge_numbers
from pilotage.definitions.alarms import CHECK
from pilotage.measure import Judged, Measure
from pilotage.plan import Plan, Verb
from pilotage.record import ReleaseRecord
from pilotage.usecases.sights import Sight, Watched
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from pilotage_cli.demo.visitors import Seen, Visitors
from pilotage_cli.output import brief

_WIDTH = 40
_COLOURS = {Judged.RIGHT: "green", Judged.WRONG: "red", Judged.NO_DATA: "yellow"}


@dataclass(frozen=True, slots=True)
class Scene:
    """One look. `measures`: of each check, what its alarm sees now."""

    sight: Sight
    measures: tuple[Measure, ...]
    seen: Seen

    @property
    def share(self) -> str:
        return "" if self.sight.traffic is None else f"{self.sight.traffic:g} % of the traffic"

    def __str__(self) -> str:
        """For a log: what changes only as the rollout goes on, so no count of visitors."""
        numbers = (measure.sentence for measure in self.measures if self.sight.traffic)
        return "; ".join(word for word in (self.sight.phase, self.share, *numbers) if word)


class Onlooker:
    """Looks at one release while it is under way. `measures`: what the alarms saw while it had traffic."""

    def __init__(self, here: World, visitors: Visitors) -> None:
        self._here, self._visitors = here, visitors
        self._watched: Watched | None = None
        self.measures: tuple[Measure, ...] = ()

    def look(self, record: ReleaseRecord) -> Scene | None:
        """None once it is over."""
        if self._watched is None:
            self._watched = self._here.watcher.begin(record.request.target)
        sight = self._here.watcher.look(self._watched)
        if sight.over:
            return None
        plan = self._watched.plan
        now = tuple(self._measured(plan, sight)) if plan else ()
        self.measures += now if sight.traffic else ()
        return Scene(sight, now, self._visitors.seen)

    def _measured(self, plan: Plan, sight: Sight) -> Iterator[Measure]:
        """By the very queries of the alarms that ECS watches."""
        bodies = [step.body for step in plan.steps if step.verb is Verb.ENSURE_ALARM]
        alarms = {tag["Value"]: body for body in bodies for tag in body["Tags"] if tag["Key"] == CHECK}
        for check in plan.strategy.checks:
            if check.name in alarms:
                found = self._here.metrics.values(alarms[check.name]["Metrics"], check.minutes + 1)
                numbers = next(iter(found.values()), ())
                point = Point(self._here.clock.now(), sight.phase, sight.traffic)
                yield judge_numbers(check, numbers, (), point).measure


def drawn(scene: Scene, new: str, old: str) -> RenderableType:
    """The picture: beside each other the two versions, under them each number against its bound."""
    rows = Table.grid(padding=(0, 1))
    rows.add_row("traffic", _shares(scene.sight.traffic or 0.0, new, old))
    for measure in scene.measures:
        rows.add_row(measure.check, _number(measure))
    rows.add_row("visitors", Text(str(scene.seen)))
    phase, reason = scene.sight.phase, brief(scene.sight.reason)
    state = Text(reason, "cyan") if phase in reason else Text.assemble((phase, "cyan"), f"  {reason}")
    return Group(state, rows)


def _shares(percent: float, new: str, old: str) -> Text:
    cells = round(_WIDTH * percent / 100)
    bars = ("=" * (_WIDTH - cells), "green"), ("#" * cells, "magenta")
    return Text.assemble(f"{old} {100 - percent:g} % ", *bars, f" {percent:g} % {new}")


def _number(measure: Measure) -> Text:
    """The chart's own line of this one measure, with its bound. One that is beyond it and not wrong yet says so."""
    (_, line) = chart.lines((measure,))
    place, words = (1 if measure.traffic is None else 2), len(str(measure.judged).split())
    bar = "" if measure.value is None else " ".join(line.split()[place:-words])
    word, colour = str(measure.judged), _COLOURS[measure.judged]
    if measure.judged is Judged.RIGHT and _is_beyond(measure):
        word, colour = "not for long enough yet", "yellow"
    return Text(f"{bar} {measure.bound}: {word}".strip(), colour)


def _is_beyond(measure: Measure) -> bool:
    if measure.value is None or measure.limit is None:
        return False
    return measure.value < measure.limit if measure.least else measure.value > measure.limit

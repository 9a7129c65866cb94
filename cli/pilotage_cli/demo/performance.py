"""Play one act after the other against a running embedded AWS."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from pilotage.bootstrap import World
from pilotage.record import ReleaseRecord
from pilotage_local import stack
from pilotage_local.home import ENVIRONMENT, Home

from pilotage_cli.demo import canary, measure, page, told, watch
from pilotage_cli.demo.canary import Onlooker
from pilotage_cli.demo.conversation import Conversation
from pilotage_cli.demo.report import Told, Visited
from pilotage_cli.demo.story import Act
from pilotage_cli.demo.visitors import Visitors
from pilotage_cli.demo.watch import Awaited
from pilotage_cli.demo.workshop import Workshop
from pilotage_cli.output import COLOURS
from pilotage_cli.stage import Stage
from pilotage_cli.world import world

_PATIENCE_SECONDS = 180
_STACK = "pilotage"


class Performance:
    """The stage is set; `play` takes the acts in their order."""

    def __init__(
        self, running: stack.Running, home: Home, project: Path, folder: Path, build_args: Mapping[str, str]
    ) -> None:
        self._running, self._home = running, home
        os.environ.update(stack.environment(running.endpoint))
        self._world: World = world(_STACK)
        self._conversation = Conversation(home.chat)
        source = project / "examples" / "cats"
        self.workshop = Workshop((folder / "git").resolve(), source, stack.child_environment(running.endpoint))
        engine = "docker" if running.containers == "docker" else "none"
        registry = running.endpoint.removeprefix("http://")
        self.workshop.hook(registry, engine, build_args if engine == "docker" else {})

    def play(self, act: Act) -> Told:
        """Raises PushFailed, NothingSaid, NeverConcluded and NoPage."""
        began = datetime.now(UTC)
        with Stage(f"{act.number} {act.title}") as stage:
            act.does(self.workshop, stage.say)
            if act.decides is not None:
                act.decides(self._conversation, stage.say)
            awaited = Awaited(ENVIRONMENT, act.service, act.tag, began)
            record, seen = (self._visited if act.visited else self._awaited)(act, awaited, stage)
            stage.done(str(record.outcome), COLOURS.get(str(record.outcome), ""))
        address = self._explain(act, record, seen)
        pushed_at = self._pushed_at(act, record, began)
        machine = self._home.outputs["ReleaseStateMachineArn"]
        taken = measure.taken(self._running.endpoint, machine, record, pushed_at)
        return Told(act, record, taken, address, seen)

    def _awaited(self, _act: Act, awaited: Awaited, stage: Stage) -> tuple[ReleaseRecord, None]:
        return watch.conclusion(self._world, awaited, _PATIENCE_SECONDS, lambda _, phase: stage.say(phase)), None

    def _visited(self, act: Act, awaited: Awaited, stage: Stage) -> tuple[ReleaseRecord, Visited]:
        """With people who look at the page meanwhile, and the audience, who looks at them."""
        with Visitors(f"{self._site}/") as visitors:
            onlooker = Onlooker(self._world, visitors)

            def tell(record: ReleaseRecord, _phase: str) -> None:
                scene = onlooker.look(record)
                if scene is not None:
                    stage.show(canary.drawn(scene, act.tag, act.page or ""), str(scene))

            record = watch.conclusion(self._world, awaited, _PATIENCE_SECONDS, tell)
            return record, Visited(visitors.seen, record.measures or onlooker.measures)

    def _explain(self, act: Act, record: ReleaseRecord, seen: Visited | None) -> str | None:
        """What came of it and why; where the page answered, if it was asked for."""
        if record.plan_hash and record.changes:
            told.plan(self._world.plans.get(record.plan_hash))
        told.reasons(record)
        if seen is not None:
            told.canary(seen)
        if act.page is None or record.outcome != act.outcome:
            return None
        url = page.fetch(self._site, act.page, drawn=self._running.containers == "docker")
        told.answer(url, act.page)
        return url

    @property
    def _site(self) -> str:
        return self._home.foundation["SiteUrl"]

    def _pushed_at(self, act: Act, record: ReleaseRecord, began: datetime) -> datetime:
        images = self._world.registry.newest_tagged(act.repository)
        pushed = [image.pushed_at for image in images if image.tag == record.request.tag]
        return max([began, *pushed])

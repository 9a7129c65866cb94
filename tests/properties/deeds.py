"""What was done besides writing to services: migrations that ran, pauses that were continued, deployments stopped.

Each is held against what it needs, in the very call that does it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fakes.approvals import FakeApprovals
from fakes.leases import FakeLeases
from fakes.migrations import FakeMigrations
from fakes.services import FakeServices
from pilotage.approval import Asked, State
from pilotage.migration import OpenMigration
from pilotage.rollout import Cause
from pilotage.rollout_words import When
from pilotage_local.ecs.course import Hook, HookStatus
from pilotage_local.ecs.state import Monitor, ServiceDeployment, Task

AS_DECIDED = {"CONTINUE": {State.APPROVED}, "ROLLBACK": {State.REJECTED, State.EXPIRED, State.VOID}}
STOPPED_BY_US = {Cause.PERSON, Cause.DEADLINE, Cause.NEWER}
DECIDED = {State.REJECTED: {Cause.REFUSED}, State.EXPIRED: {Cause.PAUSE_TIMEOUT}, State.VOID: {Cause.UNKNOWN}}


class WatchedApprovals(FakeApprovals):
    """The port Approvals. `by_hook` keeps what was decided at each pause, also when others were asked since."""

    def __init__(self) -> None:
        super().__init__()
        self.by_hook: dict[str, Asked] = {}

    def open(self, asked: Asked) -> Asked:
        return self._noted(super().open(asked))

    def replace(self, before: Asked, after: Asked) -> bool:
        replaced = super().replace(before, after)
        if replaced:
            self._noted(after)
        return replaced

    def _noted(self, asked: Asked) -> Asked:
        if asked.hook is not None:
            self.by_hook[asked.hook] = asked
        return asked


@dataclass
class Deeds:
    """`ran`: the task of each try of a migration. `stopped`: deployments that we had ECS stop."""

    ecs: FakeServices
    leases: FakeLeases
    approvals: WatchedApprovals
    migrations: FakeMigrations
    ran: dict[tuple[str, When, int], Task] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)

    def watch(self, operation: str, call: Callable[[], Any]) -> Any:
        if operation == "RunTask":
            return self._run(call)
        answer = call()
        if operation == "ContinueServiceDeployment":
            self._continued()
        if operation == "StopServiceDeployment":
            self.stopped.add(answer["serviceDeploymentArn"])
        return answer

    def came_to_0(self, release_id: str, when: When) -> bool:
        """Its last try ran to its own end, and nothing stopped it."""
        tries = [number for release, moment, number in self.ran if (release, moment) == (release_id, when)]
        if not tries:
            return False
        task = self.ran[release_id, when, max(tries)]
        return task.status == "STOPPED" and [each.exit_code for each in task.containers] == [0]

    def _run(self, call: Callable[[], Any]) -> Any:
        before = set(self._one_off())
        answer = call()
        for task in set(self._one_off()) - before:
            self._ran(task, before)
        return answer

    def _ran(self, task: Task, before: set[Task]) -> None:
        """Once a try, alone, and for the release that has the lease."""
        opened = self._opened(task)
        key = (opened.release_id, opened.when, opened.tries)
        assert key not in self.ran, f"{key} ran twice"
        alive = [one.arn for one in before if one.spec.family == task.spec.family and one.status != "STOPPED"]
        assert not alive, f"{key} runs beside {alive}"
        held = self.leases.holder(opened.target)
        owner = held.owner.release_id if held is not None else "nobody"
        assert owner == opened.release_id, f"{key} runs, and {owner} has the lease"
        self.ran[key] = task

    def _opened(self, task: Task) -> OpenMigration:
        return next(each for each in self.migrations.all_open() if each.request["startedBy"] == task.started_by)

    def _one_off(self) -> list[Task]:
        return [task for task in self.ecs.model._world.tasks.values() if task.owner is None]

    def _continued(self) -> None:
        """Only what was decided, and only as it was decided."""
        request = self.ecs.continued[-1]
        asked = self.approvals.by_hook.get(request["hookId"])
        assert asked is not None, f"{request} of a pause that nobody was asked about"
        assert asked.state in AS_DECIDED[request["action"]], f"{request}, and it was {asked.state}"


def true_causes(history: ServiceDeployment, release_id: str, deeds: Deeds) -> set[Cause]:
    """What turned the deployment of this release back, by ECS's own state; several where it cannot tell them apart.

    What was refused at a pause may be stopped instead: by whoever comes after one who died before the answer.
    """
    refused = [hook for hook in history.course.hooks if hook.refused]
    if refused:
        return _of_a_hook(refused[0], deeds)
    if history.alarm_monitor is Monitor.TRIGGERED:
        return {Cause.ALARM}
    if history.monitor is Monitor.TRIGGERED:
        return {Cause.BREAKER}
    if history.arn not in deeds.stopped:
        return {Cause.FOREIGN}
    asked = [each for each in deeds.approvals.by_hook.values() if each.release_id == release_id]
    return STOPPED_BY_US.union(*(DECIDED.get(each.state, set()) for each in asked))


def _of_a_hook(hook: Hook, deeds: Deeds) -> set[Cause]:
    if hook.function is not None:
        return {Cause.CHECK}
    if hook.status is HookStatus.TIMED_OUT:
        return {Cause.PAUSE_TIMEOUT}
    return DECIDED[deeds.approvals.by_hook[hook.id].state]

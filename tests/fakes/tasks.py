from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pilotage.errors import Conflict, NoCapacity
from pilotage.ports import TaskSeen

from fakes.clock import FakeClock
from fakes.samples import ACCOUNT, REGION


@dataclass
class Life:
    """What becomes of a task. It ends after `seconds` with `exit_code`; None: it never came to run, and `why` says so.

    `says`: what it logs.
    """

    exit_code: int | None = 0
    seconds: float = 30
    why: str | None = None
    says: tuple[str, ...] = ()
    stopped_with: int = 143  # its exit code when it is stopped


@dataclass
class _Task:
    arn: str
    body: Mapping[str, Any]
    life: Life
    began: datetime
    stopped: datetime | None = None


class FakeTasks:
    """The port Tasks. `lives` says what becomes of the next tasks, one after another; `full` why there is no room.

    `ran` lists the request of every task that was started, `stops` who was stopped and why.
    """

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self.lives: list[Life] = []
        self.full: str | None = None
        self.tasks: dict[str, _Task] = {}
        self.ran: list[Mapping[str, Any]] = []
        self.stops: list[tuple[str, str]] = []

    def run(self, body: Mapping[str, Any]) -> str:
        token = str(body.get("clientToken", len(self.ran)))
        if token in self.tasks:
            if self.tasks[token].body != body:
                raise Conflict("ecs:RunTask: ConflictException")
            return self.tasks[token].arn
        if self.full is not None:
            raise NoCapacity(self.full)
        self.ran.append(body)
        arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/{body['cluster']}/{len(self.ran):032x}"
        life = self.lives.pop(0) if self.lives else Life()
        self.tasks[token] = _Task(arn, body, life, self._clock.now())
        return arn

    def look(self, cluster: str, task: str) -> TaskSeen | None:
        found = self._find(task)
        return None if found is None or found.body["cluster"] != cluster else self._seen(found)

    def started_by(self, cluster: str, name: str) -> Sequence[str]:
        alive = (each for each in self.tasks.values() if not self._is_over(each))
        return [each.arn for each in alive if each.body["cluster"] == cluster and each.body.get("startedBy") == name]

    def stop(self, cluster: str, task: str, why: str) -> None:
        found = self._find(task)
        if found is not None and self._seen(found).status != "STOPPED":
            found.stopped = self._clock.now()
            self.stops.append((task, why))

    def log_tail(self, log_group: str, stream: str, lines: int) -> Sequence[str]:
        found = self._find(stream.rpartition("/")[2])
        return () if found is None else found.life.says[-lines:]

    def forget(self) -> None:
        """An hour has passed."""
        self.tasks.clear()

    def _find(self, task: str) -> _Task | None:
        return next((each for each in self.tasks.values() if each.arn.endswith(task.rpartition("/")[2])), None)

    def _is_over(self, task: _Task) -> bool:
        own_end = task.began + timedelta(seconds=task.life.seconds)
        return min(filter(None, (own_end, task.stopped))) <= self._clock.now()

    def _seen(self, task: _Task) -> TaskSeen:
        own_end = task.began + timedelta(seconds=task.life.seconds)
        ended = min(filter(None, (own_end, task.stopped)))
        over = self._is_over(task)
        by_itself = ended == own_end
        code = task.life.exit_code if by_itself else task.life.stopped_with
        name = task.body["overrides"]["containerOverrides"][0]["name"]
        ran = task.life.exit_code is not None
        return TaskSeen(
            task=task.arn,
            revision=str(task.body["taskDefinition"]),
            status="STOPPED" if over else "RUNNING" if ran else "PENDING",
            health="UNKNOWN",
            started_at=task.began if ran else None,
            stopped_at=ended if over else None,
            exit_codes={name: code} if over and ran and code is not None else {},
            why=task.life.why if over else None,
            stop_code=self._stop_code(task, by_itself=by_itself) if over else None,
        )

    def _stop_code(self, task: _Task, *, by_itself: bool) -> str:
        if not by_itself:
            return "UserInitiated"
        return "TaskFailedToStart" if task.life.exit_code is None else "EssentialContainerExited"

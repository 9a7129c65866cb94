"""Tasks as real containers of the Docker engine. Images come from the embedded registry."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from ministack.services import ecs
from requests.exceptions import RequestException

from pilotage_local.ecs import ContainerState, Health, StopCode, TaskSpec, TaskState, TaskStatus
from pilotage_local.engine import Engine, remove_containers
from pilotage_local.patches.events import work_for
from pilotage_local.place import Place
from pilotage_local.tasks.container_settings import SecretMissing, settings
from pilotage_local.tasks.images import local_reference
from pilotage_local.tasks.observation import address_of, observe

_STOP_TIMEOUT = 30  # seconds; ECS's default for `stopTimeout`
_LAST_WAIT = 5.0  # seconds, for one thread, when everything ends
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Task:
    spec: TaskSpec
    containers: dict[str, Any] = field(default_factory=dict)
    complete: bool = False  # every container was started
    refused: str | None = None  # why it could not start
    asked_to_stop: bool = False
    healthy_at: datetime | None = None
    final: TaskState | None = None


class DockerTasks:
    """A TaskRunner, and the Backends of the load balancer. What takes long happens on threads of its own; `state`
    looks at the engine.
    """

    def __init__(self, engine: Engine, place: Place, clock: Callable[[], datetime]) -> None:
        self._engine, self._place, self._clock = engine, place, clock
        self._tasks: dict[str, _Task] = {}
        self._pulled: set[str] = set()
        self._threads: list[threading.Thread] = []
        self._frozen: frozenset[str] = frozenset()

    def start(self, task: TaskSpec) -> None:
        self._tasks[task.task_id] = entry = _Task(task)
        self._in_background(self._launch, entry)

    def stop(self, task_id: str, reason: str) -> None:  # noqa: ARG002 - the model keeps the reason
        entry = self._tasks[task_id]
        if not entry.asked_to_stop:
            entry.asked_to_stop = True
            self._in_background(self._halt, entry)

    def state(self, task_id: str) -> TaskState:
        entry = self._tasks[task_id]
        if entry.final is None:
            state = self._look(entry)
            if state.status is not TaskStatus.STOPPED:
                return state
            entry.final = state
            self._in_background(self._clear, entry)
        return entry.final

    def host(self, task_id: str) -> str | None:
        """The address of the task's containers on the engine's network, whatever its network mode."""
        entry = self._tasks.get(task_id)
        return None if entry is None else address_of(entry.containers)

    def health(self, host: str) -> None:  # noqa: ARG002 - Backends: real containers are asked
        return None

    def freeze(self, task_ids: frozenset[str]) -> None:
        """Pauses their containers, and lets go those that were paused before."""
        for task_id in task_ids ^ self._frozen:
            entry = self._tasks.get(task_id)
            for container in () if entry is None else list(entry.containers.values()):
                self._pause(container, wanted=task_id in task_ids)
        self._frozen = task_ids

    def _pause(self, container: Any, *, wanted: bool) -> None:
        try:
            container.pause() if wanted else container.unpause()
        except (APIError, RequestException) as error:  # it has ended meanwhile, or is paused already
            _log.info("container %s stays as it is: %s", container.name, error)

    def answer(self, host: str, path: str) -> None:  # noqa: ARG002 - see above
        return None

    def close(self) -> None:
        """Remove every container of this server and the images that it pulled. What is being started at this moment is
        waited for: it would otherwise appear after the last look.
        """
        for entry in self._tasks.values():
            entry.asked_to_stop = True
        remove_containers(self._engine, self._place.instance)
        for thread in self._threads:
            thread.join(_LAST_WAIT)
        remove_containers(self._engine, self._place.instance)
        for reference in self._pulled:
            try:
                self._engine.client.images.remove(reference)
            except APIError as error:
                _log.info("the image %s stays: %s", reference, error.explanation)

    def _in_background(self, work: Callable[[_Task], None], entry: _Task) -> None:
        thread = threading.Thread(target=work, args=(entry,), name=f"{work.__name__}-{entry.spec.task_id}", daemon=True)
        self._threads = [known for known in self._threads if known.is_alive()] + [thread]
        thread.start()

    def _look(self, entry: _Task) -> TaskState:
        if entry.refused is not None:
            return self._refusal(entry)
        if not entry.complete:
            return TaskState(TaskStatus.PENDING, containers=self._unstarted(entry))
        state = observe(entry.spec, entry.containers, entry.healthy_at, self._clock())
        if state.health is Health.HEALTHY and entry.healthy_at is None:
            entry.healthy_at = state.healthy_at
        if state.status is TaskStatus.STOPPED and entry.asked_to_stop:
            return _without_cause(state)
        if state.status is TaskStatus.STOPPED:
            self.stop(entry.spec.task_id, "an essential container exited")  # the others go with it
        return state

    def _refusal(self, entry: _Task) -> TaskState:
        failed = None if entry.asked_to_stop else StopCode.FAILED_TO_START
        reason = None if entry.asked_to_stop else entry.refused
        return TaskState(
            TaskStatus.STOPPED,
            containers=self._unstarted(entry, reason),
            stopped_at=self._clock(),
            stop_code=failed,
            stopped_reason=reason,
        )

    def _unstarted(self, entry: _Task, reason: str | None = None) -> tuple[ContainerState, ...]:
        return tuple(ContainerState(c["name"], reason=reason) for c in entry.spec.definition["containerDefinitions"])

    def _launch(self, entry: _Task) -> None:
        work_for(self._place.account, self._place.region)
        try:
            for container in entry.spec.definition["containerDefinitions"]:
                if entry.asked_to_stop:
                    entry.refused = "Task stopped before it started"
                    return
                self._run(entry, container)
            entry.complete = True
        except SecretMissing as error:
            entry.refused = f"ResourceInitializationError: {error}"
        except ImageNotFound as error:
            entry.refused = f"CannotPullContainerError: {error.explanation}"
        except (DockerException, RequestException) as error:
            entry.refused = f"CannotStartContainerError: {getattr(error, 'explanation', None) or error}"
        finally:
            if entry.asked_to_stop or entry.refused:
                self._halt(entry)

    def _run(self, entry: _Task, container: Mapping[str, Any]) -> None:
        image = local_reference(container["image"], self._place.registry)
        if image != container["image"]:
            self._pull(image)
        shares = self._first_of(entry) if entry.spec.definition.get("networkMode") == "awsvpc" else None
        started = self._engine.client.containers.run(image, **settings(entry.spec, container, self._place, shares))
        entry.containers[container["name"]] = started
        ecs._start_awslogs_forwarder(started, container, entry.spec.task_id)  # noqa: SLF001 - MiniStack's log driver

    def _pull(self, reference: str) -> None:
        """By digest or tag, for the platform that this engine runs: the definition's own may be another."""
        repository, separator, version = reference.rpartition("@" if "@" in reference else ":")
        try:
            self._engine.client.images.pull(repository, tag=version)
        except APIError as error:
            raise ImageNotFound(
                str(error), explanation=f"failed to resolve ref {repository}{separator}{version}: {error.explanation}"
            ) from error
        self._pulled.add(reference)

    def _first_of(self, entry: _Task) -> str | None:
        return next((container.id for container in entry.containers.values()), None)

    def _halt(self, entry: _Task) -> None:
        by_name = {c["name"]: c for c in entry.spec.definition["containerDefinitions"]}
        for name, container in reversed(list(entry.containers.items())):
            try:
                container.stop(timeout=by_name[name].get("stopTimeout", _STOP_TIMEOUT))
            except NotFound:
                continue
            except (APIError, RequestException) as error:
                _log.warning("container %s of task %s did not stop: %s", name, entry.spec.task_id, error)

    def _clear(self, entry: _Task) -> None:
        self._halt(entry)
        for container in entry.containers.values():
            try:
                container.remove(force=True, v=True)
            except NotFound:
                continue
            except (APIError, RequestException) as error:
                _log.warning("container %s stays: %s", container.name, error)


def _without_cause(state: TaskState) -> TaskState:
    """The model knows why it stopped the task; an exit code is all that the containers add."""
    return TaskState(
        state.status,
        state.health,
        state.containers,
        state.started_at,
        state.healthy_at,
        state.stopped_at or datetime.now(UTC),
    )

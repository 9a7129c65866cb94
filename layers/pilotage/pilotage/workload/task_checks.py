"""What the containers of one task say of each other, and what the kind of a workload leaves no room for.

It is judged where everything is known: the manifest with what is special to its environment, the image, and the
operators' defaults, in which sidecars and a router may stand as well.

Sources: Amazon ECS API reference, ContainerDependency, ContainerDefinition; Developer Guide, "Amazon ECS service
quotas" (10 containers a task), "Send Amazon ECS logs to an AWS service or AWS Partner" (not on Windows).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from pilotage.manifest.containers import ROUTER
from pilotage.manifest.shapes import Container, Until
from pilotage.manifest.words import Kind
from pilotage.names import choices
from pilotage.schema import Finding

if TYPE_CHECKING:
    from pilotage.workload import Workload

MOST_CONTAINERS = 10
_FIRELENS = "awsfirelens"
_ENDED = (Until.COMPLETE, Until.SUCCESS)


def task_findings(workload: Workload) -> Iterator[Finding]:
    """Every contradiction, by the path at which it stands in a manifest."""
    for check in (_worker, _restarts, _names, _waits, _circles, _router, _mounts, _sizes, _port_names):
        yield from check(workload)


def containers_of(workload: Workload) -> Mapping[str, tuple[str, Container]]:
    """By name: what the paths of its fields begin with, and the container. The router has no fields of this kind."""
    found = {workload.service: ("", workload.container)}
    return found | {each.name: (f"sidecars.{each.name}.", each.container) for each in workload.sidecars}


def _worker(workload: Workload) -> Iterator[Finding]:
    """Operators' defaults are for all services, and a worker does without them: see `fields`."""
    for field, value in (("routing", workload.routing), ("grace_period", workload.grace_period)):
        if workload.worker and value is not None:
            remedy = "Nobody sends requests to a worker: take it out, or say `kind: service`."
            yield Finding(field, value, remedy)


def _restarts(workload: Workload) -> Iterator[Finding]:
    """A container that ended is started again, whatever started its task ("Restart individual containers in Amazon ECS
    tasks with container restart policies"): work that has an end would be done twice.
    """
    restart = workload.container.restart
    if restart is None:
        return
    if workload.migrations:
        remedy = "ECS would run a migration again when it ends: take one of them out."
        yield Finding("restart", "with migrations", remedy)
    elif workload.kind is not Kind.SERVICE and 0 not in restart.ignored_exit_codes:
        remedy = f"A {workload.kind} is done when it ends: say `ignored_exit_codes: [0]`, or take it out."
        yield Finding("restart.ignored_exit_codes", list(restart.ignored_exit_codes), remedy)


def _names(workload: Workload) -> Iterator[Finding]:
    for each in workload.sidecars:
        if each.name == workload.service:
            remedy = "The container of the service is called so: give the sidecar another name."
            yield Finding(f"sidecars.{each.name}", each.name, remedy)
        if each.name == ROUTER and workload.router is not None:
            remedy = "The router's container is called so: give the sidecar another name."
            yield Finding(f"sidecars.{each.name}", each.name, remedy)
    number = 1 + len(workload.sidecars) + (workload.router is not None)
    if number > MOST_CONTAINERS:
        remedy = f"A task has {MOST_CONTAINERS} containers at most, its own and the router's among them."
        yield Finding("sidecars", f"{number} containers", remedy)


def _waits(workload: Workload) -> Iterator[Finding]:
    known = [*containers_of(workload), *([ROUTER] if workload.router is not None else [])]
    for name, (at, container) in containers_of(workload).items():
        for other, until in container.depends_on.items():
            path = f"{at}depends_on.{other}"
            if other == name:
                yield Finding(path, other, "A container cannot wait for itself.")
            elif other not in known:
                others = [each for each in known if each != name]
                yield Finding(path, other, f"There is no such container. The others are {choices(others, 'and')}.")
            elif until is Until.HEALTHY and not _has_health_check(workload, other):
                yield Finding(path, until.value, f"{other} has no health check that could tell: add one, or say start.")
            elif until in _ENDED and _is_essential(workload, other):
                remedy = f"{other} is essential, and the task ends when it ends: say `essential: false` there."
                yield Finding(path, until.value, remedy)


def _has_health_check(workload: Workload, name: str) -> bool:
    if name == workload.service:
        return workload.health_check is not None
    return any(each.health_check is not None for each in workload.sidecars if each.name == name)


def _is_essential(workload: Workload, name: str) -> bool:
    return all(each.essential for each in workload.sidecars if each.name == name)


def _circles(workload: Workload) -> Iterator[Finding]:
    waits = {name: set(container.depends_on) - {name} for name, (_, container) in containers_of(workload).items()}
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as circle:
        names = list(reversed(circle.args[1]))
        at, _ = containers_of(workload)[names[0]]
        yield Finding(f"{at}depends_on.{names[1]}", ", ".join(names), "They wait for each other: break the circle.")


def _router(workload: Workload) -> Iterator[Finding]:
    routed = [
        f"{at}logging.driver"
        for at, container in containers_of(workload).values()
        if container.logging is not None and container.logging.driver == _FIRELENS
    ]
    if workload.router is None:
        for path in routed:
            yield Finding(path, _FIRELENS, "Its logs have nowhere to go: add a `router`, such as {type: fluentbit}.")
        return
    if not routed:
        remedy = f"No container gives it logs: add `logging: {{driver: {_FIRELENS}}}`, or take it out."
        yield Finding("router", workload.router.type, remedy)
    if workload.operating_system.startswith("WINDOWS"):
        yield Finding("router", workload.router.type, "There is no FireLens for Windows: log with awslogs.")


def _mounts(workload: Workload) -> Iterator[Finding]:
    known = sorted(each.name for each in workload.volumes)
    for at, container in containers_of(workload).values():
        for mount in container.mounts:
            if mount.volume not in known:
                remedy = f"There is no such volume. Those of the task are {choices(known, 'and')}."
                yield Finding(f"{at}mounts.{mount.volume}", mount.volume, remedy)


def _sizes(workload: Workload) -> Iterator[Finding]:
    """What the sidecars keep for themselves lies within the task."""
    memory = sum(each.memory_reservation or each.memory or 0 for each in workload.sidecars)
    if workload.router is not None:
        memory += workload.router.memory
    cpu = sum(each.cpu or 0 for each in workload.sidecars)
    for field, kept, whole, unit in (
        ("memory", memory, workload.memory, "MiB"),
        ("cpu", cpu, workload.cpu, "CPU units"),
    ):
        if kept > whole:
            remedy = f"Sidecars and router keep {kept} {unit} for themselves: ask for more."
            yield Finding(field, whole, remedy)
    for each in workload.sidecars:
        if each.memory is not None and each.memory > workload.memory:
            path = f"sidecars.{each.name}.memory"
            yield Finding(
                path, each.memory, f"The whole task has {workload.memory} MiB: ask for more, or for less here."
            )
    kept_here = workload.memory_reservation
    if kept_here is not None and kept_here >= workload.memory:
        remedy = f"The task has {workload.memory} MiB in all: keep less, or ask for more `memory`."
        yield Finding("memory_reservation", kept_here, remedy)


def _port_names(workload: Workload) -> Iterator[Finding]:
    """ECS knows a port of a task by its name."""
    named = [("ports", port.name) for port in workload.ports]
    named += [(f"sidecars.{each.name}.ports", port.name) for each in workload.sidecars for port in each.ports]
    often = Counter(name for _, name in named if name is not None)
    for name in sorted(each for each, times in often.items() if times > 1):
        where = [path for path, each in named if each == name]
        yield Finding(where[-1], name, "Two ports of the task have this name: give one of them another.")

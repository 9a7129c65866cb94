"""What runs the tasks: the cluster, its capacity providers, room on its instances, and ECS's own limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pilotage.placement import fargate_sizes
from pilotage.verifying import finding as pages
from pilotage.verifying.finding import Finding, fine, unknown, unseen, wrong
from pilotage.verifying.needs import Needs
from pilotage.verifying.things import Facts, Instances, InstanceSeen, Provider, ProviderSeen, ScalingGroup, Unseen
from pilotage.verifying.work import Task

OWN = frozenset({"FARGATE", "FARGATE_SPOT"})
_MOST_BYTES = 64 * 1024
_MACHINE = {"x86_64": "amd64", "arm64": "arm64"}  # attribute ecs.cpu-architecture


def clusters(needs: Needs, facts: Facts) -> Iterator[Finding]:
    """The cluster takes tasks, and has the capacity providers that the service or schedule names."""
    thing, page, seen = f"cluster {needs.cluster.name}", pages.CAPACITY, facts.of(needs.cluster)
    if isinstance(seen, Unseen):
        yield unseen(thing, seen, page)
    elif seen is None:
        yield wrong(thing, "ECS has no such cluster", "Create it, or correct the policy's cluster.", page)
    elif seen.status != "ACTIVE":
        yield wrong(thing, f"it is {seen.status}", "Let the policy name a cluster that is ACTIVE.", page)
    else:
        yield fine(thing, "it is ACTIVE", page)
        yield from (_attached(each, seen.providers, needs, facts) for each in needs.providers)


def _attached(provider: Provider, providers: Sequence[str], needs: Needs, facts: Facts) -> Finding:
    """One of Managed Instances belongs to a cluster by itself, whatever the cluster lists."""
    thing, page = f"capacity provider {provider.name}", pages.CAPACITY
    own = facts.of(provider) if provider.name not in OWN and provider.name not in providers else None
    if isinstance(own, Unseen):
        return unseen(thing, own, page)
    if provider.name in providers or (own is not None and own.cluster == needs.cluster.name.rpartition("/")[-1]):
        return fine(thing, f"cluster {needs.cluster.name} has it", page)
    remedy = "Attach it to the cluster (PutClusterCapacityProviders), or correct the policy's capacity."
    return wrong(thing, f"cluster {needs.cluster.name} has only {', '.join(providers) or 'none'}", remedy, page)


def instances(needs: Needs, facts: Facts) -> Iterator[Finding]:
    """EC2 can hold the tasks: on what its instances have left, or on what its Auto Scaling group may still start."""
    for provider in needs.providers:
        seen = facts.of(provider) if provider.name not in OWN else None
        if isinstance(seen, Unseen):
            yield unseen(f"capacity provider {provider.name}", seen, pages.INSTANCES)
        elif seen is not None and seen.status != "ACTIVE":
            found, remedy = f"it is {seen.status}", "Let the policy name a capacity provider that is ACTIVE."
            yield wrong(f"capacity provider {provider.name}", found, remedy, pages.INSTANCES)
        elif seen is not None and seen.group is not None:
            yield _held(needs, facts, provider, seen)
    if needs.task.on_instances:
        yield _held(needs, facts, None, None)


def _held(needs: Needs, facts: Facts, provider: Provider | None, of_provider: ProviderSeen | None) -> Finding:
    thing = f"room on EC2 ({provider.name if provider else needs.cluster.name})"
    every = facts.of(Instances(needs.cluster.name))
    if isinstance(every, Unseen):
        return unseen(thing, every, pages.INSTANCES)
    mine = [each for each in every or () if provider is None or each.provider == provider.name]
    right = [each for each in mine if _MACHINE.get(each.architecture) == needs.task.architecture]
    if needs.task.daemon:
        return _daemon(thing, needs.task, right)
    more = facts.of(ScalingGroup(of_provider.group)) if of_provider and of_provider.group else None
    startable = more.most - more.size if more is not None and not isinstance(more, Unseen) else 0
    if isinstance(more, Unseen):
        return unseen(thing, more, pages.INSTANCES)
    return _room(thing, needs.task, mine, right, startable)


def _daemon(thing: str, task: Task, right: list[InstanceSeen]) -> Finding:
    """One task an instance, and none where there is no room: that is no mistake."""
    full = sum(_fits(task, each.free_cpu, each.free_memory, each.free_gpu) < 1 for each in right)
    if full:
        found = f"{full} of {len(right)} instances have no room for a further task"
        return unknown(thing, found, "They may run it already; if not, make room there.", pages.INSTANCES)
    return fine(thing, f"{len(right)} instances have room for a task each", pages.INSTANCES)


def _room(thing: str, task: Task, mine: list[InstanceSeen], right: list[InstanceSeen], startable: int) -> Finding:
    wanted = f"{task.count} x ({task.cpu} CPU units, {task.memory} MiB{f', {task.gpu} GPU' if task.gpu else ''})"
    if not mine and startable == 0:
        found = "there is no instance, and its Auto Scaling group starts none"
        return wrong(thing, found, "Raise the group's maximum size.", pages.INSTANCES)
    if mine and not right:
        found = f"its instances are {mine[0].architecture}, and the image runs on {task.architecture}"
        return wrong(thing, found, "Build the image for them, or name another capacity.", pages.INSTANCES)
    if right and not any(_fits(task, each.cpu, each.memory, each.gpu) for each in right):
        largest = max(right, key=lambda each: (each.cpu, each.memory))
        found = f"not even an empty instance ({largest.cpu} CPU units, {largest.memory} MiB) holds one of {wanted}"
        return wrong(thing, found, "Take a larger instance type, or ask for less.", pages.INSTANCES)
    now = sum(_fits(task, each.free_cpu, each.free_memory, each.free_gpu) for each in right)
    if now >= task.count:
        return fine(thing, f"{len(right)} instances have room for {now} more tasks", pages.INSTANCES)
    if startable > 0:
        found = f"room for {now} tasks now, of {wanted}; its Auto Scaling group may start {startable} more instances"
        return fine(thing, found, pages.INSTANCES)
    found = f"room for {now} more tasks, of {wanted}, and its Auto Scaling group starts no further instance"
    # Tasks of the same service that stop make room, so this may be enough.
    return unknown(
        thing, found, "Raise the group's maximum size, unless this service's old tasks make room.", pages.INSTANCES
    )


def _fits(task: Task, cpu: int, memory: int, gpu: int) -> int:
    """How many tasks go into that much."""
    pairs = ((cpu, task.cpu), (memory, task.memory), (gpu, task.gpu))
    return max(0, min((has // takes for has, takes in pairs if takes), default=task.count))


def sizes(needs: Needs, _facts: Facts) -> Iterator[Finding]:
    """Limits that no AWS call has to be asked about."""
    task, page = needs.task, pages.QUOTAS
    if needs.size > _MOST_BYTES:
        remedy = "Move environment variables into a file (`env_files`), or shorten what overrides add."
        yield wrong("task definition", f"{needs.size} bytes, and ECS takes {_MOST_BYTES}", remedy, page)
    else:
        yield fine("task definition", f"{needs.size} of {_MOST_BYTES} bytes", page)
    if not task.fargate:
        return
    size = fargate_sizes.TaskSize(task.cpu, task.memory)
    if size in fargate_sizes.SIZES:
        yield fine("Fargate size", f"{size}", pages.FARGATE_SIZES)
        return
    near = fargate_sizes.holding(task.cpu, task.memory) or fargate_sizes.LARGEST
    yield wrong("Fargate size", f"there is no {size}", f"The nearest is {near}.", pages.FARGATE_SIZES)

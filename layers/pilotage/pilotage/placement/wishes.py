"""What the tags and the manifest wish for, by rules of which the first that speaks decides, and its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pilotage.placement.choice import Choice
from pilotage.placement.shares import largest, told
from pilotage.policy import Capacity
from pilotage.workload import Kind, Launch, Pattern, Priority, Size, Workload

# Two m-type .large instances (2 vCPU, 8 GiB each): the least that an EC2 fleet over two zones has, so the least
# that a workload should fill before instances are worth looking after.
LARGE_CPU = 4096
LARGE_MEMORY = 16384

LAUNCHES: Mapping[Launch, Choice] = {
    Launch.FARGATE: Choice.FARGATE,
    Launch.FARGATE_SPOT: Choice.FARGATE_SPOT,
    Launch.EC2: Choice.EC2,
    Launch.MANAGED_INSTANCES: Choice.MANAGED_INSTANCES,
}
ONLY_EXPLICIT: Mapping[Choice, str] = {
    Choice.FARGATE_SPOT: "interruptible at two minutes' notice: taken only when launch: fargate-spot says so",
    Choice.MANAGED_INSTANCES: "taken only when launch: managed-instances says so",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the rules would choose, and what they would say about every other option."""

    choice: Choice
    reasons: tuple[str, ...]
    others: Mapping[Choice, str]


def shared(workload: Workload) -> Wish | None:
    if not workload.shares:
        return None
    launch = largest(workload.shares)
    why = f"tasks are shared among {told(workload)}{_source(workload, 'capacity')}, most of them on {launch}"
    return Wish(LAUNCHES[launch], (why,), dict.fromkeys(Choice, f"capacity puts most tasks on {launch}"))


def explicit(workload: Workload) -> Wish | None:
    launch = workload.wishes.launch
    if launch is None:
        return None
    said = f"launch {launch} is asked for{_source(workload, 'launch')}, and an explicit launch wins"
    return Wish(LAUNCHES[launch], (said,), dict.fromkeys(Choice, f"launch: {launch} was asked for"))


def by_cost(
    workload: Workload, kind: Kind, capacity: Capacity, region: str | None, cannot: Mapping[Choice, tuple[str, ...]]
) -> Wish | None:
    """What costs less, for a large and steady service of which nobody said what matters more. None: nobody can tell,
    or somebody has said.
    """
    wishes = workload.wishes
    if kind is not Kind.SERVICE or wishes.priority is not None or wishes.pattern is Pattern.BURST:
        return None
    size, why_size = _size(workload)
    if size is Size.SMALL or not capacity.instance_types or cannot[Choice.EC2] or cannot[Choice.FARGATE]:
        return None
    from pilotage.placement.cost import ec2_or_fargate  # noqa: PLC0415 - the prices, which few workloads need

    decided = ec2_or_fargate(workload, capacity, region)
    if decided is None:
        return None
    choice, why = decided
    if choice is Choice.EC2:
        return _ec2("the same steady capacity costs more on Fargate", why_size, why, _steady(workload))
    return _fargate(
        "it costs about as much on instances, which have to be looked after", why_size, why, _steady(workload)
    )


def wished(workload: Workload, kind: Kind) -> Wish:
    """The seed rules of the design: the first that speaks decides."""
    if kind is not Kind.SERVICE:
        said = f"{_pattern(workload, kind)}: it runs for a while only, and Fargate bills no idle instance"
        return _fargate("instances would be paid for between the runs", said)
    if workload.wishes.pattern is Pattern.BURST:
        said = f"pattern burst{_source(workload, 'pattern')}: Fargate follows the load, no instance waits for a peak"
        return _fargate("instances for the peaks of a burst would stand idle between them", said)
    size, why_size = _size(workload)
    if size is Size.SMALL:
        return _fargate("too small to fill instances of its own", why_size, _steady(workload))
    priority, why_priority = _priority(workload)
    if priority is Priority.OVERHEAD:
        said = f"{why_priority}: on Fargate there are no instances to look after"
        return _fargate(
            "instances have to be looked after, and priority is overhead", why_size, said, _steady(workload)
        )
    said = f"{why_priority}: steady load that fills instances costs less on them"
    not_fargate = "the same steady capacity costs more on Fargate, and priority is cost"
    return _ec2(not_fargate, why_size, said, _steady(workload))


def _fargate(not_ec2: str, *reasons: str) -> Wish:
    return Wish(Choice.FARGATE, reasons, {**ONLY_EXPLICIT, Choice.EC2: not_ec2})


def _ec2(not_fargate: str, *reasons: str) -> Wish:
    return Wish(Choice.EC2, reasons, {**ONLY_EXPLICIT, Choice.FARGATE: not_fargate})


def derived_size(workload: Workload) -> tuple[Size, str]:
    """`small` or `large` from cpu, memory and count, with the sum that decided."""
    count = max(workload.count, 1)
    cpu, memory = workload.cpu * count, workload.memory * count
    size = Size.LARGE if cpu >= LARGE_CPU or memory >= LARGE_MEMORY else Size.SMALL
    return size, (
        f"size {size}, derived: {count} x ({workload.cpu} CPU units, {workload.memory} MiB) = {cpu} and {memory}, "
        f"and large begins at {LARGE_CPU} CPU units or {LARGE_MEMORY} MiB"
    )


def _pattern(workload: Workload, kind: Kind) -> str:
    pattern = workload.wishes.pattern
    return f"pattern {pattern}{_source(workload, 'pattern')}" if pattern else f"kind {kind}"


def _steady(workload: Workload) -> str:
    said = workload.wishes.pattern is not None
    return f"pattern steady{_source(workload, 'pattern')}" if said else "pattern steady, by default"


def _size(workload: Workload) -> tuple[Size, str]:
    said = workload.wishes.size
    return (said, f"size {said}{_source(workload, 'size')}") if said else derived_size(workload)


def _priority(workload: Workload) -> tuple[Priority, str]:
    said = workload.wishes.priority
    if said:
        return said, f"priority {said}{_source(workload, 'priority')}"
    return Priority.OVERHEAD, "priority overhead, by default"


def _source(workload: Workload, wish: str) -> str:
    source = workload.sources.get(f"placement.{wish}")
    return f" ({source})" if source else ""

"""Where a workload runs: hard constraints first, then what the tags say, with reasons for every choice.

The rules, in the order in which they speak:

1. What cannot be (pilotage.placement.constraints) and what the policy's cluster does not have is out, whoever asks.
2. An explicit `launch` wins, or the workload is refused with the reasons why it cannot. So do shares among capacity
   providers (`capacity`): the choice is where most tasks go.
3. batch and periodic -> Fargate, as a one-off or scheduled task and not a service.
4. small or burst -> Fargate; large + cost -> EC2; large + overhead -> Fargate.
5. Where the rules' choice is out, the next that can: EC2 for Fargate, Fargate for EC2.

Fargate Spot (interruptible) and Managed Instances are never chosen for anybody: only an explicit `launch` takes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from pilotage.errors import Refused
from pilotage.placement import constraints
from pilotage.placement.shares import largest, refuse_shares, told
from pilotage.policy import Capacity, Policy
from pilotage.workload import Kind, Launch, Pattern, Priority, Size, Workload

# Two m-type .large instances (2 vCPU, 8 GiB each): the least that an EC2 fleet over two zones has, so the least
# that a workload should fill before instances are worth looking after.
LARGE_CPU = 4096
LARGE_MEMORY = 16384


class Choice(StrEnum):
    FARGATE = "FARGATE"
    FARGATE_SPOT = "FARGATE_SPOT"
    EC2 = "EC2"
    MANAGED_INSTANCES = "MANAGED_INSTANCES"


ON_FARGATE = frozenset({Choice.FARGATE, Choice.FARGATE_SPOT})


@dataclass(frozen=True, slots=True)
class Rejected:
    option: Choice
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One way to run it. `reasons`: why it cannot be, or what speaks for and against it. `monthly` in dollars for the
    workload's count and schedule; None: no price is known. `interruption`: how likely AWS is to take it away.
    `detail`: what it comes to, such as `2 x m7g.large, 61 % full`.
    """

    choice: Choice
    architecture: str
    feasible: bool
    reasons: tuple[str, ...] = ()
    monthly: float | None = None
    interruption: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Placement:
    """`capacity_provider` is what the service's capacity provider strategy names."""

    choice: Choice
    kind: Kind
    capacity_provider: str
    reasons: tuple[str, ...]
    rejected: tuple[Rejected, ...] = ()
    options: tuple[Option, ...] = ()
    prices_of: str = ""  # the date of the prices


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the rules would choose, and what they would say about every other option."""

    choice: Choice
    reasons: tuple[str, ...]
    others: Mapping[Choice, str]


_CANNOT: Mapping[Choice, Callable[[Workload, Capacity], Iterator[str]]] = {
    Choice.FARGATE: constraints.fargate,
    Choice.FARGATE_SPOT: constraints.fargate_spot,
    Choice.EC2: constraints.ec2,
    Choice.MANAGED_INSTANCES: constraints.managed_instances,
}
LAUNCHES: Mapping[Launch, Choice] = {
    Launch.FARGATE: Choice.FARGATE,
    Launch.FARGATE_SPOT: Choice.FARGATE_SPOT,
    Launch.EC2: Choice.EC2,
    Launch.MANAGED_INSTANCES: Choice.MANAGED_INSTANCES,
}
_ONLY_EXPLICIT: Mapping[Choice, str] = {
    Choice.FARGATE_SPOT: "interruptible at two minutes' notice: taken only when launch: fargate-spot says so",
    Choice.MANAGED_INSTANCES: "taken only when launch: managed-instances says so",
}


def place(workload: Workload, policy: Policy) -> Placement:
    """The one choice, its reasons, and every other option with why not.

    Raises Refused when an explicit `launch` cannot be, when nothing can, and when a daemon is no service.
    """
    kind = _kind(workload)
    _refuse_daemon(workload, kind)
    cannot = {option: tuple(check(workload, policy.capacity)) for option, check in _CANNOT.items()}
    wish = _shared(workload) or _explicit(workload) or _wished(workload, kind)
    refuse_shares(workload, {launch: cannot[choice] for launch, choice in LAUNCHES.items()})
    if workload.wishes.launch is not None and cannot[wish.choice]:
        raise Refused(
            f"placement.launch of {workload.service}",
            workload.wishes.launch.value,
            f"It cannot be: {'; '.join(cannot[wish.choice])}. Change what rules it out, or take launch away.",
        )
    choice, reasons = _feasible(workload, wish, cannot)
    rejected = tuple(
        Rejected(option, cannot[option] or (wish.others[option],)) for option in Choice if option is not choice
    )
    return Placement(
        choice, kind, provider_of(choice, policy.capacity), (*reasons, _kind_reason(workload, kind)), rejected
    )


def derived_size(workload: Workload) -> tuple[Size, str]:
    """`small` or `large` from cpu, memory and count, with the sum that decided."""
    count = max(workload.count, 1)
    cpu, memory = workload.cpu * count, workload.memory * count
    size = Size.LARGE if cpu >= LARGE_CPU or memory >= LARGE_MEMORY else Size.SMALL
    return size, (
        f"size {size}, derived: {count} x ({workload.cpu} CPU units, {workload.memory} MiB) = {cpu} and {memory}, "
        f"and large begins at {LARGE_CPU} CPU units or {LARGE_MEMORY} MiB"
    )


def _kind(workload: Workload) -> Kind:
    """Batch and periodic work never is a service, whatever layer said `service`."""
    if workload.kind is not Kind.SERVICE:
        return workload.kind
    by_pattern = {Pattern.BATCH: Kind.TASK, Pattern.PERIODIC: Kind.SCHEDULE}
    return by_pattern.get(workload.wishes.pattern or Pattern.STEADY, Kind.SERVICE)


def _kind_reason(workload: Workload, kind: Kind) -> str:
    return {
        Kind.SERVICE: f"kept running as a service with the {'DAEMON' if workload.daemon else 'REPLICA'} strategy",
        Kind.SCHEDULE: "started by an EventBridge Scheduler schedule, not kept running as a service",
        Kind.TASK: "started once as a task, not kept running as a service",
    }[kind]


def _refuse_daemon(workload: Workload, kind: Kind) -> None:
    for reason in constraints.daemon(workload, kind):
        raise Refused(
            f"daemon of {workload.service}", workload.daemon, f"It cannot be: {reason}. Take one of them away."
        )


def _shared(workload: Workload) -> _Wish | None:
    if not workload.shares:
        return None
    launch = largest(workload.shares)
    why = f"tasks are shared among {told(workload)}{_source(workload, 'capacity')}, most of them on {launch}"
    return _Wish(LAUNCHES[launch], (why,), dict.fromkeys(Choice, f"capacity puts most tasks on {launch}"))


def _explicit(workload: Workload) -> _Wish | None:
    launch = workload.wishes.launch
    if launch is None:
        return None
    said = f"launch {launch} is asked for{_source(workload, 'launch')}, and an explicit launch wins"
    return _Wish(LAUNCHES[launch], (said,), dict.fromkeys(Choice, f"launch: {launch} was asked for"))


def _wished(workload: Workload, kind: Kind) -> _Wish:
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
    others = {**_ONLY_EXPLICIT, Choice.FARGATE: "the same steady capacity costs more on Fargate, and priority is cost"}
    return _Wish(Choice.EC2, (why_size, said, _steady(workload)), others)


def _fargate(not_ec2: str, *reasons: str) -> _Wish:
    return _Wish(Choice.FARGATE, reasons, {**_ONLY_EXPLICIT, Choice.EC2: not_ec2})


def _feasible(
    workload: Workload, wish: _Wish, cannot: Mapping[Choice, tuple[str, ...]]
) -> tuple[Choice, tuple[str, ...]]:
    if not cannot[wish.choice]:
        return wish.choice, wish.reasons
    instead = Choice.EC2 if wish.choice is Choice.FARGATE else Choice.FARGATE
    if cannot[instead]:
        _refuse(workload, cannot)
    why = f"{wish.choice} would be the choice but cannot be: {'; '.join(cannot[wish.choice])}. {instead} can"
    return instead, (*wish.reasons, why)


def _refuse(workload: Workload, cannot: Mapping[Choice, tuple[str, ...]]) -> None:
    why = " ".join(f"{option}: {'; '.join(cannot[option] or (_ONLY_EXPLICIT[option],))}." for option in Choice)
    raise Refused(
        f"placement of {workload.service}",
        "no launch option",
        f"None can run it. {why} Ask for less, or give the policy's cluster what is missing.",
    )


def provider_of(choice: Choice, capacity: Capacity) -> str:
    """The name of the capacity provider."""
    named = {Choice.EC2: capacity.ec2, Choice.MANAGED_INSTANCES: capacity.managed_instances}
    return named.get(choice) or choice.value


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

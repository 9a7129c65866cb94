"""Where a workload runs: hard constraints first, then what the tags say, with reasons for every choice.

The rules, in the order in which they speak:

1. What cannot be (pilotage.placement.constraints) and what the policy's cluster does not have is out, whoever asks.
2. An explicit `launch` wins, or the workload is refused with the reasons why it cannot. So do shares among capacity
   providers (`capacity`): the choice is where most tasks go.
3. batch and periodic -> Fargate, as a one-off or scheduled task and not a service.
4. small or burst -> Fargate; large + cost -> EC2; large + overhead -> Fargate. Large, and nobody said a priority: EC2
   where the policy names its instance types and they cost a fifth less than Fargate (pilotage.placement.cost), else
   Fargate.
5. Where the rules' choice is out, the next that can: EC2 for Fargate, Fargate for EC2.

Fargate Spot (interruptible) and Managed Instances are never chosen for anybody: only an explicit `launch` takes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from pilotage.errors import Refused
from pilotage.placement import constraints
from pilotage.placement.choice import ON_FARGATE, Choice, Option, Placement, Rejected
from pilotage.placement.shares import refuse_shares
from pilotage.placement.wishes import LAUNCHES, ONLY_EXPLICIT, Wish, by_cost, derived_size, explicit, shared, wished
from pilotage.policy import Capacity, Policy
from pilotage.workload import Kind, Pattern, Workload

__all__ = [
    "CANNOT",
    "LAUNCHES",
    "ON_FARGATE",
    "Choice",
    "Option",
    "Placement",
    "Rejected",
    "derived_size",
    "place",
    "provider_of",
]

CANNOT: Mapping[Choice, Callable[[Workload, Capacity], Iterator[str]]] = {
    Choice.FARGATE: constraints.fargate,
    Choice.FARGATE_SPOT: constraints.fargate_spot,
    Choice.EC2: constraints.ec2,
    Choice.MANAGED_INSTANCES: constraints.managed_instances,
}


def place(workload: Workload, policy: Policy, region: str | None = None) -> Placement:
    """The one choice, its reasons, and every other option with why not. `region`: whose prices may decide; None: none.

    Raises Refused when an explicit `launch` cannot be, when nothing can, and when a daemon is no service.
    """
    kind = _kind(workload)
    _refuse_daemon(workload, kind)
    cannot = {option: tuple(check(workload, policy.capacity)) for option, check in CANNOT.items()}
    wish = (
        shared(workload)
        or explicit(workload)
        or by_cost(workload, kind, policy.capacity, region, cannot)
        or wished(workload, kind)
    )
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


def _feasible(
    workload: Workload, wish: Wish, cannot: Mapping[Choice, tuple[str, ...]]
) -> tuple[Choice, tuple[str, ...]]:
    if not cannot[wish.choice]:
        return wish.choice, wish.reasons
    instead = Choice.EC2 if wish.choice is Choice.FARGATE else Choice.FARGATE
    if cannot[instead]:
        _refuse(workload, cannot)
    why = f"{wish.choice} would be the choice but cannot be: {'; '.join(cannot[wish.choice])}. {instead} can"
    return instead, (*wish.reasons, why)


def _refuse(workload: Workload, cannot: Mapping[Choice, tuple[str, ...]]) -> None:
    why = " ".join(f"{option}: {'; '.join(cannot[option] or (ONLY_EXPLICIT[option],))}." for option in Choice)
    raise Refused(
        f"placement of {workload.service}",
        "no launch option",
        f"None can run it. {why} Ask for less, or give the policy's cluster what is missing.",
    )


def provider_of(choice: Choice, capacity: Capacity) -> str:
    """The name of the capacity provider."""
    named = {Choice.EC2: capacity.ec2, Choice.MANAGED_INSTANCES: capacity.managed_instances}
    return named.get(choice) or choice.value

"""Every way to run a workload, side by side: can it be, what it costs a month, how likely AWS takes it away.

Prepare needs the choice alone; this is for those who want to see what was not chosen, and for the plan's dollars.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from pilotage.placement import CANNOT, LAUNCHES, Choice, Option, Placement
from pilotage.placement.estimates import estimate, use_of
from pilotage.placement.shares import tasks_of
from pilotage.policy import Policy
from pilotage.prices.table import Table, shipped
from pilotage.workload import Kind, Workload

_INTERRUPTION = {
    Choice.FARGATE: "no; retirements are announced",  # "Task retirement and maintenance for AWS Fargate on Amazon ECS"
    Choice.FARGATE_SPOT: "any time, at two minutes' notice",  # "Amazon ECS clusters for Fargate", termination notices
    Choice.EC2: "no; an instance may fail or be drained",  # "Draining Amazon ECS container instances"
    Choice.MANAGED_INSTANCES: "drained for patches, 14 to 21 days old",  # "Patching in Amazon ECS Managed Instances"
}
_ARCHITECTURES = ("X86_64", "ARM64")


def weigh_options(
    workload: Workload,
    policy: Policy,
    placement: Placement,
    region: str | None,
    *,
    built_for: Iterable[str] = (),
    table: Table | None = None,
) -> tuple[Option, ...]:
    """Fargate in both architectures, Fargate Spot, EC2 and Managed Instances.

    `built_for`: the architectures (X86_64, ARM64) that the image has besides the workload's own. `table`: prices;
    default: those of this installation. What cannot be has no dollars, unless all that is missing is an image.
    """
    prices = table or shipped()
    built = {workload.architecture, *built_for}
    return tuple(
        _option(choice, replace(workload, architecture=architecture), policy, placement, region, prices, built)
        for choice, architecture in _ways(workload)
    )


def monthly_of(
    workload: Workload, policy: Policy, placement: Placement, region: str | None, table: Table | None = None
) -> float | None:
    """Dollars a month of what was chosen, at the least count; where tasks are shared among capacity providers, of each
    its part. None: no price is known, or it is started when somebody asks, which is no month.
    """
    if placement.kind is Kind.TASK:
        return None
    prices = table or shipped()
    if not workload.shares:
        return estimate(placement.choice, workload, placement.kind, policy.capacity, prices, region).least
    parts = tasks_of(workload.shares, use_of(workload, placement.kind).least)
    dollars = [
        estimate(
            LAUNCHES[launch],
            replace(workload, count=tasks, scaling=None),
            placement.kind,
            policy.capacity,
            prices,
            region,
        ).least
        for launch, tasks in parts.items()
    ]
    known = [each for each in dollars if each is not None]
    return sum(known) if len(known) == len(dollars) else None


def is_chosen(option: Option, placement: Placement, workload: Workload) -> bool:
    return option.choice is placement.choice and option.architecture == workload.architecture


def _ways(workload: Workload) -> Iterator[tuple[Choice, str]]:
    for architecture in _ARCHITECTURES:
        yield Choice.FARGATE, architecture
    for choice in (Choice.FARGATE_SPOT, Choice.EC2, Choice.MANAGED_INSTANCES):
        yield choice, workload.architecture


def _option(
    choice: Choice,
    workload: Workload,
    policy: Policy,
    placement: Placement,
    region: str | None,
    prices: Table,
    built: set[str],
) -> Option:
    hard = tuple(CANNOT[choice](workload, policy.capacity))
    unbuilt = () if workload.architecture in built else (_unbuilt(workload.architecture, built),)
    if hard:
        return Option(choice, workload.architecture, feasible=False, reasons=(*hard, *unbuilt))
    made = estimate(choice, workload, placement.kind, policy.capacity, prices, region)
    return Option(
        choice,
        workload.architecture,
        feasible=not unbuilt,
        reasons=unbuilt or _why(choice, placement),
        monthly=made.least,
        interruption=_INTERRUPTION[choice],
        detail=made.detail,
    )


def _unbuilt(architecture: str, built: set[str]) -> str:
    platform = {"X86_64": "amd64", "ARM64": "arm64"}[architecture]
    return f"the image is built for {', '.join(sorted(built))} only: build it for linux/{platform}, too"


def _why(choice: Choice, placement: Placement) -> tuple[str, ...]:
    """Of the choice nothing, since the placement's own reasons say it; of the others, why they were not taken."""
    return next((each.reasons for each in placement.rejected if each.option is choice), ())

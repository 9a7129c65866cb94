"""What each option costs a month, from the dated table: what `weigh_options` shows, and what cost decides by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pilotage.placement import Choice, fargate_sizes
from pilotage.placement.constraints import is_windows
from pilotage.placement.packing import Packing, cheapest, least_instances, need_of, pack
from pilotage.policy import Capacity
from pilotage.prices.monthly import Use, dollars, fargate_hour, fargate_kind, kept_running, once, scheduled
from pilotage.prices.table import Hardware, Region, Table
from pilotage.workload import Kind, Workload

_WINDOWS_CPU = 1024  # the least on Fargate, "Amazon ECS task definition differences for Fargate", cpu
_BURSTABLE = "t"  # the first letter of families that Managed Instances leave out unless they are asked for


@dataclass(frozen=True, slots=True)
class Estimate:
    """Dollars a month at the least and at the most count, and what they are for. `least` None: no price is known, and
    `detail` says why.
    """

    least: float | None = None
    most: float | None = None
    detail: str = ""


def use_of(workload: Workload, kind: Kind) -> Use:
    """How many tasks, and for how long."""
    if kind is Kind.TASK:
        return once(max(workload.count, 1))
    if kind is Kind.SCHEDULE:
        return scheduled(max(workload.count, 1), workload.schedule.expression if workload.schedule else None)
    scaling = workload.scaling
    least, most = (scaling.min, scaling.max) if scaling else (workload.count, workload.count)
    return kept_running(least, most)


def estimate(
    choice: Choice, workload: Workload, kind: Kind, capacity: Capacity, table: Table, region: str | None
) -> Estimate:
    """`workload` with the architecture that is meant. Every option that can be is estimated in the same way."""
    prices = table.regions.get(region or "")
    if prices is None:
        return Estimate(detail=f"the table has no prices of {region or 'an unknown region'}")
    by_choice: Mapping[Choice, Callable[[], Estimate]] = {
        Choice.FARGATE: lambda: _fargate(workload, use_of(workload, kind), prices),
        Choice.FARGATE_SPOT: lambda: _spot(workload, use_of(workload, kind), table, prices),
        Choice.EC2: lambda: _ec2(workload, kind, capacity, table, prices),
        Choice.MANAGED_INSTANCES: lambda: _managed(workload, kind, capacity, table, prices),
    }
    return by_choice[choice]()


def _fargate(workload: Workload, use: Use, prices: Region, share: float = 1.0, said: str = "") -> Estimate:
    windows = is_windows(workload)
    size = fargate_sizes.holding(max(workload.cpu, _WINDOWS_CPU) if windows else workload.cpu, workload.memory)
    if size is None:
        return Estimate(detail="no size of Fargate holds it")
    kind = fargate_kind(workload.architecture, windows=windows)
    hour = fargate_hour(prices, kind, size.cpu, size.memory, workload.ephemeral_storage)
    if hour is None:
        return Estimate(detail=f"the table has no price of {kind} on Fargate")
    task = hour * share * use.hours
    return Estimate(
        use.least * task,
        use.most * task,
        _told(f"{_times(use)} x {size.cpu / 1024:g} vCPU, {size.memory / 1024:g} GB{said}", use, use.most * task),
    )


def _spot(workload: Workload, use: Use, table: Table, prices: Region) -> Estimate:
    share = table.estimates["fargate_spot"]
    return _fargate(workload, use, prices, share, f", estimated at {1 - share:.0%} off")


def _ec2(workload: Workload, kind: Kind, capacity: Capacity, table: Table, prices: Region) -> Estimate:
    if not capacity.instance_types:
        return Estimate(detail="the policy names no capacity.instance_types to reckon with")
    if is_windows(workload):
        return Estimate(detail="the table has no prices of instances with Windows")
    types = {name: table.hardware[name] for name in capacity.instance_types if name in table.hardware}
    found = _packed(workload, kind, capacity, types, prices.instances)
    if isinstance(found, str):
        return Estimate(detail=found)
    made = _on_instances(workload, use_of(workload, kind), found, prices.instances[found[0].instance])
    return replace(made, detail=f"{made.detail}{_trunked(workload, kind, capacity, found[0], types)}")


def _managed(workload: Workload, kind: Kind, capacity: Capacity, table: Table, prices: Region) -> Estimate:
    """AWS picks the type: of the table, the one that costs least, with its fee; burstable ones and, for whom needs no
    GPU, those with GPUs aside ("Amazon ECS Managed Instances instance types").
    """
    types = {
        name: each
        for name, each in table.hardware.items()
        if not name.startswith(_BURSTABLE) and bool(each.gpus) == bool(workload.gpus)
    }
    with_fee = {name: price + table.fee(prices, name) for name, price in prices.instances.items() if name in types}
    found = _packed(workload, kind, capacity, types, with_fee, trunking=True)
    if isinstance(found, str):
        return Estimate(detail=found)
    made = _on_instances(workload, use_of(workload, kind), found, with_fee[found[0].instance])
    fee = table.fee(prices, found[0].instance) / prices.instances[found[0].instance]
    return replace(made, detail=f"{made.detail}, with a fee of {fee:.0%}")


def _trunked(
    workload: Workload, kind: Kind, capacity: Capacity, packing: Packing, types: Mapping[str, Hardware]
) -> str:
    """How many instances would do if network interfaces were no limit, where that makes a difference."""
    need = need_of(workload, capacity, trunking=True)
    found = pack(need, packing.tasks, least_instances(kind), packing.instance, types[packing.instance])
    if found is None or found.instances >= packing.instances:
        return ""
    return f"; with awsvpcTrunking {found.instances} would do, and network interfaces are what ends first"


def _packed(
    workload: Workload,
    kind: Kind,
    capacity: Capacity,
    types: Mapping[str, Hardware],
    prices: Mapping[str, float],
    *,
    trunking: bool = False,
) -> tuple[Packing, Packing] | str:
    """At the least and at the most count, on the type that is cheapest for the least; or why there is none."""
    use, least = use_of(workload, kind), least_instances(kind)
    need = need_of(workload, capacity, trunking=trunking)
    best = cheapest(need, max(use.least, 1), least, types, prices)
    if best is None:
        return "the table has no price of an instance type that holds it"
    hardware = types[best.instance]
    packings = [pack(need, tasks, least, best.instance, hardware) for tasks in (use.least, use.most)]
    low, high = packings
    assert low is not None
    assert high is not None
    return low, high


def _on_instances(workload: Workload, use: Use, found: tuple[Packing, Packing], price: float) -> Estimate:
    """Whole instances, as they are billed; of a daemon, only what it fills of instances that are there anyhow."""
    low, high = found
    share = low.share if workload.daemon else 1.0
    least, most = (each.instances * price * use.hours * share for each in (low, high))
    what = f"{low.instances} x {low.instance}, {low.share:.0%} full"
    if workload.daemon:
        what = f"{low.share:.0%} of {low.instances} x {low.instance}, on whatever instances there are"
    elif low.instances and low.share < 1:
        what += f" (its share: {dollars(least * low.share)})"
    return Estimate(least, most, _told(what, use, most))


def _times(use: Use) -> str:
    return str(use.least) if use.least == use.most else f"{use.least} to {use.most}"


def _told(what: str, use: Use, most: float) -> str:
    if use.least != use.most:
        return f"{what}; {dollars(most)} at {use.most} tasks"
    return f"{what}; {use.note}" if use.note else what

"""How many tasks an instance holds, and which type holds all of them for the least money.

Sources, of the Amazon ECS Developer Guide: "Reserving Amazon ECS Linux container instance memory" (an m4.large of
8192 MiB has less than that for tasks: 7985 MiB on the same page of the AWS Batch User Guide; ECS_RESERVED_MEMORY=256
is its example), and "Allocate a network interface for an Amazon ECS task" (an instance has so many interfaces, its
primary one counts, and each task under awsvpc takes one, unless the account turns awsvpcTrunking on).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pilotage.policy import Capacity
from pilotage.workload import Kind, Workload

if TYPE_CHECKING:
    from pilotage.prices.table import Hardware

_UNITS = 1024  # of a vCPU
_KERNEL = 0.975  # of the memory: what the system leaves
_AGENT = 256  # MiB that are kept for the agent and the system
_MEMORY_PAGE = '"Reserving Amazon ECS Linux container instance memory"'
_INTERFACES_PAGE = '"Allocate a network interface for an Amazon ECS task"'


@dataclass(frozen=True, slots=True)
class Need:
    """Of one task. `interface`: it takes a network interface of the instance; `alone`: a daemon, one an instance."""

    cpu: int
    memory: int
    gpus: int
    architecture: str
    interface: bool
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Packing:
    """`tasks` on `instances` of one type. `share`: of the scarcest of CPU, memory and GPUs, how much they fill;
    `ends`: what keeps a further task off an instance.
    """

    instance: str
    tasks: int
    instances: int
    per_instance: int
    share: float
    ends: str


def need_of(workload: Workload, capacity: Capacity, *, trunking: bool = False) -> Need:
    """`trunking`: the interfaces of an instance are no limit."""
    windows = workload.operating_system.startswith("WINDOWS")
    mode = workload.network_mode or ("awsvpc" if windows else capacity.ec2_network_mode)
    interface = mode == "awsvpc" and not trunking
    return Need(workload.cpu, workload.memory, workload.gpus, workload.architecture, interface, alone=workload.daemon)


def lacks(need: Need, hardware: Hardware) -> Iterator[str]:
    """Why not even one task fits on an empty instance."""
    if hardware.architecture != need.architecture:
        yield f"it is {hardware.architecture} and the task {need.architecture}"
    if hardware.vcpu * _UNITS < need.cpu:
        yield f"it has {hardware.vcpu * _UNITS} CPU units and the task needs {need.cpu}"
    if math.floor(hardware.memory * _KERNEL) < need.memory:
        usable = math.floor(hardware.memory * _KERNEL)
        yield f"it has {usable} MiB for tasks and the task needs {need.memory} ({_MEMORY_PAGE})"
    if hardware.gpus < need.gpus:
        yield f"it has {hardware.gpus} GPU and the task needs {need.gpus}"
    if need.interface and hardware.interfaces is not None and hardware.interfaces < 2:  # noqa: PLR2004 - its own and one
        yield f"it has no network interface for a task ({_INTERFACES_PAGE})"


def per_instance(need: Need, hardware: Hardware) -> tuple[int, str]:
    """How many tasks fit, and what ends first."""
    if any(lacks(need, hardware)):
        return 0, ""
    memory = math.floor(hardware.memory * _KERNEL) - _AGENT
    limits = {"CPU": hardware.vcpu * _UNITS // max(need.cpu, 1), "memory": max(memory // max(need.memory, 1), 1)}
    if need.gpus:
        limits["GPUs"] = hardware.gpus // need.gpus
    if need.interface and hardware.interfaces is not None:
        limits["network interfaces"] = hardware.interfaces - 1
    if need.alone:
        limits["one daemon an instance"] = 1
    ends = min(limits, key=lambda name: limits[name])
    return limits[ends], ends


def pack(need: Need, tasks: int, least: int, instance: str, hardware: Hardware) -> Packing | None:
    """`tasks` of a kind on instances of one type, at least `least` of them; None: a task does not fit.

    Tasks that are all alike need no search: as many as fit on each instance is what first-fit-decreasing finds.
    """
    fitting, ends = per_instance(need, hardware)
    if not fitting:
        return None
    instances = max(math.ceil(tasks / fitting), min(least, tasks))
    return Packing(instance, tasks, instances, fitting, _share(need, tasks, instances, hardware), ends)


def cheapest(
    need: Need, tasks: int, least: int, types: Mapping[str, Hardware], prices: Mapping[str, float]
) -> Packing | None:
    """Of the types that have a price and hold a task, the one that holds all of them for the least; of two alike, the
    one of fewer instances.
    """
    packings = (pack(need, tasks, least, name, types[name]) for name in types if name in prices)
    return min(
        (each for each in packings if each is not None),
        key=lambda each: (each.instances * prices[each.instance], each.instances, each.instance),
        default=None,
    )


def least_instances(kind: Kind) -> int:
    """A service on one instance would end with it: two or more tasks are reckoned on at least two."""
    return 2 if kind is Kind.SERVICE else 1


def no_room(workload: Workload, capacity: Capacity) -> Iterator[str]:
    """Why none of the policy's instance types holds a task. Nothing where the table does not know all of them."""
    if not capacity.instance_types:
        return
    from pilotage.prices.table import shipped  # noqa: PLC0415 - most policies name no types, and need no table

    hardware = shipped().hardware
    if any(name not in hardware for name in capacity.instance_types):
        return
    need = need_of(workload, capacity)
    missing = {name: tuple(lacks(need, hardware[name])) for name in capacity.instance_types}
    if all(missing.values()):
        nearest = min(missing, key=lambda name: (len(missing[name]), -hardware[name].vcpu, -hardware[name].memory))
        why = " and ".join(missing[nearest])
        yield f"none of the policy's instance types holds it: {nearest} comes nearest, and {why}"


def _share(need: Need, tasks: int, instances: int, hardware: Hardware) -> float:
    if not instances:
        return 0.0
    shares = [need.cpu / (hardware.vcpu * _UNITS), need.memory / math.floor(hardware.memory * _KERNEL)]
    if need.gpus:
        shares.append(need.gpus / hardware.gpus)
    return min(1.0, max(shares) * tasks / instances)

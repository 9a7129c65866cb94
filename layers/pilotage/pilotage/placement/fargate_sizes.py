"""The task sizes that Fargate has, and the smallest one that holds what was asked for.

Source: Amazon ECS Developer Guide, "Task CPU and memory" (task definition parameters for Fargate). CPU in ECS units
(1024 = 1 vCPU), memory in MiB.
"""

from __future__ import annotations

from dataclasses import dataclass

_GIB = 1024
_MEMORY: dict[int, tuple[int, ...]] = {
    256: (512, 1 * _GIB, 2 * _GIB),
    512: tuple(range(1 * _GIB, 4 * _GIB + 1, _GIB)),
    1024: tuple(range(2 * _GIB, 8 * _GIB + 1, _GIB)),
    2048: tuple(range(4 * _GIB, 16 * _GIB + 1, _GIB)),
    4096: tuple(range(8 * _GIB, 30 * _GIB + 1, _GIB)),
    8192: tuple(range(16 * _GIB, 60 * _GIB + 1, 4 * _GIB)),
    16384: tuple(range(32 * _GIB, 120 * _GIB + 1, 8 * _GIB)),
}


@dataclass(frozen=True, slots=True, order=True)
class TaskSize:
    """`cpu` in ECS units, `memory` in MiB."""

    cpu: int
    memory: int

    def __str__(self) -> str:
        return f"{self.cpu} CPU units with {self.memory} MiB"


SIZES: tuple[TaskSize, ...] = tuple(TaskSize(cpu, memory) for cpu, each in _MEMORY.items() for memory in each)
LARGEST = SIZES[-1]


def holding(cpu: int, memory: int) -> TaskSize | None:
    """The smallest Fargate size with at least this much of both; None when there is none.

    Smallest is by CPU first, which is the dearer of the two on Fargate's price list.
    """
    return min((size for size in SIZES if size.cpu >= cpu and size.memory >= memory), default=None)

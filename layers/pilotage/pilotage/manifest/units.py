"""CPU and memory as people write them, in ECS's units. ECS's console and API call 1024 units a vCPU, 1024 MiB a GB."""

from __future__ import annotations

import re
from decimal import Decimal

# Bounded, because whoever can push writes it: blanks without end would be tried at each of their places.
_QUANTITY = re.compile(r"\s{0,8}([0-9]{1,9}(?:\.[0-9]{1,6})?|\.[0-9]{1,6})\s{0,8}([A-Za-z]{0,8})\s{0,8}")
_CPU = {"": 1, "vcpu": 1024, "vcpus": 1024}
_MEMORY = {"": 1, "mb": 1, "mib": 1, "gb": 1024, "gib": 1024}


def cpu_units(value: float | str) -> int | None:
    """512, "512" or "0.5 vCPU" in CPU units; None when it is none of these or comes to no whole unit."""
    return _whole(value, _CPU)


def mebibytes(value: float | str) -> int | None:
    """1024, "1024", "1024 MB" or "1 GB" in MiB; None when it is none of these or comes to no whole MiB."""
    return _whole(value, _MEMORY)


def _whole(value: float | str, factors: dict[str, int]) -> int | None:
    match = _QUANTITY.fullmatch(str(value))
    if match is None or match[2].lower() not in factors:
        return None
    amount = Decimal(match[1]) * factors[match[2].lower()]
    return int(amount) if amount == int(amount) else None

"""What a month costs: how many tasks run for how many hours, and what an hour of one costs. Each assumption has a
sentence of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from pilotage.prices.runs import HOURS, runs_a_month
from pilotage.prices.table import WINDOWS, Region

RUN_MINUTES = 10  # of a scheduled task, which nobody can know before it ran
INCLUDED_STORAGE = 20  # GiB of a task ("AWS Fargate Pricing")
_UNITS = 1024  # of a vCPU, and MiB of a GiB
_MANY = 10  # runs a month, of which a fraction says nothing


@dataclass(frozen=True, slots=True)
class Use:
    """`least` and `most` tasks at a time, each for `hours` a month; `note` says how the hours were reckoned."""

    least: int
    most: int
    hours: float
    note: str = ""


def kept_running(least: int, most: int) -> Use:
    """A service, `least` to `most` tasks all month."""
    note = "" if least == most else f"{least} to {most} tasks"
    return Use(least, most, HOURS, note)


def scheduled(count: int, expression: str | None) -> Use:
    """A schedule that starts `count` tasks. Without an expression that is understood: for one hour of running."""
    runs = runs_a_month(expression) if expression else None
    if runs is None:
        return once(count)
    note = f"{runs:{',.0f' if runs >= _MANY else '.2g'}} runs a month, assumed to take {RUN_MINUTES} minutes each"
    return Use(count, count, runs * RUN_MINUTES / 60, note)


def once(count: int) -> Use:
    """Tasks that are started when somebody asks: what one hour of running costs."""
    return Use(count, count, 1.0, "for one hour of running")


def fargate_hour(region: Region, kind: str, cpu: int, memory: int, storage: int | None) -> float | None:
    """Dollars an hour of a task on Fargate: `cpu` in units, `memory` in MiB, `storage` in GiB. `kind`: an architecture
    or WINDOWS. None: the table has no price.
    """
    rates = region.fargate.get(kind)
    extra = max(0, (storage or 0) - INCLUDED_STORAGE)
    if rates is None or (extra and region.storage is None) or (kind == WINDOWS and not rates.licence):
        return None
    vcpu = cpu / _UNITS
    return vcpu * (rates.vcpu + rates.licence) + memory / _UNITS * rates.gb + extra * (region.storage or 0.0)


def fargate_kind(architecture: str, *, windows: bool) -> str:
    """Under which name the table has the rates."""
    return WINDOWS if windows else architecture


def dollars(amount: float) -> str:
    """`$18.02`, `$1,204`, `$0.0123`: three or four figures that mean something."""
    if amount >= 1000:  # noqa: PLR2004 - cents of a thousand dollars mean nothing
        return f"${amount:,.0f}"
    return f"${amount:.2f}" if amount >= 0.1 or amount == 0 else f"${amount:.4f}"  # noqa: PLR2004 - ten cents

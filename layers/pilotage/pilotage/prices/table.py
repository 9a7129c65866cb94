"""The dated table of prices, `prices.json` beside this module, which `pilotage prices refresh` renews.

Dollars are on demand and without discounts, taxes, traffic, load balancers and logs. A GB is reckoned as a GiB, as on
the page "AWS Fargate Pricing".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pilotage.errors import BadRequest

WINDOWS = "WINDOWS"  # in the place of an architecture: Windows has prices of its own on Fargate
_REMEDY = "Write it with `pilotage prices refresh`."


@dataclass(frozen=True, slots=True)
class Rates:
    """Dollars an hour on Fargate: of a vCPU, of a GB of memory, and of the licence of Windows for a vCPU."""

    vcpu: float
    gb: float
    licence: float = 0.0


@dataclass(frozen=True, slots=True)
class Hardware:
    """What an instance type has. `memory` in MiB; `interfaces`: elastic network interfaces, None: not known."""

    vcpu: int
    memory: int
    architecture: str
    gpus: int = 0
    interfaces: int | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """Prices of one region. `fargate` by X86_64, ARM64 and WINDOWS; `storage`: dollars an hour for a GB beyond the
    20 of a task; `instances`: dollars an hour of Linux on demand; `managed`: the fee that Managed Instances add to it.
    """

    fargate: Mapping[str, Rates] = field(default_factory=dict)
    storage: float | None = None
    instances: Mapping[str, float] = field(default_factory=dict)
    managed: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """`estimates`: shares of a price that no price list tells. `fargate_spot`: of on demand ("AWS Fargate Pricing": up
    to 70 % off); `managed_instances`, `..._g`, `..._p`: the fee, of the instance's price, where `managed` has none.
    """

    date: str
    currency: str
    source: str
    estimates: Mapping[str, float]
    regions: Mapping[str, Region]
    hardware: Mapping[str, Hardware]

    def fee(self, region: Region, instance: str) -> float:
        """Dollars an hour that Managed Instances cost on top of the instance."""
        share = self.estimates.get(f"managed_instances_{instance[0]}", self.estimates["managed_instances"])
        return region.managed.get(instance, region.instances[instance] * share)


@cache
def shipped() -> Table:
    """The table of this installation."""
    return read_table(shipped_file().read_text("utf-8"))


def shipped_file() -> Path:
    """Where the table of this installation lies."""
    return Path(__file__).with_name("prices.json")  # importlib.resources takes ten times as long


def read_table(text: str) -> Table:
    """The table of a JSON document. Raises BadRequest for what is none."""
    try:
        return _table(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadRequest("the table of prices", f"{type(error).__name__}: {error}", _REMEDY) from error


def write_table(table: Table) -> str:
    """The document that `read_table` reads: a line for each instance type, so that a renewal is easy to review."""
    regions = ",\n".join(f"    {json.dumps(name)}: {_region_text(each)}" for name, each in table.regions.items())
    return (
        f'{{\n  "date": {json.dumps(table.date)},\n  "currency": {json.dumps(table.currency)},\n'
        f'  "source": {json.dumps(table.source)},\n  "estimates": {json.dumps(dict(table.estimates))},\n'
        f'  "regions": {{\n{regions}\n  }},\n'
        f'  "hardware": {_lines({name: _hardware_text(each) for name, each in table.hardware.items()}, 4)}\n}}\n'
    )


def _table(document: Mapping[str, Any]) -> Table:
    return Table(
        date=str(document["date"]),
        currency=str(document["currency"]),
        source=str(document["source"]),
        estimates={name: float(share) for name, share in document["estimates"].items()},
        regions={name: _region(each) for name, each in document["regions"].items()},
        hardware={name: Hardware(**each) for name, each in document["hardware"].items()},
    )


def _region(document: Mapping[str, Any]) -> Region:
    return Region(
        fargate={name: Rates(**each) for name, each in document["fargate"].items()},
        storage=document.get("storage"),
        instances={name: float(dollars) for name, dollars in document["instances"].items()},
        managed={name: float(dollars) for name, dollars in document.get("managed", {}).items()},
    )


def _region_text(region: Region) -> str:
    fargate = {name: json.dumps(_without_zero(rates)) for name, rates in region.fargate.items()}
    return (
        f'{{\n      "fargate": {_lines(fargate, 8)},\n      "storage": {json.dumps(region.storage)},\n'
        f'      "instances": {_lines({name: json.dumps(each) for name, each in region.instances.items()}, 8)},\n'
        f'      "managed": {_lines({name: json.dumps(each) for name, each in region.managed.items()}, 8)}\n    }}'
    )


def _without_zero(rates: Rates) -> dict[str, float]:
    return {"vcpu": rates.vcpu, "gb": rates.gb, **({"licence": rates.licence} if rates.licence else {})}


def _hardware_text(hardware: Hardware) -> str:
    return json.dumps({name: getattr(hardware, name) for name in Hardware.__slots__})


def _lines(texts: Mapping[str, str], margin: int) -> str:
    """A JSON object of texts that are JSON already, one a line."""
    if not texts:
        return "{}"
    inner = ",\n".join(f"{' ' * margin}{json.dumps(name)}: {text}" for name, text in sorted(texts.items()))
    return f"{{\n{inner}\n{' ' * (margin - 2)}}}"

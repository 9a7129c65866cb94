"""What the Price List API answers, as prices of a region.

Source: AWS Billing User Guide, "Finding services and products using the AWS Price List Query API". Each element of
`PriceList` is a JSON text with `product.attributes` and `terms.OnDemand`, whose price dimensions are dollars as texts.
Usage types, as they stand there: `USE1-Fargate-vCPU-Hours:perCPU`, `USE1-Fargate-ARM-GB-Hours`,
`USE1-ECS-Managed-Instances:m7g.large-management-hours`, `BoxUsage:m7g.large`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pilotage.errors import BadRequest
from pilotage.prices.table import WINDOWS, Hardware, Rates, Region, Table

# What tells the one row of an instance type apart: Linux, shared, on demand, nothing installed.
INSTANCE_FILTERS: Mapping[str, str] = {
    "operatingSystem": "Linux",
    "tenancy": "Shared",
    "preInstalledSw": "NA",
    "capacitystatus": "Used",
    "marketoption": "OnDemand",
}
_REGION_PREFIX = re.compile(r"^[A-Z]+\d*-(?=Fargate-|ECS-)")
_FARGATE: Mapping[str, tuple[str, str]] = {
    "Fargate-vCPU-Hours:perCPU": ("X86_64", "vcpu"),
    "Fargate-GB-Hours": ("X86_64", "gb"),
    "Fargate-ARM-vCPU-Hours:perCPU": ("ARM64", "vcpu"),
    "Fargate-ARM-GB-Hours": ("ARM64", "gb"),
    "Fargate-Windows-vCPU-Hours:perCPU": (WINDOWS, "vcpu"),
    "Fargate-Windows-GB-Hours": (WINDOWS, "gb"),
    "Fargate-Windows-OS-Hours:perCPU": (WINDOWS, "licence"),
}
_STORAGE = "Fargate-EphemeralStorage-GB-Hours"
_MANAGED = re.compile(r"ECS-Managed-Instances:(?P<type>[a-z0-9.-]+)-management-hours")
_GIB = re.compile(r"([\d,.]+) GiB")
_GRAVITON = "Graviton"
_MIB = 1024


def renewed(table: Table, region: str, containers: Iterable[str], instances: Iterable[str], date: str) -> Table:
    """`table` with what the answers say of `region`: `containers` of AmazonECS, `instances` of AmazonEC2, each a JSON
    text. What hardware is not told there, such as network interfaces, stays as the table has it.

    Raises BadRequest when a price of Fargate on Linux is missing: half a table must not replace a whole one.
    """
    fargate, storage, managed = _containers(region, containers)
    dollars, hardware = _instances(instances, table.hardware)
    fees = {name: fee for name, fee in managed.items() if name in dollars}
    source = f"AWS Price List API, {region} on {date}"
    others = {name: each for name, each in table.regions.items() if name != region}
    if others:
        source += f"; other regions: {table.source}"
    return replace(
        table,
        date=min(date, table.date) if others else date,
        source=source,
        regions=dict(sorted({**others, region: Region(fargate, storage, dollars, fees)}.items())),
        hardware=dict(sorted({**table.hardware, **hardware}.items())),
    )


def only(table: Table, types: Collection[str]) -> Table:
    """`table` without the instance types that nobody named."""
    return replace(
        table,
        regions={
            name: replace(
                each,
                instances={name: price for name, price in each.instances.items() if name in types},
                managed={name: fee for name, fee in each.managed.items() if name in types},
            )
            for name, each in table.regions.items()
        },
        hardware={name: each for name, each in table.hardware.items() if name in types},
    )


def _containers(region: str, answers: Iterable[str]) -> tuple[dict[str, Rates], float | None, dict[str, float]]:
    rates: dict[str, dict[str, float]] = {}
    storage: float | None = None
    managed: dict[str, float] = {}
    for attributes, price in _products(answers):
        usage = _REGION_PREFIX.sub("", str(attributes.get("usagetype", "")))
        fee = _MANAGED.fullmatch(usage)
        if usage in _FARGATE:
            kind, part = _FARGATE[usage]
            rates.setdefault(kind, {})[part] = price
        elif usage == _STORAGE:
            storage = price
        elif fee is not None:
            managed[fee["type"]] = price
    whole = {kind: Rates(**each) for kind, each in sorted(rates.items()) if _is_whole(kind, each)}
    if "X86_64" not in whole:
        remedy = "The Price List API answered without the prices of Fargate: is this a region's code, like us-east-1?"
        raise BadRequest("region", region, remedy)
    return whole, storage, managed


def _is_whole(kind: str, rates: Mapping[str, float]) -> bool:
    """Windows without its licence would look cheap."""
    return {"vcpu", "gb", *(["licence"] if kind == WINDOWS else [])} <= rates.keys()


def _instances(answers: Iterable[str], known: Mapping[str, Hardware]) -> tuple[dict[str, float], dict[str, Hardware]]:
    dollars: dict[str, float] = {}
    hardware: dict[str, Hardware] = {}
    for attributes, price in _products(answers):
        name = str(attributes.get("instanceType", ""))
        wanted = all(attributes.get(field, value) == value for field, value in INSTANCE_FILTERS.items())
        made = _hardware(attributes, known.get(name)) if wanted else None
        if made is not None and price > 0:
            dollars[name], hardware[name] = price, made
    return dict(sorted(dollars.items())), hardware


def _hardware(attributes: Mapping[str, Any], known: Hardware | None) -> Hardware | None:
    """None for what is no instance type that one could run tasks on, such as a row without memory."""
    memory = _GIB.fullmatch(str(attributes.get("memory", "")))
    vcpu, gpus = str(attributes.get("vcpu", "")), str(attributes.get("gpu", "0"))
    if memory is None or not vcpu.isdigit():
        return None
    mib = round(float(memory[1].replace(",", "")) * _MIB)
    arm = _GRAVITON in str(attributes.get("physicalProcessor", ""))
    architecture = known.architecture if known else "ARM64" if arm else "X86_64"
    interfaces = known.interfaces if known else None
    return Hardware(int(vcpu), mib, architecture, int(gpus) if gpus.isdigit() else 0, interfaces)


def _products(answers: Iterable[str]) -> Iterator[tuple[Mapping[str, Any], float]]:
    """The attributes and the dollars on demand of each product that has a price."""
    for answer in answers:
        document = json.loads(answer)
        price = _on_demand(document.get("terms", {}))
        if price is not None:
            yield document["product"]["attributes"], price


def _on_demand(terms: Mapping[str, Any]) -> float | None:
    """The first tier that is not free; None for what is only reserved."""
    dimensions = [
        dimension for term in terms.get("OnDemand", {}).values() for dimension in term["priceDimensions"].values()
    ]
    prices = [float(dimension["pricePerUnit"]["USD"]) for dimension in dimensions if "USD" in dimension["pricePerUnit"]]
    return min((price for price in prices if price > 0), default=None)

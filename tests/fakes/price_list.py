"""Answers of the Price List API: the attributes and the terms that AWS gives, made for any usage type and price."""

from __future__ import annotations

import json
from typing import Any

_TERM, _RATE = "JRTCKXETXF", "6YS6EN2CT7"  # on demand, an hour: the same codes for every product


def product(sku: str, family: str, attributes: dict[str, str], dollars: str, unit: str = "hours") -> str:
    """One element of `PriceList`."""
    dimension = {
        "unit": unit,
        "endRange": "Inf",
        "description": f"${dollars} an hour",
        "appliesTo": [],
        "rateCode": f"{sku}.{_TERM}.{_RATE}",
        "beginRange": "0",
        "pricePerUnit": {"USD": dollars},
    }
    term = {
        "priceDimensions": {f"{sku}.{_TERM}.{_RATE}": dimension},
        "sku": sku,
        "effectiveDate": "2026-09-01T00:00:00Z",
        "offerTermCode": _TERM,
        "termAttributes": {},
    }
    document = {
        "product": {"productFamily": family, "attributes": attributes, "sku": sku},
        "serviceCode": attributes["servicecode"],
        "terms": {"OnDemand": {f"{sku}.{_TERM}": term}},
        "version": "20260901182130",
        "publicationDate": "2026-09-01T18:21:30Z",
    }
    return json.dumps(document)


def container(usage: str, dollars: str, **attributes: str) -> str:
    """A price of AmazonECS by its usage type."""
    common = {
        "regionCode": "eu-central-1",
        "servicecode": "AmazonECS",
        "usagetype": usage,
        "locationType": "AWS Region",
        "location": "EU (Frankfurt)",
        "servicename": "Amazon Elastic Container Service",
        "operation": "",
    }
    return product(f"SKU{usage}", "Compute", {**common, **attributes}, dollars)


def instance(name: str, vcpu: int, memory: str, dollars: str, **attributes: str) -> str:
    """A price of AmazonEC2 by its instance type: Linux, shared, on demand, unless `attributes` say otherwise."""
    common = {
        "regionCode": "eu-central-1",
        "servicecode": "AmazonEC2",
        "usagetype": f"EUC1-BoxUsage:{name}",
        "instanceType": name,
        "vcpu": str(vcpu),
        "memory": memory,
        "physicalProcessor": "Intel Xeon 8488C (Sapphire Rapids)",
        "processorArchitecture": "64-bit",
        "operatingSystem": "Linux",
        "tenancy": "Shared",
        "preInstalledSw": "NA",
        "capacitystatus": "Used",
        "marketoption": "OnDemand",
        "licenseModel": "No License required",
        "currentGeneration": "Yes",
        "operation": "RunInstances",
    }
    return product(f"SKU{name}{len(attributes)}", "Compute Instance", {**common, **attributes}, dollars, "Hrs")


CONTAINERS = (
    container("EUC1-Fargate-vCPU-Hours:perCPU", "0.0465600000", cputype="perCPU", tenancy="Shared"),
    container("EUC1-Fargate-GB-Hours", "0.0051100000", memorytype="perGB", tenancy="Shared"),
    container("EUC1-Fargate-ARM-vCPU-Hours:perCPU", "0.0372500000", cpuArchitecture="ARM", cputype="perCPU"),
    container("EUC1-Fargate-ARM-GB-Hours", "0.0040900000", cpuArchitecture="ARM", memorytype="perGB"),
    container("EUC1-Fargate-Windows-vCPU-Hours:perCPU", "0.0535440000", operatingSystem="Windows"),
    container("EUC1-Fargate-Windows-GB-Hours", "0.0058765000", operatingSystem="Windows"),
    container("EUC1-Fargate-Windows-OS-Hours:perCPU", "0.0460000000", operatingSystem="Windows"),
    container("EUC1-Fargate-EphemeralStorage-GB-Hours", "0.0001270000"),
    container("EUC1-ECS-Managed-Instances:m7g.large-management-hours", "0.0117000000"),
    container("EUC1-ECS-Managed-Instances:u-24tb1.112xlarge-management-hours", "26.0000000000"),
    container("EUC1-ECS-EC2-vCPU-Hours", "0.0000000000", cputype="perCPU"),
    container("EUC1-ECS-EC2-GB-Hours", "0.0000000000", memorytype="perGB"),
    container("EUC1-ECS-Anywhere-Instance-hours", "0.0102500000", operation="AddExternalInstance"),
)
INSTANCES = (
    instance("m7g.large", 2, "8 GiB", "0.0977000000", physicalProcessor="AWS Graviton3 Processor"),
    instance("m7i.large", 2, "8 GiB", "0.1207500000"),
    instance("g6.xlarge", 4, "16 GiB", "1.0060000000", gpu="1", gpuMemory="24 GB"),
    instance("x9g.large", 2, "1,024 GiB", "2.5000000000", physicalProcessor="AWS Graviton9 Processor"),
    instance("m7i.large", 2, "8 GiB", "0.2127500000", operatingSystem="Windows"),
    instance("m7i.large", 2, "8 GiB", "0.1300000000", tenancy="Dedicated"),
    instance("m7i.large", 2, "8 GiB", "0.0000000000", capacitystatus="AllocatedCapacityReservation"),
    instance("u7i.metal", 1, "NA", "9.0000000000"),
)
ANSWERS: dict[str, tuple[str, ...]] = {"AmazonECS": CONTAINERS, "AmazonEC2": INSTANCES}


def pages(service: str, size: int = 5) -> list[dict[str, Any]]:
    """GetProducts' answers for all products of a service, `size` at a time."""
    whole = ANSWERS[service]
    parts = [whole[start : start + size] for start in range(0, len(whole), size)]
    last = len(parts) - 1
    return [
        {"FormatVersion": "aws_v1", "PriceList": list(part), **({} if number == last else {"NextToken": f"n{number}"})}
        for number, part in enumerate(parts)
    ]

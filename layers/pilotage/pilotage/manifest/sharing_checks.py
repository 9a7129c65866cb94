"""What is wrong with how a manifest shares tasks among capacity providers and lays them out on instances.

Sources: Amazon ECS API reference, CapacityProviderStrategyItem ("only one capacity provider in a capacity provider
strategy can have a base defined"); Developer Guide, "Amazon ECS capacity providers" (a strategy holds providers of one
kind, and one of them needs a weight above 0), "Use strategies to define Amazon ECS task placement".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pilotage.manifest.words import Launch
from pilotage.names import choices
from pilotage.schema import Finding

DISTINCT = "distinct-instance"
_PATH = "placement.capacity"
_ON_FARGATE = {Launch.FARGATE.value, Launch.FARGATE_SPOT.value}


def sharing_findings(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    placement = manifest.get("placement", {})
    if "capacity" in placement:
        yield from _capacity(placement["capacity"])
    constraints = placement.get("constraints", ())
    for index, each in enumerate(constraints):
        path = f"placement.constraints[{index}]"
        if not each.strip():
            yield Finding(path, each, f"Say `{DISTINCT}`, or an expression such as `attribute:ecs.os-type == linux`.")
        elif each in constraints[:index]:
            yield Finding(path, each, "It stands there twice: keep one.")


def _capacity(shares: Mapping[str, Mapping[str, int]]) -> Iterator[Finding]:
    based = [name for name, share in shares.items() if share.get("base")]
    if len(based) > 1:
        remedy = "Only one may have a base (CapacityProviderStrategyItem): take the others out."
        yield Finding(f"{_PATH}.{based[1]}.base", shares[based[1]]["base"], remedy)
    if not any(share.get("weight") for share in shares.values()):
        remedy = "One of them needs a weight above 0: otherwise no task beyond the base is placed."
        yield Finding(_PATH, choices(shares, "and"), remedy)
    kinds = [name for name in shares if name not in _ON_FARGATE]
    if len(kinds) + bool(_ON_FARGATE & set(shares)) > 1:
        remedy = (
            'ECS does not mix Fargate, EC2 and Managed Instances in one strategy ("Amazon ECS capacity providers"): '
            "keep one kind."
        )
        yield Finding(_PATH, choices(shares, "and"), remedy)

"""Shares of tasks among capacity providers, as a manifest asks for them under `placement.capacity`.

Source: Amazon ECS API reference, CapacityProviderStrategyItem.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pilotage.errors import Refused
from pilotage.manifest.shapes import Share
from pilotage.manifest.words import Launch

if TYPE_CHECKING:
    from pilotage.workload import Workload

_PATH = "placement.capacity"


def refuse_shares(workload: Workload, cannot: Mapping[Launch, tuple[str, ...]]) -> None:
    """`cannot`: why each option cannot be. Raises Refused for a share of what cannot be, and for a `launch` that says
    something else than the shares.
    """
    for launch in workload.shares:
        if cannot[launch]:
            remedy = (
                f"It cannot be: {'; '.join(cannot[launch])}. Take it out of the shares, or change what rules it out."
            )
            raise Refused(f"{_PATH}.{launch} of {workload.service}", said(workload, launch), remedy)
    wished = workload.wishes.launch
    if workload.shares and wished is not None and wished is not largest(workload.shares):
        source = workload.sources.get("placement.launch", "manifest")
        remedy = (
            f"launch: {wished} ({source}) says otherwise: the shares put most on {largest(workload.shares)}. "
            "Take one of them away."
        )
        raise Refused(f"{_PATH} of {workload.service}", told(workload), remedy)


def largest(shares: Mapping[Launch, Share]) -> Launch:
    """Where most tasks go beyond the base; of two alike, the one that is less likely to be taken away."""
    weights = {launch: shares[launch].weight for launch in Launch if launch in shares}
    return max(weights, key=lambda launch: weights[launch])


def said(workload: Workload, launch: Launch) -> str:
    share = workload.shares[launch]
    base = f"base {share.base}, " if share.base else ""
    return f"{base}weight {share.weight}"


def told(workload: Workload) -> str:
    """`fargate (base 1, weight 1), fargate-spot (weight 3)`."""
    return ", ".join(f"{launch} ({said(workload, launch)})" for launch in workload.shares)


def tasks_of(shares: Mapping[Launch, Share], count: int) -> Mapping[Launch, int]:
    """How many of `count` tasks each provider gets: its base first, of the rest its weight's part, rounded so that all
    are placed.
    """
    placed = dict.fromkeys(shares, 0)
    for launch, share in shares.items():
        placed[launch] = min(share.base, count - sum(placed.values()))
    total = sum(share.weight for share in shares.values())
    rest = count - sum(placed.values())
    while rest and total:  # to whom the most is owed, as ECS keeps the weights' ratio task by task
        beyond = {launch: placed[launch] - shares[launch].base for launch in shares if shares[launch].weight}
        next_one = min(beyond, key=lambda launch: (beyond[launch] + 1) / shares[launch].weight)
        placed[next_one] += 1
        rest -= 1
    return placed

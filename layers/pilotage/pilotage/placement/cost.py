"""Where nobody said what matters more, the dollars decide: EC2, when it costs a good deal less than Fargate."""

from __future__ import annotations

from pilotage.placement import Choice
from pilotage.placement.estimates import Estimate, estimate
from pilotage.policy import Capacity
from pilotage.prices.monthly import dollars
from pilotage.prices.table import Table, shipped
from pilotage.workload import Kind, Workload

LEAST_SAVING = 0.2  # of what Fargate costs: instances have to be looked after


def ec2_or_fargate(
    workload: Workload, capacity: Capacity, region: str | None, table: Table | None = None
) -> tuple[Choice, str] | None:
    """The cheaper of the two for a service, and the sentence with the dollars. EC2 by whole instances, and only when it
    saves at the least and at the most count. None: a price is not known.
    """
    prices = table or shipped()
    fargate, instances = (
        estimate(choice, workload, Kind.SERVICE, capacity, prices, region) for choice in (Choice.FARGATE, Choice.EC2)
    )
    if fargate.least is None or instances.least is None:
        return None
    said = (
        f"EC2 costs {dollars(instances.least)} a month ({instances.detail}), Fargate {dollars(fargate.least)}, "
        f"by the prices of {prices.date}"
    )
    if _saves(instances, fargate):
        return Choice.EC2, f"no priority was said, so cost decides: {said}"
    return Choice.FARGATE, f"no priority was said, and EC2 does not save {LEAST_SAVING:.0%}: {said}"


def _saves(instances: Estimate, fargate: Estimate) -> bool:
    pairs = ((instances.least, fargate.least), (instances.most, fargate.most))
    return all(there is not None and here is not None and there <= here * (1 - LEAST_SAVING) for there, here in pairs)

"""Why ECS finds no place for a task: a service event's or a failure's sentence becomes a code and a remedy. Pure.

Sources: "Amazon ECS service event messages" and "Amazon ECS API failure reasons", ECS Developer Guide. DescribeServices
gives the sentences, events and RunTask the codes (`RESOURCE:MEMORY`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

EVENTS_PAGE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html"
FAILURES_PAGE = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html"
_MORE_INSTANCES = "Add container instances to the cluster, or let its capacity provider scale further"


@dataclass(frozen=True, slots=True)
class NoPlace:
    """`code`: ECS's word where it has one, `RESOURCE:MEMORY`; `what`: the same for people; `page`: AWS's own."""

    code: str
    what: str
    remedy: str
    page: str = EVENTS_PAGE


_LIMIT = NoPlace(
    "LIMIT",
    "the account's Fargate quota is used up",
    "Request a higher quota at Service Quotas, or stop what is not needed.",
)
# In the order of how much they say: a sentence about the closest instance begins with one about all of them.
_KNOWN: tuple[tuple[str, NoPlace], ...] = (
    (
        r"RESOURCE:MEMORY|insufficient memory",
        NoPlace("RESOURCE:MEMORY", "no instance has the memory", f"{_MORE_INSTANCES}, or ask for less `memory`."),
    ),
    (
        r"RESOURCE:CPU|insufficient CPU",
        NoPlace("RESOURCE:CPU", "no instance has the CPU units", f"{_MORE_INSTANCES}, or ask for less `cpu`."),
    ),
    (
        r"RESOURCE:ENI",
        NoPlace(
            "RESOURCE:ENI",
            "no instance can take another network interface",
            f"{_MORE_INSTANCES}, or opt in to awsvpcTrunking: in awsvpc mode each task has an interface of its own.",
            FAILURES_PAGE,
        ),
    ),
    (
        r"RESOURCE:PORTS?|already using a port",
        NoPlace(
            "RESOURCE:PORTS",
            "the port is taken on every instance",
            f"{_MORE_INSTANCES}, or use the network mode awsvpc or bridge, where ports do not collide.",
        ),
    ),
    (
        r"RESOURCE:GPU|insufficient GPU",
        NoPlace("RESOURCE:GPU", "no instance has a free GPU", "Add instances with GPUs.", FAILURES_PAGE),
    ),
    (
        r'"?\bAGENT\b"?',
        NoPlace("AGENT", "the agent of the closest instance is disconnected", "Restart the ECS agent on the instance."),
    ),
    (
        r"\bATTRIBUTE\b|missing an attribute",
        NoPlace(
            "ATTRIBUTE",
            "no instance has what the task definition asks for",
            "Compare the task definition's requiresAttributes with the instances': often subnet, log driver or CPU.",
        ),
    ),
    (
        r"memberOf placement constraint",
        NoPlace(
            "CONSTRAINT", "no instance meets the placement constraint", "Correct the constraint, or add instances."
        ),
    ),
    (
        r"[Nn]o [Cc]ontainer [Ii]nstances were found",
        NoPlace("NO_INSTANCES", "the cluster has no container instances", f"{_MORE_INSTANCES}."),
    ),
    (
        r"Capacity is unavailable at this time",
        NoPlace(
            "CAPACITY",
            "AWS has no capacity of this kind right now",
            "Wait, name subnets of more availability zones, or leave Spot (policy: capacity.spot_fallback).",
            FAILURES_PAGE,
        ),
    ),
    (r"reached the limit on the number of|above your limit", _LIMIT),
    (
        r"unable to place a task\. Reason: Internal error",
        NoPlace(
            "ZONE",
            "a subnet lies in an availability zone that Fargate does not have",
            "Take subnets of other availability zones into the policy's network.",
        ),
    ),
    (
        r"no container instance met all of its requirements",
        NoPlace("RESOURCE", "no container instance meets all that the task needs", f"{_MORE_INSTANCES}."),
    ),
)


def no_place(sentence: str) -> NoPlace | None:
    """What an event's or a failure's words mean; None for one that is not about placing a task."""
    placing = "unable to place" in sentence or "insufficient" in sentence or "RESOURCE:" in sentence
    if not placing and "Capacity is unavailable" not in sentence:
        return None
    return next((known for pattern, known in _KNOWN if re.search(pattern, sentence)), None)

"""What is called how at Application Auto Scaling, so that the name alone tells what is Pilotage's, and what it is.

Policies and scheduled actions belong to one scalable target, so that their names need to be unique there only; an
alarm's has to be unique in the whole account.
"""

from __future__ import annotations

import re

from pilotage.alarm_names import alarm_prefix
from pilotage.document import content_hash

CPU, MEMORY, REQUESTS, QUEUE, WAKE = "cpu", "memory", "requests", "queue", "wake"
DIMENSION = "ecs:service:DesiredCount"
_WORD = f"{CPU}|{MEMORY}|{REQUESTS}|{QUEUE}|{WAKE}|at-[1-9][0-9]?"
_ENVIRONMENT = "[a-z][a-z0-9-]{0,14}"


def scaling_name(environment: str, service: str, word: str) -> str:
    return f"{alarm_prefix(environment, service)}{word}"


def time_name(environment: str, service: str, number: int) -> str:
    """Of the scheduled action for the `number`-th of `times`, from 1."""
    return scaling_name(environment, service, f"at-{number}")


def wake_alarm(environment: str, service: str) -> str:
    """`dev`/`a-b` and `dev-a`/`b` begin alike, so a hash tells them apart. It does not end as the alarms of checks do,
    which are cleaned up when no service names them.
    """
    return f"{alarm_prefix(environment, service)}{content_hash([environment, service])[:8]}-{WAKE}"


def word_of(name: str, service: str) -> str | None:
    """`cpu`, `wake`, `at-1`, ...: what a policy or action of this service is for; None for somebody else's."""
    found = re.fullmatch(rf"pilotage-{_ENVIRONMENT}-{re.escape(service)}-({_WORD})", name)
    return found[1] if found else None


def environment_of(name: str, service: str) -> str:
    """Of one of our own names."""
    return name.removeprefix("pilotage-")[: -len(f"-{service}-{word_of(name, service)}")]


def resource_id(cluster: str, service: str) -> str:
    """`cluster` by name or ARN (API reference, RegisterScalableTarget, ResourceId)."""
    return f"service/{cluster.rpartition('/')[2]}/{service}"


def identity(cluster: str, service: str) -> dict[str, str]:
    """How Application Auto Scaling knows a service, as every request of it says."""
    return {
        "ServiceNamespace": "ecs",
        "ResourceId": resource_id(cluster, service),
        "ScalableDimension": DIMENSION,
    }

"""Faults of the embedded AWS, injected from outside: `pilotage local inject`. It talks to the running one by a page
that only this machine may open.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any
from urllib.request import Request, urlopen

PAGE = "/_pilotage/faults"


class Kind(StrEnum):
    """What can be made to happen."""

    CRASH = "crash"  # tasks end with code 1
    HANG = "hang"  # tasks answer nobody
    OOM = "oom"  # tasks are killed for their memory
    UNHEALTHY = "unhealthy"  # tasks fail their health check with 502
    PULL = "pull"  # images cannot be pulled
    SPOT = "spot"  # running Spot tasks are taken away
    CAPACITY = "capacity"  # there is no place for new tasks
    THROTTLE = "throttle"  # ECS's API answers ThrottlingException
    LOSE_EVENTS = "lose-events"  # EventBridge gets none of ECS's events


OF_THE_PLACE = frozenset({Kind.THROTTLE, Kind.LOSE_EVENTS})  # these meet no service, but everybody


@dataclass(frozen=True, slots=True)
class Injection:
    """`service` None: all. `tasks`: so many at the most; `seconds`: for so long. Without either until it is cleared.
    `provider`: of CAPACITY, the one capacity provider that has no place. `image`: only tasks whose image has this in
    its reference, such as a digest.
    """

    kind: Kind
    service: str | None = None
    tasks: int | None = None
    seconds: float | None = None
    provider: str | None = None
    image: str | None = None


def inject(endpoint: str, injection: Injection) -> None:
    _ask(endpoint, "POST", {**asdict(injection), "kind": injection.kind.value})


def clear(endpoint: str) -> None:
    _ask(endpoint, "DELETE")


def injected(endpoint: str) -> list[dict[str, Any]]:
    """Those that are in force, as documents of `Injection` with the seconds that are left."""
    found: list[dict[str, Any]] = _ask(endpoint, "GET")
    return found


def _ask(endpoint: str, method: str, document: Mapping[str, Any] | None = None) -> Any:
    body = None if document is None else json.dumps(document).encode()
    request = Request(f"{endpoint}{PAGE}", body, {"Content-Type": "application/json"}, method=method)  # noqa: S310 - the embedded AWS on loopback
    with urlopen(request) as answer:  # noqa: S310 - see above
        return json.load(answer)

"""Two hundred services pushed at one moment, under ECS's published token buckets, on a clock that only the bench moves.

ECS shares one bucket for registering task definitions: 20 at once, then one a second. So 200 services cannot be done in
less than 180 seconds, whoever deploys them. What is measured is how near the whole of Pilotage comes to that, the last
rollout included, and how often it was told to slow down on the way.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(PROJECT / "tests"), str(PROJECT / "functions")]  # the in-memory account lives with the tests

from fakes.asked import policy  # noqa: E402 - see above
from fakes.images import an_image  # noqa: E402 - see above
from pilotage_local.ecs import BRISK  # noqa: E402 - see above
from properties.account import Account  # noqa: E402 - see above
from properties.buckets import DEFINITIONS, Buckets  # noqa: E402 - see above

SERVICES = 200
PATIENCE_SECONDS = 3600


def measure(services: int = SERVICES) -> dict[str, Any]:
    """`{"services", "seconds", "bound_seconds", "ratio", "outcomes", "calls", "throttled", "throttled_registrations",
    "retries", "most_retries_of_one"}`; seconds are those of the virtual clock, from the pushes to the last outcome.
    """
    buckets = Buckets()
    account = Account(policy(), BRISK, buckets)
    begun = account.agenda.now()
    with account.in_place():
        for number in range(services):
            repository = f"team/service-{number}"
            account.registry.create(repository, {"pilotage:enabled": "true"})
            image = an_image({"number": str(number)}, "amd64", Healthcheck={"Test": ["CMD", "true"]})
            account.push(repository, image, "v1")
        while len(_outcomes(account)) < services and _seconds(account, begun) < PATIENCE_SECONDS:
            account.let_pass(5)
    return _result(account, buckets, services, begun)


def _result(account: Account, buckets: Buckets, services: int, begun: Any) -> dict[str, Any]:
    concluded = [record.timings.concluded_at for record in account.records.records.values()]
    last = max((moment for moment in concluded if moment is not None), default=begun)
    seconds = (last - begun).total_seconds()
    bound = max(0.0, (services - DEFINITIONS.burst) / DEFINITIONS.refill)
    retries = [execution.retries for execution in account.machine.executions.values()]
    outcomes = _outcomes(account)
    return {
        "services": services,
        "seconds": round(seconds, 1),
        "bound_seconds": bound,
        "ratio": round(seconds / bound, 3),
        "outcomes": {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))},
        "calls": sum(buckets.asked.values()),
        "throttled": dict(buckets.throttled),
        "throttled_registrations": buckets.throttled["RegisterTaskDefinition"],
        "retries": sum(retries),
        "most_retries_of_one": max(retries),
    }


def _outcomes(account: Account) -> list[str]:
    return [str(record.outcome) for record in account.records.records.values() if record.outcome is not None]


def _seconds(account: Account, begun: Any) -> float:
    return float((account.agenda.now() - begun).total_seconds())


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else SERVICES), indent=2))

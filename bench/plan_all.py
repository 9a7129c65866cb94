"""An environment of hundreds of services planned again, at once and one after another, on the embedded AWS.

Run by itself it says how many services: `python bench/plan_all.py 500`.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tests"))  # the fleet lives with the tests

from fakes.fleet import ENVIRONMENT, Fleet  # noqa: E402 - see above
from pilotage.usecases.prepare_release import prepare_release  # noqa: E402 - see above
from pilotage_local.calls import INVOCATION, calls  # noqa: E402 - see above
from pilotage_local.stack import Running, client  # noqa: E402 - see above
from rows import Row  # noqa: E402 - see above

SERVICES = 500
_PRINCIPAL = "plan-all"  # what the calls are recorded under
_AT_MOST_SECONDS, _AT_MOST_CALLS = 0.25, 2.0  # of one after another; a service


def measure(running: Running, services: int = SERVICES, say: Callable[[str], None] = print) -> list[Row]:
    """A tenth of a service's share and the whole: the difference between the two is what a service costs."""
    os.environ["AWS_SDK_UA_APP_ID"] = _PRINCIPAL
    fleet = Fleet(running, lambda service: client(service, running.endpoint))
    say(f"releasing {services} services")
    names = fleet.settle(services)
    say("planning a tenth of them")
    few = _together(running, fleet, services // 10)
    say("planning them all")
    whole = _together(running, fleet, services)
    say("planning one after another")
    seconds, calls_alone = _alone(running, fleet, names)
    group = f"pilotage plan --all for {services} services on the embedded AWS"
    ratio = whole["seconds"] / seconds
    more = (whole["calls"].total() - few["calls"].total()) / (services - services // 10)
    note = f"{whole['calls'].total()} calls; one after another {calls_alone.total()}"
    told = f"one after another {seconds:.1f} s, {1000 * seconds / services:.0f} ms each; ratio {ratio:.3f}"
    return [
        Row(group, "planned at once", whole["seconds"], "s", None, ratio, _AT_MOST_SECONDS, told),
        Row(group, "calls a service", more, "", None, None, _AT_MOST_CALLS, note, {"calls": dict(whole["calls"])}),
        Row(group, "services that would change", whole["changed"], "", at_most=0),
    ]


def _together(running: Running, fleet: Fleet, some: int) -> dict[str, Any]:
    began, clock = datetime.now(UTC), time.perf_counter()
    planner = fleet.here.environment_planner
    known = dict(list(planner.known(ENVIRONMENT).items())[:some])
    rows = list(planner.rows(ENVIRONMENT, known))
    seconds = time.perf_counter() - clock
    changed = sum(row.plan is None or bool(row.plan.steps) for row in rows)
    return {"seconds": seconds, "calls": _calls(running, began), "changed": changed}


def _alone(running: Running, fleet: Fleet, names: list[str]) -> tuple[float, Counter[str]]:
    """As `pilotage plan IMAGE` does it, name by name."""
    began, clock = datetime.now(UTC), time.perf_counter()
    for name in names:
        prepare_release(fleet.request(name), fleet.here.outlook, under_lease=False)
    return time.perf_counter() - clock, _calls(running, began)


def _calls(running: Running, since: datetime) -> Counter[str]:
    found = calls(running.endpoint, since.isoformat(), _PRINCIPAL)
    return Counter(call["action"] for call in found if call["action"] != INVOCATION)


if __name__ == "__main__":
    import rows as tables
    from pilotage_cli.output import console
    from releases import embedded

    with embedded(PROJECT / "build" / "bench-plan-all") as place:
        tables.show(console, measure(place, int(sys.argv[1]) if len(sys.argv) > 1 else SERVICES))

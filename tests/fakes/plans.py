from __future__ import annotations

from datetime import datetime, timedelta

from pilotage.errors import PlanMissing
from pilotage.plan import Plan
from pilotage.ports import Clock

KEPT = timedelta(days=30)


class FakePlans:
    """The port Plans. `kept` maps a hash to the plan and the end of its time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.kept: dict[str, tuple[Plan, datetime]] = {}

    def put(self, plan: Plan) -> None:
        self.kept[plan.hash] = (plan, self._clock.now() + KEPT)

    def get(self, plan_hash: str) -> Plan:
        plan, ends = self.kept.get(plan_hash, (None, self._clock.now()))
        if plan is None or ends <= self._clock.now():
            raise PlanMissing(f"No plan is kept under the hash {plan_hash}; make a new one.")
        return plan

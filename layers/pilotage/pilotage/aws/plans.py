"""Plans under their hash, for 30 days."""

from __future__ import annotations

from datetime import timedelta

from pilotage.aws import keys
from pilotage.aws.table import Table, pack, unpack
from pilotage.errors import PlanMissing
from pilotage.plan import Plan
from pilotage.ports import Clock

KEPT = timedelta(days=30)


class TablePlans:
    """The port `Plans`."""

    def __init__(self, table: Table, clock: Clock) -> None:
        self._table = table
        self._clock = clock

    def put(self, plan: Plan) -> None:
        expires_at = int((self._clock.now() + KEPT).timestamp())
        thing = f"plan of {plan.environment}/{plan.service}"
        self._table.put(keys.plan(plan.hash), {**pack(thing, plan), keys.EXPIRES_AT: expires_at})

    def get(self, plan_hash: str) -> Plan:
        item = self._table.get(keys.plan(plan_hash))
        # DynamoDB deletes an expired item within a few days, not at once ("How it works: DynamoDB TTL").
        if item is None or item[keys.EXPIRES_AT] <= self._clock.now().timestamp():
            raise PlanMissing(f"No plan is kept under the hash {plan_hash}; make a new one.")
        return unpack(Plan, item)

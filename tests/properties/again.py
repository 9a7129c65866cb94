"""What `pilotage plan --all` would say when everything has come to rest: nothing of Pilotage's is somebody else's."""

from __future__ import annotations

from collections.abc import Iterator

from pilotage.outcome import Outcome
from pilotage.usecases.plan_environment import EnvironmentPlanner, Found, Row
from properties.account import Account
from properties.in_memory import EXECUTIONS

AS_WANTED = frozenset({Outcome.SUCCEEDED, Outcome.NO_CHANGE, Outcome.UNVERIFIED})


def hold_again(account: Account) -> None:
    """Raises AssertionError for drift that nobody caused, and for a release that left something undone."""
    for row in rows(account):
        if row.service in account.ledger.meddled:
            continue
        assert row.plan is not None, f"{row.service} cannot be planned again: {row.why}"
        assert not row.plan.drift, f"{row.service}: nobody else changed {row.plan.drift}"
        if _stands(account, row.service):
            assert row.found is Found.NOTHING, f"{row.service} was released, and a plan still has {row.plan.changes}"


def rows(account: Account) -> Iterator[Row]:
    world = account.world
    planner = EnvironmentPlanner(world.policies, world.last_sets, lambda _policy, _known: world.outlook)
    return planner.rows(account.policy.environment, planner.known(account.policy.environment))


def _stands(account: Account, service: str) -> bool:
    """Whether all that ever wrote to it ended as it should, the last one by what it was asked for."""
    records = [each for each in account.records.records.values() if each.request.service == service]
    newest = max(records, key=lambda each: each.started_at, default=None)
    aborted = any(
        account.machine.executions[f"{EXECUTIONS}:{each.request.release_id}"].status == "ABORTED" for each in records
    )
    fell_back = any(each.fell_back and each.request.service == service for each in account.ledger.deployed)
    return newest is not None and newest.outcome in AS_WANTED and not aborted and not fell_back

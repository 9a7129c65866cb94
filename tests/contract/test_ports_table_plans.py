"""Plans: read as they were written, large ones too, for 30 days."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fakes.clock import NOON, FakeClock
from fakes.dynamodb import NAME, dynamodb, dynamodb_table
from fakes.plans import FakePlans
from fakes.samples import a_plan
from pilotage.aws.plans import TablePlans
from pilotage.aws.table import PACKED, Table
from pilotage.errors import BadDefinition, PlanMissing
from pilotage.plan import Change, Plan, Step, Verb
from pilotage.ports import Plans

pytestmark = pytest.mark.disable_socket

LARGEST_TASK_DEFINITION = 64 * 1024  # ECS Developer Guide, "Amazon ECS service quotas": task definition size


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=["fake", "dynamodb"])
def plans(request: pytest.FixtureRequest, clock: FakeClock) -> Iterator[Plans]:
    if request.param == "fake":
        yield FakePlans(clock)
    else:
        with dynamodb_table() as table:
            yield TablePlans(table, clock)


def noise(length: int, seed: int) -> str:
    """Text that hardly compresses: what secrets' ARNs and hashes look like at their worst."""
    return "".join(random.Random(seed).choices("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP-_", k=length))  # noqa: S311 - filler


def a_large_plan() -> Plan:
    """The largest task definition that ECS takes, registered anew, with every byte of it changed."""
    before, after = (noise(LARGEST_TASK_DEFINITION, seed) for seed in (1, 2))
    environment = [{"name": "FILLER", "value": after}]
    register = Step(
        Verb.REGISTER_TASK_DEFINITION, {"family": "cats", "containerDefinitions": [{"environment": environment}]}
    )
    return a_plan(steps=(register,), changes=(Change("environment.FILLER", before, after),))


def test_a_plan_is_read_as_it_was_written(plans: Plans) -> None:
    """What is approved is what is applied."""
    plans.put(a_plan())
    assert plans.get("c0ffee") == a_plan()


def test_the_largest_task_definition_fits(plans: Plans) -> None:
    """A workload that ECS takes is not refused for our bookkeeping."""
    plans.put(a_large_plan())
    assert plans.get("c0ffee") == a_large_plan()


def test_putting_again_is_no_error(plans: Plans) -> None:
    """Prepare is retried, and Confirm makes the same plan again."""
    plans.put(a_plan())
    plans.put(a_plan())
    assert plans.get("c0ffee") == a_plan()


def test_a_plan_that_was_never_made_is_missing(plans: Plans) -> None:
    """Nothing goes without its plan, and the error names the hash."""
    with pytest.raises(PlanMissing, match="deadbeef"):
        plans.get("deadbeef")


def test_a_plan_ends_after_thirty_days(plans: Plans, clock: FakeClock) -> None:
    """Putting it again begins its time anew; DynamoDB's own deletion may come days late."""
    plans.put(a_plan())
    clock.advance(days=20)
    plans.put(a_plan())
    clock.advance(days=29)
    assert plans.get("c0ffee") == a_plan()
    clock.advance(days=1)
    with pytest.raises(PlanMissing):
        plans.get("c0ffee")


def test_a_large_plan_is_compressed_and_a_small_one_is_text() -> None:
    """An item holds 400 KB; what is small stays readable in the console."""
    with dynamodb() as client:
        plans = TablePlans(Table(client, NAME), FakeClock())
        plans.put(a_large_plan())
        plans.put(a_plan("small"))
        items = {item["pk"]["S"]: item for item in client.scan(TableName=NAME)["Items"]}
    assert len(items["PLAN#c0ffee"][PACKED]["B"]) < 200_000
    assert '"policy_version":"v7"' in items["PLAN#small"]["document"]["S"]
    assert items["PLAN#small"]["expires_at"] == {"N": str(int((NOON + timedelta(days=30)).timestamp()))}


def test_a_plan_beyond_any_item_is_refused_by_name() -> None:
    """The limit is named, with what to do, and not an SDK's complaint."""
    huge = a_plan(changes=(Change("environment.FILLER", None, noise(600_000, 3)),))
    with dynamodb_table() as table, pytest.raises(BadDefinition, match="plan of prod/cats"):
        TablePlans(table, FakeClock()).put(huge)

"""A whole environment planned again on the embedded AWS: as one after another, with a call or two a service."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from fakes.fleet import CLUSTER, ENVIRONMENT, Fleet
from pilotage.usecases.plan_environment import Found, Row
from pilotage.usecases.prepare_release import prepare_release
from pilotage_local import stack
from pilotage_local.calls import INVOCATION, calls

pytestmark = pytest.mark.embedded

SERVICES = 20
PRINCIPAL = "plan-all"


@pytest.fixture(scope="module")
def fleet(embedded: stack.Running, aws: Callable[[str], Any]) -> Iterator[Fleet]:
    before = dict(os.environ)
    os.environ.update({**stack.environment(embedded.endpoint), "AWS_SDK_UA_APP_ID": PRINCIPAL})
    try:
        made = Fleet(embedded, aws)
        made.settle(SERVICES)
        yield made
    finally:
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture
def counted(embedded: stack.Running) -> Callable[[], Counter[str]]:
    began = datetime.now(UTC).isoformat()

    def ask() -> Counter[str]:
        found = calls(embedded.endpoint, began, PRINCIPAL)
        return Counter(call["action"] for call in found if call["action"] != INVOCATION)

    return ask


def rows(fleet: Fleet, some: int | None = None) -> list[Row]:
    planner = fleet.here.environment_planner
    known = dict(list(planner.known(ENVIRONMENT).items())[:some])
    return list(planner.rows(ENVIRONMENT, known))


def test_nothing_changes_in_an_environment_as_it_was_left(fleet: Fleet) -> None:
    """Neither ECS nor the planner brings up anything of its own: services and scheduled jobs alike."""
    found = rows(fleet)
    assert [(row.found, row.why) for row in found] == [(Found.NOTHING, "")] * SERVICES
    assert {row.plan.kind for row in found if row.plan} == {"service", "schedule"}


def test_each_is_planned_as_it_would_be_alone(fleet: Fleet) -> None:
    """What is read ahead changes no plan."""
    found = {row.service: row.plan for row in rows(fleet)}
    for name in ("service-000", "service-009"):
        alone = prepare_release(fleet.request(name), fleet.here.outlook, under_lease=False).plan
        together = found[name]
        assert alone is not None
        assert together is not None
        same = {"made_at": alone.made_at, "asks": None}
        assert dataclasses.replace(together, **same) == dataclasses.replace(alone, **same)


def test_it_takes_at_most_two_calls_more_for_each_service(fleet: Fleet, counted: Callable[[], Counter[str]]) -> None:
    """An environment of hundreds is planned without AWS's telling us to slow down."""
    rows(fleet, 10)
    ten = counted()
    rows(fleet)
    both = counted()
    more = both.total() - 2 * ten.total()
    assert more <= 2 * (SERVICES - 10), (ten, both)
    assert both["ecs:DescribeServices"] == 1 + 2


def test_one_that_was_meddled_with_and_one_that_is_refused_are_told(fleet: Fleet, aws: Callable[[str], Any]) -> None:
    """Whose doing it is, and that the others are planned all the same."""
    aws("ecs").update_service(cluster=CLUSTER, service="service-000", desiredCount=3, enableExecuteCommand=True)
    aws("ecr").tag_resource(
        resourceArn=f"arn:aws:ecr:{fleet.here.settings.region}:{fleet.here.settings.account}:repository/service-001",
        tags=[{"Key": "pilotage:service", "Value": "another"}],
    )
    aws("ecs").delete_service(cluster=CLUSTER, service="service-002", force=True)
    gone = aws("ecs").get_waiter("services_inactive")  # until then it drains, and is still there
    gone.wait(cluster=CLUSTER, services=["service-002"], WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    found = {row.service: row for row in rows(fleet)}
    drifted = found["service-000"]
    assert (drifted.found, drifted.fields, drifted.drifted) == (Found.DRIFT, 2, 2)
    assert found["service-001"].found is Found.REFUSED
    assert "another" in found["service-001"].why
    assert found["service-002"].found is Found.MISSING
    assert {row.found for name, row in found.items() if name > "service-002"} == {Found.NOTHING}

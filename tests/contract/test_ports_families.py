"""Old revisions: listed by their family, known by their tags, and deregistered once and for all."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.families import FakeFamilies
from fakes.services import FakeServices
from fakes.wire import answered, client
from pilotage.aws.families import EcsFamilies
from pilotage.ports import Families

pytestmark = pytest.mark.disable_socket


@pytest.fixture
def services() -> FakeServices:
    services = FakeServices()
    services.cluster("main")
    return services


@pytest.fixture(params=["model", "wire"])
def families(request: pytest.FixtureRequest, services: FakeServices) -> Families:
    if request.param == "model":
        return FakeFamilies(services)
    checked = services.checked
    return EcsFamilies(answered(client("ecs"), lambda name, asked: checked.call(name, **asked)))


def register(services: FakeServices, family: str, number: int = 1, **more: Any) -> list[str]:
    body: dict[str, Any] = {"family": family, "networkMode": "awsvpc", "cpu": "256", "memory": "512", **more}
    body |= {"requiresCompatibilities": ["FARGATE"], "containerDefinitions": [{"name": "cats", "image": "cats"}]}
    return [services.register(body) for _ in range(number)]


def test_revisions_are_listed_newest_first_over_all_pages(families: Families, services: FakeServices) -> None:
    """Those to keep are the first ones."""
    made = register(services, "dev-cats", 120)
    register(services, "dev-cats-admin")
    assert list(families.active("dev-cats", 1000)) == made[::-1]
    assert list(families.active("dev-cats", 3)) == made[:-4:-1]
    assert list(families.active("dev-dogs", 3)) == []


def test_what_was_deregistered_is_active_no_more(families: Families, services: FakeServices) -> None:
    """And to do it again, after a crash, is no error."""
    old, new = register(services, "dev-cats", 2)
    families.deregister(old)
    families.deregister(old)
    assert list(families.active("dev-cats", 10)) == [new]
    families.deregister(new.replace(":2", ":17"))


def test_tags_say_whose_a_revision_is(families: Families, services: FakeServices) -> None:
    """A family of the same name that somebody else keeps is none of ours."""
    (ours,) = register(services, "dev-cats", tags=[{"key": "pilotage:service", "value": "cats"}])
    (theirs,) = register(services, "dev-cats")
    assert families.tags(ours) == {"pilotage:service": "cats"}
    assert families.tags(theirs) == {}
    assert families.tags(theirs.replace(":2", ":17")) == {}


def test_revisions_that_tasks_run_are_known(families: Families, services: FakeServices) -> None:
    """A one-off task of an old revision is in no deployment of any service."""
    old, _new = register(services, "dev-cats", 2)
    assert families.run_by_tasks("main", "dev-cats") == frozenset()
    services.create(
        {
            "cluster": "main",
            "serviceName": "cats",
            "taskDefinition": old,
            "desiredCount": 1,
            "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}],
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
        }
    )
    services.run(60)
    assert families.run_by_tasks("main", "dev-cats") == {old}
    assert families.run_by_tasks("main", "dev-dogs") == frozenset()

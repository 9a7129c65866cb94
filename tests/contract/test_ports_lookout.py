"""What can be seen of a service from outside: tasks, targets, the service's own words, and the end of a log.

The adapter runs over the ECS model twice: with a fast client that only checks shapes, and with botocore's own, beside
moto's logs and target groups.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from fakes.lookout import FakeLookout
from fakes.services import FakeServices
from fakes.wire import answered, client
from moto import mock_aws
from pilotage.errors import BadPolicy
from pilotage_local.ecs import exits

pytestmark = pytest.mark.disable_socket

GROUP = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/cats/50dc6c495c0c9188"
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}


@pytest.fixture
def services() -> FakeServices:
    services = FakeServices()
    services.cluster("main")
    services.tasks.script("bad", exits(3, after=2))
    return services


@pytest.fixture(params=["model", "wire"])
def lookout(request: pytest.FixtureRequest, services: FakeServices) -> Iterator[FakeLookout]:
    with mock_aws():
        subject = FakeLookout(services)
        if request.param == "wire":
            checked = services.checked
            subject.ecs = answered(client("ecs"), lambda name, asked: checked.call(name, **asked))
            subject.logs, subject.elbv2 = client("logs"), client("elbv2")
        yield subject


def start(services: FakeServices, image: str, desired: int = 2) -> str:
    container = {"name": "cats", "image": image}
    body: dict[str, Any] = {"family": "cats", "networkMode": "awsvpc", "cpu": "256", "memory": "512"}
    revision = services.register({**body, "requiresCompatibilities": ["FARGATE"], "containerDefinitions": [container]})
    services.create(
        {
            "cluster": "main",
            "serviceName": "cats",
            "taskDefinition": revision,
            "desiredCount": desired,
            "capacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}],
            "networkConfiguration": NETWORK,
        }
    )
    return revision


def test_tasks_that_run_are_seen(lookout: FakeLookout, services: FakeServices) -> None:
    """How many are well is counted from these."""
    revision = start(services, "good")
    services.run(60)
    seen = lookout.tasks("main", "cats")
    assert [(task.status, task.revision, task.why) for task in seen] == [("RUNNING", revision, None)] * 2


def test_tasks_that_stopped_are_seen_with_their_reason_the_latest_first(
    lookout: FakeLookout, services: FakeServices
) -> None:
    """ECS remembers them for an hour; the last death is the one that people ask about."""
    start(services, "bad", desired=1)
    services.run(90)
    dead = [task for task in lookout.tasks("main", "cats") if task.status == "STOPPED"]
    assert len(dead) > 1
    assert {task.exit_codes["cats"] for task in dead} == {3}
    assert {task.why for task in dead} == {"container cats exited with code 3"}
    stops = [task.stopped_at for task in dead if task.stopped_at]
    assert stops == sorted(stops, reverse=True)


def test_a_service_that_is_not_there_has_no_tasks_and_says_nothing(lookout: FakeLookout) -> None:
    """Who looks too early is told that there is nothing, not that something is broken."""
    assert list(lookout.tasks("main", "dogs")) == []
    assert list(lookout.said("main", "dogs")) == []


def test_a_cluster_that_is_not_there_is_the_policys_mistake(lookout: FakeLookout) -> None:
    """It names the cluster."""
    with pytest.raises(BadPolicy, match="nowhere"):
        lookout.said("nowhere", "cats")


def test_the_services_own_words_come_newest_first(lookout: FakeLookout, services: FakeServices) -> None:
    """What was in the way an hour ago may be there no more."""
    start(services, "good")
    services.run(60)
    said = lookout.said("main", "cats")
    assert "has reached a steady state" in said[0][1]
    assert any("has started" in sentence for _, sentence in said)
    assert [moment for moment, _ in said] == sorted((moment for moment, _ in said), reverse=True)


def test_a_target_group_that_is_gone_has_no_targets(lookout: FakeLookout) -> None:
    """A policy may name one that somebody deleted: the rest is shown all the same."""
    assert list(lookout.targets([GROUP, GROUP])) == []


def test_what_the_load_balancer_says_of_a_target_is_seen(services: FakeServices) -> None:
    """`502` is what people search for."""
    lookout = FakeLookout(services)
    lookout.unwell(GROUP, "unhealthy", "Target.ResponseCodeMismatch", "Health checks failed with these codes: [502]")
    (seen,) = lookout.targets([GROUP])
    assert (seen.target_group, seen.id, seen.port, seen.state) == (GROUP, "10.0.0.1", 8080, "unhealthy")
    assert seen.description == "Health checks failed with these codes: [502]"


def test_targets_of_a_real_group_are_read(services: FakeServices) -> None:
    """The answer of a target group as the SDK parses it."""
    with mock_aws():
        elb, lookout = client("elbv2"), FakeLookout(services)
        vpc = client("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        made = elb.create_target_group(Name="cats", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")
        group = made["TargetGroups"][0]["TargetGroupArn"]
        elb.register_targets(TargetGroupArn=group, Targets=[{"Id": "10.0.0.7", "Port": 8080}])
        lookout.elbv2 = elb
        (seen,) = lookout.targets([group])
        assert (seen.id, seen.port) == ("10.0.0.7", 8080)
        assert seen.state


def test_the_end_of_a_log_is_read_in_order(lookout: FakeLookout) -> None:
    """The last lines of a container that failed are the ones that tell."""
    assert list(lookout.log_tail("/pilotage/dev/cats", "cats/cats/1", 3)) == []
    lookout.streams["/pilotage/dev/cats", "cats/cats/1"] = [f"line {number}" for number in range(5)]
    if not hasattr(lookout.logs, "calls"):
        lookout.logs.create_log_group(logGroupName="/pilotage/dev/cats")
        lookout.logs.create_log_stream(logGroupName="/pilotage/dev/cats", logStreamName="cats/cats/1")
        just_now = int(time.time() * 1000) - 5000  # PutLogEvents takes no future, and no distant past
        events = [{"message": f"line {number}\n", "timestamp": just_now + number} for number in range(5)]
        lookout.logs.put_log_events(logGroupName="/pilotage/dev/cats", logStreamName="cats/cats/1", logEvents=events)
    assert list(lookout.log_tail("/pilotage/dev/cats", "cats/cats/1", 3)) == ["line 2", "line 3", "line 4"]
    assert list(lookout.log_tail("/pilotage/dev/dogs", "cats/cats/1", 3)) == []


def test_a_look_costs_a_handful_of_calls(services: FakeServices) -> None:
    """It is repeated every two seconds, in an account that others use as well."""
    lookout = FakeLookout(services)
    start(services, "good")
    services.run(60)
    services.checked.calls.clear()
    lookout.tasks("main", "cats")
    lookout.said("main", "cats")
    assert services.checked.calls == ["ListTasks", "DescribeTasks", "ListTasks", "DescribeServices"]

"""The request bodies that follow from a workload, held against botocore's own model of AWS."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes.workloads import CATS, DIGEST, POLICY, STAMP, TARGET_GROUP, artifact, drawn
from hypothesis import given
from hypothesis import strategies as st
from pilotage.artifact import HealthCheck
from pilotage.aws.models import check
from pilotage.errors import BadDefinition, BadManifest, Refused
from pilotage.placement import Choice, fargate_sizes, place
from pilotage.policy import Capacity, Network, Policy, RolloutRules, Route
from pilotage.usecases.preview import definitions_document, place_document
from pilotage.workload import Kind, Launch, Pattern, Port, Priority, Schedule, Size, Wishes, Workload

BRIDGE = replace(POLICY, capacity=replace(POLICY.capacity, ec2_network_mode="bridge"))
ON_EC2 = Wishes(launch=Launch.EC2)
WINDOWS = "WINDOWS_SERVER_2022_CORE"
NIGHTLY = replace(
    CATS, kind=Kind.SCHEDULE, count=1, schedule=Schedule("cron(0 3 * * ? *)", "Europe/Oslo"), wishes=Wishes()
)


def container(workload: Workload = CATS, policy: Policy = POLICY) -> dict[str, Any]:
    _, definitions = drawn(workload, policy)
    (only,) = definitions.task_definition["containerDefinitions"]
    return dict(only)


def service(workload: Workload = CATS, policy: Policy = POLICY) -> dict[str, Any]:
    _, definitions = drawn(workload, policy)
    assert definitions.service is not None
    return dict(definitions.service)


def schedule(workload: Workload = NIGHTLY, policy: Policy = POLICY) -> dict[str, Any]:
    _, definitions = drawn(workload, policy)
    assert definitions.service is None
    assert definitions.schedule is not None
    return dict(definitions.schedule)


@pytest.mark.parametrize(
    ("asked", "given_size"),
    [
        ((1, 1), (256, 512)),
        ((256, 512), (256, 512)),
        ((256, 513), (256, 1024)),
        ((256, 2049), (512, 3072)),
        ((300, 512), (512, 1024)),
        ((1024, 8192), (1024, 8192)),
        ((1024, 8193), (2048, 9216)),
        ((4096, 30721), (8192, 32768)),
        ((8192, 17000), (8192, 20480)),
        ((8193, 1), (16384, 32768)),
        ((16384, 122880), (16384, 122880)),
    ],
)
def test_fargate_sizes_round_up(asked: tuple[int, int], given_size: tuple[int, int]) -> None:
    """ECS refuses what is not in its table; the next size that holds it is taken, and the notes say so."""
    _, definitions = drawn(replace(CATS, cpu=asked[0], memory=asked[1], wishes=Wishes(launch=Launch.FARGATE)))
    task = definitions.task_definition
    assert (task["cpu"], task["memory"]) == (str(given_size[0]), str(given_size[1]))
    assert bool(definitions.notes) is (asked != given_size)


@given(st.integers(1, 16384), st.integers(1, 122880))
def test_rounding_never_shrinks_and_never_skips_a_size(cpu: int, memory: int) -> None:
    """A team that asks for memory gets at least that, and pays for no more than the next legal size."""
    size = fargate_sizes.holding(cpu, memory)
    assert size is not None
    assert size.cpu >= cpu
    assert size.memory >= memory
    between = [each for each in fargate_sizes.SIZES if cpu <= each.cpu <= size.cpu and memory <= each.memory]
    assert size == min(between)


@pytest.mark.parametrize(
    "workload",
    [
        CATS,
        replace(CATS, routing="public"),
        replace(CATS, wishes=ON_EC2),
        replace(CATS, wishes=ON_EC2, gpu=2, privileged=True, host_paths=("/var/log", "/data")),
        replace(CATS, wishes=ON_EC2, network_mode="host"),
        replace(CATS, wishes=Wishes(launch=Launch.FARGATE_SPOT), architecture="ARM64"),
        replace(CATS, wishes=Wishes(launch=Launch.MANAGED_INSTANCES)),
        replace(CATS, daemon=True),
        replace(CATS, operating_system=WINDOWS),
        replace(CATS, operating_system=WINDOWS, wishes=ON_EC2),
        replace(CATS, autoscaled=True),
        replace(CATS, health_check=HealthCheck(("CMD-SHELL", "true")), stop_timeout=20, user="1000:1000"),
        replace(CATS, command=("run",), entrypoint=("/bin/cats",), ephemeral_storage=50),
        replace(CATS, kind=Kind.TASK),
        replace(CATS, ports=(Port(53, "udp", "dns"), Port(53))),
        NIGHTLY,
        replace(NIGHTLY, count=0),
    ],
)
@pytest.mark.parametrize("policy", [POLICY, BRIDGE], ids=["awsvpc", "bridge"])
def test_whatever_is_rendered_passes_the_model_of_aws(workload: Workload, policy: Policy) -> None:
    """Nothing leaves that botocore's own description of AWS would refuse."""
    _, definitions = drawn(workload, policy)
    check("ecs", "RegisterTaskDefinition", definitions.task_definition)
    if definitions.service is not None:
        check("ecs", "CreateService", definitions.service)
    if definitions.schedule is not None:
        check("scheduler", "CreateSchedule", definitions.schedule)
        check("scheduler", "UpdateSchedule", definitions.schedule)


def test_the_image_is_a_digest_and_stays_one() -> None:
    """What was pushed is what runs: no tag that may move, and nothing for ECS to resolve again."""
    only = container()
    assert only["image"].endswith(f"/cats@{DIGEST}")
    assert only["versionConsistency"] == "disabled"


def test_tags_name_artifact_commit_and_release_in_characters_that_ecs_takes() -> None:
    """From a running task one finds the commit; an odd release name must not fail the registration."""
    stamp = replace(STAMP, release_id="r{1}*" + "x" * 300)
    _, definitions = drawn(stamp=stamp)
    tags = {tag["key"]: tag["value"] for tag in definitions.task_definition["tags"]}
    assert tags["pilotage:digest"] == DIGEST
    assert tags["pilotage:commit"] == "0123abc"
    assert tags["pilotage:service"] == "cats"
    assert tags["pilotage:environment"] == "dev"
    assert tags["pilotage:release"].startswith("r_1__xxx")
    assert len(tags["pilotage:release"]) == 256
    check("ecs", "RegisterTaskDefinition", definitions.task_definition)


def test_only_the_release_tag_tells_two_releases_of_one_artifact_apart() -> None:
    """The content hash is what NO_CHANGE and `one register per content` rest on."""
    bodies = [drawn(stamp=replace(STAMP, release_id=each))[1].task_definition for each in ("r-1", "r-2")]
    first, second = ({**body, "tags": {tag["key"]: tag["value"] for tag in body["tags"]}} for body in bodies)
    assert first["tags"].pop("pilotage:release") != second["tags"].pop("pilotage:release")
    assert first == second


def test_any_other_image_is_another_content() -> None:
    """The hash follows the digest."""
    images = [drawn(image=artifact("sha256:" + each * 64))[1].task_definition["tags"] for each in "ab"]
    contents = [next(tag["value"] for tag in tags if tag["key"] == "pilotage:content") for tags in images]
    assert contents[0] != contents[1]


@pytest.mark.parametrize(
    ("workload", "policy", "mode", "host_port"),
    [
        (CATS, BRIDGE, "awsvpc", 8080),
        (replace(CATS, wishes=ON_EC2), POLICY, "awsvpc", 8080),
        (replace(CATS, wishes=ON_EC2), BRIDGE, "bridge", 0),
        (replace(CATS, wishes=ON_EC2, network_mode="awsvpc"), BRIDGE, "awsvpc", 8080),
        (replace(CATS, wishes=ON_EC2, network_mode="host"), BRIDGE, "host", 8080),
        (replace(CATS, wishes=ON_EC2, operating_system=WINDOWS), BRIDGE, "awsvpc", 8080),
    ],
)
def test_networking_follows_the_placement(workload: Workload, policy: Policy, mode: str, host_port: int) -> None:
    """Two tasks on one instance must not fight for a port; awsvpc needs subnets, and nothing else may have them."""
    _, definitions = drawn(workload, policy)
    (only,) = definitions.task_definition["containerDefinitions"]
    assert definitions.task_definition["networkMode"] == mode
    assert [port["hostPort"] for port in only["portMappings"]] == [host_port]
    assert definitions.service is not None
    assert ("networkConfiguration" in definitions.service) is (mode == "awsvpc")


def test_logs_never_block_the_container() -> None:
    """A container must not hang because CloudWatch is slow."""
    options = container()["logConfiguration"]["options"]
    assert options["mode"] == "non-blocking"
    assert options["awslogs-group"] == "/pilotage/dev/cats"
    assert options["awslogs-stream-prefix"] == "cats"


def test_health_checks_are_clamped_to_what_ecs_takes_and_the_notes_say_so() -> None:
    """Docker allows a check each second, ECS does not: a valid image must not fail to register."""
    workload = replace(
        CATS, health_check=HealthCheck(("CMD", "true"), interval=1, timeout=90, retries=0, start_period=9)
    )
    _, definitions = drawn(workload)
    (only,) = definitions.task_definition["containerDefinitions"]
    assert only["healthCheck"] == {
        "command": ["CMD", "true"],
        "interval": 5,
        "timeout": 60,
        "retries": 1,
        "startPeriod": 9,
    }
    assert len(definitions.notes) == 3


@pytest.mark.parametrize("seconds", [1, 121])
def test_a_stop_timeout_that_fargate_lacks_is_named(seconds: int) -> None:
    """It is refused before AWS refuses it, with the range."""
    with pytest.raises(BadManifest, match="2 to 120"):
        drawn(replace(CATS, stop_timeout=seconds))
    assert container(replace(CATS, stop_timeout=seconds, wishes=ON_EC2))["stopTimeout"] == seconds


def test_windows_gets_nothing_that_only_linux_knows() -> None:
    """User, init process and task size on instances do not exist there."""
    only = container(replace(CATS, operating_system=WINDOWS, wishes=ON_EC2, user="cats"))
    assert not {"user", "linuxParameters"} & only.keys()
    assert (only["cpu"], only["memory"]) == (256, 512)
    _, definitions = drawn(replace(CATS, operating_system=WINDOWS))
    assert definitions.task_definition["cpu"] == "1024"


def test_ephemeral_storage_below_what_is_free_is_left_out() -> None:
    """ECS takes 21 GiB and more; 20 are there anyway."""
    _, small = drawn(replace(CATS, ephemeral_storage=10))
    _, big = drawn(replace(CATS, ephemeral_storage=21))
    assert "ephemeralStorage" not in small.task_definition
    assert small.notes
    assert big.task_definition["ephemeralStorage"] == {"sizeInGiB": 21}


def test_a_service_has_a_capacity_provider_strategy_and_no_launch_type() -> None:
    """UpdateService knows no launch type: a service created with one could never be moved."""
    body = service(replace(CATS, wishes=ON_EC2))
    assert body["capacityProviderStrategy"] == [{"capacityProvider": "instances", "weight": 1, "base": 0}]
    assert "launchType" not in body


def test_the_circuit_breaker_counts_and_never_resets() -> None:
    """A flapping task must trip it."""
    rules = replace(POLICY, rollout=RolloutRules(failure_threshold=5))
    assert service(policy=rules)["deploymentConfiguration"]["deploymentCircuitBreaker"] == {
        "enable": True,
        "rollback": True,
        "resetOnHealthyTask": False,
        "thresholdConfiguration": {"type": "COUNT", "value": 5},
    }


def test_zone_rebalancing_is_off_where_ecs_refuses_it() -> None:
    """It needs room for one task more."""
    tight = replace(POLICY, rollout=RolloutRules(minimum_healthy_percent=50, maximum_percent=100))
    assert service()["availabilityZoneRebalancing"] == "ENABLED"
    assert service(policy=tight)["availabilityZoneRebalancing"] == "DISABLED"


def test_a_daemon_has_only_what_ecs_allows_a_daemon() -> None:
    """CreateService refuses a daemon with a count, a capacity provider strategy, rebalancing or more than 100 %."""
    body = service(replace(CATS, daemon=True))
    assert body["schedulingStrategy"] == "DAEMON"
    assert body["launchType"] == "EC2"
    assert not {"desiredCount", "capacityProviderStrategy", "availabilityZoneRebalancing"} & body.keys()
    assert body["deploymentConfiguration"]["maximumPercent"] == 100
    assert body["deploymentConfiguration"]["minimumHealthyPercent"] == 0


def test_a_route_brings_load_balancer_and_grace() -> None:
    """The team names a route; which target group that is, only the policy says."""
    body = service(replace(CATS, routing="public"))
    assert body["loadBalancers"] == [{"targetGroupArn": TARGET_GROUP, "containerName": "cats", "containerPort": 8080}]
    assert body["healthCheckGracePeriodSeconds"] == 60
    assert service(replace(CATS, routing="public", grace_period=0))["healthCheckGracePeriodSeconds"] == 0
    assert not {"loadBalancers", "healthCheckGracePeriodSeconds"} & service(replace(CATS, grace_period=9)).keys()


def test_a_route_maps_its_port_when_the_image_exposes_none() -> None:
    """An image without EXPOSE behind a route with a port works; without either it is told what to do."""
    routed = replace(POLICY, routing={"public": Route(TARGET_GROUP, 9000)})
    bare = replace(CATS, ports=(), routing="public")
    assert [port["containerPort"] for port in container(bare, routed)["portMappings"]] == [9000]
    with pytest.raises(BadManifest, match="EXPOSE"):
        drawn(bare)


def test_an_unknown_route_is_refused_with_those_there_are() -> None:
    """The remedy is in the message."""
    with pytest.raises(Refused, match="public"):
        drawn(replace(CATS, routing="private"))


def test_periodic_work_is_a_schedule_and_no_service() -> None:
    """A cron job that is kept alive as a service would be restarted for ever."""
    body = schedule()
    assert body["Name"] == "dev-cats"
    assert body["ScheduleExpression"] == "cron(0 3 * * ? *)"
    assert body["ScheduleExpressionTimezone"] == "Europe/Oslo"
    assert body["Target"]["Arn"] == "arn:aws:ecs:eu-west-1:123456789012:cluster/ships"
    assert body["Target"]["RoleArn"] == POLICY.roles.scheduler
    ecs = body["Target"]["EcsParameters"]
    assert ecs["CapacityProviderStrategy"] == [{"capacityProvider": "FARGATE", "weight": 1, "base": 0}]
    assert ecs["NetworkConfiguration"]["awsvpcConfiguration"]["Subnets"] == ["subnet-1", "subnet-2"]
    assert "LaunchType" not in ecs


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")])
def test_arns_know_their_partition(region: str, partition: str) -> None:
    """China and GovCloud have their own."""
    _, definitions = drawn(NIGHTLY, stamp=replace(STAMP, region=region))
    assert definitions.schedule is not None
    assert definitions.schedule["Target"]["Arn"] == f"arn:{partition}:ecs:{region}:123456789012:cluster/ships"


def test_a_count_of_zero_rests_the_schedule() -> None:
    """It is the one way to pause a schedule from the manifest."""
    body = schedule(replace(NIGHTLY, count=0))
    assert body["State"] == "DISABLED"
    assert body["Target"]["EcsParameters"]["TaskCount"] == 1


def test_a_schedule_without_what_it_needs_is_refused_by_name() -> None:
    """No role, no expression, too many tasks: each has its sentence."""
    with pytest.raises(Refused, match=r"roles\.scheduler"):
        drawn(NIGHTLY, replace(POLICY, roles=replace(POLICY.roles, scheduler=None)))
    with pytest.raises(BadManifest, match="rate"):
        drawn(replace(NIGHTLY, schedule=None))
    with pytest.raises(BadManifest, match="at most 10"):
        drawn(replace(NIGHTLY, count=11))


def test_security_groups_may_be_missing() -> None:
    """Scheduler refuses an empty list, ECS takes the VPC's default group without one."""
    open_policy = replace(POLICY, network=Network(("subnet-1",), (), assign_public_ip=True))
    check("scheduler", "CreateSchedule", schedule(policy=open_policy))
    check("ecs", "CreateService", service(policy=open_policy))


def test_one_off_work_is_registered_and_nothing_more() -> None:
    """Nothing starts by itself, and the notes say so."""
    _, definitions = drawn(replace(CATS, wishes=Wishes(pattern=Pattern.BATCH)))
    assert definitions.service is None
    assert definitions.schedule is None
    assert any("nothing is started" in note for note in definitions.notes)


def test_preview_documents_have_their_published_shape() -> None:
    """Scripts read `pilotage place` and `pilotage render`."""
    workload = replace(CATS, wishes=Wishes(size=Size.LARGE, priority=Priority.COST))
    placed = place_document(place(workload, POLICY))
    assert (placed["choice"], placed["kind"]) == (Choice.EC2.value, "service")
    assert {each["option"] for each in placed["rejected"]} == set(Choice) - {Choice.EC2}
    assert all(each["reasons"] for each in placed["rejected"])
    document = definitions_document(drawn(workload)[1])
    assert document.keys() == {"task_definition", "service", "schedule"}
    assert document["schedule"] is None


def test_an_unmendable_size_is_named() -> None:
    """Fargate has an end, also for one who builds a placement by hand."""
    placement = place(CATS, replace(POLICY, capacity=Capacity()))
    assert placement.choice is Choice.FARGATE
    with pytest.raises(Refused, match="launch"):
        place(replace(CATS, cpu=32768, wishes=Wishes(launch=Launch.FARGATE)), POLICY)
    with pytest.raises(BadDefinition):
        check("ecs", "CreateService", {"serviceName": "cats", "desiredCount": "2"})

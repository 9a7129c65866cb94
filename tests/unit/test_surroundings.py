"""Volumes, capacity, placement rules, names for others and schedules: from the manifest to bodies that ECS takes."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from fakes import asked, shifting
from fakes.asked import ACCOUNT, REGION, artifact, config, policy
from pilotage.aws.models import BotocoreModels
from pilotage.boundary import definition_refusals
from pilotage.definitions import Definitions
from pilotage.errors import BadInput
from pilotage.policy import Policy
from pilotage.release import ReleaseRequest
from pilotage.usecases.outlook import Home
from pilotage.usecases.plan_service import Sketch, draw

STARTER = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:pilotage-start-job"
INFRASTRUCTURE = f"{asked.ROLES}/pilotage/infrastructure"
ROLES = {**asked.policy_document()["roles"], "infrastructure": INFRASTRUCTURE}
FS, POINT, SNAPSHOT = "fs-0123456789abcdef0", "fsap-0123456789abcdef0", "snap-0123456789abcdef0"
ZONES = "spread:attribute:ecs.availability-zone"
EC2: dict[str, Any] = {"launch": "ec2"}
NIGHTLY: dict[str, Any] = {"expression": "cron(0 3 * * ? *)"}
# Everything that these manifests may ask for.
OPEN: dict[str, Any] = {
    "roles": ROLES,
    "network": {
        **asked.policy_document()["network"],
        "service_connect": "ships",
        "service_connect_names": {"kittens": ["c*"]},
    },
    "capacity": {"fargate": True, "fargate_spot": True, "ec2": "instances", "managed_instances": "managed"},
    "allow": {
        "file_systems": [FS, SNAPSHOT],
        "host_paths": ["/srv"],
        "execute_command": True,
        "daemon": True,
        "host_network": True,
    },
}
MODELS = BotocoreModels()


def sketched(manifest: dict[str, Any], rules: Policy | None = None, starter: str | None = STARTER) -> Sketch:
    """Through boundary and botocore's model, as Prepare goes."""
    system = "windows" if "operating_system" in manifest else "linux"
    image = artifact(config(manifest, architecture="amd64", os=system))
    request = ReleaseRequest(
        "r1", "cats", "dev", ACCOUNT, REGION, "team/cats", asked.DIGEST, "v1", datetime(2026, 11, 23, tzinfo=UTC), "c"
    )
    return draw(request, Home(ACCOUNT, REGION, start_job_function=starter), image, {}, rules or policy(**OPEN), MODELS)


def drawn(manifest: dict[str, Any], rules: Policy | None = None, starter: str | None = STARTER) -> Definitions:
    return sketched(manifest, rules, starter).definitions


def service(manifest: dict[str, Any], rules: Policy | None = None) -> dict[str, Any]:
    return dict(drawn(manifest, rules).service or {})


def told(manifest: dict[str, Any], rules: Policy | None = None, starter: str | None = STARTER) -> str:
    with pytest.raises(BadInput) as refused:
        drawn(manifest, rules, starter)
    return str(refused.value)


def test_volumes_of_every_kind_reach_ecs() -> None:
    """Each in the shape that ECS documents for it, and seen where the manifest says."""
    found = drawn(
        {
            "placement": EC2,
            "host_paths": ["/srv/in"],
            "volumes": {
                "scratch": {"path": "/tmp/shared"},
                "side": {},
                "logs": {"path": "/logs", "host": "/srv/logs", "read_only": True},
                "disk": {"path": "/disk", "ebs": {"size": 20, "iops": 4000, "encrypted": True, "snapshot": SNAPSHOT}},
                "files": {"path": "/files", "efs": {"file_system": FS, "root": "/cats", "iam": True}},
                "point": {"path": "/point", "efs": {"file_system": FS, "access_point": POINT}},
                "open": {"path": "/open", "efs": {"file_system": FS, "encrypted": False}},
            },
        }
    )
    body = found.task_definition
    assert body["volumes"] == [
        {"name": "host-0", "host": {"sourcePath": "/srv/in"}},
        {"name": "disk", "configuredAtLaunch": True},
        {
            "name": "files",
            "efsVolumeConfiguration": {
                "fileSystemId": FS,
                "rootDirectory": "/cats",
                "transitEncryption": "ENABLED",
                "authorizationConfig": {"iam": "ENABLED"},
            },
        },
        {"name": "logs", "host": {"sourcePath": "/srv/logs"}},
        {"name": "open", "efsVolumeConfiguration": {"fileSystemId": FS}},
        {
            "name": "point",
            "efsVolumeConfiguration": {
                "fileSystemId": FS,
                "transitEncryption": "ENABLED",
                "authorizationConfig": {"accessPointId": POINT},
            },
        },
        {"name": "scratch"},
        {"name": "side"},
    ]
    assert body["containerDefinitions"][0]["mountPoints"] == [
        {"sourceVolume": "host-0", "containerPath": "/srv/in"},
        {"sourceVolume": "disk", "containerPath": "/disk"},
        {"sourceVolume": "files", "containerPath": "/files"},
        {"sourceVolume": "logs", "containerPath": "/logs", "readOnly": True},
        {"sourceVolume": "open", "containerPath": "/open"},
        {"sourceVolume": "point", "containerPath": "/point"},
        {"sourceVolume": "scratch", "containerPath": "/tmp/shared"},
    ]
    managed = {"roleArn": INFRASTRUCTURE, "sizeInGiB": 20, "volumeType": "gp3", "iops": 4000, "encrypted": True}
    assert found.service is not None
    assert found.service["volumeConfigurations"] == [
        {"name": "disk", "managedEBSVolume": {**managed, "snapshotId": SNAPSHOT}}
    ]


DISK: dict[str, Any] = {"disk": {"path": "/disk", "ebs": {"size": 20}}}
FILES: dict[str, Any] = {"files": {"path": "/files", "efs": {"file_system": FS}}}


def efs(**said: Any) -> dict[str, Any]:
    return {"volumes": {"files": {"path": "/files", "efs": {"file_system": FS, **said}}}}


def ebs(**said: Any) -> dict[str, Any]:
    return {"volumes": {"disk": {"path": "/disk", "ebs": said}}}


def shares(**said: dict[str, int]) -> dict[str, Any]:
    return {"placement": {"capacity": {name.replace("_", "-"): share for name, share in said.items()}}}


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        (efs(iam=True, encrypted=False), ("volumes.files.efs.encrypted: False", "`iam` needs encryption", "EFSAuthor")),
        (efs(access_point=POINT, encrypted=False), ("volumes.files.efs.encrypted", "access point needs encryption")),
        (efs(access_point=POINT, root="/cats"), ("volumes.files.efs.root: '/cats'", "leave `root` out")),
        (ebs(), ("volumes.disk.ebs.size", "Say how many GiB")),
        (ebs(size=4, type="st1"), ("volumes.disk.ebs.size: 4", "125 to 16384 GiB")),
        (ebs(size=20, type="gp2", iops=3000), ("volumes.disk.ebs.iops: 3000", "this is gp2")),
        (ebs(size=20, type="io2"), ("volumes.disk.ebs.iops", "io2 needs it")),
        (ebs(size=20, type="io2", iops=300, throughput=125), ("volumes.disk.ebs.throughput: 125", "Only gp3")),
        (
            {"volumes": {**DISK, "other": {"ebs": {"size": 1}}}},
            ("volumes.other.ebs: 'disk and other'", "one volume of EBS"),
        ),
        ({"volumes": {"a": {"host": "/srv", "efs": {"file_system": FS}}}}, ("volumes.a: 'host and efs'", "keep one")),
        ({"volumes": {"a": {"path": "/x/../y"}}}, ("volumes.a.path", "without `.` and `..`")),
        (
            {"volumes": {"a": {"path": "/x"}, "b": {"path": "/x/"}}},
            ("volumes.b.path: '/x/'", "volumes.a has this path"),
        ),
        ({"host_paths": ["/srv"], "volumes": {"host-0": {}}}, ("volumes.host-0", "`host_paths` have such names")),
        (
            {"volumes": DISK, "kind": "schedule", "schedule": NIGHTLY},
            ("volumes.disk.ebs of cats: 'schedule'", "EcsParam"),
        ),
        ({"volumes": DISK, "kind": "task"}, ("volumes.disk.ebs of cats: 'task'", '"Use Amazon EBS volumes')),
        ({"volumes": DISK, "daemon": True}, ("volumes.disk.ebs of cats: 'a daemon'", "REPLICA")),
        ({"volumes": FILES, "operating_system": "WINDOWS_SERVER_2022_CORE"}, ("Windows mounts no EFS", "EFS volumes")),
        ({"volumes": FILES, "platform_version": "1.3.0"}, ("needs platform version 1.4.0, not 1.3.0",)),
        (
            shares(fargate={"base": 1, "weight": 1}, fargate_spot={"base": 1, "weight": 1}),
            ("placement.capacity.fargate-spot.base: 1", "Only one may have a base"),
        ),
        (shares(fargate={"weight": 0}), ("placement.capacity: 'fargate'", "a weight above 0")),
        (
            shares(fargate={"weight": 1}, ec2={"weight": 1}),
            ("placement.capacity: 'fargate and ec2'", "does not mix", '"Amazon ECS capacity providers"'),
        ),
        (
            {"placement": {**EC2, **shares(fargate={"weight": 1})["placement"]}},
            ("placement.capacity of cats: 'fargate (weight 1)'", "launch: ec2 (manifest) says otherwise"),
        ),
        (
            {**shares(fargate={"weight": 3}, fargate_spot={"weight": 1}), "gpu": 1},
            ("gpu",),
        ),
        (
            {**shares(fargate={"weight": 1}), "network_mode": "host"},
            ("placement.capacity.fargate of cats: 'weight 1'", "awsvpc networking only", "Take it out of the shares"),
        ),
        ({"placement": {"launch": "fargate", "constraints": ["distinct-instance"]}}, ("no placement constraints",)),
        ({"placement": {"launch": "managed-instances", "spread": ["random"]}}, ("for EC2",)),
        ({"placement": {**EC2, "constraints": [" "]}}, ("placement.constraints[0]: ' '", "Say `distinct-instance`")),
        ({"placement": {**EC2, "constraints": ["a", "a"]}}, ("placement.constraints[1]: 'a'", "keep one")),
        ({"placement": EC2, "platform_version": "1.4.0"}, ("platform_version exists on Fargate only",)),
        (
            {"daemon": True, "placement": {"spread": ["random"]}},
            ("placement.spread of cats", "A daemon has one task on every instance"),
        ),
        ({"daemon": True, "az_rebalancing": True}, ("az_rebalancing of cats: True", "A daemon is on every instance")),
        (
            {"placement": {**EC2, "spread": ["binpack:memory"]}, "az_rebalancing": True},
            ("az_rebalancing of cats: True", f"begins with {ZONES}", '"Balancing an Amazon ECS service'),
        ),
        (
            {"placement": {**EC2, "constraints": ["attribute:ecs.availability-zone == a"]}, "az_rebalancing": True},
            ("az_rebalancing of cats: True", "that placement.constraints names"),
        ),
        ({"exec": True, "read_only": True}, ("exec of cats: True", "take exec out, or read_only")),
        (
            {"placement": EC2, "network_mode": "none", "ports": [80]},
            ("ports: '80-tcp'", "With network_mode none there are no ports"),
        ),
        (
            {"placement": EC2, "ports": [{"container_port": 80, "host_port": 8080}]},
            ("host_port of port 80-tcp: 8080", "With awsvpc networking it is the container's, 80"),
        ),
        (
            {"ports": [{"container_port": 80, "protocol": "udp", "app_protocol": "http"}]},
            ("app_protocol of port 80-udp: 'http'", "run over TCP"),
        ),
        ({"connect": {"name": "cats"}}, ("connect.name: 'cats'", "It needs a `port` that is offered")),
        ({"connect": {"port": 8080, "name": "ca.ts"}}, ("connect.name: 'ca.ts'", "lower-case letters")),
        ({"connect": {"port": 8080, "as": "-cats"}}, ("connect.as: '-cats'",)),
        ({"connect": {"port": 9090}}, ("connect.port of cats: '9090'", "Its ports are 8080-tcp: name one of them")),
        ({"connect": {"port": 53}, "ports": ["53/udp"]}, ("connect.port of cats: '53-udp'", "knows TCP")),
        (
            {"connect": {"port": 8080, "request_timeout": 5}},
            ("connect.request_timeout of cats: 5", "say its `app_protocol`"),
        ),
        ({"connect": {}, "kind": "task"}, ("connect of cats: 'task'", "Only a service has Service Connect")),
        (
            {"connect": {}, "placement": EC2, "network_mode": "host"},
            ("connect of cats: 'host'", "awsvpc or bridge networking"),
        ),
        (
            {"connect": {}, "operating_system": "WINDOWS_SERVER_2022_CORE"},
            ("connect of cats", "Windows has no Service Connect"),
        ),
    ],
)
def test_what_cannot_be_is_refused_by_name(manifest: dict[str, Any], words: tuple[str, ...]) -> None:
    """The thing, the value, what would be right, and the page that says so."""
    sentence = told(manifest)
    for word in words:
        assert word in sentence, sentence


@pytest.mark.parametrize(
    ("manifest", "closed", "words"),
    [
        ({"volumes": FILES}, {}, ("volumes.files: 'fs-0123", "widen allow.file_systems")),
        ({"volumes": DISK | {"disk": {"ebs": {"snapshot": SNAPSHOT}}}}, {}, ("volumes.disk: 'snap-", "allow.file_sys")),
        (ebs(size=300), {}, ("volumes.disk: 300", "200 at most", "limits.ephemeral_storage")),
        (
            {"placement": EC2, "volumes": {"a": {"host": "/etc"}}},
            {"allow": {"host_paths": ["/srv"]}},
            ("volumes.a: '/etc'", "allow.host_paths"),
        ),
        ({"exec": True}, {}, ("exec: True", "widen allow.execute_command")),
        (
            ebs(size=20),
            {"roles": asked.policy_document()["roles"]},
            ("volumes.disk.ebs of cats", "roles.infrastructure"),
        ),
        ({"connect": {}}, {}, ("connect of cats", "or have network.service_connect added")),
        ({"connect": {"port": 8080, "name": "payments"}}, OPEN, ("connect.name: 'payments'", "service_connect_names")),
        (
            {"connect": {"port": 8080, "as": "cats-api"}},
            OPEN,
            ("connect.as: 'cats-api'", "cats, cats.ships and kittens"),
        ),
        (
            {"placement": EC2, "network_mode": "bridge", "ports": [{"container_port": 80, "host_port": 80}]},
            {"capacity": {"ec2": "instances", "ec2_network_mode": "bridge"}},
            ("hostPort: 80", "allow.host_network"),
        ),
        (
            {"az_rebalancing": True},
            {"rollout": {"maximum_percent": 100, "minimum_healthy_percent": 50}},
            ("az_rebalancing of cats: True", "rollout.maximum_percent of dev is 100"),
        ),
        (
            shares(fargate={"weight": 1}, fargate_spot={"base": 2, "weight": 1}),
            {"capacity": {"fargate_spot": True, "spot_base": 1}},
            ("placement.capacity.fargate-spot.base of cats: 2", "keeps 1 on demand"),
        ),
        (
            shares(fargate={"weight": 1}, fargate_spot={"weight": 1}),
            {},
            ("placement.capacity.fargate-spot of cats: 'weight 1'", "no FARGATE_SPOT capacity provider"),
        ),
    ],
)
def test_the_policy_has_the_last_word(manifest: dict[str, Any], closed: dict[str, Any], words: tuple[str, ...]) -> None:
    """Whoever can push gets what the operators allow, and reads whose file to change."""
    sentence = told(manifest, policy(**closed))
    for word in words:
        assert word in sentence, sentence


def test_shares_are_the_strategy_and_the_largest_is_the_choice() -> None:
    """Base and weight as the manifest has them; what is said about the placement agrees with what ECS is told."""
    manifest = shares(fargate={"base": 1, "weight": 1}, fargate_spot={"weight": 3})
    sketch = sketched(manifest)
    assert sketch.placement.choice == "FARGATE_SPOT"
    assert "fargate (base 1, weight 1), fargate-spot (weight 3) (manifest), most of them" in sketch.placement.reasons[0]
    assert dict(sketch.definitions.service or {})["capacityProviderStrategy"] == [
        {"capacityProvider": "FARGATE", "weight": 1, "base": 1},
        {"capacityProvider": "FARGATE_SPOT", "weight": 3, "base": 0},
    ]
    alike = sketched(shares(fargate_spot={"weight": 1}, fargate={"weight": 1}))
    assert alike.placement.choice == "FARGATE"
    agreeing = shares(fargate={"weight": 1}, fargate_spot={"weight": 3})["placement"] | {"launch": "fargate-spot"}
    assert sketched({"placement": agreeing}).placement.choice == "FARGATE_SPOT"


@pytest.mark.parametrize(
    ("said", "given"),
    [
        ({"fargate_spot": {"weight": 1}}, [("FARGATE", 0, 2), ("FARGATE_SPOT", 1, 0)]),
        ({"fargate": {"weight": 1}, "fargate_spot": {"weight": 1}}, [("FARGATE", 1, 2), ("FARGATE_SPOT", 1, 0)]),
        (
            {"fargate": {"base": 3, "weight": 1}, "fargate_spot": {"weight": 1}},
            [("FARGATE", 1, 3), ("FARGATE_SPOT", 1, 0)],
        ),
        ({"fargate": {"weight": 1}}, [("FARGATE", 1, 0)]),
    ],
)
def test_what_stays_on_demand_stays_whatever_the_shares_are(
    said: dict[str, Any], given: list[tuple[str, int, int]]
) -> None:
    """`spot_base` is the operators' word for every service on Spot."""
    rules = policy(**{**OPEN, "capacity": {**OPEN["capacity"], "spot_base": 2}})
    found = service(shares(**said), rules)["capacityProviderStrategy"]
    assert [(each["capacityProvider"], each["weight"], each["base"]) for each in found] == given


def test_instances_are_chosen_and_filled_as_asked() -> None:
    """Constraints and strategies in ECS's words, on the service and on what a schedule starts."""
    rules = {
        "constraints": ["distinct-instance", "attribute:ecs.instance-type =~ g5.*"],
        "spread": [ZONES, "binpack:cpu", "random"],
    }
    constraints = [
        {"type": "distinctInstance"},
        {"type": "memberOf", "expression": "attribute:ecs.instance-type =~ g5.*"},
    ]
    strategy = [
        {"type": "spread", "field": "attribute:ecs.availability-zone"},
        {"type": "binpack", "field": "cpu"},
        {"type": "random"},
    ]
    found = service({"placement": {**EC2, **rules}, "az_rebalancing": True})
    assert (found["placementConstraints"], found["placementStrategy"]) == (constraints, strategy)
    assert found["availabilityZoneRebalancing"] == "ENABLED"
    drawn_schedule = drawn({"placement": {**EC2, **rules}, "schedule": NIGHTLY}).schedule
    assert drawn_schedule is not None
    parameters = drawn_schedule["Target"]["EcsParameters"]
    assert (parameters["PlacementConstraints"], parameters["PlacementStrategy"]) == (constraints, strategy)


@pytest.mark.parametrize(
    ("manifest", "rebalanced"),
    [
        ({}, "ENABLED"),
        ({"az_rebalancing": True}, "ENABLED"),
        ({"az_rebalancing": False}, "DISABLED"),
        ({"placement": {**EC2, "spread": ["binpack:cpu"]}}, "DISABLED"),
    ],
)
def test_zones_are_evened_out_wherever_ecs_does_it(manifest: dict[str, Any], rebalanced: str) -> None:
    """Not said, it is on where ECS takes it, as for every new service."""
    assert service(manifest)["availabilityZoneRebalancing"] == rebalanced


def test_shell_platform_and_tags() -> None:
    """A shell is asked of ECS and its rights are named; tags go to the revision and to the service."""
    found = drawn({"exec": True, "platform_version": "1.4.0", "tags": {"team": "cats"}})
    assert found.service is not None
    assert (found.service["enableExecuteCommand"], found.service["platformVersion"]) == (True, "1.4.0")
    assert any("ssmmessages:CreateControlChannel" in note for note in found.notes)
    assert {"key": "team", "value": "cats"} in found.service["tags"]
    assert {"key": "team", "value": "cats"} in found.task_definition["tags"]
    scheduled = drawn({"exec": True, "platform_version": "1.4.0", "schedule": NIGHTLY}).schedule
    assert scheduled is not None
    parameters = scheduled["Target"]["EcsParameters"]
    assert (parameters["EnableExecuteCommand"], parameters["PlatformVersion"]) == (True, "1.4.0")


@pytest.mark.parametrize(
    ("network_mode", "port", "host_port"),
    [("bridge", {}, 0), ("bridge", {"host_port": 8080}, 8080), ("host", {}, 80), ("awsvpc", {"host_port": 80}, 80)],
)
def test_ports_of_the_host(network_mode: str, port: dict[str, Any], host_port: int) -> None:
    """Bridge takes any free one unless a fixed one is asked for and allowed."""
    rules = policy(**{**OPEN, "capacity": {"ec2": "instances", "ec2_network_mode": "bridge"}})
    manifest = {"placement": EC2, "network_mode": network_mode, "ports": [{"container_port": 80, **port}]}
    found = drawn(manifest, rules)
    (mapping,) = found.task_definition["containerDefinitions"][0]["portMappings"]
    assert mapping["hostPort"] == host_port
    assert found.service is not None
    assert ("networkConfiguration" in found.service) == (network_mode == "awsvpc")


def test_no_network_has_no_ports_of_the_image() -> None:
    """What the image exposes is no wish of the manifest's: it is left out, and the notes say so."""
    found = drawn({"placement": EC2, "network_mode": "none"})
    assert "portMappings" not in found.task_definition["containerDefinitions"][0]
    assert any("with network_mode none" in note for note in found.notes)


def test_names_for_others() -> None:
    """The service's own name unless the policy gives another; `{}` only calls."""
    only = service({"connect": {}})["serviceConnectConfiguration"]
    logs = {"awslogs-group": "/pilotage/dev/cats", "awslogs-region": REGION, "awslogs-stream-prefix": "cats-connect"}
    configuration = {"logDriver": "awslogs", "options": logs}
    assert only == {"enabled": True, "namespace": "ships", "logConfiguration": configuration}
    ports = [{"container_port": 8080, "name": "http", "app_protocol": "http2"}, 9090]
    timeouts = {"idle_timeout": 60, "request_timeout": 5}
    said = {"port": "http", "name": "kittens", "as": "cats.ships", "at": 80, **timeouts}
    assert service({"ports": ports, "connect": said})["serviceConnectConfiguration"]["services"] == [
        {
            "portName": "http",
            "discoveryName": "kittens",
            "clientAliases": [{"port": 80, "dnsName": "cats.ships"}],
            "timeout": {"idleTimeoutSeconds": 60, "perRequestTimeoutSeconds": 5},
        }
    ]
    assert service({"ports": ports, "connect": {"port": 9090}})["serviceConnectConfiguration"]["services"] == [
        {"portName": "9090-tcp", "discoveryName": "cats", "clientAliases": [{"port": 9090}]}
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"namespace": "payments"}, ("namespace: 'payments'", "network.service_connect")),
        ({"namespace": None}, ("namespace", "the cluster's own")),
        ({"services": [{"portName": "8080-tcp", "discoveryName": "payments"}]}, ("discoveryName: 'payments'",)),
        ({"services": [{"portName": "8080-tcp"}]}, ("discoveryName", "it is the port's name")),
        (
            {
                "services": [
                    {"portName": "a", "discoveryName": "cats", "clientAliases": [{"port": 1, "dnsName": "sts"}]}
                ]
            },
            ("dnsName: 'sts'", "network.service_connect_names"),
        ),
        (
            {"services": [{"portName": "a", "discoveryName": "cats", "tls": {"roleArn": "x"}}]},
            ("services[0].tls", "No rule allows"),
        ),
        ({"logConfiguration": {"logDriver": "splunk"}}, ("logDriver: 'splunk'",)),
        (
            {"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/pilotage/dev/payments"}}},
            ("'awslogs-group': '/pilotage/dev/payments'", "Its proxy logs to /pilotage/dev/cats"),
        ),
    ],
)
def test_no_override_takes_a_name_that_is_not_its_own(change: dict[str, Any], words: tuple[str, ...]) -> None:
    """Whoever takes another's name in the namespace answers its calls."""
    manifest = {"connect": {"port": 8080}, "overrides": {"service": {"serviceConnectConfiguration": change}}}
    sentence = told(manifest)
    for word in words:
        assert word in sentence, sentence


@pytest.mark.parametrize(
    ("patch", "word"),
    [
        ({"efsVolumeConfiguration": {"fileSystemId": "fs-1"}}, "allow.file_systems"),
        ({"efsVolumeConfiguration": {"fileSystemId": "fs-1", "authorizationConfig": {"accessPointId": FS}}}, None),
        ({"efsVolumeConfiguration": {"fileSystemId": FS, "authorizationConfig": {"other": 1}}}, "No rule allows"),
        ({"dockerVolumeConfiguration": {"driver": "evil"}}, "No rule allows"),
        ({"fsxWindowsFileServerVolumeConfiguration": {"fileSystemId": "x"}}, "No rule allows"),
        ({"host": {"sourcePath": "/etc"}}, "allow.host_paths"),
    ],
)
def test_no_override_mounts_what_is_not_open(patch: dict[str, Any], word: str | None) -> None:
    """The boundary looks at what came of the overrides. An id of another kind in the policy opens just that."""
    manifest = {"overrides": {"task_definition": {"volumes": [{"name": "x", **patch}]}}}
    if word is None:
        assert drawn(manifest).task_definition["volumes"]
    else:
        assert word in told(manifest)


def test_when_a_schedule_starts_and_how_often_it_tries() -> None:
    """The manifest's minutes in Scheduler's seconds; not said, an hour and three tries."""
    said = {**NIGHTLY, "retries": 0, "retry_for": 5, "window": 15}
    found = drawn({"schedule": said}).schedule or {}
    assert found["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    assert found["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 300, "MaximumRetryAttempts": 0}
    usual = drawn({"schedule": NIGHTLY}).schedule or {}
    assert usual["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert usual["Target"]["RetryPolicy"] == {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 3}


def test_a_job_that_must_not_overlap_is_started_by_the_function() -> None:
    """What the function is told is what ECS would have been told, and says for which time it was due."""
    found = drawn({"schedule": {**NIGHTLY, "overlap": "skip"}, "count": 2}).schedule or {}
    assert found["Target"]["Arn"] == STARTER
    assert "EcsParameters" not in found["Target"]
    job = json.loads(found["Target"]["Input"])
    assert (job["cluster"], job["environment"], job["service"]) == ("main", "dev", "cats")
    assert job["at"] == "<aws.scheduler.scheduled-time>"
    assert job["execution"] == "<aws.scheduler.execution-id>"
    MODELS.check("ecs", "RunTask", {**job["run"], "cluster": job["cluster"]})
    assert job["run"]["taskDefinition"] == "dev-cats"
    assert job["run"]["count"] == 2
    assert "schedule.overlap of cats: 'skip'. This stack has no function" in told(
        {"schedule": {**NIGHTLY, "overlap": "skip"}}, starter=None
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"overrides": {"taskRoleArn": "admin"}}, ("Input.run.overrides", "No rule allows")),
        ({"taskDefinition": "dev-payments"}, ("Input.run.taskDefinition: 'dev-payments'", "dev-cats")),
        ({"count": 21}, ("Input.run.count: 21", "limits.count")),
        ({"capacityProviderStrategy": []}, ("Input.run.capacityProviderStrategy", "has chosen")),
        ({"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-9"]}}}, ("subnet-9", "network.subnets")),
        ({"enableExecuteCommand": True}, ("Input.run.enableExecuteCommand: True", "allow.execute_command")),
    ],
)
def test_what_the_function_is_told_is_judged_like_a_task(change: dict[str, Any], words: tuple[str, ...]) -> None:
    """It passes roles to tasks: what goes around the boundary there goes around all of it."""
    rules = policy(**{**OPEN, "allow": {}})
    found = drawn({"schedule": {**NIGHTLY, "overlap": "skip"}}, rules)
    assert found.schedule is not None
    job = json.loads(found.schedule["Target"]["Input"])
    job["run"] |= change
    target = {**found.schedule["Target"], "Input": json.dumps(job)}
    body = {**found.schedule, "Target": target}
    refused = " ".join(definition_refusals(found.task_definition, None, body, rules, found.agreed))
    for word in words:
        assert word in refused, refused


@pytest.mark.parametrize(
    ("target", "word"),
    [
        ({"Arn": "arn:aws:lambda:eu-west-1:123456789012:function:other"}, "It has to be the cluster, or what starts"),
        ({"Input": "{}"}, "It has to say what is started"),
        ({"Input": None}, "It has to say what is started"),
        ({"EcsParameters": {"TaskDefinitionArn": "dev-cats"}}, "With it a schedule could hand ECS overrides"),
    ],
)
def test_a_schedule_starts_nothing_but_our_own(target: dict[str, Any], word: str) -> None:
    """Any other target would be invoked with the role of Scheduler."""
    rules = policy(**OPEN)
    found = drawn({"schedule": {**NIGHTLY, "overlap": "skip"}}, rules)
    assert found.schedule is not None
    body = {**found.schedule, "Target": {**found.schedule["Target"], **target}}
    assert word in " ".join(definition_refusals(found.task_definition, None, body, rules, found.agreed))


def test_the_policys_pauses_hold_where_service_connect_shifts() -> None:
    """Without a load balancer there is traffic all the same: an override takes no pause away, and no name."""
    rules = policy(**OPEN, **shifting.DECIDERS, rollout={"pauses": ["before_traffic"]})
    manifest = {"connect": {"port": 8080}, "rollout": {"strategy": "canary"}}
    found = drawn(manifest, rules)
    assert found.service is not None
    bare = {**found.service["deploymentConfiguration"], "lifecycleHooks": []}
    agreed = replace(found.agreed, deployment=bare)
    body = {**found.service, "deploymentConfiguration": bare}
    assert "The policy waits before_traffic" in " ".join(
        definition_refusals(found.task_definition, body, None, rules, agreed)
    )
    nameless = {"enabled": True, "namespace": "ships"}
    without = {**found.service, "serviceConnectConfiguration": nameless}
    refused = definition_refusals(found.task_definition, without, None, rules, found.agreed)
    assert any("`connect` says by what traffic is shifted" in each for each in refused)

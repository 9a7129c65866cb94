"""Containers as RegisterTaskDefinition takes them, and where ECS does not take them."""

from __future__ import annotations

import json
from dataclasses import replace
from time import perf_counter
from typing import Any

import pytest
from fakes.asked import ACCOUNT, REGISTRY, SECRET, artifact, config, policy
from hypothesis import given
from hypothesis import strategies as st
from pilotage.aws.models import check
from pilotage.boundary import definition_refusals, refusals
from pilotage.definitions import Definitions, ReleaseStamp, render
from pilotage.errors import BadManifest, Refused
from pilotage.placement import Choice, place
from pilotage.placement.packing import need_of
from pilotage.plan import Change
from pilotage.plan.risk import PointKind
from pilotage.plan.touched import kind_of
from pilotage.policy import Policy
from pilotage.workload import resolve

STAMP = ReleaseStamp("r1", "cats", "dev", ACCOUNT, "eu-west-1")
IMAGE = f"{REGISTRY}/nginx:1"
FILE = "arn:aws:s3:::example-settings/cats/x.env"
ALLOW: dict[str, Any] = {
    "env_files": ["arn:aws:s3:::example-settings/{service}/*"],
    "log_drivers": ["awslogs", "awsfirelens", "splunk", "json-file"],
}
ON_EC2 = {"placement": {"launch": "ec2"}}
BRIDGE: dict[str, Any] = {"capacity": {"ec2": "instances", "ec2_network_mode": "bridge"}}
EVERYTHING: dict[str, Any] = {
    "cpu": 1024,
    "memory": 2048,
    "memory_reservation": 512,
    "routing": "web",
    "environment": {"A": "${service}", "B": 2},
    "secrets": {"S": {"arn": SECRET, "key": "password"}},
    "env_files": [FILE],
    "working_directory": "/srv",
    "read_only": True,
    "depends_on": {"proxy": "healthy", "setup": "success"},
    "restart": {"ignored_exit_codes": [0], "attempt_period": 60},
    "start_timeout": 60,
    "stop_timeout": 30,
    "user": "1000",
    "labels": {"b": "2", "a": "1"},
    "ulimits": {"nofile": 65536, "core": {"soft": 0, "hard": 1}},
    "linux": {"drop": ["NET_RAW"], "tmpfs": [{"path": "/tmp", "size": 64, "options": ["noexec"]}]},
    "logging": {"driver": "awsfirelens", "options": {"Name": "cloudwatch_logs"}, "secrets": {"key": SECRET}},
    "router": {"image": f"{REGISTRY}/router:1", "config": "/extra.conf", "metadata": False, "memory": 64},
    "volumes": {"shared": {"path": "/shared"}},
    "sidecars": {
        "proxy": {
            "image": IMAGE,
            "cpu": 128,
            "memory": 128,
            "ports": [80],
            "health_check": {"command": ["CMD", "true"]},
            "mounts": {"shared": {"path": "/x", "read_only": True}},
            "logging": {"options": {"mode": "blocking"}},
            "depends_on": {"setup": "complete"},
        },
        "setup": {"image": IMAGE, "essential": False, "command": ["./setup"], "user": 0},
    },
}


def rendered(manifest: dict[str, Any], rules: Policy | None = None, **image: Any) -> Definitions:
    rules = rules or policy(allow=ALLOW)
    built = artifact(config(manifest, **image))
    workload = resolve(built, {}, rules)
    return render(workload, place(workload, rules), rules, built, STAMP)


def containers(definitions: Definitions) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in definitions.task_definition["containerDefinitions"]}


def test_everything_a_container_can_be_asked_for_is_what_aws_takes() -> None:
    """The model of AWS, the boundary and the order of the containers in one."""
    definitions = rendered(EVERYTHING)
    check("ecs", "RegisterTaskDefinition", definitions.task_definition)
    check("ecs", "CreateService", definitions.service or {})
    assert list(containers(definitions)) == ["cats", "proxy", "setup", "log_router"]
    own = containers(definitions)["cats"]
    expected = {
        "memoryReservation": 512,
        "secrets": [{"name": "S", "valueFrom": f"{SECRET}:password::"}],
        "environmentFiles": [{"type": "s3", "value": FILE}],
        "workingDirectory": "/srv",
        "readonlyRootFilesystem": True,
        "dependsOn": [
            {"containerName": "proxy", "condition": "HEALTHY"},
            {"containerName": "setup", "condition": "SUCCESS"},
        ],
        "restartPolicy": {"enabled": True, "ignoredExitCodes": [0], "restartAttemptPeriod": 60},
        "startTimeout": 60,
        "dockerLabels": {"a": "1", "b": "2"},
        "ulimits": [
            {"name": "core", "softLimit": 0, "hardLimit": 1},
            {"name": "nofile", "softLimit": 65536, "hardLimit": 65536},
        ],
        "linuxParameters": {
            "initProcessEnabled": True,
            "capabilities": {"drop": ["NET_RAW"]},
            "tmpfs": [{"containerPath": "/tmp", "size": 64, "mountOptions": ["noexec"]}],
        },
        "logConfiguration": {
            "logDriver": "awsfirelens",
            "options": {"Name": "cloudwatch_logs"},
            "secretOptions": [{"name": "key", "valueFrom": SECRET}],
        },
    }
    assert {key: own[key] for key in expected} == expected


def test_sidecars_log_beside_the_service_and_are_told_apart() -> None:
    """One log group a service: whoever looks for a crash finds all of it there."""
    found = containers(rendered(EVERYTHING))
    assert found["proxy"]["logConfiguration"]["options"] == {
        "awslogs-group": "/pilotage/dev/cats",
        "awslogs-region": "eu-west-1",
        "awslogs-stream-prefix": "proxy",
        "mode": "blocking",  # and then there is no buffer to have a size
    }
    assert found["setup"]["logConfiguration"]["options"]["awslogs-stream-prefix"] == "setup"
    assert found["proxy"]["mountPoints"] == [{"sourceVolume": "shared", "containerPath": "/x", "readOnly": True}]
    assert (found["proxy"]["cpu"], found["proxy"]["memory"], found["setup"]["user"]) == (128, 128, "0")
    assert "linuxParameters" not in found["setup"]  # an image with a supervisor of its own has to be process 1


def test_the_router_takes_the_logs_of_the_others() -> None:
    """As AWS's page on FireLens has it."""
    assert containers(rendered(EVERYTHING))["log_router"] == {
        "name": "log_router",
        "image": f"{REGISTRY}/router:1",
        "essential": True,
        "memoryReservation": 64,
        "firelensConfiguration": {
            "type": "fluentbit",
            "options": {
                "config-file-type": "file",
                "config-file-value": "/extra.conf",
                "enable-ecs-log-metadata": "false",
            },
        },
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": "/pilotage/dev/cats",
                "awslogs-region": "eu-west-1",
                "awslogs-stream-prefix": "log_router",
                "max-buffer-size": "25m",
                "mode": "non-blocking",
            },
        },
    }


def test_a_router_needs_nothing_said() -> None:
    """AWS for Fluent Bit, which adds the names of cluster, task and container by itself."""
    rules = policy(allow=ALLOW, registries=[REGISTRY, "public.ecr.aws/aws-observability"])
    router = containers(rendered({"router": {}, "logging": {"driver": "awsfirelens"}}, rules))["log_router"]
    assert router["image"] == "public.ecr.aws/aws-observability/aws-for-fluent-bit:stable"
    assert router["firelensConfiguration"] == {"type": "fluentbit"}
    assert router["memoryReservation"] == 50


@pytest.mark.parametrize(
    ("sidecar_port", "own", "container"), [(80, [8080], "proxy"), (8080, [], "proxy"), (81, [8080, 80], "cats")]
)
def test_requests_go_to_the_container_that_listens(sidecar_port: int, own: list[int], container: str) -> None:
    """A proxy in front of the service is what the load balancer reaches; else the port is opened in the service."""
    port = 8080 if sidecar_port == 8080 else 80
    route = {"web": {"target_group": policy().routing["web"].target_group, "container_port": port}}
    manifest = {"routing": "web", "ports": own, "sidecars": {"proxy": {"image": IMAGE, "ports": [sidecar_port]}}}
    definitions = rendered(manifest, policy(routing=route))
    (balancer,) = (definitions.service or {})["loadBalancers"]
    assert (balancer["containerName"], balancer["containerPort"]) == (container, port)
    mapped = [each["containerPort"] for each in containers(definitions)["cats"].get("portMappings", ())]
    assert mapped == own


@pytest.mark.parametrize(
    ("rules", "extra", "told"),
    [
        ({}, {}, "the ports of a: '8080/tcp'. cats listens there as well, and with awsvpc they share one network."),
        (
            {},
            {**ON_EC2, "network_mode": "host"},
            "the ports of a: '8080/tcp'. cats listens there as well, and with host",
        ),
        (BRIDGE, ON_EC2, None),
    ],
)
def test_two_containers_cannot_listen_on_one_port_of_one_network(
    rules: dict[str, Any], extra: dict[str, Any], told: str | None
) -> None:
    """The second would crash at every start. Under bridge each has a network of its own."""
    manifest = {"ports": [8080], "sidecars": {"a": {"image": IMAGE, "ports": [8080]}}, **extra}
    if told is None:
        found = containers(rendered(manifest, policy(allow=ALLOW, **rules)))
        assert [each["portMappings"][0]["hostPort"] for each in found.values()] == [0, 0]
        return
    with pytest.raises(BadManifest) as caught:
        rendered(manifest, policy(allow=ALLOW, **rules))
    assert told in str(caught.value)


def test_the_services_own_port_is_what_requests_go_to() -> None:
    """Under bridge a sidecar may listen on a port of the same number; nobody meant that one."""
    route = {"web": {"target_group": policy().routing["web"].target_group, "container_port": 8080}}
    manifest = {"routing": "web", "ports": [8080], "sidecars": {"a": {"image": IMAGE, "ports": [8080]}}, **ON_EC2}
    service = rendered(manifest, policy(routing=route, **BRIDGE)).service or {}
    assert service["loadBalancers"][0]["containerName"] == "cats"


def test_names_in_etc_hosts_need_a_network_that_has_them() -> None:
    """ECS refuses extraHosts under awsvpc (ContainerDefinition)."""
    manifest = {"hosts": {"cache": "10.0.0.7"}, **ON_EC2}
    with pytest.raises(BadManifest, match=r"hosts: \['cache'\]. With awsvpc networking ECS adds no names"):
        rendered(manifest)
    own = containers(rendered(manifest, policy(**BRIDGE)))["cats"]
    assert own["extraHosts"] == [{"hostname": "cache", "ipAddress": "10.0.0.7"}]


def test_windows_does_without_what_only_linux_has() -> None:
    """ECS would refuse the task definition; the notes say what was left out."""
    manifest = {
        **{key: EVERYTHING[key] for key in ("read_only", "ulimits", "linux")},
        "cpu": 2048,
        "memory": 4096,
        "sidecars": {"a": {"image": IMAGE, "ulimits": {"core": 1}, "user": "x"}},
    }
    definitions = rendered(manifest, os="windows", architecture="amd64")
    check("ecs", "RegisterTaskDefinition", definitions.task_definition)
    for each in containers(definitions).values():
        assert not {"ulimits", "linuxParameters", "readonlyRootFilesystem", "user", "extraHosts"} & each.keys()
    left_out = {note.split(" ")[0] for note in definitions.notes if "Windows has none" in note}
    assert left_out == {"read_only", "ulimits", "linux", "sidecars.a.ulimits"}


def test_windows_on_instances_gives_each_container_its_share() -> None:
    """There a task has no size of its own: what sidecars take is not the service's any more."""
    manifest = {"cpu": 1024, "memory": 4096, **ON_EC2, "sidecars": {"a": {"image": IMAGE, "cpu": 256, "memory": 512}}}
    found = containers(rendered(manifest, os="windows", architecture="amd64"))
    assert (found["cats"]["cpu"], found["cats"]["memory"]) == (768, 3584)
    with pytest.raises(BadManifest, match=r"sidecars.a.memory is missing. Windows tasks on instances have no size"):
        rendered({**ON_EC2, "sidecars": {"a": {"image": IMAGE}}}, os="windows", architecture="amd64")
    with pytest.raises(BadManifest, match=r"router: 'fluentbit'. There is no FireLens for Windows"):
        rendered({"router": {}, "logging": {"driver": "awsfirelens"}}, os="windows", architecture="amd64")


PRIVILEGED = {**ALLOW, "privileged": True, "gpu": True}


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        ({"linux": {"add": ["SYS_PTRACE", "NET_ADMIN"]}}, "Fargate adds SYS_PTRACE only, and cats asks for NET_ADMIN"),
        ({"linux": {"devices": [{"host": "/dev/fuse"}]}}, "Fargate has no linux.devices, and cats asks for it"),
        ({"linux": {"shared_memory": 64}}, "Fargate has no linux.shared_memory"),
        ({"linux": {"swap": 64}}, "Fargate has no linux.swap"),
        ({"hosts": {"a": "10.0.0.1"}}, "Fargate has no hosts"),
        ({"logging": {"driver": "json-file"}}, "Fargate logs by awslogs, splunk, awsfirelens, and cats by json-file"),
        ({"sidecars": {"a": {"image": IMAGE, "privileged": True}}}, "no privileged containers, and a is one"),
        ({"sidecars": {"a": {"image": IMAGE, "gpu": 1}}}, "a needs 1 GPU, and Fargate has none"),
        ({"sidecars": {"a": {"image": IMAGE, "linux": {"swap": 0}}}}, "Fargate has no linux.swap, and a asks for it"),
        (
            {"router": {"config": FILE, "image": IMAGE}, "logging": {"driver": "awsfirelens"}},
            "on Fargate the router's configuration is a file of its image",
        ),
    ],
)
def test_what_fargate_lacks_for_a_container_keeps_it_away(manifest: dict[str, Any], told: str) -> None:
    """AWS refuses the task definition; and an instance can run it."""
    rules = policy(allow=PRIVILEGED, **BRIDGE)
    workload = resolve(artifact(config(manifest)), {}, rules)
    placement = place(workload, rules)
    assert placement.choice is Choice.EC2
    (fargate,) = (each for each in placement.rejected if each.option is Choice.FARGATE)
    assert told in " ".join(fargate.reasons)
    definitions = rendered(manifest, rules)
    check("ecs", "RegisterTaskDefinition", definitions.task_definition)


@pytest.mark.parametrize(
    "manifest",
    [
        {"linux": {"add": ["SYS_PTRACE"], "tmpfs": [{"path": "/tmp", "size": 64}]}},
        {"logging": {"driver": "splunk", "options": {"splunk-url": "https://splunk.example"}}},
    ],
)
def test_what_fargate_has_stays_there(manifest: dict[str, Any]) -> None:
    """Memory as a file system came in January 2026; a constraint that is gone must not cost an instance."""
    assert place(resolve(artifact(config(manifest)), {}, policy()), policy()).choice is Choice.FARGATE


@pytest.mark.parametrize("field", ["hosts", "labels", "linux.shared_memory", "linux.swap"])
def test_what_managed_instances_lack_keeps_it_away(field: str) -> None:
    """The page on their task definitions lists it."""
    said: dict[str, dict[str, Any]] = {
        "hosts": {"hosts": {"a": "10.0.0.1"}},
        "labels": {"labels": {"a": "b"}},
        "linux.shared_memory": {"linux": {"shared_memory": 64}},
        "linux.swap": {"linux": {"swap": 64}},
    }
    rules = policy(capacity={"fargate": False, "ec2": "i", "managed_instances": "m", "ec2_network_mode": "bridge"})
    placement = place(resolve(artifact(config(said[field])), {}, rules), rules)
    (managed,) = (each for each in placement.rejected if each.option is Choice.MANAGED_INSTANCES)
    assert f"Managed Instances have no {field}, and cats asks for it" in " ".join(managed.reasons)


def test_a_task_definition_that_ecs_would_not_take_is_refused_by_its_size() -> None:
    """64 KiB in all: AWS says so only when it is registered, in words that name no field."""
    assert rendered({"environment": {f"V{number:03}": "x" * 110 for number in range(400)}})
    manifest = {"environment": {f"V{number:03}": "x" * 110 for number in range(500)}}
    with pytest.raises(BadManifest, match=r"'6[0-9]{4} bytes'. ECS takes 65536 at most: move variables into env_files"):
        rendered(manifest)


def test_rendering_is_deterministic_whatever_the_order_of_the_manifest() -> None:
    """The hash of a plan is what people approve."""
    backwards = json.loads(json.dumps(EVERYTHING), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert json.dumps(rendered(EVERYTHING).task_definition) == json.dumps(rendered(backwards).task_definition)


def test_a_workload_is_rendered_and_judged_within_five_milliseconds() -> None:
    """`pilotage plan --all` does it for every service; the best of several runs, since the machine has other work."""
    rules = policy(allow=ALLOW)
    image = artifact(config(EVERYTHING))

    def once() -> float:
        begun = perf_counter()
        workload = resolve(image, {}, rules)
        assert refusals(workload, image, rules) == ()
        definitions = render(workload, place(workload, rules), rules, image, STAMP)
        assert (
            definition_refusals(definitions.task_definition, definitions.service, None, rules, definitions.agreed) == ()
        )
        return perf_counter() - begun

    assert min(once() for _ in range(30)) < 0.005


NAMES = st.sampled_from(["a", "b", "c"])
SAID = st.fixed_dictionaries(
    {},
    optional={
        "env_files": st.just([FILE]),
        "read_only": st.booleans(),
        "restart": st.fixed_dictionaries({}, optional={"attempt_period": st.integers(60, 1800)}),
        "start_timeout": st.integers(2, 120),
        "labels": st.dictionaries(NAMES, NAMES, max_size=2),
        "ulimits": st.dictionaries(st.sampled_from(["core", "nofile"]), st.integers(-1, 99), max_size=2),
        "linux": st.fixed_dictionaries({}, optional={"init": st.booleans(), "drop": st.just(["ALL"])}),
        "logging": st.fixed_dictionaries({"driver": st.sampled_from(["awslogs", "awsfirelens", "json-file"])}),
        "depends_on": st.dictionaries(NAMES, st.sampled_from(["start", "healthy", "success"]), max_size=2),
        "hosts": st.just({"x": "10.0.0.1"}),
        "ports": st.lists(st.integers(80, 82), max_size=2),
        "health_check": st.just({"command": ["CMD", "true"]}),
    },
)


@given(
    own=SAID,
    sidecars=st.dictionaries(NAMES, SAID, max_size=3),
    router=st.booleans(),
    launch=st.sampled_from(["fargate", "ec2"]),
    bridge=st.booleans(),
)
def test_any_containers_are_what_aws_takes_or_are_refused_by_name(
    own: dict[str, Any], sidecars: dict[str, Any], router: bool, launch: str, bridge: bool
) -> None:
    """Nothing that a manifest says may end in an error of AWS, or in one without a place."""
    manifest = {**own, "sidecars": {name: {"image": IMAGE, **said} for name, said in sidecars.items()}}
    manifest |= {"placement": {"launch": launch}, **({"router": {"image": IMAGE}} if router else {})}
    rules = policy(allow=ALLOW, **({"capacity": {**BRIDGE["capacity"], "fargate": True}} if bridge else {}))
    try:
        definitions = rendered(manifest, rules)
    except (BadManifest, Refused) as error:
        told = error
    else:
        check("ecs", "RegisterTaskDefinition", definitions.task_definition)
        return
    assert told.thing
    assert told.remedy


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("containers.cats.logConfiguration.logDriver", PointKind.NETWORK),
        ("containers.log_router.firelensConfiguration.options.config-file-value", PointKind.NETWORK),
        ("containers.proxy.environmentFiles", PointKind.SECRETS),
        ("containers.proxy.secrets.S", PointKind.SECRETS),
        ("containers.proxy.linuxParameters.capabilities.add", PointKind.PRIVILEGE),
        ("containers.proxy.linuxParameters.tmpfs", None),
        ("containers.proxy.restartPolicy", None),
    ],
)
def test_where_output_goes_and_what_a_sidecar_reads_is_a_risk(path: str, kind: PointKind | None) -> None:
    """Whoever approves is told of it."""
    assert kind_of(Change(path, "a", "b")) is kind


def test_an_instance_has_to_have_the_gpus_of_all_containers() -> None:
    """They are not shared between containers ("GPU workloads")."""
    manifest = {"gpu": 1, "sidecars": {"a": {"image": IMAGE, "gpu": 2}, "b": {"image": IMAGE}}}
    workload = resolve(artifact(config(manifest)), {}, policy())
    assert workload.gpus == need_of(workload, policy().capacity).gpus == 3


def test_a_workloads_own_options_go_over_the_usual_ones() -> None:
    """A multi-line pattern must not cost the log group."""
    said = {"logging": {"options": {"awslogs-multiline-pattern": "^x", "awslogs-stream-prefix": "web"}}}
    options = containers(rendered(said))["cats"]["logConfiguration"]["options"]
    assert options["awslogs-multiline-pattern"] == "^x"
    assert options["awslogs-stream-prefix"] == "web"
    assert options["awslogs-group"] == "/pilotage/dev/cats"


def test_a_fargate_timeout_is_refused_with_its_range() -> None:
    """The schema knows what is common to all; the rest is told where it runs."""
    rules = policy(allow=ALLOW)
    built = artifact(config({"sidecars": {"a": {"image": IMAGE, "stop_timeout": 2}}}))
    workload = resolve(built, {}, rules)
    long = replace(workload, sidecars=(replace(workload.sidecars[0], stop_timeout=121),))
    with pytest.raises(BadManifest, match=r"sidecars.a.stop_timeout: 121. Fargate takes 2 to 120 seconds"):
        render(long, place(long, rules), rules, built, STAMP)

"""The trust boundary (case 27): whoever can push writes the manifest, and gets what the policy allows, no more."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from fakes.asked import ACCOUNT, DIGEST, REGISTRY, ROLES, SECRET, TARGET_GROUP, artifact, config, policy
from hypothesis import given
from hypothesis import strategies as st
from pilotage.artifact import Artifact
from pilotage.boundary import definition_refusals, refusals
from pilotage.definitions import Definitions, ReleaseStamp, render
from pilotage.definitions.overrides import merge
from pilotage.errors import BadInput
from pilotage.placement import place
from pilotage.policy import Policy
from pilotage.workload import resolve

STAMP = ReleaseStamp("r1", "cats", "dev", ACCOUNT, "eu-west-1")
SIDECAR: dict[str, Any] = {"name": "side", "image": f"{REGISTRY}/side:1"}


def asked(manifest: dict[str, Any], rules: Policy | None = None) -> tuple[str, ...]:
    """What is refused of the request."""
    rules = rules or policy()
    image = artifact(config(manifest))
    return refusals(resolve(image, {}, rules), image, rules)


def rendered(manifest: dict[str, Any], rules: Policy | None = None) -> Definitions:
    rules = rules or policy()
    image = artifact(config(manifest))
    workload = resolve(image, {}, rules)
    return render(workload, place(workload, rules), rules, image, STAMP)


def judged(definitions: Definitions, rules: Policy | None = None) -> tuple[str, ...]:
    """What is refused of the result."""
    return definition_refusals(
        definitions.task_definition, definitions.service, definitions.schedule, rules or policy()
    )


@pytest.mark.parametrize(
    "manifest",
    [
        {},
        {"routing": "web", "task_role": f"{ROLES}/pilotage/workload/cats", "secrets": {"DB": f"{SECRET}:password::"}},
        {"schedule": {"expression": "rate(1 hour)"}},
        {"kind": "task"},
        {"placement": {"launch": "ec2"}},
        {"cpu": 4096, "memory": 16384, "count": 20, "ephemeral_storage": 200},
        {"overrides": {"task_definition": {"pidMode": "task", "containerDefinitions": {"side": SIDECAR}}}},
        {
            "overrides": {
                "service": {
                    "deploymentConfiguration": {"alarms": {"alarmNames": ["a"], "enable": True, "rollback": True}}
                }
            }
        },
    ],
)
def test_what_the_policy_allows_passes(manifest: dict[str, Any]) -> None:
    """A boundary that refuses honest work would be switched off."""
    assert asked(manifest) == ()
    assert judged(rendered(manifest)) == ()


@pytest.mark.parametrize(
    ("manifest", "path", "rule"),
    [
        ({"task_role": f"{ROLES}/pilotage/workload/payments"}, "task_role", "roles.task"),
        ({"task_role": f"{ROLES}/admin"}, "task_role", "roles.task"),
        ({"task_role": f"{ROLES}/pilotage/workload/cats/../admin"}, "task_role", "roles.task"),
        ({"task_role": f"{ROLES}/pilotage/execution"}, "task_role", "roles.task"),
        ({"task_role": "arn:aws:iam::999999999999:role/pilotage/workload/cats"}, "task_role", "roles.task"),
        (
            {"secrets": {"X": f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:payments/db-AbCdEf"}},
            "secrets.X",
            "secrets",
        ),
        (
            {"secrets": {"X": f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:cats/../payments"}},
            "secrets.X",
            "secrets",
        ),
        ({"secrets": {"X": f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/cats/x"}}, "secrets.X", "secrets"),
        ({"cpu": "8 vCPU"}, "cpu: 8192", "limits.cpu"),
        ({"memory": "32 GB"}, "memory: 32768", "limits.memory"),
        ({"count": 21}, "count: 21", "limits.count"),
        (
            {"migrations": {"before": {"command": ["x"], "cpu": "8 vCPU"}}},
            "migrations.before.cpu: 8192",
            "limits.cpu",
        ),
        (
            {"migrations": {"after": {"command": ["x"], "memory": "32 GB"}}},
            "migrations.after.memory: 32768",
            "limits.memory",
        ),
        ({"privileged": True}, "privileged: True", "allow.privileged"),
        ({"daemon": True}, "daemon: True", "allow.daemon"),
        ({"gpu": 1}, "gpu: 1", "allow.gpu"),
        ({"network_mode": "host"}, "network_mode: 'host'", "allow.host_network"),
        ({"network_mode": "bridge"}, "network_mode: 'bridge'", "capacity.ec2_network_mode"),
        ({"host_paths": ["/var/run/docker.sock"]}, "host_paths: '/var/run/docker.sock'", "allow.host_paths"),
        ({"routing": "payments"}, "routing: 'payments'", "routing"),
    ],
)
def test_what_it_does_not_allow_is_refused_by_name(manifest: dict[str, Any], path: str, rule: str) -> None:
    """The sentence names the thing, the value, what is allowed and whose file to change."""
    (told,) = asked(manifest)
    assert told.startswith(path)
    assert "(manifest)" in told
    assert "The policy of dev allows" in told
    assert f"widen {rule} in policies/dev.json" in told


def test_a_route_belongs_to_the_services_it_names() -> None:
    """Another team's target group would send its requests to whoever asks."""
    route = {"web": {"target_group": TARGET_GROUP, "services": ["payments*"]}}
    assert asked({"routing": "web"}, policy(routing=route))
    assert not asked({"routing": "web"}, policy(routing={"web": {"target_group": TARGET_GROUP, "services": ["c*s"]}}))


def test_a_foreign_registry_is_refused() -> None:
    """Also when the event came from this account: the policy says where images come from."""
    rules = policy(registries=["999999999999.dkr.ecr.eu-west-1.amazonaws.com"])
    (told,) = asked({}, rules)
    assert REGISTRY in told
    assert "registries" in told


def test_overrides_can_be_switched_off() -> None:
    """An environment that wants the typed part only."""
    manifest = {"overrides": {"service": {"platformVersion": "1.4.0"}}}
    assert "allow.overrides" in asked(manifest, policy(allow={"overrides": False}))[0]
    assert asked(manifest) == ()


def test_the_operators_own_default_names_the_operators_file() -> None:
    """A team cannot mend what the policy's defaults ask for."""
    (told,) = asked({}, policy(defaults={"privileged": True}))
    assert "(policy defaults)" in told
    assert "`defaults` in policies/dev.json" in told


def test_what_operators_switch_on_is_allowed() -> None:
    """Each switch opens its own door."""
    allow = {"privileged": True, "daemon": True, "gpu": True, "host_network": True, "host_paths": ["/data"]}
    manifest = {"privileged": True, "network_mode": "host", "host_paths": ["/data/cats"], "gpu": 1}
    manifest["placement"] = {"launch": "ec2"}
    rules = policy(allow=allow)
    assert asked(manifest, rules) == ()
    assert judged(rendered(manifest, rules), rules) == ()
    assert asked({"daemon": True, "placement": {"launch": "ec2"}}, rules) == ()


TASK_ATTACKS: list[tuple[dict[str, Any], str]] = [
    ({"taskRoleArn": f"{ROLES}/admin"}, "taskRoleArn"),
    ({"executionRoleArn": f"{ROLES}/admin"}, "executionRoleArn"),
    ({"networkMode": "host"}, "networkMode"),
    ({"networkMode": "bridge"}, "networkMode"),
    ({"networkMode": None}, "networkMode"),
    ({"pidMode": "host"}, "pidMode"),
    ({"ipcMode": "host"}, "ipcMode"),
    ({"cpu": "16 vCPU"}, "cpu"),
    ({"cpu": "lots"}, "cpu"),
    ({"memory": "128 GB"}, "memory"),
    ({"ephemeralStorage": {"sizeInGiB": 201}}, "sizeInGiB"),
    ({"volumes": [{"name": "x", "host": {"sourcePath": "/"}}]}, "sourcePath"),
    ({"volumes": [{"name": "x", "host": {"sourcePath": "/var/run/docker.sock"}}]}, "sourcePath"),
    ({"volumes": [{"name": "x", "dockerVolumeConfiguration": {"driver": "local"}}]}, "dockerVolumeConfiguration"),
    ({"volumes": [{"name": "x", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}]}, "fileSystemId"),
    ({"volumes": [{"name": "x", "fsxWindowsFileServerVolumeConfiguration": {}}]}, "fsxWindowsFileServer"),
    ({"volumes": [{"name": "x", "s3filesVolumeConfiguration": {"fileSystemArn": "a"}}]}, "s3filesVolume"),
    ({"volumes": "x"}, "volumes"),
    ({"proxyConfiguration": {"containerName": "x"}}, "proxyConfiguration"),
    ({"inferenceAccelerators": [{"deviceName": "x", "deviceType": "y"}]}, "inferenceAccelerators"),
    ({"enableFaultInjection": True}, "enableFaultInjection"),
    ({"somethingNew": {"role": "x"}}, "somethingNew"),
    ({"tags": [{"key": "pilotage:release-bot", "value": "x"}]}, "pilotage:"),
    ({"tags": [{"key": "Pilotage:Service", "value": "x"}]}, "pilotage:"),
]
CONTAINER_ATTACKS: list[tuple[dict[str, Any], str]] = [
    ({"privileged": True}, "privileged"),
    ({"privileged": "true"}, "privileged"),
    ({"linuxParameters": {"capabilities": {"add": ["SYS_ADMIN"]}}}, "capabilities.add"),
    ({"linuxParameters": {"devices": [{"hostPath": "/dev/sda"}]}}, "devices"),
    ({"dockerSecurityOptions": ["apparmor:unconfined"]}, "dockerSecurityOptions"),
    ({"systemControls": [{"namespace": "kernel.msgmax", "value": "1"}]}, "systemControls"),
    ({"secrets": [{"name": "X", "valueFrom": "arn:aws:ssm:eu-west-1:1:parameter/x"}]}, "valueFrom"),
    ({"secrets": [{"name": "X", "valueFrom": "payments-token"}]}, "valueFrom"),
    ({"environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::x/y.env"}]}, "environmentFiles"),
    ({"environment": [{"name": "X", "value": "AKIAABCDEFGHIJKLMNOP"}]}, "(not shown)"),
    ({"repositoryCredentials": {"credentialsParameter": "arn:aws:secretsmanager:x"}}, "credentialsParameter"),
    ({"credentialSpecs": ["credentialspec:arn"]}, "credentialSpecs"),
    ({"firelensConfiguration": {"type": "fluentbit"}}, "firelensConfiguration"),
    ({"resourceRequirements": [{"type": "GPU", "value": "1"}]}, "resourceRequirements"),
    ({"logConfiguration": {"options": {"awslogs-group": "/pilotage/dev/payments"}}}, "awslogs-group"),
    ({"logConfiguration": {"options": {"awslogs-group": "/pilotage/dev/cats-2"}}}, "awslogs-group"),
    ({"logConfiguration": {"options": {"awslogs-create-group": "true"}}}, "awslogs-create-group"),
    ({"logConfiguration": {"logDriver": "splunk"}}, "logDriver"),
    ({"logConfiguration": {"secretOptions": [{"name": "t", "valueFrom": "x"}]}}, "valueFrom"),
    ({"cpu": 99999}, "cpu"),
    ({"memory": 999999}, "memory"),
]
SERVICE_ATTACKS: list[tuple[dict[str, Any], str]] = [
    ({"desiredCount": 21}, "desiredCount"),
    ({"desiredCount": "9"}, "desiredCount"),
    ({"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT"}]}, "capacityProvider"),
    ({"capacityProviderStrategy": [{"capacityProvider": "payments"}]}, "capacityProvider"),
    ({"capacityProviderStrategy": None}, "capacityProviderStrategy"),
    ({"launchType": "EC2"}, "launchType"),
    ({"schedulingStrategy": "DAEMON"}, "schedulingStrategy"),
    ({"loadBalancers": [{"targetGroupArn": TARGET_GROUP + "0"}]}, "targetGroupArn"),
    ({"loadBalancers": [{"loadBalancerName": "classic"}]}, "loadBalancerName"),
    ({"loadBalancers": [{"advancedConfiguration": {"roleArn": f"{ROLES}/admin"}}]}, "advancedConfiguration"),
    ({"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-9"]}}}, "subnets"),
    ({"networkConfiguration": {"awsvpcConfiguration": {"subnets": []}}}, "subnets"),
    ({"networkConfiguration": {"awsvpcConfiguration": {"securityGroups": ["sg-9"]}}}, "securityGroups"),
    ({"networkConfiguration": {"awsvpcConfiguration": {"securityGroups": []}}}, "securityGroups"),
    ({"networkConfiguration": {"awsvpcConfiguration": {"securityGroups": None}}}, "securityGroups"),
    ({"networkConfiguration": {"awsvpcConfiguration": {"assignPublicIp": "ENABLED"}}}, "assignPublicIp"),
    ({"role": f"{ROLES}/admin"}, "service.role"),
    ({"enableExecuteCommand": True}, "enableExecuteCommand"),
    ({"serviceConnectConfiguration": {"enabled": True, "namespace": "payments"}}, "serviceConnectConfiguration"),
    ({"serviceRegistries": [{"registryArn": "arn:x"}]}, "serviceRegistries"),
    ({"vpcLatticeConfigurations": [{"roleArn": "x"}]}, "vpcLatticeConfigurations"),
    ({"volumeConfigurations": [{"name": "x", "managedEBSVolume": {"roleArn": f"{ROLES}/admin"}}]}, "roleArn"),
    ({"volumeConfigurations": [{"name": "x", "managedEBSVolume": {"snapshotId": "snap-1"}}]}, "snapshotId"),
    ({"deploymentConfiguration": None}, "deploymentConfiguration"),
    ({"deploymentConfiguration": {"deploymentCircuitBreaker": None}}, "deploymentCircuitBreaker"),
    ({"deploymentConfiguration": {"deploymentCircuitBreaker": {"rollback": False}}}, "deploymentCircuitBreaker"),
    (
        {"deploymentConfiguration": {"deploymentCircuitBreaker": {"resetOnHealthyTask": True}}},
        "deploymentCircuitBreaker",
    ),
    (
        {"deploymentConfiguration": {"deploymentCircuitBreaker": {"thresholdConfiguration": {"value": 4}}}},
        "deploymentCircuitBreaker",
    ),
    ({"deploymentConfiguration": {"strategy": "BLUE_GREEN"}}, "strategy"),
    ({"deploymentConfiguration": {"minimumHealthyPercent": 0}}, "minimumHealthyPercent"),
    ({"deploymentConfiguration": {"maximumPercent": 900}}, "maximumPercent"),
    ({"deploymentConfiguration": {"lifecycleHooks": [{"hookTargetArn": "x", "roleArn": "y"}]}}, "lifecycleHooks"),
    ({"deploymentConfiguration": {"earlySuccessCriteria": {"enable": True}}}, "earlySuccessCriteria"),
    ({"tags": [{"key": "pilotage:service", "value": "payments"}]}, "pilotage:service"),
    ({"tags": [{"key": "pilotage:environment", "value": "prod"}]}, "pilotage:environment"),
    ({"serviceName": "payments"}, "serviceName"),
    ({"cluster": "other"}, "cluster"),
    ({"taskDefinition": "dev-payments"}, "taskDefinition"),
    ({"deploymentController": {"type": "EXTERNAL"}}, "deploymentController"),
]


@pytest.mark.parametrize(("patch", "path"), TASK_ATTACKS)
def test_no_override_of_the_task_definition_widens_the_policy(patch: dict[str, Any], path: str) -> None:
    """The limits apply to the result, whatever way it came about."""
    _refused({"task_definition": patch}, path)


@pytest.mark.parametrize(("patch", "path"), CONTAINER_ATTACKS)
@pytest.mark.parametrize("name", ["cats", "side"])
def test_no_override_of_a_container_widens_the_policy(name: str, patch: dict[str, Any], path: str) -> None:
    """A sidecar is judged like the container that runs the artifact."""
    whole = patch if name == "cats" else SIDECAR | {"logConfiguration": {"logDriver": "awslogs"}} | patch
    _refused({"task_definition": {"containerDefinitions": {name: whole}}}, path)


@pytest.mark.parametrize(
    "image", ["evil.example/x", "x", f"{REGISTRY}@evil.example/x", f"{REGISTRY}.evil.example/x", "", " "]
)
def test_a_sidecar_from_elsewhere_is_refused(image: str) -> None:
    """Also when its name only looks like the right registry."""
    _refused({"task_definition": {"containerDefinitions": {"side": {"image": image}}}}, "image")


@pytest.mark.parametrize(("patch", "path"), SERVICE_ATTACKS)
def test_no_override_of_the_service_widens_the_policy(patch: dict[str, Any], path: str) -> None:
    """Nor does taking away what protects: a null in a merge patch removes."""
    before = rendered({"routing": "web"})
    after = Definitions(before.task_definition, merge(before.service, patch), None, before.log_group, 30)
    assert path in " ".join(judged(after))


def _refused(overrides: dict[str, Any], path: str) -> None:
    told = judged(rendered({"overrides": overrides}))
    assert path in " ".join(told)
    assert all("pilotage.yaml" in each for each in told)


@pytest.mark.parametrize(
    ("patch", "path"),
    [
        ({"Target": {"RoleArn": f"{ROLES}/admin"}}, "RoleArn"),
        ({"Target": {"Arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/other"}}, "Arn"),
        ({"Target": {"Input": '{"taskRoleArn": "x"}'}}, "Input"),
        ({"Target": {"EcsParameters": {"TaskDefinitionArn": "dev-payments"}}}, "TaskDefinitionArn"),
        ({"Target": {"EcsParameters": {"TaskCount": 21}}}, "TaskCount"),
        ({"Target": {"EcsParameters": {"LaunchType": "EC2"}}}, "LaunchType"),
        ({"Target": {"EcsParameters": {"CapacityProviderStrategy": None}}}, "CapacityProviderStrategy"),
        ({"Target": {"EcsParameters": {"EnableExecuteCommand": True}}}, "EnableExecuteCommand"),
        (
            {"Target": {"EcsParameters": {"NetworkConfiguration": {"awsvpcConfiguration": {"Subnets": ["subnet-9"]}}}}},
            "Subnets",
        ),
        (
            {"Target": {"EcsParameters": {"NetworkConfiguration": {"awsvpcConfiguration": {"SecurityGroups": None}}}}},
            "SecurityGroups",
        ),
        ({"Target": {"DeadLetterConfig": {"Arn": "arn:aws:sqs:x"}}}, "DeadLetterConfig"),
        ({"Name": "dev-payments"}, "Name"),
        ({"KmsKeyArn": "arn:aws:kms:x"}, "KmsKeyArn"),
    ],
)
def test_a_schedule_is_judged_like_a_service(patch: dict[str, Any], path: str) -> None:
    """Nothing overrides a schedule today; the boundary does not rely on that."""
    before = rendered({"schedule": {"expression": "rate(1 hour)"}})
    after = Definitions(before.task_definition, None, merge(before.schedule, patch), before.log_group, 30)
    assert f"{path}" in " ".join(judged(after))


def test_a_family_of_another_environment_is_refused() -> None:
    """The family says who asks, so it has to be one of this environment."""
    body = dict(rendered({}).task_definition) | {"family": "prod-cats"}
    assert "begins with dev-" in definition_refusals(body, None, None, policy())[0]


def test_the_artifact_has_to_run_under_its_own_digest() -> None:
    """What was approved under a digest is what runs."""
    body = copy.deepcopy(dict(rendered({}).task_definition))
    body["containerDefinitions"][0]["image"] = f"{REGISTRY}/team/cats@sha256:" + "b" * 64
    assert DIGEST in " ".join(definition_refusals(body, None, None, policy()))


def test_containers_may_not_outgrow_the_limits_together() -> None:
    """Where the task has no size of its own, its containers' sizes are its size."""
    containers = {name: SIDECAR | {"name": name, "cpu": 3000} for name in ("a", "b")}
    _refused({"task_definition": {"containerDefinitions": containers}}, "containerDefinitions[].cpu")


def test_a_fixed_host_port_is_refused_under_bridge() -> None:
    """On a shared instance it takes a port from everybody else; under awsvpc it is the task's own."""
    rules = policy(capacity={"ec2": "instances", "ec2_network_mode": "bridge"})
    container = {"cats": {"portMappings": [{"containerPort": 8080, "hostPort": 80}]}}
    manifest = {"placement": {"launch": "ec2"}, "overrides": {"task_definition": {"containerDefinitions": container}}}
    assert "hostPort: 80" in " ".join(judged(rendered(manifest, rules), rules))
    assert judged(rendered({"placement": {"launch": "ec2"}}, rules), rules) == ()


@pytest.mark.parametrize("hostile", ["<!channel>", "\x1b[2J", "a\r\nb", "\u202ex", "`x`"])
def test_hostile_text_in_overrides_is_shown_escaped(hostile: str) -> None:
    """Refusals go to chat, logs and terminals."""
    patch: dict[str, Any] = {hostile: 1, "pidMode": hostile, "taskRoleArn": hostile}
    overrides = {"task_definition": patch}
    told = " ".join(judged(rendered({"overrides": overrides})))
    assert hostile not in told
    assert told.isprintable()


def test_values_of_unknown_fields_are_not_repeated() -> None:
    """What stands there may be anything, a token included."""
    told = " ".join(judged(rendered({"overrides": {"service": {"apiToken": "canary-7f3a"}}})))
    assert "apiToken" in told
    assert "canary" not in told


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)
TASK_KEYS = st.sampled_from(
    ["taskRoleArn", "executionRoleArn", "networkMode", "volumes", "containerDefinitions", "cpu", "tags", "pidMode", "x"]
)
SERVICE_KEYS = st.sampled_from(
    ["desiredCount", "networkConfiguration", "deploymentConfiguration", "loadBalancers", "tags", "launchType", "y"]
)


@given(task=st.dictionaries(TASK_KEYS, JSON, max_size=4), service=st.dictionaries(SERVICE_KEYS, JSON, max_size=4))
def test_any_overrides_end_in_refusals_or_a_named_error(task: dict[str, Any], service: dict[str, Any]) -> None:
    """No shape of override may end in a traceback, or slip through because a rule stumbled over it."""
    manifest = {"overrides": {"task_definition": task, "service": service}}
    try:
        if asked(manifest):
            return
        definitions = rendered(manifest)
    except BadInput:
        return
    told = judged(definitions)
    assert all(isinstance(each, str) and each.isprintable() for each in told)
    body = definitions.task_definition
    if not told:
        assert body.get("executionRoleArn") in (None, policy().roles.execution)
        assert body.get("taskRoleArn") is None
        assert body.get("networkMode") in ("awsvpc", "none")


def test_a_hostile_push_is_refused_before_anything_is_rendered() -> None:
    """All that case 27 lists, in one manifest: every item has its own sentence."""
    manifest = {
        "task_role": f"{ROLES}/admin",
        "privileged": True,
        "host_paths": ["/"],
        "network_mode": "host",
        "secrets": {"X": f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/payments/token"},
    }
    hostile: Artifact = artifact(config(json.dumps(manifest)))
    told = refusals(resolve(hostile, {}, policy()), hostile, policy())
    assert [each.split(":")[0] for each in told] == [
        "task_role",
        "secrets.X",
        "network_mode",
        "host_paths",
        "privileged",
    ]

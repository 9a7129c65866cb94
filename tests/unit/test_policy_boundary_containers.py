"""Whoever can push writes sidecars, log routing and files of variables, too: all of it is a request."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.asked import ACCOUNT, REGISTRY, SECRET, artifact, config, policy
from pilotage.boundary import definition_refusals, refusals
from pilotage.boundary.arns import is_object
from pilotage.boundary.judging import OURS
from pilotage.definitions import Definitions, ReleaseStamp, render
from pilotage.errors import BadPolicy, Refused
from pilotage.placement import place
from pilotage.policy import Policy
from pilotage.workload import resolve

STAMP = ReleaseStamp("r1", "cats", "dev", ACCOUNT, "eu-west-1")
IMAGE = f"{REGISTRY}/side:1"
FOREIGN = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:payments/db-AbCdEf"
FILE = "arn:aws:s3:::example-settings/cats/x.env"
FILES = ["arn:aws:s3:::example-settings/{service}/*"]
OPEN = {"env_files": FILES, "log_drivers": ["awslogs", "awsfirelens", "splunk"]}
ROUTED = {"logging": {"driver": "awsfirelens"}}


def asked(manifest: dict[str, Any], rules: Policy | None = None) -> tuple[str, ...]:
    rules = rules or policy()
    image = artifact(config(manifest))
    return refusals(resolve(image, {}, rules), image, rules)


def rendered(manifest: dict[str, Any], rules: Policy) -> Definitions:
    image = artifact(config(manifest))
    workload = resolve(image, {}, rules)
    return render(workload, place(workload, rules), rules, image, STAMP)


def judged(manifest: dict[str, Any], **rules: Any) -> str:
    """What is refused of the result alone, as if the request had never been looked at."""
    found = policy(**rules)
    task = rendered(manifest, found)
    return " ".join(definition_refusals(task.task_definition, task.service, None, found, task.agreed))


def side(**said: Any) -> dict[str, Any]:
    return {"sidecars": {"side": {"image": IMAGE, **said}}}


ATTACKS: list[tuple[dict[str, Any], str, str, str]] = [
    (
        {"sidecars": {"side": {"image": "evil.example/x"}}},
        "sidecars.side.image",
        "registries",
        "containerDefinitions[1].image",
    ),
    ({"sidecars": {"side": {"image": "nginx"}}}, "sidecars.side.image", "registries", "containerDefinitions[1].image"),
    (
        {"sidecars": {"side": {"image": f"{REGISTRY}.evil.example/x"}}},
        "sidecars.side.image",
        "registries",
        "containerDefinitions[1].image",
    ),
    (side(secrets={"X": FOREIGN}), "sidecars.side.secrets.X", "secrets", "valueFrom"),
    (side(secrets={"X": {"arn": FOREIGN, "key": "k"}}), "sidecars.side.secrets.X", "secrets", "valueFrom"),
    (side(env_files=[FILE]), "sidecars.side.env_files", "allow.env_files", "environmentFiles"),
    ({"env_files": [FILE]}, "env_files", "allow.env_files", "environmentFiles"),
    ({"logging": {"driver": "splunk"}}, "logging.driver", "allow.log_drivers", "logDriver"),
    (side(logging={"driver": "splunk"}), "sidecars.side.logging.driver", "allow.log_drivers", "logDriver"),
    (
        {"logging": {"secrets": {"token": FOREIGN}}},
        "logging.secrets.token",
        "secrets",
        "secretOptions",
    ),
    ({"linux": {"add": ["SYS_PTRACE"]}}, "linux.add", "allow.privileged", "capabilities.add"),
    (side(cpu=99999), "sidecars.side.cpu", "limits.cpu", "cpu"),
]


@pytest.mark.parametrize(("manifest", "path", "rule", "field"), ATTACKS)
def test_a_container_gets_what_the_policy_allows_and_no_more(
    manifest: dict[str, Any], path: str, rule: str, field: str
) -> None:
    """Both halves refuse it: the request by its place in the manifest, the result whatever way it came about."""
    manifest = {"cpu": 196608, **manifest} if "cpu" in path else manifest
    told = [each for each in asked(manifest) if each.startswith(f"{path}: ")]
    assert len(told) == 1
    assert "(manifest). The policy of dev allows" in told[0]
    assert f"widen {rule} in policies/dev.json" in told[0]
    if "cpu" not in path:
        assert field in judged(manifest)


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ({"privileged": True}, "sidecars.side.privileged: True"),
        ({"gpu": 1}, "sidecars.side.gpu: 1"),
        ({"linux": {"devices": [{"host": "/dev/sda"}]}}, "sidecars.side.linux.devices: ['/dev/sda']"),
        ({"linux": {"add": ["SYS_ADMIN"]}}, "sidecars.side.linux.add: ['SYS_ADMIN']"),
    ],
)
def test_a_sidecar_gets_no_privilege_of_its_own(said: dict[str, Any], path: str) -> None:
    """Root on the host by way of a second container is root on the host."""
    manifest = {**side(**said), "placement": {"launch": "ec2"}}
    (told,) = asked(manifest)
    assert told.startswith(path)
    assert "none" in told
    assert "containerDefinitions[1]" in judged(manifest)
    assert asked(manifest, policy(allow={"privileged": True, "gpu": True})) == ()


@pytest.mark.parametrize(
    ("router", "path"),
    [
        ({"image": "evil.example/x"}, "router.image: 'evil.example/x'"),
        ({}, "router.image: 'public.ecr.aws/aws-observability/aws-for-fluent-bit:stable'"),
        ({"image": IMAGE, "config": "arn:aws:s3:::payments/router.conf"}, "router.config: 'arn:aws:s3:::payments"),
        ({"image": IMAGE, "config": "arn:aws:s3:::example-settings/cats/../payments/x"}, "router.config"),
    ],
)
def test_the_router_is_judged_like_any_container(router: dict[str, Any], path: str) -> None:
    """It reads every line that the others write."""
    manifest = {"router": router, **ROUTED, "placement": {"launch": "ec2"}}
    (told,) = asked(manifest, policy(allow=OPEN))
    assert told.startswith(path)
    assert "containerDefinitions[1]" in judged(manifest, allow=OPEN)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (
            {"awslogs-group": "/pilotage/dev/payments"},
            "logging.options.awslogs-group: '/pilotage/dev/payments' (manifest). A service logs to /pilotage/dev/cats,",
        ),
        (
            {"awslogs-create-group": "true"},
            "logging.options.awslogs-create-group: 'true' (manifest). For awslogs there are awslogs-datetime-format,",
        ),
        ({"awslogs-group": "/pilotage/dev/cats/web", "mode": "blocking"}, None),
    ],
)
def test_options_of_cloudwatch_are_known_one_by_one(options: dict[str, str], told: str | None) -> None:
    """Another service's log must stay true, and the sentence leads to where it was asked for."""
    found = " ".join(asked({"logging": {"options": options}}))
    assert told in found if told else found == ""
    assert bool(judged({"logging": {"options": options}})) is bool(told)


def test_a_router_needs_the_driver_that_leads_to_it() -> None:
    """Operators who want all logs in CloudWatch say so once."""
    manifest = {"router": {"image": IMAGE}, **ROUTED}
    told = " ".join(asked(manifest))
    assert "logging.driver: 'awsfirelens' (manifest). The policy of dev allows awslogs" in told
    assert "router: 'fluentbit' (manifest). The policy of dev allows awslogs" in told
    assert "firelensConfiguration" in judged(manifest)
    assert asked(manifest, policy(allow=OPEN)) == ()
    assert judged(manifest, allow=OPEN) == ""


HONEST: list[dict[str, Any]] = [
    {"env_files": [FILE], **side(env_files=["arn:aws:s3:::example-settings/${service}/y.env"])},
    {"logging": {"driver": "splunk", "options": {"splunk-url": "https://x"}, "secrets": {"splunk-token": SECRET}}},
    {
        **ROUTED,
        "router": {"image": IMAGE, "config": "arn:aws:s3:::example-settings/cats/r.conf"},
        "placement": {"launch": "ec2"},
    },
    {**side(secrets={"X": SECRET}, restart={}, hosts={}, labels={"a": "b"}, linux={"drop": ["ALL"]}, ports=[80])},
    {"linux": {"init": False, "tmpfs": [{"path": "/t", "size": 1}]}, "ulimits": {"nofile": 1}, "read_only": True},
]


@pytest.mark.parametrize("manifest", HONEST)
def test_what_operators_opened_passes_both_halves(manifest: dict[str, Any]) -> None:
    """A boundary that refuses honest work would be switched off."""
    assert asked(manifest, policy(allow=OPEN)) == ()
    assert judged(manifest, allow=OPEN) == ""


@pytest.mark.parametrize(
    "patch",
    [
        {"logConfiguration": {"logDriver": "splunk", "options": {"splunk-token": "AKIA" + "A" * 16}}},
        {"logConfiguration": {"logDriver": "splunk", "secretOptions": [{"name": "t", "valueFrom": FOREIGN}]}},
        {"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/pilotage/dev/payments"}}},
        {"logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-create-group": "true"}}},
        {"logConfiguration": {"logDriver": None, "options": {"awslogs-group": "/x"}}},
        {"logConfiguration": {"logDriver": ["awslogs"], "options": {}}},
        {"logConfiguration": {"logDriver": "syslog", "options": {}}},
        {"logConfiguration": {"logDriver": "splunk", "options": "x"}},
        {"logConfiguration": {"logDriver": "splunk", "more": 1}},
        {"environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::example-settings/payments/x.env"}]},
        {"environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::example-settings/cats/../payments/x.env"}]},
        {"environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::example-settings/cats/*"}]},
        {"environmentFiles": [{"type": "s3", "value": ["x"]}]},
        {"firelensConfiguration": {"type": "fluentbit", "options": {"config-file-value": "arn:aws:s3:::x/y"}}},
        {
            "firelensConfiguration": {
                "type": "fluentbit",
                "options": {"config-file-type": "s3", "config-file-value": "/etc/passwd"},
            }
        },
        {"firelensConfiguration": {"type": "fluentbit", "options": {"exec": "sh"}}},
        {"firelensConfiguration": {"type": "fluentbit", "options": ["x"]}},
        {"credentialSpecs": ["credentialspecdomainless:arn:aws:s3:::x/y"]},
    ],
)
@pytest.mark.parametrize("name", ["cats", "side"])
def test_no_override_escapes_by_what_operators_opened(name: str, patch: dict[str, Any]) -> None:
    """Drivers and files are open here, and still only what was meant by that."""
    whole = patch if name == "cats" else {"image": IMAGE, **patch}
    told = judged({"overrides": {"task_definition": {"containerDefinitions": {name: whole}}}}, allow=OPEN)
    assert f"containerDefinitions[{'0' if name == 'cats' else '1'}]" in told
    assert "AKIA" not in told


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("arn:aws:s3:::bucket/key.env", True),
        ("arn:aws-cn:s3:::bucket/a/b.env", True),
        ("arn:aws:s3:::bucket", False),
        ("arn:aws:s3:::bucket/*", False),
        ("arn:aws:s3:::bucket/${service}.env", False),
        ("arn:aws:s3:::Bucket/key", False),
        ("arn:aws:s3:eu-west-1:1:bucket/key", False),
        ("arn:aws:s3:::bucket/a//b", False),
        ("arn:aws:s3:::bucket/key\n", False),
        (None, False),
    ],
)
def test_an_object_of_s3_is_named_exactly(value: object, right: bool) -> None:
    """A pattern in a request would be taken at its word by one reader and as a pattern by another."""
    assert is_object(value) is right


OPENED = ["task_definition.containerDefinitions.credentialSpecs", "service.vpcLatticeConfigurations"]
NEW = {
    "overrides": {
        "task_definition": {"containerDefinitions": {"cats": {"credentialSpecs": ["credentialspec:x"]}}},
        "service": {"vpcLatticeConfigurations": [{"roleArn": "x", "targetGroupArn": "y", "portName": "z"}]},
    }
}


def test_operators_open_a_field_that_no_rule_knows_by_its_name() -> None:
    """What ECS learns tomorrow is usable tomorrow, where somebody has looked at it."""
    told = judged(NEW)
    assert "credentialSpecs: (not shown). No rule allows this field" in told
    assert "vpcLatticeConfigurations: (not shown). No rule allows" in told
    assert judged(NEW, allow={"fields": OPENED}) == ""


@pytest.mark.parametrize(
    ("patch", "opened", "field"),
    [
        ({"containerDefinitions": {"cats": {"privileged": True}}}, "containerDefinitions.privileged", "privileged"),
        ({"taskRoleArn": "arn:aws:iam::123456789012:role/admin"}, "taskRoleArn", "taskRoleArn"),
        ({"pidMode": "host"}, "pidMode", "pidMode"),
        (
            {"containerDefinitions": {"cats": {"credentialSpecs": ["x"]}}},
            "containerDefinitions.credential",
            "credential",
        ),
        (
            {"proxyConfiguration": {"containerName": "x"}},
            "containerDefinitions.proxyConfiguration",
            "proxyConfiguration",
        ),
    ],
)
def test_what_has_a_rule_is_judged_by_it_whatever_is_opened(patch: dict[str, Any], opened: str, field: str) -> None:
    """Opening a field is for those that nobody has thought of, whole, and at one place."""
    told = judged({"overrides": {"task_definition": patch}}, allow={"fields": [f"task_definition.{opened}"]})
    assert field in told


@pytest.mark.parametrize("field", sorted(f"{part}.{name}" for part, names in OURS.items() for name in names))
def test_what_is_pilotages_own_no_operator_opens(field: str) -> None:
    """Approval, record and rollback go by these."""
    part, _, name = field.partition(".")
    rules = policy(allow={"fields": [field]})
    with pytest.raises(Refused, match="Pilotage sets it"):
        rendered({"overrides": {part: {name: "x"}}}, rules)
    definitions = rendered({}, rules)
    body = dict(definitions.task_definition if part == "task_definition" else definitions.service or {})
    pair = {part: body | {name: "prod-payments"}}
    task = pair.get("task_definition", definitions.task_definition)
    assert definition_refusals(task, pair.get("service", definitions.service), None, rules, definitions.agreed)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({"environment": {"X": "${service}"}}, "cats"),
        ({"command": ["${environment}"]}, "dev"),
    ],
)
def test_a_name_that_is_filled_in_is_one_of_the_policys(said: dict[str, Any], shown: str) -> None:
    """Nothing that a manifest says decides what `${service}` stands for, and a value is not read twice."""
    manifest = {**said, "service": "cats", "environments": {"dev": {"labels": {"x": "$${service}{environment}"}}}}
    own = rendered(manifest, policy()).task_definition["containerDefinitions"][0]
    assert shown in str(own)
    assert own["dockerLabels"] == {"x": "$cats{environment}"}


def test_a_filled_in_arn_is_judged_and_not_its_template() -> None:
    """`${service}` in a secret's ARN cannot reach another service's."""
    arn = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:"
    assert asked({"secrets": {"A": arn + "${service}/db"}}) == ()
    (told,) = asked({"secrets": {"A": arn + "payments-${service}/db"}})
    assert "payments-cats/db" in told


def test_patterns_of_files_have_the_known_placeholders() -> None:
    """A pattern that can match nothing is a mistake of the operators'."""
    with pytest.raises(
        BadPolicy, match=r"allow.env_files\[0\]: .*The placeholders are \{service\} and \{environment\}"
    ):
        policy(allow={"env_files": ["arn:aws:s3:::b/{team}/*"]})


def test_a_default_that_is_refused_names_the_operators_file() -> None:
    """A team cannot mend what the policy's defaults ask for."""
    (told,) = asked({}, policy(defaults=side(privileged=True)))
    assert "sidecars.side.privileged: True (policy defaults)" in told
    assert "`defaults` in policies/dev.json" in told


def test_an_environments_own_part_is_named_as_the_source() -> None:
    """The sentence leads to the very lines."""
    (told,) = asked({"environments": {"dev": side(privileged=True)}})
    assert "sidecars.side.privileged: True (manifest (environments.dev))" in told

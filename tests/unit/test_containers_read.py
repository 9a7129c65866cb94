"""What a manifest says of containers, and of one environment, as the workload that comes of it."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.asked import ACCOUNT, SECRET, artifact, config, policy
from pilotage.artifact import HealthCheck
from pilotage.errors import BadManifest, BadPolicy
from pilotage.manifest import manifest_findings
from pilotage.manifest.shapes import (
    Container,
    Device,
    Linux,
    Logging,
    Mount,
    Restart,
    Router,
    Sidecar,
    Tmpfs,
    Ulimit,
    Until,
)
from pilotage.manifest.words import Kind, Port
from pilotage.workload import Workload, resolve

IMAGE = "public.ecr.aws/nginx/nginx:1.27"
FILE = "arn:aws:s3:::example-settings/cats.env"
TOKEN = f"arn:aws:ssm:eu-west-1:{ACCOUNT}:parameter/cats/token"
CHECKED = {"command": ["CMD-SHELL", "true"]}


def resolved(manifest: dict[str, Any], *, member: str | None = None, **rules: Any) -> Workload:
    return resolve(artifact(config(manifest)), {}, policy(**rules), member=member)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({}, Container()),
        ({"env_files": [FILE]}, Container(env_files=(FILE,))),
        ({"working_directory": "/srv", "read_only": True}, Container(working_directory="/srv", read_only=True)),
        ({"restart": {}}, Container(restart=Restart())),
        (
            {"restart": {"ignored_exit_codes": [3, 1], "attempt_period": 60}, "start_timeout": 9},
            Container(restart=Restart((1, 3), 60), start_timeout=9),
        ),
        ({"labels": {"b.c": "2", "a": "1"}}, Container(labels={"a": "1", "b.c": "2"})),
        ({"hosts": {"cache": "10.0.0.7"}}, Container(hosts={"cache": "10.0.0.7"})),
        (
            {"ulimits": {"nofile": 1024, "core": {"soft": 0, "hard": -1}}},
            Container(ulimits={"core": Ulimit(0, -1), "nofile": Ulimit(1024, 1024)}),
        ),
        (
            {
                "linux": {
                    "init": False,
                    "add": ["SYS_PTRACE"],
                    "drop": ["NET_RAW", "ALL"],
                    "shared_memory": 64,
                    "swap": 0,
                    "swappiness": 10,
                    "devices": [{"host": "/dev/fuse", "permissions": ["read"]}],
                    "tmpfs": [{"path": "/tmp", "size": 64, "options": ["noexec", "mode=1777"]}],
                }
            },
            Container(
                linux=Linux(
                    init=False,
                    add=("SYS_PTRACE",),
                    drop=("ALL", "NET_RAW"),
                    shared_memory=64,
                    swap=0,
                    swappiness=10,
                    devices=(Device("/dev/fuse", None, ("read",)),),
                    tmpfs=(Tmpfs("/tmp", 64, ("noexec", "mode=1777")),),
                )
            ),
        ),
        (
            {"logging": {"driver": "splunk", "options": {"splunk-url": "u"}, "secrets": {"splunk-token": TOKEN}}},
            Container(logging=Logging("splunk", {"splunk-url": "u"}, {"splunk-token": TOKEN})),
        ),
    ],
)
def test_each_field_of_a_container_is_read_the_same_everywhere(said: dict[str, Any], meant: Container) -> None:
    """What a team has learnt of its container, it knows of a sidecar."""
    assert resolved(said).container == meant
    (side,) = resolved({"sidecars": {"side": {"image": IMAGE, **said}}}).sidecars
    assert side.container == meant


def test_a_sidecar_is_read_whole() -> None:
    """All that a second container can be asked for without an override."""
    said = {
        "image": IMAGE,
        "essential": False,
        "cpu": "0.125 vCPU",
        "memory": "128 MB",
        "memory_reservation": 64,
        "gpu": 1,
        "command": ["-c", "x"],
        "entrypoint": ["/bin/sh"],
        "ports": [80, "53/udp", {"container_port": 9901, "name": "admin", "app_protocol": "http", "host_port": 7}],
        "health_check": {**CHECKED, "interval": 10},
        "environment": {"B": True, "A": 1},
        "secrets": {"S": {"arn": SECRET, "key": "password"}},
        "user": 1000,
        "privileged": True,
        "stop_timeout": 30,
        "mounts": {"shared": "/x", "data": {"path": "/y", "read_only": True}},
    }
    (side,) = resolved({"memory": 1024, "volumes": {"shared": {}, "data": {}}, "sidecars": {"proxy": said}}).sidecars
    assert side == Sidecar(
        name="proxy",
        image=IMAGE,
        essential=False,
        cpu=128,
        memory=128,
        memory_reservation=64,
        gpu=1,
        command=("-c", "x"),
        entrypoint=("/bin/sh",),
        ports=(Port(80), Port(53, "udp"), Port(9901, "tcp", "admin", 7, "http")),
        health_check=HealthCheck(("CMD-SHELL", "true"), interval=10),
        environment={"A": "1", "B": "true"},
        secrets={"S": f"{SECRET}:password::"},
        user="1000",
        privileged=True,
        stop_timeout=30,
        container=Container(mounts=(Mount("data", "/y", read_only=True), Mount("shared", "/x"))),
    )


@pytest.mark.parametrize(
    ("said", "value_from"),
    [
        (TOKEN, TOKEN),
        (f"{SECRET}:password::", f"{SECRET}:password::"),
        ({"arn": SECRET}, SECRET),
        ({"arn": SECRET, "key": "password"}, f"{SECRET}:password::"),
        ({"arn": SECRET, "stage": "AWSPREVIOUS"}, f"{SECRET}::AWSPREVIOUS:"),
        ({"arn": SECRET, "key": "k", "version": "v"}, f"{SECRET}:k::v"),
    ],
)
def test_parts_of_a_secret_become_what_ecs_reads(said: Any, value_from: str) -> None:
    """Nobody has to count colons."""
    assert resolved({"secrets": {"X": said}}).secrets == {"X": value_from}


@pytest.mark.parametrize(
    ("said", "worker", "daemon"),
    [
        ({}, False, False),
        ({"kind": "service"}, False, False),
        ({"kind": "worker"}, True, False),
        ({"kind": "daemon"}, False, True),
        ({"daemon": True}, False, True),
        ({"kind": "daemon", "daemon": True}, False, True),
    ],
)
def test_workers_and_daemons_are_services(said: dict[str, Any], worker: bool, daemon: bool) -> None:
    """ECS has no words of its own for them."""
    workload = resolved(said)
    assert (workload.kind, workload.worker, workload.daemon) == (Kind.SERVICE, worker, daemon)


@pytest.mark.parametrize(("field", "value"), [("routing", "web"), ("grace_period", 30)])
def test_nobody_sends_requests_to_a_worker(field: str, value: object) -> None:
    """What belongs to a load balancer is refused by name; what operators have for everybody is no hindrance."""
    with pytest.raises(BadManifest, match=f"{field}: {value!r}. Nobody sends requests to a worker: take it out"):
        resolved({"kind": "worker", field: value})
    workload = resolved({"kind": "worker"}, defaults={field: value})
    assert getattr(workload, field) is None


@pytest.mark.parametrize(
    ("manifest", "path", "told"),
    [
        ({"kind": "daemon", "daemon": False}, "daemon: False", "The kind says `daemon`"),
        ({"kind": "worker", "schedule": {"expression": "rate(1 hour)"}}, "kind: 'worker'", "kind: schedule"),
        ({"sidecars": {"a": {}}}, "sidecars.a.image", "It is missing. The image"),
        ({"sidecars": {"a": {"image": IMAGE, "prots": [80]}}}, "sidecars.a.prots", "did you mean `ports`?"),
        ({"sidecars": {"a": {"image": IMAGE, "ports": [80, "80"]}}}, "sidecars.a.ports[1]: '80'", "twice"),
        ({"sidecars": {"a": {"image": IMAGE, "cpu": "0.0001 vCPU"}}}, "sidecars.a.cpu: '0.0001 vCPU'", "whole number"),
        (
            {"sidecars": {"a": {"image": IMAGE, "memory": 64, "memory_reservation": 64}}},
            "sidecars.a.memory_reservation: 64",
            "to be more than what is kept",
        ),
        ({"sidecars": {"a": {"image": IMAGE, "health_check": {"interval": 9}}}}, "sidecars.a.health_check.command", ""),
        (
            {"sidecars": {"a": {"image": IMAGE, "health_check": {"command": ["curl", "x"]}}}},
            "sidecars.a.health_check.command",
            "begin with CMD",
        ),
        (
            {"sidecars": {"a": {"image": IMAGE, "environment": {"K": "AKIA" + "A" * 16}}}},
            "sidecars.a.environment.K: (not shown)",
            "under secrets",
        ),
        (
            {"sidecars": {"a": {"image": IMAGE, "environment": {"K": "1"}, "secrets": {"K": TOKEN}}}},
            "sidecars.a.secrets.K: (not shown)",
            "keep one",
        ),
        (
            {"sidecars": {"a": {"image": IMAGE, "mounts": {"x": "/d", "y": {"path": "/d"}}}}},
            "sidecars.a.mounts.y: '/d'",
            "The volume x is mounted there",
        ),
        ({"secrets": {"S": {"arn": SECRET, "stage": "a", "version": "b"}}}, "secrets.S.version", "keep one"),
        ({"secrets": {"S": {"arn": TOKEN}}}, "secrets.S.arn", "Secrets Manager secret"),
        ({"env_files": ["arn:aws:s3:::bucket/x.txt"]}, "env_files[0]", "ends in .env"),
        ({"logging": {"driver": "papertrail"}}, "logging.driver: 'papertrail'", "awslogs, awsfirelens"),
        (
            {"logging": {"options": {"a": "xoxb-1234567890-abc"}}},
            "logging.options.a: (not shown)",
            "looks like a credential",
        ),
        (
            {"logging": {"driver": "splunk", "options": {"splunk-token": "x"}, "secrets": {"splunk-token": TOKEN}}},
            "logging.secrets.splunk-token: (not shown)",
            "keep one",
        ),
        ({"ulimits": {"nofile": {"soft": 9, "hard": 8}}}, "ulimits.nofile.soft: 9", "The hard limit, 8"),
        ({"ulimits": {"files": 9}}, "a name in ulimits: 'files'", "ECS knows core"),
        ({"linux": {"add": ["CAP_SYS_ADMIN"]}}, "linux.add[0]: 'CAP_SYS_ADMIN'", "no such capability"),
        ({"linux": {"add": ["KILL"], "drop": ["KILL"]}}, "linux.drop: 'KILL'", "keep one"),
        ({"linux": {"swappiness": 10}}, "linux.swappiness: 10", "without `swap`"),
        (
            {"linux": {"tmpfs": [{"path": "/t", "size": 1, "options": ["fast"]}]}},
            "linux.tmpfs[0].options: 'fast'",
            "no such mount option",
        ),
        ({"hosts": {"a b": "10.0.0.1"}}, "hosts: 'a b'", "no host name"),
        ({"environments": {"prod": {"cpu": "lots"}}}, "environments.prod.cpu: 'lots'", "0.5 vCPU"),
        ({"environments": {"prod": {"ports": [80, 80]}}}, "environments.prod.ports[1]: 80", "twice"),
        ({"environments": {"prod": {"service": "x"}}}, "environments.prod.service: 'x'", "same in every environment"),
        (
            {"environments": {"prod": {"environments": {"a": {}}}}},
            "environments.prod.environments",
            "every environment",
        ),
        ({"environments": {"prod": {"services": {"a": {}}}}}, "environments.prod.services", "every environment"),
        ({"environments": {"Prod": {}}}, "a name in environments: 'Prod'", "name of an environment"),
        (
            {"environment": {"T": "x"}, "environments": {"prod": {"secrets": {"T": TOKEN}}}},
            "environments.prod.secrets.T",
            "keep one",
        ),
        (
            {"services": {"web": {"environments": {"prod": {"count": -1}}}}},
            "services.web.environments.prod.count: -1",
            "at least 0",
        ),
    ],
)
def test_a_mistake_is_told_where_it_stands(manifest: dict[str, Any], path: str, told: str) -> None:
    """Whoever wrote it looks for it there, and mends it by the sentence alone."""
    (sentence,) = [str(each) for each in manifest_findings(manifest)]
    assert sentence.startswith(path)
    assert told in sentence
    assert "AKIA" not in sentence


def test_a_mistake_beside_environments_is_told_once() -> None:
    """Three environments do not make three mistakes of one."""
    wrong = {"ports": [8080, 8080], "environments": {"dev": {}, "prod": {"count": 2}}}
    assert [each.path for each in manifest_findings(wrong)] == ["ports[1]"]


WAITING = {"image": IMAGE, "health_check": CHECKED}


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        ({"depends_on": {"db": "start"}}, "depends_on.db: 'db'. There is no such container. The others are nothing."),
        (
            {"depends_on": {"pxory": "start"}, "sidecars": {"proxy": WAITING}},
            "depends_on.pxory: 'pxory'. There is no such container. The others are proxy.",
        ),
        (
            {"depends_on": {"proxy": "healthy"}, "sidecars": {"proxy": {"image": IMAGE}}},
            "depends_on.proxy: 'healthy'. proxy has no health check that could tell: add one, or say start.",
        ),
        (
            {"sidecars": {"a": {"image": IMAGE, "depends_on": {"cats": "healthy"}}}},
            "sidecars.a.depends_on.cats: 'healthy'. cats has no health check",
        ),
        (
            {"depends_on": {"setup": "success"}, "sidecars": {"setup": {"image": IMAGE}}},
            "depends_on.setup: 'success'. setup is essential, and the task ends when it ends: say `essential: false`",
        ),
        ({"depends_on": {"cats": "start"}}, "depends_on.cats: 'cats'. A container cannot wait for itself."),
        (
            {
                "depends_on": {"a": "start"},
                "sidecars": {"a": {**WAITING, "depends_on": {"cats": "start"}}},
            },
            "They wait for each other: break the circle.",
        ),
        (
            {"logging": {"driver": "awsfirelens"}},
            "logging.driver: 'awsfirelens'. Its logs have nowhere to go: add a `router`",
        ),
        (
            {"sidecars": {"a": {"image": IMAGE, "logging": {"driver": "awsfirelens"}}}},
            "sidecars.a.logging.driver: 'awsfirelens'. Its logs have nowhere to go",
        ),
        ({"router": {}}, "router: 'fluentbit'. No container gives it logs: add `logging: {driver: awsfirelens}`"),
        (
            {"sidecars": {"a": {"image": IMAGE, "mounts": {"dta": "/x"}}}, "volumes": {"data": {}}},
            "sidecars.a.mounts.dta: 'dta'. There is no such volume. Those of the task are data.",
        ),
        (
            {"sidecars": {"cats": {"image": IMAGE}}},
            "sidecars.cats: 'cats'. The container of the service is called so: give the sidecar another name.",
        ),
        (
            {"router": {}, "logging": {"driver": "awsfirelens"}, "sidecars": {"log_router": {"image": IMAGE}}},
            "sidecars.log_router: 'log_router'. The router's container is called so",
        ),
        (
            {
                "router": {},
                "logging": {"driver": "awsfirelens"},
                "sidecars": {f"s{number}": {"image": IMAGE} for number in range(9)},
            },
            "sidecars: '11 containers'. A task has 10 containers at most, its own and the router's among them.",
        ),
        (
            {"memory": 512, "sidecars": {"a": {"image": IMAGE, "memory": 600}}},
            "sidecars.a.memory: 600. The whole task has 512 MiB",
        ),
        (
            {"memory": 512, "sidecars": {"a": {"image": IMAGE, "memory": 300}, "b": {"image": IMAGE, "memory": 300}}},
            "memory: 512. Sidecars and router keep 600 MiB for themselves: ask for more.",
        ),
        (
            {"cpu": 256, "sidecars": {"a": {"image": IMAGE, "cpu": 512}}},
            "cpu: 256. Sidecars and router keep 512 CPU units",
        ),
        ({"memory": 512, "memory_reservation": 512}, "memory_reservation: 512. The task has 512 MiB in all"),
        (
            {
                "ports": [{"container_port": 1, "name": "web"}],
                "sidecars": {"a": {"image": IMAGE, "ports": [{"container_port": 2, "name": "web"}]}},
            },
            "sidecars.a.ports: 'web'. Two ports of the task have this name",
        ),
    ],
)
def test_what_containers_say_of_each_other_is_checked(manifest: dict[str, Any], told: str) -> None:
    """ECS would refuse it, or start a task that never comes up."""
    with pytest.raises(BadManifest) as caught:
        resolved(manifest)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        ({}, None),
        ({"migrations": {"before": {"command": ["x"]}}}, "restart: 'with migrations'. ECS would run a migration again"),
        (
            {"kind": "task"},
            "restart.ignored_exit_codes: []. A task is done when it ends: say `ignored_exit_codes: [0]`",
        ),
        ({"schedule": {"expression": "rate(1 hour)"}}, "A schedule is done when it ends"),
        ({"kind": "task", "restart": {"ignored_exit_codes": [0]}}, None),
    ],
)
def test_work_that_has_an_end_is_not_begun_again(manifest: dict[str, Any], told: str | None) -> None:
    """ECS starts a container again whatever started its task: a nightly bill would be sent until morning."""
    said = {"restart": {}, **manifest}
    if told is None:
        assert resolved(said).container.restart is not None
        return
    with pytest.raises(BadManifest) as caught:
        resolved(said)
    assert told in str(caught.value)


def test_operators_may_bring_the_sidecar_that_a_manifest_names() -> None:
    """An agent that every task has stands in the policy's defaults, and may be waited for and logged to."""
    defaults = {"sidecars": {"agent": WAITING}, "router": {}}
    manifest = {"depends_on": {"agent": "healthy"}, "logging": {"driver": "awsfirelens"}}
    workload = resolved(manifest | {"sidecars": {"own": {"image": IMAGE}}}, defaults=defaults)
    assert [each.name for each in workload.sidecars] == ["agent", "own"]
    assert workload.router == Router()
    assert workload.container.depends_on == {"agent": Until.HEALTHY}
    assert workload.sources["sidecars.agent"] == "policy defaults"


def test_the_image_may_have_the_health_check_that_is_waited_for() -> None:
    """Only here is it known."""
    image = artifact(config({"sidecars": {"a": {"image": IMAGE, "depends_on": {"cats": "healthy"}}}},
                            health_check=HealthCheck(("CMD", "true"))))  # fmt: skip
    assert resolve(image, {}, policy()).sidecars[0].container.depends_on == {"cats": Until.HEALTHY}


FLEET: dict[str, Any] = {
    "count": 1,
    "cpu": 256,
    "environment": {"LEVEL": "info", "NAME": "${service}"},
    "health_check": {"command": ["CMD", "true"], "interval": 10},
    "sidecars": {"a": {"image": IMAGE}, "b": {"image": IMAGE, "command": ["x"]}},
    "environments": {
        "dev": {"count": 2, "environment": {"LEVEL": "debug"}, "sidecars": {"b": {"image": IMAGE, "command": ["y"]}}},
        "prod": {"count": 9},
    },
    "services": {
        "web": {"cpu": 512, "environments": {"dev": {"cpu": 1024, "memory": 4096}}},
        "jobs": {"count": 5, "environment": {"LEVEL": "error"}},
    },
}


def test_what_an_environment_says_goes_over_what_stands_beside_it() -> None:
    """Mappings key by key, as with every other layer; and every field tells where it came from."""
    alone = resolved({key: value for key, value in FLEET.items() if key != "services"})
    assert (alone.count, alone.cpu, alone.environment) == (2, 256, {"LEVEL": "debug", "NAME": "cats"})
    assert [each.command for each in alone.sidecars] == [(), ("y",)]
    assert alone.sources["count"] == alone.sources["environment.LEVEL"] == "manifest (environments.dev)"
    assert alone.sources["environment.NAME"] == alone.sources["sidecars.a"] == alone.sources["cpu"] == "manifest"
    assert alone.health_check == HealthCheck(("CMD", "true"), interval=10)


def test_a_members_own_environment_is_the_strongest() -> None:
    """Beside `services` < environments there < the member < its environments."""
    web, jobs = resolved(FLEET, member="web"), resolved(FLEET, member="jobs")
    assert (web.count, web.cpu, web.memory, web.environment["LEVEL"]) == (2, 1024, 4096, "debug")
    assert (jobs.count, jobs.cpu, jobs.environment["LEVEL"]) == (5, 256, "error")
    assert web.environment["NAME"] == "cats-web"
    assert web.sources["cpu"] == "manifest (environments.dev)"
    assert jobs.sources["count"] == "manifest"


def test_a_health_check_can_be_given_back_in_one_environment() -> None:
    """`none` takes the image's check away; an environment that refines it has it again."""
    image = artifact(config({"health_check": "none", "environments": {"dev": {"health_check": {"interval": 20}}}},
                            health_check=HealthCheck(("CMD", "true"))))  # fmt: skip
    assert resolve(image, {}, policy()).health_check == HealthCheck(("CMD", "true"), interval=20)
    assert resolve(image, {}, policy(environment="prod")).health_check is None


def test_an_environment_without_a_policy_is_no_mistake() -> None:
    """One manifest serves accounts that have other environments."""
    assert resolved({"count": 1, "environments": {"moon": {"count": 7}}}).count == 1


def test_the_operators_defaults_have_no_environments() -> None:
    """A policy is one environment's: what it said of another would never hold."""
    with pytest.raises(BadPolicy, match=r"defaults.environments: .*This policy is dev's"):
        policy(defaults={"environments": {"prod": {"count": 2}}})


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("${service}.${environment}.internal", "cats.dev.internal"),
        (
            "$service ${HOME} $${x} ${environment:-x} ${ environment }",
            "$service ${HOME} $${x} ${environment:-x} ${ environment }",
        ),
        ("${ENVIRONMENT} ${region}", "${ENVIRONMENT} ${region}"),
        ("${${service}}", "${cats}"),
    ],
)
def test_two_names_are_filled_in_and_nothing_else_is(said: str, meant: str) -> None:
    """A shell's own variables stay the shell's; there is no language to learn, and nothing to inject into."""
    side = {"image": IMAGE, "environment": {"X": said}, "command": [said], "labels": {"l": said}}
    workload = resolved(
        {
            "environment": {"X": said},
            "command": ["sh", "-c", said],
            "entrypoint": [said],
            "labels": {"l": said},
            "logging": {"options": {"awslogs-datetime-format": said}},
            "migrations": {"before": {"command": [said]}},
            "sidecars": {"a": side},
            "user": "app",
        }
    )
    (other,) = workload.sidecars
    found = [
        *(workload.environment["X"], workload.command[2], workload.entrypoint[0], workload.container.labels["l"]),
        *(other.environment["X"], other.command[0], other.container.labels["l"], workload.migrations[0].command[0]),
    ]
    assert workload.container.logging is not None
    assert {*found, workload.container.logging.options["awslogs-datetime-format"]} == {meant}


def test_names_in_arns_choose_what_belongs_to_an_environment() -> None:
    """The reason that they exist: one manifest, another secret in each environment."""
    arn = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:${{service}}/${{environment}}"
    file = "arn:aws:s3:::example-settings/${environment}/${service}.env"
    workload = resolved(
        {"secrets": {"A": f"{arn}:key::", "B": {"arn": arn}}, "env_files": [file], "tags": {"team": "${service}"}}
    )
    plain = f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:cats/dev"
    assert workload.secrets == {"A": f"{plain}:key::", "B": plain}
    assert workload.container.env_files == ("arn:aws:s3:::example-settings/dev/cats.env",)
    assert workload.tags == {"team": "cats"}


@pytest.mark.parametrize(
    ("manifest", "path"),
    [
        ({"secrets": {"A": SECRET + "${env}"}}, "secrets.A"),
        ({"env_files": ["arn:aws:s3:::b/${team}.env"]}, "env_files[0]"),
        ({"tags": {"team": "${owner}"}}, "tags.team"),
        (
            {"sidecars": {"a": {"image": IMAGE, "secrets": {"A": {"arn": SECRET + "${env"}}}}},
            "sidecars.a.secrets.A.arn",
        ),
        ({"logging": {"secrets": {"t": TOKEN + "${env}"}}}, "logging.secrets.t"),
    ],
)
def test_a_name_that_pilotage_does_not_know_is_told_where_no_shell_reads(manifest: dict[str, Any], path: str) -> None:
    """There it can only be a mistake, and AWS would look for a thing of that very name."""
    with pytest.raises(BadManifest) as caught:
        resolved(manifest)
    assert f"the manifest, {path}: '${{" in str(caught.value)
    assert "${environment} and ${service} are filled in" in str(caught.value)

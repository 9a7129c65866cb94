"""Copilot's manifests: every file of its own tests, every field, and that nothing is dropped in silence."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pilotage.aws.models import BotocoreModels
from pilotage.document import canonical
from pilotage.errors import BadRequest
from pilotage.manifest import check_manifest
from pilotage.policy import read_policy
from pilotage_cli.importing import Imported
from pilotage_cli.importing.copilot import read_copilot
from pilotage_cli.importing.rendering import rendered
from pilotage_cli.importing.surroundings import Surroundings
from pilotage_cli.importing.yaml_text import load_yaml

DATA = Path(__file__).parents[1] / "data" / "copilot"
FILES = sorted(DATA.glob("*.yml"))
AROUND = Surroundings(account="123456789012", region="eu-west-1")
MODELS = BotocoreModels()
WEB = {"name": "cats", "type": "Load Balanced Web Service", "image": {"port": 80}, "http": {"path": "/"}}
JOB = {"name": "cats", "type": "Scheduled Job", "on": {"schedule": "@daily"}}
WORKER = {"name": "cats", "type": "Worker Service"}


def imported(document: dict[str, Any], around: Surroundings = AROUND) -> Imported:
    found = read_copilot(document, "manifest.yml", around)
    check_manifest(copy.deepcopy(found.manifest))
    read_policy(canonical(found.policy), "imported")
    return found


def each_environment(found: Imported) -> Iterator[Imported]:
    yield found
    for name in found.manifest.get("environments", {}):
        yield replace(found, policy={**found.policy, "environment": name})


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_copilots_own_manifests_render_in_every_environment(file: Path) -> None:
    """What Copilot tests itself with becomes definitions that botocore's model takes, under the policy that comes
    with it.
    """
    found = imported(load_yaml(file.read_text("utf-8"), file.name))
    for each in each_environment(found):
        task = rendered(each, MODELS).definitions.task_definition
        assert task["containerDefinitions"][0]["name"] == found.service


def test_a_worker_of_copilots_tests_field_by_field() -> None:
    """15 minutes of latency at a second a message are 900 messages a task, as Copilot's own comment has it."""
    text = (DATA / "worker-manifest.yml").read_text("utf-8")
    found = imported(load_yaml(text, "w"), replace(AROUND, queue="dogs"))
    assert found.manifest["kind"] == "worker"
    assert found.manifest["scaling"] == {
        "min": 1, "max": 10, "queue": {"name": "dogs", "per_task": 900}, "out_after": 60, "in_after": 120,
    }  # fmt: skip
    assert found.manifest["placement"]["capacity"] == {
        "fargate": {"base": 5, "weight": 0},
        "fargate-spot": {"weight": 1},
    }
    assert {"publish", "subscribe", "storage.volumes.externalEFSVolume.efs"} <= {each.path for each in found.left}


FIELDS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"cpu": 1024, "memory": "2048"}, {"cpu": 1024, "memory": 2048}),
    ({"platform": "linux/arm64"}, {"architecture": "ARM64"}),
    ({"platform": "windows/x86_64", "cpu": 1024, "memory": 2048}, {"operating_system": "WINDOWS_SERVER_2019_CORE"}),
    ({"count": 3}, {"count": 3, "placement": {"launch": "fargate"}}),
    ({"count": {"spot": 5}}, {"count": 5, "placement": {"capacity": {"fargate-spot": {"weight": 1}}}}),
    (
        {"count": {"range": "1-10", "requests": 30, "cooldown": {"in": "60s", "out": "30s"}}},
        {"scaling": {"min": 1, "max": 10, "requests": 30, "out_after": 30, "in_after": 60}},
    ),
    (
        {"count": {"range": "2-4", "cpu_percentage": {"value": 70, "cooldown": {"out": "2m30s"}}}},
        {"scaling": {"min": 2, "max": 4, "cpu": 70, "out_after": 150, "in_after": 120}},
    ),
    ({"command": "serve --name 'big cats'"}, {"command": ["serve", "--name", "big cats"]}),
    ({"entrypoint": ["/bin/sh", "-c"]}, {"entrypoint": ["/bin/sh", "-c"]}),
    ({"variables": {"A": 1, "B": True, "C": "x"}}, {"environment": {"A": "1", "B": "true", "C": "x"}}),
    (
        {"secrets": {"T": "/cats/token", "D": {"secretsmanager": "demo/mysql:user::"}}},
        {
            "secrets": {
                "T": "arn:aws:ssm:eu-west-1:123456789012:parameter/cats/token",
                "D": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:demo/mysql:user::",
            }
        },
    ),
    (
        {"image": {"port": 80, "healthcheck": {"command": ["CMD-SHELL", "curl localhost"]}}},
        {
            "health_check": {
                "command": ["CMD-SHELL", "curl localhost"],
                "interval": 10,
                "timeout": 5,
                "start_period": 0,
                "retries": 2,
            }
        },
    ),
    ({"storage": {"ephemeral": 100, "readonly_fs": True}}, {"ephemeral_storage": 100, "read_only": True}),
    (
        {"storage": {"volumes": {"d": {"path": "/d", "efs": {"id": "fs-12345678", "root_dir": "/x"}}}}},
        {
            "volumes": {
                "d": {"path": "/d", "read_only": True, "efs": {"file_system": "fs-12345678", "iam": True, "root": "/x"}}
            }
        },
    ),
    ({"exec": True}, {"exec": True}),
    ({"network": {"connect": {"alias": "api"}}}, {"connect": {"port": 80, "name": "cats-sc", "as": "api", "at": 80}}),
    ({"http": {"healthcheck": {"grace_period": "2m"}}}, {"routing": "cats", "grace_period": 120}),
    ({"deployment": {"rollback_alarms": ["cats-5xx"]}}, {"rollout": {"alarms": ["cats-5xx"]}}),
    (
        {
            "taskdef_overrides": [
                {"path": "ContainerDefinitions[0].Ulimits[-].Name", "value": "nofile"},
                {"path": "ContainerDefinitions[0].Ulimits[0].SoftLimit", "value": 1024},
            ]
        },
        {"ulimits": {"nofile": {"soft": 1024, "hard": 1024}}},
    ),
    (
        {
            "taskdef_overrides": [
                {"path": "ContainerDefinitions[0].ReadonlyRootFilesystem", "value": True},
                {"path": "PidMode", "value": "task"},
            ]
        },
        {
            "overrides": {
                "task_definition": {
                    "pidMode": "task",
                    "containerDefinitions": {"cats": {"readonlyRootFilesystem": True}},
                }
            }
        },
    ),
    (
        {
            "sidecars": {
                "dd": {
                    "image": "public.ecr.aws/datadog/agent:7",
                    "port": "8125/udp",
                    "essential": False,
                    "mount_points": [{"source_volume": "s", "path": "/s"}],
                }
            },
            "storage": {"volumes": {"s": {"path": "/s", "read_only": False}}},
        },
        {
            "sidecars": {
                "dd": {
                    "image": "public.ecr.aws/datadog/agent:7",
                    "ports": ["8125/udp"],
                    "essential": False,
                    "mounts": {"s": {"path": "/s", "read_only": True}},
                }
            }
        },
    ),
    (
        {"logging": {"destination": {"Name": "cloudwatch"}, "enableMetadata": False, "configFilePath": "/f.conf"}},
        {
            "logging": {"driver": "awsfirelens", "options": {"Name": "cloudwatch"}},
            "router": {
                "image": "public.ecr.aws/aws-observability/aws-for-fluent-bit:stable",
                "metadata": False,
                "config": "/f.conf",
            },
        },
    ),
]


@pytest.mark.parametrize(("fields", "wanted"), FIELDS, ids=lambda each: canonical(each)[:40])
def test_a_field_of_copilot_in_pilotages_words(fields: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Each row is a sentence of Copilot's reference, with Copilot's own defaults written out, and it renders."""
    found = imported({**WEB, **fields})
    assert {key: found.manifest.get(key) for key in wanted} == wanted
    rendered(found, MODELS)


SCHEDULES = [
    ("@daily", "cron(0 0 * * ? *)"),
    ("@weekly", "cron(0 0 ? * 1 *)"),
    ("@every 1h30m", "rate(90 minutes)"),
    ("@every 2h", "rate(2 hours)"),
    ("@every 24h", "rate(1 day)"),
    ("rate(5 minutes)", "rate(5 minutes)"),
    ("cron(0 12 ? * MON *)", "cron(0 12 ? * MON *)"),
    ("0 12 * * MON", "cron(0 12 ? * MON *)"),
    ("*/5 3 1 * *", "cron(*/5 3 1 * ? *)"),
    ("0 9 * * 1-5", "cron(0 9 ? * 2-6 *)"),
    ("0 9 * * 0,7", "cron(0 9 ? * 1,1 *)"),
]


@pytest.mark.parametrize(("text", "wanted"), SCHEDULES)
def test_a_schedule_means_the_same_days_and_times(text: str, wanted: str) -> None:
    """Unix counts Sunday as 0, AWS as 1: a report for Mondays must not go out on Sundays."""
    found = imported({**JOB, "on": {"schedule": text}})
    assert found.manifest["schedule"] == {"expression": wanted}


REFUSED: list[tuple[object, str]] = [
    ({"name": "x", "type": "Request-Driven Web Service"}, "It runs on AWS App Runner"),
    ({"name": "x", "type": "Static Site"}, "CloudFront"),
    ({"name": "x", "type": "Environment"}, "in Pilotage that is a policy"),
    ({"name": "x", "version": 1, "source": {}, "stages": []}, "It looks like a pipeline of Copilot"),
    ({"name": "x", "type": "Lambda"}, "m.yml, type: 'Lambda'. It has to be one of: Load Balanced Web Service"),
    ({"name": "two words", "type": "Worker Service"}, "m.yml, name: 'two words'. A service is called by"),
    (["a"], "A manifest of Copilot is a map"),
    ({**WEB, "count": "many"}, "m.yml, count: 'many'. It has to be a whole number."),
    ({**WEB, "count": {"range": "ten"}}, "m.yml, count.range: 'ten'. It is written like 1-10."),
    ({**WEB, "platform": "beos/ppc"}, "m.yml, platform: 'beos/ppc'. It is like `linux/arm64`"),
    ({**WEB, "command": "say 'miau"}, 'm.yml, command: "say \'miau". A shell cannot read it: No closing quotation.'),
    ({**WEB, "sidecars": {"s": {"image": "a", "port": "http"}}}, "m.yml, sidecars.s.port: 'http'. It is a number"),
    ({**WEB, "image": {"depends_on": {"s": "soon"}}}, "m.yml, image.depends_on.s: 'soon'. It is start, healthy,"),
    ({**JOB, "on": {"schedule": "often"}}, "m.yml, on.schedule: 'often'. It is like `0 12 * * MON`"),
    ({**JOB, "on": {"schedule": "0 0 1 * MON"}}, "a day of the month or one of the week, and this has both"),
    ({**JOB, "on": {"schedule": "@every 30s"}}, "It has to come to whole minutes."),
    ({**WEB, "environments": ["prod"]}, "m.yml, environments: ['prod']. It is a map of environments."),
]


@pytest.mark.parametrize(("document", "sentence"), REFUSED, ids=lambda each: str(each)[:40])
def test_what_is_wrong_is_said_with_its_path(document: object, sentence: str) -> None:
    """Where, what, and what would be right."""
    with pytest.raises(BadRequest) as error:
        read_copilot(document, "m.yml", AROUND)
    assert sentence in str(error.value)


def test_a_secret_by_name_asks_for_account_and_region() -> None:
    """A guessed ARN would fail when a task starts; the variable is left out, and the option is named."""
    found = imported({**WEB, "secrets": {"T": "token"}}, Surroundings())
    assert "secrets" not in found.manifest
    assert [each.why for each in found.left] == [
        "Its ARN has to be written, and nobody said whose: give --account and --region."
    ]


def test_a_credential_among_the_variables_is_never_repeated() -> None:
    found = imported({**WEB, "variables": {"KEY": "AKIA" + "A" * 16}})
    (left,) = [each for each in found.left if each.path == "variables.KEY"]
    assert "AKIA" not in f"{left}"


def test_variables_of_the_file_itself_are_filled_in_or_listed() -> None:
    """`${COPILOT_ENVIRONMENT_NAME}` is known in an environment, and nowhere else."""
    document = {
        **WEB,
        "variables": {"BUCKET": "cats-${COPILOT_ENVIRONMENT_NAME}", "TAG": "${TAG}", "COST": "\\${5}"},
        "environments": {"prod": {"count": 2}},
    }
    found = imported(document, replace(AROUND, variables={"TAG": "v1"}))
    assert found.manifest["environment"] == {"TAG": "v1", "COST": "${5}"}
    assert found.manifest["environments"]["prod"] == {"environment": {"BUCKET": "cats-prod"}, "count": 2}
    assert "Nobody said what COPILOT_ENVIRONMENT_NAME is" in next(
        each.why for each in found.left if each.path == "variables.BUCKET"
    )


def test_the_variables_of_a_file_beside_it_come_along() -> None:
    """As in ECS, what is written out is stronger, and a secret's name keeps the value of the file away."""
    files = {"./cats.env": "# cats\nA=1\nB=2\nDB_PASSWORD=miau\n"}
    found = imported({**WEB, "env_file": "./cats.env", "variables": {"B": "3"}}, replace(AROUND, read=files.get))
    assert found.manifest["environment"] == {"A": "1", "B": "3"}
    assert any("DB_PASSWORD" in each.path and "miau" not in str(each) for each in found.left)


def test_an_environment_that_fixes_the_count_holds_a_scaled_service_at_it() -> None:
    document = {**WEB, "count": {"range": "2-10", "cpu_percentage": 70}, "environments": {"test": {"count": 1}}}
    found = imported(document)
    assert found.manifest["environments"]["test"]["scaling"] | {"cpu": 0} == {
        "min": 1, "max": 1, "cpu": 0, "out_after": 60, "in_after": 120,
    }  # fmt: skip


def test_exec_on_a_read_only_root_is_left() -> None:
    """Copilot takes both, and ECS's agent then cannot write (ECS Developer Guide, "ECS Exec"): it would be refused."""
    found = imported({**WEB, "exec": True, "storage": {"readonly_fs": True}})
    assert "exec" not in found.manifest
    assert [each.path for each in found.left] == ["exec"]
    rendered(found, MODELS)


def test_what_an_environment_takes_away_is_said() -> None:
    """An overlay adds and changes; it cannot take a route out, and must not keep that for itself."""
    found = imported({**WEB, "environments": {"test": {"http": False}}})
    assert ("environments.test", "routing") in {(each.path, each.value) for each in found.left}


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, (*path, key))
    elif isinstance(value, list) and value:
        for index, each in enumerate(value):
            yield from leaves(each, (*path, index))
    else:
        yield path


def changed(document: Any, path: tuple[Any, ...]) -> Any:
    """The same with another value of the same kind at the path."""
    other = copy.deepcopy(document)
    place = other
    for step in path[:-1]:
        place = place[step]
    value = place[path[-1]]
    if isinstance(value, bool):
        place[path[-1]] = not value
    elif isinstance(value, int):
        place[path[-1]] = value + 1
    else:
        place[path[-1]] = _other_text(str(value))
    return other


_OTHER = {
    "start": "healthy", "linux/x86_64": "linux/arm64", "1-10": "1-11", "default": "recreate", "private": "public",
    "443/tls": "80/tcp", "8125/udp": "8126/udp", "nofile": "nproc", "fs-12345678": "fs-87654321",
}  # fmt: skip


def _other_text(text: str) -> str:
    if text in _OTHER:
        return _OTHER[text]
    if text[:-1].isdecimal() and text[-1:] in "smh":
        return f"{int(text[:-1]) + 60}{text[-1]}"
    return f"{text}x"


def told(document: dict[str, Any]) -> str:
    found = read_copilot(document, "m", replace(AROUND, queue="q"))
    return repr((found.manifest, found.left, found.notes))


SECRETS = st.fixed_dictionaries({}, optional={"T": st.just("token"), "D": st.just({"secretsmanager": "demo/db"})})
CHECK = st.just({"command": ["CMD-SHELL", "true"], "interval": "10s", "retries": 3, "timeout": "6s"})
SIDECAR = st.fixed_dictionaries(
    {"image": st.just("public.ecr.aws/nginx/nginx")},
    optional={
        "port": st.just("8125/udp"), "essential": st.just(False), "variables": st.just({"A": "a"}),
        "secrets": SECRETS, "labels": st.just({"l": "m"}), "command": st.just("run fast"), "healthcheck": CHECK,
        "mount_points": st.just([{"source_volume": "v", "path": "/v", "read_only": False}]),
        "credentialsParameter": st.just("arn:aws:secretsmanager:eu-west-1:123456789012:secret:hub"),
        "unheard_of": st.just("miau"),
    },
)  # fmt: skip
BODY = {
    "cpu": st.just(512), "memory": st.just(1024), "platform": st.just("linux/x86_64"), "exec": st.just(True),
    "count": st.one_of(
        st.just(2),
        st.fixed_dictionaries(
            {"range": st.just("1-10"), "cpu_percentage": st.just({"value": 70, "cooldown": {"in": "60s"}})},
            optional={"memory_percentage": st.just(60), "response_time": st.just("2s"),
                      "cooldown": st.just({"out": "30s"})},
        ),
        st.just({"range": {"min": 1, "max": 10, "spot_from": 3}, "requests": 100}),
    ),
    "variables": st.just({"A": "a", "X": {"from_cfn": "export"}}), "secrets": SECRETS,
    "command": st.just(["a", "b"]), "entrypoint": st.just("sh -c"), "sidecars": st.dictionaries(
        st.sampled_from(["proxy", "agent"]), SIDECAR, max_size=2),
    "storage": st.just({"ephemeral": 30, "readonly_fs": True, "volumes": {
        "v": {"path": "/v", "efs": {"id": "fs-12345678", "auth": {"iam": False}}}, "m": {"path": "/m", "efs": True}}}),
    "logging": st.just({"retention": 7, "destination": {"Name": "x"}, "variables": {"V": "w"}}),
    "network": st.just({"vpc": {"placement": "private", "security_groups": ["sg-1"]}, "connect": {"alias": "api"}}),
    "deployment": st.just({"rolling": "default", "rollback_alarms": {"cpu_utilization": 70, "other": 3}}),
    "publish": st.just({"topics": [{"name": "t", "fifo": True}]}), "observability": st.just({"tracing": "awsxray"}),
    "taskdef_overrides": st.just([{"path": "ContainerDefinitions[0].Cpu", "value": 4},
                                  {"path": "ContainerDefinitions[1].Cpu", "value": 5}]),
    "nlb": st.just({"port": "443/tls", "alias": "n", "healthcheck": {"port": 80}}), "future_key": st.just({"a": [1]}),
}  # fmt: skip
DOCUMENT = st.fixed_dictionaries(
    {
        "name": st.just("cats"),
        "type": st.sampled_from(["Load Balanced Web Service", "Backend Service", "Worker Service"]),
        "image": st.fixed_dictionaries(
            {"port": st.just(80)},
            optional={"build": st.just({"dockerfile": "a", "args": {"x": "y"}}), "healthcheck": CHECK,
                      "depends_on": st.just({"proxy": "start"}), "labels": st.just({"k": "w"})},
        ),
    },
    optional={**BODY, "http": st.just({"path": "p", "healthcheck": {"path": "/h", "grace_period": "30s"},
                                       "alias": [{"name": "a", "hosted_zone": "z"}], "target_container": "proxy",
                                       "additional_rules": [{"path": "b"}]})},
)  # fmt: skip


@settings(max_examples=60)
@given(DOCUMENT)
def test_nothing_is_dropped_in_silence(document: dict[str, Any]) -> None:
    """Whatever value of a manifest is changed, the manifest, what is left or the notes change with it; so every value
    is read or listed, wherever it stands.
    """
    base = told(document)
    for path in leaves(document):
        if path == ("type",):
            continue
        try:
            assert told(changed(document, path)) != base, path
        except BadRequest:
            continue  # read, too: the other value is refused

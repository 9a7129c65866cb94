"""What people get wrong in a first manifest, as `pilotage render` answers it: thing, value, remedy, once."""

from __future__ import annotations

from pathlib import Path

import pytest
from pilotage_cli.main import app
from typer.testing import CliRunner, Result

WRONG, REFUSED = 2, 3
_ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com"


@pytest.fixture(autouse=True)
def a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def rendered(text: str) -> Result:
    Path("pilotage.yaml").write_text(text)
    return CliRunner().invoke(app, ["render", "-e", "prod"])


@pytest.mark.parametrize(
    ("text", "code", "place", "remedy"),
    [
        ("cpu: 500 mhz", WRONG, "cpu: '500 mhz'", 'For example: 512 or "0.5 vCPU"'),
        ("memory: 1 gigabyte", WRONG, "memory: '1 gigabyte'", 'For example: 1024 or "1 GB"'),
        ("replicas: 3", WRONG, "replicas: (not shown)", "The fields are architecture,"),
        ("enviroment: {A: b}", WRONG, "enviroment: (not shown)", "did you mean `environment`?"),
        ("launch: ec2", WRONG, "launch: 'ec2'", "did you mean `placement.launch`?"),
        ("expression: rate(1 hour)", WRONG, "expression: 'rate(1 hour)'", "did you mean `schedule.expression`?"),
        ("ports:\n  container_port: 8080", WRONG, "ports: {'container_port': 8080}", "It has to be a list"),
        ("environment:\n\tA: b", WRONG, "pilotage.yaml, line 2: ", "by spaces, never by tabs."),
        ("secrets:\n  DB: arn:aws:x::", WRONG, "pilotage.yaml, line 2: ", "put the value in quotes"),
        ("cpu: 256\ncpu: 512", WRONG, "pilotage.yaml, line 2: ", "Keep one of them."),
        ('cpu: "256\nmemory: 512', WRONG, "pilotage.yaml, line ", "Mend the YAML."),
        ("ports: [8080, 8080]", WRONG, "ports[1]: 8080", "keep one"),
        ("ports: ['8080:80']", WRONG, "ports[0]: '8080:80'", 'For example: 8080 or "53/udp"'),
        (
            f"ports: [8080]\nsidecars: {{proxy: {{image: '{_ECR}/proxy:1', ports: [8080]}}}}",
            WRONG,
            "the ports of proxy: '8080/tcp'",
            "Give one another port.",
        ),
        ("environment: {KEY: AKIAIOSFODNN7EXAMPLE}", WRONG, "environment.KEY: (not shown)", "under secrets"),
        ("secrets: {DB: my-secret}", WRONG, "secrets.DB: (not shown)", "arn:aws:ssm:"),
        ("sidecars: {proxy: {ports: [80]}}", WRONG, "sidecars.proxy.image: None", "It is missing."),
        (
            "sidecars: {a: {image: 'a:1', depends_on: {b: start}}, b: {image: 'b:1', depends_on: {a: start}}}",
            WRONG,
            "sidecars.a.depends_on.b: 'a, b, a'",
            "break the circle",
        ),
        ("depends_on: {proxi: start}", WRONG, "depends_on.proxi: 'proxi'", "There is no such container."),
        ("scaling: {min: 2, cpu: 60}", WRONG, "scaling.max: None", "It is missing."),
        ("scaling: {min: 0, max: 5, cpu: 50}", WRONG, "scaling.min: 0", "add `queue`"),
        ("environments: {prod: {cout: 3}}", WRONG, "environments.prod.cout: 3", "did you mean `count`?"),
        ("schedule: {expression: 0 3 * * *}", WRONG, "schedule.expression: '0 3 * * *'", "cron(0 6 * * ? *)"),
        (
            "schedule: {expression: cron(0 3 * * *)}",
            WRONG,
            "schedule.expression: 'cron(0 3 * * *)'",
            "month day-of-week year",
        ),
        (
            "schedule: {expression: rate(1 hour), timezone: Berlin}",
            WRONG,
            "schedule.timezone: 'Berlin'",
            '"Europe/Berlin"',
        ),
        (
            "scaling: {max: 3, cpu: 60, times: [{at: rate(1 day), timezone: CEST, min: 2}]}",
            WRONG,
            "scaling.times[0].timezone: 'CEST'",
            '"Europe/Berlin"',
        ),
        (
            "placement: {launch: fargate, spread: ['spread:attribute:ecs.availability-zone']}",
            REFUSED,
            "placement.launch of example: 'fargate'",
            "Fargate takes no placement constraints and strategies",
        ),
        ("placement: {launch: farget}", WRONG, "placement.launch: 'farget'", "Did you mean `fargate`?"),
        ("placement: {launch: fargate}\ngpu: 1", REFUSED, "gpu: 1 (manifest)", "widen allow.gpu"),
        (
            "placement: {launch: ec2}\nephemeral_storage: 100",
            REFUSED,
            "placement.launch of example: 'ec2'",
            "on Fargate only",
        ),
        (
            "operating_system: WINDOWS_SERVER_2022_CORE\narchitecture: arm64",
            REFUSED,
            "placement of example: 'no launch option'",
            "Windows runs on X86_64 only",
        ),
        ("count: 500", REFUSED, "count: 500 (manifest)", "widen limits.count"),
        ("exec: true", REFUSED, "exec: True (manifest)", "widen allow.execute_command"),
        ("routing: web", WRONG, "ports of example: None", "EXPOSE one, or name it under `ports:`"),
        (
            "ports: [{container_port: 8080, name: http}]\nconnect: {port: http}",
            REFUSED,
            "connect of example: 'Service Connect'",
            "network.service_connect",
        ),
        ("kind: worker\nrouting: web", WRONG, "routing: 'web'", "say `kind: service`"),
        ("overrides: {task_definition: {cpuu: '256'}}", REFUSED, "task_definition.cpuu", "Take it out of `overrides`"),
    ],
)
def test_a_typical_mistake_is_one_sentence_that_mends_it(text: str, code: int, place: str, remedy: str) -> None:
    """Nobody who deploys twice a year should need the reference to get out of a mistake."""
    result = rendered(f"{text}\n")
    told = [line for line in result.stderr.splitlines() if line.startswith("pilotage: ")]
    assert (result.exit_code, len(told)) == (code, 1), result.stderr
    assert place in told[0]
    assert remedy in told[0]
    assert "Also " not in told[0]


def test_the_manifest_that_lies_here_is_read_unasked() -> None:
    """After `pilotage init` people say `pilotage place`, and must not be told about another workload than theirs."""
    assert '"cpu": "1024"' in rendered("cpu: 1 vCPU\n").stdout
    placed = CliRunner().invoke(app, ["place"])
    assert "1 x (1024 CPU units" in placed.stdout


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("environment: {DB_PASSWORD: not-a-real-one}", "environment.DB_PASSWORD is called like a secret"),
        ("volumes: {data: {}}", "volumes.data: no container sees it; say its `path`"),
        ("environments: {prd: {count: 3}}", "environments: it has prd, and nothing for prod; is `prd` meant for it?"),
        ("environments: {staging: {count: 3}}", "environments: it has staging, and nothing for prod"),
        ("ports: [8080]", "nothing tells whether a task is healthy, unless the Dockerfile has a HEALTHCHECK"),
    ],
)
def test_what_is_right_and_seldom_meant_is_noted(text: str, hint: str) -> None:
    """It is no mistake that could be refused: whoever means it goes on."""
    result = rendered(f"{text}\n")
    assert result.exit_code == 0
    assert f"note: {hint}" in result.stderr
    assert "not-a-real-one" not in result.stderr


def test_what_is_plainly_meant_is_not_noted() -> None:
    """Notes that always come are read by nobody."""
    text = (
        "ports: [8080]\nhealth_check: {command: [CMD, ./ready]}\nenvironment: {LOG_LEVEL: info}\n"
        "volumes: {data: {path: /data}}\nenvironments: {prod: {count: 3}}\n"
    )
    assert [line for line in rendered(text).stderr.splitlines() if "no digest" not in line] == []

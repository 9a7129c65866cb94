"""Task and service definitions of other tools become manifests that render to the very same definitions again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pilotage.aws.models import BotocoreModels
from pilotage.definitions.canonical import task_definition_content
from pilotage.errors import BadInput
from pilotage.manifest import check_manifest
from pilotage.policy import read_policy
from pilotage_cli.build.manifest import parse_manifest
from pilotage_cli.importing.files import File, Options, original_from
from pilotage_cli.importing.making import Result, imported_of
from pilotage_cli.importing.normal_form import RULES
from pilotage_cli.importing.original import Wanted
from pilotage_cli.importing.rendering import rendered
from pilotage_cli.importing.writing import carried, manifest_text, open_values

DATA = Path(__file__).parents[1] / "data"
SERVICES = {"service.json", "sv.json", "ecs-service-def.json", "daemon-service-def.json"}
ALONE = sorted(
    file
    for folder in ("task-definitions", "ecspresso", "imports")
    for file in (DATA / folder).iterdir()
    if file.suffix in {".json", ".jsonc", ".yaml"} and file.name not in SERVICES
)
TOGETHER = {
    "task-definitions/gunicorn_ec2.json": "ecspresso/sv.json",
    "ecspresso/ecs-task-def.json": "ecspresso/ecs-service-def.json",
    "ecspresso/daemon-task-def.json": "ecspresso/daemon-service-def.json",
    "imports/answer-with-nulls.json": "imports/service.json",
}


def brought(task: Path, service: Path | None = None, **options: Any) -> Result:
    beside = File(service.name, service.read_text()) if service else None
    return imported_of(original_from(File(task.name, task.read_text()), beside, Options(**options)), BotocoreModels())


def of(document: object, **options: Any) -> Result:
    return imported_of(original_from(File("t.json", json.dumps(document)), None, Options(**options)), BotocoreModels())


def small(**container: Any) -> dict[str, Any]:
    return {"family": "cats", "containerDefinitions": [{"name": "web", "image": "cats", "memory": 128, **container}]}


def on_fargate(**fields: Any) -> dict[str, Any]:
    size = {"cpu": "256", "memory": "512", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"]}
    return {**small(), **size, **fields}


@pytest.mark.parametrize("file", ALONE, ids=lambda file: file.name)
def test_every_task_definition_imports_and_renders_back_equal(file: Path) -> None:
    """Whoever moves in must get what they have, and read what they do not get."""
    result = brought(file)
    assert result.differences == ()
    open_role = {"cloudformation.yaml": ["task_definition.taskRoleArn", "service.loadBalancers"]}
    assert [each.path for each in result.imported.left] == open_role.get(file.name, [])
    read_policy(json.dumps(result.imported.policy), "imported")
    text = manifest_text(result.imported, file.name)
    assert parse_manifest(text, "pilotage.yaml") == check_manifest(dict(result.imported.manifest))


@pytest.mark.parametrize(("task", "service"), TOGETHER.items(), ids=[*TOGETHER])
def test_a_service_beside_it_renders_back_equal(task: str, service: str) -> None:
    """The service is where counts, routes and percentages are."""
    result = brought(DATA / task, DATA / service)
    assert result.differences == ()
    lost = ["service.loadBalancers"] if service.endswith("sv.json") else []  # its account has ten digits
    assert [each.path for each in result.imported.left] == lost


def test_what_the_manifest_has_a_word_for_is_said_in_that_word() -> None:
    """A file of overrides alone would be the old file in another place."""
    imported = brought(DATA / "imports/answer-with-nulls.json", DATA / "imports/service.json").imported
    manifest = imported.manifest
    logs = ["task_definition.containerDefinitions.cats.logConfiguration", "service.serviceConnectConfiguration"]
    assert [each.removesuffix(".logConfiguration") for each in carried(manifest)[1]] == [
        each.removesuffix(".logConfiguration") for each in logs
    ]  # it has none, and Pilotage would write some
    assert {key: manifest[key] for key in ("cpu", "memory", "count", "ports", "routing", "grace_period", "exec")} == {
        "cpu": "0.5 vCPU", "memory": "1 GB", "count": 2, "ports": [8017], "routing": "cats", "grace_period": 30,
        "exec": True,
    }  # fmt: skip
    assert manifest["connect"] == {"port": "8017-tcp", "as": "cats", "at": 80}
    assert manifest["rollout"] == {"alarms": ["cats-5xx"]}
    assert manifest["az_rebalancing"] is False
    assert imported.policy["network"]["service_connect"] == "shop"
    assert imported.policy["rollout"] == {"minimum_healthy_percent": 50, "maximum_percent": 150}
    assert "team" in manifest["tags"]


WRONG = {
    "nothing": ("", "the file is empty"),
    "no JSON": ('{"family": "x", "containerDefinitions": [{"name" "b"}]}', "line 1, column 50"),
    "a list of texts": ('["a"]', "container definitions"),
    "Compose": ('{"services": {"web": {"image": "x"}}}', "pilotage import compose"),
    "Kubernetes": ('{"apiVersion": "v1", "kind": "Deployment"}', "Kubernetes"),
    "no container": ('{"family": "x", "containerDefinitions": []}', "one container at the least"),
    "open number": (
        '{"containerDefinitions": [{"name": "a", "cpu": ${CPU}}]}',
        "containerDefinitions[0].cpu: '${CPU}'. Nobody has filled it in: add --set CPU=VALUE.",
    ),
    "a program": ("[{{ if .X }}{{ end }}]", "ecspresso render"),
    "no list": (
        '{"containerDefinitions": [{"name": "a", "command": "run it"}]}',
        "command: 'run it'. It takes a list.",
    ),
    "the image of a sidecar": (
        '{"containerDefinitions": [{"name": "a", "image": "<A>"}, {"name": "b", "image": "<B>"}]}',
        "containerDefinitions[1].image of b: '\\x3cB\\x3e'. Nobody has filled it in: add --set B=VALUE.",
    ),
    "unknown mode": ('{"containerDefinitions": [{"name": "a"}], "networkMode": "nat"}', "It takes bridge, host"),
    "ECS Anywhere": (
        '{"requiresCompatibilities": ["EXTERNAL"], "containerDefinitions": [{"name": "a", "image": "b"}]}',
        "ECS Anywhere",
    ),
    "twice the name": ('{"containerDefinitions": [{"name": "a"}, {"name": "a"}]}', "Another container has it, too"),
}


@pytest.mark.parametrize(("text", "says"), WRONG.values(), ids=[*WRONG])
def test_what_cannot_be_read_is_one_sentence(text: str, says: str) -> None:
    """Hundreds of files come by; a traceback helps nobody with any of them."""
    with pytest.raises(BadInput) as caught:
        imported_of(original_from(File("t.json", text), None, Options()), BotocoreModels())
    assert says.lower() in str(caught.value).lower()


def test_which_container_runs_the_image_is_said_with_its_reason() -> None:
    """The one thing that a file of several containers does not say by itself."""
    several = {
        "family": "shop",
        "containerDefinitions": [
            {
                "name": "proxy",
                "image": "envoy",
                "memory": 64,
                "essential": False,
                "portMappings": [{"containerPort": 80}],
            },
            {"name": "web", "image": "shop", "memory": 64, "portMappings": [{"containerPort": 8080}]},
            {"name": "cron", "image": "shop", "memory": 64},
        ],
    }
    imported = of(several).imported
    assert any(
        "container web runs the pushed image: it is the essential one with ports" in each for each in imported.notes
    )
    assert set(imported.manifest["sidecars"]) == {"proxy", "cron"}
    assert set(of(several, wanted=Wanted(container="cron")).imported.manifest["sidecars"]) == {"proxy", "web"}
    with pytest.raises(BadInput, match="The containers are proxy, web and cron"):
        of(several, wanted=Wanted(container="web2"))


def test_references_follow_the_container_that_is_renamed() -> None:
    """It is called as the service: whoever waits for it, links to it or mounts from it must find it."""
    task = brought(DATA / "imports/links-and-volumes-from.json", wanted=Wanted(service="market")).imported
    containers = {
        each["name"]: each
        for each in rendered(task, BotocoreModels()).definitions.task_definition["containerDefinitions"]
    }
    assert containers["market"]["links"] == ["mysql:db"]
    assert containers["backup"]["links"] == ["market:shop"]


def test_a_credential_is_never_carried_and_never_shown() -> None:
    """The old file had it in the open; the new one must not, and neither must the terminal."""
    secret = f"AKIA{'A' * 16}"
    result = of(on_fargate(containerDefinitions=[{"name": "a", "image": "b", "environment": [
        {"name": "KEY", "value": secret}, {"name": "Logging:Level", "value": "x"}]}]))  # fmt: skip
    assert result.differences == ()
    (left,) = result.imported.left
    assert left.path == "containerDefinitions.a.environment.KEY"
    assert secret not in f"{left}{result.imported}{manifest_text(result.imported, 'x')}"


def test_what_nobody_filled_in_stays_and_is_told() -> None:
    """A variable in a text may be meant for a shell; whoever moves in has to know."""
    file = DATA / "imports/open-variables.json"
    imported = brought(file).imported
    assert [*open_values(imported.manifest)] == [("environment.URL", "HOST")]
    assert imported.manifest["environment"]["STAGE"] == "test"
    assert imported.manifest["secrets"] == {"TOKEN": "arn:aws:ssm:us-east-1:123456789012:parameter/kittens/token"}
    filled = brought(
        file, given={"HOST": "example.org", "AWS_ACCOUNT_ID": "210987654321", "REGION": "eu-west-1"}
    ).imported
    assert filled.manifest["environment"]["URL"] == "https://example.org/"
    assert filled.policy["roles"]["execution"] == "arn:aws:iam::210987654321:role/ecsTaskExecutionRole"


def test_ecspressos_functions_read_the_environment() -> None:
    """The order of ecspresso: the variable, then the default; what must be there may be given."""
    task = small(
        environment=[{"name": "TAG", "value": "{{ env `TAG` `latest` }}-{{ must_env `WHO` }}-{{ tfstate `x.y` }}"}]
    )
    assert of(task).imported.manifest["environment"] == {"TAG": "latest-${WHO}-${tfstate x.y}"}
    known = of(task, environment={"TAG": "v1"}, given={"WHO": "us", "x.y": "z"})
    assert known.imported.manifest["environment"] == {"TAG": "v1-us-z"}


CASES: Mapping[str, dict[str, Any]] = {
    "host networking": {**small(portMappings=[{"containerPort": 80, "hostPort": 80}]), "networkMode": "host"},
    "no size at all": {"containerDefinitions": [{"name": "a", "image": "b"}]},
    "a size that Fargate has not": on_fargate(memory="4096"),
    "tags": on_fargate(tags=[{"key": "a", "value": "b"}, {"key": "aws:x", "value": "y"}]),
    "a task of its own process space": on_fargate(pidMode="task"),
    "two ports that are one": small(portMappings=[{"containerPort": 80}, {"containerPort": 80, "hostPort": 81}]),
    "a main container that is not essential": {**on_fargate(), "containerDefinitions": [
        {"name": "a", "image": "b", "essential": False}, {"name": "c", "image": "d", "dependsOn": [
            {"containerName": "a", "condition": "SUCCESS"}]}]},
    "an odd user": small(user="App User", workingDirectory="relative", stopTimeout=150),
    "a name that the family has already": {"family": "proxy", "containerDefinitions": [
        {"name": "proxy", "image": "b", "memory": 64, "essential": False},
        {"name": "app", "image": "b", "memory": 64, "portMappings": [{"containerPort": 80}]}]},
    "inference": {**small(), "inferenceAccelerators": [{"deviceName": "d", "deviceType": "eia1.medium"}]},
    "a field that is new": on_fargate(enableFaultInjection=True),
    "a form that nobody filled in": small(repositoryCredentials={"credentialsParameter": ""}, user=""),
    "sizes without a zero": on_fargate(cpu=".5 vcpu", memory="1 gb"),
    "words for account and region": on_fargate(
        taskRoleArn="arn:aws:iam::ACCOUNT_ID:role/r",
        containerDefinitions=[{"name": "a", "image": "b", "secrets": [
            {"name": "S", "valueFrom": "arn:aws:secretsmanager:REGION:ACCOUNT_ID:secret:a/S::"},
            {"name": "T", "valueFrom": "arn:aws:ssm:${AWS::Region}:${AWS::AccountId}:parameter/t"}]}],
    ),
}  # fmt: skip


@pytest.mark.parametrize("task", CASES.values(), ids=[*CASES])
def test_the_odd_ones_render_back_equal_too(task: dict[str, Any]) -> None:
    """What the typed fields cannot say, the overrides say."""
    result = of(task)
    assert result.differences == ()
    assert result.imported.left == ()


NOT_COMPARED = {"family", "executionRoleArn", "taskRoleArn", "containerDefinitions", "cpu", "memory", "networkMode"}
OF_CONTAINERS = {"image", "versionConsistency", "logConfiguration", "portMappings", "secrets", "repositoryCredentials"}


@pytest.mark.parametrize("file", [each for each in ALONE if each.suffix == ".json"], ids=lambda file: file.name)
def test_what_the_normal_form_does_not_name_is_the_same(file: Path) -> None:
    """Told by the plan's own comparison, so that the check of the import cannot overlook what it forgot to carry."""
    original = original_from(File(file.name, file.read_text()), None, Options())
    result = imported_of(original, BotocoreModels())
    made = task_definition_content(rendered(result.imported, BotocoreModels()).definitions.task_definition)
    was = task_definition_content(original.task)
    keys = (was.keys() | made.keys()) - NOT_COMPARED - {"requiresCompatibilities"}
    assert {key: made.get(key) for key in keys} == {key: was.get(key) for key in keys}
    for name, container in was["containerDefinitions"].items():
        got = made["containerDefinitions"][name]
        keys = (container.keys() | got.keys()) - OF_CONTAINERS
        assert {key: got.get(key) for key in keys} == {key: container.get(key) for key in keys}


def test_sizes_are_written_as_people_write_them() -> None:
    """`.5 vCPU` is what AWS's own examples have."""
    manifest = of(on_fargate(cpu=".5 vcpu", memory="1 gb")).imported.manifest
    assert (manifest["cpu"], manifest["memory"]) == ("0.5 vCPU", "1 GB")


def test_a_manifest_without_its_overrides_is_another() -> None:
    """The check is no decoration: what it compares does hang on what the manifest says."""
    original = original_from(File("t.json", json.dumps(on_fargate(pidMode="task"))), None, Options())
    result = imported_of(original, BotocoreModels())
    lost = replace(result.imported, manifest={k: v for k, v in result.imported.manifest.items() if k != "overrides"})
    body = rendered(lost, BotocoreModels()).definitions.task_definition
    assert "pidMode" not in body


def test_the_documented_normal_form_is_the_one_that_is_used() -> None:
    """People judge by docs/import.md what they lose."""
    text = " ".join((Path(__file__).parents[2] / "docs" / "import.md").read_text("utf-8").split())
    assert [each for each in RULES.values() if " ".join(each.split()) not in text] == []

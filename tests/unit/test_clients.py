"""One list of calls: the clients know them, the adapters make them, and nothing else is called."""

from __future__ import annotations

import ast
import functools
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pilotage.aws
import pytest
from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader
from botocore.session import Session
from fakes.samples import REGION
from moto import mock_aws
from pilotage.aws.clients import OPERATIONS, Clients, DeclaredServices

pytestmark = pytest.mark.disable_socket

ADAPTERS = Path(pilotage.aws.__file__).parent
TRIM = ADAPTERS.parents[1] / "trim-models"


def methods(service: str) -> dict[str, str]:
    model = botocore.session.get_session().get_service_model(service)
    return {xform_name(name): f"{service}:{name}" for name in model.operation_names}


@functools.cache
def mentioned() -> set[str]:
    """Every attribute that the adapters take of anything, such as `describe_services`."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in ADAPTERS.glob("*.py")]
    return {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


@pytest.mark.parametrize("service", sorted(OPERATIONS))
def test_the_declared_operations_are_those_that_are_called(service: str) -> None:
    """A call that is not declared fails where models are cut down; one that nobody makes is a grant too many."""
    of_others = {name for other in OPERATIONS if other != service for name in _declared(other)}
    called = {operation for method, operation in methods(service).items() if method in mentioned() - of_others}
    assert called == {f"{service}:{name}" for name in OPERATIONS[service]}


def _declared(service: str) -> set[str]:
    return {xform_name(name) for name in OPERATIONS[service]}


@pytest.fixture(scope="module")
def trimmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The copies, as the build of the layer makes them."""
    directory = tmp_path_factory.mktemp("layer") / "data"
    subprocess.run([sys.executable, str(TRIM), str(directory)], check=True, timeout=60)  # noqa: S603 - our own script
    return directory


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """That of a function: without credentials, botocore would look for some on the network."""
    for name, value in {"DEFAULT_REGION": REGION, "ACCESS_KEY_ID": "testing", "SECRET_ACCESS_KEY": "testing"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)


@pytest.fixture
def clients(trimmed: Path) -> Iterator[Clients]:
    session = Session()
    session.register_component("data_loader", DeclaredServices(trimmed))
    with mock_aws():
        yield Clients(session)


def test_a_trimmed_client_knows_what_is_declared_and_nothing_else(clients: Clients) -> None:
    """What is cut away costs no time at a cold start."""
    made: dict[str, Any] = {
        "application-autoscaling": clients.scaling,
        "autoscaling": clients.autoscaling,
        "cloudtrail": clients.cloudtrail,
        "resourcegroupstaggingapi": clients.tagging,
        "cloudwatch": clients.cloudwatch,
        "dynamodb": clients.dynamodb,
        "ec2": clients.ec2,
        "ecr": clients.ecr,
        "ecs": clients.ecs,
        "efs": clients.efs,
        "elbv2": clients.elbv2,
        "events": clients.events,
        "iam": clients.iam,
        "kms": clients.kms,
        "lambda": clients.lambda_,
        "logs": clients.logs,
        "s3": clients.s3,
        "scheduler": clients.scheduler,
        "secretsmanager": clients.secretsmanager,
        "servicediscovery": clients.servicediscovery,
        "sqs": clients.sqs,
        "ssm": clients.ssm,
        "stepfunctions": clients.stepfunctions,
    }
    known = {service: set(client.meta.service_model.operation_names) for service, client in made.items()}
    assert known == {service: set(names) for service, names in OPERATIONS.items()}


def test_trimmed_shapes_are_those_of_the_sdk(clients: Clients, trimmed: Path) -> None:
    """A request is checked, signed and sent as ever: only prose and other operations are gone."""
    whole = Loader().load_service_model("ecs", "service-2")
    cut = json.loads(next((trimmed / "ecs").glob("*/service-2.json")).read_text())
    assert cut["metadata"] == whole["metadata"]
    for name, shape in cut["shapes"].items():
        assert set(shape.get("members", {})) == set(whole["shapes"][name].get("members", {}))
        assert shape.get("enum") == whole["shapes"][name].get("enum")
    assert "ServiceNotActiveException" in cut["shapes"]
    assert "documentation" not in json.dumps(cut["operations"])


def test_a_trimmed_client_speaks_to_aws(clients: Clients) -> None:
    """JSON, XML and REST services alike, through their real endpoints' rules."""
    clients.logs.create_log_group(logGroupName="/pilotage/cats")
    with pytest.raises(clients.s3.exceptions.ClientError, match="NoSuchBucket"):
        clients.s3.get_object(Bucket="nothing", Key="here")
    assert clients.ecr.describe_repositories()["repositories"] == []
    assert clients.ecr.meta.endpoint_url == f"https://api.ecr.{REGION}.amazonaws.com"
    assert clients.stepfunctions.meta.endpoint_url == f"https://states.{REGION}.amazonaws.com"


def test_each_client_is_made_once(clients: Clients) -> None:
    """A second one would cost what the first did."""
    assert clients.ecs is clients.ecs


def test_a_client_that_nobody_asks_is_never_made(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    """An adapter holds the clients of its rare cases, too; a cold start pays for those that are asked."""
    made: list[str] = []
    monkeypatch.setattr(clients, "_client", lambda service: made.append(service) or {"service": service})
    scheduler, ecs = clients.scheduler, clients.ecs
    assert made == []
    assert [*ecs.keys(), *ecs.values()] == ["service", "ecs"]
    assert (made, scheduler is clients.scheduler) == (["ecs"], True)


def test_a_service_that_is_not_declared_is_unknown(clients: Clients) -> None:
    """A new service is a decision: its grants, its model and its errors."""
    with pytest.raises(UnknownServiceError):
        clients._client("sns")


@pytest.mark.parametrize("endpoint", ["", "http://127.0.0.1:4566"])
def test_clients_go_where_the_environment_says(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same function speaks to AWS, or to an embedded one; an empty variable is none."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_SDK_UA_APP_ID", "ApplyReleaseFunction")
    client = Clients().ecs
    assert client.meta.endpoint_url == (endpoint or f"https://ecs.{REGION}.amazonaws.com")
    assert client.meta.config.user_agent_extra == "pilotage"
    assert client.meta.config.user_agent_appid == "ApplyReleaseFunction"


def test_no_model_of_the_layer_lies_in_the_sources() -> None:
    """The copies are made at the build: in the repository they would grow old."""
    assert not (ADAPTERS / "data").exists()

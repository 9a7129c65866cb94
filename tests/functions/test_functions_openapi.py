"""docs/openapi.yaml is true: whatever it describes is answered as it says, and nothing else can be got by asking."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml
from fakes.approvals import FakeApprovals
from fakes.clock import NOON
from fakes.harbour import Harbour
from fakes.lambdas import Context, recorded, world_of
from fakes.records import FakeRecords
from fakes.samples import CATS, a_record
from fakes.secrets import FakeSecrets
from fakes.subscribers import FakeSubscribers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from pilotage import bootstrap
from pilotage.approval import Asked
from pilotage.bootstrap import World
from pilotage.deciding import GroupQuorum, Rule
from pilotage.outcome import Outcome
from pilotage.record import news
from pilotage.signatures import standard
from pilotage.usecases.commands import receive_message
from pilotage.usecases.news.sign_news import NewsSigner

pytestmark = pytest.mark.disable_socket

DOCUMENT = yaml.safe_load((Path(__file__).parents[2] / "docs" / "openapi.yaml").read_text("utf-8"))
SECRET = "whsec_ZmFrZS1zZWNyZXQtb2YtYS1kYXNoYm9hcmQ="
ARN = "arn:aws:iam::123456789012:user/ada"
FUNCTIONS = {"/v1/releases": "list_releases", "/v1/decisions": "receive_message", "/v1/commands": "take_command"}
ROUTES = [(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods]
MANY = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def resolved(schema: Any) -> Any:
    """With what `$ref` names in its place: none of these schemas goes in circles."""
    if isinstance(schema, list):
        return [resolved(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        found: Any = DOCUMENT
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return resolved(found)
    return {key: resolved(value) for key, value in schema.items()}


def values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - one for each kind
    """Of the kinds of schema that requests have here; hypothesis-jsonschema does not know this Hypothesis."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "oneOf" in schema:
        return st.one_of(*map(values, schema["oneOf"]))
    match schema["type"]:
        case "object":
            fields = {name: values(each) for name, each in schema["properties"].items()}
            needed = {name: fields.pop(name) for name in schema.get("required", ())}
            return st.fixed_dictionaries(needed, optional=fields)
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(schema["minimum"], schema["maximum"])
        case "string" if "pattern" in schema:
            return st.from_regex(schema["pattern"].replace("$", r"\Z"), alphabet=st.characters(max_codepoint=127))
        case "string":
            return st.text(max_size=min(schema.get("maxLength", 40), 40)) | st.sampled_from(
                schema.get("examples", [""])
            )
    raise AssertionError(schema)


@cache
def operation(path: str, method: str) -> dict[str, Any]:
    found: dict[str, Any] = resolved(DOCUMENT["paths"][path][method])
    return found


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """One for all examples of a test: what they do may not make the next one fail."""
    harbour = Harbour()
    made = world_of(harbour)
    secrets = FakeSecrets({"webhooks": {"senders": {"dashboard": SECRET}}})
    made.__dict__["secrets"] = secrets
    modules = [import_module(name) for name in FUNCTIONS.values()]
    for module in (bootstrap, *modules):
        monkeypatch.setattr(module, "world", lambda: made)
    return made


def called(path: str, method: str, *, query: str = "", body: str = "", headers: Mapping[str, str] | None = None) -> Any:
    """As the HTTP API would call the function behind this route; the answer passes through JSON, as in Lambda."""
    event = recorded("list_releases")
    event |= {"routeKey": f"{method.upper()} {path}", "rawPath": path, "rawQueryString": query}
    event |= {"headers": {**(headers or {})}, "body": body}
    event["requestContext"] |= {"authorizer": {"iam": {"userArn": ARN}}}
    function: ModuleType = import_module(FUNCTIONS[path])
    return json.loads(json.dumps(function.handler(json.loads(json.dumps(event)), Context())))


def conforms(answer: Any, path: str, method: str) -> int:
    """The status, after everything about this answer was held against the document."""
    responses = operation(path, method)["responses"]
    status = answer["statusCode"]
    assert str(status) in responses, answer
    assert status < 500, answer
    assert answer["headers"]["content-type"] == "application/json"
    schema = responses[str(status)]["content"]["application/json"]["schema"]
    Draft202012Validator(schema).validate(json.loads(answer["body"]))
    return int(status)


def by_sender(world: World, content: bytes) -> dict[str, str]:
    return standard.sign(content, SECRET, world.clock.now(), "msg_1") | {"webhook-sender": "dashboard"}


@cache
def query_of(path: str, method: str) -> st.SearchStrategy[dict[str, Any]]:
    """Every parameter with a value of its schema, or any text, or not at all."""
    parameters = [each for each in operation(path, method).get("parameters", []) if each["in"] == "query"]
    return st.fixed_dictionaries(
        {}, optional={each["name"]: values(each["schema"]) | st.text(max_size=20) for each in parameters}
    )


def test_the_document_is_valid() -> None:
    """Generators of clients stop at the first mistake."""
    validate(DOCUMENT)


def test_every_route_has_its_function() -> None:
    """What is described can be called."""
    assert set(FUNCTIONS) == set(DOCUMENT["paths"])
    assert "POST /v1/decisions" in receive_message.DOORS


@MANY
@given(data=st.data())
def test_every_question_is_answered_as_described(world: World, data: st.DataObject) -> None:
    """Signed as it should be: 200 or 400, and nothing else."""
    asked = data.draw(query_of("/v1/releases", "get"))
    query = urlencode(asked)
    content = f"/v1/releases?{query}" if query else "/v1/releases"
    answer = called("/v1/releases", "get", query=query, headers=by_sender(world, content.encode()))
    status = conforms(answer, "/v1/releases", "get")
    schemas = {each["name"]: each["schema"] for each in operation("/v1/releases", "get")["parameters"]}
    fits = all(Draft202012Validator(schemas[name]).is_valid(value) for name, value in asked.items())
    digits = all(isinstance(value, int) for name, value in asked.items() if name == "limit")
    assert status == 200 if fits and digits else status in {200, 400}


@MANY
@given(
    query=st.text(max_size=40),
    headers=st.dictionaries(
        st.sampled_from(["webhook-sender", "webhook-id", "webhook-timestamp", "webhook-signature"]),
        st.text(max_size=40),
    ),
)
def test_an_unsigned_question_is_always_a_401(world: World, query: str, headers: dict[str, str]) -> None:
    """With whatever is in it."""
    assert conforms(called("/v1/releases", "get", query=query, headers=headers), "/v1/releases", "get") == 401


@cache
def bodies(path: str) -> st.SearchStrategy[str]:
    """What the document describes, and what it does not."""
    schema = operation(path, "post")["requestBody"]["content"]["application/json"]["schema"]
    any_json = st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    )
    return (values(schema) | any_json).map(json.dumps) | st.text(max_size=60)


@MANY
@given(data=st.data())
def test_every_decision_is_taken_as_described(world: World, data: st.DataObject) -> None:
    """The entrance looks at the signature alone: what stands behind it answers for the rest."""
    body = data.draw(bodies("/v1/decisions"))
    content = body.encode("utf-8", "surrogatepass")
    answer = called("/v1/decisions", "post", body=body, headers=by_sender(world, content))
    assert conforms(answer, "/v1/decisions", "post") == 202
    assert conforms(called("/v1/decisions", "post", body=body), "/v1/decisions", "post") == 401


def test_a_body_that_is_too_large_is_described(world: World) -> None:
    """A sender learns that it is not worth another try."""
    answer = called("/v1/decisions", "post", body="x" * 200_001)
    assert conforms(answer, "/v1/decisions", "post") == 413


@MANY
@given(data=st.data())
def test_every_command_is_answered_as_described(world: World, data: st.DataObject) -> None:
    """A sentence for everything, and no 5xx for anything."""
    body = data.draw(bodies("/v1/commands"))
    conforms(called("/v1/commands", "post", body=body), "/v1/commands", "post")


def asked_for(approvals: FakeApprovals) -> None:
    rule = Rule((GroupQuorum("owners"),))
    approvals.open(Asked(CATS, "r1", "b1" * 32, "c0ffee", rule, NOON, NOON + timedelta(hours=1), NOON, None))


@pytest.mark.parametrize("outcome", [None, *Outcome])
def test_a_listed_release_is_as_described(world: World, outcome: Outcome | None) -> None:
    """In every way in which it can end, and before."""
    records, approvals = world.records, world.approvals
    assert isinstance(records, FakeRecords)
    assert isinstance(approvals, FakeApprovals)
    records.save(a_record("r1", outcome=outcome, reasons=("it was so",), commit="4be1"))
    asked_for(approvals)
    query = "environment=prod&limit=1"
    headers = by_sender(world, f"/v1/releases?{query}".encode())
    answer = called("/v1/releases", "get", query=query, headers=headers)
    assert conforms(answer, "/v1/releases", "get") == 200
    [release] = json.loads(answer["body"])["releases"]
    assert (release["binding"] is None) == (outcome is not None)


@pytest.mark.parametrize(
    "detail_type", ["Approval Requested", "Rollout Started", "Push Refused", "Release Rolled Back"]
)
def test_a_webhook_is_as_described(world: World, detail_type: str) -> None:
    """Subscribers build on the document, too."""
    record = a_record("r1", outcome=Outcome.ROLLED_BACK if detail_type.startswith("Release") else None)
    world.records.open(record)
    subscribers = FakeSubscribers()
    signer = NewsSigner(
        FakeSecrets({"webhooks": {"subscriber": SECRET}}), world.records, world.approvals, subscribers, world.clock
    )
    assert signer.tell(
        {"id": "6a7e", "detail-type": detail_type, "time": "2026-11-23T12:00:00Z", "detail": news(record)}
    )
    [envelope] = subscribers.sent
    Draft202012Validator(resolved({"$ref": "#/components/schemas/Envelope"})).validate(envelope)
    Draft202012Validator(resolved({"$ref": "#/components/schemas/News"})).validate(json.loads(envelope["body"]))


def test_the_recorded_question_is_signed_as_it_should_be(world: World) -> None:
    """events/list_releases.json is what people try the function with: on the day on which it was signed, it is good."""
    assert world.clock.now() == NOON
    event = recorded("list_releases")
    answer = import_module("list_releases").handler(event, Context())
    assert conforms(answer, "/v1/releases", "get") == 200
    event["rawQueryString"] += "0"
    assert import_module("list_releases").handler(event, Context())["statusCode"] == 401

"""Who may come in by which route of the API: whoever signs what a function then verifies, or whom IAM lets in."""

from __future__ import annotations

from typing import Any

import pytest
from iam_proof.expanded import ACCOUNT, REGION, expanded, resources
from iam_proof.judge import evaluate
from iam_proof.questions import Request

API = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:a1b2c3d4e5"
# What `pilotage` tells operators to allow (pilotage_cli.commanding), and docs/security.md names.
PERSON = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Command",
            "Effect": "Allow",
            "Action": ["execute-api:Invoke"],
            "Resource": [f"{API}/*/POST/v1/commands"],
        }
    ],
}


def routes() -> dict[str, dict[str, Any]]:
    found = resources("AWS::ApiGatewayV2::Route").values()
    return {route["Properties"]["RouteKey"]: route["Properties"] for route in found}


def function_of(route: dict[str, Any]) -> str:
    """The logical id of the function that a route leads to."""
    target = route["Target"]["Fn::Sub"]
    integration = expanded()["Resources"][target.removeprefix("integrations/${").removesuffix("}")]
    name: str = integration["Properties"]["IntegrationUri"]["Fn::GetAtt"][0]
    return name


def test_commands_alone_come_in_by_iam_and_by_no_other_way() -> None:
    """TakeCommand believes whatever API Gateway says of its caller: no route may lead there without IAM."""
    by_iam = {key for key, route in routes().items() if route["AuthorizationType"] == "AWS_IAM"}
    to_commands = {key for key, route in routes().items() if function_of(route) == "TakeCommandFunction"}

    assert by_iam == to_commands == {"POST /v1/commands"}


def test_every_other_route_leads_to_a_function_that_verifies_signatures() -> None:
    """A route without authorisation is open to the whole world."""
    others = {key: function_of(route) for key, route in routes().items() if route["AuthorizationType"] == "NONE"}

    assert set(others) == set(routes()) - {"POST /v1/commands"}
    assert set(others.values()) == {"ReceiveMessageFunction", "ListReleasesFunction"}


def test_only_this_api_may_invoke_them() -> None:
    """A permission without a source would let any API of any account in."""
    permissions = [each["Properties"] for each in resources("AWS::Lambda::Permission").values()]
    by_api = [each for each in permissions if each["Principal"] == "apigateway.amazonaws.com"]

    assert len(by_api) == len({function_of(route) for route in routes().values()})
    assert all("${Api}/" in each["SourceArn"]["Fn::Sub"] for each in by_api)


@pytest.mark.parametrize(
    ("route", "may"),
    [
        ("$default/POST/v1/commands", True),
        ("$default/GET/v1/releases", False),
        ("$default/POST/v1/decisions", False),
        ("$default/POST/v1/commands/more", False),
    ],
)
def test_a_person_may_command_by_the_policy_that_is_asked_for_and_nothing_else(route: str, *, may: bool) -> None:
    """What operators are told to write is enough, and no more than needed."""
    (verdict,) = evaluate([Request("person", "execute-api:Invoke", f"{API}/{route}")], {"person": [PERSON]})

    assert verdict["allowed"] is may, verdict["error"]

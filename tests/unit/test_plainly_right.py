"""The fast yes of the checked client is botocore's yes."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.validate import ParamValidator
from fakes.checked_client import model_of
from fakes.clock import NOON
from fakes.rightly import plainly_right

CONTAINER = {"name": "cats", "image": "cats:1", "environment": [{"name": "A", "value": "b"}]}
DEFINITION = {"family": "cats", "containerDefinitions": [CONTAINER], "tags": []}
WEIGHED = {"capacityProvider": "FARGATE", "weight": 1}


@pytest.mark.parametrize(
    ("operation", "document", "right"),
    [
        ("RegisterTaskDefinition", DEFINITION, True),
        ("RegisterTaskDefinition", {"family": "cats"}, False),
        ("RegisterTaskDefinition", DEFINITION | {"family": 1}, False),
        ("RegisterTaskDefinition", DEFINITION | {"family": None}, False),
        ("RegisterTaskDefinition", DEFINITION | {"nonsense": "x"}, False),
        ("RegisterTaskDefinition", DEFINITION | {"containerDefinitions": CONTAINER}, False),
        ("RegisterTaskDefinition", DEFINITION | {"containerDefinitions": [CONTAINER | {"memory": "512"}]}, False),
        ("RegisterTaskDefinition", DEFINITION | {"containerDefinitions": [CONTAINER | {"essential": 1}]}, False),
        (
            "RegisterTaskDefinition",
            DEFINITION | {"containerDefinitions": [CONTAINER | {"dockerLabels": {1: ""}}]},
            False,
        ),
        (
            "RegisterTaskDefinition",
            DEFINITION | {"containerDefinitions": [CONTAINER | {"dockerLabels": {"a": 1}}]},
            False,
        ),
        ("RegisterTaskDefinition", DEFINITION | {"tags": [{"key": "", "value": ""}]}, False),
        ("RegisterTaskDefinition", [], False),
        ("CreateService", {"serviceName": "cats", "capacityProviderStrategy": [WEIGHED]}, True),
        ("CreateService", {"serviceName": "cats", "capacityProviderStrategy": [WEIGHED | {"weight": -1}]}, False),
        ("ListServiceDeployments", {"service": "cats", "createdAt": {"after": NOON}}, True),
        ("ListServiceDeployments", {"service": "cats", "createdAt": {"after": "never"}}, False),
    ],
)
def test_what_is_plainly_right_is_right_to_botocore(operation: str, document: Any, right: bool) -> None:
    """A fake that lets a wrong request through would let a wrong adapter through."""
    shape: Any = model_of("ecs").operation_model(operation).input_shape

    assert plainly_right(shape)(document) is right
    assert ParamValidator().validate(document, shape).has_errors() is not right

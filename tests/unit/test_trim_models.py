"""The layer's cut-down service models: smaller, and still all that botocore reads."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import botocore.session
import pytest
from botocore.stub import Stubber
from pilotage.aws.clients import OPERATIONS, DeclaredServices

_SCRIPT = Path(__file__).parents[2] / "layers" / "pilotage" / "trim-models"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The script has no `.py` in its name, since people call it by that."""
    loader = importlib.machinery.SourceFileLoader("trim_models", str(_SCRIPT))
    spec = importlib.util.spec_from_loader("trim_models", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def data(script: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory: Path = tmp_path_factory.mktemp("data")
    script.main(directory)
    return directory


MODEL: dict[str, Any] = {
    "metadata": {"endpointPrefix": "s3"},
    "documentation": "All about it.",
    "clientContextParams": {"UseArnRegion": {"documentation": "Which region.", "type": "boolean"}},
    "operations": {
        "Get": {"name": "Get", "input": {"shape": "In"}, "documentation": "Reads.", "examples": "one"},
        "Put": {"name": "Put", "input": {"shape": "Other"}},
    },
    "shapes": {
        "In": {"type": "structure", "members": {"documentation": {"shape": "Text"}}, "documentation": "What goes in."},
        "Text": {"type": "string"},
        "Other": {"type": "string"},
    },
}


def test_what_botocore_reads_of_a_client_context_parameter_stays(script: ModuleType) -> None:
    """Without its documentation botocore fails with a KeyError when it makes the client, and no policy is read."""
    assert script.trimmed(MODEL, ("Get",))["clientContextParams"] == MODEL["clientContextParams"]


def test_only_what_is_called_is_carried(script: ModuleType) -> None:
    """Whatever a function does not call costs it time at every cold start."""
    trimmed = script.trimmed(MODEL, ("Get",))
    assert trimmed["operations"] == {"Get": {"name": "Get", "input": {"shape": "In"}}}
    assert set(trimmed["shapes"]) == {"In", "Text"}
    assert "documentation" not in trimmed


def test_a_member_that_is_called_documentation_is_no_prose(script: ModuleType) -> None:
    """It would be missing from every request and answer."""
    assert script.trimmed(MODEL, ("Get",))["shapes"]["In"]["members"] == {"documentation": {"shape": "Text"}}


def test_an_operation_that_does_not_exist_stops_the_build(script: ModuleType) -> None:
    """A typing mistake must not become a client that lacks a call."""
    with pytest.raises(KeyError, match="Gett"):
        script.trimmed(MODEL, ("Gett",))


def test_a_policy_can_be_read_with_the_trimmed_models(data: Path) -> None:
    """s3:GetObject is the first call of every decision; it once failed for want of one text in its model."""
    session = botocore.session.get_session()
    session.register_component("data_loader", DeclaredServices(data))
    client: Any = session.create_client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stubbed:
        stubbed.add_response("get_object", {"VersionId": "v1"}, {"Bucket": "policies", "Key": "policies/dev.json"})
        assert client.get_object(Bucket="policies", Key="policies/dev.json")["VersionId"] == "v1"


@pytest.mark.parametrize("service", sorted(OPERATIONS))
def test_every_client_of_ours_knows_its_calls_and_no_others(data: Path, service: str) -> None:
    """What the tests call with botocore's own models is what the layer can call."""
    (model,) = (data / service).glob("*/service-2.json")
    assert set(json.loads(model.read_text())["operations"]) == set(OPERATIONS[service])

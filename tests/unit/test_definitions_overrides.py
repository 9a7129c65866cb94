"""`overrides:` is RFC 7396 with containers by name, and never touches what identifies a release."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes.workloads import CATS, drawn
from pilotage.definitions import Definitions
from pilotage.definitions.overrides import merge
from pilotage.errors import Refused


def overridden(**overrides: Any) -> Definitions:
    return drawn(replace(CATS, overrides=overrides))[1]


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_merge_passes_the_examples_of_the_rfc(target: Any, patch: Any, result: Any) -> None:
    """RFC 7396, appendix A: whoever knows merge patches knows ours."""
    assert merge(target, patch) == result


def test_a_container_is_merged_by_its_name_whichever_way_it_is_written() -> None:
    """One field of one container can be set without repeating the rest."""
    patch = {"name": "cats", "readonlyRootFilesystem": True, "linuxParameters": None}
    for written in ({"cats": {key: value for key, value in patch.items() if key != "name"}}, [patch]):
        (only,) = overridden(task_definition={"containerDefinitions": written}).task_definition["containerDefinitions"]
        assert only["readonlyRootFilesystem"] is True
        assert "linuxParameters" not in only
        assert only["environment"]


def test_a_sidecar_is_added_and_taken_away() -> None:
    """All that ECS has is in reach."""
    sidecar = {"containerDefinitions": {"proxy": {"image": "proxy:1", "essential": False}, "ghost": None}}
    containers = overridden(task_definition=sidecar).task_definition["containerDefinitions"]
    assert [each["name"] for each in containers] == ["cats", "proxy"]
    assert containers[1] == {"name": "proxy", "image": "proxy:1", "essential": False}


def test_the_service_and_the_task_are_patched() -> None:
    """Null removes, an object merges, anything else replaces."""
    definitions = overridden(
        task_definition={"pidMode": "task", "taskRoleArn": None},
        service={"enableExecuteCommand": True, "deploymentConfiguration": {"maximumPercent": 150}},
    )
    assert definitions.task_definition["pidMode"] == "task"
    assert "taskRoleArn" not in definitions.task_definition
    assert definitions.service is not None
    assert definitions.service["enableExecuteCommand"] is True
    assert definitions.service["deploymentConfiguration"]["maximumPercent"] == 150
    assert definitions.service["deploymentConfiguration"]["strategy"] == "ROLLING"


def test_tags_of_a_team_stand_beside_ours_and_never_in_their_place() -> None:
    """A forged `pilotage:release` would misname what runs."""
    tags = [{"key": "cost-centre", "value": "7"}, {"key": "pilotage:release", "value": "forged"}]
    found = {tag["key"]: tag["value"] for tag in overridden(task_definition={"tags": tags}).task_definition["tags"]}
    assert found["cost-centre"] == "7"
    assert found["pilotage:release"] == "r-1"


def test_network_mode_from_an_override_is_followed_by_the_service() -> None:
    """Awsvpc subnets beside a bridge task would be refused by ECS."""
    assert "networkConfiguration" not in (overridden(task_definition={"networkMode": "bridge"}).service or {})


@pytest.mark.parametrize(
    ("overrides", "path"),
    [
        ({"task_definition": {"family": "other"}}, "task_definition.family"),
        ({"task_definition": {"containerDefinitions": {"cats": {"image": "evil:1"}}}}, "cats.image"),
        ({"task_definition": {"containerDefinitions": {"cats": None}}}, "cats"),
        ({"task_definition": {"containerDefinitions": {"cats": {"name": "dogs"}}}}, "cats.name"),
        ({"task_definition": {"containerDefinitions": {"cats": "x"}}}, "cats"),
        ({"task_definition": {"containerDefinitions": [{"image": "x"}]}}, "containerDefinitions"),
        ({"task_definition": {"containerDefinitions": "x"}}, "containerDefinitions"),
        ({"task_definition": "x"}, "task_definition"),
        ({"service": {"cluster": "other"}}, "service.cluster"),
        ({"service": {"taskDefinition": "evil:7"}}, "service.taskDefinition"),
        ({"service": {"serviceName": "other"}}, "service.serviceName"),
        ({"service": {"deploymentController": {"type": "EXTERNAL"}}}, "service.deploymentController"),
        ({"service": []}, None),
    ],
)
def test_what_identifies_a_release_cannot_be_overridden(overrides: dict[str, Any], path: str | None) -> None:
    """An override of image or cluster would run something else than what was approved."""
    if path is None:
        assert overridden(**overrides).service
        return
    with pytest.raises(Refused) as refused:
        overridden(**overrides)
    assert refused.value.thing.endswith(path)

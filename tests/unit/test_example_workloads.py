"""The manifests in examples/workloads: what they show is right, and there is nothing that none of them shows."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pilotage.aws.models import BotocoreModels
from pilotage.schema import schema

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
import coverage_page


@pytest.mark.parametrize("name", sorted(coverage_page.examples()))
def test_an_example_renders_to_what_ecs_takes(name: str) -> None:
    """People copy examples: one that its own policy refuses, or ECS, would be worse than none."""
    models = BotocoreModels()
    made = [*coverage_page.bodies(name, coverage_page.examples()[name], coverage_page.policy())]
    assert made
    for body in made:
        models.check("ecs", "RegisterTaskDefinition", body["task_definition"])
        if body["service"]:
            models.check("ecs", "CreateService", body["service"])


def test_every_field_of_a_manifest_is_in_an_example() -> None:
    """A field that nobody sees in use is a field that nobody finds; and the page on coverage rests on it."""
    shown = {path for manifest in coverage_page.examples().values() for path in _said(manifest)}
    assert sorted(set(_known(schema("manifest"), "")) - shown) == []


def _known(rules: Mapping[str, Any], path: str) -> Iterator[str]:
    """Every field that the schema has, however deep."""
    for name, inner in rules.get("properties", {}).items():
        yield f"{path}.{name}".strip(".")
        yield from _below(inner, f"{path}.{name}".strip("."))


def _below(rules: Mapping[str, Any], path: str) -> Iterator[str]:
    yield from _known(rules, path)
    for each in ("additionalProperties", "items"):
        if isinstance(rules.get(each), Mapping):
            yield from _below(rules[each], path)


def _said(manifest: Mapping[str, Any]) -> Iterator[str]:
    yield from (path for path, _ in coverage_page.places(manifest, schema("manifest"), "", ()))
    for inside in ("services", "environments"):
        for part in manifest.get(inside, {}).values():
            yield from _said(part)

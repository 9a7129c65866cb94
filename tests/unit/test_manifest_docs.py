"""The documentation says what the code does: the references are generated, and the examples are tried."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from pilotage.policy import check_policy, read_policy
from pilotage.schema import schema
from pilotage.workload.repository_tags import KNOWN
from pilotage_cli.build.manifest import parse_manifest

HOME = Path(__file__).resolve().parents[2]
DOCS = HOME / "docs"


def test_the_references_are_up_to_date() -> None:
    """A field that is not in the reference does not exist for its readers."""
    run = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, HOME / "scripts" / "make-docs", "--check"], capture_output=True, text=True, check=False
    )
    assert run.stderr == ""
    assert run.returncode == 0


@pytest.mark.parametrize("name", ["manifest", "policy"])
def test_the_published_schema_is_the_one_that_judges(name: str) -> None:
    """Editors and Pilotage have to agree; and the schema is one by JSON Schema's own rules."""
    published = json.loads((DOCS / "schemas" / f"{name}.json").read_text("utf-8"))
    assert published == schema(name)
    jsonschema.Draft7Validator.check_schema(published)


@pytest.mark.parametrize("name", ["manifest", "policy"])
def test_every_field_is_described(name: str) -> None:
    """An editor shows the description; an error for a missing or malformed field quotes it."""

    def without(rules: object, path: str) -> list[str]:
        if not isinstance(rules, dict):
            return []
        fields = {f"{path}.{key}": each for key, each in rules.get("properties", {}).items()}
        return [
            *(key for key, each in fields.items() if not each.get("description")),
            *(found for key, each in fields.items() for found in without(each, key)),
            *without(rules.get("items"), f"{path}[]"),
            *without(rules.get("additionalProperties"), f"{path}.*"),
        ]

    assert without(schema(name), name) == []


def test_the_example_policy_is_right_and_closed() -> None:
    """Whoever starts from it starts safe."""
    text = (DOCS / "examples" / "policy.json").read_text("utf-8")
    assert read_policy(text, "v1").environment == "prod"
    assert check_policy(text) == []


def test_every_tag_is_documented() -> None:
    """The page lists the tags that are read, and no others."""
    page = (DOCS / "manifest.md").read_text("utf-8")
    section = page.partition("## Repository tags")[2].partition("## ")[0]
    assert set(re.findall(r"^\| `pilotage:([a-z]+)`", section, re.MULTILINE)) == set(KNOWN)


def _manifests() -> Iterator[tuple[str, str]]:
    """Every example in YAML that people may copy, by where it stands. The pipelines of preview.md are no manifests."""
    pages = [HOME / "README.md", *(page for page in sorted(DOCS.glob("*.md")) if page.name != "preview.md")]
    for page in pages:
        blocks = re.findall(r"^```yaml\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
        said = [text for text in blocks if any(not line.startswith("#") for line in text.splitlines())]
        yield from ((f"{page.name} {number}", text) for number, text in enumerate(said, 1))
    for file in sorted((HOME / "examples").rglob("pilotage.yaml")):
        yield str(file.relative_to(HOME)), file.read_text("utf-8")


MANIFESTS = dict(_manifests())


@pytest.mark.parametrize("where", MANIFESTS)
def test_whatever_people_copy_is_right(where: str) -> None:
    """To Pilotage, and to an editor that has nothing but the published schema."""
    document = parse_manifest(MANIFESTS[where], where)
    assert [error.message for error in jsonschema.Draft7Validator(schema("manifest")).iter_errors(document)] == []


def test_the_pages_of_a_newcomer_have_something_to_copy() -> None:
    assert {"README.md 1", "manifest.md 1", "examples/cats/pilotage.yaml"} <= MANIFESTS.keys()

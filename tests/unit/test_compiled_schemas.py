"""The validators that the layer's build writes are those that are compiled elsewhere."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pilotage
import pytest
from pilotage import schema

pytestmark = pytest.mark.disable_socket

LIBRARY = Path(pilotage.__file__).parent
COMPILE = LIBRARY.parent / "compile-schemas"
WRONG: dict[str, dict[str, Any]] = {
    "manifest": {"cpu": [], "prot": 80, "count": -1, "placement": {"size": "huge"}, "environment": {"1": "x"}},
    "policy": {"environment": "DEV", "network": {"subnets": ["subnet"]}, "limits": 3, "nothing": None, "tags": "*"},
}


@pytest.fixture
def validators(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The modules, as the build of the layer makes them, beside the package's own."""
    folder = tmp_path / "pilotage" / "validators"
    subprocess.run([sys.executable, str(COMPILE), str(folder)], check=True, timeout=60)  # noqa: S603 - our own script
    monkeypatch.setattr(pilotage, "__path__", [*pilotage.__path__, str(folder.parent)])
    importlib.invalidate_caches()
    schema._validator.cache_clear()
    yield folder
    schema._validator.cache_clear()
    for name in [name for name in sys.modules if name.startswith("pilotage.validators")]:
        del sys.modules[name]
    vars(pilotage).pop("validators", None)


@pytest.mark.parametrize("name", sorted(WRONG))
def test_what_the_build_has_compiled_finds_the_same_mistakes(name: str, request: pytest.FixtureRequest) -> None:
    """A manifest that passes on a laptop passes on AWS, and the sentences are the same."""
    expected = [str(finding) for finding in schema.findings(name, WRONG[name])]
    assert len(expected) >= 5
    request.getfixturevalue("validators")
    assert [str(finding) for finding in schema.findings(name, WRONG[name])] == expected
    used = {module.removeprefix("pilotage.validators.") for module in sys.modules if "pilotage.validators." in module}
    assert used == {name, *(f"{name}__{field}" for field in WRONG[name] if field in schema.schema(name)["properties"])}


def test_every_field_has_its_validator(validators: Path) -> None:
    """One that was forgotten would be compiled at each cold start, which nobody would notice."""
    fields = {f"{name}__{field.removeprefix('$')}" for name in WRONG for field in schema.schema(name)["properties"]}
    assert {path.stem for path in validators.glob("*.py")} == {*WRONG, *fields}


def test_no_compiled_validator_lies_in_the_sources() -> None:
    """They are made at the build: in the repository they would grow old."""
    assert not (LIBRARY / "validators").exists()

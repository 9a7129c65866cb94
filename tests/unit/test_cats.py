"""The container of cats: its versions and two companions."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType

import pytest
from pilotage_cli.build.dockerfile import read_dockerfile
from pilotage_cli.build.manifest import read_manifest

CATS = Path(__file__).parents[2] / "examples" / "cats"


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"cats_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def versions(tmp_path: Path) -> dict[str, Path]:
    """The folder as it is in v1, v2 and v3."""
    found = {}
    for number, version in enumerate(("v1", "v2", "v3")):
        folder = found[version] = tmp_path / version
        folder.mkdir()
        subprocess.run(["cp", "-r", f"{CATS}/.", str(folder)], check=True)  # noqa: S603, S607
        for patch in ("v2", "v3")[:number]:
            command = [
                "git",
                "apply",
                "--unsafe-paths",
                "--directory",
                str(folder),
                str(CATS / "versions" / f"{patch}.patch"),
            ]
            subprocess.run(command, check=True, cwd=tmp_path)  # noqa: S603
    return found


def test_each_version_is_one_commit_away_from_the_one_before(versions: dict[str, Path]) -> None:
    """The demo makes its releases by these patches: v2 has another cat, v3 has a fault that its image shows."""
    recipes = {name: read_dockerfile((folder / "Dockerfile").read_text(), {}) for name, folder in versions.items()}
    environments = {name: set(recipe.config["Env"]) for name, recipe in recipes.items()}
    assert "CATS_VERSION=v1" in environments["v1"]
    assert environments["v2"] ^ environments["v1"] == {"CATS_VERSION=v1", "CATS_VERSION=v2"}
    assert environments["v3"] - environments["v2"] == {"CATS_VERSION=v3", "CATS_CRASH_AFTER=1"}
    assert [len(list((folder / "cats").glob("*.svg"))) for folder in versions.values()] == [3, 4, 4]


@pytest.fixture
def fifth(tmp_path: Path) -> Path:
    """The folder as it is in v5, which goes on from v4, which goes on from v2."""
    folder = tmp_path / "v5"
    subprocess.run(["cp", "-r", f"{CATS}/.", str(folder)], check=True)  # noqa: S603, S607
    for patch in ("v2", "v4", "v5"):
        subprocess.run(  # noqa: S603
            ["git", "apply", "--unsafe-paths", "--directory", str(folder), str(CATS / "versions" / f"{patch}.patch")],  # noqa: S607
            check=True,
            cwd=tmp_path,
        )
    return folder


def test_the_fifth_version_asks_for_a_canary_and_says_in_its_image_what_is_wrong_with_it(fifth: Path) -> None:
    """Simulated tasks answer as their image says, so that nobody has to tell them to fail."""
    manifest = read_manifest(fifth / "pilotage.yaml")
    environment = set(read_dockerfile((fifth / "Dockerfile").read_text(), {}).config["Env"])
    assert {"CATS_VERSION=v5", "CATS_ERROR_PERCENT=40"} <= environment
    assert manifest["routing"] == "web"
    assert manifest["rollout"] == {
        "strategy": "canary-20-percent-10-minutes",
        "checks": {"errors": {"metric": "error_rate", "at_most": 5}},
    }


@pytest.mark.parametrize(("percent", "errors"), [(0.0, 0), (40.0, 40), (12.5, 12), (100.0, 100)])
def test_so_many_of_a_hundred_pages_are_errors(percent: float, errors: int) -> None:
    """A share that came by chance would have the demo fail by chance."""
    server = load(CATS / "server.py")
    moody = server.Cats.__new__(server.Cats)
    server.Cats.error_percent = percent
    assert sum(moody._in_a_mood() for _ in range(100)) == errors


def test_every_drawing_is_well_formed_and_says_what_it_shows(versions: dict[str, Path]) -> None:
    """A page whose cats cannot be seen still tells who they are."""
    for drawing in sorted((versions["v3"] / "cats").glob("*.svg")):
        root = ET.fromstring(drawing.read_text())  # noqa: S314 - our own file
        assert root.get("aria-label"), drawing.name


def test_the_page_shows_every_cat_and_its_version(versions: dict[str, Path]) -> None:
    """The demo fetches this page and looks for the version in it."""
    page = load(versions["v2"] / "server.py").page("v2 <b>").decode()
    assert page.count("<svg") == 4
    assert "<title>Cats v2 &lt;b&gt;</title>" in page
    assert "$" not in page


def test_the_third_version_dies_by_itself_with_code_1_and_a_reason() -> None:
    """The circuit breaker needs a container that really ends, and people need its last words."""
    program = "import server, time; server.die_after(0.05); time.sleep(30)"
    started = time.monotonic()
    done = subprocess.run(  # noqa: S603 - our own server
        [sys.executable, "-B", "-c", program], cwd=CATS, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "no catnip configured" in done.stderr
    assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        (".", {"count": 2, "placement": {"size": "small", "pattern": "steady"}}),
        ("naps", {"schedule": {"expression": "rate(1 hour)"}, "placement": {"pattern": "periodic"}}),
        ("portraits", {"cpu": "4 vCPU", "memory": "16 GB"}),
    ],
)
def test_every_manifest_passes_its_schema_and_asks_for_what_the_demo_shows(
    folder: str, expected: dict[str, object]
) -> None:
    """An example that is refused teaches nothing."""
    manifest = read_manifest(CATS / folder / "pilotage.yaml")
    assert {key: manifest[key] for key in expected} == expected


def test_naps_are_counted_from_midnight() -> None:
    """The job prints a true sum and ends with 0."""
    naps = load(CATS / "naps" / "naps.py")
    assert dict(naps.naps(0)) == {"Marmalade": 0, "Smoke": 0, "Biscuit": 1}
    assert dict(naps.naps(36)) == {"Marmalade": 1, "Smoke": 1, "Biscuit": 1}
    assert naps.main() == 0


def test_a_portrait_of_the_same_name_is_the_same_cat() -> None:
    """A cat does not change between two tasks of one service."""
    portraits = load(CATS / "portraits" / "portraits.py")
    assert portraits.portrait("Ann") == portraits.portrait("Ann")
    assert portraits.portrait("Ann") != portraits.portrait("Bob")
    assert ET.fromstring(portraits.portrait("Ann")).tag.endswith("svg")  # noqa: S314 - our own drawing

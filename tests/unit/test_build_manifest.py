"""`pilotage.yaml` as a file: what is read, and what is refused before it becomes a label."""

from __future__ import annotations

from pathlib import Path

import pytest
from pilotage.errors import BadManifest
from pilotage_cli.build.manifest import label_text, parse_manifest, read_manifest

GOOD = """\
cpu: 0.25 vCPU
memory: 512 MB
environment:
  COUNTRY: no
placement:
  size: small
"""

BOMB = "a: &a [x, x, x, x]\nb: &b [*a, *a, *a, *a]\nc: [*b, *b, *b, *b]\n"

REFUSED = [
    pytest.param(BOMB, "line 1", "Anchors", id="aliases that unfold"),
    pytest.param("cpu: 256\ncpu: 512\n", "line 2", "Keep one", id="a key that stands there twice"),
    pytest.param("cpu: [1\n", "line", "Mend the YAML", id="broken YAML"),
    pytest.param("[" * 5000 + "]" * 5000, "levels", "nests at most", id="brackets without end"),
    pytest.param("- cpu\n", "cpu", "mapping", id="a list instead of fields"),
    pytest.param("", "None", "mapping", id="an empty file"),
    pytest.param("environment: {A: 2026-01-01}\n", "date", "quotes", id="a date, which JSON has not"),
    pytest.param("environment: {A: .inf}\n", "number", "too large", id="infinity"),
    pytest.param("1: x\n", "1", "quotes", id="a key that is no text"),
    pytest.param("cpu: !!python/object/apply:os.system ['true']\n", "line 1", "Mend", id="a tag that would run code"),
    pytest.param("cpoo: 256\n", "cpoo", "cpu", id="a name that is nearly right"),
    pytest.param("a: \x07\n", "special characters", "Mend", id="a control character"),
    pytest.param("cpu: 1\n---\ncpu: 2\n", "another document", "Mend", id="two documents"),
]


def test_a_manifest_becomes_compact_json_with_sorted_keys() -> None:
    """The label is the same for the same manifest, however its lines are ordered."""
    document = parse_manifest(GOOD, "pilotage.yaml")
    assert label_text(document) == (
        '{"cpu":"0.25 vCPU","environment":{"COUNTRY":"no"},"memory":"512 MB","placement":{"size":"small"}}'
    )


@pytest.mark.parametrize(("text", "value", "remedy"), REFUSED)
def test_a_hostile_or_broken_manifest_is_refused_with_one_sentence(text: str, value: str, remedy: str) -> None:
    """Whoever wrote it learns the place, what stood there and what to do; nothing is built."""
    with pytest.raises(BadManifest) as caught:
        parse_manifest(text, "pilotage.yaml")
    said = str(caught.value)
    assert "pilotage.yaml" in said
    assert value in said
    assert remedy in said
    assert "\n" not in said


def test_a_file_that_is_too_large_is_not_even_read(tmp_path: Path) -> None:
    """A label of megabytes would travel in every image config."""
    (tmp_path / "pilotage.yaml").write_text("# " + "x" * 70_000)
    with pytest.raises(BadManifest, match="at most 65536 bytes"):
        read_manifest(tmp_path / "pilotage.yaml")


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    """An editor's encoding is the user's to change, not a traceback."""
    (tmp_path / "pilotage.yaml").write_bytes(b"cpu: 256 # \xff\n")
    with pytest.raises(BadManifest, match="UTF-8"):
        read_manifest(tmp_path / "pilotage.yaml")

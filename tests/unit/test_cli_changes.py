"""A plan's diff, as people read it."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from pilotage.plan import Change
from pilotage_cli.changes import Diff, cell
from pilotage_cli.output import brief
from rich.console import Console

HOST = "123456789012.dkr.ecr.us-east-1.amazonaws.com"


def drawn(*changes: Change, width: int = 80, colour: bool = False) -> str:
    paper = StringIO()
    console = Console(
        file=paper, width=width, force_terminal=colour, color_system="standard" if colour else None, highlight=False
    )
    console.print(Diff(changes, 2))
    return paper.getvalue()


def test_an_image_fits_in_one_line_of_80_columns() -> None:
    """The most common change of all must be seen at a glance: which image, from which digest to which."""
    image = f"{HOST}/cats@sha256:"
    change = Change("image", f"{image}{'a' * 64}", f"{image}{'b' * 64}")
    assert drawn(change) == f"  image: cats@{'a' * 12} -> cats@{'b' * 12}\n"


def test_what_is_too_long_for_a_line_stands_over_three() -> None:
    """Before and after beneath each other can be compared; wrapped into each other they cannot."""
    change = Change("environment.GREETING", "a" * 30, "b" * 30)
    expected = ["  environment.GREETING:", f"    - {'a' * 30}", f"    + {'b' * 30}"]
    assert drawn(change, width=60).splitlines() == expected


def test_before_is_red_and_after_is_green() -> None:
    """As every diff."""
    seen = drawn(Change("cpu", "256", "512"), colour=True)
    assert "\x1b[31m256" in seen
    assert "\x1b[32m512" in seen


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), (0, "0"), (False, "false"), (["a", 1], '["a", 1]'), ("text", "text"), ("[red]x[/]", "[red]x[/]")],
)
def test_values_are_told_as_they_are(value: Any, text: str) -> None:
    """Zero, false and nothing are three different things, and no value is taken for markup."""
    assert cell(value) == text
    assert text in drawn(Change("field", value, "z"))


def test_brief_leaves_other_text_alone() -> None:
    """Only what is a whole digest, and only the registry's host, is cut."""
    assert brief("sha256:abc and example.com/x") == "sha256:abc and example.com/x"

"""What is printed is what is there: a terminal's decorations change no letter of it."""

from __future__ import annotations

import json

import pytest
from pilotage_cli.output import as_json, console, table

pytestmark = pytest.mark.disable_socket

ID = "iam:arn:aws:iam::123456789012:root:key:57931d1c"


def test_ids_with_colons_are_printed_letter_by_letter(capsys: pytest.CaptureFixture[str]) -> None:
    """`:key:` is an emoji to the library that prints, and part of an id in the trail."""
    as_json({"id": ID})
    assert json.loads(capsys.readouterr().out) == {"id": ID}
    console.print(ID)
    table("Trail", ("who",), [(":key:",)])
    printed = capsys.readouterr().out
    assert ID in printed
    assert "\n:key:\n" in printed

"""What is printed is what is there: a terminal's decorations change no letter of it."""

from __future__ import annotations

import json

import pytest
from pilotage_cli.output import as_json, console, indented, notes, table
from rich.text import Text

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


ESCAPES = "\x1b]0;a title\x07 \x1b[2J \x9b1A \x08 \r \u202e"


def test_what_a_container_logs_does_nothing_to_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Last lines of logs, stop reasons and tags come from whoever can push: they would rewrite what stands above."""
    indented(f"log: {ESCAPES}", 2)
    console.print(Text(ESCAPES))
    console.print(ESCAPES, markup=False, soft_wrap=True)
    notes.print(ESCAPES, markup=False)
    table("Logs", (f"what{ESCAPES}",), [(ESCAPES,)])
    said = capsys.readouterr()
    for printed in (said.out, said.err):
        assert "]0;a title" in printed
        assert not {"\x1b", "\x07", "\x08", "\x9b", "\r", "\u202e"} & set(printed)


def test_json_says_them_as_escapes(capsys: pytest.CaptureFixture[str]) -> None:
    """A program gets every character; a person who looks at it gets none that acts."""
    as_json({"log": f"é {ESCAPES}"})
    printed = capsys.readouterr().out
    assert json.loads(printed) == {"log": f"é {ESCAPES}"}
    assert not {"\x1b", "\x9b", "\u202e"} & set(printed)
    assert "é" in printed

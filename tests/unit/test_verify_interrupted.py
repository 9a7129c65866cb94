"""`make verify-aws` ended by Ctrl-C: whoever is impatient must not be left with stacks that cost money."""

from __future__ import annotations

import io
import signal

import pytest
from pilotage_cli.output import console
from pilotage_cli.verify.__main__ import _deaf


class Interrupted(io.StringIO):
    """A terminal at which somebody presses Ctrl-C whenever it is written to."""

    def write(self, text: str) -> int:
        signal.raise_signal(signal.SIGINT)
        return super().write(text)


def test_a_teardown_goes_on_however_often_ctrl_c_is_pressed(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Also in the middle of a line: an answer through the console that writes it would never come to an end."""
    screen = Interrupted()
    monkeypatch.setattr(console, "_file", screen)  # `file` would be put back as what is captured now
    with _deaf():
        console.print("tearing down")
    assert "tearing down" in screen.getvalue()
    assert "still tearing down; it ends by itself" in capfd.readouterr().err

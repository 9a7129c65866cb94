"""A stage of long work, as a terminal and as a log file see it."""

from __future__ import annotations

from io import StringIO

import pytest
from pilotage_cli.stage import Stage
from rich.console import Console


class Clock:
    """Seconds that only the test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def a_console(*, terminal: bool, width: int = 80) -> tuple[Console, StringIO]:
    paper = StringIO()
    return Console(file=paper, force_terminal=terminal, width=width, highlight=False, no_color=True), paper


def test_a_pipe_gets_a_line_for_each_new_word_and_no_escape() -> None:
    """A log of CI must show progress, once each, and nothing that only a terminal understands."""
    console, paper = a_console(terminal=False)
    clock = Clock()
    with Stage("build", console, clock) as stage:
        stage.say("step 1")
        stage.say("step 1")
        stage.say("step 2")
        clock.now = 2.5
        stage.done("in the registry")
    assert paper.getvalue().splitlines() == [
        "  .. build",
        "     step 1",
        "     step 2",
        "  ok build  2.5 s  in the registry",
    ]


def test_digests_are_short_where_people_read() -> None:
    """64 hex digits fill a line and tell nothing that twelve do not."""
    console, paper = a_console(terminal=False)
    with Stage("push", console, Clock()) as stage:
        stage.say(f"pushed 127.0.0.1:4566/cats@sha256:{'0123456789ab' + 'f' * 52}")
    assert "     pushed cats@0123456789ab\n" in paper.getvalue()


def test_a_stage_that_fails_says_so_and_lets_the_error_pass() -> None:
    """Green for what failed would be a lie."""
    console, paper = a_console(terminal=False)
    with pytest.raises(ValueError, match="broken"), Stage("build", console, Clock()):
        raise ValueError("broken")
    assert "  !! build  0.0 s" in paper.getvalue()


def test_a_terminal_sees_one_line_however_long_the_words_are() -> None:
    """A live line that wraps would scroll the terminal away, a frame at a time."""
    console, _ = a_console(terminal=True, width=40)
    stage = Stage("build", console, Clock())
    stage.say("x" * 200)
    (line,) = console.render_lines(stage._drawn())
    assert "".join(segment.text for segment in line).endswith("xxx…")


def test_a_stage_that_is_not_kept_leaves_nothing_in_a_pipe() -> None:
    """`pilotage status | grep` wants the answer and nothing else."""
    console, paper = a_console(terminal=False)
    with Stage("asking AWS", console, Clock(), keep=False) as stage:
        stage.say("planning")
    assert not paper.getvalue()


def test_a_picture_stands_under_the_line_of_a_terminal_and_is_words_in_a_pipe() -> None:
    """What moves on a terminal has to be readable in CI's log as well."""
    console, paper = a_console(terminal=False)
    with Stage("canary", console, Clock()) as stage:
        stage.show("####....", "50 % of the traffic")
        stage.show("####....", "50 % of the traffic")
    assert paper.getvalue().splitlines() == ["  .. canary", "     50 % of the traffic", "  ok canary  0.0 s"]

    console, _ = a_console(terminal=True, width=40)
    with Stage("canary", console, Clock()) as stage:
        stage.say("pushed")
        stage.show("####....", "50 % of the traffic")
        head, picture = ("".join(part.text for part in line) for line in console.render_lines(stage._drawn()))
    assert "pushed" not in head
    assert picture.strip() == "####...."

"""Act 7: what visitors meet is counted truly, and what the audience sees of a canary is what ECS and CloudWatch say."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from pilotage.measure import Judged, Measure
from pilotage.target import Target
from pilotage.usecases.sights import Sight
from pilotage_cli.demo import canary, page
from pilotage_cli.demo.canary import Scene
from pilotage_cli.demo.page import NoPage
from pilotage_cli.demo.visitors import Seen, Visitors, met
from rich.console import Console

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ERRORS = Measure(
    check="errors",
    at=NOW,
    stage="shifts",
    judged=Judged.WRONG,
    value=38.0,
    bound="at most 5 %",
    traffic=20.0,
    sentence="errors is 38 %, at most 5 % is right",
    limit=5.0,
)
SIGHT = Sight(
    "r7", Target("dev", "cats"), "cats:v5", None, "traffic shifts", "waiting: 20 % of the traffic", traffic=20.0
)
SCENE = Scene(SIGHT, (ERRORS,), Seen(100, {"v4": 80, "v5": 12}, errors=8))


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"ok v4\n", "v4"),
        (200, b"<title>Cats v5</title>", "v5"),
        (200, b"another page", "lost"),
        (404, b"nothing here", "lost"),
        (500, b"the cats are in a mood\n", "errors"),
        (502, b"", "lost"),
        (503, b"", "lost"),
        (504, b"", "lost"),
        (None, b"", "lost"),
    ],
)
def test_what_a_visitor_met_is_named_for_what_it_was(status: int | None, body: bytes, expected: str) -> None:
    """A 502 of the load balancer is a lost request, a 500 of the task an error: the image's fault."""
    assert met(status, body) == expected


def test_visitors_count_everything_and_leave_by_themselves() -> None:
    """A thread that nobody ends must end; one that is sent home must have stopped asking."""
    answers = [(200, b"ok v4"), (500, b""), (None, b"")] * 10
    all_asked = threading.Event()

    def asks(_url: str) -> tuple[int | None, bytes]:
        answer = answers.pop()
        if not answers:
            all_asked.set()
        return answer

    with Visitors("http://cats/", asks, pause=0, at_most=30) as visitors:
        assert all_asked.wait(10)
    assert visitors.seen == Seen(30, {"v4": 10}, errors=10, lost=10)
    assert str(visitors.seen) == "30 requests: answered 10 by v4; 10 errors, 10 lost"


def test_visitors_who_are_sent_home_ask_no_more() -> None:
    """The next act must not be met by the visitors of this one."""
    asked: list[str] = []

    def asks(url: str) -> tuple[int | None, bytes]:
        asked.append(url)
        return 200, b"ok v4"

    with Visitors("http://cats/", asks, pause=60):
        pass
    assert len(asked) == 1
    assert not any(thread.name == "visitors" for thread in threading.enumerate())


def answering(answers: Sequence[tuple[int | None, bytes]]) -> page.Asks:
    """These in their order, the last one for ever."""
    left = list(answers)
    return lambda _url: left.pop(0) if len(left) > 1 else left[0]


V4, V5, CATS = (200, b"ok v4"), (200, b"ok v5"), (200, b"<title>Cats v4</title><svg>")


@pytest.mark.parametrize("answers", [[V4], [V5, V4], [V4, V4, V4, V4, V5, V4], [(503, b""), V4]])
def test_the_page_is_there_once_everybody_gets_it(answers: Sequence[tuple[int | None, bytes]]) -> None:
    """After a rollback, four old pages and a new one are no rollback."""
    assert page.fetch("http://cats", "v4", drawn=False, asks=answering(answers), pause=0) == "http://cats/"


@pytest.mark.parametrize(
    ("answers", "drawn"), [([V5], False), ([V4, V5] * 200, False), ([V4], True), ([(503, b"")], False)]
)
def test_another_page_is_told_with_what_answered(answers: Sequence[tuple[int | None, bytes]], *, drawn: bool) -> None:
    """A mixture of versions, or a page without cats where there are real ones, is not the page."""
    with pytest.raises(NoPage, match="does not show v4"):
        page.fetch("http://cats", "v4", drawn=drawn, asks=answering(answers), pause=0)


def test_the_real_page_has_its_cats() -> None:
    """What a browser would draw."""
    assert page.fetch("http://cats", "v4", drawn=True, asks=answering([CATS]), pause=0)


def picture(scene: Scene) -> list[str]:
    console = Console(width=80, file=StringIO(), record=True)
    console.print(canary.drawn(scene, "v5", "v4"))
    return console.export_text().splitlines()


def test_the_picture_shows_share_number_bound_and_visitors() -> None:
    """One look says who gets what, what is measured, and what would be right."""
    state, traffic, errors, visitors = picture(SCENE)
    assert "traffic shifts" in state
    assert "v4 80 %" in traffic
    assert "20 % v5" in traffic
    assert traffic.count("#") * 4 == traffic.count("=") == 32
    assert "38" in errors
    assert "at most 5 %: wrong" in errors
    assert errors.index("|") < errors.rindex("#")
    assert "100 requests: answered 80 by v4, 12 by v5; 8 errors, 0 lost" in " ".join(visitors.split())


def test_the_picture_stands_before_anything_was_measured() -> None:
    """The first look comes before the deployment, the plan and the numbers."""
    nothing = replace(ERRORS, value=None, judged=Judged.NO_DATA, traffic=None)
    before = replace(SCENE, sight=replace(SIGHT, traffic=None), measures=(nothing,), seen=Seen())
    drawn = picture(before)
    assert "v4 100 %" in drawn[1]
    assert drawn[2].split() == ["errors", "at", "most", "5", "%:", "no", "data"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"value": 0.0}, "at most 5 %: right"),
        ({"value": 5.0}, "at most 5 %: right"),
        ({"value": 57.1}, "at most 5 %: not for long enough yet"),
        ({"value": 1.0, "limit": 3.0, "least": True, "bound": "at least 3"}, "at least 3: not for long enough yet"),
    ],
)
def test_a_number_beyond_its_bound_is_not_called_right(changes: dict[str, Any], words: str) -> None:
    """ECS waits for as many minutes in a row as the check says; a bar beyond its mark that is `right` confuses."""
    _, _, errors, _ = picture(replace(SCENE, measures=(replace(ERRORS, judged=Judged.RIGHT, **changes),)))
    assert words in errors


def test_a_phase_that_is_its_own_reason_is_said_once() -> None:
    """As long as ECS lists nothing there is nothing else to say."""
    waiting = replace(SIGHT, phase="ECS does not list it yet", reason="waiting: ECS does not list it yet")
    assert picture(replace(SCENE, sight=waiting))[0] == "waiting: ECS does not list it yet"


def test_a_log_gets_a_line_when_something_changed_and_not_for_each_visitor() -> None:
    """CI's log shows share and number, once for each value."""
    assert str(SCENE) == "traffic shifts; 20 % of the traffic; errors is 38 %, at most 5 % is right"
    assert str(replace(SCENE, seen=Seen(101))) == str(SCENE)
    assert str(Scene(replace(SIGHT, traffic=None), (ERRORS,), Seen())) == "traffic shifts"

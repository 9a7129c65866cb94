"""Three kinds of listeners: none of them keeps news from another, and what failed comes again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from fakes.samples import CATS
from pilotage.errors import BadRequest, BadSettings, NotFound, PilotageError, Throttled
from pilotage.usecases.news.tell_everybody import Everybody

pytestmark = pytest.mark.disable_socket

EVENT = {"detail-type": "Release Succeeded"}


def everybody(
    teller: Any = ("card",), mirror: Any = "success", signer: Any = True, *, whole: Any = None, asks: bool = False
) -> tuple[Everybody, list[str]]:
    """Each says this, or raises it; the list is who was asked. `whole`: what the release is a part of."""
    asked: list[str] = []

    def saying(name: str, answer: Any) -> Any:
        def say(*_what: Any) -> Any:
            asked.append(name)
            if isinstance(answer, PilotageError):
                raise answer
            return answer

        return say

    listeners: Any = (
        SimpleNamespace(
            tell=saying("people", list(teller) if isinstance(teller, tuple) else teller),
            whole_of=lambda *_: whole,
            asks=lambda *_: asks,
        ),
        SimpleNamespace(show=saying("github", mirror)),
        SimpleNamespace(tell=saying("subscriber", signer)),
    )
    return Everybody(*listeners), asked


def test_all_are_told() -> None:
    """The log says who was."""
    told, _ = everybody()
    assert told.tell(EVENT, CATS, "r1") == ["card", "github: success", "webhook"]


@pytest.mark.parametrize(("asks", "cards"), [(False, 1), (True, 2)])
def test_one_of_several_services_is_shown_with_all_of_them(asks: bool, cards: int) -> None:
    """One card for one push; where people were asked about a part of it, they answer on a card of its own."""
    told, asked = everybody(whole=(CATS, "r0"), asks=asks)
    told.tell(EVENT, CATS, "r1")
    assert asked == ["people"] * cards + ["github", "subscriber"]


def test_who_has_nothing_to_hear_is_not_named() -> None:
    """A log line for each that there is not would hide those that there are."""
    told, _ = everybody(teller=(), mirror=None, signer=False)
    assert told.tell(EVENT, CATS, "r1") == []


@pytest.mark.parametrize("broken", [{"teller": Throttled("slack")}, {"mirror": Throttled("github")}])
def test_nobody_waits_for_another(broken: dict[str, Any]) -> None:
    """The subscriber hears of a release while Slack is away; and Slack later."""
    told, asked = everybody(**broken)
    with pytest.raises(Throttled):
        told.tell(EVENT, CATS, "r1")
    assert asked == ["people", "github", "subscriber"]


def test_what_is_worth_another_try_is_what_is_raised() -> None:
    """Else Lambda would still try again, but the log would name the other trouble alone."""
    told, _ = everybody(teller=BadSettings("secret slack", None, "Put it there."), signer=Throttled("events"))
    with pytest.raises(Throttled):
        told.tell(EVENT, CATS, "r1")


@pytest.mark.parametrize("error", [NotFound("no such repository"), BadRequest("commit", "4be1", "It is not there.")])
def test_a_repository_that_the_app_does_not_know_is_no_failure(error: PilotageError) -> None:
    """Whoever builds the image writes the label: it must not fill the queue of failures."""
    told, _ = everybody(mirror=error)
    assert told.tell(EVENT, CATS, "r1") == ["card", f"not mirrored: {error}", "webhook"]

"""The port Room over a Teams workflow's URL."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
import urllib3
from fakes.card_states import SCENES
from fakes.secrets import FakeSecrets
from pilotage.chat.teams_cards import card_message
from pilotage.chat.teams_room import TeamsRoom
from pilotage.errors import BadRequest, BadSettings, Throttled, Unavailable

URL = "https://prod-00.westeurope.logic.example/workflows/0/triggers/manual/paths/invoke?sig=not-a-secret"


@dataclass
class Answer:
    status: int


@dataclass
class Pool:
    """As much of urllib3's PoolManager as is used."""

    status: int = 202
    failing: Exception | None = None
    sent: list[dict[str, Any]] = field(default_factory=list)

    def request(self, method: str, url: str, **named: Any) -> Answer:
        if self.failing is not None:
            raise self.failing
        self.sent.append({"method": method, "url": url, **named})
        return Answer(self.status)


def room(pool: Pool, url: object = URL) -> TeamsRoom:
    return TeamsRoom(FakeSecrets({"teams": {"workflow_url": url}}), pool)  # type: ignore[arg-type]


def test_a_card_goes_to_the_workflow_as_it_is() -> None:
    """No redirect is followed: the URL is the key, and whoever leads elsewhere would get it."""
    pool, body = Pool(), card_message(SCENES["waiting"].card)
    message = room(pool).post("workflow", body)
    [sent] = pool.sent
    assert (sent["method"], sent["url"], sent["redirect"]) == ("POST", URL, False)
    assert json.loads(sent["body"]) == body
    assert len(message) == 32


def test_an_update_is_a_message_of_its_own() -> None:
    """A workflow changes none."""
    pool = Pool()
    room(pool).update("workflow", "x", {"type": "message"})
    assert len(pool.sent) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (429, Throttled),
        (500, Unavailable),
        (502, Unavailable),
        (302, BadSettings),
        (400, BadSettings),
        (401, BadSettings),
        (404, BadSettings),
    ],
)
def test_what_it_answers_is_told_without_the_url(status: int, error: type[Exception]) -> None:
    """Whoever reads the log could post with it."""
    with pytest.raises(error) as raised:
        room(Pool(status)).post("workflow", {})
    assert "logic.example" not in str(raised.value)


def test_nobody_there_is_worth_another_try() -> None:
    """urllib3's own words name the URL: they stay out of ours."""
    failing = urllib3.exceptions.MaxRetryError(None, URL)  # type: ignore[arg-type]
    with pytest.raises(Unavailable) as raised:
        room(Pool(failing=failing)).post("workflow", {})
    assert "logic.example" not in str(raised.value)
    assert raised.value.__suppress_context__


@pytest.mark.parametrize("url", ["http://logic.example/x", "", None, 7])
def test_only_https_will_do(url: object) -> None:
    """The URL is a key: it is sent to nobody in the clear."""
    pool = Pool()
    with pytest.raises(BadSettings, match="workflow_url"):
        room(pool, url).post("workflow", {})
    assert pool.sent == []


def test_a_single_person_cannot_be_told() -> None:
    """Teams answers in the response to a mention."""
    with pytest.raises(BadRequest):
        room(Pool()).whisper("workflow", "somebody", "no")


def test_without_a_secret_it_is_told_where_it_belongs() -> None:
    """The first minute of every set-up."""
    with pytest.raises(BadSettings, match=r"docs/chat\.md"):
        TeamsRoom(FakeSecrets()).post("workflow", {})

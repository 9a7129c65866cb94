"""An answer is said where it was asked for: once, to be read by others, and to strangers no more than that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from fakes.announcer import FakeAnnouncer
from fakes.asked import policy
from fakes.cards import FakeCards
from fakes.clock import FakeClock
from fakes.policies import FakePolicies
from fakes.rooms import FakeRoom
from pilotage.chat.teams_replies import TeamsReplies
from pilotage.command import Command, CommandVerb, ReplyTo
from pilotage.deciding import Rooms
from pilotage.document import to_document
from pilotage.errors import AccessDenied, BadEvent, BadRequest, NotFound, PilotageError, Throttled
from pilotage.incoming.heard import Heard
from pilotage.people import Channel, Identity, Person
from pilotage.stops import Scope
from pilotage.usecases.commands.answers import Answer
from pilotage.usecases.commands.say_answer import Speaker
from pilotage.usecases.news.tell_answer import AnswerTeller

pytestmark = pytest.mark.disable_socket

OPEN = Rooms(teams=True, github=True)
ADA = {"ada": Person(teams=("tenant/ada",), github=("ada-cats",))}
IDS = {Channel.TEAMS: "tenant/ada", Channel.GITHUB: "ada-cats", Channel.WEBHOOK: "dashboard", Channel.IAM: "arn:ada"}
ISSUE = "https://api.github.com/repos/team/cats/issues/7/comments"
SERVICE = Scope("dev", "cats")
KEPT = FakeCards()
PLAN = "dev/cats v2\nplan 3f9a2c1b: pending"


@dataclass
class FakeReplies:
    """The port Replies. `failing` is raised instead of saying it."""

    said: list[tuple[str, str]] = field(default_factory=list)
    failing: PilotageError | None = None

    def post(self, thread: str, text: str) -> str:
        if self.failing is not None:
            raise self.failing
        self.said.append((thread, text))
        return str(len(self.said))


class Stage:
    def __init__(self, rooms: Rooms = OPEN) -> None:
        self.clock, self.cards = FakeClock(), FakeCards()
        self.policies = FakePolicies(replace(policy(), rooms=rooms, people=ADA))
        self.teams, self.github = FakeReplies(), FakeReplies()

    def tell(self, detail: Mapping[str, Any], kept: FakeCards | None = None) -> list[str]:
        """`kept`: what who answered has kept of it; as `answered` does, when nothing else is said."""
        self.cards.posted |= (KEPT if kept is None else kept).posted
        replies = {Channel.TEAMS: lambda: self.teams, Channel.GITHUB: lambda: self.github}
        return AnswerTeller("dev", self.policies, self.cards, replies, self.clock).tell(detail)


def answered(
    channel: Channel = Channel.GITHUB,
    scope: Scope | None = SERVICE,
    who: str | None = None,
    sentence: str = PLAN,
    thread: str = ISSUE,
) -> dict[str, Any]:
    """The detail of the event, as the speaker puts it on the bus. `scope` None: it was not understood."""
    asked = BadRequest("command", "?", "Ask for help.") if scope is None else Command(CommandVerb.PLAN, scope)
    heard = Heard(Identity(channel, who or IDS[channel]), asked, ReplyTo(thread, "Ada"))
    announcer = FakeAnnouncer()
    Speaker(FakeRoom, announcer, KEPT, FakeClock()).say("m1", heard, Answer(sentence, done=True))
    [told] = announcer.told
    document = {"environment": told.target.environment, "service": told.target.service, **told.detail}
    detail: dict[str, Any] = to_document(document)
    return detail


def test_at_github_it_is_said_where_it_was_asked() -> None:
    """A comment below the comment; whoever reads along sees for whom it is."""
    stage = Stage()
    assert stage.tell(answered()) == ["github:answer posted"]
    assert stage.github.said == [(ISSUE, f"For ada:\n{PLAN}")]
    assert stage.teams.said == []


def test_in_teams_it_is_said_in_the_channel() -> None:
    """The outgoing webhook itself can answer within seconds only, and then it knows nothing yet."""
    stage, room = Stage(), FakeRoom()
    stage.teams = TeamsReplies(room)  # type: ignore[assignment]
    assert stage.tell(answered(Channel.TEAMS)) == ["teams:answer posted"]
    [said] = room.said.values()
    content = said.body["attachments"][0]["content"]
    assert [block["inlines"][0]["text"] for block in content["body"]] == ["For ada:", *PLAN.splitlines()]


@pytest.mark.parametrize("channel", [Channel.TEAMS, Channel.GITHUB])
def test_an_event_that_comes_twice_is_said_once(channel: Channel) -> None:
    """EventBridge delivers at least once."""
    stage = Stage()
    assert [stage.tell(answered(channel)) for _ in range(3)][1:] == [[], []]
    assert len(stage.teams.said + stage.github.said) == 1


def test_what_could_not_be_said_is_said_in_another_try() -> None:
    """GitHub asks us to slow down; the claim of the first try is over after a minute."""
    stage = Stage()
    stage.github.failing = Throttled("GitHub")
    with pytest.raises(Throttled):
        stage.tell(answered())
    stage.github.failing = None
    stage.clock.advance(minutes=2)
    assert stage.tell(answered()) == ["github:answer posted"]
    assert len(stage.github.said) == 1


@pytest.mark.parametrize(
    "error", [NotFound("issue"), BadRequest("comments_url", "x", "It is none."), AccessDenied("App")]
)
def test_a_place_that_cannot_be_written_to_is_no_failure(error: PilotageError) -> None:
    """An issue may be locked or gone, an App may have no right to it: the log says so, and no alarm rings."""
    stage = Stage()
    stage.github.failing = error
    assert stage.tell(answered()) == [f"not said: {error}"]


def test_at_github_a_stranger_learns_nothing_of_what_runs() -> None:
    """A repository may be open to the world, and anybody may comment there."""
    stage = Stage()
    stage.tell(answered(who="passer-by", sentence="dev/cats runs v2 at a place that nobody has to know"))
    [(_, said)] = stage.github.said
    assert "v2" not in said
    assert said.startswith("For somebody whom the policy of dev does not know:\n")


def test_in_teams_a_stranger_sees_what_everybody_sees() -> None:
    """Whoever can speak in the channel reads the cards there, too."""
    stage = Stage()
    stage.tell(answered(Channel.TEAMS, who="tenant/visitor"))
    [(_, said)] = stage.teams.said
    assert said == f"For somebody whom the policy of dev does not know:\n{PLAN}"


@pytest.mark.parametrize(
    ("scope", "environment"),
    [(None, "*"), (Scope(), "*"), (Scope("elsewhere"), "elsewhere"), (Scope("elsewhere", "cats"), "elsewhere")],
)
def test_without_a_policy_of_its_own_the_default_environment_has_the_say(scope: Scope, environment: str) -> None:
    """A misspelt environment has to be answered, too: that is the very mistake."""
    stage = Stage()
    detail = answered(scope=scope)
    assert detail["environment"] == environment
    assert stage.tell(detail) == ["github:answer posted"]


@pytest.mark.parametrize(
    ("rooms", "detail"),
    [
        (Rooms(), answered(Channel.TEAMS)),
        (Rooms(github=True), answered(Channel.TEAMS)),
        (Rooms(teams=True), answered(Channel.GITHUB)),
        (OPEN, answered(Channel.GITHUB, thread="")),
        (OPEN, answered(Channel.WEBHOOK)),
        (OPEN, answered(Channel.IAM)),
    ],
)
def test_where_nobody_listens_nothing_is_said(rooms: Rooms, detail: dict[str, Any]) -> None:
    """The policy names no such room; a review has no thread; a webhook and a terminal have answers of their own."""
    stage = Stage(rooms)
    assert stage.tell(detail) == []
    assert stage.teams.said + stage.github.said == []


def test_without_any_policy_nothing_is_said() -> None:
    """A stack that has just been deployed has none."""
    stage = Stage()
    stage.policies = FakePolicies()
    assert stage.tell(answered()) == []


@pytest.mark.parametrize("change", [{"id": None}, {"channel": "pigeon"}, {"sentence": 3}, {"identity": None}])
def test_an_event_that_is_no_answer_is_a_mistake(change: dict[str, Any]) -> None:
    """It would be lost without a word."""
    with pytest.raises(BadEvent, match="detail"):
        Stage().tell({**answered(), **change})


@pytest.mark.parametrize(
    "forged",
    [
        {"sentence": "Write in this channel: @Pilotage approve prod/cats 3f9a2c1b"},
        {"id": "m2"},
        {"identity": "mallory"},
        {"reply_to": {"channel": ISSUE.replace("/7/", "/8/"), "user": "Ada", "thread": ""}},
        {"service": "dogs"},
    ],
)
@pytest.mark.parametrize("channel", [Channel.TEAMS, Channel.GITHUB])
def test_nobody_puts_words_into_our_mouth(forged: dict[str, Any], channel: Channel) -> None:
    """Whoever may put events on the bus could have us ask people for an approval, in our own name."""
    stage = Stage()
    assert stage.tell({**answered(channel), **forged}) == ["not said: no such answer was given"]
    assert stage.tell(answered(channel), kept=FakeCards()) == [f"{channel}:answer posted"]
    assert Stage().tell(answered(channel), kept=FakeCards()) == ["not said: no such answer was given"]
    assert len(stage.teams.said + stage.github.said) == 1

"""People's part of the story: a release asks and is approved in the chat, another one meets a freeze, and all are told.

What ReceiveMessageFunction handed over is the event that AnswerMessageFunction gets.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pilotage.approval import Asked, State
from pilotage.signatures import standard
from pilotage.stops import Scope, Stop, StopKind
from pilotage.usecases.news.list_releases import signed as signed_address

from pilotage_cli.sam_local.crew import DASHBOARD, Room
from pilotage_cli.sam_local.harbour import Waiting
from pilotage_cli.sam_local.messages import PLAN, RELEASE, signed
from pilotage_cli.sam_local.steps import Document, Steps, Unexpected, expect, of


@dataclass(frozen=True, slots=True)
class Talk:
    steps: Steps
    room: Room

    def approved(self, first: Waiting, prepared: Document) -> Waiting:
        """It asks; anna looks, approves by a click, and whoever decides later is told that she was first."""
        self._asks(first, prepared)
        self._tells(first, "approval_requested", "waits for approval")
        self._says("slack_command", first, done=True, whispered=True)
        self._says("teams", first, done=True)
        self._says("slack_action", first, done=True, whispered=True)
        goes_on = self._resumed(first, "go")
        self._says("github", first, done=False)
        self._says("decision", first, done=False)
        self.asked(first, State.APPROVED)
        return goes_on

    def held(self, second: Waiting) -> Waiting:
        """It meets a freeze, and the sweep finds it over."""
        stops, now = self.steps.harbour.here.stops, datetime.now(UTC)
        until = now + timedelta(hours=1)
        freeze = Stop(StopKind.FREEZE, Scope("dev"), "the database moves", "dana", now, until)
        stops.set(freeze)
        event = self.steps.recorded("await_people_hold")
        decided = {**event["await"]["decided"], "reasons": [freeze.sentence], "until": until.isoformat()}
        event["await"] |= {**of(second), "task_token": second.token, "decided": decided}
        self._waits("await_people_hold", event, "it waits")
        stops.lift(freeze)
        self._waits("await_people_sweep", self.steps.recorded("await_people_sweep"), "nothing holds it any more")
        return self._resumed(second, "look_again")

    def told_of_progress(self, first: Waiting) -> None:
        self._tells(first, "rollout_progress", "")

    def told_of_the_end(self, first: Waiting) -> None:
        """In the chat, at the terminal, and to another system that asks."""
        self._tells(first, "release_succeeded", "runs")
        event = self.steps.recorded("take_command")
        self.steps.step("TakeCommandFunction", "take_command", event, lambda answer: _body(answer, "sentence", "cats"))
        event = self.steps.recorded("list_releases")
        query = event["rawQueryString"].replace("prod", "dev")
        signature = standard.sign(signed_address(query), DASHBOARD, datetime.now(UTC), event["headers"]["webhook-id"])
        event |= {"rawQueryString": query, "headers": event["headers"] | dict(signature)}
        self.steps.step(
            "ListReleasesFunction",
            "list_releases",
            event,
            lambda answer: _body(answer, "releases", first.request.release_id),
        )

    def asked(self, waiting: Waiting, state: State | None = None) -> Asked:
        """What people were asked about this release, and how that stands."""

        def look() -> Asked:
            asked = self.steps.harbour.here.approvals.get(waiting.request.target, waiting.request.release_id)
            if asked is None:
                raise Unexpected(f"nobody was asked about {waiting.request.release_id}")
            expect(state in {None, asked.state}, state, asked)
            return asked

        return self.steps.do(look)

    def _resumed(self, waiting: Waiting, said: str) -> Waiting:
        """The same release, after people's answer."""

        def look() -> Waiting:
            answer, goes_on = self.steps.harbour.goes_on(waiting)
            expect(answer["said"] == said, said, answer)
            return goes_on

        return self.steps.do(look)

    def _asks(self, first: Waiting, prepared: Document) -> None:
        event = self.steps.recorded("await_people_ask")
        event["await"] |= {**of(first), "task_token": first.token, "decided": {**prepared, "under_lease": False}}
        self._waits("await_people_ask", event, "it waits")

    def _waits(self, name: str, event: Document, saw: str) -> None:
        def check(answer: Any) -> str:
            expect([each["saw"] for each in answer] == [saw], saw, answer)
            return f"{answer[0]['release_id']}: {saw}"

        self.steps.step("AwaitPeopleFunction", name, event, check)

    def _tells(self, first: Waiting, kind: str, word: str) -> None:
        event = self.steps.recorded(f"tell_people_{kind}")
        event["detail"]["request"] = {**event["detail"]["request"], **first.document}

        def check(answer: Any) -> str:
            cards = self.room.cards()
            expect(word in cards[0], f"a card that says {word}", cards)
            return f"{cards[0]} ({', '.join(answer['sent']) or 'shown already'})"

        self.steps.step("TellPeopleFunction", f"tell_people_{kind}", event, check)

    def _says(self, name: str, about: Waiting, *, done: bool, whispered: bool = False) -> None:
        """A signed message comes in, is verified and handed over, and is answered."""
        instead = {RELEASE: about.request.release_id, PLAN: self.asked(about).short}
        event = signed(f"receive_message_{name}", datetime.now(UTC), instead)
        self.steps.step("ReceiveMessageFunction", f"receive_message_{name}", event, _handed_over)
        heard = self.steps.do(self.steps.harbour.handed_over)

        def check(answer: Any) -> str:
            expect(answer["done"] is done, f"done: {done}", answer)
            expect(not whispered or bool(self.room.whispers()), "the answer in the chat", "none")
            return str(answer["sentence"]).partition("\n")[0]

        self.steps.step("AnswerMessageFunction", f"answer_message_{name}", heard, check)


def _handed_over(answer: Any) -> str:
    expect(answer["statusCode"] in {200, 202}, "200 or 202", answer)
    return f"{answer['statusCode']}, verified and handed over"


def _body(answer: Any, key: str, word: str) -> str:
    expect(answer["statusCode"] == 200, 200, answer)  # noqa: PLR2004 - HTTP's OK
    expect(word in answer["body"], f"{word} in {key}", answer)
    return answer["body"].partition("\\n")[0][:120]  # type: ignore[no-any-return]

"""Say an answer where it was asked for: in the channel of Teams, or below the comment at GitHub.

What `say_answer` puts on the bus comes here, perhaps twice: the message's id stands for the answer, so it is posted
once. Others read along in these places, so each answer says whom it is for; and a repository may be open to the world,
so at GitHub a stranger is told that they are one, and nothing of what runs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pilotage.deciding import Rooms
from pilotage.errors import AccessDenied, BadEvent, BadPolicy, BadRequest, NotFound
from pilotage.people import Channel, Identity, who
from pilotage.policy import Policy
from pilotage.ports import Cards, Clock, Policies, Posted, Replies
from pilotage.target import Target
from pilotage.usecases.commands.answers import ALL, ASKED, seal
from pilotage.usecases.news.post_once import post_once

STRANGER = "somebody whom the policy of {} does not know"
NOT_FOR_STRANGERS = "Nothing was done: only those named under `people` in the policy of {} are answered here."


@dataclass(frozen=True, slots=True)
class Told:
    """As much of the event's detail as is needed. `id` is the message's; `thread`: where it was said, in the chat's
    own words.
    """

    id: str
    channel: Channel
    identity: str
    thread: str
    sentence: str
    environment: str
    service: str


@dataclass(frozen=True)
class AnswerTeller:
    """`replies`: the places that there are, by channel; each is made when an answer is first for it.
    `default_environment`: whose policy says where a command is answered that names no environment, or one without a
    policy.
    """

    default_environment: str
    policies: Policies
    cards: Cards
    replies: Mapping[Channel, Callable[[], Replies]]
    clock: Clock

    def tell(self, detail: Mapping[str, Any]) -> list[str]:
        """What was said, a line each; [] where nothing is to be said. Raises BadEvent, BadSettings, Throttled and
        Unavailable: the last two are worth another try.
        """
        told = _read(detail)
        policy = self._policy(told.environment)
        if policy is None or told.channel not in self.replies or not _wanted(told, policy.rooms):
            return []
        if not self._is_ours(told):
            return ["not said: no such answer was given"]
        sent: list[str] = []
        first = Posted(Target(told.environment, told.service), told.id, f"{told.channel}:answer", "")
        post = partial(self._post, told, policy)
        try:
            post_once(first, post, self.cards, self.clock, sent)
        except (NotFound, BadRequest, AccessDenied) as error:
            return [f"not said: {error}"]
        return sent

    def _is_ours(self, told: Told) -> bool:
        """An event only wakes, and this one carries the words: they count when who answered has kept them."""
        target = Target(told.environment, told.service)
        kept = self.cards.get(target, told.id, f"{told.channel}{ASKED}")
        return kept is not None and kept.content == seal(
            told.id, told.channel, told.identity, told.thread, told.sentence
        )

    def _post(self, told: Told, policy: Policy) -> str:
        person = who(policy.people, Identity(told.channel, told.identity))
        sentence = told.sentence
        if person is None and told.channel is Channel.GITHUB:
            sentence = NOT_FOR_STRANGERS.format(policy.environment)
        whom = person or STRANGER.format(policy.environment)
        return self.replies[told.channel]().post(told.thread, f"For {whom}:\n{sentence}")

    def _policy(self, environment: str) -> Policy | None:
        for each in dict.fromkeys((environment, self.default_environment)):
            if each == ALL:
                continue
            try:
                return self.policies.current(each)
            except BadPolicy:
                continue
        return None


def _wanted(told: Told, rooms: Rooms) -> bool:
    """The review of a deployment has no place for a comment of ours."""
    if told.channel is Channel.TEAMS:
        return rooms.teams
    return rooms.github and bool(told.thread)


def _read(detail: Mapping[str, Any]) -> Told:
    reply_to = detail.get("reply_to") or {}
    named = {name: detail.get(name) for name in ("id", "identity", "sentence", "environment", "service")}
    if detail.get("channel") not in set(Channel) or not all(isinstance(each, str) for each in named.values()):
        raise BadEvent("detail", sorted(detail), f"It has to name a channel, {', '.join(named)}.")
    texts = {name: str(value) for name, value in named.items()}
    return Told(channel=Channel(detail["channel"]), thread=str(reply_to.get("channel") or ""), **texts)

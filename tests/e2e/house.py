"""An environment in which people decide: a channel of its own in the chat, and whatever they send, signed for real."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import urllib3
from e2e.account import Account, until
from e2e.team import Pushed, Team
from pilotage.approval import Asked
from pilotage.signatures import standard
from pilotage_local.chat import Channel, Person
from pilotage_local.chat.payloads import Click, command, interaction
from pilotage_local.chat.sending import headers
from pilotage_local.stack import child_environment

Message = dict[str, Any]
_NOWHERE = "https://chat.invalid/answer"
_COMMAND_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Sent:
    """A signed request, as it went to the API: the same bytes can be sent again."""

    path: str
    body: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Typed:
    """What the command line said."""

    code: int
    said: str


class House:
    """`when` people are asked; the first two people of the chat decide, one of them is enough. `more` of the policy."""

    def __init__(self, account: Account, environment: str, when: str = "never", **more: Any) -> None:
        self.account, self.environment = account, environment
        self._workspace = account.home.chat.workspace
        self.pusher, self.keeper, self.visitor = self._workspace.people
        channel = self._workspace.channel(environment)
        assert channel is not None, f"e2e.account.CHANNELS has no {environment}"
        self.channel: Channel = channel
        self._http = urllib3.PoolManager(retries=False, timeout=60.0, maxsize=4)
        self._speaking = threading.Lock()
        policy = account.policy
        rules = {"when": when, "rule": policy["approval"]["rule"], **more.pop("approval", {})}
        rooms = {**policy["rooms"], "slack": channel.id}
        account.put_policy(environment, more.pop("rollout", {}), **{"approval": rules, "rooms": rooms, **more})

    def team(self, repository: str) -> Team:
        return Team(self.account, repository, self.environment)

    # What people see

    def card(self, team: Team, pushed: Pushed, says: str, channel: str | None = None) -> Message:
        """The card of that release, once its headline says so."""

        def shown() -> Message | None:
            return next((each for each in self.cards(team, pushed, channel) if says in each["text"]), None)

        return until(shown, f"card of {team.service}:{pushed.tag} that says {says!r}")

    def cards(self, team: Team, pushed: Pushed, channel: str | None = None) -> list[Message]:
        """Every message at the top of the channel that shows the release."""
        ids = [record.request.release_id for record in team.of(pushed)]
        seen = self._chat("conversations.history", channel=channel or self.channel.id)["messages"]
        return [each for each in seen if any(one in json.dumps(each) for one in ids)]

    def thread(self, card: Message) -> list[str]:
        replies = self._chat("conversations.replies", channel=self.channel.id, ts=card["ts"])["messages"]
        return [reply["text"] for reply in replies[1:]]

    def pages(self) -> list[str]:
        messages = self._chat("conversations.history", channel=self._workspace.channels[-1].id)["messages"]
        return [message["text"] for message in messages if f"{self.environment}/" in message["text"]]

    def heard(self, person: Person) -> list[str]:
        """What Pilotage told that person alone, here."""
        view = self._http.request("GET", f"{self.account.home.chat.url}/_chat/view", fields={"as": person.id}).json()
        (here,) = (channel for channel in view["channels"] if channel["id"] == self.channel.id)
        return [_text(message["spans"]) for message in here["messages"] if message["private"]]

    def asked(self, team: Team, pushed: Pushed) -> Asked:
        """The question about the newest release of this push, once it is asked."""

        def found() -> Asked | None:
            records = team.of(pushed)
            return self.account.world.approvals.get(team.target, records[0].request.release_id) if records else None

        return until(found, f"question about {team.service}:{pushed.tag}")

    def held(self, team: Team, pushed: Pushed) -> str:
        """What the release waits for."""
        return until(lambda: next((one.waits_for for one in team.of(pushed)), None), f"wait of {pushed.tag}")

    # What people do in the chat

    def press(self, person: Person, card: Message, button: str, reason: str | None = None) -> Sent:
        """The signed request of Slack for a click on a button, and a reason typed beside it."""
        (block,) = [b for b in card["blocks"] for e in b.get("elements", ()) if e.get("action_id") == button]
        inputs = [b["block_id"] for b in card["blocks"] if b["type"] == "input"]
        values = {name: {"reason_typed": reason} for name in inputs} if reason is not None else {}
        done = Click(person, self.channel, card, block["block_id"], button, values)
        at = f"{time.time():.6f}"
        return self._signed("/slack/actions", interaction(self._workspace, done, _NOWHERE, at))

    def typed(self, person: Person, words: str) -> Sent:
        line = f"/pilotage {words}"
        return self._signed("/slack/commands", command(self._workspace, person, self.channel, line, _NOWHERE))

    def click(self, person: Person, card: Message, button: str, reason: str | None = None) -> str:
        return self.said(person, self.press(person, card, button, reason))

    def say(self, person: Person, words: str) -> str:
        return self.said(person, self.typed(person, words))

    def said(self, person: Person, sent: Sent) -> str:
        """Send it, and hear the answer."""
        with self._speaking:
            before = len(self.heard(person))
            assert self.send(sent) == 200, sent.path
            return until(lambda: self.heard(person)[before:], f"answer to {person.name} in {self.environment}")[0]

    def send(self, sent: Sent) -> int:
        url = f"{self.account.home.outputs['ApiUrl']}{sent.path}"
        return self._http.request("POST", url, body=sent.body.encode(), headers=dict(sent.headers)).status

    def _signed(self, path: str, body: str) -> Sent:
        return Sent(path, body, headers(self._workspace.signing_secret, body, time.time()))

    # What other systems and terminals do

    def webhook(self, path: str, sender: str, key: str, document: Mapping[str, Any]) -> Sent:
        body = json.dumps(document)
        proof = standard.sign(body.encode(), key, datetime.now(UTC), f"msg_{uuid.uuid4().hex}")
        return Sent(path, body, {"content-type": "application/json", "webhook-sender": sender, **proof})

    def question(self, query: str, sender: str, key: str) -> tuple[int, Any]:
        """A signed `GET /v1/releases`."""
        address = f"/v1/releases?{query}"
        proof = standard.sign(address.encode(), key, datetime.now(UTC), f"msg_{uuid.uuid4().hex}")
        url = f"{self.account.home.outputs['ApiUrl']}{address}"
        answer = self._http.request("GET", url, headers={"webhook-sender": sender, **proof})
        return answer.status, answer.json()

    def terminal(self, user: str, *words: str) -> Typed:
        """`pilotage WORDS` as an IAM user."""
        key = self.account.key_of(user)
        found = {
            **child_environment(self.account.endpoint),
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            "PATH": os.defpath,
        }
        ran = subprocess.run(  # noqa: S603 - our own command line
            [Path(sys.executable).with_name("pilotage"), *words],
            env=found,
            capture_output=True,
            text=True,
            check=False,
            timeout=_COMMAND_SECONDS,
        )
        return Typed(ran.returncode, " ".join((ran.stdout + ran.stderr).split()))

    def _chat(self, method: str, **fields: str) -> dict[str, Any]:
        bearer = {"authorization": f"Bearer {self._workspace.bot_token}"}
        url = f"{self.account.home.chat.api_url}{method}"
        answer: dict[str, Any] = self._http.request("GET", url, fields=fields, headers=bearer).json()
        assert answer["ok"], answer
        return answer


def _text(spans: Any) -> str:
    """The words of parsed text, whatever their style."""
    if isinstance(spans, str):
        return spans
    if isinstance(spans, dict):
        return "".join(_text(spans.get(key, "")) for key in ("text", "inside"))
    return "".join(_text(span) for span in spans)

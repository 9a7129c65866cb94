"""What happens when a person does something: a click, a command, a word. Failures are told to that person."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pilotage_local.chat import payloads
from pilotage_local.chat.messages import Message, Messages, Refused
from pilotage_local.chat.payloads import Click
from pilotage_local.chat.response_urls import Origin, ResponseUrls, respond
from pilotage_local.chat.sending import Answered, send
from pilotage_local.chat.workspace import COMMAND, Channel, Links, Person, read_links

_NO_LINKS = "The chat does not know where Pilotage listens: its stack has no output ApiUrl."
_REASONS = {
    "operation_timeout": "Pilotage did not answer within 3 seconds (operation_timeout).",
    "dispatch_failed": "Pilotage could not be reached (dispatch_failed).",
}


@dataclass(frozen=True, slots=True)
class Clicked:
    """What the page says of a click: one element of one message, and what stands in all inputs of that message."""

    ts: str
    block_id: str
    action_id: str
    values: dict[str, dict[str, str | None]]


@dataclass
class Conversation:
    """`links_file`: where the application listens; read at every click, since it may be deployed after the chat."""

    messages: Messages
    urls: ResponseUrls
    links_file: Path
    now: Callable[[], float]

    @property
    def links(self) -> Links | None:
        return read_links(self.links_file)

    async def click(self, person: Person, channel: Channel, clicked: Clicked) -> None:
        """Raises Refused with a sentence for the person."""
        message, ephemeral = self._clicked(person, channel, clicked.ts)
        done = Click(person, channel, message, clicked.block_id, clicked.action_id, clicked.values, ephemeral)
        url = self.urls.issue("actions", channel.id, person.id, message, ephemeral=ephemeral)
        form = payloads.interaction(self.messages.workspace, done, url, self.messages.stamp())
        links = self.links
        if links is None:
            raise Refused(_NO_LINKS)
        answer = await self._sent(links.actions_url, form)
        if answer.failure:
            raise Refused(_reason(answer.failure))

    async def say(self, person: Person, channel: Channel, text: str, thread: str | None) -> None:
        """A word to everybody, or a command to the application. Raises Refused."""
        word = text.partition(" ")[0]
        if not text.startswith("/"):
            self.messages.post(channel.id, text, None, thread, person.id)
        elif thread is not None:
            raise Refused("Slack takes no commands of applications in a thread. Write it in the channel.")
        elif word != COMMAND:
            self.messages.notice(channel.id, person.id, f"`{word}` is not a valid command.")
        else:
            await self._command(person, channel, text)

    async def _command(self, person: Person, channel: Channel, line: str) -> None:
        links = self.links
        if links is None:
            self.messages.notice(channel.id, person.id, _NO_LINKS)
            return
        url = self.urls.issue("commands", channel.id, person.id)
        answer = await self._sent(
            links.commands_url, payloads.command(self.messages.workspace, person, channel, line, url)
        )
        if answer.failure:
            self.messages.notice(channel.id, person.id, f"`{line}` failed. {_reason(answer.failure)}")
            return
        try:
            self._answer(person, channel, answer)
        except Refused as refused:
            why = " ".join((refused.error, *refused.messages))
            self.messages.notice(channel.id, person.id, f"`{line}` was answered with what Slack refuses: {why}")

    def _answer(self, person: Person, channel: Channel, answer: Answered) -> None:
        """A command may be answered at once: JSON as for a response URL, or plain text, or nothing."""
        if not answer.body.strip():
            return
        origin = Origin(channel.id, person.id, until=0)
        if "json" not in answer.content_type:
            respond(self.messages, origin, {"text": answer.body})
            return
        try:
            document = json.loads(answer.body)
        except json.JSONDecodeError as error:
            raise Refused("invalid_payload") from error
        if document:
            respond(self.messages, origin, document)

    def _clicked(self, person: Person, channel: Channel, ts: str) -> tuple[Message, bool]:
        whisper = self.messages.find_whisper(ts)
        if whisper is not None and (whisper.person, whisper.channel) == (person.id, channel.id):
            return whisper.message, True
        return self.messages.find(channel.id, ts), False

    async def _sent(self, url: str, form: str) -> Answered:
        secret = self.messages.workspace.signing_secret
        return await asyncio.to_thread(send, url, form, secret, self.now())


def _reason(failure: str) -> str:
    return _REASONS.get(failure, f"Pilotage refused it ({failure}).")

"""What has been said in the workspace, and the rules by which Slack lets an application say it.

Errors are Slack's own words, one per method page: https://docs.slack.dev/reference/methods/chat.postMessage,
chat.update, chat.postEphemeral, chat.delete, conversations.history, conversations.replies.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from pilotage_local.chat import blocks as block_kit
from pilotage_local.chat.workspace import APP_ID, BOT_ID, BOT_USER, Channel, Workspace

Message = dict[str, Any]  # as Slack's API returns one
_POST_LIMIT = 40_000  # characters, chat.postMessage
_UPDATE_LIMIT = 4_000  # characters, chat.update
_KEPT = 1_000  # messages of a channel; the oldest are forgotten
_SLACKBOT = "USLACKBOT"


class Refused(Exception):
    """Slack's word for why not, with what it adds in `response_metadata.messages`."""

    def __init__(self, error: str, *messages: str) -> None:
        super().__init__(error)
        self.error, self.messages = error, messages


@dataclass(frozen=True, slots=True)
class Whisper:
    """An ephemeral message: only one person sees it, no method reads or changes it."""

    channel: str
    person: str
    message: Message


@dataclass
class Messages:
    """`now` gives seconds since the epoch; `changed` is called after every change."""

    workspace: Workspace
    now: Callable[[], float]
    changed: Callable[[], None]
    said: dict[str, list[Message]] = field(default_factory=dict)  # by channel id, oldest first
    whispers: list[Whisper] = field(default_factory=list)
    _last: int = 0

    def channel(self, named: str) -> Channel:
        found = self.workspace.channel(named)
        if found is None:
            raise Refused("channel_not_found")
        return found

    def post(self, channel: str, text: str, blocks: Any, thread: str | None, user: str = BOT_USER) -> Message:
        """Raises Refused: no_text, msg_too_long, invalid_blocks, invalid_blocks_format, thread_not_found.

        The last is stricter than Slack, which takes a reply to anything: here it can only be a mistake.
        """
        message = self._written(text, blocks, user, _POST_LIMIT)
        place = self.said.setdefault(channel, [])
        if thread is not None:
            self._parent(channel, thread)
            message["thread_ts"] = thread
        place.append(message)
        del place[:-_KEPT]
        self.changed()
        return message

    def update(self, channel: str, ts: str, text: str | None, blocks: Any) -> Message:
        """Blocks that are not given stay, an empty list takes them away. Raises Refused: message_not_found,
        cant_update_message (a person's), msg_too_long and what `post` raises about blocks.
        """
        message = self.find(channel, ts)
        if message["user"] != BOT_USER:
            raise Refused("cant_update_message")
        kept = message.get("blocks") if blocks is None else blocks
        written = self._written(message["text"] if text is None else text, kept, BOT_USER, _UPDATE_LIMIT)
        message.pop("blocks", None)
        message.update({name: written[name] for name in ("text", "blocks") if name in written})
        message["edited"] = {"user": BOT_USER, "ts": written["ts"]}
        self.changed()
        return message

    def delete(self, channel: str, ts: str) -> None:
        """Raises Refused: message_not_found, cant_delete_message (a person's)."""
        message = self.find(channel, ts)
        if message["user"] != BOT_USER:
            raise Refused("cant_delete_message")
        self.said[channel].remove(message)
        self.changed()

    def whisper(self, channel: str, person: str, text: str, blocks: Any, thread: str | None = None) -> Message:
        """Raises Refused: user_not_in_channel and what `post` raises."""
        if self.workspace.person(person) is None:
            raise Refused("user_not_in_channel")
        message = {**self._written(text, blocks, BOT_USER, _POST_LIMIT), **({"thread_ts": thread} if thread else {})}
        self._whispered(Whisper(channel, person, message))
        return message

    def notice(self, channel: str, person: str, text: str) -> None:
        """What Slack itself tells one person, about a command that failed."""
        message = {"type": "message", "user": _SLACKBOT, "ts": self.stamp(), "text": text}
        self._whispered(Whisper(channel, person, message))

    def change_whisper(self, ts: str, text: str, blocks: Any) -> None:
        """Through a response URL only. Raises Refused."""
        old = self.find_whisper(ts)
        if old is None:
            raise Refused("message_not_found")
        written = self._written(text, blocks, BOT_USER, _POST_LIMIT)
        old.message.pop("blocks", None)
        old.message.update({name: written[name] for name in ("text", "blocks") if name in written})
        self.changed()

    def drop_whisper(self, ts: str) -> None:
        self.whispers = [whisper for whisper in self.whispers if whisper.message["ts"] != ts]
        self.changed()

    def find(self, channel: str, ts: str) -> Message:
        """Raises Refused: message_not_found."""
        for message in self.said.get(channel, ()):
            if message["ts"] == ts:
                return message
        raise Refused("message_not_found")

    def find_whisper(self, ts: str) -> Whisper | None:
        return next((whisper for whisper in self.whispers if whisper.message["ts"] == ts), None)

    def history(self, channel: str) -> list[Message]:
        """Newest first, replies left out."""
        return [self.counted(channel, m) for m in reversed(self.said.get(channel, ())) if "thread_ts" not in m]

    def replies(self, channel: str, ts: str) -> list[Message]:
        """The parent and its replies, oldest first. Raises Refused: thread_not_found."""
        return [self.counted(channel, self._parent(channel, ts)), *self._answers(channel, ts)]

    def counted(self, channel: str, message: Message) -> Message:
        """With what Slack says of its thread, when it has one."""
        answers = list(self._answers(channel, message["ts"]))
        if not answers:
            return message
        users = list(dict.fromkeys(answer["user"] for answer in answers))
        about = {"reply_count": len(answers), "reply_users": users, "latest_reply": answers[-1]["ts"]}
        return {**message, "thread_ts": message["ts"], **about}

    def stamp(self) -> str:
        """A `ts`, which names a message: no two are the same, and later ones are greater."""
        self._last = max(int(self.now() * 1_000_000), self._last + 1)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"

    def _parent(self, channel: str, ts: str) -> Message:
        found = next((m for m in self.said.get(channel, ()) if m["ts"] == ts and "thread_ts" not in m), None)
        if found is None:
            raise Refused("thread_not_found")
        return found

    def _answers(self, channel: str, ts: str) -> Iterator[Message]:
        return (message for message in self.said.get(channel, ()) if message.get("thread_ts") == ts)

    def _whispered(self, whisper: Whisper) -> None:
        self.whispers.append(whisper)
        del self.whispers[:-_KEPT]
        self.changed()

    def _written(self, text: str, blocks: Any, user: str, limit: int) -> Message:
        if not text and not blocks:
            raise Refused("no_text")
        if len(text) > limit:
            raise Refused("msg_too_long")
        message: Message = {"type": "message", "user": user, "ts": self.stamp(), "text": text}
        message["team"] = self.workspace.team_id
        if user == BOT_USER:
            message |= {"bot_id": BOT_ID, "app_id": APP_ID}
        if blocks:
            message["blocks"] = _judged(blocks)
        return message


def _judged(blocks: Any) -> list[block_kit.Block]:
    if not isinstance(blocks, list):
        raise Refused("invalid_blocks_format")
    wrong = block_kit.complaints(blocks)
    if wrong:
        raise Refused("invalid_blocks", *wrong)
    return block_kit.taken(blocks, lambda: secrets.token_urlsafe(4))

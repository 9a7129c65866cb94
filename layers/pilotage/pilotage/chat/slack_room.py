"""Slack's Web API: the port Room. Methods: docs.slack.dev, chat.postMessage, chat.update, chat.postEphemeral."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from pilotage.card.text import cut
from pilotage.chat.slack_text import prose
from pilotage.errors import BadRequest, BadSettings, NotFound, PilotageError, Throttled, Unavailable

if TYPE_CHECKING:
    from pilotage.chat.slack_api import SlackRefused
    from pilotage.ports import Secrets

SECONDS = 10  # that Slack may take to answer
_WHISPER = 6_000  # characters; Slack takes 40,000 (chat.postEphemeral, msg_too_long), and escaped ones are up to five
_SERVER_ERRORS = 500
_TOO_MANY = 429

_TOKEN = frozenset(
    {
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "no_permission",
        "missing_scope",
    }
)
_ROOM = {
    "channel_not_found": "Name a channel's id (C...) in `rooms` of the policy, and invite the app: /invite @Pilotage.",
    "not_in_channel": "Invite the app to the channel: /invite @Pilotage.",
    "is_archived": "Unarchive the channel, or name another one in `rooms` of the policy.",
    "restricted_action": "Allow the app to post in this channel.",
}
_CLOSED = frozenset({"channel_not_found", "not_in_channel", "user_not_in_channel", "is_archived"})
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"})
_SICK = frozenset({"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"})


class SlackRoom:
    """`room` is a channel's id. The bot's token is that of the secret `slack`, or the one before it while it rotates.

    Raises BadSettings (the token, or the channel), NotFound (the message), Throttled, Unavailable, and BadRequest for
    a message that Slack does not take.
    """

    def __init__(self, secrets: Secrets, base_url: str, seconds: int = SECONDS) -> None:
        self._secrets, self._base_url, self._seconds = secrets, base_url, seconds

    def post(self, room: str, body: Mapping[str, Any], thread: str | None = None) -> str:
        """Nothing in it is looked through for links to show more of."""
        quiet = {"parse": "none", "unfurl_links": False, "unfurl_media": False}
        return str(self._call("chat.postMessage", {"channel": room, "thread_ts": thread, **quiet, **body})["ts"])

    def update(self, room: str, message: str, body: Mapping[str, Any]) -> None:
        self._call("chat.update", {"channel": room, "ts": message, "parse": "none", **body})

    def whisper(self, room: str, user: str, text: str) -> None:
        """`user`: the id alone, or behind that of the team. `text` is a sentence, no markup."""
        person, said = user.rpartition("/")[2], prose(cut(text, _WHISPER))
        to = {"channel": room, "user": person, "text": said, "parse": "none"}
        try:
            self._call("chat.postEphemeral", to, closed=NotFound)
        except NotFound:
            self.post(person, {"text": said})  # a message to a user's id goes into the app's direct messages

    def _call(
        self, method: str, arguments: Mapping[str, Any], closed: type[PilotageError] | None = None
    ) -> Mapping[str, Any]:
        from pilotage.chat import slack_api  # noqa: PLC0415 - 70 ms that who says nothing need not pay

        tokens = self._tokens()
        for left, token in zip(reversed(range(len(tokens))), tokens, strict=True):
            try:
                return slack_api.call(self._base_url, token, self._seconds, method, arguments)
            except slack_api.SlackRefused as refused:
                if refused.code in _TOKEN and left:
                    continue  # the older token is valid until the newer one is
                if refused.code in _CLOSED and closed is not None:
                    raise closed(f"{method}: {refused.code}") from None
                raise _ours(method, arguments["channel"], refused) from None
            except slack_api.SlackSilent as silent:
                raise Unavailable(f"Slack, {method}: {silent}") from None
        raise AssertionError("there is always a last token")

    def _tokens(self) -> list[str]:
        named = [document.get("bot_token") for document in self._secrets.of("slack")]
        tokens = list(dict.fromkeys(token for token in named if isinstance(token, str) and token))
        if not tokens:
            raise BadSettings(
                "secret slack: bot_token", None, "Put the bot's token (xoxb-...) there: see docs/chat.md."
            )
        return tokens


def _ours(method: str, room: str, refused: SlackRefused) -> PilotageError:
    code, status, said = refused.code, refused.status, f"Slack, {method}: {refused.code}"
    raised: Callable[[], PilotageError]
    if status == _TOO_MANY or code in {"ratelimited", "rate_limited"}:
        raised = partial(Throttled, f"Slack, {method}: asked us to slow down")
    elif status >= _SERVER_ERRORS or code in _SICK or not code:
        raised = partial(Unavailable, f"Slack, {method}: HTTP {status} {code}".rstrip())
    elif code in _TOKEN:
        raised = partial(BadSettings, "secret slack: bot_token", code, "Install the app again: see docs/chat.md.")
    elif code in _ROOM:
        raised = partial(BadSettings, f"channel {room} of Slack", code, _ROOM[code])
    elif code in _GONE:
        raised = partial(NotFound, said)
    else:
        more = " ".join((code, *refused.messages))
        raised = partial(BadRequest, f"Slack, {method}", more, "Slack does not take this message.")
    return raised()

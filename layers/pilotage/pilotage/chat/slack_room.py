"""Slack's Web API: the port Room. Methods: docs.slack.dev, chat.postMessage, chat.update, chat.postEphemeral."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.web.client import WebClient

from pilotage.chat.slack_text import prose
from pilotage.errors import BadRequest, BadSettings, NotFound, PilotageError, Throttled, Unavailable

if TYPE_CHECKING:
    from slack_sdk.http_retry.request import HttpRequest
    from slack_sdk.http_retry.response import HttpResponse
    from slack_sdk.http_retry.state import RetryState

    from pilotage.ports import Secrets

SECONDS = 10  # that Slack may take to answer
_PATIENCE = 20  # seconds of Retry-After that a function waits out; longer ones are for another try of it
_RETRIES = 2
_REFUSED = 400
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
_quiet = logging.getLogger("pilotage.slack")
_quiet.setLevel(logging.CRITICAL)  # what went wrong is raised; slack_sdk would log bodies besides


class _Patience(RateLimitErrorRetryHandler):
    """slack_sdk's handler for 429, for waits that the function has time for."""

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        limited = super()._can_retry(state=state, request=request, response=response, error=error)
        return limited and _retry_after(response) <= _PATIENCE


class SlackRoom:
    """`room` is a channel's id. The bot's token is that of the secret `slack`, or the one before it while it rotates.

    Raises BadSettings (the token, or the channel), NotFound (the message), Throttled, Unavailable, and BadRequest for
    a message that Slack does not take.
    """

    def __init__(self, secrets: Secrets, base_url: str, seconds: int = SECONDS) -> None:
        self._secrets, self._base_url, self._seconds = secrets, base_url, seconds

    def post(self, room: str, body: Mapping[str, Any], thread: str | None = None) -> str:
        """Nothing in it is looked through for links to show more of."""
        quiet: dict[str, Any] = {"parse": "none", "unfurl_links": False, "unfurl_media": False}
        answer = self._call(
            "chat.postMessage",
            room,
            lambda slack: slack.chat_postMessage(channel=room, thread_ts=thread, **quiet, **body),
        )
        return str(answer["ts"])

    def update(self, room: str, message: str, body: Mapping[str, Any]) -> None:
        self._call("chat.update", room, lambda slack: slack.chat_update(channel=room, ts=message, parse="none", **body))

    def whisper(self, room: str, user: str, text: str) -> None:
        """`user`: the id alone, or behind that of the team. `text` is a sentence, no markup."""
        person, said = user.rpartition("/")[2], prose(text)
        try:
            self._call(
                "chat.postEphemeral",
                room,
                lambda slack: slack.chat_postEphemeral(channel=room, user=person, text=said, parse="none"),
                closed=NotFound,
            )
        except NotFound:
            self.post(person, {"text": said})  # a message to a user's id goes into the app's direct messages

    def _call(
        self, method: str, room: str, call: Callable[[WebClient], Any], closed: type[PilotageError] | None = None
    ) -> Any:
        tokens = self._tokens()
        for left, token in zip(reversed(range(len(tokens))), tokens, strict=True):
            try:
                return call(self._client(token))
            except SlackApiError as error:
                code = str(error.response.get("error", "")) if error.response.status_code < _REFUSED else ""
                if code in _TOKEN and left:
                    continue  # the older token is valid until the newer one is
                if code in _CLOSED and closed is not None:
                    raise closed(f"{method}: {code}") from None
                raise _ours(method, room, code, error) from None  # the cause would carry the token
            except (OSError, HTTPException) as error:
                raise Unavailable(f"Slack, {method}: {type(error).__name__}: {error}") from None
        raise AssertionError("there is always a last token")

    def _tokens(self) -> list[str]:
        named = [document.get("bot_token") for document in self._secrets.of("slack")]
        tokens = list(dict.fromkeys(token for token in named if isinstance(token, str) and token))
        if not tokens:
            raise BadSettings(
                "secret slack: bot_token", None, "Put the bot's token (xoxb-...) there: see docs/chat.md."
            )
        return tokens

    def _client(self, token: str) -> WebClient:
        retries: list[Any] = [_Patience(max_retry_count=_RETRIES)]
        return WebClient(
            token=token, base_url=self._base_url, timeout=self._seconds, retry_handlers=retries, logger=_quiet
        )


def _ours(method: str, room: str, code: str, error: SlackApiError) -> PilotageError:
    said, status = f"Slack, {method}: {code}", error.response.status_code
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
        more = (error.response.get("response_metadata") or {}).get("messages") or []
        raised = partial(BadRequest, f"Slack, {method}", f"{code} {more}", "Slack does not take this message.")
    return raised()


def _retry_after(response: HttpResponse | None) -> float:
    """Seconds; too many for anybody's patience when the header is no number."""
    headers = response.headers if response is not None else {}
    told = next((value for name, value in headers.items() if name.lower() == "retry-after"), ["1"])
    seconds = str(told[0] if isinstance(told, list) else told)
    return float(seconds) if seconds.isdecimal() else float("inf")

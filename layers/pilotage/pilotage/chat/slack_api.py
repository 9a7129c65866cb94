"""slack_sdk's client, apart from whoever may need it: what it imports costs 70 ms, and few messages come this far."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.web.client import WebClient

if TYPE_CHECKING:
    from slack_sdk.http_retry.request import HttpRequest
    from slack_sdk.http_retry.response import HttpResponse
    from slack_sdk.http_retry.state import RetryState

_PATIENCE = 20  # seconds of Retry-After that a function waits out; longer ones are for another try of it
_RETRIES = 2
_REFUSED = 400  # and above: an answer of HTTP, which has no code of Slack's
_quiet = logging.getLogger("pilotage.slack")
_quiet.setLevel(logging.CRITICAL)  # what went wrong is raised; slack_sdk would log bodies besides


class SlackRefused(Exception):
    """Slack's own code, "" where it came to none, with the status of HTTP and what Slack adds."""

    def __init__(self, code: str, status: int, messages: tuple[str, ...] = ()) -> None:
        super().__init__(code)
        self.code, self.status, self.messages = code, status, messages


class SlackSilent(Exception):
    """No answer came."""


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


def call(base_url: str, token: str, seconds: int, method: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Raises SlackRefused and SlackSilent, neither of which has seen the token."""
    retries: list[Any] = [_Patience(max_retry_count=_RETRIES)]
    client = WebClient(token=token, base_url=base_url, timeout=seconds, retry_handlers=retries, logger=_quiet)
    try:
        answer = client.api_call(method, json={name: value for name, value in arguments.items() if value is not None})
    except SlackApiError as error:
        raise _refused(error) from None  # the cause would carry the token
    except (OSError, HTTPException) as error:
        raise SlackSilent(f"{type(error).__name__}: {error}") from None
    document = answer.data
    assert isinstance(document, dict)
    return document


def _refused(error: SlackApiError) -> SlackRefused:
    status = error.response.status_code
    if status >= _REFUSED:
        return SlackRefused("", status)
    more = (error.response.get("response_metadata") or {}).get("messages") or ()
    return SlackRefused(str(error.response.get("error", "")), status, tuple(map(str, more)))


def _retry_after(response: HttpResponse | None) -> float:
    """Seconds; too many for anybody's patience when the header is no number."""
    headers = response.headers if response is not None else {}
    told = next((value for name, value in headers.items() if name.lower() == "retry-after"), ["1"])
    seconds = str(told[0] if isinstance(told, list) else told)
    return float(seconds) if seconds.isdecimal() else float("inf")

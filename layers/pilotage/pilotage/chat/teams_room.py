"""The URL of a Teams workflow: the port Room, as far as Teams has it. A message is posted, and stays as it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import urllib3

from pilotage.errors import BadRequest, BadSettings, Throttled, Unavailable

if TYPE_CHECKING:
    from pilotage.ports import Secrets

SECONDS = 10.0
_OK, _REDIRECT, _REFUSED, _TOO_MANY, _SERVER_ERRORS = 200, 300, 400, 429, 500


class TeamsRoom:
    """Raises BadSettings (the URL), BadRequest, Throttled, Unavailable. Nothing that it raises shows the URL: whoever
    knows it may post.
    """

    def __init__(self, secrets: Secrets, pool: urllib3.PoolManager | None = None) -> None:
        self._secrets = secrets
        self._pool = pool or urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=SECONDS))

    def post(self, room: str, body: Mapping[str, Any], thread: str | None = None) -> str:  # noqa: ARG002 - one room, no threads
        """`room` is the workflow's, whatever it is called. The id is a hash: Teams names no message to a workflow."""
        sent = json.dumps(body).encode()
        url = self._url()
        try:
            answer = self._pool.request(
                "POST", url, body=sent, headers={"Content-Type": "application/json"}, redirect=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(f"Teams, workflow: {type(error).__name__}") from None
        _judge(answer.status)
        return hashlib.sha256(sent).hexdigest()[:32]

    def update(self, room: str, message: str, body: Mapping[str, Any]) -> None:  # noqa: ARG002 - see below
        """A new message: a workflow changes none."""
        self.post(room, body)

    def whisper(self, room: str, user: str, text: str) -> None:
        """Teams answers who asked in the response to their own message, and a workflow knows no single person."""
        raise BadRequest("Teams: a message to one person", f"{user} in {room}: {len(text)} characters", "Post it.")

    def _url(self) -> str:
        documents = self._secrets.of("teams")
        url = documents[0].get("workflow_url") if documents else None
        if not isinstance(url, str) or urlsplit(url).scheme != "https":
            shown = "none" if not url else "not https"
            raise BadSettings("secret teams: workflow_url", shown, "Put the workflow's https URL there: docs/chat.md.")
        return url


def _judge(status: int) -> None:
    """A workflow answers 202; 429 and 5xx pass ("Error responses", Azure Logic Apps)."""
    if _OK <= status < _REDIRECT:
        return
    if status == _TOO_MANY:
        raise Throttled("Teams, workflow: asked us to slow down")
    if status >= _SERVER_ERRORS:
        raise Unavailable(f"Teams, workflow: HTTP {status}")
    if status < _REFUSED:
        raise BadSettings(
            "secret teams: workflow_url", f"HTTP {status}", "It leads elsewhere: name the workflow's own."
        )
    raise BadSettings("secret teams: workflow_url", f"HTTP {status}", "Make the workflow's URL anew: docs/chat.md.")

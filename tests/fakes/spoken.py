"""Messages as they arrive behind the door: the payloads of tests/data/messages, changed where a test says so."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlencode

from pilotage.raw_message import RawMessage

from fakes.clock import NOON

PAYLOADS = Path(__file__).parents[1] / "data" / "messages"
Change = Callable[[dict[str, Any]], object]


def payload(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((PAYLOADS / f"{name}.json").read_text())
    return document


def clicked(change: Change = bool, **button: Any) -> RawMessage:
    """A button of a card; `button` changes its value."""
    document = payload("slack_block_actions")
    action = document["actions"][0]
    action["value"] = json.dumps({**json.loads(action["value"]), **button})
    change(document)
    return raw("slack", "action", urlencode({"payload": json.dumps(document)}))


def typed(text: str, **fields: Any) -> RawMessage:
    """The slash command."""
    return raw("slack", "command", urlencode({**payload("slack_command"), "text": text, **fields}))


def mentioned(change: Change = bool) -> RawMessage:
    return raw("teams", "mention", json.dumps(_changed("teams_mention", change)))


def happened(event: str, change: Change = bool) -> RawMessage:
    """An event of GitHub."""
    body = json.dumps(_changed(f"github_{event}", change))
    return raw("github", "event", body, headers={"x-github-event": event})


def sent(document: Any, sender: str = "pipeline") -> RawMessage:
    """A signed webhook."""
    return raw("webhook", "decision", json.dumps(document), sender=sender)


def raw(channel: str, kind: str, body: str, sender: str = "", headers: Mapping[str, str] | None = None) -> RawMessage:
    return RawMessage(
        channel,
        kind,
        f"{channel}:{sha256(body.encode(errors='replace')).hexdigest()[:16]}",
        sender,
        body,
        NOON,
        headers or {},
    )


def quoted(document: Any) -> str:
    """As the value of a form's field."""
    return quote_plus(json.dumps(document))


def _changed(name: str, change: Change) -> dict[str, Any]:
    document = copy.deepcopy(payload(name))
    change(document)
    return document

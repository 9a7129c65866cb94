"""The command line, and any program of an IAM principal: POST /v1/commands, authorised by API Gateway itself.

    {"text": "freeze dev for 2h the database moves"}
    {"command": "freeze", "target": "dev", "for": "2h", "reason": "the database moves"}

Shape of the request: API Gateway, "Working with AWS Lambda proxy integrations for HTTP APIs", payload format 2.0, where
`requestContext.authorizer.iam` says whose signature API Gateway has verified.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pilotage.command import Command
from pilotage.errors import BadRequest
from pilotage.incoming.heard import Heard, document, text_at, understood
from pilotage.incoming.words import read_fields, read_words
from pilotage.people import Channel, Identity

VERB, TEXT = "command", "text"
KEY = "idempotency-key"
_ARN = re.compile(r"arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:\S{1,2000}")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


def hear(request: Mapping[str, Any], now: datetime) -> Heard | None:
    """None: no principal of IAM signed this request, so whatever it says was not said by anybody."""
    arn = text_at(request, "requestContext", "authorizer", "iam", "userArn")
    if _ARN.fullmatch(arn) is None:
        return None
    return Heard(Identity(Channel.IAM, arn), understood(lambda: _command(request, now)))


def message_id(request: Mapping[str, Any], identity: Identity) -> str:
    """By which the same request is known: the sender's own key, or API Gateway's id. Nobody uses up those of others.

    Raises BadRequest for a key that is none.
    """
    headers = request.get("headers")
    given = {name.lower(): value for name, value in headers.items()} if isinstance(headers, dict) else {}
    key = given.get(KEY)
    if key is None:
        return f"{identity}:request:{text_at(request, 'requestContext', 'requestId')}"
    if not isinstance(key, str) or _KEY.fullmatch(key) is None:
        raise BadRequest(KEY, key, "It has 1 to 64 letters, digits, `-` and `_`.")
    return f"{identity}:key:{key}"


def _command(request: Mapping[str, Any], now: datetime) -> Command:
    body = document(_body(request), "body of the command")
    if TEXT not in body:
        return read_fields(body, VERB, now)
    if len(body) > 1 or not isinstance(body[TEXT], str):
        raise BadRequest(TEXT, body[TEXT], "It is a text, and stands alone.")
    return read_words(body[TEXT], now)


def _body(request: Mapping[str, Any]) -> str:
    text = text_at(request, "body")
    try:
        return a2b_base64(text, strict_mode=True).decode() if request.get("isBase64Encoded") is True else text
    except ValueError as error:  # no base64, or no UTF-8 in it
        raise BadRequest("body of the command", f"{len(text)} characters", "Send JSON as UTF-8.") from error

"""GitHub: a comment that begins with `/pilotage` or `/deploy`, and the review of a deployment.

Shapes: docs.github.com, "Webhook events and payloads": issue_comment (also of pull requests) and deployment_review.
A review says approved or rejected of an Actions environment; which plan of ours it is about, its comment has to name.
deployment_protection_rule is a question to us, in which nobody has decided anything: it is not taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from pilotage.command import Command, ReplyTo
from pilotage.errors import BadRequest
from pilotage.incoming.heard import Heard, document, fresh, inner, text_at, understood
from pilotage.incoming.words import read_words
from pilotage.people import Channel, Identity
from pilotage.raw_message import RawMessage

LATEST = timedelta(days=1)  # people may have GitHub deliver an event again; after a day nobody means it any more
_LOGIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
_COMMAND = re.compile(r"/(?:pilotage|deploy)(?:[ \t]+|$)")
_PLAN = re.compile(r"(?P<target>[a-z][^\s/]*/\S+)\s+(?P<rest>[0-9a-fA-F]{8,64}(?:\s.*)?)", re.DOTALL)
_REVIEWS = {"approved": "approve", "rejected": "reject"}


def hear(raw: RawMessage) -> Heard | None:
    """The header that names the event was not signed: the body has to be what it says."""
    payload = document(raw.body, "payload of GitHub")
    match raw.headers.get("x-github-event"):
        case "issue_comment":
            return _commented(payload, raw)
        case "deployment_review":
            return _reviewed(payload, raw)
    return None


def _commented(payload: Mapping[str, Any], raw: RawMessage) -> Heard | None:
    """Only new comments: who edits one may be another person than who wrote it. The first line is the command."""
    line = text_at(payload, "comment", "body").strip().partition("\n")[0].strip()
    command = _COMMAND.match(line)
    if payload.get("action") != "created" or command is None:
        return None
    identity = _identity(payload, "comment", "user")
    if inner(payload, "comment", "performed_via_github_app") is not None:
        raise BadRequest("sender of GitHub", identity.id, "An app wrote this in their name: only people decide.")
    made = text_at(payload, "comment", "created_at")
    asked = understood(partial(_asked, line[command.end() :], made, raw.received_at))
    return Heard(identity, asked, ReplyTo(channel=text_at(payload, "issue", "comments_url"), user=identity.id))


def _asked(said: str, made: str, now: datetime) -> Command:
    fresh(made, now, LATEST)
    return read_words(said, now)


def _reviewed(payload: Mapping[str, Any], raw: RawMessage) -> Heard | None:
    """`dev/cats 3f9a2c1b it looks good` as the comment of a review; another comment is about something else."""
    verb = _REVIEWS.get(text_at(payload, "action"))
    named = _PLAN.fullmatch(text_at(payload, "comment").strip())
    if verb is None or named is None:
        return None
    identity = _identity(payload, "approver")
    said = f"{verb} {named['target']} {named['rest']}"
    return Heard(identity, understood(partial(read_words, said, raw.received_at)), ReplyTo(user=identity.id))


def _identity(payload: Mapping[str, Any], *path: str) -> Identity:
    """Who wrote it is who sent it, and a person: apps and bots speak with a login of their own, for anybody."""
    login, sender = text_at(payload, *path, "login").lower(), text_at(payload, "sender", "login").lower()
    if _LOGIN.fullmatch(login) is None or login != sender:
        raise BadRequest("sender of GitHub", sender, "It is not the login of who wrote this.")
    if inner(payload, *path, "type") != "User":
        raise BadRequest("sender of GitHub", login, "Only people decide, no bots.")
    return Identity(Channel.GITHUB, login)

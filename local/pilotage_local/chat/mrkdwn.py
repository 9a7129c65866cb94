"""Slack's mrkdwn as a tree of spans: what the page shows is built from these, node by node, and never from markup.

Rules: https://docs.slack.dev/messaging/formatting-message-text. Text that holds no markup of these rules stays text,
whatever else it looks like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from pilotage_local.chat.emoji import with_emoji

Span = dict[str, Any]  # {"kind": ..., "text": ...} or {"kind": ..., "inside": [Span]}; links also have "url"

_FENCE = re.compile(r"```\n?(.+?)\n?```", re.DOTALL)
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_QUOTE = re.compile(r"^(?:>|&gt;) ?")
_ATOM = r"(?>`[^`\n]+`|<[^<>\n]+>|[^\n])"  # atomic: a failed match is not tried again in pieces
# A mark ends at the next of its kind, unless that stands within a word: so no text is read twice, however long.
_INSIDE = r"(?:(?<=\w)(?P=mark)(?=\w)|(?!(?P=mark))" + _ATOM + r")+"
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|<(?P<angle>[^<>\n]+)>"
    r"|(?<![\w*~])(?P<mark>[*_~])(?=\S)(?P<inside>" + _INSIDE + r")(?<=\S)(?P=mark)(?![\w*~])"
    r"|(?P<bare>https?://[^\s<>|*`]*[^\s<>|*`.,;:!?)\]'\"~_])"
)
_MARKS = {"*": "bold", "_": "italic", "~": "strike"}
_LINKED = re.compile(r"(?:https?://|mailto:)\S+", re.IGNORECASE)
_DATE = re.compile(r"!date\^(\d{1,12})\^([^^|]+)(?:\^[^|]*)?\|(.+)", re.DOTALL)
_ESCAPES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def unescape(text: str) -> str:
    """The three entities that Slack decodes, and no others."""
    for entity, character in _ESCAPES:
        text = text.replace(entity, character)
    return text


def plain(text: str) -> list[Span]:
    """A plain_text object: no markup but emoji."""
    return [_leaf("text", text)]


def spans(text: str, names: Mapping[str, str]) -> list[Span]:
    """A mrkdwn text. `names`: what to show for the ids of people and channels."""
    made: list[Span] = []
    for index, part in enumerate(_FENCE.split(text)):
        made += [{"kind": "pre", "text": unescape(part)}] if index % 2 else _lines(part, names)
    return made


def _lines(text: str, names: Mapping[str, str]) -> Iterator[Span]:
    """Quoted lines, grouped; all others as they are."""
    for quoted, group in groupby(_LINE.findall(text), key=lambda line: bool(_QUOTE.match(line))):
        lines = list(group)
        if quoted:
            inside = "".join(_QUOTE.sub("", line) for line in lines).removesuffix("\n")
            yield {"kind": "quote", "inside": list(_inline(inside, names))}
        else:
            yield from _inline("".join(lines), names)


def _inline(text: str, names: Mapping[str, str]) -> Iterator[Span]:
    at = 0
    for found in _INLINE.finditer(text):
        if found.start() > at:
            yield _leaf("text", text[at : found.start()])
        yield _marked(found, names)
        at = found.end()
    if at < len(text):
        yield _leaf("text", text[at:])


def _marked(found: re.Match[str], names: Mapping[str, str]) -> Span:
    if found["code"]:
        return {"kind": "code", "text": unescape(found["code"])}
    if found["angle"]:
        return _angle(found["angle"], names)
    if found["bare"]:
        return {"kind": "link", "url": unescape(found["bare"]), "text": unescape(found["bare"])}
    return {"kind": _MARKS[found["mark"]], "inside": list(_inline(found["inside"], names))}


def _angle(content: str, names: Mapping[str, str]) -> Span:
    """What stands in angle brackets: a mention, a special word, a date or a link. Anything else stays text."""
    target, _, label = content.partition("|")
    if target[0] in "@#":
        shown = names.get(target[1:], label and f"{target[0]}{unescape(label)}") or unescape(target)
        return {"kind": "mention", "text": shown}
    date = _DATE.fullmatch(content)
    if date:
        return {"kind": "date", "at": int(date[1]), "format": unescape(date[2]), "text": unescape(date[3])}
    if target.startswith("!"):
        return {"kind": "mention", "text": unescape(label) or f"@{unescape(target[1:])}"}
    if _LINKED.fullmatch(target):
        return {"kind": "link", "url": unescape(target), "text": unescape(label) or unescape(target)}
    return _leaf("text", f"<{content}>")


def _leaf(kind: str, text: str) -> Span:
    return {"kind": kind, "text": unescape(with_emoji(text))}

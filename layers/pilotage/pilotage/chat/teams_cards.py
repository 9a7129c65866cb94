"""A card as an adaptive card, in the message that a Teams workflow posts.

Teams gives no signed callback to a workflow's cards, so there is nothing to press: the card says which words decide,
when they mention the outgoing webhook. All text stands in TextRuns, which know no markdown (adaptivecards.io, TextRun).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pilotage.card import Button, Card, Note
from pilotage.card.text import cut, few
from pilotage.outcome import Outcome
from pilotage.plan.risk import Level

Element = dict[str, Any]

MENTION = "@Pilotage"
_LINE = 600  # characters
_LINES = 40  # of an answer
_GOOD = frozenset({Outcome.SUCCEEDED, Outcome.NO_CHANGE})
_QUIET = frozenset({Outcome.SUPERSEDED, Outcome.EXPIRED, Outcome.UNVERIFIED})
_RISKS = {Level.HIGH: "attention", Level.MEDIUM: "warning", Level.LOW: "good"}


def card_message(card: Card) -> dict[str, Any]:
    """What a workflow's "When a Teams webhook request is received" takes: one attachment
    (learn.microsoft.com, "Create incoming webhooks with Workflows").
    """
    return _message(card.headline, list(_body(card)), list(_actions(card)))


def note_message(note: Note) -> dict[str, Any]:
    return _message(note.sentence, [_text(note.sentence)], [])


def answer_message(text: str) -> dict[str, Any]:
    """What somebody asked for, a line each: they may be of others, as in a plan."""
    lines = few((line for line in text.splitlines() if line.strip()), _LINES)
    return _message(lines[0] if lines else "", [_text(line) for line in lines], [])


def _message(summary: str, body: list[Element], actions: list[Element]) -> dict[str, Any]:
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": cut(_dead(summary), _LINE),
        "body": body,
        "actions": actions,
        "msteams": {"width": "Full"},
    }
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": content,
    }
    return {"type": "message", "attachments": [attachment]}


def _body(card: Card) -> Iterator[Element]:
    yield _text(card.headline, size="Large", weight="Bolder", color=_colour(card))
    named = card.tag or card.digest
    commit = f" from commit {card.commit}" if card.commit else ""
    who = ", ".join(card.authors) if card.authors else "nobody the image names"
    yield _text(f"{named}{commit}, by {who}", weight="Bolder")
    if card.asked_for_by:
        yield _text(f"asked for by {card.asked_for_by}")
    yield from _now(card)
    if card.outcome is None:
        yield from _what_changes(card)
    if Button.APPROVE in card.buttons:
        target = f"{card.environment}/{card.service}"
        yield _text("To decide, write in this channel:", separator=True)
        for verb, rest in (("approve", ""), ("reject", " <why>")):
            yield _text(f"{MENTION} {verb} {target} {card.binding}{rest}", fontType="Monospace")
    placed = f"Runs on {card.placement}: {'; '.join(card.placement_reasons)}. " if card.placement else ""
    yield _text(f"{placed}Image {card.digest}, release {card.release_id}", size="Small", isSubtle=True, separator=True)


def _now(card: Card) -> Iterator[Element]:
    if card.needs:
        until = f", until {card.expires_at:%Y-%m-%d %H:%M} UTC" if card.expires_at else ""
        yield _text(f"Needs {card.needs}{until}")
    yield from (_text(f"\u2022 {vote}") for vote in card.votes if card.needs)
    for said in (card.decided, card.progress, *card.reasons):
        if said:
            yield _text(said)
    yield from (_text(line.replace(" ", "\u00a0"), fontType="Monospace", size="Small") for line in card.chart)


def _what_changes(card: Card) -> Iterator[Element]:
    if card.level is not None:
        nothing = "" if card.points else ", nothing out of the ordinary"
        yield _text(f"Risk: {card.level}{nothing}", weight="Bolder", color=_RISKS[card.level], separator=True)
    yield from (_text(f"\u2022 {point}") for point in card.points)
    if card.changes:
        yield _text("Changes", weight="Bolder", separator=True)
        yield from (_text(change, fontType="Monospace") for change in card.changes)


def _actions(card: Card) -> Iterator[Element]:
    for link in card.links:
        yield {"type": "Action.OpenUrl", "title": link.text, "url": link.url}


def _colour(card: Card) -> str:
    if card.outcome is None:
        return "accent"
    return "good" if card.outcome in _GOOD else "default" if card.outcome in _QUIET else "attention"


def _text(text: str, *, separator: bool = False, **how: Any) -> Element:
    run = {"type": "TextRun", "text": cut(_dead(text), _LINE), **how}
    return {"type": "RichTextBlock", "inlines": [run], **({"separator": True} if separator else {})}


def _dead(text: str) -> str:
    """No link, even where a client looks for addresses in plain text; no mention's tag."""
    return text.replace("://", "\u2236//").replace("<at", "<\u2060at")

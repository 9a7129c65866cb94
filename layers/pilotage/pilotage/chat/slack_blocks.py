"""A card in Slack's Block Kit, made for a phone: what, where, who, how risky, what to press; details below.

No modal: its trigger lives for three seconds. Why a release is rejected is chosen or typed on the card, and comes back
with the click on Reject in `state.values`.

Limits: docs.slack.dev, "Blocks" (50 a message), "Section block" (3000), "Header block" (150), "Button element" (text
75, value 2000), "Option object" (75).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pilotage.card import Button, Card, Note, Stage
from pilotage.card.text import cut
from pilotage.chat.slack_text import code, plain, prose, within
from pilotage.outcome import Outcome
from pilotage.plan.risk import Level
from pilotage.rollout import Phase

Block = dict[str, Any]

BLOCK_DECIDE, BLOCK_REASON, BLOCK_CHOICE, BLOCK_LOOK = "decide", "reason", "choice", "look"
ACTION_TYPED, ACTION_CHOSEN = "reason_typed", "reason_chosen"
COMMON_REASONS = (
    "Not now: wrong moment",
    "The change needs a review",
    "The risk is too high",
    "The tests do not convince me",
    "The plan shows something unexpected",
    "Another release has to go first",
)
_SECTION, _HEADER, _BUTTON, _TEXT, _SENTENCE = 2_900, 150, 75, 300, 480  # an escaped character is five at the most
_LONGEST_REASON = 500

_SIGNS = {
    Stage.PREPARING: "\U0001f50e",  # magnifying glass
    Stage.HELD: "\u23f8\ufe0f",  # pause
    Stage.WAITING: "\u270b",  # raised hand
    Stage.APPROVED: "\U0001f44d",  # thumb up
    Stage.DECLINED: "\u26d4",  # no entry
    Stage.ROLLING: "\U0001f6a2",  # ship
    Stage.PAUSED: "\u270b",  # raised hand
}
_TURNED = "\u26a0\ufe0f"  # warning
_ENDS = {
    Outcome.SUCCEEDED: "\u2705",  # tick
    Outcome.NO_CHANGE: "\u2705",
    Outcome.ROLLED_BACK: "\u21a9\ufe0f",  # arrow back
    Outcome.FAILED: "\u274c",  # cross
    Outcome.REJECTED: "\u26d4",
    Outcome.EXPIRED: "\u231b",  # hourglass
    Outcome.SUPERSEDED: "\u23ed\ufe0f",  # next track
    Outcome.UNVERIFIED: "\u2754",  # question mark
    Outcome.FAILED_DIRTY: "\U0001f6a8",  # police light
}
_RISKS = {Level.HIGH: "\U0001f534", Level.MEDIUM: "\U0001f7e0", Level.LOW: "\U0001f7e2"}  # red, orange, green


def card_message(card: Card) -> dict[str, Any]:
    """`{"text", "blocks"}`. `text` is what a notification shows."""
    return _message(_title(card), list(_blocks(card)))


def note_message(note: Note) -> dict[str, Any]:
    """A reply in the thread of the card."""
    return _message(note.sentence, [_said("note", prose(cut(note.sentence, _SENTENCE)))])


def page_message(note: Note) -> dict[str, Any]:
    """A message that is meant to wake somebody: the one place where `<!channel>` is ours."""
    blocks = [
        _header(f"\U0001f6a8 {note.sentence}"),
        _said("page", f"<!channel> {prose(cut(note.sentence, _SENTENCE))}"),
    ]
    return _message(note.sentence, blocks)


def _message(text: str, blocks: list[Block]) -> dict[str, Any]:
    """`text` is mrkdwn, too, though only notifications show it."""
    return {"text": prose(cut(text, _TEXT)), "blocks": blocks}


def _blocks(card: Card) -> Iterator[Block]:
    yield _header(_title(card))
    yield _said("what", within(_what(card), _SECTION))
    parts = {"risk": _risk(card), "changes": _changes(card), "now": _now(card), "chart": _chart(card)}
    waiting = card.stage is Stage.WAITING
    order = ("risk", "changes", "now", "chart") if waiting else ("now", "chart", "risk", "changes")
    for name in order:
        text = within(parts[name], _SECTION)
        if text:
            yield _said(name, text)
    if Button.APPROVE in card.buttons:
        yield from _decide(card)
    elif Button.PLAN in card.buttons:
        yield {"type": "actions", "block_id": BLOCK_LOOK, "elements": [_button(card, Button.PLAN, "Show plan")]}
    yield {"type": "context", "block_id": "small", "elements": [_mrkdwn(within(_small(card), _SECTION))]}


def _title(card: Card) -> str:
    turned = card.phase in {Phase.STOPPING, Phase.ROLLING_BACK}
    sign = _ENDS[card.outcome] if card.outcome else _TURNED if turned else _SIGNS[card.stage]
    return f"{sign} {card.headline}"


def _what(card: Card) -> Iterator[str]:
    named = code(card.tag) if card.tag else code(card.digest)
    commit = f" from commit {code(card.commit)}" if card.commit else ""
    link = "".join(f" \u00b7 <{link.url}|{link.text}>" for link in card.links)
    yield f"*{named}*{link or commit}"
    if card.asked_for_by:
        yield f"asked for by {prose(card.asked_for_by)}"
    yield f"by {', '.join(code(author) for author in card.authors)}" if card.authors else "by _nobody the image names_"


def _now(card: Card) -> Iterator[str]:
    if card.needs:
        yield f"*Needs* {prose(card.needs)}"
    for vote in card.votes if card.stage in {Stage.WAITING, Stage.PAUSED} else ():
        yield f"\u2022 {prose(vote)}"
    if card.decided:
        yield f"*Decision:* {prose(card.decided)}"
    if card.progress:
        yield f"*Progress:* {prose(card.progress)}"
    yield from (f"> {prose(reason)}" for reason in card.reasons)


def _risk(card: Card) -> Iterator[str]:
    if card.stage in {Stage.ROLLING, Stage.PAUSED, Stage.ENDED} or (card.level is None and not card.points):
        return
    level = f"{_RISKS[card.level]} *Risk: {card.level}*" if card.level else "*Risk*"
    yield level if card.points else f"{level}, nothing out of the ordinary"
    yield from (f"\u2022 {prose(point)}" for point in card.points)


def _chart(card: Card) -> Iterator[str]:
    """Spaces that stay: of several ordinary ones a browser shows one."""
    if card.chart:
        yield "*Measured*"
        yield from (code(line.replace(" ", "\u00a0")) for line in card.chart)


def _changes(card: Card) -> Iterator[str]:
    if card.changes and card.stage is not Stage.ENDED:
        yield "*Changes*"
        yield from (code(change) for change in card.changes)


def _decide(card: Card) -> Iterator[Block]:
    approve = {**_button(card, Button.APPROVE, "Approve"), "style": "primary"}
    reject = {**_button(card, Button.REJECT, "Reject"), "style": "danger"}
    options = [{"text": _plain_text(reason), "value": reason} for reason in COMMON_REASONS]
    chosen = {
        "type": "static_select",
        "action_id": ACTION_CHOSEN,
        "placeholder": _plain_text("Or choose a reason"),
        "options": options,
    }
    typed = {
        "type": "plain_text_input",
        "action_id": ACTION_TYPED,
        "max_length": _LONGEST_REASON,
        "placeholder": _plain_text("Needed to reject"),
    }
    yield {
        "type": "actions",
        "block_id": BLOCK_DECIDE,
        "elements": [approve, _button(card, Button.PLAN, "Show plan")],
    }
    yield {
        "type": "input",
        "block_id": f"{BLOCK_REASON}_{card.binding}",
        "optional": True,
        "label": _plain_text("Your reason"),
        "element": typed,
    }
    yield {"type": "actions", "block_id": f"{BLOCK_CHOICE}_{card.binding}", "elements": [chosen, reject]}


def _small(card: Card) -> Iterator[str]:
    if card.placement:
        why = f": {'; '.join(prose(reason) for reason in card.placement_reasons)}" if card.placement_reasons else ""
        yield f"Runs on {prose(card.placement)}{why}"
    if card.expires_at:
        yield f"Open until {_moment(card.expires_at)}"
    plan = f" \u00b7 plan {code(card.binding)}" if card.binding else ""
    yield f"image {code(card.digest)}{plan} \u00b7 {code(card.release_id)}"


def _moment(moment: datetime) -> str:
    """In the time zone of whoever reads it ("Date formatting", docs.slack.dev)."""
    fallback = f"{moment:%Y-%m-%d %H:%M} UTC"
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"


def _button(card: Card, button: Button, text: str) -> Block:
    named = {"b": card.binding} if card.binding else {}
    value = {"v": button.value, "t": f"{card.environment}/{card.service}", "r": card.release_id, **named}
    return {
        "type": "button",
        "action_id": button.value,
        "text": _plain_text(cut(text, _BUTTON)),
        "value": json.dumps(value, separators=(",", ":")),
    }


def _header(text: str) -> Block:
    return {"type": "header", "block_id": "title", "text": _plain_text(cut(plain(text), _HEADER))}


def _said(block_id: str, text: str) -> Block:
    return {"type": "section", "block_id": block_id, "text": _mrkdwn(text)}


def _mrkdwn(text: str) -> Mapping[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _plain_text(text: str) -> Mapping[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": False}

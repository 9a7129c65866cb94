"""The chat refuses the blocks that Slack refuses: a card that passes here must not fail on a real workspace."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from fakes.chat_host import a_card, button, mrkdwn, plain
from pilotage_local.chat.blocks import complaints, elements, taken, texts

Blocks = list[dict[str, Any]]


def section(text: str = "words", **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": mrkdwn(text), **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def field(**more: Any) -> dict[str, Any]:
    return {"type": "input", "label": plain("Why"), "element": {"type": "plain_text_input", **more}}


def menu(*options: dict[str, Any]) -> dict[str, Any]:
    return {"type": "static_select", "action_id": "m", "options": list(options)}


OPTION = {"text": plain("one"), "value": "1"}
IMAGE = {"type": "image", "image_url": "https://example.com/cat.png", "alt_text": "a cat"}
SURE = {"title": plain("Sure?"), "text": plain("x"), "confirm": plain("Yes"), "deny": plain("No")}

FINE: list[tuple[str, Blocks]] = [
    ("a card", a_card()),
    ("50 blocks", [{"type": "divider"}] * 50),
    ("3000 characters of text", [section("a" * 3000)]),
    ("10 fields without a text", [{"type": "section", "fields": [mrkdwn("a" * 2000)] * 10}]),
    ("a header of 150", [{"type": "header", "text": plain("h" * 150)}]),
    ("a value of 2000", [actions(button("b", value="v" * 2000))]),
    ("25 buttons", [actions(*(button(f"b{i}") for i in range(25)))]),
    ("an image beside text", [section(accessory=IMAGE)]),
    ("an image in a context", [{"type": "context", "elements": [IMAGE, mrkdwn("by x")]}]),
    ("an image of its own", [{**IMAGE, "title": plain("cat")}]),
    ("the same action_id in two blocks", [actions(button("b")), actions(button("b"))]),
]
REFUSED: list[tuple[str, Blocks, str]] = [
    ("51 blocks", [{"type": "divider"}] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    ("an unknown block", [{"type": "carousel"}], "unsupported type: carousel [json-pointer:/blocks/0/type]"),
    ("a block without a type", [{}], "missing required field: type [json-pointer:/blocks/0]"),
    ("a long text", [section("a" * 3001)], "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    ("no text at all", [{"type": "section"}], "missing required field: text [json-pointer:/blocks/0]"),
    ("an empty text", [section("")], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ("a bare string as text", [{"type": "section", "text": "a"}], "must be of type object"),
    ("11 fields", [{"type": "section", "fields": [mrkdwn("a")] * 11}], "no more than 10 items allowed"),
    ("a long field", [{"type": "section", "fields": [mrkdwn("a" * 2001)]}], "must be less than 2001 characters"),
    ("a long header", [{"type": "header", "text": plain("h" * 151)}], "must be less than 151 characters"),
    ("mrkdwn in a header", [{"type": "header", "text": mrkdwn("h")}], "unsupported type: mrkdwn"),
    ("a long button", [actions(button("b" * 76))], "must be less than 76 characters"),
    ("a long value", [actions(button("b", value="v" * 2001))], "must be less than 2001 characters"),
    ("a long action_id", [actions(button("b", action_id="a" * 256))], "must be less than 256 characters"),
    ("a long block_id", [section(block_id="b" * 256)], "must be less than 256 characters"),
    ("26 elements", [actions(*(button(f"b{i}") for i in range(26)))], "no more than 25 items allowed"),
    ("no elements", [actions()], "no fewer than 1 items allowed"),
    ("a disabled button", [actions(button("b", disabled=True))], "invalid additional property: disabled"),
    ("a colour of one's own", [actions(button("b", style="orange"))], "failed to match all allowed schemas"),
    ("an input among actions", [actions({"type": "plain_text_input"})], "unsupported type: plain_text_input"),
    ("an input of 3001", [field(max_length=3001)], "failed to match all allowed schemas"),
    ("a menu without options", [actions(menu())], "no fewer than 1 items allowed"),
    ("101 options", [actions(menu(*[OPTION] * 101))], "no more than 100 items allowed"),
    ("a long option", [actions(menu({**OPTION, "value": "v" * 151}))], "must be less than 151 characters"),
    ("a long question", [actions(button("b", confirm={**SURE, "text": plain("x" * 301)}))], "less than 301"),
    ("an image without words", [{"type": "image", "image_url": "https://x"}], "missing required field: alt_text"),
    ("11 things in a context", [{"type": "context", "elements": [mrkdwn("a")] * 11}], "no more than 10 items"),
    ("a button in a context", [{"type": "context", "elements": [button("b")]}], "unsupported type: button"),
    ("one action_id twice", [actions(button("b"), button("b"))], "`action_id` already exists: b"),
    ("one block_id twice", [section(block_id="b"), section(block_id="b")], "block_id already exists: b"),
]


@pytest.mark.parametrize(("what", "blocks"), FINE, ids=[what for what, _ in FINE])
def test_what_slack_takes_is_taken(what: str, blocks: Blocks) -> None:
    """Up to the very limit: a chat that is stricter than Slack would bend the cards."""
    assert complaints(blocks) == []


@pytest.mark.parametrize(("what", "blocks", "reason"), REFUSED, ids=[what for what, _, _ in REFUSED])
def test_what_slack_refuses_is_refused_with_its_place(what: str, blocks: Blocks, reason: str) -> None:
    """One character more than the pages of Block Kit allow, and Slack posts nothing at all."""
    said = complaints(blocks)
    assert len(said) == 1
    assert said[0].startswith("[ERROR] ")
    assert reason in said[0]


def test_every_block_and_element_gets_an_id_and_keeps_its_own() -> None:
    """An answer names its element by both ids; Slack draws those that are missing."""
    names = (f"drawn{number}" for number in count(1))
    given = [section(accessory={"type": "button", "text": plain("b")}), actions(button("Go"))]
    kept = taken(given, lambda: next(names))
    assert [block["block_id"] for block in kept] == ["drawn1", "drawn3"]
    assert [element["action_id"] for block in kept for element in elements(block)] == ["drawn2", "go"]
    assert "block_id" not in given[0]


def test_plain_text_comes_back_escaped_once() -> None:
    """An application that compares the text of a button with what it sent has to know."""
    kept = taken([actions(button("A & B <c> &amp; d"))], lambda: "x")
    assert next(texts(kept))["text"] == "A &amp; B &lt;c&gt; &amp; d"

"""What Slack refuses of a message's blocks, in Slack's words, and what it makes of those that it takes.

`blocks.json` holds the shapes and limits; uniqueness, which no schema says, is judged here. The words are those that
Slack answers with in `response_metadata.messages`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import fastjsonschema

Block = dict[str, Any]

INTERACTIVE = frozenset({"button", "static_select", "plain_text_input"})
_judge: Callable[[Any], Any] = fastjsonschema.compile(
    json.loads((Path(__file__).parent / "blocks.json").read_text()), use_default=False
)
_STRAY = re.compile(r"&(?!amp;|lt;|gt;)")


def complaints(blocks: list[Any]) -> list[str]:
    """Why Slack would answer `invalid_blocks`; empty when it would not."""
    try:
        _judge(blocks)
    except fastjsonschema.JsonSchemaValueException as refused:
        return [_said(refused)]
    return [*_repeated_blocks(blocks), *_repeated_actions(blocks)]


def taken(blocks: list[Block], name: Callable[[], str]) -> list[Block]:
    """As Slack keeps them: with an id for every block and element that has none (`name` draws one), and with plain
    text escaped, which is how it comes back in payloads (https://github.com/slackapi/bolt-python/issues/513).
    """
    kept = deepcopy(blocks)
    for block in kept:
        block.setdefault("block_id", name())
        for element in elements(block):
            element.setdefault("action_id", name())
        for text in texts(block):
            if text["type"] == "plain_text":
                text["text"] = _STRAY.sub("&amp;", text["text"]).replace("<", "&lt;").replace(">", "&gt;")
    return kept


def elements(block: Block) -> Iterator[dict[str, Any]]:
    """The interactive elements of a block."""
    for element in (*block.get("elements", ()), block.get("accessory"), block.get("element")):
        if element is not None and element["type"] in INTERACTIVE:
            yield element


def texts(node: Any) -> Iterator[dict[str, Any]]:
    """Every text object in it, however deep."""
    if isinstance(node, list):
        for item in node:
            yield from texts(item)
    elif isinstance(node, dict):
        if node.get("type") in {"plain_text", "mrkdwn"}:
            yield node
        else:
            for value in node.values():
                yield from texts(value)


def _repeated_blocks(blocks: list[Block]) -> Iterator[str]:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        name = block.get("block_id")
        if name in seen:
            yield f"[ERROR] block_id already exists: {name} [json-pointer:/blocks/{index}/block_id]"
        seen |= {name} if name else set()


def _repeated_actions(blocks: list[Block]) -> Iterator[str]:
    for index, block in enumerate(blocks):
        seen: set[str] = set()
        for element in elements(block):
            name = element.get("action_id")
            if name in seen:
                yield f"[ERROR] `action_id` already exists: {name} [json-pointer:/blocks/{index}/elements]"
            seen |= {name} if name else set()


def _said(refused: fastjsonschema.JsonSchemaValueException) -> str:
    pointer = "".join(f"/{step}" for step in refused.path[1:])
    return f"[ERROR] {_reason(refused)} [json-pointer:/blocks{pointer}]"


def _reason(refused: fastjsonschema.JsonSchemaValueException) -> str:
    if refused.rule == "enum" and refused.path[-1:] == ["type"]:
        return f"unsupported type: {refused.value}"
    say = _WORDS.get(refused.rule or "")
    return say(refused) if say else "failed to match all allowed schemas"


def _missing(refused: fastjsonschema.JsonSchemaValueException) -> str:
    return f"missing required field: {next(name for name in refused.rule_definition if name not in refused.value)}"


def _surplus(refused: fastjsonschema.JsonSchemaValueException) -> str:
    allowed = refused.definition["properties"]
    return f"invalid additional property: {next(name for name in refused.value if name not in allowed)}"


_WORDS: dict[str, Callable[[fastjsonschema.JsonSchemaValueException], str]] = {
    "maxLength": lambda refused: f"must be less than {refused.rule_definition + 1} characters",
    "minLength": lambda refused: f"must be more than {refused.rule_definition - 1} characters",
    "maxItems": lambda refused: f"no more than {refused.rule_definition} items allowed",
    "minItems": lambda refused: f"no fewer than {refused.rule_definition} items allowed",
    "type": lambda refused: f"must be of type {refused.rule_definition}",
    "anyOf": lambda _: "missing required field: text",  # of a section, the one place that asks for either of two
    "required": _missing,
    "additionalProperties": _surplus,
}

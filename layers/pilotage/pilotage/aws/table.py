"""The one DynamoDB table: plain values in and out, conditions answered with False or None.

Marshalling is by hand, because boto3's serialiser costs 20 ms and more of every cold start, and the items need six
types only: documents are JSON text, moments ISO text or whole seconds.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from pilotage.aws import keys
from pilotage.aws.errors import translated
from pilotage.aws.keys import Key
from pilotage.document import canonical, from_document
from pilotage.errors import BadDefinition, Throttled

T = TypeVar("T")
Value: TypeAlias = str | bool | int | bytes | Sequence[str] | frozenset[str]
Item: TypeAlias = Mapping[str, Any]

DOCUMENT = "document"
PACKED = "document_zlib"
PACK_ABOVE = 100_000  # bytes of text; below, an operator can read the item in the console
LARGEST = 390_000  # DynamoDB Developer Guide, "Quotas": an item holds 400 KB, the names of its attributes included
_BATCH = 100  # items of a call
_PATIENCE = 5  # calls for the same items: each gives up to 16 MB of them


class ConditionFailed(Exception):
    """The item is not as the caller had expected: an answer, which never leaves this module."""


CONDITION = {"ConditionalCheckFailedException": ConditionFailed}


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression with `#attribute` for names and `:name` for values.

    Every name goes by its placeholder, since `owner`, `ttl` and some 570 others are reserved words.
    """

    text: str
    values: Mapping[str, Value] = field(default_factory=dict)


def when(text: str, **values: Value) -> Expression:
    return Expression(text, values)


ABSENT = when("attribute_not_exists(#pk)")


def setting(
    values: Mapping[str, Value | None],
    remove: Iterable[str] = (),
    add: Mapping[str, frozenset[str]] | None = None,
) -> Expression:
    """An update that sets the attributes that are not None, removes those named, and adds to sets."""
    kept = {name: value for name, value in values.items() if value is not None}
    clauses = {
        "SET": [f"#{name} = :new_{name}" for name in kept],
        "REMOVE": [f"#{name}" for name in remove],
        "ADD": [f"#{name} :added_{name}" for name in add or {}],
    }
    text = " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses.items() if parts)
    added = {f"added_{name}": value for name, value in (add or {}).items()}
    return Expression(text, {**{f"new_{name}": value for name, value in kept.items()}, **added})


class Table:
    """`client` is botocore's for DynamoDB. Reads by key are consistent, reads of the index are not."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def get(self, key: Key) -> Item | None:
        with translated("dynamodb:GetItem"):
            answer = self._client.get_item(TableName=self._name, Key=_key(key), ConsistentRead=True)
        return _plain(answer["Item"]) if "Item" in answer else None

    def get_all(self, wanted: Sequence[Key]) -> Mapping[Key, Item]:
        """Those that are there, a hundred a call (DynamoDB API reference, BatchGetItem). Raises Throttled when DynamoDB
        leaves some of them unread again and again.
        """
        found: dict[Key, Item] = {}
        for start in range(0, len(wanted), _BATCH):
            left = [_key(each) for each in wanted[start : start + _BATCH]]
            for _ in range(_PATIENCE):
                with translated("dynamodb:BatchGetItem"):
                    asked = {self._name: {"Keys": left, "ConsistentRead": True}}
                    answer = self._client.batch_get_item(RequestItems=asked)
                for item in (_plain(each) for each in answer["Responses"].get(self._name, ())):
                    found[Key(item["pk"], item["sk"])] = item
                left = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
                if not left:
                    break
            else:
                raise Throttled(f"dynamodb:BatchGetItem: {len(left)} items were left unread {_PATIENCE} times.")
        return found

    def put(self, key: Key, values: Mapping[str, Value | None], condition: Expression | None = None) -> bool:
        """Write the whole item. False when the condition does not hold."""
        item = {**_key(key), **{name: _typed(value) for name, value in values.items() if value is not None}}
        try:
            with translated("dynamodb:PutItem", CONDITION):
                self._client.put_item(TableName=self._name, Item=item, **_conditional(condition))
        except ConditionFailed:
            return False
        return True

    def update(self, key: Key, change: Expression, condition: Expression | None = None) -> Item | None:
        """Change some attributes. The whole item as it is then; None when the condition does not hold."""
        request = _conditional(condition, change)
        try:
            with translated("dynamodb:UpdateItem", CONDITION):
                answer = self._client.update_item(
                    TableName=self._name,
                    Key=_key(key),
                    UpdateExpression=change.text,
                    ReturnValues="ALL_NEW",
                    **request,
                )
        except ConditionFailed:
            return None
        return _plain(answer["Attributes"])

    def delete(self, key: Key, condition: Expression | None = None) -> bool:
        """False when the condition does not hold."""
        try:
            with translated("dynamodb:DeleteItem", CONDITION):
                self._client.delete_item(TableName=self._name, Key=_key(key), **_conditional(condition))
        except ConditionFailed:
            return False
        return True

    def partition(self, pk: str, beginning: str = "") -> Iterator[Item]:
        """All items of one partition whose sort key begins like that, in the order of their sort keys."""
        which = when("#pk = :pk", pk=pk)
        if beginning:
            which = when(f"{which.text} AND begins_with(#sk, :beginning)", pk=pk, beginning=beginning)
        return self._pages(which, ConsistentRead=True)

    def indexed(self, partition: str, sort: str | None = None, *, newest_first: bool = False) -> Iterator[Item]:
        """Items of one partition of the index, in the order of its sort key."""
        which = when(f"#{keys.INDEX_PK} = :partition", partition=partition)
        if sort is not None:
            which = when(f"{which.text} AND #{keys.INDEX_SK} = :sort", **which.values, sort=sort)
        return self._pages(which, IndexName=keys.INDEX, ScanIndexForward=not newest_first)

    def _pages(self, which: Expression, **how: Any) -> Iterator[Item]:
        """Page by page, as they are asked for: a page ends after 1 MB."""
        request = {"TableName": self._name, "KeyConditionExpression": which.text, **_placeholders(which), **how}
        while True:
            with translated("dynamodb:Query"):
                page = self._client.query(**request)
            yield from (_plain(item) for item in page["Items"])
            if not page.get("LastEvaluatedKey"):
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def pack(thing: str, value: Any) -> Mapping[str, Value]:
    """The attribute that holds a document: JSON text, compressed when it is long.

    Raises BadDefinition, naming `thing`, when even that does not fit an item.
    """
    text = canonical(value)
    encoded = text.encode()
    if len(encoded) <= PACK_ABOVE:
        return {DOCUMENT: text}
    compressed = zlib.compress(encoded)
    if len(compressed) > LARGEST:
        remedy = f"At most {LARGEST} bytes can be kept: make the manifest's overrides or the environment smaller."
        raise BadDefinition(thing, f"{len(compressed)} bytes, compressed", remedy)
    return {PACKED: compressed}


def unpack(cls: type[T], item: Item, newer: Iterable[str] = ()) -> T:
    """The dataclass that was packed. Attributes of the item that `newer` names win over the document's fields."""
    text = zlib.decompress(item[PACKED]) if PACKED in item else item[DOCUMENT]
    return from_document(cls, {**json.loads(text), **{name: item[name] for name in newer if name in item}})


def _conditional(condition: Expression | None, change: Expression | None = None) -> dict[str, Any]:
    present = [expression for expression in (condition, change) if expression is not None]
    request = _placeholders(*present)
    if condition is not None:
        request["ConditionExpression"] = condition.text
    return request


def _placeholders(*expressions: Expression) -> dict[str, Any]:
    """DynamoDB refuses both a placeholder without meaning and a meaning without placeholder."""
    names = {name for expression in expressions for name in re.findall(r"#(\w+)", expression.text)}
    values = {f":{name}": _typed(value) for each in expressions for name, value in each.values.items()}
    request: dict[str, Any] = {}
    if names:
        request["ExpressionAttributeNames"] = {f"#{name}": name for name in sorted(names)}
    if values:
        request["ExpressionAttributeValues"] = values
    return request


def _key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def _typed(value: Value) -> dict[str, Any]:
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, bool):  # before int, which bool is too
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, bytes):
        return {"B": value}
    if isinstance(value, frozenset):
        return {"SS": sorted(value)}
    return {"L": [_typed(item) for item in value]}


def _plain(item: Mapping[str, Mapping[str, Any]]) -> Item:
    return {name: _value(typed) for name, typed in item.items()}


def _value(typed: Mapping[str, Any]) -> Any:
    ((kind, value),) = typed.items()
    if kind == "N":
        return int(value)
    if kind == "SS":
        return frozenset(value)
    if kind == "L":
        return [_value(item) for item in value]
    return value

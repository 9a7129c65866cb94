"""Frozen dataclasses to JSON documents and back, and the hash of a document.

dacite does the way back (docs/decisions/0003-documents.md says why that and not a validation library).
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, TypeVar

T = TypeVar("T")


def to_document(value: Any) -> Any:
    """A JSON-ready copy of a dataclass, mapping, sequence, enum or datetime; `None` fields stay as null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_document(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_document(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [to_document(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def from_document(cls: type[T], document: Mapping[str, Any]) -> T:
    """The dataclass `cls` that `to_document` wrote. Unknown keys are ignored: a newer version may have written them."""
    import dacite  # noqa: PLC0415 - 20 ms that a function which reads no document need not pay

    hooks: dict[Any, Any] = {datetime: _moment}
    return dacite.from_dict(cls, document, dacite.Config(cast=[Enum, tuple], type_hooks=hooks))


def canonical(document: Any) -> str:
    """The one text of a document: sorted keys, no spaces, UTF-8."""
    return json.dumps(to_document(document), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def content_hash(document: Any) -> str:
    """SHA-256 of the canonical text, 64 hex digits."""
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def _moment(value: datetime | str) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)

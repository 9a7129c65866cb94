"""AWS's lists that come in pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Answer = Mapping[str, Any]


def pages(call: Callable[..., Answer], **request: Any) -> Iterator[Answer]:
    """Every page of a list whose operation takes and gives `nextToken`, as those of ECR and ECS do."""
    answer = call(**request)
    yield answer
    while token := answer.get("nextToken"):
        answer = call(**request, nextToken=token)
        yield answer

"""Lists in pages: nothing is lost behind the first one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pilotage.aws.pages import pages


@pytest.mark.parametrize("count", [1, 2, 5])
def test_every_page_is_asked_for_with_the_same_request(count: int) -> None:
    """The sweep of a large registry sees its last repository, too."""
    asked: list[dict[str, Any]] = []

    def call(**request: Any) -> Mapping[str, Any]:
        asked.append(request)
        number = len(asked)
        return {"items": [number], **({"nextToken": f"t{number}"} if number < count else {})}

    assert [page["items"] for page in pages(call, cluster="main")] == [[number + 1] for number in range(count)]
    assert asked == [{"cluster": "main", **({"nextToken": f"t{number}"} if number else {})} for number in range(count)]

"""Items read a hundred at a time, and none of them left out."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.dynamodb import NAME, dynamodb
from pilotage.aws.ahead_table import TableAhead
from pilotage.aws.keys import Key
from pilotage.aws.table import Table
from pilotage.errors import Throttled

pytestmark = pytest.mark.disable_socket

KEYS = [Key(f"p{number}", "s") for number in range(230)]


class Counting:
    """botocore's client; `leaves` of each call's items are left unread, as DynamoDB may do."""

    def __init__(self, client: Any, leaves: int = 0) -> None:
        self._client, self._leaves, self.calls = client, leaves, 0
        self.leave_half = False

    def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803 - AWS's
        self.calls += 1
        asked = RequestItems[NAME]["Keys"]
        leaves = len(asked) // 2 if self.leave_half else self._leaves
        kept, left = asked[: len(asked) - leaves], asked[len(asked) - leaves :]
        answer = self._client.batch_get_item(RequestItems={NAME: {"Keys": kept}}) if kept else {"Responses": {}}
        return {**answer, "UnprocessedKeys": {NAME: {"Keys": left}} if left else {}}

    def get_item(self, **request: Any) -> Any:
        self.calls += 1
        return self._client.get_item(**request)


def test_many_items_take_a_call_for_a_hundred_and_are_not_read_again() -> None:
    """Those that are not there are known not to be there; what was not asked for is read as ever."""
    with dynamodb() as client:
        for key in KEYS[:120]:
            Table(client, NAME).put(key, {"value": key.pk})
        counting = Counting(client)
        table = TableAhead(counting, NAME, KEYS[:229])
        assert counting.calls == 3
        read = [table.get(key) for key in KEYS[:229]]
        assert counting.calls == 3
        assert [item["value"] if item else None for item in read] == [f"p{n}" for n in range(120)] + [None] * 109
        assert table.get(KEYS[229]) is None
        assert counting.calls == 4


def test_what_dynamodb_leaves_unread_is_asked_for_again_and_not_for_ever() -> None:
    """A page ends at 16 MB, and a throttled table gives nothing at all."""
    with dynamodb() as client:
        for key in KEYS[:10]:
            Table(client, NAME).put(key, {"value": key.pk})
        some = Table(Counting(client, leaves=3), NAME)
        with pytest.raises(Throttled, match="3 items were left unread"):
            some.get_all(KEYS[:10])
        halving = Counting(client)
        halving.leave_half = True
        assert set(Table(halving, NAME).get_all(KEYS[:10])) == set(KEYS[:10])
        assert halving.calls == 4  # 10, 5, 2, 1

"""How long a chat waits for its acknowledgement: signed clicks to the HTTP API on the embedded AWS, warm, in turns with
an invocation of a function that does nothing. Slack gives up after three seconds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from urllib.parse import urlencode

import urllib3
from pilotage_local.chat import sending
from pilotage_local.home import Home
from rows import Row, spread

GROUP = "A signed click in Slack, to the embedded AWS, warm"
_AT_MOST_MS = 200
_PAUSE_SECONDS = 0.5  # what was handed over is answered meanwhile, on the same processors


class NotAcknowledged(Exception):
    """A click was answered, and not with 200."""


def measure(home: Home, invoke_nothing: Callable[[], float], count: int) -> list[Row]:
    """`count` clicks after the first, which warms. Raises NotAcknowledged."""
    acknowledged, nothing = [], []
    with urllib3.PoolManager(retries=False) as pool:
        for number in range(count + 1):
            took = _click(home, pool, number)
            time.sleep(_PAUSE_SECONDS)
            empty = invoke_nothing()
            if number:
                acknowledged.append(took)
                nothing.append(empty)
    seen = spread(acknowledged)
    note = f"{seen.median / spread(nothing).median:.1f} x one empty invocation; API, signature, hand-over"
    return [Row(GROUP, "click -> acknowledged", seen.median, "ms", seen, seen.median, _AT_MOST_MS, note)]


def _click(home: Home, pool: urllib3.PoolManager, number: int) -> float:
    body = _body(home, number)
    headers = sending.headers(home.chat.workspace.signing_secret, body, time.time())
    began = time.perf_counter()
    answer = pool.request("POST", f"{home.outputs['ApiUrl']}/slack/actions", body=body.encode(), headers=headers)
    took = (time.perf_counter() - began) * 1000
    if answer.status != 200:
        raise NotAcknowledged(f"{answer.status}: {answer.data.decode(errors='replace')}")
    return took


def _body(home: Home, number: int) -> str:
    """About a release that there is none of: it is looked for, and the person told so. Each is another message."""
    workspace = home.chat.workspace
    value = {"v": "approve", "t": "dev/cats", "r": f"dev-cats-{number}", "b": "3f9a2c1b7d5e"}
    payload = {
        "type": "block_actions",
        "user": {"id": workspace.people[0].id, "team_id": workspace.team_id},
        "team": {"id": workspace.team_id},
        "channel": {"id": workspace.channels[0].id},
        "actions": [{"type": "button", "action_id": "approve", "value": json.dumps(value)}],
    }
    return urlencode({"payload": json.dumps(payload)})

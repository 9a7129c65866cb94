"""The cats page, fetched over HTTP through the load balancer."""

from __future__ import annotations

import time

from pilotage_cli.demo.visitors import Asks, ask, met
from pilotage_cli.trouble import WentWrong

_TRIES = 40
_PAUSE_SECONDS = 0.5
_IN_A_ROW = 5  # while tasks come and go the load balancer may send one request here and the next one there


class NoPage(WentWrong):
    """The load balancer does not answer with the page."""


def fetch(site: str, version: str, *, drawn: bool, asks: Asks = ask, pause: float = _PAUSE_SECONDS) -> str:
    """The address that answers with the page of `version` and nothing else. `drawn`: with its cats, which simulated
    tasks do not have. Raises NoPage with what answered instead.
    """
    url, row, seen = f"{site}/", 0, ""
    for _ in range(_TRIES):
        status, body = asks(url)
        row = row + 1 if met(status, body) == version and (b"<svg" in body or not drawn) else 0
        if row == _IN_A_ROW:
            return url
        if not row:
            seen = f"status {status}: {body[:80]!r}"
            time.sleep(pause)
    raise NoPage(f"{url} does not show {version}: {seen}")

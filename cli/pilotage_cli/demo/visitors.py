"""People who look at the page the whole time: requests through the load balancer, one after the other, counted."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import urllib3

_PAUSE_SECONDS = 0.04
_AT_MOST = 10_000  # requests: visitors whom nobody sends home leave by themselves
_WITHIN_SECONDS = 2.0
_VERSION = re.compile(rb"\bv\d+\b")
_ERROR, _FROM_BALANCER = 500, frozenset({502, 503, 504})


@dataclass(frozen=True, slots=True)
class Seen:
    """Requests so far. `fine`: good answers by the version that they name; `errors`: the tasks' own 500s; `lost`: no
    task answered.
    """

    asked: int = 0
    fine: Mapping[str, int] = field(default_factory=dict)
    errors: int = 0
    lost: int = 0

    def __str__(self) -> str:
        fine = ", ".join(f"{count} by {version}" for version, count in sorted(self.fine.items())) or "none"
        return f"{self.asked} requests: answered {fine}; {self.errors} errors, {self.lost} lost"


Asks = Callable[[str], tuple[int | None, bytes]]


def ask(url: str) -> tuple[int | None, bytes]:
    """Status and body; no status where nobody answered."""
    try:
        answer = _HTTP.request("GET", url, timeout=_WITHIN_SECONDS)
    except urllib3.exceptions.HTTPError:
        return None, b""
    return answer.status, answer.data


class Visitors:
    """`with Visitors(url) as visitors: ... visitors.seen`. They come until the block ends."""

    def __init__(self, url: str, asks: Asks = ask, pause: float = _PAUSE_SECONDS, at_most: int = _AT_MOST) -> None:
        self._url, self._asks, self._pause, self._at_most = url, asks, pause, at_most
        self._counts: Counter[str] = Counter()
        self._lock, self._over = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._visit, name="visitors", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, _kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    @property
    def seen(self) -> Seen:
        with self._lock:
            counts = dict(self._counts)
        errors, lost = counts.pop("errors", 0), counts.pop("lost", 0)
        return Seen(sum(counts.values()) + errors + lost, counts, errors, lost)

    def _visit(self) -> None:
        for _ in range(self._at_most):
            found = met(*self._asks(self._url))
            with self._lock:
                self._counts[found] += 1
            if self._over.wait(self._pause):
                return


def met(status: int | None, body: bytes) -> str:
    """What a visitor met: a version, an error of a task, or nobody."""
    if status is None or status in _FROM_BALANCER:
        return "lost"
    if status >= _ERROR:
        return "errors"
    named = _VERSION.search(body)
    return named[0].decode() if named else "lost"


_HTTP = urllib3.PoolManager(retries=False)

"""Constant requests of several clients, each answer with its second, and what is told of them."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import urllib3
from pilotage_cli.demo.visitors import met

_WITHIN_SECONDS = 10.0
_AT_MOST = 40_000  # requests of one client: bounded, whoever forgets to end it
_VERSIONS = "v"


@dataclass(frozen=True, slots=True)
class Asked:
    """`met`: the version that answered, such as `v2`; else how it failed: `status 502`, `ReadTimeoutError`."""

    at: float  # seconds since the load began
    met: str
    milliseconds: float

    @property
    def failed(self) -> bool:
        return not self.met.startswith(_VERSIONS)


class Load:
    """`with Load(url, clients=2, rate=40) as load: ... load.asked`. The requests of all clients together keep to
    `rate` a second while they are answered in time.
    """

    def __init__(self, url: str, clients: int, rate: float) -> None:
        self._url, self._pause = url, clients / rate
        self._asked: list[Asked] = []
        self._over = threading.Event()
        self._began = time.monotonic()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(clients)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, _kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    @property
    def asked(self) -> list[Asked]:
        """So far, in the order of the answers."""
        return list(self._asked)

    @property
    def now(self) -> float:
        """Seconds since the load began."""
        return time.monotonic() - self._began

    def _ask(self) -> None:
        with urllib3.PoolManager(retries=False, timeout=_WITHIN_SECONDS) as http:
            for _ in range(_AT_MOST):
                began = self.now
                found = self._answer(http)
                took = self.now - began
                self._asked.append(Asked(began, found, took * 1000))
                if self._over.wait(max(0.0, self._pause - took)):
                    return

    def _answer(self, http: urllib3.PoolManager) -> str:
        try:
            answer = http.request("GET", self._url)
        except urllib3.exceptions.HTTPError as error:
            return type(error).__name__
        found = met(answer.status, answer.data)
        return found if found.startswith(_VERSIONS) else f"status {answer.status}"


def by_second(asked: Sequence[Asked]) -> dict[int, Counter[str]]:
    """How many requests met what, by the second in which they were sent."""
    seconds: dict[int, Counter[str]] = {}
    for one in sorted(asked, key=lambda one: one.at):
        seconds.setdefault(int(one.at), Counter())[one.met] += 1
    return seconds


def drawn(asked: Sequence[Asked], old: str, new: str, width: int = 40) -> list[str]:
    """A line a second: `.` for the old version's share, `#` for the new one's, `!` for what failed."""
    lines = []
    seconds = by_second(asked)
    first = min(seconds, default=0)
    for second, found in seconds.items():
        total = found.total()
        failed = sum(count for met, count in found.items() if met not in {old, new})
        fresh = round(width * found[new] / total)
        lost = min(width - fresh, -(-width * failed // total))
        bar = "#" * fresh + "." * (width - fresh - lost) + "!" * lost
        lines.append(f"{second - first:4d} s |{bar}| {100 * found[new] / total:3.0f} % {new} of {total}")
    return lines

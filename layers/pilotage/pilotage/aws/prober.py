"""Requests to a service from inside its network: the port Prober.

What answers is an image that anybody who can push has made: so the answer is cut at 64 KiB, the whole of it has a time
limit, however slowly it drips, no redirect is followed, and nothing of it is interpreted.
"""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from pilotage.checking.answered import Answered

MOST_BYTES = 64 * 1024
_HEADERS = {"Accept-Encoding": "identity", "Connection": "close", "User-Agent": "pilotage"}


class HttpProber:
    """http.client: no redirects, no proxies, no cookies."""

    def get(self, url: str, within_milliseconds: int) -> Answered:
        started, late = time.monotonic(), threading.Event()
        status, body, error = None, b"", None
        connection = _connection(url, within_milliseconds / 1000)
        try:
            connection.connect()
            with _ends_at(connection.sock, started + within_milliseconds / 1000, late):
                connection.request("GET", _target(url), headers=_HEADERS)
                response = connection.getresponse()
                body, status = response.read(MOST_BYTES), response.status
        except (OSError, http.client.HTTPException) as problem:
            status, error = None, _words(problem)
            if isinstance(problem, TimeoutError):
                late.set()
        finally:
            connection.close()
        if late.is_set():
            status, error = None, f"no whole answer within {within_milliseconds} ms"
        took = round((time.monotonic() - started) * 1000)
        return Answered(status, took, body.decode("utf-8", "replace"), error)


def _connection(url: str, seconds: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    if parts.scheme == "https":
        return http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=seconds)
    return http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=seconds)


def _target(url: str) -> str:
    """All after the host: `http.client` sends it as it is, and refuses what would end the line."""
    parts = urlsplit(url)
    return url[url.index(parts.netloc) + len(parts.netloc) :] or "/"


@contextmanager
def _ends_at(sock: socket.socket, moment: float, late: threading.Event) -> Iterator[None]:
    """A socket's own timeout begins anew with every byte: this one does not. `late` is set when it came to that."""

    def end() -> None:
        late.set()
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:  # it has ended by itself
            return

    timer = threading.Timer(max(0.0, moment - time.monotonic()), end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _words(problem: OSError | http.client.HTTPException) -> str:
    if isinstance(problem, http.client.HTTPException):
        return f"what answers is no HTTP ({type(problem).__name__})"
    return problem.strerror or str(problem)

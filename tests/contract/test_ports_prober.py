"""Requests to a service that anybody who can push has made: bounded in time and size, whatever answers."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pilotage.aws.prober import MOST_BYTES, HttpProber

pytestmark = pytest.mark.enable_socket

HEAD = b"HTTP/1.1 200 OK\r\n"
Answering = Callable[[socket.socket], None]


@contextmanager
def server(answer: Answering) -> Iterator[tuple[str, list[bytes]]]:
    """One connection on a free port of loopback; what was asked for is kept."""
    asked: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            asked.append(connection.recv(65536))
            try:
                answer(connection)
            except OSError:  # whoever asked has gone
                return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
    listener.close()
    thread.join(5)


def saying(*parts: bytes, every: float = 0.0) -> Answering:
    def answer(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)
            time.sleep(every)

    return answer


def test_an_answer_comes_with_status_body_and_time() -> None:
    """The path goes over the wire as it stands in the manifest, query and all."""
    with server(saying(HEAD, b"Content-Length: 4\r\n\r\nmeow")) as (url, asked):
        answered = HttpProber().get(f"{url}/health?deep=1#x", 2000)
    assert (answered.status, answered.body, answered.error) == (200, "meow", None)
    assert 0 <= answered.milliseconds < 2000
    assert asked[0].startswith(b"GET /health?deep=1#x HTTP/1.1\r\nHost: 127.0.0.1:")


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    """A smoke test that followed one would call whatever an image names: the instance's credentials, for one."""
    head = b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n"
    with server(saying(head)) as (url, _):
        assert HttpProber().get(url + "/", 2000).status == 302


def test_a_body_without_end_is_cut() -> None:
    """The function has half a gigabyte, and an image may send more."""

    def forever(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"\r\n")
        while True:
            connection.sendall(b"a" * 65536)

    with server(forever) as (url, _):
        answered = HttpProber().get(url + "/", 5000)
    assert (answered.status, len(answered.body)) == (200, MOST_BYTES)


@pytest.mark.parametrize("head", [HEAD + b"Content-Length: 1000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Slow: "])
def test_what_drips_is_cut_off_in_time(head: bytes) -> None:
    """A byte now and then keeps a socket's timeout from ever coming, in the body and in a header alike."""
    with server(saying(head, *[b"a"] * 100, every=0.05)) as (url, _):
        answered = HttpProber().get(url + "/", 300)
    assert (answered.status, answered.error) == (None, "no whole answer within 300 ms")
    assert 300 <= answered.milliseconds < 1500


def test_silence_is_cut_off_in_time() -> None:
    """A container that accepts and says nothing."""
    with server(lambda _connection: time.sleep(1)) as (url, _):
        answered = HttpProber().get(url + "/", 200)
    assert (answered.status, answered.error) == (None, "no whole answer within 200 ms")


def test_a_refused_connection_says_so_and_quickly() -> None:
    """Which is tried again: a target is only just there."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    answered = HttpProber().get(f"http://127.0.0.1:{port}/", 2000)
    assert (answered.status, answered.error) == (None, "Connection refused")
    assert answered.milliseconds < 1000


def test_a_name_that_nobody_has_is_no_answer() -> None:
    """A test listener that is gone."""
    answered = HttpProber().get("http://nobody.invalid/", 2000)
    assert answered.status is None
    assert answered.error


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x16\x03\x01\x02\x00 this is no HTTP\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        HEAD + b"X: 1\r\n" * 200 + b"\r\n",
        HEAD + b"X: " + b"a" * 70_000 + b"\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"",
    ],
)
def test_what_is_no_http_is_no_answer(garbage: bytes) -> None:
    """Whatever a container sends, it is a failed smoke test and never an error of ours."""
    with server(saying(garbage)) as (url, _):
        answered = HttpProber().get(url + "/", 2000)
    assert answered.status is None
    assert answered.error


def test_what_is_no_text_is_read_all_the_same() -> None:
    """Binary, and bytes that are no UTF-8: what is looked for may stand between them."""
    body = b"\xff\xfe\x00ok\x80"
    with server(saying(HEAD, b"Content-Length: %d\r\n\r\n" % len(body), body)) as (url, _):
        answered = HttpProber().get(url + "/", 2000)
    assert answered.status == 200
    assert "ok" in answered.body


def test_tls_that_is_none_is_no_answer() -> None:
    """A test listener without its certificate."""
    with server(saying(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as (url, _):
        answered = HttpProber().get(url.replace("http:", "https:") + "/", 2000)
    assert answered.status is None
    assert answered.error

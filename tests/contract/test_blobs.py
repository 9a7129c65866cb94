"""Downloads over real HTTP on loopback: what the registry declared is what is read, and never more."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket

import pytest
from pilotage.artifact.image_config import Blob
from pilotage.aws.blobs import download, read_blob
from pilotage.errors import BadImage, Unavailable

pytestmark = pytest.mark.enable_socket  # a server of its own, on loopback
CONTENT = b'{"os":"linux","architecture":"arm64"}' * 1000


def blob(content: bytes = CONTENT, size: int | None = None) -> Blob:
    return Blob(f"sha256:{hashlib.sha256(content).hexdigest()}", len(content) if size is None else size)


class Store(BaseHTTPRequestHandler):
    """The path says what becomes of the answer. `sent` counts the bytes of endless ones."""

    sent = 0

    def do_GET(self) -> None:
        if self.path == "/denied":
            self.send_error(403)
            return
        self.send_response(200)
        if self.path == "/short":
            self.send_header("Content-Length", str(len(CONTENT) + 10))
        elif self.path != "/endless":
            self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        if self.path == "/endless":
            self.drip()
        else:
            self.wfile.write(CONTENT)

    def drip(self) -> None:
        try:
            while type(self).sent < 50_000_000:
                type(self).sent += self.wfile.write(b"x" * 100_000)
        except OSError:  # the reader has seen enough
            return

    def log_message(self, *_args: object) -> None:
        """Quietly."""


@pytest.fixture
def store() -> Iterator[str]:
    Store.sent = 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def read(url: str, wanted: Blob) -> bytes:
    return read_blob("cats", download(url), wanted)


def test_a_blob_arrives_whole(store: str) -> None:
    """Byte for byte: its digest is held against it."""
    assert read(f"{store}/blob", blob()) == CONTENT


def test_other_bytes_than_the_digest_names_are_refused(store: str) -> None:
    """Labels that decide what runs must be those that were pushed."""
    with pytest.raises(BadImage, match="other bytes"):
        read(f"{store}/blob", blob(b"y" * len(CONTENT)))


def test_an_endless_answer_is_cut_off_at_what_was_declared(store: str) -> None:
    """A function has little memory, and an attacker plenty of bytes."""
    with pytest.raises(BadImage, match="other bytes"):
        read(f"{store}/endless", blob(b"x" * 1000))
    assert Store.sent < 50_000_000


def test_a_broken_connection_is_worth_another_try(store: str) -> None:
    """Half a config is no config, and no fault of the image."""
    with pytest.raises(Unavailable):
        read(f"{store}/short", blob(size=len(CONTENT) + 10))


def test_an_answer_that_is_too_short_is_worth_another_try(store: str) -> None:
    """The same, where the server says no length."""
    with pytest.raises(Unavailable, match=f"{len(CONTENT)} of {len(CONTENT) + 10} bytes"):
        read(f"{store}/blob", blob(size=len(CONTENT) + 10))


def test_an_expired_url_is_worth_another_try(store: str) -> None:
    """The next try asks ECR for a new one."""
    with pytest.raises(Unavailable, match="403"):
        read(f"{store}/denied", blob())


def test_no_connection_is_worth_another_try() -> None:
    """S3 cannot be reached: nothing is wrong with the image."""
    with socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(Unavailable):
        download(f"http://127.0.0.1:{port}/blob")

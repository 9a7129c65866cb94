"""A small web page with cats in it.

`/` is the page, `/healthz` says that it is well and in which version. Two faults are there to be rolled back:
CATS_CRASH_AFTER, in seconds, makes it die, as in version 3; CATS_ERROR_PERCENT has so many of a hundred pages answered
with 500, as in version 5, which stays well by its own account.
"""

from __future__ import annotations

import html
import itertools
import os
import signal
import sys
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template

HERE = Path(__file__).parent
PORT = 8080


def page(version: str) -> bytes:
    """The page with every drawing in `cats/`, in the order of the file names."""
    drawings = [drawing.read_text("utf-8") for drawing in sorted((HERE / "cats").glob("*.svg"))]
    cats = "\n".join(f"<li>{drawing}</li>" for drawing in drawings)
    filled = Template((HERE / "page.html").read_text("utf-8")).substitute(
        version=html.escape(version), theme=(HERE / "theme.css").read_text("utf-8"), cats=cats, count=len(drawings)
    )
    return filled.encode()


class Cats(BaseHTTPRequestHandler):
    """Answers two paths; everything else is not here."""

    version = "unknown"
    error_percent = 0.0
    pages = itertools.count(1)

    def do_GET(self) -> None:
        match self.path.partition("?")[0]:
            case "/" if self._in_a_mood():
                self._answer(HTTPStatus.INTERNAL_SERVER_ERROR, "text/plain; charset=utf-8", b"the cats are in a mood\n")
            case "/":
                self._answer(HTTPStatus.OK, "text/html; charset=utf-8", page(self.version))
            case "/healthz":
                self._answer(HTTPStatus.OK, "text/plain; charset=utf-8", f"ok {self.version}\n".encode())
            case _:
                self._answer(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"no cat here\n")

    def do_HEAD(self) -> None:
        self.do_GET()

    def _in_a_mood(self) -> bool:
        """Evenly spread over the pages: with 50 every other one."""
        turn = next(self.pages)
        return turn * self.error_percent // 100 > (turn - 1) * self.error_percent // 100

    def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def die_after(seconds: float) -> None:
    """End the process with code 1 and a reason, whatever the other threads do."""

    def die() -> None:
        print(f"fatal: the cats ran away after {seconds:g} s: no catnip configured", file=sys.stderr, flush=True)
        os._exit(1)

    threading.Timer(seconds, die).start()


def leave(_number: int, _frame: object) -> None:
    """ECS asks with SIGTERM and kills after 30 seconds. As process 1 of a container Python would not even notice."""
    sys.exit(0)


def main() -> None:
    signal.signal(signal.SIGTERM, leave)
    Cats.version = os.environ.get("CATS_VERSION", "unknown")
    fault = os.environ.get("CATS_CRASH_AFTER")
    if fault:
        die_after(float(fault))
    Cats.error_percent = float(os.environ.get("CATS_ERROR_PERCENT") or 0)
    print(f"cats {Cats.version} on port {PORT}", flush=True)
    ThreadingHTTPServer(("", PORT), Cats).serve_forever()


if __name__ == "__main__":
    main()

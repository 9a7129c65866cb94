"""Paints a cat that nobody has seen before: `/` at random, `/<name>` always the same cat for the same name."""

from __future__ import annotations

import random
import secrets
import signal
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from string import Template

PORT = 8081
FURS = ("#f09a4a", "#8d99a8", "#f3dfb8", "#2f3137", "#b5835a", "#d8dee6")
EYES = ("#9bc53d", "#f4c542", "#5aa9e6", "#e07a5f")
WALLS = ("#fde8d7", "#d9f0ee", "#ece4f5", "#fdf3c8")

PORTRAIT = Template("""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 220 220" width="440" height="440">
<rect width="220" height="220" fill="$wall"/>
<path d="M38 220 C38 172 74 156 110 156 C146 156 182 172 182 220 Z" fill="$fur"/>
<path d="M62 96 C56 66 54 46 58 34 C74 42 88 54 96 70 Z M158 96 C164 66 166 46 162 34 C146 42 132 54 124 70 Z"
 fill="$fur" stroke="#000" stroke-opacity=".12" stroke-width="2"/>
<ellipse cx="110" cy="118" rx="$broad" ry="50" fill="$fur" stroke="#000" stroke-opacity=".12" stroke-width="2"/>
<ellipse cx="110" cy="138" rx="26" ry="19" fill="#fff" opacity=".8"/>
<g fill="$eyes"><circle cx="86" cy="112" r="12"/><circle cx="134" cy="112" r="12"/></g>
<g fill="#17181b"><ellipse cx="86" cy="112" rx="$pupil" ry="10"/><ellipse cx="134" cy="112" rx="$pupil" ry="10"/></g>
<path d="M103 129 h14 q-1 7 -7 8 q-6 -1 -7 -8 Z" fill="#e8788a"/>
<path d="M110 137 v4 M110 141 q-7 8 -15 2 M110 141 q7 8 15 2" fill="none" stroke="#55423a" stroke-width="2.5"/>
</svg>
""")


def portrait(name: str) -> bytes:
    """The cat of this name."""
    chance = random.Random(name)  # noqa: S311 - no secret, only a cat
    return PORTRAIT.substitute(
        wall=chance.choice(WALLS),
        fur=chance.choice(FURS),
        eyes=chance.choice(EYES),
        broad=chance.randint(54, 64),
        pupil=chance.randint(3, 8),
    ).encode()


class Portraits(BaseHTTPRequestHandler):
    """Every path is a cat, `/healthz` apart."""

    def do_GET(self) -> None:
        name = self.path.strip("/")
        if name == "healthz":
            self._answer("text/plain", b"ok\n")
        else:
            self._answer("image/svg+xml", portrait(name or secrets.token_hex(8)))

    def _answer(self, content_type: str, body: bytes) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def leave(_number: int, _frame: object) -> None:
    """ECS asks with SIGTERM and kills after 30 seconds. As process 1 of a container Python would not even notice."""
    sys.exit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, leave)
    print(f"portraits on port {PORT}", flush=True)
    ThreadingHTTPServer(("", PORT), Portraits).serve_forever()

"""GitHub on loopback, as far as a mirror needs it: it refuses what docs.github.com does not describe."""

from __future__ import annotations

import json
import re
import threading
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Verify = Callable[[bytes, bytes], None]
INSTALLATION, TOKEN = "4711", "ghs_a-fake-token"
# "Create a deployment" and "Create a deployment status", body parameters with their types.
DEPLOYMENT = {
    "ref": str,
    "task": str,
    "auto_merge": bool,
    "required_contexts": list,
    "payload": dict,
    "environment": str,
    "description": str,
    "transient_environment": bool,
    "production_environment": bool,
}
STATUS = {
    "state": str,
    "target_url": str,
    "log_url": str,
    "description": str,
    "environment": str,
    "environment_url": str,
    "auto_inactive": bool,
}
STATES = {"error", "failure", "inactive", "in_progress", "queued", "pending", "success"}


class GitHub(ThreadingHTTPServer):
    """`verify(signed, signature)` raises for a JWT that the App's key has not signed. `broken` lists statuses and
    headers to answer with first; `granted` are the App's permissions; `tokens` counts those that were given.
    """

    daemon_threads = True

    def __init__(self, verify: Verify, now: Callable[[], datetime]) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.verify, self.now = verify, now
        self.deployments: list[dict[str, Any]] = []
        self.statuses: list[dict[str, Any]] = []
        self.broken: list[tuple[int, dict[str, str]]] = []
        self.comments: dict[str, list[str]] = {}
        self.granted = {"deployments", "issues"}
        self.tokens: list[dict[str, Any]] = []
        self.complaints: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def answer(self, method: str, path: str, headers: Any, body: Any) -> tuple[int, Any]:
        if headers["accept"] != "application/vnd.github+json" or not headers["user-agent"]:
            return self._refuse(403, "accept and user-agent are needed")
        bearer = headers["authorization"].removeprefix("Bearer ")
        where = urlsplit(path)
        if found := re.fullmatch(r"/app/installations/(\d+)/access_tokens", where.path):
            return self._token(bearer, found[1], body)
        if bearer != TOKEN:
            return self._refuse(401, "bad credentials")
        return self._within(method, where.path.removeprefix("/repos/team/cats"), parse_qs(where.query), body)

    def _within(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        """The one repository that the App is installed in."""
        if path == "/deployments":
            return self._deploy(body) if method == "POST" else (200, self._matching(query))
        if found := re.fullmatch(r"/deployments/(\d+)/statuses", path):
            return self._status(int(found[1]), body)
        if found := re.fullmatch(r"/issues/(\d+)/comments", path):
            return self._comment(found[1], body)
        return self._refuse(404, f"no {method} {path}")

    def _token(self, jwt: str, installation: str, body: Any) -> tuple[int, Any]:
        signed, _, signature = jwt.rpartition(".")
        self.verify(signed.encode(), _decoded(signature))
        header, claims = (json.loads(_decoded(part)) for part in signed.split("."))
        now = self.now().timestamp()
        lives = claims["iat"] <= now < claims["exp"] <= now + 600
        if header != {"alg": "RS256", "typ": "JWT"} or not lives or installation != INSTALLATION:
            return self._refuse(401, "bad credentials")
        if not set(body["permissions"]) <= self.granted:
            return self._refuse(422, "The permissions requested are not granted to this installation.")
        self.tokens.append({**body, "iss": claims["iss"]})
        return 201, {"token": TOKEN, "expires_at": f"{self.now() + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"}

    def _matching(self, query: dict[str, list[str]]) -> list[dict[str, Any]]:
        wanted = {"sha": "ref", "environment": "environment"}
        return [each for each in self.deployments if all([each[key]] == query[name] for name, key in wanted.items())]

    def _deploy(self, body: Any) -> tuple[int, Any]:
        wrong = _wrong(body, DEPLOYMENT, {"ref"})
        if wrong or not re.fullmatch(r"[0-9a-f]{40}", body["ref"]):
            return self._refuse(422, f"deployment: {wrong}")
        self.deployments.append({"id": len(self.deployments) + 1, **body})
        return 201, self.deployments[-1]

    def _status(self, deployment: int, body: Any) -> tuple[int, Any]:
        wrong = _wrong(body, STATUS, {"state"})
        if wrong or body["state"] not in STATES or len(body["description"]) > 140:
            return self._refuse(422, f"status: {wrong}")
        if deployment > len(self.deployments):
            return self._refuse(404, "no such deployment")
        self.statuses.append({"deployment": deployment, **body})
        return 201, {"id": len(self.statuses)}

    def _comment(self, issue: str, body: Any) -> tuple[int, Any]:
        """docs.github.com, "Create an issue comment". 65,536 characters are what a comment may have."""
        if wrong := _wrong(body, {"body": str}, {"body"}):
            return self._refuse(422, f"comment: {wrong}")
        if "issues" not in self.tokens[-1]["permissions"] or len(body["body"]) > 65_536:
            return self._refuse(403, "Resource not accessible by integration")
        self.comments.setdefault(issue, []).append(body["body"])
        return 201, {"id": 1_000 + sum(map(len, self.comments.values()))}

    def _refuse(self, status: int, why: str) -> tuple[int, Any]:
        self.complaints.append(why)
        return status, {"message": why}


class _Answers(BaseHTTPRequestHandler):
    server: GitHub

    def do_GET(self) -> None:
        self._answer("GET", None)

    def do_POST(self) -> None:
        self._answer("POST", json.loads(self.rfile.read(int(self.headers["content-length"]))))

    def _answer(self, method: str, body: Any) -> None:
        status, headers = self.server.broken.pop(0) if self.server.broken else (0, {})
        document: Any = {"message": "broken"}
        if not status:
            status, document = self.server.answer(method, self.path, self.headers, body)
        written = json.dumps(document).encode()
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(written))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(written)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the signature is http.server's
        """The tests read what came, not the terminal."""


@contextmanager
def github(verify: Verify, now: Callable[[], datetime]) -> Iterator[GitHub]:
    with GitHub(verify, now) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def _wrong(body: Any, known: dict[str, type], needed: set[str]) -> list[str]:
    mistyped = [name for name, value in body.items() if name in known and not isinstance(value, known[name])]
    return sorted((set(body) - set(known)) | (needed - set(body)) | set(mistyped))


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))

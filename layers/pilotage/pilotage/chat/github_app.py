"""GitHub, as an installed App: a JWT that KMS signs, and for it a token of one hour that is good for one repository.

Sources, docs.github.com: "Generating a JSON Web Token (JWT) for a GitHub App" (RS256, `iat` a minute ago, `exp` at most
ten minutes ahead) and "Generating an installation access token for a GitHub App".
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import urllib3

from pilotage.errors import AccessDenied, BadRequest, BadSettings, NotFound, Throttled, Unavailable

if TYPE_CHECKING:
    from pilotage.ports import Clock, Secrets, Signer

VERSION = "2022-11-28"
DEPLOYMENTS, ISSUES = "deployments", "issues"  # permissions ("Permissions required for GitHub Apps")
SECONDS = 10.0
_SKEW, _LIFE = timedelta(seconds=60), timedelta(minutes=9)
_SPARE = timedelta(minutes=5)  # a token that ends sooner is not used any more
_UNAUTHORISED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY, _SERVER_ERRORS = 401, 403, 404, 429, 500


@dataclass(frozen=True, slots=True)
class _App:
    id: str
    installation: str
    key: str  # ARN or alias of the key in KMS


class GitHubApp:
    """`api` is the base URL, such as https://api.github.com. Nothing that is raised shows a token."""

    def __init__(
        self, secrets: Secrets, signer: Signer, clock: Clock, api: str, pool: urllib3.PoolManager | None = None
    ) -> None:
        self._secrets, self._signer, self._clock, self._api = secrets, signer, clock, api.rstrip("/")
        self._pool = pool or urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=SECONDS))
        self._tokens: dict[tuple[str, str], tuple[str, datetime]] = {}

    def call(
        self, method: str, repository: str, path: str, body: Mapping[str, Any] | None = None, right: str = DEPLOYMENTS
    ) -> Any:
        """`path` below /repos/OWNER/NAME; `right` is the one permission that it needs, to write. Raises NotFound,
        BadRequest (also when the App was not given that right), BadSettings, AccessDenied, Throttled, Unavailable.
        """
        return self._send(method, f"/repos/{repository}{path}", self._token(repository, right), body)

    def _token(self, repository: str, right: str) -> str:
        """For this repository and this right alone, whatever else the App may do."""
        now = self._clock.now()
        token, until = self._tokens.get((repository, right), ("", now))
        if until - _SPARE > now:
            return token
        app = self._app()
        asked = {"repositories": [repository.partition("/")[2]], "permissions": {right: "write"}}
        path = f"/app/installations/{app.installation}/access_tokens"
        given = self._send("POST", path, self._jwt(app, now), asked)
        self._tokens[repository, right] = given["token"], datetime.fromisoformat(given["expires_at"])
        return str(given["token"])

    def _app(self) -> _App:
        documents = self._secrets.of("github")
        known = documents[0] if documents else {}
        named = [str(known.get(name) or "") for name in ("app_id", "installation_id", "private_key_kms")]
        if not all(named) or not named[1].isdigit():
            raise BadSettings(
                "secret github",
                sorted(known),
                "It needs app_id, installation_id and private_key_kms: docs/webhooks.md.",
            )
        return _App(*named)

    def _jwt(self, app: _App, now: datetime) -> str:
        claims = {"iat": int((now - _SKEW).timestamp()), "exp": int((now + _LIFE).timestamp()), "iss": app.id}
        signed = f"{_part({'alg': 'RS256', 'typ': 'JWT'})}.{_part(claims)}"
        return f"{signed}.{_base64(self._signer.signature(app.key, signed.encode()))}"

    def _send(self, method: str, path: str, token: str, body: Mapping[str, Any] | None) -> Any:
        headers = {
            "accept": "application/vnd.github+json",
            "authorization": f"Bearer {token}",
            "user-agent": "pilotage",
            "x-github-api-version": VERSION,
        }
        sent = None if body is None else json.dumps(body).encode()
        try:
            answer = self._pool.request(method, f"{self._api}{path}", body=sent, headers=headers, redirect=False)
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(f"GitHub, {method} {path}: {type(error).__name__}") from None
        _judge(f"GitHub, {method} {path}", answer)
        return answer.json()


def _judge(asked: str, answer: urllib3.BaseHTTPResponse) -> None:
    """docs.github.com, "Rate limits for the REST API": 403 and 429, with `retry-after` or nothing left."""
    status = answer.status
    if status in {200, 201}:
        return
    limited = "retry-after" in answer.headers or answer.headers.get("x-ratelimit-remaining") == "0"
    if status == _TOO_MANY or (status == _FORBIDDEN and limited):
        raise Throttled(f"{asked}: asked us to slow down")
    if status >= _SERVER_ERRORS:
        raise Unavailable(f"{asked}: HTTP {status}")
    if status == _UNAUTHORISED:
        raise BadSettings("secret github", f"HTTP {status} from GitHub", "Look at app_id and private_key_kms.")
    if status == _FORBIDDEN:
        raise AccessDenied(f"{asked}: the App needs the permission that docs/webhooks.md names, read and write")
    if status == _NOT_FOUND:
        raise NotFound(f"{asked}: there is no such thing that the App may see; is it installed there?")
    raise BadRequest(asked, f"HTTP {status}", "GitHub does not take it.")


def _part(document: Mapping[str, Any]) -> str:
    return _base64(json.dumps(document, separators=(",", ":")).encode())


def _base64(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()

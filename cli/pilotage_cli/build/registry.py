"""The registry protocol, as far as a push needs it. Source: the OCI distribution spec, "Pushing" and "Checking".

docs/decisions/0014-image-without-an-engine.md says why this is not a library.
"""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urljoin, urlsplit

import urllib3
from pilotage.errors import AccessDenied, BadRequest, NotFound, Unavailable

from pilotage_cli.build.oci import INDEX, MANIFEST, Blob, Image

_DOCKER = "application/vnd.docker.distribution.manifest"
_ACCEPT = f"{INDEX}, {MANIFEST}, {_DOCKER}.list.v2+json, {_DOCKER}.v2+json"
# The error code of the distribution spec; a tag that does not exist is MANIFEST_UNKNOWN.
_NO_REPOSITORY = "NAME_UNKNOWN"
_RETRY = urllib3.Retry(
    total=4,
    connect=2,
    backoff_factor=0.5,
    status_forcelist=(429, 500, 502, 503),
    allowed_methods=None,
    raise_on_status=False,
)
_TIMEOUT = urllib3.Timeout(connect=10, read=120)


@dataclass(frozen=True, slots=True)
class Registry:
    """`address` is a URL without a path, `authorization` the value of that header."""

    address: str
    authorization: str | None = None
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=_RETRY, timeout=_TIMEOUT))

    def push(self, repository: str, tags: tuple[str, ...], image: Image) -> None:
        """Push every part and give the image its tags. Raises NotFound (no such repository), AccessDenied,
        BadRequest (the registry refuses what it got, such as a second image for an immutable tag), Unavailable.
        """
        for blob in image.blobs:
            self._push_blob(repository, blob)
        for child in image.children:
            self._put_manifest(repository, child.digest, child)
        for tag in tags:
            self._put_manifest(repository, tag, image.top)

    def check(self, repository: str, tag: str) -> None:
        """Raises NotFound when the registry has no such repository, and as `push` does. A missing tag is no matter."""
        try:
            self._call("GET", f"/v2/{repository}/manifests/{tag}", repository, headers={"Accept": _ACCEPT})
        except NotFound as error:
            if _NO_REPOSITORY in str(error):
                raise

    def digest(self, repository: str, reference: str) -> str:
        """What the registry knows under this tag or digest. Raises NotFound and as `push` does."""
        answer = self._call("HEAD", f"/v2/{repository}/manifests/{reference}", repository, headers={"Accept": _ACCEPT})
        return str(answer.headers["Docker-Content-Digest"])

    def _push_blob(self, repository: str, blob: Blob) -> None:
        try:
            self._call("HEAD", f"/v2/{repository}/blobs/{blob.digest}", repository)
        except NotFound:
            started = self._call("POST", f"/v2/{repository}/blobs/uploads/", repository)
            place = urljoin(f"{self.address}/", started.headers["Location"])
            target = f"{place}{'&' if urlsplit(place).query else '?'}{urlencode({'digest': blob.digest})}"
            headers = {"Content-Type": "application/octet-stream"}
            self._call("PUT", target, repository, body=blob.content, headers=headers)

    def _put_manifest(self, repository: str, reference: str, manifest: Blob) -> None:
        path = f"/v2/{repository}/manifests/{reference}"
        headers = {"Content-Type": manifest.media_type}
        self._call("PUT", path, repository, body=manifest.content, headers=headers)

    def _call(
        self, method: str, path: str, repository: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> urllib3.BaseHTTPResponse:
        url = urljoin(self.address, path)
        sent = {**(headers or {}), **({"Authorization": self.authorization} if self._is_ours(url) else {})}
        try:
            answer = self.pool.request(method, url, body=body, headers={k: v for k, v in sent.items() if v})
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(f"the registry {self.address} does not answer: {error}") from error
        _judge(answer, f"{self.address.partition('://')[2]}/{repository}")
        return answer

    def _is_ours(self, url: str) -> bool:
        """An upload may be sent elsewhere, and the credential is not for elsewhere."""
        return self.authorization is not None and urlsplit(url).netloc == urlsplit(self.address).netloc


def address_of(registry: str) -> str:
    """The URL of a registry host. Without a scheme: plain HTTP for 127.0.0.0/8 and localhost, HTTPS for all else,
    which is Docker's rule (its page on insecure registries).
    """
    if "://" in registry:
        return registry.rstrip("/")
    host = urlsplit(f"//{registry}").hostname or ""
    return f"{'http' if _is_loopback(host) else 'https'}://{registry}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _judge(answer: urllib3.BaseHTTPResponse, repository: str) -> None:
    status, said = answer.status, _said(answer)
    if status < 400:  # noqa: PLR2004 - everything below is success or a redirect that was followed
        return
    if status in {401, 403}:
        raise AccessDenied(f"the registry lets nobody push to {repository} with these credentials: {said}")
    if status == 404:  # noqa: PLR2004 - Not Found
        raise NotFound(f"{repository}: {said}")
    if status == 429 or status >= 500:  # noqa: PLR2004 - Too Many Requests, server errors
        raise Unavailable(f"the registry answers {status} for {repository}: {said}")
    raise BadRequest("the push", repository, f"The registry answers {status}: {said}")


def _said(answer: urllib3.BaseHTTPResponse) -> str:
    """The registry's own words, from the errors that the spec describes."""
    try:
        errors = json.loads(answer.data).get("errors", [])
        return "; ".join(f"{error['code']}: {error.get('message', '')}" for error in errors) or "no reason given"
    except (ValueError, KeyError, TypeError, AttributeError):
        return "no reason given"

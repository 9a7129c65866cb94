"""The registry client against answers that registries give, without a socket."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import urllib3
from pilotage.errors import AccessDenied, BadImage, BadRequest, NotFound, Unavailable
from pilotage_cli.build.makers import EngineMaker
from pilotage_cli.build.oci import LAYER, MANIFEST, Blob, Image
from pilotage_cli.build.order import Order
from pilotage_cli.build.registry import Registry

BLOB = Blob(LAYER, b"layer")
IMAGE = Image(Blob(MANIFEST, b"{}"), (), (BLOB,))
DIGEST = f"sha256:{'a' * 64}"


@dataclass
class Answers:
    """Plays the pool: answers by method and path, and keeps what was sent."""

    given: Mapping[tuple[str, str], urllib3.HTTPResponse | Exception]
    sent: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list)

    def request(self, method: str, url: str, *, body: bytes, headers: Mapping[str, str]) -> urllib3.HTTPResponse:
        self.sent.append((method, url, headers))
        answer = self.given.get((method, url), urllib3.HTTPResponse(status=201))
        if isinstance(answer, Exception):
            raise answer
        return answer


def registry(given: Mapping[tuple[str, str], Any]) -> tuple[Registry, Answers]:
    answers = Answers(given)
    return Registry("https://registry.example.org", "Basic canary", answers), answers  # type: ignore[arg-type]


HEAD_BLOB = ("HEAD", f"https://registry.example.org/v2/cats/blobs/{BLOB.digest}")
START = ("POST", "https://registry.example.org/v2/cats/blobs/uploads/")
PUT = ("PUT", "https://registry.example.org/v2/cats/manifests/v1")
HEAD_TAG = ("HEAD", "https://registry.example.org/v2/cats/manifests/v1")


def answer(status: int, body: bytes = b"", **headers: str) -> urllib3.HTTPResponse:
    return urllib3.HTTPResponse(body=body, status=status, headers=headers)


@pytest.mark.parametrize(
    ("location", "target", "authorization"),
    [
        ("/v2/cats/blobs/uploads/7", "https://registry.example.org/v2/cats/blobs/uploads/7?", "Basic canary"),
        ("https://registry.example.org/up?state=x", "https://registry.example.org/up?state=x&", "Basic canary"),
        ("https://bucket.example.net/up?sig=x", "https://bucket.example.net/up?sig=x&", None),
    ],
)
def test_an_upload_goes_where_the_registry_says_but_the_credential_does_not(
    location: str, target: str, authorization: str | None
) -> None:
    """A registry may hand an upload to its storage; the token is for the registry alone."""
    client, answers = registry({HEAD_BLOB: answer(404), START: answer(202, Location=location)})
    client.push("cats", ("v1",), IMAGE)
    method, url, headers = answers.sent[2]
    assert (method, url) == ("PUT", f"{target}digest={BLOB.digest.replace(':', '%3A')}")
    assert headers.get("Authorization") == authorization


def test_a_blob_that_is_there_is_not_sent_again() -> None:
    """Most pushes change little."""
    client, answers = registry({HEAD_BLOB: answer(200)})
    client.push("cats", ("v1", "v2"), IMAGE)
    assert [method for method, _, _ in answers.sent] == ["HEAD", "PUT", "PUT"]


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        (answer(401), AccessDenied, "registry.example.org/cats"),
        (answer(403, b'{"errors": [{"code": "DENIED", "message": "no"}]}'), AccessDenied, "DENIED: no"),
        (answer(404, b'{"errors": [{"code": "NAME_UNKNOWN"}]}'), NotFound, "NAME_UNKNOWN"),
        (answer(400, b'{"errors": [{"code": "TAG_INVALID", "message": "immutable"}]}'), BadRequest, "immutable"),
        (answer(400, b"<html>"), BadRequest, "no reason given"),
        (answer(400, b'["x"]'), BadRequest, "no reason given"),
        (answer(429), Unavailable, "429"),
        (answer(503), Unavailable, "503"),
        (urllib3.exceptions.ProtocolError("reset"), Unavailable, "does not answer"),
    ],
)
def test_every_refusal_is_an_error_of_ours_with_the_registrys_words(
    given: urllib3.HTTPResponse | Exception, error: type[Exception], words: str
) -> None:
    """What to mend, what to try again and who may not: three different things."""
    client, _ = registry({PUT: given})
    with pytest.raises(error, match=words):
        client.push("cats", ("v1",), IMAGE)


class Pushed:
    """Plays Docker: everything that is pushed has one digest."""

    def push(self, name: str) -> str:
        return DIGEST


@pytest.mark.parametrize(
    ("known", "error"),
    [
        (answer(200, b"", **{"Docker-Content-Digest": DIGEST}), None),
        (answer(401), None),
        (answer(200, b"", **{"Docker-Content-Digest": f"sha256:{'b' * 64}"}), BadImage),
    ],
)
def test_a_tag_that_somebody_else_moved_meanwhile_is_found_out(
    known: urllib3.HTTPResponse, error: type[Exception] | None
) -> None:
    """The digest that the build tells is the one that is released. Where only Docker is logged in, its word counts."""
    client, _ = registry({HEAD_TAG: known})
    maker = EngineMaker(Pushed(), client)  # type: ignore[arg-type]
    order = Order(Path(), "registry.example.org", "cats", ("v1",), {}, {}, (), None, None)
    if error is None:
        assert maker.push(order) == DIGEST
    else:
        with pytest.raises(error, match="Somebody else moved it"):
            maker.push(order)

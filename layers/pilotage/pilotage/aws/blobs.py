"""A blob of ECR over HTTP: GetDownloadUrlForLayer gives a presigned URL of S3."""

from __future__ import annotations

import hashlib

from botocore.awsrequest import AWSRequest, AWSResponse
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies
from urllib3.exceptions import HTTPError

from pilotage.artifact.image_config import Blob
from pilotage.aws.errors import translated
from pilotage.errors import BadImage, Unavailable

_ACTION = "download of a layer of ECR"
_TIMEOUT = (3, 10)  # seconds: to connect, and between two packets
_CHUNK = 64 * 1024


def download(url: str) -> AWSResponse:
    """The open answer of a GET; `.raw` streams. botocore's own session knows the proxies and the CA bundle."""
    session = URLLib3Session(
        timeout=_TIMEOUT,  # type: ignore[arg-type]  # the stubs do not know that botocore takes a pair
        proxies=get_environ_proxies(url),
    )
    with translated(_ACTION):
        return session.send(AWSRequest(method="GET", url=url, stream_output=True).prepare())


def read_blob(image: str, response: AWSResponse, blob: Blob) -> bytes:
    """Exactly the bytes that the descriptor names, and never more of them in memory than it declared.

    Raises Unavailable when the answer is an error or ends early, BadImage when size or digest are not those declared.
    """
    if response.status_code != 200:  # noqa: PLR2004 - OK
        raise Unavailable(f"{_ACTION}: HTTP status {response.status_code} for {blob.digest} of {image}")
    content = bytearray()
    try:
        for chunk in response.raw.stream(_CHUNK, decode_content=False):
            content += chunk
            if len(content) > blob.size:
                break
    except HTTPError as error:
        raise Unavailable(f"{_ACTION}: {error}") from error
    finally:
        response.raw.close()
    if len(content) < blob.size:
        raise Unavailable(f"{_ACTION}: {len(content)} of {blob.size} bytes of {blob.digest} of {image} arrived")
    if len(content) > blob.size or f"sha256:{hashlib.sha256(content).hexdigest()}" != blob.digest:
        raise BadImage(f"{image}: image config", blob.digest, "The registry holds other bytes: push the image again.")
    return bytes(content)

"""DescribeImageScanFindings, which MiniStack lacks. Nothing here scans, so the answer is that there is no scan.

API reference of ECR: DescribeImageScanFindings, ScanNotFoundException.
"""

from __future__ import annotations

import json
from typing import Any

from ministack import app
from ministack.core.responses import error_response_json

from pilotage_local.patches.ecr_images import find

Document = dict[str, Any]
_OPERATION = "AmazonEC2ContainerRegistry_V20150921.DescribeImageScanFindings"


def apply() -> None:
    original = app._dispatch_service_request  # noqa: SLF001 - the one way in for every signed request

    async def dispatch(
        method: str, path: str, headers: dict[str, str], body: bytes, query: Document, request_id: str
    ) -> Any:
        if headers.get("x-amz-target", "") != _OPERATION:
            return await original(method, path, headers, body, query, request_id)
        return findings(json.loads(body or b"{}"))

    app._dispatch_service_request = dispatch  # noqa: SLF001 - see above


def findings(request: Document) -> Any:
    repository, image = request["repositoryName"], request["imageId"]
    if find(repository, image) is None:
        code, lacks = "ImageNotFoundException", "image"
    else:
        code, lacks = "ScanNotFoundException", "scan"
    return error_response_json(
        code, f"There is no {lacks} of {json.dumps(image)} in the repository '{repository}'", 400
    )

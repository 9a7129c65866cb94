"""Routes with the authorisation AWS_IAM know nobody whose request is not signed with Signature Version 4.

API Gateway verifies the signature and says who signed ("Control access to HTTP APIs with IAM authorization"). MiniStack
verifies none and takes whoever sends any other Authorization header for the account's root; here that is nobody, and
the function is told of no caller at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ministack.services import apigateway

_SIGNED = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=[^/,\s]+/[0-9]{8}/[^/,\s]+/execute-api/aws4_request,\s*"
    r"SignedHeaders=[^,\s]+,\s*Signature=[0-9a-f]{64}"
)


def apply() -> None:
    original = apigateway._iam_caller_identity_v2  # noqa: SLF001 - there is no public seam

    def caller(headers: Mapping[str, str], query: Mapping[str, Any]) -> Any:
        return original(headers, query) if is_signed(headers) else None

    apigateway._iam_caller_identity_v2 = caller  # noqa: SLF001 - see above


def is_signed(headers: Mapping[str, str]) -> bool:
    """Whether the form of a signature for `execute-api` is there."""
    given = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
    return _SIGNED.fullmatch(given.strip()) is not None

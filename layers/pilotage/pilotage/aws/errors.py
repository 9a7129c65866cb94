"""botocore's errors become ours here, and in no other module.

    with translated("ecr:DescribeImages", {"RepositoryNotFoundException": NotFound}):
        client.describe_images(...)

Sources: "Common error types" of each service's API reference; botocore's own list of throttling codes
(`botocore.retries.standard`), which AWS keeps up to date across services.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's name
    HTTPClientError,
    NoCredentialsError,
)
from botocore.parsers import ResponseParserError

from pilotage.errors import AccessDenied, PilotageError, Throttled, Unavailable

THROTTLING = frozenset(
    {
        "BandwidthLimitExceeded",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequests",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
UNAVAILABLE = frozenset(
    {
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServerException",
        "RequestTimeout",
        "RequestTimeoutException",
        "ServerException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "TransactionConflictException",
        # botocore's own exceptions, by class: no whole answer arrived.
        "CredentialRetrievalError",
        "IncompleteReadError",
        "MetadataRetrievalError",
    }
)
DENIED = frozenset(
    {
        "403",  # HEAD requests have no body, so botocore puts the status in place of the code
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "ExpiredToken",
        "ExpiredTokenException",
        "Forbidden",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "NotAuthorized",
        "UnauthorizedException",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
    }
)

NO_ANSWER = (HTTPClientError, ConnectionError)

Known = Mapping[str, Callable[[str], Exception]]


@contextmanager
def translated(action: str, known: Known | None = None) -> Iterator[None]:
    """Raise ours `from` botocore's. `action` is IAM's name of the call, such as `dynamodb:PutItem`.

    `known` maps further codes to what is to be raised for them, each called with a sentence that names the action; it
    wins over the lists above. A botocore error without a code goes by the name of its class (`ParamValidationError`).
    Raises Throttled, Unavailable, AccessDenied, what `known` makes, and PilotageError for a code that nobody expected.
    """
    try:
        yield
    except ResponseParserError as error:
        raise Unavailable(f"{action}: {error}") from error
    except (BotoCoreError, ClientError) as error:
        raise _ours(action, error, known or {}) from error


def code_of(error: BotoCoreError | ClientError) -> str:
    """The service's error code, or the class's name when the error never came from a service."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return type(error).__name__


def _ours(action: str, error: BotoCoreError | ClientError, known: Known) -> Exception:
    code = code_of(error)
    sentence = f"{action}: {_message(error)}"
    if code in known:
        return known[code](sentence)
    return _family(code, error)(sentence)


def _family(code: str, error: BotoCoreError | ClientError) -> type[PilotageError]:
    status = _status(error)
    if code in THROTTLING or status == 429:  # noqa: PLR2004 - Too Many Requests
        return Throttled
    if code in DENIED or isinstance(error, NoCredentialsError):
        return AccessDenied
    if code in UNAVAILABLE or status >= 500 or isinstance(error, NO_ANSWER):  # noqa: PLR2004 - server errors
        return Unavailable
    return PilotageError


def _status(error: BotoCoreError | ClientError) -> int:
    if isinstance(error, ClientError):
        return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return 0


def _message(error: BotoCoreError | ClientError) -> str:
    if isinstance(error, ClientError):
        stated = error.response.get("Error", {})
        return f"{stated.get('Code', 'no code')}: {stated.get('Message', 'no message')}"
    return str(error)

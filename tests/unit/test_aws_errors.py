"""botocore's errors become ours: what is retried, what is final, and what each sentence names."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError
from botocore.retries.standard import ThrottledRetryableChecker
from pilotage.aws.errors import THROTTLING, translated
from pilotage.errors import AccessDenied, NotFound, PilotageError, Throttled, Transient, Unavailable

ACTION = "dynamodb:PutItem"


def answered(code: str, status: int = 400) -> ClientError:
    response: Any = {"Error": {"Code": code, "Message": "as AWS says"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "PutItem")


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (answered("ProvisionedThroughputExceededException"), Throttled),
        (answered("ThrottlingException"), Throttled),
        (answered("RequestLimitExceeded"), Throttled),
        (answered("TooManyRequestsException", 429), Throttled),
        (answered("SlowDown", 503), Throttled),
        (answered("Anything", 429), Throttled),
        (answered("InternalServerError", 500), Unavailable),
        (answered("Anything", 503), Unavailable),
        (answered("ServerException", 400), Unavailable),
        (answered("TransactionConflictException"), Unavailable),
        (EndpointConnectionError(endpoint_url="https://example"), Unavailable),
        (ConnectTimeoutError(endpoint_url="https://example"), Unavailable),
        (ReadTimeoutError(endpoint_url="https://example"), Unavailable),
        (IncompleteReadError(actual_bytes=1, expected_bytes=2), Unavailable),
        (ResponseParserError("not XML"), Unavailable),
        (answered("AccessDeniedException"), AccessDenied),
        (answered("AccessDenied", 403), AccessDenied),
        (answered("403", 403), AccessDenied),
        (answered("ExpiredTokenException"), AccessDenied),
        (NoCredentialsError(), AccessDenied),
        (answered("ValidationException"), PilotageError),
        (ParamValidationError(report="no such member"), PilotageError),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)[:60]),
)
def test_each_error_has_its_family(error: BotoCoreError | ClientError, ours: type[PilotageError]) -> None:
    """The state machine retries by class name: a family too wide retries for ever, one too narrow gives up at once."""
    with pytest.raises(PilotageError) as raised, translated(ACTION):
        raise error
    assert type(raised.value) is ours
    assert str(raised.value).startswith(f"{ACTION}: ")
    assert raised.value.__cause__ is error


def test_every_code_that_botocore_calls_throttling_is_retried() -> None:
    """A new code in botocore's list must not end releases. LimitExceeded is a quota, which no retry lifts."""
    listed = vars(ThrottledRetryableChecker)["_THROTTLED_ERROR_CODES"]
    assert set(listed) - {"LimitExceededException", "EC2ThrottledException"} <= THROTTLING


def test_an_adapter_can_name_further_codes() -> None:
    """What a code means depends on the call: here a missing repository, there a reason to create it."""
    sentence = "ecr:DescribeImages: ImageNotFoundException: as AWS says"
    known = {"ImageNotFoundException": NotFound}
    with pytest.raises(NotFound, match=sentence), translated("ecr:DescribeImages", known):
        raise answered("ImageNotFoundException")
    with pytest.raises(NotFound), translated("s3:HeadObject", {"403": NotFound}):
        raise answered("403", 403)
    with pytest.raises(NotFound), translated("ecs:Run", {"ParamValidationError": NotFound}):
        raise ParamValidationError(report="x")


def test_it_serves_as_a_decorator_too() -> None:
    """One call, one line."""

    @translated(ACTION)
    def call() -> None:
        raise answered("ThrottlingException")

    for _ in range(2):
        with pytest.raises(Transient):
            call()


def test_errors_of_our_own_code_pass() -> None:
    """A bug is not an outage."""
    with pytest.raises(KeyError), translated(ACTION):
        raise KeyError("x")

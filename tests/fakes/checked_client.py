"""A client with botocore's method names and botocore's idea of right requests and answers, but nothing behind it.

It stands where a real client would be slow: the adapters run unchanged, a thousand times a second.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from types import SimpleNamespace
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from fakes.rightly import plainly_right
from fakes.samples import REGION

Request = Mapping[str, Any]
Answer = Mapping[str, Any]


@cache
def model_of(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)


@cache
def _operations(service: str) -> Mapping[str, str]:
    return {xform_name(name): name for name in model_of(service).operation_names}


def refusal(operation: str, code: str, message: str) -> ClientError:
    """What botocore raises for an error that the service answered with."""
    said = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError(said, operation)  # type: ignore[arg-type]  # the stubs want every key of the metadata


class CheckedClient:
    """`handle(operation, request)` answers, or raises a `refusal`.

    `around(operation, call)` may look at a call, delay it, fail before it or after it: it has to return what `call()`
    returns. `calls` lists the operations in order.
    """

    def __init__(self, service: str, handle: Callable[[str, Request], Answer], region: str = REGION) -> None:
        self._service, self._handle = service, handle
        self.calls: list[str] = []
        self.around: Callable[[str, Callable[[], Answer]], Answer] = lambda _operation, call: call()
        self.meta = SimpleNamespace(region_name=region, partition="aws")

    def __getattr__(self, method: str) -> Callable[..., Answer]:
        operation = _operations(self._service).get(method)
        if operation is None:
            raise AttributeError(f"{self._service} has no {method}")
        return partial(self.call, operation)

    def call(self, operation: str, **request: Any) -> Answer:
        """By AWS's name of the operation."""
        shape = model_of(self._service).operation_model(operation)
        if faults := _faults(request, shape.input_shape):
            raise ParamValidationError(report=faults)
        self.calls.append(operation)
        answer = self.around(operation, lambda: self._handle(operation, request))
        faults = _faults(answer, shape.output_shape) if shape.output_shape else ""
        assert not faults, faults
        return answer


def _faults(document: Mapping[str, Any], shape: Any) -> str:
    if plainly_right(shape)(document):
        return ""
    report = ParamValidator().validate(document, shape)
    return str(report.generate_report()) if report.has_errors() else ""

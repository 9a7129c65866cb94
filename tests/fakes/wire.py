"""Real botocore clients whose requests end in a function: everything is serialised, sent nowhere, and parsed again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError
from botocore.model import OperationModel
from botocore.parsers import create_parser

from fakes.samples import REGION

Handle = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]


@cache
def _session() -> botocore.session.Session:
    return botocore.session.Session()


def client(service: str) -> Any:
    """With credentials of nobody. Under `mock_aws`, moto answers it."""
    return _session().create_client(
        service, region_name=REGION, aws_access_key_id="testing", aws_secret_access_key="testing"
    )


def answered(made: Any, handle: Handle, operation: str | None = None) -> Any:
    """`made`, a client of a JSON protocol, with `handle` behind it, for one operation or for all."""
    event = f"before-call.{made.meta.service_model.service_name}"
    made.meta.events.register(f"{event}.{operation}" if operation else event, _Behind(handle))
    return made


class _Behind:
    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def __call__(self, model: OperationModel, params: Mapping[str, Any], **_more: Any) -> tuple[AWSResponse, Any]:
        request = _decoded(model.input_shape, json.loads(params["body"]))
        try:
            status, document = 200, self._handle(model.name, request)
        except ClientError as error:
            said = error.response["Error"]
            status, document = 400, {"__type": said["Code"], "message": said["Message"]}
        body = json.dumps(document, default=datetime.timestamp).encode()
        parser = create_parser(model.service_model.metadata["protocol"])
        parsed = parser.parse(
            {"status_code": status, "headers": {}, "body": body},
            model.output_shape,  # type: ignore[arg-type]  # None, which the stubs do not know, is an empty answer
        )
        return AWSResponse("https://wire.example/", status, HTTPHeaders(), None), parsed


def _decoded(shape: Any, value: Any) -> Any:
    """JSON to what botocore would have been given: timestamps are numbers on the wire."""
    if shape.type_name == "structure":
        return {key: _decoded(shape.members[key], item) for key, item in value.items()}
    if shape.type_name == "list":
        return [_decoded(shape.member, item) for item in value]
    return datetime.fromtimestamp(value, UTC) if shape.type_name == "timestamp" else value

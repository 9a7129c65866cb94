"""The address of an HTTP API that a stack made is one that every client can reach.

AWS gives an API a host name, `ID.execute-api.REGION.amazonaws.com` (CloudFormation, ApiGatewayV2::Api: ApiEndpoint).
MiniStack gives `ID.execute-api.127.0.0.1`, which no resolver knows; it serves the same API below a path of its own.
"""

from __future__ import annotations

from typing import Any

from ministack.services import apigateway
from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

_API = "AWS::ApiGatewayV2::Api"


def apply(endpoint: str) -> None:
    handlers = _RESOURCE_HANDLERS[_API]
    create = handlers["create"]

    def create_reachable(logical_id: str, properties: Any, stack_name: str) -> tuple[str, dict[str, Any]]:
        api_id, attributes = create(logical_id, properties, stack_name)
        address = f"{endpoint}/_aws/execute-api/{api_id}"
        apigateway._apis[api_id]["apiEndpoint"] = address  # noqa: SLF001 - updates of the stack read it from there
        return api_id, {**attributes, "ApiEndpoint": address}

    _RESOURCE_HANDLERS[_API] = {**handlers, "create": create_reachable}

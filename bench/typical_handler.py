"""The handler that the cold starts are compared with: what the guides of Powertools for AWS Lambda (Python) show, put
together. Logger, Tracer, Metrics, Idempotency, an event parsed by pydantic's models, and boto3 with four clients of one
session. It is imported to see what that costs, and never called.
"""

from __future__ import annotations

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent
from aws_lambda_powertools.utilities.parser import BaseModel, event_parser
from aws_lambda_powertools.utilities.parser.models import EventBridgeModel
from pydantic import Field

logger, tracer, metrics = Logger(), Tracer(), Metrics()
dynamodb, stepfunctions = boto3.client("dynamodb"), boto3.client("stepfunctions")
ecr, ecs = boto3.client("ecr"), boto3.client("ecs")


class ImageAction(BaseModel):
    """The detail of an `ECR Image Action` event."""

    repository: str = Field(alias="repository-name")
    digest: str = Field(alias="image-digest")
    tag: str | None = Field(default=None, alias="image-tag")


class ImageEvent(EventBridgeModel):
    detail: ImageAction


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
@event_parser(model=ImageEvent)
@idempotent(
    persistence_store=DynamoDBPersistenceLayer(os.environ["PILOTAGE_TABLE"], boto3_client=dynamodb),
    config=IdempotencyConfig(event_key_jmespath="id"),
)
def handler(event: ImageEvent, _context: Any) -> dict[str, Any]:
    """Start an execution for an image that was pushed."""
    metrics.add_metric(name="Pushes", unit=MetricUnit.Count, value=1)
    started = stepfunctions.start_execution(stateMachineArn=os.environ["PILOTAGE_STATE_MACHINE"])
    return {"repository": event.detail.repository, "execution": started["executionArn"]}

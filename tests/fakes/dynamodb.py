"""moto's DynamoDB with the one table of the stack in it. No socket is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import botocore.session
from moto import mock_aws
from pilotage.aws.table import Table

NAME = "pilotage"


@contextmanager
def dynamodb() -> Iterator[Any]:
    """A client of an empty table."""
    with mock_aws():
        client = _client()
        client.create_table(
            TableName=NAME,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=_schema("pk", "sk"),
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "gsi1pk", "gsi1sk")
            ],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "gsi1",
                    "KeySchema": _schema("gsi1pk", "gsi1sk"),
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
        )
        yield client


@contextmanager
def dynamodb_table() -> Iterator[Table]:
    with dynamodb() as client:
        yield Table(client, NAME)


@cache
def _client() -> Any:
    return botocore.session.Session().create_client(
        "dynamodb",
        region_name="eu-west-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )


def _schema(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]

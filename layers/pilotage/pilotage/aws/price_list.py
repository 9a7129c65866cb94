"""The AWS Price List Query API (`pricing:GetProducts`), which a terminal asks when prices are renewed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pilotage.aws.errors import translated

# "Service endpoints" of the Price List Query API: it answers in few regions, for all of them.
REGION = "us-east-1"
_PAGE = 100  # the most that GetProducts gives at a time


class PriceList:
    """`client`: botocore's of `pricing`."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def products(self, service: str, region: str, filters: Mapping[str, str] | None = None) -> Iterator[str]:
        """Every product of `service` (AmazonECS, AmazonEC2) in `region`, each as a JSON text.

        Raises AccessDenied, Throttled, Unavailable and PilotageError.
        """
        terms = {"regionCode": region, **(filters or {})}
        wanted = [{"Type": "TERM_MATCH", "Field": field, "Value": value} for field, value in terms.items()]
        request: dict[str, Any] = {"ServiceCode": service, "Filters": wanted, "MaxResults": _PAGE}
        while True:
            with translated("pricing:GetProducts"):
                answer = self._client.get_products(**request)
            yield from answer["PriceList"]
            token = answer.get("NextToken")
            if not token:
                return
            request["NextToken"] = token

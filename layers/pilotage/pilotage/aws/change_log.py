"""CloudTrail: the port ChangeLog.

Source: AWS CloudTrail API reference, LookupEvents: 90 days, one attribute to look up by, 50 events a page, two calls a
second for an account and region. Events of ECS name their service in the request, not among the resources.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pilotage.aws.errors import translated
from pilotage.ports import Clock, Writing

_PAGES = 5  # of the newest: an account in which more happens has better tools
_PAUSE = 0.5  # seconds between two calls


class CloudTrailChangeLog:
    """`cloudtrail` is a botocore client."""

    def __init__(self, cloudtrail: Any, clock: Clock) -> None:
        self._cloudtrail, self._clock = cloudtrail, clock

    def last_writer(self, cluster: str, service: str, since: datetime) -> Writing | None:
        for event in self._events(since):
            told = _document(event)
            if _is_of(told.get("requestParameters") or {}, cluster, service) and not told.get("errorCode"):
                return Writing(_who(told, event), event["EventTime"])
        return None

    def _events(self, since: datetime) -> Iterator[Mapping[str, Any]]:
        """Newest first."""
        asked = {
            "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "UpdateService"}],
            "StartTime": since,
        }
        for page in range(_PAGES):
            if page:
                self._clock.sleep(_PAUSE)
            with translated("cloudtrail:LookupEvents"):
                answer = self._cloudtrail.lookup_events(**asked)
            yield from answer["Events"]
            if not answer.get("NextToken"):
                return
            asked["NextToken"] = answer["NextToken"]


def _document(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """CloudTrail gives the record itself as text."""
    try:
        told = json.loads(event.get("CloudTrailEvent") or "{}")
    except json.JSONDecodeError:
        return {}
    return told if isinstance(told, Mapping) else {}


def _is_of(request: Mapping[str, Any], cluster: str, service: str) -> bool:
    """Both may be named by their ARNs."""
    named = str(request.get("service", "")).rpartition("/")[2]
    where = str(request.get("cluster", "default")).rpartition("/")[2]
    return (named, where) == (service, cluster)


def _who(told: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    """The last part of an ARN; what CloudTrail calls the user where there is none ("userIdentity element")."""
    identity = told.get("userIdentity") or {}
    arn = str(identity.get("arn", ""))
    return arn.split(":", 5)[-1] or str(identity.get("invokedBy") or event.get("Username") or "somebody")

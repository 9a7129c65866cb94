"""What the functions said last, for a release that never came to its end."""

from __future__ import annotations

from pilotage_local.stack import client

_GROUPS = "/aws/lambda/pilotage-"
_WORDS = ("Error", "Exception", "Traceback")
_MOST = 5


def clues(endpoint: str) -> list[str]:
    """The last complaint in the log of each function, as `function: line`; none when all are content."""
    logs = client("logs", endpoint)
    found = []
    for group in logs.describe_log_groups(logGroupNamePrefix=_GROUPS)["logGroups"]:
        name = group["logGroupName"]
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=name)
        lines = [event["message"].strip() for page in pages for event in page["events"]]
        complaints = [line for line in lines if any(word in line for word in _WORDS) and not line.startswith("REPORT")]
        if complaints:
            found.append(f"{name.rpartition('/')[2]}: {complaints[-1][:300]}")
    return found[:_MOST]

"""How services of AWS put events on the default bus: PutEvents refuses their sources to everybody else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ministack.core.responses import set_request_account_id, set_request_region
from ministack.services import eventbridge


def emit_aws_event(source: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str]) -> None:
    """On the bus of the account and region that the current request (or thread) works for."""
    entry = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail), "Resources": list(resources)}
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)  # noqa: SLF001 - AWS's own way in


def work_for(account: str, region: str) -> None:
    """A thread of ours has no request: say whose resources it means."""
    set_request_account_id(account)
    set_request_region(region)

"""What is wrong with `connect` of a manifest that a schema cannot say.

Sources: Amazon ECS API reference, ServiceConnectService (discoveryName), ServiceConnectClientAlias,
TimeoutConfiguration.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pilotage.schema import Finding

# Letters in lower case, digits, underscores and hyphens, not beginning with a hyphen.
_DISCOVERY = re.compile(r"[a-z0-9_][a-z0-9_-]{0,63}")
_OFFERED = ("name", "as", "at", "idle_timeout", "request_timeout")


def connect_findings(manifest: Mapping[str, Any]) -> Iterator[Finding]:
    said = manifest.get("connect")
    if said is None:
        return
    if "port" not in said:
        for key in _OFFERED:
            if key in said:
                yield Finding(f"connect.{key}", said[key], "It needs a `port` that is offered: add it, or say `{}`.")
    if "name" in said and not _DISCOVERY.fullmatch(said["name"]):
        remedy = "It has lower-case letters, digits, `_` and `-`, and does not begin with `-`."
        yield Finding("connect.name", said["name"], remedy)
    if str(said.get("as", "")).startswith("-"):
        yield Finding("connect.as", said["as"], "A name does not begin with `-`.")

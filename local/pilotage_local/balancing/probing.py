"""Health checks as a target group describes them (Elastic Load Balancing user guide, "Health checks for Application
Load Balancer target groups").
"""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

Settings = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Probed:
    """One check. `reason` and `description` as DescribeTargetHealth words them, empty when it passed."""

    passed: bool
    reason: str = ""
    description: str = ""


PASSED = Probed(passed=True)
TIMED_OUT = Probed(False, "Target.Timeout", "Request timed out")
REFUSED = Probed(False, "Target.FailedHealthChecks", "Health checks failed")


class Probe(Protocol):
    """Whoever asks a target how it is."""

    def __call__(self, group: Settings, host: str, port: int) -> Probed: ...


def mismatch(code: int) -> Probed:
    return Probed(False, "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{code}]")


def ask(group: Settings, host: str, port: int) -> Probed:
    """Over HTTP, on the target's own port unless the group names another."""
    chosen = str(group.get("HealthCheckPort") or "traffic-port")
    asked = port if chosen == "traffic-port" else int(chosen)
    connection = http.client.HTTPConnection(host, asked, timeout=float(group.get("HealthCheckTimeoutSeconds") or 5))
    try:
        connection.request(
            "GET", str(group.get("HealthCheckPath") or "/"), headers={"User-Agent": "ELB-HealthChecker/2.0"}
        )
        status = connection.getresponse().status
    except TimeoutError:
        return TIMED_OUT
    except (OSError, http.client.HTTPException):
        return REFUSED
    finally:
        connection.close()
    return PASSED if matches(str((group.get("Matcher") or {}).get("HttpCode") or "200"), status) else mismatch(status)


def matches(matcher: str, status: int) -> bool:
    """`200`, `200,202` and `200-299` (API reference, Matcher)."""
    for part in matcher.split(","):
        first, _, last = part.strip().partition("-")
        if int(first) <= status <= int(last or first):
            return True
    return False

"""Why a deployment did not come in."""

from __future__ import annotations

from enum import StrEnum


class Cause(StrEnum):
    """Why a deployment was rolled back or stopped: who or what made ECS do it."""

    BREAKER = "circuit breaker"
    ALARM = "alarm"
    CHECK = "check"  # a hook of ours said no: a smoke test, or a comparison
    HOOK = "hook"  # a hook failed or timed out that is not ours
    REFUSED = "refused at a pause"  # by a person, or by a machine with a signed webhook
    PAUSE_TIMEOUT = "nobody decided at a pause"
    PERSON = "person"  # asked for it while it ran
    DEADLINE = "deadline"
    NEWER = "newer release"
    FOREIGN = "foreign"  # somebody else stopped it, or deployed over it
    UNKNOWN = "unknown"

"""What alarms that Pilotage owns are called, so that the name alone tells whose they are and what they say."""

from __future__ import annotations

import re

_HEX = re.compile(r"[0-9a-f]{8}")
_CHECK = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")


def alarm_prefix(environment: str, service: str) -> str:
    """Alarms of the service begin with it; so may those of another, whose name is longer: see `is_alarm_of`."""
    return f"pilotage-{environment}-{service}-"


def alarm_name(environment: str, service: str, check: str, content: str) -> str:
    """`content`: the hash of what the alarm says. A check's hyphens become underscores, so that a name can be read."""
    return f"{alarm_prefix(environment, service)}{check.replace('-', '_')}-{content[:8]}"


def is_alarm_of(name: str, environment: str, service: str) -> bool:
    """Whether Pilotage made it for this very service, and not for one whose name begins alike."""
    prefix = alarm_prefix(environment, service)
    if not name.startswith(prefix):
        return False
    check, _, content = name.removeprefix(prefix).partition("-")
    return _CHECK.fullmatch(check) is not None and _HEX.fullmatch(content) is not None

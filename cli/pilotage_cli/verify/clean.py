"""What must not be in a recording: the account's number, and anything that opens a door."""

from __future__ import annotations

import re
from collections.abc import Callable

EXAMPLE_ACCOUNT = "123456789012"  # of AWS's own examples
_KEY_ID = re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}\b")  # IAM user guide, "Unique identifiers"
_TOKEN = re.compile(r'("(?:task_?token|clientToken|authorizationToken|sessionToken)"\s*:\s*)"[^"]*"', re.IGNORECASE)
_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")
_MAC = re.compile(r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b")


def cleaner(account: str) -> Callable[[str], str]:
    """For one line of a recording, as text."""

    def clean(text: str) -> str:
        for pattern, instead in (
            (_KEY_ID, "REMOVED"),
            (_TOKEN, r'\1"REMOVED"'),
            (_ADDRESS, "192.0.2.1"),
            (_MAC, "02:00:5e:00:53:01"),
        ):
            text = pattern.sub(instead, text)
        return text.replace(account, EXAMPLE_ACCOUNT)

    return clean

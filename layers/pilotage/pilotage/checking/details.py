"""What a hook is told to check: `hookDetails`, which a plan wrote and ECS hands on.

They lie in the service's configuration, where whoever may update the service can write too: so they are read as
strangers' words, and the policy is asked again about the one address that is called.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from pilotage.document import from_document
from pilotage.errors import BadEvent, BadManifest, PilotageError
from pilotage.rollout_words import Check, SmokeTest

VERSION = 1
LONGEST_WITHIN = 30_000  # milliseconds; the manifest's schema has the same
_PATH = re.compile(r"/[!-~]{0,1023}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_MOST_SMOKE_TESTS = _MOST_CHECKS = 10
_TARGET_GROUPS = 2


@dataclass(frozen=True, slots=True)
class Tried:
    """How often this stage was looked at already, with this share of the traffic, without an end."""

    stage: str
    traffic: float | None
    times: int


@dataclass(frozen=True, slots=True)
class Details:
    """`target_groups`: ARNs, in no order that says which one the new revision has. `load_balancer`: `app/name/id`."""

    version: int
    environment: str
    service: str
    cluster: str
    url: str | None = None
    smoke: tuple[SmokeTest, ...] = ()
    checks: tuple[Check, ...] = ()
    target_groups: tuple[str, ...] = ()
    load_balancer: str | None = None
    tried: Tried | None = None

    def times(self, stage: str, traffic: float | None) -> int:
        """How often it was tried already. What another stage left is not counted."""
        same = self.tried is not None and (self.tried.stage, self.tried.traffic) == (stage, traffic)
        return self.tried.times if same and self.tried is not None else 0


def read_details(document: Mapping[str, Any]) -> Details:
    """Raises BadEvent, naming what is wrong."""
    import dacite  # noqa: PLC0415 - `document` imports it late, too

    if document.get("version") != VERSION:
        raise _bad("version", document.get("version"), f"This function reads version {VERSION}: release it again.")
    try:
        details = from_document(Details, document)
    except (dacite.DaciteError, TypeError, ValueError) as error:
        raise _bad("fields", str(error), "Release the service again.") from error
    _limits(details)
    return details


def address(base: str, path: str) -> str:
    """Where a smoke test goes: `base` is a scheme and a host, and whatever `path` says, the host stays that one.

    Raises BadManifest.
    """
    parts = _split(base)
    plain = parts.scheme in {"http", "https"} and parts.hostname and parts.username is None and parts.password is None
    if not plain or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise BadManifest("url of the smoke tests", base, "It has to be http:// or https://, a host, and no path.")
    if not _PATH.fullmatch(path):
        raise BadManifest("path of a smoke test", path, "It has to begin with / and hold printable ASCII alone.")
    return f"{parts.scheme}://{parts.netloc}{path}"


def _split(base: str) -> SplitResult:
    try:
        parts = urlsplit(base)
        parts.port  # noqa: B018 - read for what it raises
    except ValueError:
        return SplitResult("", "", "", "", "")
    return parts


def _limits(details: Details) -> None:
    if len(details.smoke) > _MOST_SMOKE_TESTS or len(details.checks) > _MOST_CHECKS:
        raise _bad("number of checks", len(details.smoke) + len(details.checks), "At most 10 of each kind.")
    if len(details.target_groups) > _TARGET_GROUPS:
        raise _bad("target_groups", len(details.target_groups), "A route has two at the most.")
    for check in details.checks:
        if not _NAME.fullmatch(check.name):
            raise _bad("name of a check", check.name, "Letters, digits, - and _, at most 40.")
        if sum(each is not None for each in (check.at_most, check.at_least, check.at_most_times)) != 1:
            raise _bad(f"bounds of the check {check.name}", None, "It has exactly one.")
        if not 1 <= check.minutes <= 60:  # noqa: PLR2004 - the schema of the manifest has the same
            raise _bad(f"minutes of the check {check.name}", check.minutes, "1 to 60.")


def _bad(name: str, value: object, remedy: str) -> PilotageError:
    return BadEvent(f"hookDetails of a lifecycle hook: {name}", value, remedy)

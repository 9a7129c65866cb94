"""What is different in one environment: the fields of `environments.NAME` go over those beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pilotage.manifest.members import overlaid
from pilotage.schema import Finding

ENVIRONMENTS = "environments"
# What names and orders services is the same everywhere.
_SAID_ONCE = ("$schema", "service", "services", "order", ENVIRONMENTS)


def parts(manifest: Mapping[str, Any], environment: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Where it stands (`environments.prod`, or "" for the manifest itself) and what it says, the stronger first. An
    environment that the manifest does not name has nothing of its own.
    """
    own = manifest.get(ENVIRONMENTS, {}).get(environment)
    if own:
        yield f"{ENVIRONMENTS}.{environment}", dict(own)
    yield "", {key: value for key, value in manifest.items() if key != ENVIRONMENTS}


def environment_findings(
    manifest: Mapping[str, Any], judge: Callable[[object], Sequence[Finding]]
) -> Iterator[Finding]:
    """What is wrong with `environments`. `judge` finds the mistakes of one manifest: of each part, and of what it comes
    to over the fields beside it, where a mistake that stands beside it is not told again.
    """
    beside = {key: value for key, value in manifest.items() if key not in _SAID_ONCE}
    known = {each.path for each in judge(beside)} if ENVIRONMENTS in manifest else set()
    for name, own in manifest.get(ENVIRONMENTS, {}).items():
        for key in _SAID_ONCE:
            if key in own:
                remedy = f"It is the same in every environment: say it beside `{ENVIRONMENTS}`."
                yield Finding(f"{ENVIRONMENTS}.{name}.{key}", own[key], remedy)
        plain = {key: value for key, value in own.items() if key not in _SAID_ONCE}
        found = tuple(judge(plain))
        if not found:
            found = tuple(each for each in judge(overlaid(plain, beside)) if each.path not in known)
        yield from (replace(each, path=f"{ENVIRONMENTS}.{name}.{each.path}") for each in found)

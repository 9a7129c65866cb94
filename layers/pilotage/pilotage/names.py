"""Names: which ones ECS takes, what a repository's name becomes, and which right name somebody meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

# ECS takes up to 255 letters, digits, hyphens and underscores in a service's name and in a family (API reference,
# CreateService and RegisterTaskDefinition). EventBridge Scheduler takes 64 characters (CreateSchedule), and the name of
# an environment has to fit in as well.
SERVICE_RULE = "1 to 48 letters, digits, `-` and `_`, beginning with a letter or digit"
_SERVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,47}")
ENVIRONMENT_RULE = "1 to 15 lower-case letters, digits and `-`, beginning with a letter"
_ENVIRONMENT = re.compile(r"[a-z][a-z0-9-]{0,14}")


def is_service_name(name: str) -> bool:
    return _SERVICE.fullmatch(name) is not None


def is_environment_name(name: str) -> bool:
    return _ENVIRONMENT.fullmatch(name) is not None


def service_name(repository: str) -> str:
    """The last part of a repository's name; what ECS does not take in a name becomes a hyphen.

    ECR's names are lower case with digits, `.`, `_`, `-` and `/`. The result can still be too long for a service:
    `is_service_name` tells.
    """
    return re.sub(r"[^A-Za-z0-9_-]", "-", repository.rsplit("/", 1)[-1])


def nearest(name: object, known: Iterable[str]) -> str | None:
    """The known name that somebody most likely meant; None when nothing comes near."""
    by_lower_case = {each.lower(): each for each in known}
    wanted = str(name)[:80].strip().lower().replace(" ", "_")
    # The same words with the other separator are the most common slip: grace-period for grace_period.
    candidates = (wanted, wanted.replace("-", "_"), wanted.replace("_", "-"))
    exact = next((by_lower_case[each] for each in candidates if each in by_lower_case), None)
    if exact is not None:
        return exact
    close = get_close_matches(wanted, by_lower_case, n=1, cutoff=0.6)
    return by_lower_case[close[0]] if close else None


def choices(known: Iterable[object], joint: str = "or") -> str:
    """`a, b or c`; `nothing` when there is none."""
    names = [str(name) for name in known]
    if len(names) < 2:  # noqa: PLR2004 - one name needs no joint
        return "".join(names) or "nothing"
    return f"{', '.join(names[:-1])} {joint} {names[-1]}"

"""The tags `pilotage:*` of an ECR repository: set by operators, they select among what the policy allows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pilotage.errors import BadTags, shown
from pilotage.manifest.words import WORDS, Wishes, read_wishes
from pilotage.names import ENVIRONMENT_RULE, SERVICE_RULE, choices, is_environment_name, is_service_name, nearest
from pilotage.schema import Finding, raise_findings

PREFIX = "pilotage:"
_NAMES = {"service": (is_service_name, SERVICE_RULE), "environment": (is_environment_name, ENVIRONMENT_RULE)}
KNOWN = ("enabled", *_NAMES, *WORDS)


@dataclass(frozen=True, slots=True)
class RepositoryTagsSettings:
    """What the tags say; None: not said."""

    enabled: bool | None = None
    service: str | None = None
    environment: str | None = None
    wishes: Wishes = field(default_factory=Wishes)


def read_repository_tags(tags: Mapping[str, str]) -> RepositoryTagsSettings:
    """Tags without the prefix `pilotage:` belong to others and are left alone.

    Raises BadTags, which names every wrong tag with its value, what is allowed, and the nearest right name. Tags are
    case sensitive in AWS: `pilotage:Size` is another tag than `pilotage:size`, and so a wrong one.
    """
    ours = {key: value for key, value in sorted(tags.items()) if key.lower().startswith(PREFIX)}
    raise_findings(BadTags, "repository tag", [each for key, value in ours.items() for each in _wrong(key, value)])
    own = {key.removeprefix(PREFIX): value for key, value in ours.items()}
    return RepositoryTagsSettings(
        enabled=own["enabled"] == "true" if "enabled" in own else None,
        service=own.get("service"),
        environment=own.get("environment"),
        wishes=read_wishes(own),
    )


def tag_options(options: Iterable[str]) -> Mapping[str, str]:
    """`size=large` or `pilotage:size=large`, as a terminal gives them, as the tags of a repository.

    Raises BadTags for an option without `=` and for a tag that is given twice.
    """
    tags: dict[str, str] = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals or not key:
            raise BadTags("tag", option, "Write it as KEY=VALUE, such as size=large.")
        name = key if key.lower().startswith(PREFIX) else f"{PREFIX}{key}"
        if name in tags:
            raise BadTags(f"tag {shown(name)}", value, f"It was given as {shown(tags[name])} before: keep one.")
        tags[name] = value
    return tags


def _wrong(key: str, value: str) -> Iterator[Finding]:
    name = key.removeprefix(PREFIX)
    if name not in KNOWN:
        guess = nearest(name.lower().removeprefix(PREFIX), KNOWN)
        meant = f"; did you mean `{PREFIX}{guess}`?" if guess else "."
        remedy = f"There is no such tag{meant} The tags are {choices([PREFIX + each for each in KNOWN], 'and')}."
        yield Finding(shown(key), value, remedy)
    elif name in _NAMES:
        allowed, rule = _NAMES[name]
        if not allowed(value):
            yield Finding(key, value, f"It can be {rule}.")
    else:
        values = ("true", "false") if name == "enabled" else tuple(WORDS[name])
        if value not in values:
            guess = nearest(value, values)
            yield Finding(key, value, f"{f'Did you mean `{guess}`? ' if guess else ''}It can be {choices(values)}.")

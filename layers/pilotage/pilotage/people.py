"""Who is who: the ids that chats, GitHub, webhooks and IAM know people by, and the names that a policy gives them.

An identity counts only after its channel has proven it: a signature that was verified, or IAM's own word. A person
without an entry can look, and not decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase


class Channel(StrEnum):
    """Where a message came from, and with it how its sender was proven."""

    SLACK = "slack"
    TEAMS = "teams"
    WEBHOOK = "webhook"
    GITHUB = "github"
    IAM = "iam"


@dataclass(frozen=True, slots=True)
class Identity:
    """`id`: Slack `T0001/U0001` (team and user), Teams `tenant/aad object id`, a webhook's sender, a GitHub login in
    lower case, or the ARN of an IAM principal.
    """

    channel: Channel
    id: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.id}"


@dataclass(frozen=True, slots=True)
class Person:
    """The ids of one person. `iam` are patterns of ARNs (`*` allowed); `email` is what commits are signed with."""

    slack: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    webhook: tuple[str, ...] = ()
    github: tuple[str, ...] = ()
    iam: tuple[str, ...] = ()
    email: tuple[str, ...] = ()


def who(people: Mapping[str, Person], identity: Identity) -> str | None:
    """The name that the policy knows this identity by; None for a stranger."""
    for name, person in people.items():
        known: tuple[str, ...] = getattr(person, identity.channel.value)
        if identity.channel is Channel.IAM:
            if any(fnmatchcase(identity.id, pattern) for pattern in known):
                return name
        elif identity.id in known:
            return name
    return None


def named(people: Mapping[str, Person], authors: Iterable[str]) -> frozenset[str]:
    """The names of those authors (e-mails, GitHub logins or names) that the policy knows."""
    told = {author.strip().lower() for author in authors if author.strip()}
    return frozenset(
        name
        for name, person in people.items()
        if told & {name.lower(), *(each.lower() for each in (*person.email, *person.github))}
    )

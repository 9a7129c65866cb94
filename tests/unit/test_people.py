"""Who is who: an identity counts through its own channel alone, and a stranger is nobody."""

from __future__ import annotations

import pytest
from pilotage.people import Channel, Identity, Person, named, who

PEOPLE = {
    "alice": Person(slack=("T1/U1",), github=("alice-gh",), email=("Alice@Example.org",)),
    "bob": Person(slack=("T1/U2", "T2/U1"), teams=("tenant/b",), webhook=("ci",), iam=("arn:aws:iam::*:user/bob",)),
}


@pytest.mark.parametrize(
    ("channel", "id_", "name"),
    [
        (Channel.SLACK, "T1/U1", "alice"),
        (Channel.SLACK, "T2/U1", "bob"),
        (Channel.SLACK, "T3/U1", None),
        (Channel.SLACK, "T1/*", None),
        (Channel.TEAMS, "tenant/b", "bob"),
        (Channel.TEAMS, "T1/U1", None),
        (Channel.WEBHOOK, "ci", "bob"),
        (Channel.GITHUB, "alice-gh", "alice"),
        (Channel.GITHUB, "ci", None),
        (Channel.IAM, "arn:aws:iam::123456789012:user/bob", "bob"),
        (Channel.IAM, "arn:aws:iam::123456789012:user/bobby", None),
        (Channel.IAM, "ARN:aws:iam::123456789012:user/bob", None),
    ],
)
def test_an_identity_is_known_through_its_own_channel(channel: Channel, id_: str, name: str | None) -> None:
    """Case 23: an id of one chat is nobody in another; only ARNs have patterns."""
    assert who(PEOPLE, Identity(channel, id_)) == name


@pytest.mark.parametrize(
    ("authors", "names"),
    [
        ([], set()),
        (["alice@example.org"], {"alice"}),
        ([" ALICE@EXAMPLE.ORG "], {"alice"}),
        (["Alice-GH"], {"alice"}),
        (["Bob"], {"bob"}),
        (["bob", "alice"], {"alice", "bob"}),
        (["", "  "], set()),
        (["T1/U1", "ci", "nobody@example.org"], set()),
    ],
)
def test_authors_are_known_by_mail_login_or_name(authors: list[str], names: set[str]) -> None:
    """What commits and pushes name people by, in any case."""
    assert named(PEOPLE, authors) == names


def test_an_identity_says_its_channel() -> None:
    """For the trail, and for who is refused."""
    assert str(Identity(Channel.SLACK, "T1/U1")) == "slack:T1/U1"

"""Who may steer: approvers, in an emergency those who may break the glass, and IAM where nobody is named."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from fakes import asked
from fakes.steering import DECIDERS
from pilotage.command import Command, CommandVerb
from pilotage.people import Channel, Identity
from pilotage.policy import Policy, read_policy
from pilotage.rights import may_not, may_not_everywhere
from pilotage.stops import Scope
from pilotage.usecases.commands.steer import STEERS

SLACK, IAM = Identity(Channel.SLACK, "T0CATS/U0ADA"), Identity(Channel.IAM, "arn:aws:iam::123456789012:role/deploy")
EMERGENCIES = {"rollback", "freeze", "lock", "unlock"}


def policy(**fields: Any) -> Policy:
    return read_policy(json.dumps(asked.policy_document(**fields)), "v1")


NOBODY, OWNERS = policy(), policy(**DECIDERS)
STRANGERS = policy(**{**DECIDERS, "people": {**DECIDERS["people"], "ada": {"slack": ["T0DOGS/U0ADA"]}}})
TWO = policy(
    **{**DECIDERS, "approval": {"when": "never", "rule": {"groups": [{"group": "owners"}, {"group": "oncall"}]}}}
)


@pytest.mark.parametrize("verb", sorted(STEERS))
@pytest.mark.parametrize(
    ("rules", "identity", "person", "may"),
    [
        (OWNERS, SLACK, "ada", "all"),
        (OWNERS, IAM, "ada", "all"),
        (OWNERS, SLACK, "linus", "emergencies"),  # of the group that may break the glass
        (OWNERS, SLACK, "mary", "none"),  # known, and of no group
        (OWNERS, SLACK, None, "none"),
        (OWNERS, IAM, None, "none"),
        (NOBODY, SLACK, "ada", "none"),
        (NOBODY, SLACK, None, "none"),
        (NOBODY, IAM, "ada", "all"),
        (NOBODY, IAM, None, "all"),
    ],
)
def test_who_may_steer(verb: CommandVerb, rules: Policy, identity: Identity, person: str | None, may: str) -> None:
    """Case 23. A stranger, and somebody of no group, changes nothing."""
    refusal = may_not(Command(verb, Scope("dev", "cats")), identity, person, rules)
    allowed = may == "all" or (may == "emergencies" and verb in EMERGENCIES)
    assert (refusal is None) is allowed


@pytest.mark.parametrize(
    ("rules", "person", "words"),
    [
        (OWNERS, "mary", "mary is in none of the groups that decide in dev: owners"),
        (OWNERS, None, "an operator has to add you to the people in the policy of dev"),
        (
            NOBODY,
            "ada",
            (
                "the policy of dev names no approvers, so nobody in a chat may pin there: "
                "it takes the command line, which IAM authorises"
            ),
        ),
        (TWO, "mary", "mary is in none of the groups that decide in dev: owners, oncall"),
    ],
)
def test_a_refusal_says_what_would_help(rules: Policy, person: str | None, words: str) -> None:
    """Otherwise people ask the operators what went wrong."""
    refusal = may_not(Command(CommandVerb.PIN, Scope("dev", "cats")), SLACK, person, rules)
    assert words in str(refusal)


def test_a_group_that_is_gone_decides_nothing() -> None:
    """A policy is read again for every command: between two of them, a group may have been taken out of it."""
    command = Command(CommandVerb.FREEZE, Scope("dev", "cats"))
    assert may_not(command, SLACK, "ada", replace(OWNERS, groups={})) is not None


@pytest.mark.parametrize(
    ("user", "environments", "refusal"),
    [
        ("U0ADA", [OWNERS, OWNERS], None),
        ("U0ADA", [], None),
        ("U0LINUS", [OWNERS], "linus is in none of the groups that decide in dev: owners"),  # could stop dev alone
        ("U0ADA", [OWNERS, STRANGERS], "nobody knows slack:T0CATS/U0ADA: an operator has to add you to the people in"),
        ("U0ADA", [OWNERS, NOBODY, OWNERS], "the policy of dev names no approvers, so nobody in a chat may unfreeze"),
    ],
)
def test_everything_takes_a_right_in_each_environment(
    user: str, environments: list[Policy], refusal: str | None
) -> None:
    """Who approves in dev must not stop prod by stopping everything, not in an emergency either."""
    command, identity = Command(CommandVerb.FREEZE, Scope(None)), Identity(Channel.SLACK, f"T0CATS/{user}")
    told = may_not_everywhere(command, identity, environments)
    start = f"freeze of everything takes who may steer every environment: {refusal}"
    assert told is None if refusal is None else str(told).startswith(start)

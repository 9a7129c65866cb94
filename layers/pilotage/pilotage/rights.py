"""Who may steer an environment: those who approve there; in an emergency also those who may break the glass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pilotage.command import Command, CommandVerb
from pilotage.people import Channel, Identity, who
from pilotage.policy import Policy

# What only stops things, or brings back what ran before.
EMERGENCIES = frozenset({CommandVerb.FREEZE, CommandVerb.LOCK, CommandVerb.UNLOCK, CommandVerb.ROLLBACK})


def may_not(command: Command, identity: Identity, person: str | None, policy: Policy) -> str | None:
    """Why this one may not steer, in a sentence for them; None when they may. Looking is open to all.

    `person` is the name that the policy knows the identity by. `policy` is that of the command's environment; for
    everything, that of the default environment. Where no approvers are configured, IAM decides who may call, and
    nobody in a chat can be told from anybody else.
    """
    groups = tuple(each.group for each in policy.approval.rule.groups)
    if not groups:
        if identity.channel is Channel.IAM:
            return None
        return (
            f"the policy of {policy.environment} names no approvers, so nobody in a chat may {command.verb} there: "
            "it takes the command line, which IAM authorises"
        )
    if person is None:
        return (
            f"nobody knows {identity}: an operator has to add you to the people in the policy of {policy.environment}"
        )
    if is_one_of(person, groups, policy):
        return None
    if command.verb in EMERGENCIES and may_break_glass(person, policy):
        return None
    return f"{person} is in none of the groups that decide in {policy.environment}: {', '.join(groups)}"


def may_not_everywhere(command: Command, identity: Identity, policies: Iterable[Policy]) -> str | None:
    """Why this one may not steer all of these environments at once; None when they approve in each.

    What is for everything is for each: those who approve in dev neither stop prod nor let it go. An emergency is none
    here: whoever may act in one environment alone can stop that one.
    """
    steered = replace(command, verb=CommandVerb.UNFREEZE)
    for policy in policies:
        refusal = may_not(steered, identity, who(policy.people, identity), policy)
        if refusal is not None:
            return f"{command.verb} of everything takes who may steer every environment: {refusal}"
    return None


def may_break_glass(person: str, policy: Policy) -> bool:
    group = policy.approval.rule.break_glass
    return group is not None and is_one_of(person, (group,), policy)


def is_one_of(person: str, groups: tuple[str, ...], policy: Policy) -> bool:
    return any(person in policy.groups.get(group, ()) for group in groups)

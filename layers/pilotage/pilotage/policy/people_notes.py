"""What a policy without mistakes leaves to chance where people decide."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pilotage.policy.people_checks import rule_groups, rule_of

Document = Mapping[str, Any]

# `*` in the account's or the role's part of an ARN, or in place of the session: more than one person's sessions.
_MANY = re.compile(r"(:user/|:assumed-role/|:role/)[^/]*\*|:\*|:assumed-role/[^/]+/\*$")


def people_notes(policy: Document) -> Iterator[str]:
    """A sentence each."""
    for note in (_when, _rule, _alone, _one_for_all, _glass, _people, _rooms):
        yield from note(policy)


def _when(policy: Document) -> Iterator[str]:
    approval = policy.get("approval", {})
    never = approval.get("when", "never") == "never"
    if never and policy["environment"].startswith("prod"):
        yield "approval.when: never releases every push to this environment with nobody asked."
    if never and "rule" in approval:
        yield "approval.rule: nobody is asked, since `when` is never."


def _rule(policy: Document) -> Iterator[str]:
    if rule_of(policy).get("self_approval"):
        yield "approval.rule.self_approval: who wrote a change can release it with nobody else looking."


def _alone(policy: Document) -> Iterator[str]:
    """A stand-in is no way out: a member and who stands in for them are one voice, and an author's is silent."""
    rule = rule_of(policy)
    for needed in rule.get("groups", ()):
        members = set(policy["groups"][needed["group"]])
        if len(members) == needed.get("quorum", 1) and not rule.get("self_approval"):
            yield (
                f"groups.{needed['group']}: all {len(members)} have to agree, so what one of them wrote can never be "
                "approved. Add somebody, or lower the quorum."
            )


def _one_for_all(policy: Document) -> Iterator[str]:
    """Whoever has a seat in several groups speaks in each of them."""
    rule = rule_of(policy)
    needed = rule.get("groups", ())
    if len(needed) == 1 or any(each.get("quorum", 1) > 1 for each in needed):
        return
    seats = [set(policy["groups"][each["group"]]) for each in needed]
    voices = [each | {who for absent, who in rule.get("delegates", {}).items() if absent in each} for each in seats]
    for name in sorted(set.intersection(*voices)) if voices else ():
        yield f"approval.rule.groups: {name} has a voice in each of them, and alone can say yes for all."


def _glass(policy: Document) -> Iterator[str]:
    group = rule_of(policy).get("break_glass")
    if group is None:
        return
    members = sorted(set(policy["groups"][group]))
    if len(members) == 1:
        yield f"approval.rule.break_glass: {members[0]} alone can release anything, for any reason that is given."
    if "slack_pages" not in policy.get("rooms", {}):
        yield "rooms.slack_pages: there is none, so nobody is paged when the glass is broken."


def _people(policy: Document) -> Iterator[str]:
    deciding = {name for group in rule_groups(policy) for name in policy["groups"][group]}
    for name, ids in sorted(policy.get("people", {}).items()):
        if not any(found for channel, found in ids.items() if channel != "email"):
            yield f"people.{name}: no chat, GitHub, webhook or IAM knows this person, who can decide nowhere."
        if name in deciding and not ids.get("email") and not ids.get("github"):
            yield f"people.{name}: without `email` or `github`, nobody can tell which changes are this person's own."
        for pattern in ids.get("iam", ()):
            if _MANY.search(pattern):
                yield f"people.{name}.iam: {pattern!r} is everybody with such a role. Name role and session."


def _rooms(policy: Document) -> Iterator[str]:
    rooms = policy.get("rooms", {})
    if policy.get("approval", {}).get("when", "never") == "never":
        return
    if "slack" not in rooms and not rooms.get("teams") and not rooms.get("github"):
        yield "rooms: there is none, so nobody is told that a release waits for them."

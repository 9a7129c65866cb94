"""What a policy's schema cannot say of people, rules and windows: names that nobody has, yeses that nobody can give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from pilotage.names import choices, nearest
from pilotage.policy.window_checks import window_findings
from pilotage.schema import Finding

Document = Mapping[str, Any]


def people_findings(policy: Document) -> Iterator[Finding]:
    """The mistakes, in a document that the schema has nothing against."""
    for check in (_members, _one_person_for_an_id, _rule_is_there, _groups, _delegates, _glass, _rooms, _windows):
        yield from check(policy)


def _members(policy: Document) -> Iterator[Finding]:
    people = policy.get("people", {})
    for group, members in policy.get("groups", {}).items():
        for index, name in enumerate(members):
            if name not in people:
                yield _nobody(f"groups.{group}[{index}]", name, people)


def _one_person_for_an_id(policy: Document) -> Iterator[Finding]:
    """Otherwise it would depend on the order of the document who somebody is."""
    people, owners = policy.get("people", {}), dict[tuple[str, str], str]()
    for name, ids in people.items():
        for channel, index, each in _ids(ids):
            owner = owners.setdefault((channel, each.lower()), name)
            if owner == name:
                owner = _owner_of_pattern(channel, each, name, owners)
            if owner != name:
                yield Finding(f"people.{name}.{channel}[{index}]", each, f"It is {owner}'s, too: one person an id.")
            if channel == "github" and each != name and each in people:
                remedy = f"It is the name of another person here, whom commits would name by it: rename {each}."
                yield Finding(f"people.{name}.{channel}[{index}]", each, remedy)


def _owner_of_pattern(channel: str, pattern: str, name: str, owners: Mapping[tuple[str, str], str]) -> str:
    """Whose pattern of ARNs an ARN meets, or whose ARN a pattern."""
    for (other_channel, other), owner in owners.items():
        if channel == other_channel == "iam" and owner != name and _meet(pattern.lower(), other):
            return owner
    return name


def _ids(ids: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, int, str]]:
    for channel in sorted(ids):
        for index, each in enumerate(ids[channel]):
            yield channel, index, each


def _meet(one: str, other: str) -> bool:
    return fnmatchcase(one, other) or fnmatchcase(other, one)


def _rule_is_there(policy: Document) -> Iterator[Finding]:
    approval = policy.get("approval", {})
    if approval.get("when", "never") != "never" and "rule" not in approval:
        yield Finding("approval.rule", None, f"`when` is {approval['when']}: say who has to agree.")


def _groups(policy: Document) -> Iterator[Finding]:
    groups, seen = policy.get("groups", {}), set()
    for index, needed in enumerate(rule_of(policy).get("groups", ())):
        path, name = f"approval.rule.groups[{index}]", needed["group"]
        members = set(groups.get(name, ()))
        if name not in groups:
            yield _no_group(f"{path}.group", name, groups)
        elif needed.get("quorum", 1) > len(members):
            remedy = f"{name} has only {len(members)}: this could never be approved."
            yield Finding(f"{path}.quorum", needed["quorum"], remedy)
        if name in seen:
            yield Finding(f"{path}.group", name, "It stands here twice: once, with the quorum that you mean.")
        seen.add(name)


def _delegates(policy: Document) -> Iterator[Finding]:
    people = policy.get("people", {})
    seats = {name for group in rule_groups(policy) for name in policy.get("groups", {}).get(group, ())}
    for absent, stand_in in rule_of(policy).get("delegates", {}).items():
        path = f"approval.rule.delegates.{absent}"
        if absent not in people:
            yield _nobody(path, absent, people)
        elif absent not in seats:
            yield Finding(path, absent, "Nobody has to stand in for who is in none of the rule's groups.")
        if stand_in not in people:
            yield _nobody(path, stand_in, people)
        elif stand_in == absent:
            yield Finding(path, stand_in, "Nobody stands in for themselves: name another person.")


def _glass(policy: Document) -> Iterator[Finding]:
    group, groups = rule_of(policy).get("break_glass"), policy.get("groups", {})
    if group is not None and group not in groups:
        yield _no_group("approval.rule.break_glass", group, groups)


def _rooms(policy: Document) -> Iterator[Finding]:
    rooms = policy.get("rooms", {})
    for name in ("slack", "slack_pages"):
        if name in rooms and "slack_team" not in rooms:
            yield Finding(f"rooms.{name}", rooms[name], "Say of which team: slack_team.")


def _windows(policy: Document) -> Iterator[Finding]:
    for path in (("approval", "evenings"), ("freeze", "windows")):
        for index, window in enumerate(policy.get(path[0], {}).get(path[1], ())):
            yield from window_findings(f"{path[0]}.{path[1]}[{index}]", window)


def rule_of(policy: Document) -> Document:
    rule: Document = policy.get("approval", {}).get("rule", {})
    return rule


def rule_groups(policy: Document) -> Sequence[str]:
    return [each["group"] for each in rule_of(policy).get("groups", ())]


def _nobody(path: str, name: str, people: Document) -> Finding:
    return Finding(path, name, f"There is no such person in people{_perhaps(name, people)}")


def _no_group(path: str, name: str, groups: Document) -> Finding:
    return Finding(path, name, f"There is no such group in groups{_perhaps(name, groups)}")


def _perhaps(name: str, known: Document) -> str:
    guess = nearest(name, sorted(known))
    if guess:
        return f"; did you mean `{guess}`?"
    return f": there is {choices(sorted(known), 'and')}." if known else ", which are empty."

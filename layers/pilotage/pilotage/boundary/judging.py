"""How a rendered definition is judged: field by field, and closed to every field that no rule knows."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pilotage.boundary import arns
from pilotage.errors import shown
from pilotage.names import choices
from pilotage.schema import Hidden

if TYPE_CHECKING:
    from pilotage.policy import Policy


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was rendered of a rollout before any override: no override may weaken it.

    `deployment`: the deployment configuration. `load_balancers` as in CreateService. `repository`: `account/name`,
    whose service it is. `connect`: the Service Connect configuration, by which traffic may be shifted. `starter`: the
    ARN of what starts jobs.
    """

    deployment: Mapping[str, Any] = field(default_factory=dict)
    load_balancers: Collection[Mapping[str, Any]] = ()
    repository: str | None = None
    connect: Mapping[str, Any] | None = None
    starter: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """Who asks, under which policy, and what of the rollout is agreed."""

    policy: Policy
    service: str
    agreed: Agreed = field(default_factory=Agreed)

    @property
    def file(self) -> str:
        return f"policies/{self.policy.environment}.json"

    def allows(self, arn: str, patterns: Collection[str]) -> bool:
        return arns.matches(arn, patterns, service=self.service, environment=self.policy.environment)

    def filled(self, pattern: str) -> str:
        return arns.filled(pattern, service=self.service, environment=self.policy.environment)

    def refused(self, path: str, value: object, allowed: Collection[str], rule: str) -> str:
        """The sentence: what was asked for, what is allowed, and whose file to change. `rule` is the policy's field."""
        may = choices(sorted(self.filled(each) for each in allowed), "and")
        return (
            f"{path}: {shown(value)}. The policy of {self.policy.environment} allows {may} here. Change it in "
            f"pilotage.yaml, or have the operators widen {rule} in {self.file}."
        )

    def never(self, path: str, value: object, why: str) -> str:
        """The same for what no policy can allow."""
        return f"{path}: {shown(value)}. {why} Take it out of `overrides` in pilotage.yaml."


# What identifies a release is Pilotage's: an override of it would break approval, record and rollback.
OURS: Mapping[str, frozenset[str]] = {
    "task_definition": frozenset({"family"}),
    "service": frozenset(
        {"serviceName", "service", "cluster", "taskDefinition", "clientToken", "deploymentController"}
    ),
}
_INDEX = re.compile(r"\[[0-9]+\]")

Rule = Callable[[Case, str, Any], Iterator[str]]


def judge(case: Case, path: str, body: object, free: Collection[str], rules: Mapping[str, Rule]) -> Iterator[str]:
    """Every refusal in `body`. A field is free, or has a rule, or was opened by the operators, or is refused; null is a
    field that is not there.
    """
    if not isinstance(body, Mapping):
        yield case.never(path, Hidden(), "It has to be a mapping.")  # an environment is one
        return
    for key, value in sorted(body.items(), key=lambda item: str(item[0])):
        where = f"{path}.{key if isinstance(key, str) and key.isidentifier() and key.isascii() else shown(key)}"
        if value is None or key in free:
            continue
        if key in rules:
            yield from rules[key](case, where, value)
        elif not _is_opened(case, where):
            yield case.never(where, Hidden(), "No rule allows this field to a workload.")


def _is_opened(case: Case, path: str) -> bool:
    """By `allow.fields`: whole paths without indexes. What is Pilotage's own no operator opens by mistake."""
    plain = _INDEX.sub("", path)
    part, _, field = plain.partition(".")
    return plain in case.policy.allow.fields and field not in OURS.get(part, ())


def each(rule: Rule) -> Rule:
    """The rule for a list, from the rule for one of its entries."""

    def over_list(case: Case, path: str, value: Any) -> Iterator[str]:
        if not isinstance(value, (list, tuple)):
            yield case.never(path, Hidden(), "It has to be a list.")  # as the environment of a container is
            return
        for index, entry in enumerate(value):
            yield from rule(case, f"{path}[{index}]", entry)

    return over_list


def mapping(free: Collection[str], rules: Mapping[str, Rule]) -> Rule:
    """The rule for a mapping, from the rules for its fields."""

    def over_mapping(case: Case, path: str, value: Any) -> Iterator[str]:
        yield from judge(case, path, value, free, rules)

    return over_mapping


def at_most(limit: Callable[[Policy], int], rule: str, read: Callable[[Any], int | None]) -> Rule:
    """The rule for an amount; one that cannot be read is refused."""

    def amount(case: Case, path: str, value: Any) -> Iterator[str]:
        found, most = read(value), limit(case.policy)
        if found is None or not 0 <= found <= most:
            yield case.refused(path, value, [f"{most} at most"], rule)

    return amount


def unless(allowed: Callable[[Policy], bool], rule: str, harmless: Collection[object] = (False,)) -> Rule:
    """The rule for what a switch of the policy allows. `harmless` are values that ask for nothing."""

    def switched(case: Case, path: str, value: Any) -> Iterator[str]:
        asks = not any(value is one or (value == one and type(value) is type(one)) for one in harmless)
        if asks and value not in ([], {}, ()) and not allowed(case.policy):
            yield case.refused(path, value, [shown(one) for one in harmless], rule)

    return switched


def mappings(value: object) -> list[Mapping[str, Any]]:
    """The mappings in a list; what is none is a matter for the rules, not for who looks something up."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, (list, tuple)) else []


def whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None

"""What a policy's schema cannot say: values that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pilotage.manifest import manifest_findings
from pilotage.manifest.units import cpu_units, mebibytes
from pilotage.policy.people_checks import people_findings
from pilotage.schema import Finding, Hidden, findings

_HUNDRED = 100


def policy_findings(document: object) -> tuple[Finding, ...]:
    """Every mistake in a document that is made of plain JSON values."""
    found = findings("policy", document)
    if found or not isinstance(document, Mapping):
        return found
    return tuple(each for check in _CHECKS for each in check(document))


def _defaults(policy: Mapping[str, Any]) -> Iterator[Finding]:
    defaults = policy.get("defaults", {})
    for each in manifest_findings(defaults):
        yield Finding(f"defaults.{each.path}", each.value, each.remedy)
    if "service" in defaults:
        yield Finding("defaults.service", defaults["service"], "A service is named by its repository: take it out.")
    if "environments" in defaults:
        remedy = f"This policy is {policy['environment']}'s: say it right under `defaults`."
        yield Finding("defaults.environments", Hidden(), remedy)


def _defaults_within_limits(policy: Mapping[str, Any]) -> Iterator[Finding]:
    """What every workload asks for unless it says otherwise must be something that it may have."""
    defaults, limits = policy.get("defaults", {}), policy.get("limits", {})
    for field, read, usual in (("cpu", cpu_units, 4096), ("memory", mebibytes, 16384), ("count", int, 20)):
        most = limits.get(field, usual)
        asked = defaults.get(field)
        amount = read(asked) if isinstance(asked, (int, float, str)) and not isinstance(asked, bool) else None
        if amount is not None and amount > most:
            remedy = f"It is beyond limits.{field} ({most}): change one of them."
            yield Finding(f"defaults.{field}", asked, remedy)


def _rollout(policy: Mapping[str, Any]) -> Iterator[Finding]:
    rollout = policy.get("rollout", {})
    if rollout.get("minimum_healthy_percent", _HUNDRED) == rollout.get("maximum_percent", 200) == _HUNDRED:
        yield Finding(
            "rollout.maximum_percent",
            _HUNDRED,
            "With minimum_healthy_percent 100 ECS could neither stop an old task nor start a new one: raise this "
            "one, or lower the other.",
        )


def _early_success(policy: Mapping[str, Any]) -> Iterator[Finding]:
    """Amazon ECS API reference, DeploymentEarlySuccessCriteria, healthyPercent."""
    rollout = policy.get("rollout", {})
    early, least = rollout.get("early_success"), rollout.get("minimum_healthy_percent", _HUNDRED)
    if early is not None and early < least:
        remedy = f"ECS takes no less than rollout.minimum_healthy_percent, which is {least}: change one of them."
        yield Finding("rollout.early_success", early, remedy)


def _pauses(policy: Mapping[str, Any]) -> Iterator[Finding]:
    pauses = policy.get("rollout", {}).get("pauses")
    if pauses and not policy.get("approval", {}).get("rule", {}).get("groups"):
        yield Finding("rollout.pauses", pauses, "Nobody may decide there: say who under approval.rule.")


def _routes(policy: Mapping[str, Any]) -> Iterator[Finding]:
    """What shifts traffic needs all of it; of a part, nothing comes."""
    for name, route in sorted(policy.get("routing", {}).items()):
        alternate = route.get("alternate_target_group")
        if alternate is not None and alternate == route["target_group"]:
            path = f"routing.{name}.alternate_target_group"
            yield Finding(path, alternate, "It is the route's own target group: traffic shifts between two.")
        if route.get("test_url") is not None and route.get("test_listener_rule") is None:
            path = f"routing.{name}.test_listener_rule"
            yield Finding(path, None, "It is missing: test_url is where the test listener answers.")


def _spot(policy: Mapping[str, Any]) -> Iterator[Finding]:
    capacity = policy.get("capacity", {})
    if capacity.get("spot_base") and not capacity.get("fargate", True):
        yield Finding("capacity.spot_base", capacity["spot_base"], "Nothing is on demand here: allow fargate.")


def _capacity(policy: Mapping[str, Any]) -> Iterator[Finding]:
    capacity = policy.get("capacity", {})
    places = (capacity.get("fargate", True), capacity.get("fargate_spot"), capacity.get("ec2"))
    if not any((*places, capacity.get("managed_instances"))):
        yield Finding("capacity", dict(capacity), "Nothing could run: name a capacity provider, or allow fargate.")


def _paths(policy: Mapping[str, Any]) -> Iterator[Finding]:
    for index, path in enumerate(policy.get("allow", {}).get("host_paths", ())):
        if {".", ".."} & set(path.split("/")):
            yield Finding(f"allow.host_paths[{index}]", path, "Write the path without `.` and `..`.")


def _placeholders(policy: Mapping[str, Any]) -> Iterator[Finding]:
    patterns = [(f"roles.task[{i}]", each) for i, each in enumerate(policy["roles"].get("task", ()))]
    patterns += [(f"secrets[{i}]", each) for i, each in enumerate(policy.get("secrets", ()))]
    files = policy.get("allow", {}).get("env_files", ())
    patterns += [(f"allow.env_files[{i}]", each) for i, each in enumerate(files)]
    for path, pattern in patterns:
        rest = pattern.replace("{service}", "").replace("{environment}", "")
        if "{" in rest or "}" in rest:
            yield Finding(path, pattern, "The placeholders are {service} and {environment}.")


_CHECKS = (
    _defaults, _defaults_within_limits, _rollout, _early_success, _pauses, _routes, _spot, _capacity, _paths,
    _placeholders, people_findings,
)  # fmt: skip

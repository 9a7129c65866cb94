"""A policy whose route can shift traffic, and what is asked of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pilotage.choosing import choose
from pilotage.definitions import Checker, Definitions, render
from pilotage.placement import place
from pilotage.policy import Policy
from pilotage.strategy import Strategy
from pilotage.workload import Workload, resolve

from fakes import asked
from fakes.workloads import STAMP

ELB = f"arn:aws:elasticloadbalancing:{asked.REGION}:{asked.ACCOUNT}"
ALTERNATE = f"{ELB}:targetgroup/web-b/fedcba9876543210"
RULE = f"{ELB}:listener-rule/app/shop/0123456789abcdef/0123456789abcdef/0123456789abcdef"
TEST_RULE = f"{ELB}:listener-rule/app/shop/0123456789abcdef/0123456789abcdef/fedcba9876543210"
INFRASTRUCTURE = f"{asked.ROLES}/pilotage/infrastructure"
ROUTE: dict[str, Any] = {
    "target_group": asked.TARGET_GROUP,
    "services": ["cats"],
    "alternate_target_group": ALTERNATE,
    "listener_rule": RULE,
    "test_listener_rule": TEST_RULE,
    "test_url": "http://internal-shop.example:8443",
}
ROLES = {**asked.policy_document()["roles"], "infrastructure": INFRASTRUCTURE}
DECIDERS = {
    "people": {"ada": {"email": ["ada@example.org"]}},
    "groups": {"sre": ["ada"]},
    "approval": {"rule": {"groups": [{"group": "sre"}]}},
}
CHECKER = Checker(
    f"arn:aws:lambda:{asked.REGION}:{asked.ACCOUNT}:function:pilotage-CheckRollout", f"{asked.ROLES}/pilotage/hook"
)
STAMPED = replace(STAMP, repository=f"{asked.ACCOUNT}/team/cats")


def policy(route: dict[str, Any] | None = None, **fields: Any) -> Policy:
    """`route` goes over the one that has everything; a field of None is taken out."""
    whole = {key: value for key, value in {**ROUTE, **(route or {})}.items() if value is not None}
    return asked.policy(**{"routing": {"web": whole}, "roles": ROLES, **DECIDERS, **fields})


def workload(manifest: dict[str, Any], rules: Policy | None = None) -> Workload:
    return resolve(asked.artifact(asked.config(manifest)), {}, rules or policy())


def chosen(manifest: dict[str, Any], rules: Policy | None = None) -> Strategy:
    rules = rules or policy()
    wanted = workload(manifest, rules)
    return choose(wanted, place(wanted, rules), rules)


def rendered(manifest: dict[str, Any], rules: Policy | None = None, checker: Checker | None = CHECKER) -> Definitions:
    rules = rules or policy()
    image = asked.artifact(asked.config(manifest))
    wanted = resolve(image, {}, rules)
    placement = place(wanted, rules)
    return render(wanted, placement, rules, image, STAMPED, choose(wanted, placement, rules), checker)

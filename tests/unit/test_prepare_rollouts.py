"""Prepare for every way to roll out: from the image's label to a plan that AWS would take, or a rejection by name."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.harbour import Harbour
from fakes.shifting import DECIDERS, ROLES, ROUTE
from pilotage.gate import Decision
from pilotage.plan import Plan, Verb
from pilotage.rollout_words import StrategyKind

ALLOWED: dict[str, Any] = {"routing": {"web": ROUTE}, "roles": ROLES, **DECIDERS}
CANARY = {"strategy": "canary-10-percent-5-minutes", "checks": {"errors": {"metric": "error_rate", "at_most": 1}}}


def prepared(rollout: dict[str, Any], **manifest: Any) -> tuple[Decision, Plan | None, tuple[str, ...]]:
    harbour = Harbour(**ALLOWED)
    found = harbour.begin(harbour.push(routing="web", rollout=rollout, **manifest)).prepare()
    return found.verdict.decision, found.plan, found.verdict.reasons


def test_a_canary_is_planned_with_its_alarm_and_its_reasons() -> None:
    """What people approve says how it comes in, and by whom it is watched."""
    decision, plan, _ = prepared(CANARY)
    assert decision is Decision.GO
    assert plan is not None
    assert plan.strategy.kind is StrategyKind.CANARY
    assert plan.deadline_minutes == 30 + 5 + 3
    assert [step.verb for step in plan.steps if step.verb is Verb.ENSURE_ALARM] == [Verb.ENSURE_ALARM]
    assert plan.strategy.reasons[0].startswith("canary: 10 % for 5 minutes")


def test_the_repository_is_a_tag_of_what_is_made() -> None:
    """The next release knows by it whose service it is."""
    _, plan, _ = prepared({})
    assert plan is not None
    created = plan.steps[-1].body
    assert {"key": "pilotage:repository", "value": "123456789012/team/cats"} in created["tags"]


@pytest.mark.parametrize(
    ("rollout", "told"),
    [
        ({**CANARY, "percent": 3}, "rollout.percent: 3"),
        ({"strategy": "canary", "pauses": [{"at": "before_traffic", "timeout": 20160}]}, "14 days at most"),
        ({"checks": {"slow": {"metric": "p99", "at_most_times": 2}}}, "compares two target groups"),
    ],
)
def test_what_cannot_be_ends_rejected_with_its_sentence(rollout: dict[str, Any], told: str) -> None:
    """No release fails half way for what was wrong in its manifest."""
    decision, plan, reasons = prepared(rollout)
    assert (decision, plan) == (Decision.REJECTED, None)
    assert told in reasons[0]


def test_an_override_of_the_rollout_is_refused_under_its_path() -> None:
    """The boundary is told what was agreed by the very code that rendered it."""
    overrides = {"service": {"deploymentConfiguration": {"strategy": "ROLLING"}}}
    decision, _, reasons = prepared(CANARY, overrides=overrides)
    assert decision is Decision.REJECTED
    assert "service.deploymentConfiguration.strategy" in reasons[0]

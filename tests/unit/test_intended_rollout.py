"""What is written down of a rollout before the write."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes.samples import a_plan
from fakes.shifting import CHECKER, chosen, rendered
from pilotage.plan import Step, Verb
from pilotage.usecases.intended_rollout import _check_of

SMOKE = {"smoke": [{"path": "/healthz"}]}
CHECKS = {"checks": {"slow": {"metric": "p99", "at_most_times": 2}}}


@pytest.mark.parametrize("asked", [SMOKE, CHECKS, {**SMOKE, **CHECKS}], ids=["smoke", "checks", "both"])
def test_the_function_that_checks_is_known_again_whatever_it_checks(asked: dict[str, object]) -> None:
    """A rollback by a smoke test alone was told as that of somebody's hook, and without what the test had found."""
    manifest = {"routing": "web", "rollout": {"strategy": "canary", **asked}}
    step = Step(Verb.UPDATE_SERVICE, rendered(manifest).service or {}, starts_rollout=True)
    plan = replace(a_plan(), steps=(step,), strategy=chosen(manifest))

    assert _check_of(plan) == CHECKER.function

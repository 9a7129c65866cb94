"""What is written down of a rollout before the write."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.shifting import CHECKER, rendered
from pilotage.definitions.hooks import checked_by

SMOKE = {"smoke": [{"path": "/healthz"}]}
CHECKS = {"checks": {"slow": {"metric": "p99", "at_most_times": 2}}}


@pytest.mark.parametrize("asked", [SMOKE, CHECKS, {**SMOKE, **CHECKS}], ids=["smoke", "checks", "both"])
def test_the_function_that_checks_is_known_again_whatever_it_checks(asked: dict[str, Any]) -> None:
    """A rollback by a smoke test alone was told as that of somebody's hook, and without what the test had found."""
    manifest = {"routing": "web", "rollout": {"strategy": "canary", **asked}}

    assert checked_by(rendered(manifest).service or {}) == CHECKER.function


def test_hooks_of_others_are_not_ours() -> None:
    """Pauses have no function, and a hook that came by overrides checks what its owner wants."""
    paused = {"routing": "web", "rollout": {"strategy": "canary", "pauses": ["before_traffic"]}}
    foreign = {"targetType": "AWS_LAMBDA", "hookTargetArn": "arn:aws:lambda:eu-west-1:123456789012:function:theirs"}

    assert checked_by(rendered(paused).service or {}) is None
    assert checked_by({"deploymentConfiguration": {"lifecycleHooks": [foreign]}}) is None
    assert checked_by({}) is None

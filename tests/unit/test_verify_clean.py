"""What a recording must not hold, and what is said before money is spent."""

from __future__ import annotations

import pytest
from pilotage_cli.verify.account import Account
from pilotage_cli.verify.clean import cleaner
from pilotage_cli.verify.estimate import COSTS, sentences, total
from pilotage_cli.verify.story import STEPS
from pilotage_local.replay.claims import CLAIMS


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ('"arn:aws:ecs:eu-west-1:999988887777:cluster/c"', '"arn:aws:ecs:eu-west-1:123456789012:cluster/c"'),
        ('"999988887777.dkr.ecr.eu-west-1.amazonaws.com/x"', '"123456789012.dkr.ecr.eu-west-1.amazonaws.com/x"'),
        ('{"taskToken": "AQCEAAAAKgAAAAMA", "a": 1}', '{"taskToken": "REMOVED", "a": 1}'),
        ('{"task_token":"AQCEAAAAKgAAAAMA"}', '{"task_token":"REMOVED"}'),
        ('"AKIAIOSFODNN7EXAMPLE"', '"REMOVED"'),
        ('"AROAIOSFODNN7EXAMPLE:session"', '"REMOVED:session"'),
        ('"privateIPv4Address","value":"10.42.3.17"', '"privateIPv4Address","value":"192.0.2.1"'),
        ('"macAddress","value":"0a:98:eb:a7:29:ba"', '"macAddress","value":"02:00:5e:00:53:01"'),
        ('"platformVersion":"1.4.0"', '"platformVersion":"1.4.0"'),
    ],
)
def test_a_line_is_cleaned_of_account_keys_tokens_and_addresses(text: str, clean: str) -> None:
    """Recordings are committed: what they hold is public."""
    assert cleaner("999988887777")(text) == clean


def test_everything_is_said_before_anything_is_created() -> None:
    """Account, region, what is created, how long, what it costs and of when the prices are: a yes needs all of it."""
    said = "\n".join(
        sentences(Account("999988887777", "eu-west-1", "arn:aws:iam::999988887777:user/x"), "pilotage-verify-1")
    )
    for word in ("999988887777", "eu-west-1", "pilotage-verify-1-foundation", "minutes", f"${total():.2f}", "2026"):
        assert word in said
    assert all(cost.what in said for cost in COSTS)
    assert 0.01 < total() < 5


def test_every_claim_names_a_step_that_is_played() -> None:
    """A claim that no step settles says so; one that names a step which nobody plays would wait for ever."""
    steps = {step.name for step in STEPS}
    assert {claim.step for claim in CLAIMS.values() if claim.step} <= steps
    assert steps - {claim.step for claim in CLAIMS.values()} == set()

"""What a function is told by its environment: a missing name is one sentence, not a riddle at the first call."""

from __future__ import annotations

import pytest
from pilotage.errors import BadSettings
from pilotage.settings import Settings

ARN = "arn:aws:states:eu-west-1:123456789012:stateMachine:pilotage-release"
WHOLE = {
    "PILOTAGE_TABLE": "table",
    "PILOTAGE_POLICY_BUCKET": "bucket",
    "PILOTAGE_STATE_MACHINE": ARN,
    "PILOTAGE_EVENT_BUS": "news",
    "PILOTAGE_DEFAULT_ENVIRONMENT": "prod",
    "PILOTAGE_CONCLUDE_FUNCTION": "conclude",
}


def test_a_whole_environment_is_read() -> None:
    """Region and account are those of the state machine: nobody has to say them twice."""
    assert Settings.read(WHOLE) == Settings(
        "table", "bucket", ARN, "news", "prod", "conclude", "eu-west-1", "123456789012"
    )


def test_what_may_be_left_out_has_its_default() -> None:
    """An empty variable is one that CloudFormation had nothing for."""
    optional = ("PILOTAGE_EVENT_BUS", "PILOTAGE_DEFAULT_ENVIRONMENT", "PILOTAGE_CONCLUDE_FUNCTION")
    read = Settings.read({**WHOLE, **dict.fromkeys(optional, "")})
    assert (read.event_bus, read.default_environment, read.conclude_function) == ("default", "dev", None)


@pytest.mark.parametrize("name", ["PILOTAGE_TABLE", "PILOTAGE_POLICY_BUCKET", "PILOTAGE_STATE_MACHINE"])
@pytest.mark.parametrize("value", [None, ""])
def test_what_is_missing_is_named(name: str, value: str | None) -> None:
    """The remedy stands beside it."""
    environment = {key: said for key, said in {**WHOLE, name: value}.items() if said is not None}
    with pytest.raises(BadSettings, match=f"{name}.*template.yaml"):
        Settings.read(environment)


@pytest.mark.parametrize("arn", ["pilotage-release", "arn:aws:lambda:eu-west-1:123456789012:function:x", ARN + ":1"])
def test_what_is_no_state_machine_is_refused(arn: str) -> None:
    """Its parts are read as region and account."""
    with pytest.raises(BadSettings, match="PILOTAGE_STATE_MACHINE"):
        Settings.read({**WHOLE, "PILOTAGE_STATE_MACHINE": arn})


def test_githubs_api_is_another_one_where_somebody_says_so() -> None:
    """A GitHub Enterprise has an address of its own."""
    assert Settings.read(WHOLE).github_api == "https://api.github.com"
    assert Settings.read({**WHOLE, "PILOTAGE_GITHUB_API": "https://git.example/api/v3"}).github_api.startswith(
        "https://git."
    )


def test_what_checks_a_rollout_is_known_where_the_stack_says_so() -> None:
    """Without it Prepare refuses smoke tests and comparisons by name, instead of planning what nobody would run."""
    function, role = "arn:aws:lambda:eu-west-1:123456789012:function:c", "arn:aws:iam::123456789012:role/hook"
    read = Settings.read({**WHOLE, "PILOTAGE_CHECK_FUNCTION": function, "PILOTAGE_HOOK_ROLE": role})
    assert (read.check_function, read.hook_role) == (function, role)
    assert (Settings.read(WHOLE).check_function, Settings.read(WHOLE).hook_role) == (None, None)

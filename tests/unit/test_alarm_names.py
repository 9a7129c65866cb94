"""Alarms are removed by their names alone: a name is of one service, however alike names begin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pilotage.alarm_names import alarm_name, alarm_prefix, is_alarm_of

pytestmark = pytest.mark.disable_socket

HASH = "0123abcd" * 8
SERVICES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,12}", fullmatch=True)
CHECKS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,12}", fullmatch=True)


@pytest.mark.parametrize(
    ("service", "check", "asks"),
    [
        ("cats-web", "errors", "cats"),
        ("cats-web-errors", "e", "cats-web"),
        ("cats-web-0123abcd", "e", "cats-web"),
        ("cats-errors-0123abcd", "e", "cats"),
        ("cats", "web-errors", "cats-web"),
        ("cats_web", "e", "cats"),
    ],
)
def test_a_service_whose_name_begins_alike_owns_nothing_of_it(service: str, check: str, asks: str) -> None:
    """Whoever can push names checks and members: neither may make an alarm of another service look unused."""
    name = alarm_name("dev", service, check, HASH)
    assert is_alarm_of(name, "dev", service)
    assert not is_alarm_of(name, "dev", asks)


@given(SERVICES, CHECKS, SERVICES)
def test_an_alarm_is_of_one_service_of_its_environment(service: str, check: str, other: str) -> None:
    """Whatever both are called."""
    name = alarm_name("dev", service, check, HASH)
    assert name.startswith(alarm_prefix("dev", service))
    assert is_alarm_of(name, "dev", other) is (service == other)


@pytest.mark.parametrize(
    "name", ["pilotage-dev-cats-errors", "pilotage-dev-cats-FollowRolloutErrors", "pilotage-dev-cats--0123abcd"]
)
def test_what_has_no_check_and_no_hash_is_nobodys(name: str) -> None:
    """A stack may be called as an environment is, and its own alarms begin alike."""
    assert not is_alarm_of(name, "dev", "cats")

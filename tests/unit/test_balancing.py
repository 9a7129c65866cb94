"""The inside of the embedded load balancer: turns, targets, health, counts."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pilotage_local.balancing.probing import PASSED, TIMED_OUT, matches, mismatch
from pilotage_local.balancing.tally import Tally
from pilotage_local.balancing.targets import Key, Targets, usable
from pilotage_local.balancing.turns import Turns
from pilotage_local.ecs.ports import TargetState

_GROUP = {"HealthCheckIntervalSeconds": 5, "HealthyThresholdCount": 3, "UnhealthyThresholdCount": 2}
_KEY = Key("group", "10.0.0.1", 8080)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@given(st.lists(st.integers(0, 100), min_size=1, max_size=4).filter(any))
def test_everybody_gets_exactly_the_own_share(weights: list[int]) -> None:
    """Over as many turns as the weights add up to, nobody gets one more or less: 10 percent are one in ten."""
    turns, named = Turns(), {str(number): float(weight) for number, weight in enumerate(weights)}
    seen = Counter(turns.next("round", named) for _ in range(sum(weights)))
    assert seen == {name: weight for name, weight in named.items() if weight}


def test_a_small_share_does_not_come_in_bursts() -> None:
    """Ten percent: never two in a row, and never none in twenty."""
    turns = Turns()
    order = "".join(str(turns.next("round", {"b": 90, "c": 10})) for _ in range(200))
    assert "cc" not in order
    assert "b" * 20 not in order
    assert turns.next("round", {"b": 0}) is None


@pytest.mark.parametrize(
    ("matcher", "status", "right"),
    [
        ("200", 200, True),
        ("200", 204, False),
        ("200-299", 204, True),
        ("200,302", 302, True),
        ("200-204,301", 300, False),
    ],
)
def test_a_matcher_is_read_as_elastic_load_balancing_does(matcher: str, status: int, right: bool) -> None:
    """API reference, Matcher."""
    assert matches(matcher, status) is right


def test_a_target_becomes_healthy_sick_and_healthy_again_by_its_thresholds() -> None:
    """One pass for a new one; two failures make it sick; three passes make it well."""
    clock = Clock()
    targets = Targets(clock)
    targets.register(_KEY)
    told = []
    for answer in (PASSED, mismatch(502), TIMED_OUT, PASSED, PASSED, PASSED):
        clock.now += 5
        assert targets.due() == [_KEY]
        assert targets.due() == []  # it has been asked
        targets.probed(_KEY, answer, _GROUP)
        told.append(targets.health(_KEY).state.value)
    assert told == ["healthy", "healthy", "unhealthy", "unhealthy", "unhealthy", "healthy"]


def test_a_new_target_that_fails_says_why() -> None:
    """It is asked again after a second, and is sick after two failures."""
    clock = Clock()
    targets = Targets(clock)
    targets.register(_KEY)
    for _ in range(2):
        assert targets.due() == [_KEY]
        targets.probed(_KEY, mismatch(404), _GROUP)
        clock.now += 1
    assert targets.health(_KEY).reason == "Target.ResponseCodeMismatch"
    assert targets.health(_KEY).description == "Health checks failed with these codes: [404]"


def test_a_target_drains_while_requests_are_open_and_no_longer_than_its_delay() -> None:
    """Nobody's request is cut off, and nobody holds a rollout up for ever."""
    clock = Clock()
    targets = Targets(clock)
    targets.register(_KEY)
    targets.opened(_KEY)
    targets.opened(_KEY)
    targets.deregister(_KEY, 30)
    assert targets.health(_KEY).state is TargetState.DRAINING
    assert usable(targets.of("group")) == []
    targets.closed(_KEY)
    assert targets.health(_KEY).state is TargetState.DRAINING
    clock.now += 30
    assert targets.health(_KEY).reason == "Target.NotRegistered"


def test_what_drained_is_gone_at_once_when_nothing_is_open() -> None:
    """User guide, "Deregistration delay": without open requests there is nothing to wait for."""
    targets = Targets(Clock())
    targets.register(_KEY)
    targets.deregister(_KEY, 300)
    assert targets.health(_KEY).state is TargetState.UNUSED


def test_requests_go_to_the_healthy_and_to_all_when_nobody_is() -> None:
    """User guide: the load balancer fails open."""
    targets = Targets(Clock())
    other = Key("group", "10.0.0.2", 8080)
    for key in (_KEY, other):
        targets.register(key)
    assert usable(targets.of("group")) == [_KEY, other]
    targets.probed(other, PASSED, _GROUP)
    assert usable(targets.of("group")) == [other]


def test_what_was_counted_is_told_once_by_group_and_as_a_whole() -> None:
    """Codes are told only where there were any; equal times are one point with a count."""
    tally = Tally()
    for _ in range(3):
        tally.answered("app/web/1", "targetgroup/blue/1", 500, 0.0123)
    tally.unanswered("app/web/1", "targetgroup/blue/1", 502)
    points = {(point.metric, point.target_group): (point.value, point.count) for point in tally.take()}
    assert points["HTTPCode_Target_5XX_Count", "targetgroup/blue/1"] == (1.0, 3)
    assert points["RequestCount", None] == (1.0, 3)
    assert points["TargetResponseTime", "targetgroup/blue/1"] == (0.012, 3)
    assert points["HTTPCode_ELB_502_Count", None] == (1.0, 1)
    assert ("HTTPCode_Target_2XX_Count", "targetgroup/blue/1") not in points
    assert list(tally.take()) == []

"""What a hook answers ECS: it rolls back what is wrong, never what could not be looked at for a moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from fakes.clock import NOON, FakeClock
from fakes.cloudwatch import FakeMetrics
from fakes.policies import FakePolicies
from fakes.probing import FINE, FakeProber, FakeRevisions
from fakes.rollouts import FakeRollouts
from fakes.samples import CATS, a_rollout
from pilotage.checking.answered import Answered
from pilotage.checking.hook import HookStatus
from pilotage.errors import AccessDenied, BadDefinition, BadEvent, Throttled, Unavailable
from pilotage.measure import Judged, Measure
from pilotage.policy import Network, Policy, Roles, Route
from pilotage.usecases.check_rollout import Checked, Checker

EVENTS = Path(__file__).parents[2] / "events"
OLD, NEW = "targetgroup/cats-a/0123456789abcdef", "targetgroup/cats-b/fedcba9876543210"
GROUPS = {name: f"arn:aws:elasticloadbalancing:eu-west-1:123456789012:{name}" for name in (OLD, NEW)}
POLICY = Policy(
    "prod",
    "v1",
    "main",
    Network(("subnet-1",), ("sg-1",)),
    Roles("arn:execution"),
    ("registry",),
    routing={"web": Route(GROUPS[OLD], test_url="http://test.shop.internal:8443")},
)
REFUSED = Answered(None, 1, error="Connection refused")


def recorded(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


@dataclass
class Bridge:
    """A checker and all that it sees."""

    rollouts: FakeRollouts = field(default_factory=FakeRollouts)
    prober: FakeProber = field(default_factory=FakeProber)
    metrics: FakeMetrics = field(default_factory=FakeMetrics)
    revisions: FakeRevisions = field(default_factory=lambda: FakeRevisions(GROUPS[NEW]))
    policies: FakePolicies = field(default_factory=lambda: FakePolicies(POLICY))

    def check(self, event: Mapping[str, Any]) -> Checked:
        """As Lambda does it: through JSON."""
        checker = Checker(
            rollouts=self.rollouts,
            policies=self.policies,
            revisions=self.revisions,
            metrics=self.metrics,
            prober=self.prober,
            clock=FakeClock(),
        )
        checked = checker.check(json.loads(json.dumps(event)))
        assert all(checked.answer.why)
        assert checked.answer.why
        return checked

    def until_it_ends(self, event: Mapping[str, Any]) -> tuple[Checked, int]:
        """As ECS does it: again with the details that it was given, and the number of calls."""
        for calls in range(1, 200):
            checked = self.check(event)
            if checked.answer.status is not HookStatus.IN_PROGRESS:
                return checked, calls
            event = {**event, "hookDetails": checked.answer.document()["hookDetails"]}
        raise AssertionError("it never ends")

    @property
    def measures(self) -> tuple[Measure, ...]:
        kept = self.rollouts.get(CATS)
        return kept.measures if kept else ()


@pytest.fixture
def bridge() -> Bridge:
    """With an open rollout of the service that the events are about."""
    made = Bridge()
    arn = recorded("check_rollout_smoke")["executionDetails"]["serviceArn"]
    made.rollouts.open(a_rollout(service_arn=arn, service_deployment_arn=None))
    return made


SMOKE, STEP, SHIFTED = (recorded(f"check_rollout_{name}") for name in ("smoke", "step", "shifted"))


def with_checks(event: Mapping[str, Any], *checks: Mapping[str, Any], **details: Any) -> dict[str, Any]:
    return {**event, "hookDetails": {**event["hookDetails"], "checks": list(checks), **details}}


def at_traffic(percent: float) -> dict[str, Any]:
    weights = {STEP["executionDetails"]["targetServiceRevisionArn"]: percent}
    return {**STEP, "executionDetails": {**STEP["executionDetails"], "productionTrafficWeights": weights}}


# --- smoke tests ---


def test_what_answers_as_it_should_goes_on(bridge: Bridge) -> None:
    """And how long it took is kept."""
    checked = bridge.check(SMOKE)
    assert checked.answer.status is HookStatus.SUCCEEDED
    assert bridge.prober.asked == [("http://test.shop.internal:8443/healthz", 500)]
    (measure,) = bridge.measures
    assert (measure.check, measure.value, measure.judged) == ("smoke /healthz", 80, Judged.RIGHT)


@pytest.mark.parametrize(
    ("answered", "sentence"),
    [
        (Answered(500, 80, "ok"), "GET /healthz answers 500, not 200"),
        (Answered(302, 80, "ok"), "GET /healthz answers 302, not 200"),
        (Answered(200, 501, "ok"), "GET /healthz took 501 ms, more than 500 ms"),
        (Answered(200, 80, "no"), "GET /healthz does not contain 'ok'"),
        (Answered(None, 500, "", "no whole answer within 500 ms"), "GET /healthz has no answer: no whole answer"),
    ],
)
def test_what_answers_wrongly_is_rolled_back_and_says_why(bridge: Bridge, answered: Answered, sentence: str) -> None:
    """The outcome of the release is this sentence."""
    bridge.prober.answers["http://test.shop.internal:8443/healthz"] = answered
    checked = bridge.check(SMOKE)
    assert checked.answer.status is HookStatus.FAILED
    assert checked.answer.why[0].startswith(sentence)
    assert bridge.measures[-1].judged is Judged.WRONG
    assert bridge.measures[-1].sentence.startswith(sentence)


def test_a_service_that_does_not_answer_yet_is_asked_again(bridge: Bridge) -> None:
    """A target is only just registered: ten seconds later it may be there."""
    url = "http://test.shop.internal:8443/healthz"
    bridge.prober.answers[url] = REFUSED
    first = bridge.check(SMOKE).answer
    assert (first.status, first.delay) == (HookStatus.IN_PROGRESS, 10)
    assert bridge.measures == ()
    bridge.prober.answers[url] = FINE
    again = {**SMOKE, "hookDetails": first.document()["hookDetails"]}
    assert bridge.check(again).answer.status is HookStatus.SUCCEEDED


def test_a_service_that_never_answers_is_given_up(bridge: Bridge) -> None:
    """A minute, and not the day after which ECS would."""
    bridge.prober.answers["http://test.shop.internal:8443/healthz"] = REFUSED
    checked, calls = bridge.until_it_ends(SMOKE)
    assert (checked.answer.status, calls) == (HookStatus.FAILED, 7)
    assert bridge.measures[-1].sentence == "GET /healthz has no answer: Connection refused"


@pytest.mark.parametrize("url", ["http://169.254.169.254", "http://test.shop.internal:9001", "", None])
def test_nothing_is_called_that_no_route_of_the_policy_names(bridge: Bridge, url: str | None) -> None:
    """HookDetails may be written by whoever updates the service: the function must not become their hand."""
    checked = bridge.check(with_checks(SMOKE, url=url))
    assert checked.answer.status is HookStatus.FAILED
    assert "is the test_url of no route" in checked.answer.why[0]
    assert bridge.prober.asked == []


def test_a_path_that_is_none_is_wrong_and_not_asked(bridge: Bridge) -> None:
    """A line end in it would be a header."""
    checked = bridge.check(with_checks(SMOKE, smoke=[{"path": "/\r\nX: 1"}]))
    assert checked.answer.status is HookStatus.FAILED
    assert bridge.prober.asked == []


def test_a_time_limit_is_never_longer_than_the_manifest_may_say(bridge: Bridge) -> None:
    """A function that waits for an hour ends by Lambda's hand, and the rollout with it."""
    bridge.check(with_checks(SMOKE, smoke=[{"path": "/", "within": 10**9}]))
    assert bridge.prober.asked == [("http://test.shop.internal:8443/", 30_000)]


# --- numbers ---


def test_before_the_first_step_there_is_nothing_to_measure(bridge: Bridge) -> None:
    """No data would mean nothing here."""
    checked = bridge.check(at_traffic(0))
    assert checked.answer.status is HookStatus.SUCCEEDED
    assert bridge.metrics.asked == []
    assert bridge.measures == ()


def test_numbers_that_are_right_go_on_and_are_kept(bridge: Bridge) -> None:
    """With the share of the traffic that the new revision had."""
    bridge.metrics.numbers = {NEW: (0.2, 0.1, 0), OLD: (1, 1, 1)}
    assert bridge.check(STEP).answer.status is HookStatus.SUCCEEDED
    assert [(each.check, each.value, each.traffic, each.judged) for each in bridge.measures] == [
        ("errors", 0.2, 10, Judged.RIGHT),
        ("slower", 0.2, 10, Judged.RIGHT),
    ]
    assert bridge.measures[1].bound == "at most 1.5 ms (1.5 times the old revision's 1 ms)"


@pytest.mark.parametrize("event", [STEP, SHIFTED], ids=["step", "shifted"])
def test_a_bound_that_is_broken_rolls_back_early(bridge: Bridge, event: dict[str, Any]) -> None:
    """The alarm says it too; the hook says it at the boundary, with the number."""
    bridge.metrics.numbers = {NEW: (3.4, 2.5, 0.1), OLD: (9, 9, 9)}
    checked = bridge.check(event)
    assert checked.answer.status is HookStatus.FAILED
    assert checked.answer.why == (
        "errors is 3.4 %, at most 1 % is right (2 of the last 2 minutes wrong, 2 in a row count)",
    )
    assert bridge.measures[-1].check == "errors"


def test_one_bad_minute_is_not_enough(bridge: Bridge) -> None:
    """The check says how many in a row count."""
    bridge.metrics.numbers = {NEW: (3.4, 0.5, 7), OLD: (9, 9, 9)}
    assert bridge.check(STEP).answer.status is HookStatus.SUCCEEDED


def test_a_revision_that_is_slower_than_the_old_one_is_rolled_back(bridge: Bridge) -> None:
    """No alarm does that: ECS does not know which target group is the new one."""
    bridge.metrics.numbers = {NEW: (0.8, 0.7), OLD: (0.4, 0.5, 0.3)}
    checked = bridge.check(STEP)
    assert checked.answer.status is HookStatus.FAILED
    assert checked.answer.why[0].startswith("slower is 0.8 ms, at most 0.6 ms (1.5 times the old revision's 0.4 ms)")
    assert bridge.measures[-1].judged is Judged.WRONG


def test_the_groups_change_places_with_every_rollout(bridge: Bridge) -> None:
    """What was new yesterday is old today: the service revision says which is which."""
    bridge.revisions.groups = (GROUPS[OLD],)
    bridge.metrics.numbers = {OLD: (0.8, 0.7), NEW: (0.4, 0.5)}
    assert bridge.check(STEP).answer.status is HookStatus.FAILED


def test_the_least_that_is_right_is_a_bound_too(bridge: Bridge) -> None:
    """Orders that stop coming; an expression belongs to no target group."""
    orders = {
        "name": "orders",
        "expression": "orders",
        "metrics": {"orders": {"namespace": "Shop", "name": "Orders"}},
        "at_least": 10,
    }
    bridge.metrics.numbers = {"": (4, 3)}
    checked = bridge.check(with_checks(STEP, orders))
    assert checked.answer.status is HookStatus.FAILED
    assert bridge.measures[-1].least


# --- no data ---


def test_no_data_is_what_the_check_says_it_is(bridge: Bridge) -> None:
    """A service without traffic at night: the one goes on at once, the other waits a while and rolls back."""
    errors = STEP["hookDetails"]["checks"][0]
    assert bridge.check(with_checks(STEP, errors)).answer.status is HookStatus.SUCCEEDED
    assert bridge.measures[-1].judged is Judged.NO_DATA
    checked, calls = bridge.until_it_ends(with_checks(STEP, {**errors, "no_data": "rollback"}))
    assert (checked.answer.status, calls) == (HookStatus.FAILED, 5)
    assert checked.answer.why == ("errors has no data: nothing was measured in the last 2 minutes",)
    assert bridge.measures[-1].judged is Judged.NO_DATA


def test_a_comparison_waits_for_its_numbers(bridge: Bridge) -> None:
    """Right after all traffic has shifted CloudWatch has none: nobody else would ever compare."""
    slower = SHIFTED["hookDetails"]["checks"][1]
    bridge.metrics.numbers = {OLD: (0.4,)}
    first = bridge.check(with_checks(SHIFTED, slower)).answer
    assert (first.status, first.delay) == (HookStatus.IN_PROGRESS, 60)
    bridge.metrics.numbers[NEW] = (0.8, 0.8)
    again = {**SHIFTED, "hookDetails": first.document()["hookDetails"]}
    assert bridge.check(again).answer.status is HookStatus.FAILED


def test_a_comparison_waits_until_enough_minutes_are_wrong(bridge: Bridge) -> None:
    """One wrong minute of two that count is no answer yet."""
    bridge.metrics.numbers = {OLD: (0.4,), NEW: (0.8,)}
    slower = STEP["hookDetails"]["checks"][1]
    checked, calls = bridge.until_it_ends(with_checks(STEP, slower))
    assert (checked.answer.status, calls) == (HookStatus.SUCCEEDED, 5)


def test_the_old_revision_is_looked_back_at_once_it_has_no_traffic(bridge: Bridge) -> None:
    """At the end of the shift its numbers are those of before."""
    bridge.metrics.numbers = {OLD: (0.4,), NEW: (0.4, 0.4)}
    bridge.check(with_checks(SHIFTED, SHIFTED["hookDetails"]["checks"][1]))
    assert bridge.metrics.asked == [4, 60]


@pytest.mark.parametrize("groups", [(), tuple(GROUPS.values())])
def test_without_knowing_which_group_is_new_nothing_is_judged(bridge: Bridge, groups: tuple[str, ...]) -> None:
    """A guess would roll back for the old revision's errors."""
    bridge.revisions.groups = groups
    bridge.metrics.numbers = {NEW: (99, 99), OLD: (99, 99)}
    assert bridge.check(STEP).answer.status is HookStatus.SUCCEEDED
    assert {each.judged for each in bridge.measures} == {Judged.NO_DATA}
    assert "which target group" in bridge.measures[0].sentence


def test_what_both_revisions_share_cannot_be_compared(bridge: Bridge) -> None:
    """CPU is measured of the whole service: a comparison with itself would always be right."""
    cpu = {"name": "cpu", "metric": "cpu", "at_most_times": 1.5}
    checked = bridge.check(with_checks(STEP, cpu))
    assert checked.answer.why == ("cpu has no data: cpu is not measured by target group",)


@pytest.mark.parametrize("error", [BadDefinition("expression", "x +", "Mend it."), AccessDenied("no right")])
def test_what_cloudwatch_refuses_is_no_data(bridge: Bridge, error: Exception) -> None:
    """The check's own policy decides, and the sentence says what to mend."""
    bridge.metrics.error = error
    assert bridge.check(STEP).answer.status is HookStatus.SUCCEEDED
    assert str(error) in bridge.measures[0].sentence


# --- trouble, and deployments of others ---


@pytest.mark.parametrize("error", [Throttled("slow down"), Unavailable("no answer")])
def test_a_throttled_call_never_rolls_back_at_once(bridge: Bridge, error: Exception) -> None:
    """A function that fails is a rollback to ECS; it is asked to call again, and given up only after minutes."""
    bridge.metrics.error = error
    first = bridge.check(STEP).answer
    assert (first.status, first.delay) == (HookStatus.IN_PROGRESS, 30)
    with pytest.raises(type(error)):
        bridge.until_it_ends(STEP)


def test_a_deployment_that_no_release_started_is_checked_and_not_recorded() -> None:
    """Somebody in the console: the hook stays in the service's configuration."""
    bridge = Bridge()
    bridge.metrics.numbers = {NEW: (3, 3)}
    checked = bridge.check(STEP)
    assert (checked.answer.status, checked.rollout) == (HookStatus.FAILED, None)


def test_another_deployment_of_the_same_service_is_not_ours(bridge: Bridge) -> None:
    """Its numbers would be told as those of the release."""
    (kept,) = bridge.rollouts.all_open()
    bridge.rollouts.open(replace(kept, service_deployment_arn="arn:of-another"))
    assert bridge.check(STEP).rollout is None
    assert bridge.measures == ()


@pytest.mark.parametrize("stage", ["PRE_SCALE_UP", "POST_SCALE_UP", "RECONCILE_SERVICE", "TEST_TRAFFIC_SHIFT"])
def test_at_other_stages_there_is_nothing_to_see(bridge: Bridge, stage: str) -> None:
    """No traffic reaches the new revision there."""
    assert bridge.check({**STEP, "lifecycleStage": stage}).answer.status is HookStatus.SUCCEEDED


@pytest.mark.parametrize("event", [SMOKE, STEP], ids=["smoke", "step"])
def test_with_nothing_to_check_it_goes_on(bridge: Bridge, event: dict[str, Any]) -> None:
    """A hook that somebody attached without details, or with none for this stage."""
    assert bridge.check({**event, "hookDetails": None}).answer.status is HookStatus.SUCCEEDED
    assert bridge.check(with_checks(event, smoke=[])).answer.status is HookStatus.SUCCEEDED


def test_what_is_no_call_of_ecs_is_an_error(bridge: Bridge) -> None:
    """And an alarm of the stack's."""
    with pytest.raises(BadEvent):
        bridge.check({"hello": "world"})


def test_measures_carry_the_time_and_the_stage(bridge: Bridge) -> None:
    """So that they can be drawn in order."""
    bridge.check(SMOKE)
    assert (bridge.measures[0].at, bridge.measures[0].stage) == (NOON, "POST_TEST_TRAFFIC_SHIFT")

"""What releases leave behind goes, and nothing that is in use, or that a rollback may need, ever does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fakes.harbour import CATS, Harbour
from fakes.samples import a_contender, a_record, a_request
from hypothesis import given, settings
from hypothesis import strategies as st
from pilotage.definitions import stamp
from pilotage.errors import Unavailable
from pilotage.outcome import Outcome
from pilotage.pace import BUCKETS, REGISTER_TASK_DEFINITION
from pilotage.target import Target
from pilotage.usecases import clean_up
from pilotage.usecases.findings import Findings
from pilotage_local.ecs import exits

pytestmark = pytest.mark.disable_socket
FAMILY = "dev-cats"


@pytest.fixture
def harbour() -> Harbour:
    return Harbour(rollout={"keep_revisions": 2})


def clean(harbour: Harbour) -> Findings:
    findings = Findings()
    harbour.cleaner.clean(["dev"], findings)
    return findings


def active(harbour: Harbour) -> list[int]:
    """Numbers of the revisions that are there, the oldest first."""
    return sorted(int(arn.rsplit(":", 1)[-1]) for arn in harbour.families.active(FAMILY, 1000))


def released(harbour: Harbour, number: int, **manifest: Any) -> None:
    for each in range(number):
        record = harbour.release(f"v{each}", **manifest)
        assert record.outcome is Outcome.SUCCEEDED, record.reasons
        harbour.clock.advance(minutes=1)


def test_old_revisions_go_and_the_newest_stay(harbour: Harbour) -> None:
    """A family holds a million revisions; nobody wants to read them."""
    released(harbour, 5)
    findings = clean(harbour)
    assert active(harbour) == [4, 5]
    assert len(findings.deregistered) == 3
    assert findings.problems == []


def test_a_clean_service_is_not_looked_at_again_until_its_next_success(harbour: Harbour) -> None:
    """The reconciler runs every five minutes, for hundreds of services."""
    released(harbour, 4)
    clean(harbour)
    harbour.services.checked.calls.clear()
    assert clean(harbour) == Findings()
    assert harbour.services.checked.calls == []
    harbour.release("next")
    assert len(clean(harbour).deregistered) == 1


def test_one_cleaning_costs_a_few_calls_and_two_for_each_revision(harbour: Harbour) -> None:
    """Its price is known."""
    released(harbour, 4)
    harbour.services.checked.calls.clear()
    clean(harbour)
    calls = harbour.services.checked.calls
    assert calls.count("DeregisterTaskDefinition") == 2
    assert len(calls) <= 12 + 2 * 2


def test_the_revision_before_stays_whatever_the_policy_keeps() -> None:
    """Case 16: a rollback goes there, hours later."""
    harbour = Harbour(rollout={"keep_revisions": 1})
    released(harbour, 4)
    clean(harbour)
    assert active(harbour) == [3, 4]


def test_a_revision_that_runs_after_a_rollback_stays(harbour: Harbour) -> None:
    """Newer ones failed; the oldest of them all is what serves."""
    released(harbour, 1)
    harbour.services.tasks.script("cats", exits(1, after=2))
    for number in range(4):
        push = harbour.push(f"bad{number}", environment={"N": str(number)})
        harbour.services.tasks.script(push.digest, exits(1, after=2))
        harbour.begin(push).sail()
    runs = harbour.services.live("main", "cats").service
    assert runs is not None
    clean(harbour)
    assert int(runs.task_definition_arn.rsplit(":", 1)[-1]) in active(harbour)


def test_nothing_goes_while_a_release_has_the_lease(harbour: Harbour) -> None:
    """It may be about to use an old revision again."""
    released(harbour, 4)
    harbour.leases.acquire(CATS, a_contender("r9"))
    assert clean(harbour) == Findings()
    assert active(harbour) == [1, 2, 3, 4]


def test_nothing_goes_while_somebody_elses_deployment_is_under_way(harbour: Harbour) -> None:
    """A console's deployment holds no lease, and may go to any revision."""
    released(harbour, 4)
    first = harbour.families.active(FAMILY, 10)[-1]
    harbour.services.checked.call("UpdateService", cluster="main", service="cats", taskDefinition=first)
    assert clean(harbour) == Findings()
    harbour.services.run(400)
    clean(harbour)
    assert active(harbour) == [1, 3, 4]


def test_a_schedule_keeps_what_it_starts(harbour: Harbour) -> None:
    """It is in no deployment of any service."""
    released(harbour, 4)
    first = harbour.families.active(FAMILY, 10)[-1]
    body = {
        "Name": FAMILY,
        "ScheduleExpression": "rate(1 day)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {
            "Arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/main",
            "RoleArn": "arn:aws:iam::123456789012:role/scheduler",
            "EcsParameters": {"TaskDefinitionArn": first},
        },
    }
    harbour.schedules.bodies["default", FAMILY] = body
    clean(harbour)
    assert active(harbour) == [1, 3, 4]


def test_a_family_that_somebody_else_registers_into_keeps_what_is_theirs(harbour: Harbour) -> None:
    """Only what carries our tags is ours."""
    body = {"networkMode": "awsvpc", "cpu": "256", "memory": "512", "requiresCompatibilities": ["FARGATE"]}
    theirs = {**body, "family": FAMILY, "containerDefinitions": [{"name": "cats", "image": "cats"}]}
    for _ in range(3):
        harbour.services.register(theirs)
    released(harbour, 4)
    clean(harbour)
    assert active(harbour) == [1, 2, 3, 6, 7]
    assert harbour.records.standing(CATS).cleaned == 4


def test_releases_go_first(harbour: Harbour) -> None:
    """Deregistering takes from the bucket that registering needs: half of it stays for releases."""
    released(harbour, 6)
    now = harbour.clock.now()
    half = BUCKETS[REGISTER_TASK_DEFINITION].burst // 2
    for number in range(half - 2):
        harbour.pace.reserve(REGISTER_TASK_DEFINITION, f"other {number}", now)
    assert len(clean(harbour).deregistered) == 2
    assert harbour.records.standing(CATS).cleaned == 0
    harbour.clock.advance(minutes=5)
    assert len(clean(harbour).deregistered) == 2
    assert active(harbour) == [5, 6]


def test_one_run_is_bounded_and_the_next_goes_on(harbour: Harbour) -> None:
    """Years of revisions do not take one run of a function."""
    released(harbour, 25)
    counts = []
    for _ in range(4):
        counts.append(len(clean(harbour).deregistered))
        harbour.clock.advance(minutes=5)
    assert counts == [10, 10, 3, 0]


def test_a_service_that_cannot_be_looked_at_holds_no_other_up(harbour: Harbour) -> None:
    """It is a problem with a name, and is tried again."""
    released(harbour, 4)

    def refuse(operation: str, call: Callable[[], Any]) -> Any:
        if operation == "ListTaskDefinitions":
            raise Unavailable("ECS does not answer")
        return call()

    harbour.services.checked.around = refuse
    assert clean(harbour).problems == ["dev/cats: cleaning up: ECS does not answer"]
    harbour.services.checked.around = lambda _operation, call: call()
    assert len(clean(harbour).deregistered) == 2


# --- alarms ----------------------------------------------------------------------------------------------------------
def alarm(name: str) -> dict[str, str]:
    return {"AlarmName": name}


OURS, OLD = "pilotage-dev-cats-errors-0a1b2c3d", "pilotage-dev-cats-errors-ffffffff"
OTHERS = ("pilotage-dev-cats-admin-errors-0a1b2c3d", "pilotage-dev-catspaw-errors-0a1b2c3d", "pilotage-dev-cats-manual")


def test_alarms_that_no_service_names_are_removed(harbour: Harbour) -> None:
    """Each costs money every month. Those of services whose names begin alike, and those that people made, stay."""
    released(harbour, 1)
    alarms = {"alarmNames": [OURS], "enable": True, "rollback": True}
    harbour.services.checked.call(
        "UpdateService", cluster="main", service="cats", deploymentConfiguration={"alarms": alarms}
    )
    for name in (OURS, OLD, *OTHERS):
        harbour.alarms.ensure(alarm(name))
    assert clean(harbour).removed == [OLD]
    assert set(harbour.alarms.alarms) == {OURS, *OTHERS}


def test_alarms_whose_names_two_environments_share_are_left_alone(harbour: Harbour) -> None:
    """`dev`/`cats-admin` and `dev-cats`/`admin`: the name does not tell them apart."""
    for name in ("dev-cats", "prod"):
        harbour.policies.set(replace(harbour.policies.current("dev"), environment=name))
    shared, own = Target("dev", "cats-admin"), Target("prod", "toys")
    harbour.alarms.ensure(alarm("pilotage-dev-cats-admin-errors-0a1b2c3d"))
    harbour.alarms.ensure(alarm("pilotage-prod-toys-errors-0a1b2c3d"))
    for target in (shared, own):
        harbour.records.open(a_record("r1", target, outcome=Outcome.SUCCEEDED))
        harbour.records.succeeded(target, a_request("r1", target), "arn:1")
    findings = Findings()
    harbour.cleaner.clean(["dev", "prod"], findings)
    assert (findings.removed, findings.problems) == (["pilotage-prod-toys-errors-0a1b2c3d"], [])


def test_the_tags_are_those_that_definitions_carry() -> None:
    """The reconciler does not load what renders definitions, for the names of three tags."""
    assert (clean_up.ENVIRONMENT, clean_up.SERVICE, clean_up.CONTENT) == (
        stamp.ENVIRONMENT,
        stamp.SERVICE,
        stamp.CONTENT,
    )


# --- whatever happens, and whenever ----------------------------------------------------------------------------------
def in_use(harbour: Harbour) -> set[str]:
    """What may be needed, found without the cleaner: by the service, its tasks, the standing and open rollouts."""
    live = harbour.services.live("main", "cats").service
    assert live is not None
    used = {each["taskDefinition"] for each in live.body["deployments"]}
    used |= harbour.families.run_by_tasks("main", FAMILY)
    standing = harbour.records.standing(CATS)
    records = [each for each in harbour.records.history("dev", "cats", 100) if each.outcome is Outcome.SUCCEEDED]
    before = [records[0].previous_revision] if records else []
    rollout = harbour.rollouts.get(CATS)
    opened = [rollout.revision, rollout.previous_revision] if rollout else []
    return {each for each in (*used, standing.succeeded_revision, *before, *opened) if each}


def intact(harbour: Harbour) -> None:
    inactive = [each for each in in_use(harbour) if not harbour.services.is_active(each)]
    assert inactive == [], harbour.records.history("dev", "cats", 5)


CONTENTS = st.integers(0, 3)  # few, so that old ones come again
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("release"), CONTENTS),
        st.tuples(st.just("bad"), CONTENTS),
        st.tuples(st.just("midway"), CONTENTS),
        st.tuples(st.just("between"), st.integers(0, 14)),
        st.tuples(st.just("clean"), st.just(0)),
    ),
    min_size=2,
    max_size=10,
)


class Days:
    """Releases of four contents, some of which die, and cleanings before, between and in the middle of them."""

    def __init__(self, keep: int) -> None:
        self.harbour = Harbour(rollout={"keep_revisions": keep})
        self.pushed = 0
        self.release(0)

    def play(self, act: str, number: int) -> None:
        self.harbour.clock.advance(minutes=6)
        getattr(self, act)(number)
        intact(self.harbour)

    def _push(self, content: int) -> Any:
        self.pushed += 1
        return self.harbour.push(f"t{self.pushed}", image=f"content-{content}")

    def release(self, content: int) -> None:
        self.harbour.begin(self._push(content)).sail()

    def bad(self, content: int) -> None:
        push = self._push(content + 10)
        self.harbour.services.tasks.script(push.digest, exits(1, after=2))
        self.harbour.begin(push).sail()

    def midway(self, content: int) -> None:
        """A cleaning while the rollout is under way, and another right before its conclusion."""
        execution = self.harbour.begin(self._push(content))
        execution.prepare()
        if execution.document["decided"]["decision"] == "go" and execution.acquire():
            if execution.go_on().next == "await_rollout":
                self.clean(0)
                intact(self.harbour)
                execution.follow()
            self.clean(0)
            intact(self.harbour)
        execution.conclude()

    def between(self, at: int) -> None:
        """A whole release goes through behind the cleaning's `at`-th call of ECS."""
        calls = 0

        def meddle(_operation: str, call: Callable[[], Any]) -> Any:
            nonlocal calls
            answer = call()
            calls += 1
            if calls == at + 1:
                self.harbour.services.checked.around = lambda _op, inner: inner()
                self.release(at % 4)
            return answer

        self.harbour.services.checked.around = meddle
        self.clean(0)
        self.harbour.services.checked.around = lambda _operation, call: call()

    def clean(self, _number: int) -> None:
        findings = clean(self.harbour)
        assert findings.problems == []


@given(st.integers(1, 3), ACTS)
@settings(max_examples=25, deadline=timedelta(seconds=20))
def test_nothing_in_use_is_ever_deregistered(keep: int, acts: list[tuple[str, int]]) -> None:
    """Case 16: a rollback to an inactive revision fails, and somebody is woken at night."""
    days = Days(keep)
    for act, number in acts:
        days.play(act, number)

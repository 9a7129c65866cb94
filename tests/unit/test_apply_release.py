"""Apply writes what was confirmed, once, and nothing on a service that is not its to change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fakes import asked
from fakes.harbour import A_ROLLOUT, CATS, Deaths, Died, Execution, Harbour
from pilotage.errors import ForeignWrite, LeaseLost, Overwritten, PlanMissing
from pilotage.outcome import Outcome
from pilotage.pace import BUCKETS, REGISTER_TASK_DEFINITION
from pilotage_local.ecs import exits

NIGHTLY = {"schedule": {"expression": "cron(0 3 * * ? *)"}}


@pytest.fixture
def harbour() -> Harbour:
    return Harbour()


def ready(harbour: Harbour, tag: str = "v1", /, **manifest: Any) -> Execution:
    """Confirmed, with the lease."""
    execution = harbour.begin(harbour.push(tag, **manifest))
    execution.prepare()
    assert execution.acquire()
    execution.confirm()
    return execution


def somebody_deploys(harbour: Harbour, revision: str = "dev-cats:1") -> str:
    """By hand, past Pilotage."""
    answer = harbour.services.checked.call(
        "UpdateService", cluster="main", service="cats", taskDefinition=revision, forceNewDeployment=True
    )
    return str(answer["service"]["deployments"][0]["id"])


def dies_at_every_call(
    make: Callable[[], tuple[Harbour, Execution]], check: Callable[[Harbour, Execution], None]
) -> list[str]:
    """Kill Apply after its first call, after its second, and so on; each time a second try has to put it right."""
    killed_after: list[str] = []
    while True:
        harbour, execution = make()
        deaths = Deaths(at=len(killed_after) + 1)
        try:
            execution.apply(deaths)
        except Died as death:
            killed_after.append(str(death))
            execution.apply()
            check(harbour, execution)
        else:
            return killed_after


def test_a_try_that_died_anywhere_is_put_right_by_the_next() -> None:
    """Case 11: register, create, record; whatever was done is done once, but for one more revision at the most."""

    def make() -> tuple[Harbour, Execution]:
        harbour = Harbour()
        return harbour, ready(harbour)

    def check(harbour: Harbour, execution: Execution) -> None:
        assert harbour.calls("CreateService") == 1
        assert harbour.revisions() <= 2
        execution.follow()
        assert execution.conclude().outcome is Outcome.SUCCEEDED

    killed_after = dies_at_every_call(make, check)
    assert {"FakeServices.register", "FakeServices.create", "FakeRollouts.open", "FakeRecords.save"} <= {*killed_after}


def test_an_update_that_died_anywhere_is_put_right_by_the_next() -> None:
    """Case 11, for a service that runs: one UpdateService, one deployment, whatever died."""

    def make() -> tuple[Harbour, Execution]:
        harbour = Harbour()
        harbour.release("v1")
        return harbour, ready(harbour, "v2")

    def check(harbour: Harbour, execution: Execution) -> None:
        assert harbour.calls("UpdateService") == 1
        assert harbour.revisions() <= 3
        execution.follow()
        record = execution.conclude()
        assert (record.outcome, record.previous_revision) == (Outcome.SUCCEEDED, execution_revision(harbour, 1))

    assert "FakeServices.update" in dies_at_every_call(make, check)


def test_a_schedule_that_died_anywhere_is_put_right_by_the_next() -> None:
    """Case 11, for periodic work."""

    def make() -> tuple[Harbour, Execution]:
        harbour = Harbour()
        return harbour, ready(harbour, **NIGHTLY)

    def check(harbour: Harbour, execution: Execution) -> None:
        record = execution.conclude()
        assert (record.outcome, record.kind) == (Outcome.SUCCEEDED, "schedule")
        assert harbour.revisions() == 1

    assert "FakeSchedules.create" in dies_at_every_call(make, check)


def execution_revision(harbour: Harbour, number: int) -> str:
    answer = harbour.services.checked.call("DescribeTaskDefinition", taskDefinition=f"dev-cats:{number}")
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def test_without_the_lease_nothing_is_written(harbour: Harbour) -> None:
    """Case 10: a write that is not the holder's is refused."""
    execution = ready(harbour)
    harbour.leases.hand_over(CATS, execution.arn)
    with pytest.raises(LeaseLost, match="nobody"):
        execution.apply()
    assert harbour.revisions() == harbour.calls("CreateService") == 0


def test_a_lost_plan_is_not_guessed(harbour: Harbour) -> None:
    """Promise 3: nothing without a plan."""
    execution = ready(harbour)
    harbour.plans.kept.clear()
    with pytest.raises(PlanMissing) as caught:
        execution.apply()
    execution.fail(caught.value)
    assert execution.conclude().outcome is Outcome.FAILED
    assert harbour.revisions() == 0


def test_a_service_that_somebody_changed_since_the_plan_is_left_alone(harbour: Harbour) -> None:
    """Case 13: what was confirmed is not what would be applied."""
    harbour.release("v1")
    execution = ready(harbour, "v2")
    somebody_deploys(harbour)
    with pytest.raises(ForeignWrite, match="Somebody else changed the service") as caught:
        execution.apply()
    assert harbour.calls("UpdateService") == 1  # somebody's
    execution.fail(caught.value)
    assert execution.conclude().outcome is Outcome.FAILED


def test_a_service_that_was_deleted_since_the_plan_is_not_made_again(harbour: Harbour) -> None:
    """Whoever deleted it may have meant it; the next push plans afresh."""
    harbour.release("v1")
    execution = ready(harbour, "v2")
    harbour.services.checked.call("DeleteService", cluster="main", service="cats", force=True)
    harbour.services.run(A_ROLLOUT)
    with pytest.raises(ForeignWrite) as caught:
        execution.apply()
    execution.fail(caught.value)
    assert execution.conclude().outcome is Outcome.FAILED
    assert harbour.release("v3").outcome is Outcome.SUCCEEDED


def test_a_foreign_write_behind_a_try_that_died_is_no_clean_failure(harbour: Harbour) -> None:
    """Case 10: both writes happened, so `nothing was written` would be a lie."""
    harbour.release("v1")
    execution = ready(harbour, "v2")
    with pytest.raises(Died):
        execution.apply(Deaths(on="FakeServices.update"))
    harbour.services.run(5)
    theirs = somebody_deploys(harbour)
    with pytest.raises(Overwritten, match=theirs) as caught:
        execution.apply()
    execution.fail(caught.value)
    record = execution.conclude()
    assert record.outcome is Outcome.SUPERSEDED, record.reasons
    assert "Pilotage did not start" in record.reasons[0]


def test_content_that_was_registered_before_is_used_again(harbour: Harbour) -> None:
    """One revision for one content: going back to v1 registers nothing."""
    harbour.release("latest", image="one")
    harbour.release("latest", image="two")
    record = harbour.release("latest", image="one")
    assert record.outcome is Outcome.SUCCEEDED
    assert record.revision is not None
    assert record.revision.endswith("dev-cats:1")
    assert harbour.revisions() == 2


def test_a_change_of_settings_registers_nothing_and_waits_for_nothing(harbour: Harbour) -> None:
    """Case 13: an update that starts no deployment does not hang."""
    harbour.release("v1")
    harbour.policies.set(asked.policy(rollout={"maximum_percent": 150}))
    execution = ready(harbour, "again", image="v1")
    applied = execution.apply()
    record = execution.conclude()
    assert (applied.next, record.outcome) == ("conclude", Outcome.SUCCEEDED)
    assert harbour.revisions() == 1
    live = harbour.services.live("main", "cats").service
    assert live is not None
    assert live.body["deploymentConfiguration"]["maximumPercent"] == 150


def test_the_count_of_an_autoscaled_service_is_never_written(harbour: Harbour) -> None:
    """Case 18: the scaler's count, changed in the midst of a rollout, stands at its end."""
    harbour.release("v1", count=2)
    harbour.services.clients.scaled_by_others("main", "cats")
    execution = ready(harbour, "v2", count=2)
    execution.apply()
    harbour.services.checked.call("UpdateService", cluster="main", service="cats", desiredCount=4)
    execution.follow()
    record = execution.conclude()
    assert record.outcome is Outcome.SUCCEEDED
    assert "4 of 4" in record.reasons[0]


def test_registering_waits_its_turn_at_the_token_bucket(harbour: Harbour) -> None:
    """Case 21: releases queue up for ECS's bucket instead of retrying in vain."""
    bucket = BUCKETS[REGISTER_TASK_DEFINITION]
    execution = ready(harbour)
    for number in range(bucket.burst):
        harbour.pace.reserve(REGISTER_TASK_DEFINITION, f"other-{number}", harbour.clock.now())
    applied = execution.apply()
    assert (applied.next, applied.not_before) == ("wait_for_slot", harbour.clock.now() + timedelta(seconds=1))
    assert harbour.revisions() == 0
    harbour.clock.advance(seconds=1)
    assert execution.apply().next == "await_rollout"


def test_what_a_rollout_is_known_by_is_kept_with_it(harbour: Harbour) -> None:
    """Events carry one identity, ECS's answers the other, and log lines the push's."""
    execution = ready(harbour)
    execution.apply()
    rollout = harbour.rollouts.get(CATS)
    assert rollout is not None
    assert rollout.deployment_id is not None
    assert rollout.service_deployment_arn is not None
    assert rollout.correlation_id == execution.request.correlation_id
    assert rollout.first


def test_after_a_first_release_that_failed_there_is_still_nothing_to_go_back_to(harbour: Harbour) -> None:
    """Case 15: the second try is a first one too, and its failure no failed rollback that somebody has to look at."""
    for tag in ("v1", "v2"):
        push = harbour.push(tag)
        harbour.services.tasks.script(push.digest, exits(1, after=2))
        record = harbour.begin(push).sail()
        assert record.outcome is Outcome.FAILED, record.reasons
        assert record.rolled_back_to is None
    assert harbour.release("v3").outcome is Outcome.SUCCEEDED

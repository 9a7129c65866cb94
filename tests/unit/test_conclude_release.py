"""Conclude finds the true outcome, writes it down once, and hands the service over, whatever dies on the way."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from fakes import asked
from fakes.harbour import A_ROLLOUT, CATS, REPOSITORY, Deaths, Died, Execution, Harbour
from pilotage.errors import AccessDenied, BadDefinition, BadImage, LeaseLost, PilotageError, Unavailable
from pilotage.outcome import Outcome
from pilotage.outcome.course import Course
from pilotage.record import ReleaseRecord, news
from pilotage_local.ecs import exits


@pytest.fixture
def harbour() -> Harbour:
    return Harbour()


def rolled_out(harbour: Harbour, tag: str = "v1") -> Execution:
    """As far as the answer of ECS."""
    execution = harbour.begin(harbour.push(tag))
    execution.go()
    execution.follow()
    return execution


def bad_push(harbour: Harbour, tag: str) -> Execution:
    push = harbour.push(tag)
    harbour.services.tasks.script(push.digest, exits(1, after=2))
    return harbour.begin(push)


def test_a_success_is_recorded_told_counted_and_kept(harbour: Harbour) -> None:
    """Record, event, metric and the tag that no lifecycle rule may take: all of one release."""
    record = harbour.release()
    assert record.outcome is Outcome.SUCCEEDED
    assert harbour.records.get(CATS, record.request.release_id) == record
    assert harbour.told()[-1] == "Release Succeeded"
    assert harbour.meter.counted == [(Outcome.SUCCEEDED, CATS)]
    assert harbour.registry.kept == [(REPOSITORY, record.request.digest, "pilotage-dev-cats-1")]
    assert harbour.rollouts.get(CATS) is None
    assert harbour.leases.holder(CATS) is None


def test_every_moment_of_a_release_is_in_its_record(harbour: Harbour) -> None:
    """From push to UpdateService, and from ECS's end to the outcome: what people tune by."""
    timings = harbour.release().timings
    moments = [
        timings.pushed_at,
        timings.received_at,
        timings.prepared_at,
        timings.applied_at,
        timings.ecs_ended_at,
        timings.concluded_at,
    ]
    known = [moment for moment in moments if moment is not None]
    assert known == sorted(known)
    assert len(known) == len(moments)


def test_a_conclude_that_died_anywhere_tells_the_same_story_again() -> None:
    """Case 11: ban, record, tag, lease, event; nothing is done twice, and the service is never left held."""
    killed_after: list[str] = []
    while True:
        harbour = Harbour()
        execution = rolled_out(harbour)
        try:
            execution.conclude(Deaths(at=len(killed_after) + 1))
        except Died as death:
            killed_after.append(str(death))
        else:
            break
        record = execution.conclude()
        assert record.outcome is Outcome.SUCCEEDED
        assert harbour.records.standing(CATS).successes == 1
        assert {tag for _, _, tag in harbour.registry.kept} == {"pilotage-dev-cats-1"}
        assert harbour.leases.holder(CATS) is None
        assert set(harbour.told()) - {"Rollout Started", "Rollout Progress"} == {"Release Succeeded"}
    assert {"FakeRecords.save", "FakeLeases.hand_over", "FakeAnnouncer.tell"} <= {*killed_after}


def test_concluding_twice_changes_nothing(harbour: Harbour) -> None:
    """Lambda delivers again even after a success, and the sweep may have been first."""
    execution = rolled_out(harbour)
    first = execution.conclude()
    harbour.clock.advance(hours=1)
    assert execution.conclude() == first
    assert len(harbour.meter.counted) == 1


def test_of_two_that_conclude_at_once_both_tell_what_is_recorded(harbour: Harbour) -> None:
    """The sweep took a release for lost while its execution came to its end: one story, whoever wrote it first."""
    execution = rolled_out(harbour)
    told_first: list[ReleaseRecord] = []

    class Raced:
        def __getattr__(self, name: str) -> object:
            return getattr(harbour.records, name)

        def save(self, record: ReleaseRecord) -> bool:
            if not told_first:
                other = harbour.records.get(CATS, record.request.release_id)
                assert other is not None
                told_first.append(other)
                harbour.records.save(replace(other, outcome=Outcome.FAILED, reasons=("lost",)))
            return harbour.records.save(record)

    concluder = harbour.concluder()
    object.__setattr__(concluder, "records", Raced())
    record = concluder.conclude(Course.read(execution.document), execution.arn)
    assert record.outcome is Outcome.FAILED
    assert harbour.told()[-1] == "Release Failed"
    assert harbour.meter.counted == []


def test_a_rollback_is_told_with_its_reasons_and_banned(harbour: Harbour) -> None:
    """Case 12: both revisions, why the tasks died, and the digest does not come back; its fix passes."""
    harbour.release("v1")
    record = bad_push(harbour, "v2").sail()
    assert record.outcome is Outcome.ROLLED_BACK
    assert record.stop_reasons == ("container cats exited with code 1",)
    assert "dev-cats:2" in record.reasons[0]
    assert "dev-cats:1" in record.reasons[0]
    again = harbour.release("v3", image="v2")
    assert again.outcome is Outcome.REJECTED
    assert "banned" in again.reasons[0]
    assert harbour.release("v4").outcome is Outcome.SUCCEEDED


def test_a_first_release_that_fails_invents_no_rollback(harbour: Harbour) -> None:
    """Case 15: there is nothing to go back to."""
    record = bad_push(harbour, "v1").sail()
    assert (record.outcome, record.rolled_back_to) == (Outcome.FAILED, None)
    assert harbour.records.banned == {}


def test_a_rollback_that_fails_is_dirty(harbour: Harbour) -> None:
    """Case 16: somebody has to look, at once."""
    first = harbour.release("v1")
    execution = bad_push(harbour, "v2")
    execution.go()
    harbour.services.tasks.script(first.request.digest, exits(1, after=2))
    execution.follow(2000)
    assert execution.conclude().outcome is Outcome.FAILED_DIRTY


def test_a_deployment_of_somebody_else_ends_a_release_superseded(harbour: Harbour) -> None:
    """Case 13: what completed is not ours, so it is no success of ours."""
    harbour.release("v1")
    execution = harbour.begin(harbour.push("v2"))
    execution.go()
    harbour.services.run(5)
    harbour.services.checked.call("UpdateService", cluster="main", service="cats", taskDefinition="dev-cats:1")
    execution.follow()
    record = execution.conclude()
    assert record.outcome is Outcome.SUPERSEDED
    assert "did not start" in record.reasons[0]


def test_a_service_that_was_deleted_meanwhile_is_told_as_what_it_is(harbour: Harbour) -> None:
    """`another deployment followed: nothing` would help nobody."""
    execution = rolled_out(harbour)
    harbour.services.checked.call("DeleteService", cluster="main", service="cats", force=True)
    harbour.services.run(A_ROLLOUT)
    record = execution.conclude()
    assert record.outcome is Outcome.FAILED_DIRTY
    assert "deleted" in record.reasons[0]


def test_a_service_without_tasks_is_unverified_and_its_next_scale_up_is_watched(harbour: Harbour) -> None:
    """Case 19: nothing has shown that this revision runs, until it does."""
    record = harbour.release("v1", count=0)
    assert record.outcome is Outcome.UNVERIFIED
    assert harbour.registry.kept
    assert harbour.reconcile().verified == []
    harbour.services.checked.call("UpdateService", cluster="main", service="cats", desiredCount=1)
    harbour.services.run(A_ROLLOUT)
    assert harbour.reconcile().verified == [record.request.release_id]
    assert harbour.told() == ["Release Unverified", "Release Verified"]
    assert harbour.announcer.told[-1].detail["release_id"] == record.request.release_id
    assert harbour.reconcile().verified == []


def test_an_unverified_release_that_was_overtaken_is_forgotten(harbour: Harbour) -> None:
    """Tasks of another revision prove nothing about this one."""
    harbour.release("v1", count=0)
    record = harbour.release("v2", count=1)
    assert record.outcome is Outcome.SUCCEEDED
    assert harbour.reconcile().verified == []
    assert list(harbour.records.watched()) == []


def test_an_unchanged_push_is_no_change_and_still_counts_for_the_order(harbour: Harbour) -> None:
    """Cases 20 and 4: no revision; and what was pushed before it, under another tag, comes too late."""
    harbour.release("v1")
    late = harbour.push("v2")
    record = harbour.release("v3", image="v1")
    assert (record.outcome, harbour.revisions()) == (Outcome.NO_CHANGE, 1)
    assert harbour.begin(late).sail().outcome is Outcome.SUPERSEDED


@pytest.mark.parametrize(
    "error",
    [
        AccessDenied("ecr:PutImage: no"),
        BadImage("tag that keeps it", "another digest", "Delete this tag."),
        PilotageError("ecr:PutImage: something new"),
    ],
)
def test_a_digest_that_cannot_be_kept_is_a_note_and_holds_nothing_up(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch, error: PilotageError
) -> None:
    """An image of another account, or an immutable tag: the release succeeded all the same, and says what may come."""
    execution = rolled_out(harbour)

    def refuse(*_: str) -> None:
        raise error

    monkeypatch.setattr(harbour.registry, "keep", refuse)
    record = execution.conclude()
    assert record.outcome is Outcome.SUCCEEDED
    assert "lifecycle rule" in record.reasons[-1]
    assert harbour.leases.holder(CATS) is None


def test_a_registry_that_does_not_answer_is_asked_again(harbour: Harbour) -> None:
    """A running digest must stay: one bad minute of ECR is no reason to give that up."""
    execution = rolled_out(harbour)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(harbour.registry, "keep", _unavailable)
        with pytest.raises(Unavailable):
            execution.conclude()
    assert execution.conclude().outcome is Outcome.SUCCEEDED
    assert len(harbour.registry.kept) == 1


def _unavailable(*_: object) -> None:
    raise Unavailable("no answer")


def test_news_that_nobody_takes_holds_no_service_up(harbour: Harbour) -> None:
    """The next release goes, and the telling is tried again."""
    execution = rolled_out(harbour)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(harbour.announcer, "tell", _unavailable)
        with pytest.raises(Unavailable):
            execution.conclude()
    assert harbour.leases.holder(CATS) is None
    execution.conclude()
    assert harbour.told()[-1] == "Release Succeeded"


def test_news_fit_an_event_however_long_the_record_is(harbour: Harbour) -> None:
    """PutEvents takes 256 KB; a manifest with thousands of variables may change them all at once."""
    record = replace(
        harbour.release(),
        changes=tuple(f"environment.{number}" * 40 for number in range(5000)),
        reasons=("r" * 100_000,) * 100,
        stop_reasons=("s",),
    )
    told = news(record)
    assert len(json.dumps(told)) < 256_000 // 2
    assert told["changes"][-1] == "... and 4950 more"
    assert told["stop_reasons"] == ["s"]


def test_an_error_before_apply_is_a_clean_failure(harbour: Harbour) -> None:
    """The service may change meanwhile, by the release that holds it: that is none of this one's doing."""
    harbour.release("v1")
    waiting = harbour.begin(harbour.push("v2"))
    waiting.prepare()
    waiting.fail(Unavailable("S3 did not answer"))
    harbour.release("v3")
    record = waiting.conclude()
    assert (record.outcome, record.reasons) == (Outcome.FAILED, ("S3 did not answer",))


@pytest.mark.parametrize("lands", [False, True])
@pytest.mark.parametrize("kind", ["settings", "schedule", "rollout"])
def test_an_error_in_apply_is_judged_by_what_is_there(kind: str, lands: bool) -> None:
    """FAILED only when everything is certain to be as it was; otherwise a person looks."""
    harbour = Harbour()
    manifest: dict[str, Any] = {"schedule": {"expression": "rate(1 day)"}} if kind == "schedule" else {}
    harbour.release("v1", **manifest)
    if kind == "settings":
        harbour.policies.set(asked.policy(rollout={"maximum_percent": 150}))
    execution = harbour.begin(harbour.push("v2", image="v1" if kind == "settings" else "v2", **manifest))
    execution.prepare()
    assert execution.acquire()
    execution.confirm()
    before, after = "FakePlans.get", "FakeSchedules.update" if kind == "schedule" else "FakeServices.update"
    with pytest.raises(Died):
        execution.apply(Deaths(on=after if lands else before))
    execution.fail(Unavailable("it died"))
    record = execution.conclude()
    assert record.outcome is (Outcome.FAILED_DIRTY if lands else Outcome.FAILED), record.reasons


def test_a_definition_that_ecs_refuses_is_a_clean_failure(harbour: Harbour) -> None:
    """What the model took and ECS did not: the sentence of ECS is the reason."""
    execution = harbour.begin(harbour.push())
    execution.prepare()
    execution.acquire()
    execution.confirm()
    execution.fail(BadDefinition("task definition", "cpu 3", "Ask for another."))
    record = execution.conclude()
    assert record.outcome is Outcome.FAILED
    assert "cpu 3" in record.reasons[0]


def test_a_lease_lost_before_the_write_changed_nothing(harbour: Harbour) -> None:
    """Case 10, as its outcome."""
    execution = harbour.begin(harbour.push())
    execution.prepare()
    execution.acquire()
    execution.confirm()
    execution.fail(LeaseLost("it belongs to another"))
    assert execution.conclude().outcome is Outcome.FAILED


def test_a_wait_that_broke_off_is_judged_by_ecs(harbour: Harbour) -> None:
    """The token timed out or was lost; ECS knows how it ended, and when."""
    execution = harbour.begin(harbour.push())
    execution.go()
    harbour.services.run(A_ROLLOUT)
    execution.document["error"] = {"Error": "States.Timeout"}
    record = execution.conclude()
    assert record.outcome is Outcome.SUCCEEDED
    assert record.timings.ecs_ended_at is not None


@pytest.mark.parametrize(
    ("manifest", "kind"),
    [
        ({"schedule": {"expression": "rate(1 day)"}}, "schedule"),
        ({"kind": "task", "placement": {"pattern": "batch"}}, "task"),
    ],
)
def test_what_is_no_service_succeeds_by_being_read_again(harbour: Harbour, manifest: dict[str, Any], kind: str) -> None:
    """A schedule and a one-off task roll nothing out; they too keep their digest, their order and their silence."""
    late = harbour.push("v0", **manifest)
    record = harbour.release("v1", **manifest)
    assert (record.outcome, record.kind) == (Outcome.SUCCEEDED, kind)
    assert harbour.registry.kept[0][2] == "pilotage-dev-cats-1"
    assert harbour.records.standing(CATS).applied_tag == "v1"
    assert harbour.begin(late).sail().outcome is Outcome.SUPERSEDED
    assert harbour.release("v2", image="v1", **manifest).outcome is Outcome.NO_CHANGE
    assert harbour.release("v3", **manifest).outcome is Outcome.SUCCEEDED

"""Several services from one image, from the push to the one outcome; and every death on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fakes import asked
from fakes.group import PAIR, SHOP, Fleet, Sail, members_of, runs
from fakes.harbour import A_ROLLOUT, CATS, Deaths, Died, Execution, Harbour
from pilotage import approval
from pilotage.card.making import card_of
from pilotage.outcome import Outcome
from pilotage.outcome.course import Course
from pilotage.record import ReleaseRecord
from pilotage.release import RequestedBy
from pilotage.stops import Scope, Stop, StopKind
from pilotage.target import Target
from pilotage.usecases.groups.members import came
from pilotage_local.ecs import exits
from pilotage_local.ecs.scripted import HEALTHY

WEB, WORKER, NIGHTLY = (Target("dev", f"cats-{name}") for name in ("web", "worker", "nightly"))


PEOPLE: dict[str, Any] = {
    "people": {"ada": {"slack": ["T0CATS/U0ADA"]}},
    "groups": {"sre": ["ada"]},
    "approval": {"when": "always", "rule": {"groups": [{"group": "sre"}]}},
}


@pytest.fixture
def harbour() -> Harbour:
    return Harbour()


@pytest.fixture
def asking() -> Harbour:
    return Harbour(**PEOPLE)


def approve(harbour: Harbour, fleet: Fleet) -> None:
    request = fleet.whole.request
    plan = harbour.plans.get(fleet.whole.document["decided"]["plan_hash"])
    asked_for = approval.ask(plan, request, harbour.policies.current("dev"), harbour.clock.now())
    harbour.approvals.open(replace(asked_for, state=approval.State.APPROVED))


def crashes(execution: Execution) -> ReleaseRecord:
    """Every task of this image starts and dies, in this service alone."""
    tasks, digest = execution.harbour.services.tasks, execution.request.digest
    tasks.script(digest, exits(1, after=2))
    record = execution.sail()
    tasks.script(digest, HEALTHY)
    return record


def is_rejected(execution: Execution) -> ReleaseRecord:
    """A ban that somebody set after the release of the whole had begun."""
    execution.harbour.records.ban(execution.request.target, execution.request.digest, "by hand")
    return execution.sail()


def second(harbour: Harbour, **sailing: Sail) -> Fleet:
    """A release of the pair, after one that succeeded."""
    assert Fleet.push(harbour, "v1", PAIR).sail().outcome is Outcome.SUCCEEDED
    return Fleet.push(harbour, "v2", PAIR, **sailing)


def test_services_and_schedules_follow_one_image(harbour: Harbour) -> None:
    """Part 8: one push, one plan, one outcome; the nightly job does not stay behind."""
    fleet = Fleet.push(harbour, "v1", SHOP)
    record = fleet.sail()
    assert record.outcome is Outcome.SUCCEEDED
    assert record.reasons == ("web came in", "worker came in", "nightly came in")
    digest = record.request.digest
    assert runs(harbour, ["cats-web", "cats-worker"]) == {"cats-web": digest, "cats-worker": digest}
    schedule = harbour.schedules.live("dev-cats-nightly", "default").schedule
    assert schedule is not None
    assert {"key": "pilotage:digest", "value": digest} in schedule.task_definition["tags"]
    assert harbour.leases.held() == []
    assert harbour.groups.parked == {}
    assert harbour.records.standing(CATS).succeeded_digest == digest


def test_members_go_in_the_order_that_is_said(harbour: Harbour) -> None:
    """And each by a release of its own, with the correlation id of the push."""
    fleet = Fleet.push(harbour, "v1", {**SHOP, "order": ["nightly", "worker", "web"]})
    fleet.sail()
    assert [each.split("-")[2] for each in fleet.begun] == ["nightly", "worker", "web"]
    for name in ("web", "worker", "nightly"):
        record = fleet.record_of(name)
        assert record is not None
        assert record.request.correlation_id == fleet.whole.request.correlation_id
        assert record.request.requested_by is RequestedBy.GROUP


def test_an_unchanged_push_changes_nothing_and_begins_nothing(harbour: Harbour) -> None:
    """Case 20, for several."""
    Fleet.push(harbour, "v1", PAIR).sail()
    fleet = Fleet.push(harbour, "v1", {**PAIR, "image": "v1"})
    fleet.whole.prepare()
    assert fleet.decision == "no_change"
    assert fleet.whole.conclude().outcome is Outcome.NO_CHANGE
    assert harbour.leases.held() == []


def test_when_the_second_fails_the_first_is_brought_back(harbour: Harbour) -> None:
    """Case 17: ECS rolled the worker back; the web service goes back by a release of what ran before."""
    fleet = second(harbour, worker=crashes)
    before = harbour.records.standing(WEB).succeeded_digest
    record = fleet.sail()
    assert record.outcome is Outcome.ROLLED_BACK
    assert record.reasons[0] == "web came in, and was brought back"
    assert record.reasons[1].startswith("worker was rolled back: ")
    assert runs(harbour, ["cats-web", "cats-worker"]) == {"cats-web": before, "cats-worker": before}
    back = fleet.record_of("web", back=True)
    assert back is not None
    assert back.outcome is Outcome.SUCCEEDED
    assert back.request.because == "member worker was rolled back"
    assert harbour.leases.held() == []
    assert harbour.groups.parked == {}


def test_what_was_brought_back_is_banned_for_each_and_for_all(harbour: Harbour) -> None:
    """The sweep, or a second push of the same image, must not bring it again."""
    fleet = second(harbour, worker=crashes)
    digest = fleet.sail().request.digest
    for target in (CATS, WEB, WORKER):
        assert harbour.records.ban_of(target, digest)
    again = Fleet.push(harbour, "v3", {**PAIR, "image": "v2"})
    again.whole.prepare()
    assert again.decision == "rejected"


def test_after_one_that_failed_the_others_are_not_begun(harbour: Harbour) -> None:
    """The worker would read what the web service that failed never writes."""
    fleet = second(harbour, web=crashes)
    record = fleet.sail()
    assert record.outcome is Outcome.ROLLED_BACK
    assert record.reasons[1] == "worker was not begun"
    assert fleet.record_of("worker") is None
    assert len(fleet.begun) == 1


def test_together_none_waits_for_another(harbour: Harbour) -> None:
    """All are begun, and those that came in go back when one did not."""
    Fleet.push(harbour, "v1", PAIR).sail()
    fleet = Fleet.push(harbour, "v2", {**PAIR, "order": "together"}, web=crashes)
    record = fleet.sail(together=True)
    assert record.outcome is Outcome.ROLLED_BACK
    assert "worker came in, and was brought back" in record.reasons


def test_what_never_ran_before_cannot_be_brought_back(harbour: Harbour) -> None:
    """A person has to look: the new web service runs beside a worker that never came up."""
    fleet = Fleet.push(harbour, "v1", PAIR, worker=crashes)
    record = fleet.sail()
    assert record.outcome is Outcome.FAILED_DIRTY
    assert record.reasons[0] == "web came in, and is not brought back: nothing of it ran before"
    assert record.reasons[1].startswith("worker failed: ")


def test_an_image_from_before_a_member_was_born_cannot_bring_it_back(harbour: Harbour) -> None:
    """The ban of what ran before is reported in the end, not discovered at night."""
    fleet = second(harbour, worker=crashes)
    before = harbour.records.standing(WEB).succeeded_digest
    assert before is not None
    fleet.go()
    harbour.records.ban(WEB, before, "it leaks")
    record = fleet.sail_on()
    assert record.outcome is Outcome.FAILED_DIRTY
    assert "it leaks" in record.reasons[0]


def test_a_member_that_may_not_be_released_holds_all_by_name(harbour: Harbour) -> None:
    """A digest that is banned for the worker is not half released."""
    fleet = second(harbour)
    harbour.records.ban(WORKER, fleet.whole.request.digest, "it eats the queue")
    fleet.whole.prepare()
    record = fleet.whole.conclude()
    assert record.outcome is Outcome.REJECTED
    (reason,) = record.reasons
    assert reason.startswith("worker: ")
    assert "it eats the queue" in reason


def test_what_every_member_gets_wrong_is_told_at_once(harbour: Harbour) -> None:
    """One push mends all of it."""
    wrong = {
        "services": {"web": {"routing": "nowhere"}, "worker": {"task_role": "arn:aws:iam::123456789012:role/admin"}}
    }
    fleet = Fleet.push(harbour, "v1", wrong)
    fleet.whole.prepare()
    reasons = fleet.whole.conclude().reasons
    assert [each.split(":")[0] for each in reasons] == ["web", "worker"]


def test_a_freeze_of_one_member_holds_all_before_they_begin(harbour: Harbour) -> None:
    """And one that begins while they are under way holds nobody: half a change is worse than a late one."""
    fleet = second(harbour)
    freeze = Stop(StopKind.FREEZE, Scope("dev", "cats-worker"), "the audit", "ada", harbour.clock.now())
    harbour.stops.set(freeze)
    fleet.whole.prepare()
    assert fleet.decision == "hold"
    harbour.stops.lift(freeze)
    fleet.go()
    harbour.stops.set(replace(freeze, scope=Scope("dev", None)))
    assert fleet.sail_on().outcome is Outcome.SUCCEEDED


def test_people_are_asked_once_about_all(asking: Harbour) -> None:
    """One plan, one approval: a member's own release asks nobody, since the plan of the whole lists its very hash."""
    fleet = Fleet.push(asking, "v1", PAIR)
    prepared = fleet.whole.prepare()
    assert fleet.decision == "ask"
    assert prepared.plan is not None
    assert prepared.plan.asks is not None
    assert {point.reason.split(":")[0] for point in prepared.plan.risk.points} == {"web", "worker"}
    members = {each.name: each.plan_hash for each in prepared.plan.members}
    for each in prepared.member_plans:
        assert asking.plans.get(each.hash).asks is None
    approve(asking, fleet)
    fleet.go()
    record = fleet.sail_on()
    assert record.outcome is Outcome.SUCCEEDED, record.reasons
    for name in ("web", "worker"):
        sailed = fleet.record_of(name)
        assert sailed is not None
        assert sailed.plan_hash == members[name]


def test_a_members_plan_that_changed_behind_the_approval_is_not_applied(asking: Harbour) -> None:
    """Case 24, for several: what nobody saw is not approved. The others go back."""
    fleet = Fleet.push(asking, "v1", PAIR)
    fleet.whole.prepare()
    approve(asking, fleet)
    fleet.go()
    changed = asked.policy(**{**PEOPLE, "defaults": {"memory": 1024}})
    asking.policies.set(replace(changed, version="version-2"))
    record = fleet.sail_on()
    assert record.outcome is Outcome.FAILED
    assert "the plan of web changed after the group was approved" in record.reasons[0]
    assert asking.revisions() == 0


def test_one_card_shows_all_members_as_they_go(harbour: Harbour) -> None:
    """And never an older state after a newer one."""
    fleet = second(harbour)
    fleet.go()
    ranks = []
    for member, progress in zip(fleet.members, ("1 of 2 came in", "2 of 2 came in"), strict=True):
        fleet.roll_out(member)
        record = harbour.records.get(CATS, fleet.whole.request.release_id)
        assert record is not None
        members = came(record.request, record.members, harbour.records)
        card = card_of(record, None, None, None, harbour.clock.now(), members)
        assert (card.headline, card.progress) == ("cats in dev is rolling out", progress)
        ranks.append(card.rank)
    assert card.reasons == ("web came in", "worker came in")
    assert ranks == sorted(set(ranks))


def test_a_newer_push_waits_for_all_and_goes_then(harbour: Harbour) -> None:
    """Case 9: the lease is that of the whole; the tag that moved meanwhile is the next release's matter."""
    older = second(harbour)
    older.go()
    newer = Fleet.push(harbour, "v2", {**PAIR, "cpu": 512, "image": "v2-again"})
    newer.whole.prepare()
    assert not newer.whole.acquire()
    newer.whole.await_turn()
    assert older.sail_on().outcome is Outcome.SUCCEEDED
    assert newer.whole.told_turn() == {"turn": "yours", "reasons": []}
    newer.whole.confirm()
    assert newer.sail_on().outcome is Outcome.SUCCEEDED


def test_by_policy_a_newer_push_stops_the_member_that_is_under_way() -> None:
    """Case 9: the member gives way, those before it go back, those behind it are not begun."""
    harbour = Harbour(rollout={"while_rolling": "stop"})
    newer: list[Fleet] = []

    def overtaken(execution: Execution) -> ReleaseRecord:
        execution.go()
        newer.append(Fleet.push(harbour, "v3", PAIR))
        newer[0].whole.prepare()
        newer[0].whole.acquire()
        newer[0].whole.await_turn()
        execution.follow()
        return execution.conclude()

    record = second(harbour, worker=overtaken).sail()
    assert record.outcome is Outcome.SUPERSEDED, record.reasons
    assert record.reasons[0] == "web came in, and was brought back"
    newer[0].whole.confirm()
    assert newer[0].sail_on().outcome is Outcome.SUCCEEDED


def test_no_member_is_begun_for_a_group_that_has_to_give_way() -> None:
    """The newer push came between two members, when there was no rollout to stop."""
    harbour = Harbour(rollout={"while_rolling": "stop"})
    fleet = second(harbour)
    fleet.go()
    fleet.roll_out(fleet.members[0])
    newer = Fleet.push(harbour, "v3", PAIR)
    newer.whole.prepare()
    newer.whole.await_turn()
    record = fleet.sail_on()
    assert record.outcome is Outcome.SUPERSEDED
    assert record.reasons[-2:] == ("web came in, and was brought back", "worker was not begun")


def test_one_member_of_several_can_be_released_again_alone(harbour: Harbour) -> None:
    """A person's rollback of the web service asks for that part of the image, and for no other."""
    fleet = second(harbour)
    fleet.sail()
    record = fleet.record_of("web")
    assert record is not None
    alone = replace(
        record.request, release_id="again", group=None, group_service=None, requested_by=RequestedBy.PERSON, tag=None
    )
    harbour.records.open(ReleaseRecord.begun(alone, harbour.clock.now()))
    prepared = Execution(harbour, alone).prepare()
    assert prepared.verdict.decision.value == "no_change"
    assert prepared.plan is not None
    assert prepared.plan.service == "cats-web"


def test_a_member_of_a_group_that_is_over_is_not_released(harbour: Harbour) -> None:
    """Its execution was found after the sweep had concluded the whole."""
    fleet = second(harbour)
    fleet.go()
    web = fleet.members[0]
    members_of(harbour).roll_out(fleet.whole.request, web, "token")
    fleet.whole.document["error"] = {"Error": "States.Timeout", "Cause": ""}
    fleet.whole.conclude()
    execution = Execution(harbour, harbour.executions.requests[harbour.executions.arn(web.release_id)])
    assert "is over" in execution.prepare().verdict.reasons[0]


@pytest.mark.parametrize("back", [False, True])
def test_a_function_that_died_anywhere_begins_each_member_once(back: bool) -> None:
    """Case 11: the token is kept, the release begun, and its end answered, wherever the first try came to its end."""
    killed_after: list[str] = []
    while True:
        harbour = Harbour()
        fleet = second(harbour, worker=crashes)
        fleet.go()
        if back:
            for member in fleet.members:
                fleet.roll_out(member)
        request, member = fleet.whole.request, fleet.members[0]
        mortal = members_of(harbour, Deaths(at=len(killed_after) + 1))
        try:
            (mortal.bring_back if back else mortal.roll_out)(request, member, "first")
        except Died as death:
            killed_after.append(str(death))
        else:
            break
        record = fleet.sail_on()
        assert record.outcome is Outcome.ROLLED_BACK, (killed_after, record.reasons)
        assert harbour.groups.parked == {}
        assert harbour.leases.held() == []
        assert record.reasons[0] == "web came in, and was brought back"
    assert {"FakeGroups.park", "FakeExecutions.start", "FakeRecords.open"} <= set(killed_after)


def test_a_member_whose_conclude_died_anywhere_still_answers_its_group() -> None:
    """Case 11: by the retry; and case 14: by the sweep, when there is none."""
    for by_sweep in (False, True):
        killed_after: list[str] = []
        while True:
            harbour = Harbour()
            fleet = second(harbour)
            fleet.go()
            web = fleet.members[0]
            members_of(harbour).roll_out(fleet.whole.request, web, "token")
            execution = Execution(harbour, harbour.executions.requests[harbour.executions.arn(web.release_id)])
            execution.go()
            execution.follow()
            try:
                execution.conclude(Deaths(at=len(killed_after) + 1))
            except Died as death:
                killed_after.append(str(death))
            else:
                break
            record = fleet.record_of("web")
            assert record is not None
            if by_sweep and record.outcome is not None:
                harbour.reconcile()
            else:
                execution.conclude()
            assert harbour.executions.answers["token"]["outcome"] == "SUCCEEDED"
            assert harbour.groups.parked == {}
        assert {"FakeGroups.over", "FakeRecords.save", "FakeExecutions.resume"} <= set(killed_after)


def test_a_conclude_of_the_whole_that_died_anywhere_tells_the_same_story() -> None:
    """Case 11, for the one outcome."""
    killed_after: list[str] = []
    while True:
        harbour = Harbour()
        fleet = second(harbour, worker=crashes)
        fleet.go()
        for member in fleet.members:
            fleet.roll_out(member)
        for member in fleet.weigh().bring_back:
            fleet.bring_back(member)
        try:
            fleet.whole.conclude(Deaths(at=len(killed_after) + 1))
        except Died as death:
            killed_after.append(str(death))
        else:
            break
        record = fleet.whole.conclude()
        assert record.outcome is Outcome.ROLLED_BACK
        assert harbour.leases.held() == []
        assert harbour.records.ban_of(CATS, record.request.digest)
    assert "FakeRecords.save" in killed_after


def test_a_lost_group_is_concluded_when_its_last_member_has_come_to_its_end(harbour: Harbour) -> None:
    """Somebody stopped the execution of the whole: its member goes on, and the lease stays until it has ended."""
    fleet = second(harbour)
    fleet.go()
    web = fleet.members[0]
    members_of(harbour).roll_out(fleet.whole.request, web, "token")
    execution = Execution(harbour, harbour.executions.requests[harbour.executions.arn(web.release_id)])
    execution.go()
    harbour.executions.end(fleet.whole.arn)
    harbour.reconcile()
    assert harbour.conclusions.asked == []
    execution.follow(A_ROLLOUT)
    execution.conclude()
    harbour.reconcile()
    ((arn, course),) = harbour.conclusions.asked
    record = harbour.concluder().conclude(Course.read(course), arn)
    assert record.outcome is Outcome.FAILED_DIRTY
    assert "web came in, and is not brought back: the way back was not begun" in record.reasons
    assert harbour.leases.held() == []


def test_a_token_of_a_group_that_is_gone_is_forgotten(harbour: Harbour) -> None:
    """The function died between the token and the start, and the execution of the whole was stopped."""
    fleet = second(harbour)
    fleet.go()
    with pytest.raises(Died):
        members_of(harbour, Deaths(on="FakeGroups.park")).roll_out(fleet.whole.request, fleet.members[0], "token")
    harbour.reconcile()
    assert len(harbour.groups.parked) == 1
    harbour.executions.end(fleet.whole.arn)
    harbour.reconcile()
    assert harbour.groups.parked == {}

"""Prepare reads, plans and judges; whatever people got wrong ends as REJECTED with its sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from fakes import asked
from fakes.harbour import CATS, REPOSITORY, Execution, Harbour
from pilotage.gate import Decision
from pilotage.outcome import Outcome
from pilotage.placement import options
from pilotage.prices.table import Rates, Region, shipped


@pytest.fixture
def harbour() -> Harbour:
    return Harbour()


def decision(execution: Execution) -> Decision:
    return execution.prepare().verdict.decision


def test_nothing_is_written_to_aws(harbour: Harbour) -> None:
    """`pilotage plan` runs the very same code from a laptop."""
    harbour.begin(harbour.push()).prepare()
    assert {call[:8] for call in harbour.services.checked.calls} == {"Describe"}
    assert harbour.services.clients.log_groups == {}


def test_a_plan_is_filed_under_its_hash_and_named_in_the_record(harbour: Harbour) -> None:
    """What is confirmed can be read for a month, by its hash."""
    execution = harbour.begin(harbour.push())
    plan = execution.prepare().plan
    assert plan is not None
    assert harbour.plans.get(plan.hash) == plan
    record = harbour.records.get(CATS, execution.request.release_id)
    assert record is not None
    assert (record.plan_hash, record.placement, record.kind) == (plan.hash, plan.placement, "service")
    assert record.changes


def test_preparing_again_is_the_same_plan(harbour: Harbour) -> None:
    """Case 11: a retry confirms what the first try found; time is no part of a hash."""
    execution = harbour.begin(harbour.push())
    first = execution.prepare().plan
    harbour.clock.advance(minutes=5)
    again = execution.prepare().plan
    assert first is not None
    assert again is not None
    assert first.hash == again.hash


def test_a_plan_says_what_a_month_costs_and_is_not_bound_to_it(
    harbour: Harbour, monkeypatch: pytest.MonkeyPatch
) -> None:
    """People see the dollars; new prices between approval and apply must not ask them again."""
    execution = harbour.begin(harbour.push())
    without = execution.prepare().plan
    assert without is not None
    assert without.monthly is None  # of this region the table has no prices
    known = Region({"X86_64": Rates(0.04, 0.004)})
    monkeypatch.setattr(options, "shipped", lambda: replace(shipped(), regions={execution.request.region: known}))
    priced = execution.prepare().plan
    assert priced is not None
    assert priced.monthly is not None
    assert priced.monthly > 0
    assert priced.hash == without.hash


def test_a_tag_that_moved_since_the_event_supersedes_the_release(harbour: Harbour) -> None:
    """Case 5: never another digest under its name."""
    execution = harbour.begin(harbour.push("latest", image="one"))
    newer = harbour.push("latest", image="two")
    verdict = execution.prepare().verdict
    assert verdict.decision is Decision.SUPERSEDED
    assert newer.digest in verdict.reasons[0]


def test_a_tag_that_moved_before_confirm_supersedes_the_release(harbour: Harbour) -> None:
    """Case 5, later: the plan is made again under the lease, and no longer stands."""
    execution = harbour.begin(harbour.push("latest", image="one"))
    execution.prepare()
    execution.acquire()
    harbour.push("latest", image="two")
    assert execution.confirm().verdict.decision is Decision.SUPERSEDED
    assert execution.conclude().outcome is Outcome.SUPERSEDED
    assert harbour.revisions() == 0


def test_an_older_push_of_another_tag_downgrades_nothing(harbour: Harbour) -> None:
    """Case 4: across tags, the event's time."""
    late = harbour.push("v1")
    assert harbour.release("v2").outcome is Outcome.SUCCEEDED
    assert harbour.begin(late).sail().outcome is Outcome.SUPERSEDED
    assert harbour.calls("UpdateService") == 0


def test_what_changed_before_confirm_is_planned_afresh(harbour: Harbour) -> None:
    """The plan that is applied is the one that was made under the lease, with the policy and the service of then."""
    harbour.release("v1")
    execution = harbour.begin(harbour.push("v2"))
    first = execution.prepare().plan
    execution.acquire()
    harbour.policies.put("dev", json.dumps(asked.policy_document(rollout={"deadline_minutes": 7})))
    second = execution.confirm().plan
    assert first is not None
    assert second is not None
    assert first.hash != second.hash
    execution.apply()
    rollout = harbour.rollouts.get(CATS)
    assert rollout is not None
    assert (rollout.deadline - rollout.started_at).total_seconds() == 7 * 60
    execution.follow()
    assert execution.conclude().plan_hash == second.hash


def test_a_policy_that_forbids_before_confirm_is_obeyed(harbour: Harbour) -> None:
    """An operator who tightens a limit while releases wait is not outrun by them."""
    execution = harbour.begin(harbour.push("v1", cpu=512, memory=1024))
    assert decision(execution) is Decision.GO
    execution.acquire()
    harbour.policies.set(asked.policy(limits={"cpu": 256}))
    verdict = execution.confirm().verdict
    assert verdict.decision is Decision.REJECTED
    record = execution.conclude()
    assert record.outcome is Outcome.REJECTED
    assert "512" in record.reasons[0]
    assert harbour.revisions() == 0


def test_a_service_that_was_deleted_before_confirm_is_created_again(harbour: Harbour) -> None:
    """The image is there and asked for: what is missing is made."""
    harbour.release("v1")
    execution = harbour.begin(harbour.push("v2"))
    execution.prepare()
    execution.acquire()
    harbour.services.checked.call("DeleteService", cluster="main", service="cats", force=True)
    harbour.services.run(400)
    execution.confirm()
    execution.apply()
    execution.follow()
    assert execution.conclude().outcome is Outcome.SUCCEEDED
    assert harbour.calls("CreateService") == 2


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        ({"cpu": "a lot"}, ("cpu", "a lot")),
        ({"cpuu": 256}, ("cpuu", "cpu")),
        ({"task_role": "arn:aws:iam::123456789012:role/admin"}, ("admin",)),
        ({"cpu": 8192, "memory": 65536}, ("8192", "4096")),
    ],
)
def test_what_people_got_wrong_is_rejected_in_one_sentence(
    harbour: Harbour, manifest: dict[str, Any], words: tuple[str, ...]
) -> None:
    """Cases 7 and 27: the thing, the value and the remedy; in record and event, and nothing registered."""
    record = harbour.release("v1", **manifest)
    assert record.outcome is Outcome.REJECTED
    for word in words:
        assert word in " ".join(record.reasons)
    assert harbour.told() == ["Release Rejected"]
    assert harbour.announcer.told[0].detail["reasons"] == list(record.reasons)
    assert harbour.revisions() == 0
    assert harbour.leases.holder(CATS) is None


def test_an_image_that_was_deleted_is_no_riddle(harbour: Harbour) -> None:
    """A lifecycle rule was faster."""
    push = harbour.push()
    execution = harbour.begin(push)
    harbour.registry.delete(REPOSITORY, push.digest)
    record = execution.sail()
    assert record.outcome is Outcome.SUPERSEDED
    assert "gone" in record.reasons[0]


def test_an_unchanged_push_takes_no_lease(harbour: Harbour) -> None:
    """Case 20: the same definitions cost four calls and no wait."""
    harbour.release("v1")
    execution = harbour.begin(harbour.push("v2", image="v1"))
    assert decision(execution) is Decision.NO_CHANGE
    record = execution.conclude()
    assert record.outcome is Outcome.NO_CHANGE
    assert harbour.revisions() == 1


def test_an_equal_plan_while_somebody_rolls_out_waits_and_looks_again(harbour: Harbour) -> None:
    """Case 20: what is PRIMARY may be rolled back any moment, and NO_CHANGE would have been a lie."""
    harbour.release("v1")
    first = harbour.begin(harbour.push("v2"))
    first.go()
    again = harbour.begin(harbour.push("v3", image="v2"))
    assert decision(again) is Decision.GO
    assert not again.acquire()
    again.await_turn()
    first.follow()
    first.conclude()
    again.told_turn()
    assert again.confirm().verdict.decision is Decision.NO_CHANGE
    assert again.conclude().outcome is Outcome.NO_CHANGE

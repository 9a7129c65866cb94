"""What each function answers to its event of `events/`: the state machine and people rely on the shape."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from fakes.harbour import Execution
from fakes.lambdas import Functions, recorded
from fakes.samples import a_plan
from pilotage.deciding import GroupQuorum, Rule
from pilotage.pace import REGISTER_TASK_DEFINITION
from pilotage.ports import Contender
from pilotage.stops import Scope, Stop, StopKind


@pytest.mark.parametrize("name", ["receive_push", "receive_push_older_shape"])
def test_a_push_is_answered_with_its_release(functions: Functions, name: str) -> None:
    """In both shapes that ECR's event has; the release's name is what people look for."""
    event = functions.push("v1", name=name)
    answer = functions.call("receive_push", event)
    assert set(answer) == {"release", "new"}
    assert answer["new"] is True
    assert functions.call("receive_push", event) == {"release": answer["release"], "new": False}


def test_an_ignored_push_is_answered_with_code_and_sentence(functions: Functions) -> None:
    """A push that is left alone is no error, and says why (case 3)."""
    event = functions.push("v1")
    del event["detail"]["image-tag"]
    answer = functions.call("receive_push", event)
    assert answer["ignored"] == "UNTAGGED"
    assert "team/cats" in answer["reason"]


def test_prepare_answers_decision_reasons_and_plan(functions: Functions) -> None:
    """The state machine's ResultSelector names exactly these."""
    answer = functions.prepare(functions.begin())
    assert set(answer) - {"under_lease"} == {
        *("decision", "reasons", "plan_hash", "until"),
        *("migrates", "goes", "members"),
    }
    assert (answer["decision"], answer["migrates"], answer["goes"], answer["members"]) == ("go", False, "alone", [])
    assert len(answer["plan_hash"]) == 64


def test_confirm_finds_the_plan_that_was_approved(functions: Functions) -> None:
    """What is approved is what is applied."""
    release = functions.begin()
    plan_hash = functions.prepare(release)["plan_hash"]
    release.acquire()
    event = recorded("prepare_release_confirm") | functions.of(release) | {"confirming": plan_hash}
    assert functions.call("prepare_release", event)["plan_hash"] == plan_hash


def test_who_waits_for_a_turn_is_answered_by_the_token(functions: Functions) -> None:
    """The state waits at no cost; a return value would be thrown away."""
    first, second = functions.begin("v1"), functions.begin("v2")
    first.acquire()
    event = recorded("await_turn") | functions.of(second) | {"task_token": second.turn_token}
    assert functions.call("await_turn", event) is None
    lease = functions.harbour.leases.holder(first.request.target)
    assert lease is not None
    request = second.request
    assert lease.waiting == Contender(second.arn, request.release_id, request.pushed_at, second.turn_token)


@pytest.mark.parametrize(("name", "kind"), [("await_people_ask", "approval"), ("await_people_hold", "thaw")])
def test_who_waits_for_people_is_answered_by_the_token(functions: Functions, name: str, kind: str) -> None:
    """Whoever decides resumes the execution; the sweep looks at all who wait."""
    release, harbour = functions.begin(), functions.harbour
    until = harbour.clock.now() + timedelta(hours=1)
    harbour.stops.set(Stop(StopKind.FREEZE, Scope("dev"), "the database moves", "dana", until - timedelta(hours=2)))
    event = recorded(name)
    event["await"] |= functions.of(release) | {"task_token": "token"}
    plan = replace(a_plan(event["await"]["decided"]["plan_hash"]), asks=Rule((GroupQuorum("leads"),)))
    harbour.plans.put(plan)
    (looked,) = functions.call("await_people", event)
    wait = harbour.waits.get(release.request.target, release.request.release_id)
    if kind == "thaw":
        assert wait is not None
        assert (looked["waits"], wait.kind) == (True, kind)
        assert functions.call("await_people", recorded("await_people_sweep")) == [looked]
        return
    assert looked["waits"] is False, "people are not asked while the environment is frozen"
    assert harbour.executions.answers["token"]["said"] == "look_again"
    assert functions.call("await_people", recorded("await_people_sweep")) == []


def test_apply_answers_what_comes_next(functions: Functions) -> None:
    """WhatFollows chooses by `next`, WaitForSlot reads `not_before`."""
    answer = functions.apply(functions.begin())
    assert set(answer) == {"next", "not_before", "revision"}
    assert (answer["next"], answer["not_before"]) == ("await_rollout", None)
    assert answer["revision"].startswith("arn:aws:ecs:")


def test_a_release_without_a_slot_is_told_when_to_come_back(functions: Functions) -> None:
    """A Wait state reads a timestamp in UTC with a Z, and waits for ever on none."""
    now = functions.harbour.clock.now()
    for number in range(40):
        functions.harbour.pace.reserve(REGISTER_TASK_DEFINITION, f"r{number}", now)
    answer = functions.apply(functions.begin())
    assert answer["next"] == "wait_for_slot"
    assert answer["not_before"].endswith("Z")


def test_a_rollout_is_followed_from_the_token_to_the_end(functions: Functions) -> None:
    """Whoever wakes the function gets what was seen of each rollout, as a list."""
    release = functions.begin()
    applied = functions.apply(release)
    (seen,) = functions.await_rollout(release)
    assert {"release_id", "saw", "ended"} <= set(seen)
    assert (seen["release_id"], seen["ended"]) == (release.request.release_id, False)
    rollout = functions.harbour.rollouts.get(release.request.target)
    assert rollout is not None

    (noted,) = functions.call("follow_rollout", _task_stopped(functions, release, applied["revision"]))
    assert "exited with code 1" in noted["saw"]

    functions.harbour.services.run(400)
    (swept,) = functions.call("follow_rollout", recorded("follow_rollout_sweep"))
    assert swept["ended"] is True
    completed = recorded("follow_rollout_completed") | {"resources": [rollout.service_arn]}
    completed["detail"] |= {"deploymentId": rollout.deployment_id}
    (told,) = functions.call("follow_rollout", completed)
    assert told["ended"] is True


@pytest.mark.parametrize("name", ["follow_rollout_completed", "follow_rollout_task_stopped"])
def test_an_event_of_somebody_elses_service_is_nothing(functions: Functions, name: str) -> None:
    """The rules hear of every service in the account (case 13)."""
    assert functions.call("follow_rollout", recorded(name)) == []


def test_conclude_answers_outcome_reasons_and_sentence(functions: Functions) -> None:
    """HowDidItEnd chooses by `outcome`, the Fail states show `sentence`."""
    answer = functions.sail("v1")
    assert set(answer) == {"outcome", "reasons", "sentence"}
    assert answer["outcome"] == "SUCCEEDED"
    assert answer["sentence"].startswith("SUCCEEDED: ")


def test_a_lost_release_is_found_and_concluded(functions: Functions) -> None:
    """The schedule's event says nothing: all is read from what is remembered."""
    release = functions.begin()
    functions.prepare(release)
    release.acquire()
    functions.harbour.executions.end(release.arn)
    answer = functions.call("reconcile", recorded("reconcile"))
    assert answer["concluded"] == [release.request.release_id]
    assert answer["problems"] == []


def test_one_correlation_id_goes_from_push_to_outcome(functions: Functions) -> None:
    """One search in the logs tells the whole story of a push."""
    functions.sail("v1")
    followed = {line.get("correlation_id") for line in functions.lines if "release" in line}
    assert followed == {recorded("receive_push")["id"]}


def _task_stopped(functions: Functions, release: Execution, revision: str) -> dict[str, Any]:
    event = recorded("follow_rollout_task_stopped")
    rollout = functions.harbour.rollouts.get(release.request.target)
    assert rollout is not None
    prefix, _, name = rollout.service_arn.partition(":service/")
    cluster, _, service = name.partition("/")
    event["detail"] |= {
        "taskDefinitionArn": revision,
        "clusterArn": f"{prefix}:cluster/{cluster}",
        "group": f"service:{service}",
    }
    return event

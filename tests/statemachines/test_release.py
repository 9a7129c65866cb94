"""The release state machine, every path of it, in a second interpreter."""

from __future__ import annotations

import json

import pytest
from statemachines.definition import between_items, catches, edges, retried_errors, states
from statemachines.second_interpreter import EXECUTION, REQUEST, Fails
from statemachines.stories import OTHER, TOLD, Story, all_stories, exhaustions, refusals, retries, told

STRAIGHT, NO_CHANGE, LEASED_BEFORE, TURN_CAME = TOLD[0], TOLD[1], TOLD[4], TOLD[5]
SCHEDULE, SLOT, ROLLBACK, LOST_TOKEN = TOLD[9], TOLD[10], TOLD[11], TOLD[15]
FAILS = {name: state for name, state in states().items() if state["Type"] == "Fail"}


def by_title(story: Story) -> str:
    return story.title


@pytest.mark.parametrize("story", TOLD, ids=by_title)
def test_each_story_ends_where_its_outcome_says(story: Story) -> None:
    """The list of executions alone tells a person how releases end."""
    course = told(story)

    assert course.states[-1] == story.ends_in
    assert course.status == ("FAILED" if story.ends_in in FAILS else "SUCCEEDED")


@pytest.mark.parametrize("story", tuple(retries()), ids=by_title)
def test_a_passing_hiccup_changes_nothing(story: Story) -> None:
    """A throttle or a crash of Lambda costs time, never a release."""
    course = told(story)
    state = list(story.script)[-1]

    assert course.states[-1] == "Succeeded"
    assert {name for name, _ in course.retried} == {state}
    assert len(course.pauses) == 1


@pytest.mark.parametrize("story", [*exhaustions(), *refusals()], ids=by_title)
def test_what_no_retry_helps_still_ends_in_conclude(story: Story) -> None:
    """Nothing ends without an outcome: the lease is given back and the record says why."""
    course = told(story)

    assert course.states[-1] == story.ends_in
    assert course.states[-3] == "Conclude" or course.states[-2:] == ("Conclude", "ConcludeFailed")


@pytest.mark.parametrize("story", tuple(exhaustions()), ids=by_title)
def test_retries_back_off_with_jitter_up_to_their_limit(story: Story) -> None:
    """Two hundred releases that meet a throttle do not come back all at the same moment, nor after an hour."""
    course = told(story)
    state = next(name for name in story.script if any(isinstance(each, Fails) for each in story.script[name]))
    retrier = next(r for r in states()[state]["Retry"] if r["MaxAttempts"] == len(course.pauses))

    assert retrier["JitterStrategy"] == "FULL"
    assert max(course.pauses) <= retrier["MaxDelaySeconds"]


def test_every_state_and_every_way_between_states_is_walked() -> None:
    """A path that no test walks is a path that fails in production first."""
    walked = [told(story) for story in all_stories()]

    assert {name for course in walked for name in course.states} == set(states())
    assert {way for course in walked for way in course.transitions} - between_items() == edges() - between_items()


def test_every_retried_error_is_met() -> None:
    """Each name in a Retry is an error that really arrives under that name."""
    met = {pair for story in all_stories() for pair in told(story).retried}

    assert met == retried_errors()


def test_every_catch_catches() -> None:
    """Each Catch is taken, and by an error of its own."""
    caught = {way for story in all_stories() for way in told(story).caught}
    named = {(state, error, to) for state, error, to in catches() if error != "States.ALL"}
    rest = {(state, to) for state, error, to in catches() if error == "States.ALL"}

    assert named <= caught
    assert {(state, to) for state, _, to in caught - named} == rest


def test_a_straight_rolling_release_costs_at_most_twelve_transitions_and_five_functions() -> None:
    """With the push and the event that ends the rollout: seven invocations, however long it takes."""
    course = told(STRAIGHT)

    assert len(course.states) + 1 <= 12
    assert [state for state, _ in course.calls] == ["Prepare", "Confirm", "Apply", "AwaitRollout", "Conclude"]


def test_nothing_is_waited_for_in_a_loop() -> None:
    """A rollout of an hour costs what a rollout of a minute costs: the only Wait is a turn at ECS's token bucket."""
    waits = [name for name, state in states().items() if state["Type"] == "Wait"]

    assert waits == ["WaitForSlot"]
    assert told(STRAIGHT).waits == []
    (seconds,) = told(SLOT).waits
    assert seconds > 0
    assert told(SLOT).states.count("Apply") == 2


def test_waiting_for_a_person_costs_one_transition() -> None:
    """An approval that takes a day costs what one of a minute costs."""
    straight, approved = told(STRAIGHT), told(next(story for story in TOLD if story.title == "approved by people"))

    assert [name for name in approved.states if name not in straight.states] == ["AwaitPeople", "WhatWasSaid"]
    assert len(approved.calls) == len(straight.calls) + 1
    assert approved.waits == []


def test_an_approval_and_a_migration_cost_at_most_fourteen_transitions() -> None:
    """However long people take, and the migration runs."""
    course = told(next(story for story in TOLD if story.title == "approved by people, with a migration"))

    assert len(course.states) <= 14
    assert course.states.index("Migrate") == course.states.index("Apply") - 1


def test_a_failed_migration_never_comes_to_apply() -> None:
    """Nothing of the service is touched, and its error reaches Conclude under its own name."""
    course = told(next(story for story in TOLD if story.title == "a migration that failed"))

    assert "Apply" not in course.states
    (concluding,) = course.payloads("Conclude")
    assert concluding["course"]["error"]["Error"] == "MigrationFailed"  # moto drops the cause of a failed token
    (migrating,) = course.payloads("Migrate")
    assert sorted(migrating) == ["execution", "plan_hash", "request", "task_token"]


def test_each_of_several_services_costs_one_transition_and_is_waited_for() -> None:
    """However long their rollouts take; one after another, each is begun when the one before has come to its end."""
    course = told(next(story for story in TOLD if story.title == "several services one after another"))

    assert course.states.count("RollOutOne") == 3
    begun = course.payloads("RollOutOne")
    assert [each["member"]["name"] for each in begun] == ["web", "worker", "nightly"]
    assert len({each["task_token"] for each in begun}) == 3
    assert all(each["group"] == REQUEST for each in begun)
    (weighing,) = course.payloads("WeighMembers")
    assert [each["name"] for each in weighing["weigh"]["members"]] == ["web", "worker", "nightly"]
    assert course.waits == []


def test_those_that_came_in_are_brought_back_one_by_one() -> None:
    """Case 17: in the order that was weighed, each by a release that knows that it goes back."""
    course = told(next(story for story in TOLD if story.title == "the third of several fails"))

    back = course.payloads("BringOneBack")
    assert [(each["member"]["name"], each["back"]) for each in back] == [("worker", True), ("web", True)]
    (concluding,) = course.payloads("Conclude")
    assert [each["outcome"] for each in concluding["course"]["members"]] == ["SUCCEEDED", "SUCCEEDED", "FAILED"]
    assert len(concluding["course"]["brought_back"]) == 2


def test_what_one_member_meets_does_not_stop_the_others() -> None:
    """A token that was lost is no reason to leave the rest half done: the record says what became of it."""
    course = told(next(story for story in TOLD if story.title == "a member whose end nobody told"))

    assert course.states.index("WeighMembers") > course.states.index("MemberLostOneByOne")


def test_people_who_did_not_say_yes_cost_no_lease() -> None:
    """While a release waits for them, others may go."""
    for title in ("rejected by a person", "nobody answered"):
        assert told(next(story for story in TOLD if story.title == title)).lease == {}


def test_no_lease_is_taken_for_a_release_that_changes_nothing() -> None:
    """An unchanged push does not make others wait."""
    assert told(NO_CHANGE).lease == {}


def test_the_lease_names_its_owner_and_can_be_found_by_the_sweep() -> None:
    """Another release sees who has it; the index that Reconcile reads lists it."""
    lease = told(STRAIGHT).lease

    assert lease["owner"]["S"] == EXECUTION
    assert lease["owner_release"]["S"] == REQUEST["release_id"]
    assert lease["owner_pushed_at"]["S"] == REQUEST["pushed_at"]
    assert (lease["gsi1pk"]["S"], lease["gsi1sk"]["S"]) == ("LEASES", "dev/cats")


def test_a_lease_that_somebody_holds_is_left_alone() -> None:
    """Two executions, one service: one lease holder. The turn is AwaitTurn's to give."""
    course = told(TURN_CAME)

    assert course.lease["owner"]["S"] == OTHER
    assert ("AcquireLease", "AwaitTurn") in course.transitions


def test_a_lease_taken_before_a_lost_answer_is_taken_again() -> None:
    """A retry of AcquireLease does not wait behind itself."""
    assert "AwaitTurn" not in told(LEASED_BEFORE).states


def test_each_function_gets_what_it_needs_and_no_more() -> None:
    """These payloads are the contract between the state machine and the functions."""
    course = told(TURN_CAME)
    who = {"request": REQUEST, "execution": EXECUTION}

    assert course.payloads("Prepare") == [who]
    assert course.payloads("Confirm") == [{**who, "confirming": "cafe"}]
    assert course.payloads("Apply") == [{**who, "plan_hash": "cafe"}]
    (turn,) = course.payloads("AwaitTurn")
    assert turn == {**who, "task_token": turn["task_token"]}
    (rollout,) = course.payloads("AwaitRollout")
    assert rollout == {"await": {**who, "task_token": rollout["await"]["task_token"]}}
    assert turn["task_token"] != rollout["await"]["task_token"]
    (people,) = told(next(story for story in TOLD if story.title == "approved by people")).payloads("AwaitPeople")
    decided = {"decision": "ask", "reasons": ["because"], "plan_hash": "cafe", "until": None, "under_lease": False}
    decided |= {"migrates": False, "goes": "alone", "members": []}
    assert people == {"await": {**who, "task_token": people["await"]["task_token"], "decided": decided}}


def test_conclude_sees_the_whole_course() -> None:
    """The outcome rests on what was prepared, confirmed, applied and rolled out, and on the error if there was one."""
    (seen,) = told(ROLLBACK).payloads("Conclude")
    assert seen["execution"] == EXECUTION
    assert set(seen["course"]) == {"request", "decided", "applied", "rollout"}

    (seen,) = told(LOST_TOKEN).payloads("Conclude")
    assert seen["course"]["error"]["Error"] == "States.Timeout"


@pytest.mark.parametrize(
    "story", [s for s in TOLD if s.ends_in in FAILS and s.ends_in != "ConcludeFailed"], ids=by_title
)
def test_a_failed_end_carries_outcome_and_sentence(story: Story) -> None:
    """Whoever looks at the execution reads the outcome and its sentence, not a stack trace."""
    course = told(story)

    assert course.cause == f"It ended {course.error}."
    assert course.error is not None
    assert course.error.replace("_", "").lower() == story.ends_in.lower()


def test_a_schedule_waits_for_no_rollout() -> None:
    """What starts no deployment cannot hang waiting for one."""
    assert "AwaitRollout" not in told(SCHEDULE).states


def test_no_secret_of_the_request_is_invented_by_the_machine() -> None:
    """The execution document carries references and small facts only."""
    (seen,) = told(STRAIGHT).payloads("Conclude")

    assert len(json.dumps(seen)) < 2000

"""Pauses of a rollout: people decide, the follower does what they decided, and nobody goes on without a yes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from fakes import shifting
from fakes.harbour import CATS, Deaths, Died, Execution, Harbour
from hypothesis import given, settings
from hypothesis import strategies as st
from pilotage.approval import Asked, State
from pilotage.command import Command, CommandVerb
from pilotage.outcome import Outcome
from pilotage.people import Channel, Identity
from pilotage.rollout import Cause, Phase
from pilotage.stops import Scope
from pilotage.usecases.approvals.decide import Decider
from pilotage.usecases.commands.answers import Answer

APPROVE, REJECT = CommandVerb.APPROVE, CommandVerb.REJECT
CANARY = {"strategy": "canary", "percent": 10, "minutes": 5, "bake": 2, "pauses": ["before_traffic"]}
_MESSAGES = count(1)


def a_harbour(**rollout: Any) -> Harbour:
    rule = {"groups": [{"group": "sre"}], "self_approval": True}
    people = {**shifting.DECIDERS, "approval": {"rule": rule}}
    return Harbour(routing={"web": shifting.ROUTE}, roles=shifting.ROLES, **people, rollout=rollout)


@pytest.fixture
def harbour() -> Harbour:
    return a_harbour()


def begun(harbour: Harbour, **rollout: Any) -> Execution:
    """The second release, by a canary that asks before each shift."""
    first = harbour.begin(harbour.push("v1", routing="web"))
    first.go()
    first.follow()
    assert first.conclude().outcome is Outcome.SUCCEEDED
    brought = harbour.begin(harbour.push("v2", routing="web", rollout={"strategy": "blue_green"}))
    brought.go()
    brought.follow()
    assert brought.conclude().outcome is Outcome.SUCCEEDED
    execution = harbour.begin(harbour.push("v3", routing="web", rollout={**CANARY, **rollout}))
    execution.go()
    execution.await_rollout()
    return execution


def until_paused(harbour: Harbour, minutes: int = 20) -> Asked:
    """Until people are asked about another pause."""
    known = asked_now(harbour)
    for _ in range(minutes * 6):
        harbour.services.run(10)
        harbour.sweep()
        asked = asked_now(harbour)
        if asked is not None and (known is None or asked.hook != known.hook):
            return asked
    raise AssertionError(harbour.rollouts.get(CATS))


def asked_now(harbour: Harbour) -> Asked | None:
    rollout = harbour.rollouts.get(CATS)
    asked = harbour.approvals.get(CATS, rollout.release_id) if rollout is not None else None
    return asked if asked is not None and asked.hook is not None else None


def decide(harbour: Harbour, verb: CommandVerb, asked: Asked, **more: Any) -> Answer:
    command = Command(verb, Scope("dev", "cats"), release_id=asked.release_id, binding=asked.short, **more)
    decider = Decider(**{name: getattr(harbour, name) for name in Decider.__dataclass_fields__})
    policy, identity = harbour.policies.current("dev"), Identity(Channel.IAM, "ada")
    return decider.decide(command, "ada", identity, f"message-{next(_MESSAGES)}", policy, harbour.clock.now())


def test_each_step_of_a_canary_asks_and_goes_on_when_people_say_so(harbour: Harbour) -> None:
    """Two shifts, two decisions, each bound to its own pause."""
    execution = begun(harbour)
    first = until_paused(harbour)
    assert first.about == "traffic: step 1 of 2, 10 %"
    rollout = harbour.rollouts.get(CATS)
    assert rollout is not None
    assert (rollout.phase, rollout.hook, rollout.about) == (Phase.PAUSED, first.hook, first.about)
    assert harbour.told().count("Pause Reached") == 1
    record = harbour.records.get(CATS, execution.request.release_id)
    assert record is not None
    assert "a decision (traffic: step 1 of 2, 10 %)" in (record.waits_for or "")
    assert decide(harbour, APPROVE, first).done
    second = until_paused(harbour)
    assert second.about == "traffic: step 2 of 2, 100 %"
    assert second.binding != first.binding
    assert not decide(harbour, APPROVE, first).done  # a button of the pause before
    assert decide(harbour, APPROVE, second).done
    harbour.sweep()
    harbour.services.run(1200)
    harbour.sweep()
    execution.told_rollout()
    record = execution.conclude()
    assert record.outcome is Outcome.SUCCEEDED, record.reasons
    assert record.strategy is not None
    assert record.strategy.startswith("canary")


def test_a_decision_wakes_the_follower_without_a_sweep(harbour: Harbour) -> None:
    """A minute is long for somebody who has just pressed the button."""
    begun(harbour)
    asked = until_paused(harbour)
    decide(harbour, APPROVE, asked)
    told = harbour.announcer.told[-1]
    assert (told.detail_type, told.detail["hook"]) == ("Approval Decided", asked.hook)
    followed = harbour.follower.decided(CATS)
    assert followed is not None
    assert "goes on" in followed.saw
    assert harbour.calls("ContinueServiceDeployment") == 1


def test_the_event_of_a_pause_asks_at_once(harbour: Harbour) -> None:
    """It names the service deployment, and not the id that deployment events carry."""
    begun(harbour)
    while not (events := [e for e in harbour.services.events if e["detail-type"] == "ECS Hook State Change"]):
        harbour.services.run(5)
    followed = harbour.follower.hook_changed(events[-1])
    assert followed is not None
    assert asked_now(harbour) is not None


def test_a_no_rolls_back_and_names_the_person(harbour: Harbour) -> None:
    """ROLLED_BACK by whom, why, and where in the rollout; the digest is banned."""
    execution = begun(harbour)
    asked = until_paused(harbour)
    assert decide(harbour, REJECT, asked, reason="too many errors").done
    harbour.sweep()
    harbour.services.run(900)
    harbour.sweep()
    execution.told_rollout()
    record = execution.conclude()
    assert record.outcome is Outcome.ROLLED_BACK, record.reasons
    assert record.cause == Cause.REFUSED
    assert "rejected by ada: too many errors (traffic: step 1 of 2, 10 %)" in record.reasons[1]
    assert harbour.records.ban_of(CATS, execution.request.digest)


@pytest.mark.parametrize(
    ("on_timeout", "outcome", "cause"),
    [("rollback", Outcome.ROLLED_BACK, Cause.PAUSE_TIMEOUT), ("continue", Outcome.SUCCEEDED, None)],
)
def test_nobody_decides_and_the_policy_says_what_then(on_timeout: str, outcome: Outcome, cause: Cause | None) -> None:
    """Nothing waits for ever: ECS ends the pause as it was told, and the record says that nobody decided."""
    harbour = a_harbour(pause_ends=on_timeout, pause_minutes=5)
    execution = begun(harbour, pauses=["after_traffic"])
    asked = until_paused(harbour)
    for _ in range(60):
        harbour.services.run(30)
        harbour.sweep()
        if execution.told_rollout() is not None:
            break
    record = execution.conclude()
    assert (record.outcome, record.cause) == (outcome, cause), record.reasons
    kept = harbour.approvals.get(CATS, asked.release_id)
    assert kept is not None
    assert kept.state in {State.EXPIRED, State.VOID}
    if cause is not None:
        assert "nobody decided in time" in " ".join(record.reasons)


def test_a_newer_push_does_not_make_a_pause_stale(harbour: Harbour) -> None:
    """The rollout is under way: whoever looked at its numbers decides about it."""
    begun(harbour)
    asked = until_paused(harbour)
    newer = harbour.begin(harbour.push("v9", routing="web"))
    newer.prepare()
    assert decide(harbour, APPROVE, asked).done
    harbour.sweep()
    assert harbour.calls("ContinueServiceDeployment") == 1


def test_a_person_stops_a_rollout_that_is_paused(harbour: Harbour) -> None:
    """StopServiceDeployment works there as well, and the question is void."""
    execution = begun(harbour)
    asked = until_paused(harbour)
    rollout = harbour.rollouts.get(CATS)
    assert rollout is not None
    harbour.rollouts.save(replace(rollout, stop_because="rolled back by ada"))
    harbour.sweep()
    harbour.services.run(900)
    harbour.sweep()
    execution.told_rollout()
    record = execution.conclude()
    assert (record.outcome, record.cause) == (Outcome.ROLLED_BACK, Cause.PERSON)
    assert "rolled back by ada" in record.reasons
    assert not decide(harbour, APPROVE, asked).done
    assert harbour.calls("ContinueServiceDeployment") == 0


@pytest.mark.parametrize("verb", [APPROVE, REJECT])
def test_a_death_after_any_call_of_the_follower_decides_nothing_else(verb: CommandVerb) -> None:
    """Whoever comes next does what people said, once more or for the first time."""
    for at in range(1, 40):
        harbour = a_harbour()
        execution = begun(harbour)
        asked = until_paused(harbour)
        decide(harbour, verb, asked)
        try:
            harbour.follower_of(Deaths(at=at)).sweep()
        except Died:
            died = True
        else:
            died = False
        harbour.sweep()
        said = {request["action"] for request in harbour.services.continued}
        stopped = harbour.calls("StopServiceDeployment")
        assert said <= {"CONTINUE" if verb is APPROVE else "ROLLBACK"}
        assert said or stopped
        assert not (stopped and verb is APPROVE)
        assert execution.request.release_id
        if not died:
            return
    raise AssertionError("it never came to its end")


STEPS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from((APPROVE, REJECT)), st.none()),
        st.tuples(st.just("run"), st.sampled_from((10, 400, 900))),
        st.tuples(st.just("sweep"), st.none()),
        st.tuples(st.just("die"), st.integers(1, 12)),
        st.tuples(st.just("late look"), st.none()),
    ),
    min_size=3,
    max_size=16,
)


@given(steps=STEPS)
@settings(max_examples=40, deadline=None, derandomize=True)
def test_no_interleaving_goes_on_without_a_yes_or_answers_twice(steps: list[tuple[Any, Any]]) -> None:
    """Looks, answers of ECS that are late, decisions and deaths, in any order."""
    harbour = a_harbour()
    begun(harbour)
    until_paused(harbour)
    decided: dict[str, State] = {}
    stale: list[Any] = []
    for what, how in [*steps, ("sweep", None)]:
        _play(harbour, what, how, stale)
        asked = asked_now(harbour)
        if asked is not None and asked.hook is not None and asked.state is not State.PENDING:
            assert decided.setdefault(asked.hook, asked.state) is asked.state
    said: dict[str, set[str]] = {}
    for request in harbour.services.continued:
        said.setdefault(request["hookId"], set()).add(request["action"])
    for hook, actions in said.items():
        assert len(actions) == 1, (hook, actions)
        assert (actions == {"CONTINUE"}) == (decided[hook] is State.APPROVED)


def _play(harbour: Harbour, what: Any, how: Any, stale: list[Any]) -> None:
    rollout, asked = harbour.rollouts.get(CATS), asked_now(harbour)
    if what == "run":
        if rollout is not None and rollout.service_deployment_arn is not None:
            stale.append(harbour.services.deployment(rollout.service_deployment_arn))
        harbour.services.run(how)
    elif what in {"sweep", "die"}:
        with suppress(Died):
            harbour.follower_of(Deaths(at=how)).sweep()
    elif what == "late look" and stale:
        _look_late(harbour, stale[-1])
    elif isinstance(what, CommandVerb) and asked is not None:
        decide(harbour, what, asked, reason="because")


def _look_late(harbour: Harbour, answer: Any) -> None:
    """A follower to whom ECS shows what was before."""
    asking = harbour.services.deployment
    harbour.services.deployment = lambda service_deployment_arn: answer  # type: ignore[method-assign]
    try:
        harbour.sweep()
    finally:
        harbour.services.deployment = asking  # type: ignore[method-assign]

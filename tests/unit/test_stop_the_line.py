"""Freeze and lock by a person's word: what stops, what waits, and what goes on when it is lifted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes.clock import NOON
from fakes.harbour import CATS, Deaths, Died, Execution
from fakes.steering import SERVICE, Bridge
from pilotage.approval import State
from pilotage.gate import Decision
from pilotage.outcome import Outcome
from pilotage.people import Channel
from pilotage.stops import Scope, StopKind
from pilotage.usecases.approvals.await_people import Asker

pytestmark = pytest.mark.disable_socket

EVERYTHING, DEV = Scope(), Scope("dev")


def waiting(bridge: Bridge, tag: str = "v1") -> Execution:
    """A release that came to ask or hold, and waits for people as the state machine does."""
    execution = bridge.harbour.begin(bridge.harbour.push(tag))
    execution.prepare()
    assert execution.document["decided"]["decision"] in {"ask", "hold"}, execution.document
    asker = bridge.helm().asker
    assert isinstance(asker, Asker)
    asker.await_people(execution.request, execution.arn, token(execution), execution.document["decided"])
    return execution


def token(execution: Execution) -> str:
    return f"people-token-of-{execution.request.release_id}"


def told(bridge: Bridge, execution: Execution) -> str | None:
    answer = bridge.harbour.executions.answers.get(token(execution))
    return None if answer is None else answer["said"]


@pytest.mark.parametrize("scope", [SERVICE, DEV, EVERYTHING])
def test_a_freeze_holds_releases_until_it_is_lifted_and_then_they_go_on_at_once(scope: Scope) -> None:
    """Not with the next sweep, and not by another push."""
    bridge = Bridge()
    assert bridge.say("freeze", "ada", scope, reason="an incident").done
    held = waiting(bridge)
    assert told(bridge, held) is None
    answer = bridge.say("unfreeze", "grace", scope)
    assert answer.done
    assert held.request.release_id in answer.sentence
    assert told(bridge, held) == "look_again"
    assert held.sail().outcome is Outcome.SUCCEEDED


def test_what_something_else_stops_too_keeps_waiting() -> None:
    """Two freezes, one lifted: nothing goes, and the person is told of the other."""
    bridge = Bridge()
    bridge.say("freeze", "ada", SERVICE)
    bridge.say("lock", "grace", SERVICE, reason="mine")
    held = waiting(bridge)
    answer = bridge.say("unfreeze", "ada", SERVICE)
    assert answer.done
    assert "locked by grace" in answer.sentence
    assert told(bridge, held) is None
    assert bridge.say("unlock", "grace", SERVICE).done
    assert told(bridge, held) == "look_again"


def test_lifting_one_kind_of_stop_leaves_the_other() -> None:
    """A service may be frozen and locked, by two people, for two reasons."""
    bridge = Bridge()
    bridge.say("freeze", "grace", SERVICE)
    bridge.say("lock", "ada", SERVICE)
    assert bridge.say("unlock", "ada", SERVICE).done
    assert [stop.kind for stop in bridge.harbour.stops.get(SERVICE)] == [StopKind.FREEZE]
    bridge.say("lock", "ada", SERVICE)
    assert bridge.say("unfreeze", "ada", SERVICE).done
    assert [stop.kind for stop in bridge.harbour.stops.get(SERVICE)] == [StopKind.LOCK]


def test_a_freeze_voids_the_approvals_in_its_scope_and_no_others() -> None:
    """Case 25. What was asked before the freeze is not what people would say after it."""
    asks = {"when": "always", "rule": {"groups": [{"group": "owners"}], "break_glass": "oncall"}}
    bridge = Bridge(approval=asks)
    asked = waiting(bridge)
    approvals = bridge.harbour.approvals
    assert bridge.say("freeze", "ada", Scope("dev", "dogs")).done
    kept = approvals.get(asked.request.target, asked.request.release_id)
    assert kept is not None
    assert kept.state is State.PENDING
    assert bridge.say("freeze", "ada", DEV, reason="an incident").done
    kept = approvals.get(asked.request.target, asked.request.release_id)
    assert kept is not None
    assert kept.state is State.VOID
    assert "an incident" in kept.because
    assert told(bridge, asked) == "look_again"
    asked.prepare()
    assert asked.document["decided"]["decision"] == "hold"


def test_a_freeze_ends_by_itself() -> None:
    """Until six, and at six it is over, without anybody lifting it."""
    bridge = Bridge()
    until = bridge.harbour.clock.now() + timedelta(hours=2)
    assert bridge.say("freeze", "ada", DEV, until=until).done
    assert bridge.harbour.begin(bridge.harbour.push("v1")).prepare().verdict.until == until
    bridge.harbour.clock.advance(hours=3)
    assert bridge.harbour.release("v2").outcome is Outcome.SUCCEEDED
    assert not bridge.say("unfreeze", "ada", DEV).done


@pytest.mark.parametrize(("meets", "decision"), [("wait", Decision.HOLD), ("end", Decision.REJECTED)])
def test_a_window_of_the_policy_holds_what_is_pushed_until_its_last_moment(meets: str, decision: Decision) -> None:
    """It waits or ends as the policy says; a rollback that a person asked for goes through; at the end all goes."""
    bridge = Bridge(freeze={"meets": meets, "windows": [{"reason": "lunch", "cron": "0 13 * * *", "minutes": 60}]})
    bridge.harbour.release("v1")
    bridge.harbour.release("v2")
    clock = bridge.harbour.clock
    clock.advance(seconds=(NOON + timedelta(hours=1) - clock.now()).total_seconds())
    held = bridge.harbour.begin(bridge.harbour.push("v3"))
    verdict = held.prepare().verdict
    end = NOON + timedelta(hours=2)
    assert (verdict.decision, verdict.until) == (decision, end if meets == "wait" else None)
    assert "dev is frozen by the policy until 2026-11-23 14:00 UTC: lunch" in verdict.reasons
    bridge.harbour.executions.end(held.arn)
    answer = bridge.say("rollback")
    assert answer.release_id is not None
    request = bridge.harbour.executions.requests[bridge.harbour.executions.arn(answer.release_id)]
    assert Execution(bridge.harbour, request).prepare().verdict.decision is Decision.GO
    clock.advance(seconds=(end - clock.now()).total_seconds())
    assert bridge.harbour.begin(bridge.harbour.push("v4")).prepare().verdict.decision is Decision.GO


@pytest.mark.parametrize("scope", [SERVICE, DEV])
def test_who_may_only_stop_things_ends_no_freeze_by_a_shorter_one(scope: Scope) -> None:
    """Linus may break the glass: he freezes, and does not unfreeze, not even by a freeze of a minute."""
    bridge = Bridge()
    soon, later = (bridge.harbour.clock.now() + timedelta(minutes=each) for each in (1, 60))
    assert bridge.say("freeze", "linus", scope, until=soon).done
    assert bridge.say("freeze", "linus", scope, until=later).done
    answer = bridge.say("freeze", "linus", scope, until=soon)
    assert not answer.done
    assert "To let it end earlier is to unfreeze, and linus is in none of the groups" in answer.sentence
    assert bridge.say("freeze", "linus", scope).done
    assert not bridge.say("freeze", "linus", scope, until=later).done
    assert [stop.until for stop in bridge.harbour.stops.get(scope)] == [None]


def test_who_may_unfreeze_may_shorten_and_is_told_whose_freeze_it_was() -> None:
    """The reason and the end of the first are gone: nobody should find that out by surprise."""
    bridge = Bridge()
    until = bridge.harbour.clock.now() + timedelta(minutes=5)
    bridge.say("freeze", "ada", DEV, reason="an incident")
    answer = bridge.say("freeze", "grace", DEV, until=until)
    assert answer.done
    assert "in place of the freeze of ada" in answer.sentence
    assert [stop.until for stop in bridge.harbour.stops.get(DEV)] == [until]


@pytest.mark.parametrize("verb", ["freeze", "lock"])
def test_an_end_that_is_over_already_is_refused(verb: str) -> None:
    """A slip in the time zone would stop nothing, and everybody would believe that it does."""
    bridge = Bridge()
    bridge.now = bridge.harbour.clock.now()
    answer = bridge.say(verb, until=bridge.now)
    assert not answer.done
    assert "is over already" in answer.sentence
    assert bridge.harbour.stops.stops == {}


def test_a_name_that_nothing_was_released_as_is_told() -> None:
    """`freeze dev/catz` stops nothing."""
    bridge = Bridge()
    assert "is that its name?" in bridge.say("freeze", "ada", Scope("dev", "catz")).sentence
    bridge.harbour.release("v1")
    assert "is that its name?" not in bridge.say("freeze", "ada", SERVICE).sentence
    assert "is that its name?" not in bridge.say("freeze", "ada", DEV).sentence


def test_a_lock_is_its_owners_and_the_owners_own_rollback_passes() -> None:
    """Somebody repairs the service by hand: nobody else moves it, and nobody else unlocks it."""
    bridge = Bridge()
    bridge.harbour.release("v1")
    bridge.harbour.release("v2")
    assert bridge.say("lock", "ada", reason="repairs").done
    assert "locked by ada" in bridge.say("lock", "grace").sentence
    assert not bridge.say("unlock", "grace").done
    assert not bridge.say("rollback", "grace").done
    assert bridge.say("rollback", "ada").done
    assert bridge.say("unlock", "ada").done
    assert not bridge.say("unlock", "ada").done
    assert bridge.say("lock", "grace").done


def test_who_may_break_the_glass_unlocks_for_another() -> None:
    """The owner of the lock sleeps."""
    bridge = Bridge()
    bridge.say("lock", "ada", DEV)
    assert bridge.say("unlock", "linus", DEV).done
    assert bridge.harbour.stops.stops == {}


def test_who_may_not_steer_changes_nothing() -> None:
    """Each is told why, by name."""
    bridge = Bridge()
    for verb in ("freeze", "lock", "rollback", "pin", "unpin", "ban", "unban", "unfreeze", "unlock"):
        assert not bridge.say(verb, "mary").done
        assert not bridge.say(verb, None).done
    assert bridge.harbour.stops.stops == {}
    assert bridge.harbour.records.banned == {}
    assert bridge.harbour.pins.pins == {}


@pytest.mark.parametrize("scope", [DEV, EVERYTHING])
@pytest.mark.parametrize("verb", ["rollback", "pin", "unpin", "ban", "unban"])
def test_what_is_for_one_service_says_so(verb: str, scope: Scope) -> None:
    """A pin of everything is nothing that anybody means."""
    answer = Bridge().say(verb, "ada", scope)
    assert not answer.done
    assert "one service" in answer.sentence


def test_where_no_approvers_are_named_the_command_line_steers() -> None:
    """IAM says who may call; the lock has the identity as its owner."""
    bridge = Bridge(approval={"when": "never"})
    assert not bridge.say("lock", "ada").done
    assert bridge.say("lock", None, channel=Channel.IAM).done
    (stop,) = bridge.harbour.stops.over(CATS)
    assert stop.owner.startswith("iam:")
    assert bridge.say("unlock", None, channel=Channel.IAM).done


@pytest.mark.parametrize(
    ("verb", "before"), [("freeze", ()), ("unfreeze", ("freeze",)), ("lock", ()), ("unlock", ("lock",))]
)
def test_a_stop_that_died_anywhere_is_finished_by_the_next_delivery(verb: str, before: tuple[str, ...]) -> None:
    """What is set is set once, what is lifted is lifted, and who waits for it goes on."""
    ends, at = set(), 0
    while True:
        at += 1
        bridge = Bridge()
        for each in before:
            bridge.say(each)
        held = waiting(bridge) if before else None
        bridge.now = bridge.harbour.clock.now()
        deaths = Deaths(at)
        try:
            bridge.say(verb, message="m1", deaths=deaths)
        except Died:
            bridge.say(verb, message="m1")
        stops = tuple((stop.kind, stop.owner) for stop in bridge.harbour.stops.stops.values())
        ends.add((stops, told(bridge, held) if held else None))
        if len(deaths.calls) < at:
            break
    assert at > 1
    kinds = {"freeze": ((StopKind.FREEZE, "ada"),), "lock": ((StopKind.LOCK, "ada"),)}
    assert ends == {(kinds.get(verb, ()), "look_again" if before else None)}

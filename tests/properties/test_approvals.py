"""Whatever comes in between: one decision, which the policy allows, for the plan that is applied; and nobody waits for
ever.
"""

from __future__ import annotations

import os

import pytest
from fakes.samples import CATS
from hypothesis import given, settings
from hypothesis import strategies as st
from pilotage.approval import Asked, State, binding
from pilotage.command import CommandVerb
from pilotage.outcome import Outcome
from properties.quay import AUTHORS, PEOPLE, RULES, Quay, moment, voices
from properties.quay_machine import Machine

pytestmark = pytest.mark.disable_socket

# `make soak N=20000` plays that many, others each time; `make test` plays the same every time.
SOAK = int(os.environ.get("SOAK", "0"))
GROUPS = {"leads": ("alice", "bob", "carol"), "ops": ("carol", "dave")}

VERBS = (*(CommandVerb.APPROVE,) * 9, CommandVerb.REJECT)
KNOWN = ("bob", "bob", "carol", "carol", "dave", "alice", *PEOPLE)
CLICKS = st.tuples(
    st.just("click"),
    st.sampled_from(KNOWN),
    st.sampled_from(VERBS),
    st.sampled_from((0, 0, 0, 1, 2)),  # counted from the newest release
    st.sampled_from((False, False, False, True)),
    st.sampled_from((False, False, False, False, True)),
)
AT_ONCE = st.tuples(st.just("at once"), CLICKS)
STEPS = st.tuples(st.sampled_from(("step", "step", "walk")), st.sampled_from((0, 0, 0, 1, 2)))
GOING_ON = st.one_of(
    st.tuples(st.just("go on"), st.integers(0, 5), st.integers(1, 12)),
    st.tuples(st.just("go on"), st.integers(0, 5), st.just(1000)),
)
EVENTS = st.one_of(
    st.tuples(st.sampled_from(("freeze", "thaw", "thaw", "change", "change", "sweep", "sweep"))),
    st.tuples(st.sampled_from(("push", "kill")), st.integers(0, 5)),
    st.tuples(st.just("kill"), st.integers(0, 5)),
    st.tuples(st.just("again"), st.integers(0, 5)),
    st.tuples(st.just("pass"), st.sampled_from((1, 1, 1, 1, 5, 5, 20, 20, 2000))),
)
ACTIONS = st.one_of(
    CLICKS, CLICKS, AT_ONCE, AT_ONCE, STEPS, STEPS, GOING_ON, GOING_ON, EVENTS, EVENTS, st.tuples(st.just("drain"))
)


@given(
    rule=st.sampled_from(RULES),
    authors=st.sampled_from((AUTHORS[0], *AUTHORS)),
    actions=st.lists(ACTIONS, min_size=10, max_size=40),
)
@settings(max_examples=SOAK or 2000, derandomize=not SOAK)
def test_every_interleaving_leads_to_one_decision(
    rule: object, authors: tuple[str, ...], actions: list[tuple[object, ...]]
) -> None:
    """Cases 22 to 25, in every order that there is, with deaths between any two calls of ports."""
    quay = Quay(rule, authors)  # type: ignore[arg-type]
    quay.push(same_tag=True)
    quay.walk(quay.machines[0])
    for action in actions:
        act(quay, action)
        check(quay)
    come_to_an_end(quay)


def act(quay: Quay, action: tuple[object, ...]) -> None:  # noqa: C901, PLR0912 - one branch an action
    match action:
        case ("click", person, verb, int(release), old, glass):
            quay.click(person, verb, release, old=old, glass=glass)  # type: ignore[arg-type]
        case ("at once", tuple(click)):
            act(quay, click)
            quay.go_on(-1, 1000)
        case ("step", int(which)):
            quay.machines[-1 - which % len(quay.machines)].step()
        case ("go on", int(which), int(calls)):
            quay.go_on(which, calls)
        case ("drain",):
            quay.drain()
        case ("kill", int(which)):
            quay.kill(which)
        case ("again", int(which)):
            quay.deliver(which)
        case ("walk", int(which)):
            quay.walk(quay.machines[-1 - which % len(quay.machines)])
        case ("push", int(which)) if len(quay.machines) < 3:
            quay.push(same_tag=which > 2)
        case ("freeze",):
            quay.freeze()
        case ("thaw",):
            quay.thaw()
        case ("change",):
            quay.generation += 1
        case ("sweep",):
            quay.sweep()
        case ("pass", int(minutes)):
            quay.clock.advance(minutes=minutes)


def check(quay: Quay) -> None:
    """What was applied was decided, by people who may, about this very plan; and nothing older came after it."""
    assert [moment(each) for each in quay.applied] == sorted(moment(each) for each in quay.applied)
    for machine in quay.applied:
        allowed(quay, machine)
    for machine in quay.machines:
        if machine.end is Outcome.REJECTED and machine.decided["decision"] == "ask":
            kept = quay.approvals.get(CATS, machine.request.release_id)
            assert kept is not None
            assert kept.state is State.REJECTED
            assert [vote.approves for vote in kept.votes][-1:] == [False]


def allowed(quay: Quay, machine: Machine) -> None:
    asked = machine.went_by
    assert asked is not None
    assert asked.state is State.APPROVED
    assert asked.binding == binding(quay.plans.kept[machine.decided["plan_hash"]][0])
    assert all(vote.approves and vote.at < asked.expires_at for vote in asked.votes)
    clicks = {click.id: click for click in quay.clicks}
    for vote in asked.votes:
        click = clicks[vote.message]
        assert (click.person, click.command.verb) == (vote.person, CommandVerb.APPROVE)
        assert click.command.release_id == machine.request.release_id
        assert asked.binding.startswith(click.command.binding or "?")
    assert enough(asked, set(quay.authors))


def enough(asked: Asked, told: set[str]) -> bool:
    broke = [vote for vote in asked.votes if vote.break_glass]
    if broke:
        return asked.rule.break_glass is not None and broke[0].person in GROUPS[asked.rule.break_glass]
    strangers = 0 if asked.rule.self_approval else len(told - set(PEOPLE)) if told else 1
    votes = {vote.person for vote in asked.votes}
    return all(
        voices(votes, GROUPS[needed.group], asked.rule, told) >= needed.quorum + strangers
        for needed in asked.rule.groups
    )


def come_to_an_end(quay: Quay) -> None:
    """Whoever acts comes to their end, the freeze is lifted, and the sweep comes every minute: then all is over."""
    quay.drain()
    quay.thaw()
    for _ in range(40):
        quay.drain()
        for machine in quay.machines:
            machine.step()
        quay.drain()
        check(quay)
        if all(machine.end is not None for machine in quay.machines):
            break
        quay.clock.advance(minutes=60)
        quay.sweep()
    assert all(machine.end is not None for machine in quay.machines), [each.state for each in quay.machines]
    quay.sweep()
    quay.drain()
    assert quay.waits.parked == {}
    assert len({machine.request.release_id for machine in quay.applied}) == len(quay.applied)
    for asked in quay.approvals.of(CATS):
        assert asked.state is not State.PENDING
        assert all(vote.message in quay.trail.entries for vote in asked.votes)

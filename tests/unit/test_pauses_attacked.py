"""Nobody goes on past a pause who may not: by an event that says so, by another decision, or by the own push."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import pytest
from fakes import shifting
from fakes.asked import ACCOUNT, REGION
from fakes.harbour import CATS, REPOSITORY, Execution, Harbour
from fakes.images import an_image
from pilotage.approval import Asked, State, ask
from pilotage.artifact import AUTHORS_LABEL, MANIFEST_LABEL
from pilotage.command import Command, CommandVerb
from pilotage.outcome import Outcome
from pilotage.people import Channel, Identity
from pilotage.push import Push
from pilotage.stops import Scope
from pilotage.usecases.approvals.decide import Decider
from pilotage.usecases.commands.answers import Answer

pytestmark = pytest.mark.disable_socket

CANARY = {"strategy": "canary", "percent": 10, "minutes": 5, "bake": 2, "pauses": ["before_traffic"]}
PEOPLE = {
    "people": {"ada": {"email": ["ada@example.org"]}, "bob": {"email": ["bob@example.org"]}},
    "groups": {"sre": ["ada", "bob"]},
}
_MESSAGES = count(1)


def a_harbour(**approval: Any) -> Harbour:
    rule = {"groups": [{"group": "sre"}]}
    return Harbour(routing={"web": shifting.ROUTE}, roles=shifting.ROLES, **PEOPLE, approval={"rule": rule, **approval})


def by_bob(harbour: Harbour, tag: str, **rollout: Any) -> Push:
    """An image that names its author."""
    manifest = json.dumps({"count": 2, "routing": "web", "rollout": rollout})
    labels = {MANIFEST_LABEL: manifest, "version": tag, AUTHORS_LABEL: "bob <bob@example.org>"}
    image = an_image(labels, ExposedPorts={"8080/tcp": {}})
    moment = harbour.clock.advance(seconds=1)
    harbour.registry.push(REPOSITORY, image, tag, moment)
    return Push(ACCOUNT, REGION, REPOSITORY, image.digest, tag, moment, f"event-of-{tag}")


def decide(harbour: Harbour, asked: Asked, person: str | None, binding: str | None = None) -> Answer:
    command = Command(
        CommandVerb.APPROVE, Scope("dev", "cats"), release_id=asked.release_id, binding=binding or asked.short
    )
    decider = Decider(**{name: getattr(harbour, name) for name in Decider.__dataclass_fields__})
    policy, identity = harbour.policies.current("dev"), Identity(Channel.IAM, person or "somebody")
    return decider.decide(command, person, identity, f"message-{next(_MESSAGES)}", policy, harbour.clock.now())


def asked_of(execution: Execution) -> Asked:
    asked = execution.harbour.approvals.get(CATS, execution.request.release_id)
    assert asked is not None
    return asked


def at_its_pause(harbour: Harbour) -> tuple[Execution, str | None]:
    """The execution, and what an approval of its plan was bound to, where one was asked for."""
    for tag, strategy in (("v1", "rolling"), ("v2", "blue_green")):
        execution = harbour.begin(by_bob(harbour, tag, strategy=strategy))
        approved(execution)
        execution.go()
        execution.follow()
        assert execution.conclude().outcome is Outcome.SUCCEEDED
    execution = harbour.begin(by_bob(harbour, "v3", **CANARY))
    bound = approved(execution)
    execution.go()
    execution.await_rollout()
    for _ in range(120):
        harbour.services.run(10)
        harbour.sweep()
        kept = harbour.approvals.get(CATS, execution.request.release_id)
        if kept is not None and kept.hook is not None:
            return execution, bound
    raise AssertionError(harbour.rollouts.get(CATS))


def approved(execution: Execution) -> str | None:
    """Ada agrees to its plan, where somebody has to."""
    execution.prepare()
    if execution.document["decided"]["decision"] != "ask":
        return None
    harbour = execution.harbour
    plan = harbour.plans.get(execution.document["decided"]["plan_hash"])
    harbour.approvals.open(ask(plan, execution.request, harbour.policies.current("dev"), harbour.clock.now()))
    asked = asked_of(execution)
    assert decide(execution.harbour, asked, "ada").done
    return asked.binding


def goes_on(harbour: Harbour) -> bool:
    harbour.follower.decided(CATS)
    harbour.sweep()
    return harbour.calls("ContinueServiceDeployment") > 0


def test_an_event_that_somebody_forged_decides_nothing() -> None:
    """Whoever may put events on the bus can say `Approval Decided`: what is kept is what counts."""
    harbour = a_harbour()
    execution, _ = at_its_pause(harbour)
    for _ in range(3):
        assert not goes_on(harbour)
    assert asked_of(execution).state is State.PENDING


@pytest.mark.parametrize("person", ["bob", None], ids=["the pusher", "a stranger"])
def test_neither_the_pusher_nor_a_stranger_continues(person: str | None) -> None:
    """The rule of the plan is the rule of its pauses: a change has two pairs of eyes all the way."""
    harbour = a_harbour()
    execution, _ = at_its_pause(harbour)
    assert not decide(harbour, asked_of(execution), person).done
    assert not goes_on(harbour)
    assert decide(harbour, asked_of(execution), "ada").done
    assert goes_on(harbour)


def test_a_yes_to_the_plan_is_no_yes_at_its_pause() -> None:
    """Not when it was given, and not when its button is pressed once more."""
    harbour = a_harbour(when="always")
    execution, bound = at_its_pause(harbour)
    assert bound is not None
    assert not goes_on(harbour)
    assert not decide(harbour, asked_of(execution), "ada", bound[:12]).done
    assert not goes_on(harbour)


def test_a_yes_of_the_release_before_is_no_yes_of_this_one() -> None:
    """Buttons stay in rooms for good."""
    harbour = a_harbour()
    first, _ = at_its_pause(harbour)
    old = asked_of(first)
    assert decide(harbour, old, "ada").done
    for _ in range(200):
        harbour.services.run(10)
        harbour.sweep()
        now = asked_of(first)
        if now.state is State.PENDING:
            assert decide(harbour, now, "ada").done
        if harbour.rollouts.get(CATS) is None or first.told_rollout() is not None:
            break
    assert first.conclude().outcome is Outcome.SUCCEEDED
    second = harbour.begin(by_bob(harbour, "v4", **CANARY))
    second.go()
    second.await_rollout()
    continued = harbour.calls("ContinueServiceDeployment")
    for _ in range(120):
        harbour.services.run(10)
        harbour.sweep()
        if harbour.approvals.get(CATS, second.request.release_id) is not None:
            break
    asked = asked_of(second)
    assert asked.hook is not None
    assert not decide(harbour, asked, "ada", old.short).done
    assert not decide(harbour, old, "ada").done
    harbour.sweep()
    assert harbour.calls("ContinueServiceDeployment") == continued

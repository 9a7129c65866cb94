"""What others changed between two releases: named, put back, or left alone, and never invented by a rollback of ECS."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from fakes.harbour import CATS, Harbour
from pilotage.gate import Decision
from pilotage.outcome import Outcome
from pilotage.plan import Drift, Plan, Verb

pytestmark = pytest.mark.disable_socket


@pytest.fixture
def harbour() -> Harbour:
    return Harbour()


def by_hand(harbour: Harbour, **changes: Any) -> None:
    """Somebody changes the service in the console, and it settles."""
    harbour.services.clients.ecs.update_service(cluster="main", service="cats", **changes)
    harbour.services.run(400)


def another_revision(harbour: Harbour, **variables: str) -> str:
    """Somebody copies the revision in the console, tags and all, with other variables; `""` takes one away."""
    live = harbour.services.live("main", "cats").service
    assert live is not None
    body = copy.deepcopy(dict(live.task_definition))
    for name in ("taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities", "registeredAt"):
        body.pop(name, None)
    body.pop("registeredBy", None)
    container = body["containerDefinitions"][0]
    there = {each["name"]: each["value"] for each in container.get("environment") or ()} | variables
    container["environment"] = [{"name": name, "value": value} for name, value in there.items() if value]
    answer = harbour.services.clients.ecs.register_task_definition(**body)
    revision = str(answer["taskDefinition"]["taskDefinitionArn"])
    by_hand(harbour, taskDefinition=revision)
    return revision


def planned(harbour: Harbour, tag: str = "v1", /, **manifest: Any) -> Plan:
    made = harbour.begin(harbour.push(tag, **manifest)).prepare().plan
    assert made is not None
    return made


def variable(made: Plan, name: str) -> str | None:
    (body,) = [step.body for step in made.steps if step.verb is Verb.REGISTER_TASK_DEFINITION]
    found = {each["name"]: each["value"] for each in body["containerDefinitions"][0].get("environment") or ()}
    return found.get(name)


def test_an_undisturbed_service_has_no_drift(harbour: Harbour) -> None:
    """However many releases there were: what ECS fills in by itself is nobody's doing."""
    for number in range(3):
        assert harbour.release(f"v{number}", environment={"A": str(number)}).outcome is Outcome.SUCCEEDED
        assert planned(harbour, f"v{number}", environment={"A": str(number)}).drift == ()
        assert planned(harbour, "other", environment={"A": "other"}, count=4).drift == ()


def test_what_was_set_by_hand_is_drift_and_put_back(harbour: Harbour) -> None:
    """As today, a difference makes a step; now it says whose it is."""
    harbour.release("v1", environment={"A": "1"}, count=2)
    by_hand(harbour, desiredCount=5, enableExecuteCommand=True)
    another_revision(harbour, A="2", B="new")
    made = planned(harbour, "v1", environment={"A": "1"}, count=2)
    assert made.drift == (
        Drift("environment.A", "1", "2", "1"),
        Drift("environment.B", None, "new", None),
        Drift("service.desiredCount", 2, 5, 2),
        Drift("service.enableExecuteCommand", None, True, None),
    )
    assert {change.path for change in made.changes} == {each.path for each in made.drift}
    assert harbour.release("v1", environment={"A": "1"}, count=2).outcome is Outcome.SUCCEEDED
    assert planned(harbour, "v1", environment={"A": "1"}, count=2).steps == ()


def test_a_change_of_ours_is_no_drift_and_a_change_of_both_says_so(harbour: Harbour) -> None:
    """Who reads the plan sees what they asked for apart from what somebody did meanwhile."""
    harbour.release("v1", environment={"A": "1", "B": "1"}, count=2)
    by_hand(harbour, desiredCount=5)
    made = planned(harbour, "v2", environment={"A": "2", "B": "1"}, count=3)
    assert made.drift == (Drift("service.desiredCount", 2, 5, 3, both=True),)
    assert {change.path for change in made.changes} >= {"image", "environment.A", "service.desiredCount"}


def test_a_rollback_of_ecs_is_nobodys_drift(harbour: Harbour) -> None:
    """ECS went back to what Pilotage had set before: that is no news from the console."""
    harbour.release("v1", environment={"A": "1"})
    push = harbour.push("v2", environment={"A": "2"})
    last = harbour.last_sets.of(CATS)
    assert last is not None
    execution = harbour.begin(push)
    execution.go()
    before = harbour.last_sets.of(CATS)
    assert before is not None
    assert before.before is not None
    by_hand(harbour, taskDefinition=last.revision)  # as ECS does it
    made = planned(harbour, "v3", environment={"A": "3"})
    assert made.drift == ()
    assert "environment.A" in {change.path for change in made.changes}


def test_what_a_service_was_never_seen_to_be_set_to_is_compared_two_ways(harbour: Harbour) -> None:
    """Releases of before this was kept left nothing behind: then everything is a plain change, as it was."""
    harbour.release("v1", count=2)
    harbour.last_sets.kept.clear()
    by_hand(harbour, desiredCount=5)
    made = planned(harbour, "v1", count=2)
    assert made.drift == ()
    assert [change.path for change in made.changes] == ["service.desiredCount"]


IGNORED = {"ignore": ["count", "service.healthCheckGracePeriodSeconds", "environment.FEATURES"]}


def test_what_is_ignored_stays_as_it_is_live(harbour: Harbour) -> None:
    """Terraform scales it, somebody switches features: a release carries on with what is there."""
    harbour.release("v1", environment={"FEATURES": "none", "A": "1"}, count=2, **IGNORED)
    by_hand(harbour, desiredCount=5, healthCheckGracePeriodSeconds=33)
    another_revision(harbour, FEATURES="all")
    made = planned(harbour, "v2", environment={"FEATURES": "none", "A": "2"}, count=2, **IGNORED)
    assert variable(made, "FEATURES") == "all"
    assert {change.path for change in made.changes} == {"image", "environment.A"}
    (update,) = [step.body for step in made.steps if step.verb is Verb.UPDATE_SERVICE]
    assert not {"desiredCount", "healthCheckGracePeriodSeconds"} & update.keys()
    assert made.desired_count == 5
    assert {each.path: each.live for each in made.drift if each.left_alone} == {
        "environment.FEATURES": "all",
        "service.desiredCount": 5,
        "service.healthCheckGracePeriodSeconds": 33,
    }
    assert harbour.release("v2", environment={"FEATURES": "none", "A": "2"}, count=2, **IGNORED).outcome
    assert planned(harbour, "v2", environment={"FEATURES": "none", "A": "2"}, count=2, **IGNORED).steps == ()


def test_an_ignored_variable_begins_with_the_manifests_value_and_may_be_taken_away(harbour: Harbour) -> None:
    """The first release has to have something; who took it away afterwards does not get it back."""
    assert variable(planned(harbour, "v0", environment={"FEATURES": "none"}, **IGNORED), "FEATURES") == "none"
    harbour.release("v1", environment={"FEATURES": "none", "A": "1"}, **IGNORED)
    another_revision(harbour, FEATURES="")
    made = planned(harbour, "v2", environment={"FEATURES": "none", "A": "2"}, **IGNORED)
    assert variable(made, "FEATURES") is None


def test_a_scaled_count_is_left_alone(harbour: Harbour) -> None:
    """Application Auto Scaling owns it by nature."""
    harbour.release("v1", count=2)
    harbour.services.clients.scaled_by_others("main", "cats")
    by_hand(harbour, desiredCount=7)
    made = planned(harbour, "v1", count=2)
    assert made.steps == ()
    assert made.drift == (Drift("service.desiredCount", 2, 7, 2, left_alone=True),)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("service.deploymentConfiguration", ["deploymentConfiguration", "brings a bad release back"]),
        ("service.networkConfiguration", ["networkConfiguration", "policy decides", "network"]),
        ("service.loadBalancers", ["loadBalancers", "policy decides"]),
        ("service.capacityProviderStrategy", ["capacityProviderStrategy", "policy decides", "capacity"]),
        ("service.enableExecuteCommand", ["enableExecuteCommand", "policy decides", "shell"]),
        ("service.taskDefinition", ["taskDefinition", "what a release sets"]),
        ("service.platformversion", ["No setting is called so", "Did you mean service.platformVersion?"]),
        ("environment.TOKEN", ["environment.TOKEN", "It is a secret here"]),
    ],
)
def test_what_cannot_be_left_to_others_is_refused_by_name(harbour: Harbour, path: str, words: list[str]) -> None:
    """Where it stands, why, and what could be left alone."""
    secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:cats/token-AbCdEf"
    prepared = harbour.begin(harbour.push("v1", ignore=[path], secrets={"TOKEN": secret})).prepare()
    assert prepared.verdict.decision is Decision.REJECTED
    for word in ["ignore: ", "pilotage.yaml", *words]:
        assert word in prepared.verdict.reasons[0]


def test_a_carried_variable_is_judged_like_any_other(harbour: Harbour, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may change a task definition by hand widens nothing by it."""
    from pilotage.usecases import plan_service  # noqa: PLC0415 - its own name for the judge is replaced

    judged: list[str] = []
    original = plan_service.definition_refusals

    def judge(task: Any, *rest: Any) -> tuple[str, ...]:
        found = {each["name"]: each["value"] for each in task["containerDefinitions"][0].get("environment") or ()}
        judged.append(found.get("FEATURES", "-"))
        return ("no such value",) if found.get("FEATURES") == "evil" else original(task, *rest)

    monkeypatch.setattr(plan_service, "definition_refusals", judge)
    harbour.release("v1", environment={"FEATURES": "none"}, **IGNORED)
    another_revision(harbour, FEATURES="evil")
    prepared = harbour.begin(harbour.push("v2", environment={"FEATURES": "none"}, **IGNORED)).prepare()
    assert prepared.verdict.decision is Decision.REJECTED
    assert "no such value" in prepared.verdict.reasons[0]
    assert judged[-2:] == ["none", "evil"]

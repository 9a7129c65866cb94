"""Stories that the release state machine can tell; together they walk every path of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from statemachines.definition import states
from statemachines.second_interpreter import Answer, Course, Fails, Refuses, Says, Script, Silence, run

OTHER = "arn:aws:states:us-east-1:123456789012:execution:pilotage-release:another"
AWAITED = frozenset(
    {"AwaitPeople", "AwaitTurn", "Migrate", "AwaitRollout", "RollOutOne", "RollOutEach", "BringOneBack"}
)
FATAL = "AccessDenied"  # a PilotageError that no Retry names
LEASED = "AcquireLease"


def decided(decision: str, *, migrates: bool = False, goes: str = "alone", members: Sequence[str] = ("web",)) -> Says:
    plan_hash = "cafe" if decision in {"go", "ask", "hold", "no_change"} else None
    what = {"decision": decision, "reasons": ["because"], "plan_hash": plan_hash, "until": None}
    return Says({**what, "migrates": migrates, "goes": goes, "members": [] if goes == "alone" else _members(members)})


def _members(names: Sequence[str]) -> list[dict[str, str]]:
    return [{"name": name, "release_id": f"release-1-{name}"} for name in names]


def came(member: str, outcome: str | None = "SUCCEEDED") -> Says:
    return Says({"member": member, "outcome": outcome, "skipped": outcome is None})


def weighed(*, all_came_in: bool = True, bring_back: Sequence[str] = ()) -> Says:
    return Says({"all_came_in": all_came_in, "bring_back": _members(bring_back)})


def said(word: str) -> Says:
    return Says({"said": word, "reasons": ["because"]})


def applied(following: str, not_before: str | None = None) -> Says:
    return Says({"next": following, "not_before": not_before})


def concluded(outcome: str) -> Says:
    return Says({"outcome": outcome, "reasons": ["because"], "sentence": f"It ended {outcome}."})


YOURS = Says({"turn": "yours", "reasons": []})
USUAL: dict[str, Answer] = {
    "Prepare": decided("go"),
    "Confirm": decided("go"),
    "AwaitPeople": said("go"),
    "AwaitTurn": YOURS,
    "Migrate": Says({"ran": "the migration before the rollout succeeded: exit code 0"}),
    "Apply": applied("await_rollout"),
    "FallBack": applied("await_rollout"),
    "RollOutOne": came("web"),
    "RollOutEach": came("web"),
    "WeighMembers": weighed(),
    "BringOneBack": came("web"),
    "AwaitRollout": Says({"status": "SUCCESSFUL"}),
    "Conclude": concluded("SUCCEEDED"),
}


@dataclass(frozen=True)
class Story:
    title: str
    ends_in: str
    script: Script = field(default_factory=dict)
    held_by: str | None = None

    def __hash__(self) -> int:
        return hash(self.title)


TOLD = (
    Story("a straight rolling release", "Succeeded"),
    Story("nothing to do", "NoChange", {"Prepare": [decided("no_change")], "Conclude": [concluded("NO_CHANGE")]}),
    Story("refused by the policy", "Rejected", {"Prepare": [decided("rejected")], "Conclude": [concluded("REJECTED")]}),
    Story(
        "superseded at once", "Superseded", {"Prepare": [decided("superseded")], "Conclude": [concluded("SUPERSEDED")]}
    ),
    Story("a lease from a retry of its own", "Succeeded", held_by="me"),
    Story("its turn came", "Succeeded", held_by=OTHER),
    Story(
        "a newer one took the next place",
        "Superseded",
        {"AwaitTurn": [Says({"turn": "superseded", "reasons": []})], "Conclude": [concluded("SUPERSEDED")]},
        held_by=OTHER,
    ),
    Story(
        "its turn never came", "Expired", {"AwaitTurn": [Silence()], "Conclude": [concluded("EXPIRED")]}, held_by=OTHER
    ),
    Story(
        "the world changed under the lease",
        "Superseded",
        {"Confirm": [decided("superseded")], "Conclude": [concluded("SUPERSEDED")]},
    ),
    Story("a schedule", "Succeeded", {"Apply": [applied("conclude")]}),
    Story(
        "a turn at the token bucket",
        "Succeeded",
        {"Apply": [applied("wait_for_slot", "2099-01-01T00:00:00Z"), applied("await_rollout")]},
    ),
    Story(
        "a rollback",
        "RolledBack",
        {"AwaitRollout": [Says({"status": "ROLLBACK_SUCCESSFUL"})], "Conclude": [concluded("ROLLED_BACK")]},
    ),
    Story("a first release that fails", "Failed", {"Conclude": [concluded("FAILED")]}),
    Story("no task to prove it", "Unverified", {"Conclude": [concluded("UNVERIFIED")]}),
    Story("a rollback that failed", "FailedDirty", {"Conclude": [concluded("FAILED_DIRTY")]}),
    Story("a lost token", "FailedDirty", {"AwaitRollout": [Silence()], "Conclude": [concluded("FAILED_DIRTY")]}),
    Story("approved by people", "Succeeded", {"Prepare": [decided("ask")]}),
    Story(
        "rejected by a person",
        "Rejected",
        {"Prepare": [decided("ask")], "AwaitPeople": [said("rejected")], "Conclude": [concluded("REJECTED")]},
    ),
    Story(
        "nobody answered",
        "Expired",
        {"Prepare": [decided("ask")], "AwaitPeople": [Silence()], "Conclude": [concluded("EXPIRED")]},
    ),
    Story(
        "a freeze ends",
        "Succeeded",
        {"Prepare": [decided("hold"), decided("go")], "AwaitPeople": [said("look_again")]},
    ),
    Story("the plan changed and is asked about again", "Succeeded", {"Confirm": [decided("ask"), decided("go")]}),
    Story("a freeze began under the lease", "Succeeded", {"Confirm": [decided("hold"), decided("go")]}),
    Story("a freeze began in the last moment", "Succeeded", {"Apply": [applied("look_again"), applied("conclude")]}),
    Story("an outcome nobody knows", "ConcludeFailed", {"Conclude": [concluded("SOMETHING")]}),
    Story("a migration before the rollout", "Succeeded", {"Confirm": [decided("go", migrates=True)]}),
    Story(
        "a migration that failed",
        "Failed",
        {
            "Confirm": [decided("go", migrates=True)],
            "Migrate": [Refuses("MigrationFailed")],
            "Conclude": [concluded("FAILED")],
        },
    ),
    Story(
        "a migration that a freeze held back",
        "Succeeded",
        {
            "Confirm": [decided("go", migrates=True), decided("go", migrates=True)],
            "Migrate": [Says({"ran": None})],
            "Apply": [applied("look_again"), applied("await_rollout")],
        },
    ),
    Story(
        "approved by people, with a migration",
        "Succeeded",
        {"Prepare": [decided("ask")], "Confirm": [decided("go", migrates=True)]},
    ),
    Story("no capacity on Spot", "Succeeded", {"AwaitRollout": [Refuses("NoCapacity")]}),
    Story(
        "several services one after another",
        "Succeeded",
        {"Confirm": [decided("go", goes="one_by_one", members=("web", "worker", "nightly"))]},
    ),
    Story(
        "several services together",
        "Succeeded",
        {"Confirm": [decided("go", goes="together", members=("web", "worker", "nightly"))]},
    ),
    Story("nobody to lead, in order", "Succeeded", {"Confirm": [decided("go", goes="one_by_one", members=())]}),
    Story("nobody to lead, together", "Succeeded", {"Confirm": [decided("go", goes="together", members=())]}),
    Story(
        "the third of several fails",
        "RolledBack",
        {
            "Confirm": [decided("go", goes="one_by_one", members=("web", "worker", "nightly"))],
            "RollOutOne": [came("web"), came("worker"), came("nightly", "FAILED")],
            "WeighMembers": [weighed(all_came_in=False, bring_back=("worker", "web"))],
            "Conclude": [concluded("ROLLED_BACK")],
        },
    ),
    Story(
        "the first of several fails",
        "Failed",
        {
            "Confirm": [decided("go", goes="one_by_one", members=("web", "worker"))],
            "RollOutOne": [came("web", "FAILED"), came("worker", None)],
            "WeighMembers": [weighed(all_came_in=False)],
            "Conclude": [concluded("FAILED")],
        },
    ),
    Story(
        "a member whose end nobody told",
        "FailedDirty",
        {
            "Confirm": [decided("go", goes="one_by_one")],
            "RollOutOne": [Silence()],
            "WeighMembers": [weighed(all_came_in=False)],
            "Conclude": [concluded("FAILED_DIRTY")],
        },
    ),
)


def retries() -> Iterator[Story]:
    """For every error that a state retries: it happens once, and the release goes on as if it had not."""
    for name, state in states().items():
        for retrier in state.get("Retry", []):
            for error in retrier["ErrorEquals"]:
                script = {**_led_to(name), name: [Fails(error)]}
                yield Story(f"{name} meets {error} once", "Succeeded", script, _holder(name))


def exhaustions() -> Iterator[Story]:
    """For every retrier: its first error never stops, so that the Catch takes over after the last attempt."""
    for name, state in states().items():
        for retrier in state.get("Retry", []):
            error, attempts = retrier["ErrorEquals"][0], retrier["MaxAttempts"] + 1
            yield _caught(f"{name} meets {error} for ever", name, [Fails(error)] * attempts)


def refusals() -> Iterator[Story]:
    """For every state with a Catch: an error that nobody retries."""
    for name, state in states().items():
        if "Catch" in state:
            yield _caught(f"{name} meets {_fatal(name)}", name, [Fails(_fatal(name))])


def all_stories() -> tuple[Story, ...]:
    return (*TOLD, *retries(), *exhaustions(), *refusals())


@cache
def told(story: Story) -> Course:
    owner = {"me": "arn:aws:states:us-east-1:123456789012:execution:pilotage-release:release-1"}
    return run(story.script, USUAL, owner.get(story.held_by or "", story.held_by))


def _caught(title: str, state: str, answers: list[Any]) -> Story:
    if state == "Conclude":
        return Story(title, "ConcludeFailed", {state: answers})
    script = {**_led_to(state), state: answers, "Conclude": [concluded("FAILED")]}
    return Story(title, "Failed", script, _holder(state))


def _led_to(state: str) -> Script:
    """What has to be decided for a release to come by this state."""
    ways: Mapping[str, Script] = {
        "AwaitPeople": {"Prepare": [decided("ask")]},
        "Migrate": {"Confirm": [decided("go", migrates=True)]},
        "FallBack": {"AwaitRollout": [Refuses("NoCapacity")]},
        "RollOutOne": {"Confirm": [decided("go", goes="one_by_one")]},
        "RollOutEach": {"Confirm": [decided("go", goes="together")]},
        "WeighMembers": {"Confirm": [decided("go", goes="one_by_one")]},
        "BringOneBack": {
            "Confirm": [decided("go", goes="one_by_one")],
            "WeighMembers": [weighed(all_came_in=False, bring_back=("web",))],
        },
    }
    return ways.get(state, {})


def _holder(state: str) -> str | None:
    return OTHER if state == "AwaitTurn" else None


def _fatal(state: str) -> str:
    return "DynamoDB.ResourceNotFoundException" if state == LEASED else FATAL

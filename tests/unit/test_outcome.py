"""The outcome is true: what ECS answered about the very deployment that was started, held against what runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pilotage.outcome import Ending, Intent, Outcome, Scene, judge
from pilotage.rollout import DeploymentStatus as Status
from pilotage.rollout import Ended

V1, V2, V9 = (f"arn:aws:ecs:eu-west-1:123456789012:task-definition/dev-cats:{n}" for n in (1, 2, 9))
UPDATE = Intent(revision=V2, previous_revision=V1, deployment_id="ecs-svc/2", first=False)
FIRST = Intent(revision=V1, previous_revision=None, deployment_id="ecs-svc/1", first=True)
NEW = Scene(V2, "ecs-svc/2", 2, 2)
OLD = Scene(V1, "ecs-svc/3", 2, 2)


def ended(status: Status | None, reason: str = "because", back_to: str | None = None) -> Ended:
    return Ended(status, reason, None, back_to)


CASES = [
    ("the intended revision won", UPDATE, ended(Status.SUCCESSFUL), NEW, Outcome.SUCCEEDED),
    ("the breaker rolled back", UPDATE, ended(Status.ROLLBACK_SUCCESSFUL, back_to=V1), OLD, Outcome.ROLLED_BACK),
    (
        "a newer release stopped it",
        replace(UPDATE, superseded=True, stop_because="superseded by another"),
        ended(Status.ROLLBACK_SUCCESSFUL, back_to=V1),
        OLD,
        Outcome.SUPERSEDED,
    ),
    ("the rollback failed", UPDATE, ended(Status.ROLLBACK_FAILED), NEW, Outcome.FAILED_DIRTY),
    ("the first ever failed", FIRST, ended(Status.STOPPED), Scene(V1, "ecs-svc/1", 2, 0), Outcome.FAILED),
    (
        "the first ever failed to go back",
        FIRST,
        ended(Status.ROLLBACK_FAILED),
        Scene(V1, "ecs-svc/1", 2, 0),
        Outcome.FAILED,
    ),
    ("no task is wanted", UPDATE, ended(Status.SUCCESSFUL), Scene(V2, "ecs-svc/2", 0, 0), Outcome.UNVERIFIED),
    ("no task runs", UPDATE, ended(Status.SUCCESSFUL), Scene(V2, "ecs-svc/2", 2, 0), Outcome.UNVERIFIED),
    (
        "somebody deployed after it",
        UPDATE,
        ended(Status.SUCCESSFUL),
        Scene(V9, "ecs-svc/9", 2, 2),
        Outcome.SUPERSEDED,
    ),
    (
        "somebody deployed over it",
        UPDATE,
        ended(Status.STOPPED),
        Scene(V9, "ecs-svc/9", 2, 2),
        Outcome.SUPERSEDED,
    ),
    (
        "somebody forced another deployment of the same revision over it",
        UPDATE,
        ended(Status.STOPPED),
        Scene(V2, "ecs-svc/9", 2, 2),
        Outcome.SUPERSEDED,
    ),
    ("it was stopped half-way", UPDATE, ended(Status.STOPPED), NEW, Outcome.FAILED_DIRTY),
    ("ECS never came to an end", UPDATE, ended(None), NEW, Outcome.FAILED_DIRTY),
    (
        "rolled back, yet the new revision is PRIMARY",
        UPDATE,
        ended(Status.ROLLBACK_SUCCESSFUL, back_to=V1),
        NEW,
        Outcome.FAILED_DIRTY,
    ),
]


@pytest.mark.parametrize(("intent", "end", "scene", "outcome"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_every_end_has_its_own_name(intent: Intent, end: Ended, scene: Scene, outcome: Outcome) -> None:
    """Two widely used deployers reported rollbacks as successes for years; here each end is told apart."""
    assert judge(intent, end, scene).outcome is outcome


@pytest.mark.parametrize("status", [*Status, None])
@pytest.mark.parametrize("scene", [NEW, OLD, Scene(None, None, None, None), Scene(V2, "ecs-svc/2", 0, 0)])
@pytest.mark.parametrize("intent", [UPDATE, FIRST])
def test_succeeded_is_said_only_when_the_intended_revision_runs(
    status: Status | None, scene: Scene, intent: Intent
) -> None:
    """Promise 1, over every combination of what ECS may answer."""
    ending = judge(intent, ended(status), scene)
    won = status is Status.SUCCESSFUL and scene.revision == intent.revision and bool(scene.running)
    assert (ending.outcome is Outcome.SUCCEEDED) is won


def test_a_rollback_of_settings_alone_says_what_went_back() -> None:
    """Both ways run one revision, and "2 was rolled back to 2" would puzzle whoever reads it."""
    settings = replace(UPDATE, previous_revision=V2)
    said = judge(settings, ended(Status.ROLLBACK_SUCCESSFUL, back_to=V2), NEW)
    assert said.outcome is Outcome.ROLLED_BACK
    assert said.reasons[0] == "dev-cats:2 was rolled back to the settings that it had before"


def test_a_rollback_names_both_revisions_and_why_the_tasks_died() -> None:
    """Case 12: the engineer who pushed wants to read this and nothing else."""
    intent = replace(UPDATE, stop_reasons=("container web exited with code 1",))
    ending = judge(intent, ended(Status.ROLLBACK_SUCCESSFUL, back_to=V1), OLD)
    assert isinstance(ending, Ending)
    told = " ".join(ending.reasons)
    assert "dev-cats:2" in told
    assert "dev-cats:1" in told
    assert "exited with code 1" in told
    assert ending.rolled_back_to == V1

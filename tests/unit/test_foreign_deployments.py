"""Deployments that Pilotage did not start: told once, kept, never claimed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from fakes.harbour import A_ROLLOUT, CATS, Harbour
from pilotage.outcome import Outcome
from pilotage.record import ReleaseRecord
from pilotage.rollout import Cause
from pilotage_local.ecs import exits


@pytest.fixture
def harbour() -> Harbour:
    return Harbour()


def ends(harbour: Harbour) -> list[Mapping[str, Any]]:
    return [e for e in harbour.services.events if e["detail"].get("eventName") == "SERVICE_DEPLOYMENT_COMPLETED"]


def kept(harbour: Harbour, record: ReleaseRecord) -> ReleaseRecord:
    found = harbour.records.get(CATS, record.request.release_id)
    assert found is not None
    return found


def test_somebody_elses_deployment_is_told_once_and_found_in_the_newest_record(harbour: Harbour) -> None:
    """From the console, from Terraform: what runs is not what the record of the last release says."""
    record = harbour.release("v1")
    harbour.services.checked.call("UpdateService", cluster="main", service="cats", forceNewDeployment=True)
    harbour.services.run(A_ROLLOUT)
    for _ in range(2):
        followed = harbour.follower.deployment_changed(ends(harbour)[-1])
    assert followed is None
    assert harbour.told().count("Foreign Deployment") == 1
    told = next(each for each in harbour.announcer.told if each.detail_type == "Foreign Deployment")
    (finding,) = kept(harbour, record).findings
    assert told.detail["finding"] == finding
    assert "outside Pilotage" in finding
    assert kept(harbour, record).outcome is Outcome.SUCCEEDED


def test_our_own_ends_and_rollbacks_are_not_foreign(harbour: Harbour) -> None:
    """Events come late and again, also after the release has concluded; a rollback has an id of its own."""
    harbour.release("v1")
    push = harbour.push("v2")
    harbour.services.tasks.script(push.digest, exits(1, after=2))
    assert harbour.begin(push).sail().outcome is Outcome.ROLLED_BACK
    for event in ends(harbour):
        assert harbour.follower.deployment_changed(event) is None
    assert "Foreign Deployment" not in harbour.told()


def test_a_service_that_is_none_of_ours_is_left_alone(harbour: Harbour) -> None:
    """Most services of an account."""
    revision = harbour.services.register(
        {"family": "dogs", "containerDefinitions": [{"name": "web", "image": "dogs", "memory": 64}]}
    )
    harbour.services.create(
        {"cluster": "main", "serviceName": "dogs", "taskDefinition": revision, "desiredCount": 0, "launchType": "EC2"}
    )
    harbour.services.run(60)
    for event in ends(harbour):
        assert harbour.follower.deployment_changed(event) is None
    assert harbour.told() == []


def test_who_deploys_over_a_rollout_is_named(harbour: Harbour) -> None:
    """SUPERSEDED, by somebody who is no release of ours: the record says so."""
    harbour.release("v1")
    execution = harbour.begin(harbour.push("v2"))
    execution.go()
    execution.await_rollout()
    harbour.services.checked.call("UpdateService", cluster="main", service="cats", forceNewDeployment=True)
    harbour.services.run(A_ROLLOUT)
    harbour.sweep()
    execution.told_rollout()
    record = execution.conclude()
    assert (record.outcome, record.cause) == (Outcome.SUPERSEDED, Cause.FOREIGN), record.reasons
    assert record.findings == record.reasons[:1]

"""Several releases, or several hands, at one service: cases 9 and 10."""

from __future__ import annotations

from typing import Any

import pytest
from e2e.account import UNHEARD, Account, until
from e2e.playbill import plays
from e2e.team import Pushed, Team, image
from pilotage.document import to_document
from pilotage.outcome import Outcome
from pilotage.ports import Lease

pytestmark = pytest.mark.embedded


# --- 9: a newer push while an older one rolls out ---


def three_in_a_row(account: Account) -> Team:
    """The end of the first is not heard of before the two others wait."""
    team = Team(account, f"{UNHEARD}row")
    with account.unswept():
        first = team.push(image("1"), "v1")
        team.rolling(first)
        second = team.push(image("2"), "v2")
        team.parked(second)
        third = team.push(image("3"), "v3")
        team.parked(third)
    team.seen["first"] = team.concluded(first, woken=True)
    team.seen["second"] = team.concluded(second)
    team.seen["third"] = team.concluded(third, woken=True)
    return team


@plays(three_in_a_row)
def test_where_policy_says_wait_the_newest_waits_and_the_first_keeps_its_outcome(played: Team) -> None:
    """Case 9: one place to wait in, and the newest push takes it; nobody's rollout is disturbed."""
    seen = played.seen

    assert [seen[who].outcome for who in ("first", "second", "third")] == [
        Outcome.SUCCEEDED,
        Outcome.SUPERSEDED,
        Outcome.SUCCEEDED,
    ]
    assert seen["third"].request.release_id in " ".join(seen["second"].reasons)
    assert played.live()["taskDefinition"] == seen["third"].revision


@plays(three_in_a_row)
def test_who_is_sent_away_has_written_nothing(played: Team) -> None:
    """Case 9: the second release left no revision behind."""
    assert len(played.writes("ecs:RegisterTaskDefinition")) == 2
    assert len(played.writes("ecs:UpdateService")) == 1


def newer_stops_older(account: Account) -> Team:
    team = Team(account, "hasty", "hasty")
    team.release(image("1", {"count": 10}), "v1")
    older = team.push(image("2", {"count": 10}), "v2")
    team.rolling(older)
    newer = team.push(image("3", {"count": 10}), "v3")
    team.parked(newer)
    team.seen["older"] = team.concluded(older, swept=True)
    team.seen["newer"] = team.concluded(newer, swept=True)
    return team


@plays(newer_stops_older)
def test_where_policy_says_stop_the_older_rollout_ends_superseded(played: Team) -> None:
    """Case 9: a stopped rollout is never called a success, and the newer image does not wait for its end."""
    older, newer = played.seen["older"], played.seen["newer"]

    assert older.outcome is Outcome.SUPERSEDED
    assert newer.request.release_id in " ".join(older.reasons)
    assert newer.outcome is Outcome.SUCCEEDED
    assert played.live()["taskDefinition"] == newer.revision


# --- 10: whose service is it ---


def foreign_hand(account: Account) -> Team:
    """While a release rolls out, somebody deploys by hand; then its Apply comes once more, as Lambda may deliver it."""
    team = Team(account, "foreign-hand", "gentle")
    first = team.release(image("1", {"count": 10}), "v1")
    with account.unswept():
        ours = team.push(image("2", {"count": 10}), "v2")
        rollout = team.rolling(ours)
        (record,) = team.of(ours)
        other = f"{team.execution(record)}-other"
        team.seen["not the holder"] = account.invoke("apply-release", apply(team, ours, other))
        account.client("ecs").update_service(
            cluster=account.cluster, service=team.service, taskDefinition=first.revision, forceNewDeployment=True
        )
        team.seen["late retry"] = account.invoke("apply-release", apply(team, ours, team.execution(record)))
    team.seen["record"] = team.concluded(ours, swept=True)
    team.seen["first"], team.seen["rollout"] = first, rollout
    return team


@plays(foreign_hand)
def test_a_write_of_who_does_not_hold_the_lease_is_refused(played: Team) -> None:
    """Case 10: two executions, one service, one writer."""
    refused = played.seen["not the holder"]

    assert refused["errorType"] == "LeaseLost"
    assert "nothing was written" in refused["errorMessage"]


@plays(foreign_hand)
def test_a_retry_of_apply_after_a_foreign_write_writes_nothing(played: Team) -> None:
    """Case 10: what was planned against another deployment is not applied once more over somebody's head."""
    refused = played.seen["late retry"]

    assert refused["errorType"] == "Overwritten"
    assert played.seen["rollout"].service_deployment_arn in refused["errorMessage"]
    assert len(played.writes("ecs:UpdateService")) == 1


@plays(foreign_hand)
def test_a_foreign_write_during_the_rollout_is_named(played: Team) -> None:
    """Case 10: ECS cannot refuse it; the release says that another deployment took over, and never SUCCEEDED."""
    record = played.seen["record"]

    assert record.outcome is Outcome.SUPERSEDED
    assert "Pilotage did not start" in record.reasons[0]


def aborted_holder(account: Account) -> Team:
    team = Team(account, f"{UNHEARD}aborted")
    with account.unswept():
        dead = team.push(image("1"), "v1")
        rollout = team.rolling(dead)
        heir = team.push(image("2"), "v2")
        team.parked(heir)
        (record,) = team.of(dead)
        team.seen["while it runs"] = account.reconcile()["concluded"]
        account.client("stepfunctions").stop_execution(executionArn=team.execution(record))
        team.seen["rollout open"] = account.world.leases.holder(team.target)
        until(lambda: any(seen["ended"] for seen in team.news(rollout.deployment_id)), "end of the deployment")
    account.reconcile()
    team.seen["dead"] = team.concluded(dead)
    team.seen["heir"] = team.concluded(heir, woken=True)
    return team


@plays(aborted_holder)
def test_the_lease_of_an_execution_that_no_longer_runs_goes_to_the_next(played: Team) -> None:
    """Case 10: an aborted execution is concluded with what is true, and the one that waits goes on."""
    dead, heir = played.seen["dead"], played.seen["heir"]

    assert dead.outcome is Outcome.SUCCEEDED  # its deployment won, whoever was there to see it
    assert heir.outcome is Outcome.SUCCEEDED
    assert played.live()["taskDefinition"] == heir.revision


@plays(aborted_holder)
def test_the_lease_of_an_execution_that_runs_is_left_alone(played: Team) -> None:
    """Case 10: no lease ever lapses under its owner, however long that takes."""
    lease: Lease = played.seen["rollout open"]

    assert played.seen["dead"].request.release_id not in played.seen["while it runs"]
    assert lease.owner.release_id == played.seen["dead"].request.release_id


def apply(team: Team, pushed: Pushed, execution: str) -> dict[str, Any]:
    """What the state machine hands to Apply."""
    (record,) = team.of(pushed)
    return {"request": to_document(record.request), "execution": execution, "plan_hash": record.plan_hash}

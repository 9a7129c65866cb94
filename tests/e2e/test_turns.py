"""Several releases, or several hands, at one service: cases 9 and 10."""

from __future__ import annotations

from typing import Any

import pytest
from e2e.account import UNHEARD, Account, until
from e2e.playbill import plays
from e2e.team import STARTS_AND_DIES, Pushed, Team, image
from pilotage.document import to_document
from pilotage.outcome import Outcome

pytestmark = pytest.mark.embedded


# --- 9: a newer push while an older one rolls out ---


def three_in_a_row(account: Account) -> Team:
    """The first goes on until its deadline; meanwhile two others come."""
    team = Team(account, "row", "patient")
    team.release(image("0"), "v0")
    first = team.push(image("1", command=STARTS_AND_DIES), "v1")
    team.rolling(first)
    second = team.push(image("2"), "v2")
    team.parked(second)
    third = team.push(image("3"), "v3")
    team.parked(third)
    team.past_deadline()
    team.seen["first"] = team.concluded(first, swept=True)
    team.seen["second"] = team.concluded(second)
    team.seen["third"] = team.concluded(third)
    return team


@plays(three_in_a_row)
def test_where_policy_says_wait_the_newest_waits_and_the_first_keeps_its_outcome(played: Team) -> None:
    """Case 9: one place to wait in, and the newest push takes it; nobody's rollout is disturbed."""
    seen = played.seen

    assert [seen[who].outcome for who in ("first", "second", "third")] == [
        Outcome.ROLLED_BACK,
        Outcome.SUPERSEDED,
        Outcome.SUCCEEDED,
    ]
    assert seen["third"].request.release_id in " ".join(seen["second"].reasons)
    assert played.live()["taskDefinition"] == seen["third"].revision


@plays(three_in_a_row)
def test_who_is_sent_away_has_written_nothing(played: Team) -> None:
    """Case 9: the second release left no revision behind."""
    assert len(played.writes("ecs:RegisterTaskDefinition")) == 3
    assert len(played.writes("ecs:UpdateService")) == 2


def newer_stops_older(account: Account) -> Team:
    team = Team(account, "hasty", "hasty")
    team.release(image("1"), "v1")
    older = team.push(image("2", command=STARTS_AND_DIES), "v2")
    team.rolling(older)
    newer = team.push(image("3"), "v3")
    team.seen["older"] = team.concluded(older, swept=True)
    team.seen["newer"] = team.concluded(newer)
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
    team = Team(account, f"{UNHEARD}foreign-hand", "patient")
    first = team.woken(team.push(image("1"), "v1"))
    with account.unswept():
        ours = team.push(image("2", command=STARTS_AND_DIES), "v2")
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
    team = Team(account, "aborted", "patient")
    team.release(image("1"), "v1")
    dead = team.push(image("2", command=STARTS_AND_DIES), "v2")
    team.rolling(dead)
    heir = team.push(image("3"), "v3")
    team.parked(heir)
    (record,) = team.of(dead)
    team.seen["while it runs"] = account.reconcile()["concluded"]
    account.client("stepfunctions").stop_execution(executionArn=team.execution(record))
    team.seen["while it rolls"] = account.reconcile()["concluded"]
    team.seen["lease"] = account.world.leases.holder(team.target)
    team.past_deadline()
    until(lambda: account.sweep() and account.world.rollouts.get(team.target).ended_at, "end of the deployment")  # type: ignore[union-attr]
    account.reconcile()
    team.seen["dead"] = team.concluded(dead)
    team.seen["heir"] = team.concluded(heir)
    return team


@plays(aborted_holder)
def test_the_lease_of_an_execution_that_no_longer_runs_goes_to_the_next(played: Team) -> None:
    """Case 10: an aborted execution is concluded with what is true, and the one that waits goes on."""
    dead, heir = played.seen["dead"], played.seen["heir"]

    assert dead.outcome is Outcome.ROLLED_BACK
    assert heir.outcome is Outcome.SUCCEEDED
    assert played.live()["taskDefinition"] == heir.revision


@plays(aborted_holder)
def test_no_lease_is_taken_before_its_execution_and_its_rollout_have_ended(played: Team) -> None:
    """Case 10: no lease lapses with time; two rollouts of one service at once would undo each other."""
    release, lease = played.seen["dead"].request.release_id, played.seen["lease"]

    assert release not in played.seen["while it runs"]
    assert release not in played.seen["while it rolls"]
    assert lease.owner.release_id == release


def apply(team: Team, pushed: Pushed, execution: str) -> dict[str, Any]:
    """What the state machine hands to Apply."""
    (record,) = team.of(pushed)
    return {"request": to_document(record.request), "execution": execution, "plan_hash": record.plan_hash}

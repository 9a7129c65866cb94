"""Prepare weighs its plan, and decides by the policy whether people are asked."""

from __future__ import annotations

from typing import Any

from fakes.harbour import ACCOUNT, CATS, REPOSITORY, Execution, Harbour
from pilotage.gate import Decision
from pilotage.plan.risk import PointKind


def asking(*points: str) -> Harbour:
    """Somebody of sre has to approve what has one of these risks."""
    people: dict[str, Any] = {"people": {"ada": {"slack": ["T0CATS/U0ADA"]}}, "groups": {"sre": ["ada"]}}
    rule = {"groups": [{"group": "sre"}]}
    return Harbour(**people, approval={"when": "risk", "points": list(points), "rule": rule})


def decided(execution: Execution) -> tuple[Decision, str]:
    verdict = execution.prepare().verdict
    return verdict.decision, "; ".join(verdict.reasons)


def test_a_release_without_one_of_the_risks_goes() -> None:
    """Asking for everything is asking for nothing."""
    harbour = asking("growth")
    assert harbour.release("v1").outcome == "SUCCEEDED"
    assert decided(harbour.begin(harbour.push("v2")))[0] is Decision.GO


def test_a_risk_that_the_policy_names_asks_and_is_recorded() -> None:
    """The card, the history and the auditor read it from the record."""
    harbour = asking("growth")
    harbour.release("v1")
    execution = harbour.begin(harbour.push("v2", count=8))
    decision, reasons = decided(execution)
    assert (decision, "growth" in reasons, "1 of sre" in reasons) == (Decision.ASK, True, True)
    record = harbour.records.get(CATS, execution.request.release_id)
    assert record is not None
    version, growth = record.risk
    assert version == "major version: up from 'v1' to 'v2'"
    assert growth.startswith("growth: CPU from 2 x ")


def test_a_scan_that_ends_meanwhile_lets_the_release_go_when_it_looks_again() -> None:
    """ECR's scan ends a little after the push, and what it found counts from then on."""
    harbour = asking("scan")
    push = harbour.push("v1")
    execution = harbour.begin(push)
    decision, _ = decided(execution)
    assert decision is Decision.ASK
    harbour.scans.finish(ACCOUNT, REPOSITORY, push.digest, {"CVE-1": "HIGH"})
    assert decided(execution)[0] is Decision.ASK
    harbour.scans.finish(ACCOUNT, REPOSITORY, push.digest, {"CVE-1": "LOW"})
    assert decided(execution)[0] is Decision.GO


def test_a_digest_whose_ban_was_lifted_asks_before_it_comes_again() -> None:
    """It was rolled back for a reason, and not everybody knows that it is mended."""
    harbour = asking("banned before")
    push = harbour.push("v1")
    execution = harbour.begin(push)
    harbour.records.ban(CATS, push.digest, "rolled back by ada")
    assert decided(execution)[0] is Decision.REJECTED
    harbour.records.unban(CATS, push.digest)
    prepared = execution.prepare()
    assert prepared.verdict.decision is Decision.ASK
    assert prepared.plan is not None
    told = {point.kind: point.reason for point in prepared.plan.risk.points}
    assert told[PointKind.BANNED_BEFORE] == "this digest was banned before: rolled back by ada"

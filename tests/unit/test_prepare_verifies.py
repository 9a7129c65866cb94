"""What is sure to fail is refused before the lease, in sentences that say what to do; nothing else is."""

from __future__ import annotations

import json

import pytest
from fakes import asked
from fakes.group import PAIR
from fakes.harbour import CATS, Harbour
from pilotage.gate import Decision
from pilotage.outcome import Outcome
from pilotage.verifying import things as known
from pilotage.verifying.things import Unseen

SUBNET = known.Subnet("subnet-2")
REFUSED = "subnet subnet-2: EC2 has no such subnet. Correct the policy's network.subnets."


@pytest.fixture
def harbour() -> Harbour:
    return Harbour()


def test_what_is_wrong_rejects_with_its_remedy_and_writes_nothing(harbour: Harbour) -> None:
    """An hour of rollout that ends in a rollback, or a sentence now."""
    harbour.surveyor.says[SUBNET] = None
    record = harbour.release("v1")
    assert (record.outcome, record.reasons) == (Outcome.REJECTED, (REFUSED,))
    assert harbour.revisions() == 0


def test_what_could_not_be_looked_at_refuses_nothing(harbour: Harbour) -> None:
    """A right that the stack was not given must not stop every release of an account."""
    harbour.surveyor.says[SUBNET] = Unseen("ec2:DescribeSubnets is not allowed", "ec2:DescribeSubnets")
    assert harbour.release("v1").outcome is Outcome.SUCCEEDED


def test_a_policy_may_do_without(harbour: Harbour) -> None:
    """`verify: false` asks nothing, and refuses nothing."""
    harbour.policies.put("dev", json.dumps(asked.policy_document(verify=False)))
    harbour.surveyor.says[SUBNET] = None
    assert harbour.begin(harbour.push()).prepare().verdict.decision is Decision.GO
    assert harbour.surveyor.asked == []


def test_nothing_is_asked_twice_and_nothing_for_a_change_of_settings(harbour: Harbour) -> None:
    """Under the lease another call would hold up everybody; where nothing is registered, there is nothing to verify."""
    execution = harbour.begin(harbour.push("v1"))
    execution.prepare()
    looked = len(harbour.surveyor.asked)
    assert execution.acquire()
    execution.confirm()
    assert 0 < len(harbour.surveyor.asked) == looked
    execution.apply()
    execution.follow()
    execution.conclude()
    again = harbour.begin(harbour.push("v1-again", image="v1"))
    harbour.policies.put("dev", json.dumps(asked.policy_document(rollout={"minimum_healthy_percent": 50})))
    again.prepare()
    assert len(harbour.surveyor.asked) == looked


def test_nobody_is_asked_about_what_would_fail(harbour: Harbour) -> None:
    """People approve what can be done."""
    people = {"alice": {"slack": ["T0CATS/U0ADA"]}}
    rule = {"groups": [{"group": "leads"}]}
    approval = {"when": "always", "rule": rule}
    document = asked.policy_document(people=people, groups={"leads": ["alice"]}, approval=approval)
    harbour.policies.put("dev", json.dumps(document))
    execution = harbour.begin(harbour.push())
    assert execution.prepare().verdict.decision is Decision.ASK
    harbour.surveyor.says[SUBNET] = None
    assert execution.prepare().verdict.decision is Decision.REJECTED


def test_several_services_share_what_was_looked_at_and_its_verdict(harbour: Harbour) -> None:
    """Their cluster, subnets and roles are the same: each is looked at once, and told once."""
    harbour.surveyor.says[SUBNET] = None
    verdict = harbour.begin(harbour.push("v1", **PAIR)).prepare().verdict
    assert (verdict.decision, verdict.reasons) == (Decision.REJECTED, (REFUSED,))
    assert len(harbour.surveyor.asked) == len(set(harbour.surveyor.asked))
    assert harbour.records.get(CATS, "none") is None

"""Which target group a service revision has: the two of a route change places with every shifting rollout."""

from __future__ import annotations

from typing import Any

import pytest
from fakes.checked_client import Answer, CheckedClient, Request, refusal
from pilotage.aws.revisions import EcsRevisions
from pilotage.errors import AccessDenied

pytestmark = pytest.mark.disable_socket

REVISION = "arn:aws:ecs:eu-west-1:123456789012:service-revision/main/cats/9313423515462893900"
BLUE, GREEN = (f"arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/cats-{end}/0123" for end in "ab")


def revisions(*described: dict[str, Any]) -> EcsRevisions:
    def answer(_operation: str, request: Request) -> Answer:
        assert request == {"serviceRevisionArns": [REVISION]}
        return {"serviceRevisions": list(described)}

    return EcsRevisions(CheckedClient("ecs", answer))


def test_the_resolved_one_counts_and_not_the_services() -> None:
    """`loadBalancers` names both, always in the same order."""
    balancer = {"targetGroupArn": BLUE, "advancedConfiguration": {"alternateTargetGroupArn": GREEN}}
    resolved = {"loadBalancers": [{"targetGroupArn": GREEN, "productionListenerRule": "arn:rule"}]}
    described = {"serviceRevisionArn": REVISION, "loadBalancers": [balancer], "resolvedConfiguration": resolved}
    assert revisions(described).target_groups(REVISION) == (GREEN,)


@pytest.mark.parametrize("described", [(), ({"serviceRevisionArn": REVISION},)])
def test_what_ecs_does_not_say_is_none(described: tuple[dict[str, Any], ...]) -> None:
    """Nothing is compared then."""
    assert revisions(*described).target_groups(REVISION) == ()


@pytest.mark.parametrize(
    ("code", "raised"), [("ServiceNotFoundException", None), ("AccessDeniedException", AccessDenied)]
)
def test_a_revision_that_is_gone_has_none(code: str, raised: type[Exception] | None) -> None:
    """A right that is missing is another thing."""

    def refuse(operation: str, _request: Request) -> Answer:
        raise refusal(operation, code, "no")

    asked = EcsRevisions(CheckedClient("ecs", refuse))
    if raised is None:
        assert asked.target_groups(REVISION) == ()
        return
    with pytest.raises(raised):
        asked.target_groups(REVISION)

"""ECS's service revisions: the port Revisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pilotage.aws.errors import translated
from pilotage.errors import NotFound

_FORGOTTEN = dict.fromkeys(("ServiceNotFoundException", "InvalidParameterException"), NotFound)


class EcsRevisions:
    """`ecs` is a botocore client."""

    def __init__(self, ecs: Any) -> None:
        self._ecs = ecs

    def target_groups(self, service_revision_arn: str) -> Sequence[str]:
        """`loadBalancers` of a revision are as the service has them, first and alternate; in which of the two its tasks
        are, the `resolvedConfiguration` says (API reference, ServiceRevision).
        """
        try:
            with translated("ecs:DescribeServiceRevisions", _FORGOTTEN):
                answer = self._ecs.describe_service_revisions(serviceRevisionArns=[service_revision_arn])
        except NotFound:
            return ()
        resolved = (each.get("resolvedConfiguration", {}) for each in answer["serviceRevisions"])
        balancers = (balancer for each in resolved for balancer in each.get("loadBalancers", ()))
        return tuple(dict.fromkeys(each["targetGroupArn"] for each in balancers if each.get("targetGroupArn")))

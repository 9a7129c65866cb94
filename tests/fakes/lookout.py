"""What can be seen of services of the ECS model: the adapter itself, over clients that the test fills."""

from __future__ import annotations

from typing import Any

from pilotage.aws.lookout import AwsLookout

from fakes.checked_client import Answer, CheckedClient, Request, refusal
from fakes.services import FakeServices


class FakeLookout(AwsLookout):
    """The port Lookout. `health` maps ARNs of target groups to their targets as DescribeTargetHealth lists them,
    `streams` (log group, stream) to lines.
    """

    def __init__(self, services: FakeServices) -> None:
        self.health: dict[str, list[dict[str, Any]]] = {}
        self.streams: dict[tuple[str, str], list[str]] = {}
        self.ecs: Any = services.clients.ecs
        self.elbv2: Any = CheckedClient("elbv2", self._balance)
        self.logs: Any = CheckedClient("logs", self._read)
        super().__init__(self)

    def unwell(self, group: str, state: str, reason: str, description: str) -> None:
        """One more target, with what the load balancer says of it."""
        health = {"State": state, "Reason": reason, "Description": description}
        target = {"Id": f"10.0.0.{len(self.health.get(group, ())) + 1}", "Port": 8080}
        self.health.setdefault(group, []).append({"Target": target, "TargetHealth": health})

    def _balance(self, operation: str, request: Request) -> Answer:
        group = request["TargetGroupArn"]
        if group not in self.health:
            raise refusal(operation, "TargetGroupNotFound", f"Target groups '{group}' not found")
        return {"TargetHealthDescriptions": self.health[group]}

    def _read(self, operation: str, request: Request) -> Answer:
        kept = self.streams.get((request["logGroupName"], request["logStreamName"]))
        if kept is None:
            raise refusal(operation, "ResourceNotFoundException", "The specified log stream does not exist.")
        return {"events": [{"message": line, "timestamp": 0} for line in kept[-request["limit"] :]]}

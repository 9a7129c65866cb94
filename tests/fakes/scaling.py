"""Application Auto Scaling in memory, behind the real adapter."""

from __future__ import annotations

from typing import Any

from pilotage.aws.models import BotocoreModels
from pilotage.aws.scaling import ApplicationScaling

from fakes.checked_client import Answer, CheckedClient, Request, refusal
from fakes.clock import NOON
from fakes.samples import ACCOUNT, REGION

_WHOSE = ("ServiceNamespace", "ResourceId", "ScalableDimension")
_ARN = f"arn:aws:autoscaling:{REGION}:{ACCOUNT}"


class ScalingApi:
    """`targets` by resource id; `policies` and `actions` by resource id and name. Pages hold `page` things."""

    def __init__(self, page: int = 50) -> None:
        self.targets: dict[str, dict[str, Any]] = {}
        self.policies: dict[tuple[str, str], dict[str, Any]] = {}
        self.actions: dict[tuple[str, str], dict[str, Any]] = {}
        self._page = page
        self.client: Any = CheckedClient("application-autoscaling", self.answer)

    def answer(self, operation: str, request: Request) -> Answer:
        return dict(getattr(self, f"_{operation}")(request))

    def _DescribeScalableTargets(self, request: Request) -> Answer:  # noqa: N802 - the operation's name
        return {"ScalableTargets": [self.targets[each] for each in request["ResourceIds"] if each in self.targets]}

    def _RegisterScalableTarget(self, request: Request) -> Answer:  # noqa: N802 - see above
        new = {"RoleARN": f"arn:aws:iam::{ACCOUNT}:role/scaling", "CreationTime": NOON}
        known = self.targets.get(request["ResourceId"])
        if known is not None and "Tags" in request:
            raise refusal("RegisterScalableTarget", "ValidationException", "Tags are for a new target")
        asked = {key: value for key, value in request.items() if key != "Tags"}
        self.targets[request["ResourceId"]] = {**(known or new), **asked}
        return {}

    def _DeregisterScalableTarget(self, request: Request) -> Answer:  # noqa: N802 - see above
        self._known("DeregisterScalableTarget", request)
        del self.targets[request["ResourceId"]]
        for kept in (self.policies, self.actions):
            for key in [key for key in kept if key[0] == request["ResourceId"]]:
                del kept[key]
        return {}

    def _PutScalingPolicy(self, request: Request) -> Answer:  # noqa: N802 - see above
        self._known("PutScalingPolicy", request)
        arn = f"{_ARN}:scalingPolicy:0:resource/ecs/{request['ResourceId']}:policyName/{request['PolicyName']}"
        whole = {**request, "PolicyARN": arn, "CreationTime": NOON, "Alarms": []}
        self.policies[request["ResourceId"], request["PolicyName"]] = whole
        return {"PolicyARN": arn, "Alarms": []}

    def _PutScheduledAction(self, request: Request) -> Answer:  # noqa: N802 - see above
        self._known("PutScheduledAction", request)
        whole = {**request, "ScheduledActionARN": f"{_ARN}:scheduledAction:0", "CreationTime": NOON}
        self.actions[request["ResourceId"], request["ScheduledActionName"]] = whole
        return {}

    def _DescribeScalingPolicies(self, request: Request) -> Answer:  # noqa: N802 - see above
        return self._some("ScalingPolicies", self.policies, request)

    def _DescribeScheduledActions(self, request: Request) -> Answer:  # noqa: N802 - see above
        return self._some("ScheduledActions", self.actions, request)

    def _DeleteScalingPolicy(self, request: Request) -> Answer:  # noqa: N802 - see above
        return self._delete("DeleteScalingPolicy", self.policies, request, request["PolicyName"])

    def _DeleteScheduledAction(self, request: Request) -> Answer:  # noqa: N802 - see above
        return self._delete("DeleteScheduledAction", self.actions, request, request["ScheduledActionName"])

    def _some(self, name: str, kept: dict[tuple[str, str], dict[str, Any]], request: Request) -> Answer:
        found = [each for (resource, _), each in sorted(kept.items()) if resource == request["ResourceId"]]
        first = int(request.get("NextToken", 0))
        end = first + self._page
        return {name: found[first:end], **({"NextToken": str(end)} if end < len(found) else {})}

    def _delete(
        self, operation: str, kept: dict[tuple[str, str], dict[str, Any]], request: Request, name: str
    ) -> Answer:
        if kept.pop((request["ResourceId"], name), None) is None:
            raise refusal(operation, "ObjectNotFoundException", f"No {name} found")
        return {}

    def _known(self, operation: str, request: Request) -> None:
        if request["ResourceId"] not in self.targets:
            raise refusal(operation, "ObjectNotFoundException", f"No scalable target found for {request['ResourceId']}")


class FakeScaling(ApplicationScaling):
    """The port Scaling over an `api`, and the client of `alarms`."""

    def __init__(self, api: ScalingApi | None = None, cloudwatch: Any = None) -> None:
        from fakes.alarms import FakeAlarms  # noqa: PLC0415 - alarms of its own only where none are given

        self.api = api or ScalingApi()
        self.cloudwatch = cloudwatch or FakeAlarms().client
        super().__init__(self.api.client, self.cloudwatch, BotocoreModels())

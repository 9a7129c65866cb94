"""Application Auto Scaling, and the alarm that wakes a service: the port Scaling.

API reference: a target is there before its policies; deregistering it takes them away, and the actions too.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from pilotage.aws.errors import Known, translated
from pilotage.aws.scaled_service import READING, ScaledServices
from pilotage.errors import BadDefinition, NotFound, PilotageError, Unavailable
from pilotage.ports import Models
from pilotage.scaling_names import environment_of, identity, wake_alarm

_REMEDY = "Change `scaling` in the manifest, or have the quota raised that the sentence names."
# Right after a service, or the first scaled one of an account, has been made.
_SOON = ("Unable to assume IAM role", "ECS service doesn't exist")
_GONE: Known = {**READING, "ObjectNotFoundException": NotFound}


class ApplicationScaling:
    """`scaling` and `cloudwatch` are botocore clients."""

    def __init__(self, scaling: Any, cloudwatch: Any, models: Models) -> None:
        self._scaling, self._cloudwatch, self._models = scaling, cloudwatch, models
        self._services = ScaledServices(scaling, cloudwatch)

    def live(self, cluster: str, service: str) -> Mapping[str, Any] | None:
        return self._services.live(cluster, service)

    def ensure(self, body: Mapping[str, Any]) -> None:
        """What is no longer wanted goes last: between two policies there is always one that scales."""
        _, cluster, service = str(body["target"]["ResourceId"]).split("/")
        self._check(body)
        there = self._services.live(cluster, service)
        target = dict(body["target"])
        if there is not None:
            target.pop("Tags", None)  # RegisterScalableTarget tags a new target only
        with translated("application-autoscaling:RegisterScalableTarget", _refusals(service)):
            self._scaling.register_scalable_target(**target)
        for policy in body["policies"]:
            self._put_policy(policy, service)
        if body["wake"] is not None:
            self._put_alarm(body["wake"]["alarm"], self._put_policy(body["wake"]["policy"], service))
        for action in body["times"]:
            with translated("application-autoscaling:PutScheduledAction", _refusals(service)):
                self._scaling.put_scheduled_action(**action)
        if there is not None:
            self._take_away(there, service, keep=body)

    def remove(self, cluster: str, service: str) -> None:
        """The target goes in one call with all that is on it: a death between two would leave a target that has
        nothing of ours on it, and be nobody's.
        """
        there = self._services.live(cluster, service)
        if there is None or not (there["policies"] or there["times"] or there["wake"]):
            return
        if there["foreign"]:
            self._take_away(there, service, keep={"policies": [], "times": [], "wake": None})
            return
        if there["wake"] is not None:
            self._delete_alarm(there["wake"], service)
        with suppress(NotFound), translated("application-autoscaling:DeregisterScalableTarget", _GONE):
            self._scaling.deregister_scalable_target(**identity(cluster, service))

    def _check(self, body: Mapping[str, Any]) -> None:
        from pilotage.definitions.scaling import scaling_requests  # noqa: PLC0415 - reading needs no definitions

        for name, operation, request in scaling_requests(body):
            self._models.check(name, operation, request)

    def _put_policy(self, policy: Mapping[str, Any], service: str) -> str:
        with translated("application-autoscaling:PutScalingPolicy", _refusals(service)):
            return str(self._scaling.put_scaling_policy(**policy)["PolicyARN"])

    def _put_alarm(self, alarm: Mapping[str, Any], policy: str) -> None:
        def refuse(sentence: str) -> PilotageError:
            return BadDefinition(f"alarm: {sentence}", alarm["AlarmName"], _REMEDY)

        final = ("InvalidParameterCombination", "InvalidParameterValue", "MissingParameter", "ValidationError")
        full = ("LimitExceeded", "LimitExceededFault")
        with translated("cloudwatch:PutMetricAlarm", dict.fromkeys((*final, *full), refuse)):
            self._cloudwatch.put_metric_alarm(**alarm, AlarmActions=[policy])

    def _take_away(self, there: Mapping[str, Any], service: str, keep: Mapping[str, Any]) -> None:
        """The alarm goes before its policy: nothing calls what is gone."""
        if there["wake"] is not None and keep["wake"] is None:
            self._delete_alarm(there["wake"], service)
            self._delete_policy(there["wake"]["policy"])
        names = {each["PolicyName"] for each in keep["policies"]}
        for policy in there["policies"]:
            if policy["PolicyName"] not in names:
                self._delete_policy(policy)
        actions = {each["ScheduledActionName"] for each in keep["times"]}
        for action in there["times"]:
            if action["ScheduledActionName"] not in actions:
                self._delete_action(action)

    def _delete_policy(self, policy: Mapping[str, Any]) -> None:
        with suppress(NotFound), translated("application-autoscaling:DeleteScalingPolicy", _GONE):
            self._scaling.delete_scaling_policy(**_named(policy, "PolicyName"))

    def _delete_action(self, action: Mapping[str, Any]) -> None:
        with suppress(NotFound), translated("application-autoscaling:DeleteScheduledAction", _GONE):
            self._scaling.delete_scheduled_action(**_named(action, "ScheduledActionName"))

    def _delete_alarm(self, wake: Mapping[str, Any], service: str) -> None:
        name = wake_alarm(environment_of(wake["policy"]["PolicyName"], service), service)
        gone = dict.fromkeys(("ResourceNotFound", "ResourceNotFoundException"), NotFound)
        with suppress(NotFound), translated("cloudwatch:DeleteAlarms", gone):
            self._cloudwatch.delete_alarms(AlarmNames=[name])


def _named(answer: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: answer[key] for key in (name, "ServiceNamespace", "ResourceId", "ScalableDimension")}


def _refusals(service: str) -> Known:
    """What Register and Put refuse. A target that was registered a moment ago may not be seen yet."""

    def refuse(sentence: str) -> PilotageError:
        if any(part in sentence for part in _SOON):
            return Unavailable(sentence)
        return BadDefinition(f"scaling: {sentence}", service, _REMEDY)

    final = dict.fromkeys(("ValidationException", "LimitExceededException"), refuse)
    return {**READING, **final, "ObjectNotFoundException": Unavailable}

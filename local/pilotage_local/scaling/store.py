"""Scalable targets, their policies and their scheduled actions, as requests put them.

API reference of Application Auto Scaling: RegisterScalableTarget, PutScalingPolicy, PutScheduledAction, and what
describes, deletes and deregisters them. A target takes all that is on it along when it goes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Document = dict[str, Any]
Key = tuple[str, ...]
_IDENTITY = ("ServiceNamespace", "ResourceId", "ScalableDimension")
_PLURAL = {"Policy": "ScalingPolicies", "Action": "ScheduledActions"}
_NAME = {"Policy": "PolicyName", "Action": "ScheduledActionName"}


class Refused(Exception):
    """The error's code, and a sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        self.code = code
        super().__init__(sentence)


@dataclass
class Target:
    """`fresh`: nobody has yet seen to it that the count lies within its bounds."""

    body: Document
    policies: dict[str, Document] = field(default_factory=dict)
    actions: dict[str, Document] = field(default_factory=dict)
    fresh: bool = True


class Store:
    """Requests come on one thread and metrics are followed on another."""

    def __init__(self, account: str, region: str) -> None:
        self._arn = f"arn:aws:autoscaling:{region}:{account}"
        self._targets: dict[Key, Target] = {}
        self._lock = threading.RLock()
        self._answers: dict[str, Callable[[Document], Document]] = {
            "RegisterScalableTarget": self._register,
            "DeregisterScalableTarget": self._deregister,
            "DescribeScalableTargets": self._describe_targets,
            "PutScalingPolicy": self._put_policy,
            "DeleteScalingPolicy": lambda request: self._delete("Policy", request),
            "DescribeScalingPolicies": lambda request: self._describe("Policy", request),
            "PutScheduledAction": self._put_action,
            "DeleteScheduledAction": lambda request: self._delete("Action", request),
            "DescribeScheduledActions": lambda request: self._describe("Action", request),
        }

    def handle(self, operation: str, request: Document) -> Document:
        """Raises Refused."""
        if operation not in self._answers:
            raise Refused("ValidationException", f"{operation} is not played here")
        with self._lock:
            return self._answers[operation](request)

    def targets(self) -> list[Target]:
        """Copies as deep as they are read."""
        with self._lock:
            return [
                Target(dict(each.body), dict(each.policies), dict(each.actions), each.fresh)
                for each in self._targets.values()
            ]

    def seen(self, body: Mapping[str, Any]) -> None:
        """The count of this target lies within its bounds."""
        with self._lock:
            target = self._targets.get(_key(body))
            if target is not None:
                target.fresh = False

    def _register(self, request: Document) -> Document:
        known = self._targets.get(_key(request))
        asked = {key: value for key, value in request.items() if key != "Tags"}
        if known is None:
            if not {"MinCapacity", "MaxCapacity"} <= asked.keys():
                raise Refused("ValidationException", "MinCapacity and MaxCapacity are required for a new target")
            known = self._targets[_key(request)] = Target({"CreationTime": time.time(), "RoleARN": ""})
        bounds = {**known.body, **asked}
        if bounds["MinCapacity"] > bounds["MaxCapacity"]:
            raise Refused("ValidationException", "Minimum capacity cannot be greater than maximum capacity")
        known.body, known.fresh = bounds, True
        return {"ScalableTargetARN": f"{self._arn}:scalable-target/{abs(hash(_key(request))):x}"}

    def _deregister(self, request: Document) -> Document:
        self._known(request)
        del self._targets[_key(request)]
        return {}

    def _describe_targets(self, request: Document) -> Document:
        return {"ScalableTargets": [each.body for each in self._targets.values() if _asked(each.body, request)]}

    def _put_policy(self, request: Document) -> Document:
        name, target = str(request["PolicyName"]), self._known(request)
        arn = f"{self._arn}:scalingPolicy:0:resource/ecs/{request['ResourceId']}:policyName/{name}"
        before = target.policies.get(name, {"CreationTime": time.time(), "PolicyARN": arn, "Alarms": []})
        target.policies[name] = {**before, **request}
        return {"PolicyARN": arn, "Alarms": []}

    def _put_action(self, request: Document) -> Document:
        name, target = str(request["ScheduledActionName"]), self._known(request)
        arn = f"{self._arn}:scheduledAction:0:resource/ecs/{request['ResourceId']}:scheduledActionName/{name}"
        target.actions[name] = {"CreationTime": time.time(), "ScheduledActionARN": arn, **request}
        return {}

    def _describe(self, kind: str, request: Document) -> Document:
        names = request.get(f"{_NAME[kind]}s")
        found = [
            body
            for target in self._targets.values()
            if _asked(target.body, {**request, "ResourceIds": [request.get("ResourceId", target.body["ResourceId"])]})
            for name, body in sorted(_things(target, kind).items())
            if names is None or name in names
        ]
        return {_PLURAL[kind]: found}

    def _delete(self, kind: str, request: Document) -> Document:
        target, name = self._targets.get(_key(request)), str(request[_NAME[kind]])
        if target is None or _things(target, kind).pop(name, None) is None:
            raise Refused("ObjectNotFoundException", f"No {name} found for {request.get('ResourceId')}")
        return {}

    def _known(self, request: Document) -> Target:
        target = self._targets.get(_key(request))
        if target is None:
            raise Refused("ObjectNotFoundException", f"No scalable target found for {_key(request)}")
        return target


def _things(target: Target, kind: str) -> dict[str, Document]:
    return target.policies if kind == "Policy" else target.actions


def _key(request: Mapping[str, Any]) -> Key:
    return tuple(str(request.get(name)) for name in _IDENTITY)


def _asked(target: Document, request: Document) -> bool:
    same = all(request.get(name) in {None, target[name]} for name in ("ServiceNamespace", "ScalableDimension"))
    return same and target["ResourceId"] in (request.get("ResourceIds") or [target["ResourceId"]])

"""Forward actions keep their target groups and weights (API reference of Elastic Load Balancing, ForwardActionConfig):
in CreateRule, ModifyRule, DescribeRules and their like for listeners, and from CloudFormation. MiniStack keeps one
target group.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from ministack.services import alb
from ministack.services.cloudformation import provisioners

Document = dict[str, Any]


def apply() -> None:
    _keep_in_requests()
    _keep_from_templates()
    original = alb._action_xml  # noqa: SLF001 - there is no public seam

    def action_xml(action: Document) -> str:
        written: str = original(action)
        return written.removesuffix("</member>") + forward_xml(action) + "</member>"

    alb._action_xml = action_xml  # noqa: SLF001 - see above


def forward(weights: Mapping[str, float]) -> Document:
    """A forward action as MiniStack stores actions, with what it lacks."""
    groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    action: Document = {"Type": "forward", "Order": 1, "ForwardConfig": {"TargetGroups": groups}}
    return {**action, "TargetGroupArn": groups[0]["TargetGroupArn"]} if len(groups) == 1 else action


def weights_of(action: Mapping[str, Any]) -> dict[str, float]:
    """Weights by target group; a weight that is not given is 1."""
    groups = (action.get("ForwardConfig") or {}).get("TargetGroups") or ()
    if groups:
        return {str(group["TargetGroupArn"]): float(group.get("Weight", 1)) for group in groups}
    return {str(action["TargetGroupArn"]): 1.0} if action.get("TargetGroupArn") else {}


def shift(rule_or_listener: str, weights: Mapping[str, float]) -> bool:
    """As ModifyRule, or ModifyListener for a listener's default action; False when there is neither."""
    action = forward(weights)
    if rule_or_listener in alb._rules:  # noqa: SLF001 - see above
        alb._rules[rule_or_listener]["Actions"] = [action]  # noqa: SLF001 - see above
        return True
    listener = alb._listeners.get(rule_or_listener)  # noqa: SLF001 - see above
    if listener is None:
        return False
    listener["DefaultActions"] = [action]
    for rule in alb._rules.values():  # noqa: SLF001 - see above
        if rule.get("ListenerArn") == rule_or_listener and rule.get("IsDefault"):
            rule["Actions"] = [action]
    return True


def forward_xml(action: Mapping[str, Any]) -> str:
    if action.get("Type") != "forward":
        return ""
    groups = "".join(
        f"<member><TargetGroupArn>{escape(arn)}</TargetGroupArn><Weight>{round(weight)}</Weight></member>"
        for arn, weight in weights_of(action).items()
    )
    return f"<ForwardConfig><TargetGroups>{groups}</TargetGroups></ForwardConfig>"


def _keep_in_requests() -> None:
    original = alb._parse_actions  # noqa: SLF001 - there is no public seam

    def parse_actions(params: Document, prefix: str = "DefaultActions") -> list[Document]:
        actions: list[Document] = original(params, prefix)
        for number, action in enumerate(actions, start=1):
            groups = _groups(params, f"{prefix}.member.{number}.ForwardConfig.TargetGroups")
            if groups:
                action.update(forward(groups) | {"Order": action["Order"]})
        return actions

    alb._parse_actions = parse_actions  # noqa: SLF001 - see above


def _groups(params: Document, prefix: str) -> dict[str, float]:
    groups: dict[str, float] = {}
    while arn := alb._p(params, f"{prefix}.member.{len(groups) + 1}.TargetGroupArn"):  # noqa: SLF001 - see above
        groups[arn] = float(alb._p(params, f"{prefix}.member.{len(groups) + 1}.Weight", "1"))  # noqa: SLF001 - see above
    return groups


def _keep_from_templates() -> None:
    original = provisioners._elbv2_listener_actions  # noqa: SLF001 - there is no public seam

    def listener_actions(properties: Document, load_balancer: str, prop: str = "DefaultActions") -> list[Document]:
        actions: list[Document] = original(properties, load_balancer, prop)
        for action, written in zip(actions, properties.get(prop) or [], strict=True):
            if (written.get("ForwardConfig") or {}).get("TargetGroups"):
                action.update(forward(weights_of(written)) | {"Order": action["Order"]})
        return actions

    provisioners._elbv2_listener_actions = listener_actions  # noqa: SLF001 - see above

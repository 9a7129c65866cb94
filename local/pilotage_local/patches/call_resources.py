"""The resource of a call as IAM sees it, where MiniStack names another or none (Service Authorization Reference, Amazon
ECS and Amazon ECR, "Actions defined").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def resource_of(service: str, named: Mapping[str, Any], region: str, account: str) -> str | None:
    """None: MiniStack knows better. `named`: the request's parameters that name resources."""
    if str(named.get("resourceArn", "")).startswith("arn:"):
        return str(named["resourceArn"])
    if service != "ecs":
        return None
    for arns in ("serviceDeploymentArns", "serviceRevisionArns", "serviceDeploymentArn"):
        if named.get(arns):
            return str(named[arns] if isinstance(named[arns], str) else named[arns][0])
    name, cluster = _service_name(named), _last(str(named.get("cluster") or "default"))
    if not name and "family" not in named:
        return None
    rest = f"service/{cluster}/{_last(name)}" if name else f"task-definition/{named['family']}:*"
    return f"arn:aws:ecs:{region}:{account}:{rest}"


def _service_name(named: Mapping[str, Any]) -> str:
    listed = named.get("services") or [""]
    return str(named.get("serviceName") or named.get("service") or listed[0])


def _last(name_or_arn: str) -> str:
    return name_or_arn.rpartition("/")[2]

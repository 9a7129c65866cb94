"""RegisterTargets, DeregisterTargets and DescribeTargetHealth, answered by `balancer` (API reference of Elastic Load
Balancing). The targets of Lambda target groups stay MiniStack's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from ministack.services import alb

from pilotage_local.balancing.targets import Key
from pilotage_local.ecs.ports import TargetHealth
from pilotage_local.patches.balancer import LoadBalancer

Document = dict[str, Any]
Operation = Callable[[Document], Any]


def apply(balancer: LoadBalancer) -> None:
    ours: dict[str, Callable[[str, list[Key]], Any]] = {
        "RegisterTargets": lambda _, keys: _each(balancer.add, keys, "RegisterTargets"),
        "DeregisterTargets": lambda _, keys: _each(balancer.remove, keys, "DeregisterTargets"),
        "DescribeTargetHealth": lambda group, keys: _described(balancer, group, keys),
    }
    for name, work in ours.items():
        alb._ACTION_MAP[name] = _mounted(alb._ACTION_MAP[name], work)  # noqa: SLF001 - there is no public seam


def _mounted(original: Operation, work: Callable[[str, list[Key]], Any]) -> Operation:
    def operation(params: Document) -> Any:
        group = alb._p(params, "TargetGroupArn")  # noqa: SLF001 - MiniStack's own reader
        settings = alb._tgs.get(group)  # noqa: SLF001 - MiniStack's own store
        if settings is None or settings.get("TargetType") == "lambda":
            return original(params)
        named = alb._parse_targets_param(params)  # noqa: SLF001 - MiniStack's own reader
        port = int(settings.get("Port") or 80)
        return work(group, [Key(group, one["Id"], int(one.get("Port") or port)) for one in named])

    return operation


def _each(change: Callable[[Key], None], keys: list[Key], operation: str) -> Any:
    for key in keys:
        change(key)
    return alb._empty(operation)  # noqa: SLF001 - MiniStack's own writer


def _described(balancer: LoadBalancer, group: str, keys: list[Key]) -> Any:
    found = [(key, balancer.health_of(key)) for key in keys] if keys else balancer.described(group)
    members = "".join(_member(key, health) for key, health in found)
    answer = f"<TargetHealthDescriptions>{members}</TargetHealthDescriptions>"
    return alb._xml(200, "DescribeTargetHealth", answer)  # noqa: SLF001 - MiniStack's own writer


def _member(key: Key, health: TargetHealth) -> str:
    why = f"<Reason>{escape(health.reason)}</Reason>" if health.reason else ""
    why += f"<Description>{escape(health.description)}</Description>" if health.description else ""
    return (
        f"<member><Target><Id>{escape(key.host)}</Id><Port>{key.port}</Port></Target>"
        f"<HealthCheckPort>{key.port}</HealthCheckPort>"
        f"<TargetHealth><State>{health.state.value}</State>{why}</TargetHealth></member>"
    )

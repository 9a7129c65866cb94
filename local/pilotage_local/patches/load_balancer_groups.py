"""Target groups name the load balancers whose listeners and rules forward to them (API reference of Elastic Load
Balancing, TargetGroup, LoadBalancerArns). MiniStack leaves the list empty for groups that a template or a weighted
action leads to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ministack.services import alb

from pilotage_local.patches.load_balancer_rules import weights_of


def apply() -> None:
    original = alb._tg_xml  # noqa: SLF001 - there is no public seam

    def tg_xml(group: Mapping[str, Any]) -> str:
        known = dict.fromkeys([*group.get("LoadBalancerArns", ()), *_leading_to(group["TargetGroupArn"])])
        written: str = original({**group, "LoadBalancerArns": list(known)})
        return written

    alb._tg_xml = tg_xml  # noqa: SLF001 - see above


def _leading_to(group: str) -> Iterator[str]:
    listeners = alb._listeners  # noqa: SLF001 - MiniStack's own store
    for listener in list(listeners.values()):
        if any(group in weights_of(action) for action in listener.get("DefaultActions", ())):
            yield str(listener["LoadBalancerArn"])
    for rule in list(alb._rules.values()):  # noqa: SLF001 - see above
        owner = listeners.get(rule.get("ListenerArn"))
        if owner and any(group in weights_of(action) for action in rule.get("Actions", ())):
            yield str(owner["LoadBalancerArn"])

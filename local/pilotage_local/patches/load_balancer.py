"""Puts `balancer` where MiniStack's load balancer was, which sends requests to any target of one target group and calls
every target healthy. The targets of Lambda target groups stay MiniStack's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import alb

from pilotage_local.balancing.targets import Key
from pilotage_local.patches import load_balancer_rules, load_balancer_targets
from pilotage_local.patches.balancer import LoadBalancer, asked, full_name


def apply(balancer: LoadBalancer) -> None:
    load_balancer_rules.apply()
    load_balancer_targets.apply(balancer)
    _know_who_was_asked()
    _choose_groups(balancer)
    _choose_targets(balancer)
    balancer.start()


def _know_who_was_asked() -> None:
    original = alb.dispatch_request

    async def dispatch_request(lb: Mapping[str, Any], *rest: Any, **named: Any) -> Any:
        asked.set(full_name(str(lb["LoadBalancerArn"])))
        return await original(lb, *rest, **named)

    alb.dispatch_request = dispatch_request


def _choose_groups(balancer: LoadBalancer) -> None:
    original = alb._execute_action  # noqa: SLF001 - there is no public seam

    async def execute_action(action: Mapping[str, Any], *rest: Any, **named: Any) -> Any:
        if str(action.get("Type", "")).lower() != "forward":
            return await original(action, *rest, **named)
        return await original({**action, "TargetGroupArn": balancer.choose(action) or ""}, *rest, **named)

    alb._execute_action = execute_action  # noqa: SLF001 - see above


def _choose_targets(balancer: LoadBalancer) -> None:
    original = alb._forward_to_tg  # noqa: SLF001 - there is no public seam

    async def forward(group: str, method: str, path: str, *rest: Any) -> Any:
        """`rest`: headers, body, query, raw query and raw path, as MiniStack passes them."""
        settings = alb._tgs.get(group)  # noqa: SLF001 - MiniStack's own store
        if settings is None or settings.get("TargetType") == "lambda":
            return await original(group, method, path, *rest)
        headers, body, query, raw_query, raw_path = (*rest, None, None)[:5]

        async def send(key: Key) -> Any:
            target = {"Id": key.host, "Port": key.port}
            return await alb._proxy_http_target(  # noqa: SLF001 - MiniStack's own way there
                target, settings, method, raw_path or path, headers, body, query, raw_query
            )

        return await balancer.forward(group, send, path)

    alb._forward_to_tg = forward  # noqa: SLF001 - see above

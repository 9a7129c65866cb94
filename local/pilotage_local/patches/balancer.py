"""The load balancer in front of the tasks: requests go by weight and to healthy targets, targets are really asked how
they are, and what passes is counted.

`LoadBalancer` is the ECS model's Balancer; `load_balancer` puts it where MiniStack's own was.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any

from ministack.services import alb, cloudwatch

from pilotage_local.balancing.probing import Probe
from pilotage_local.balancing.tally import NAMESPACE, Tally
from pilotage_local.balancing.targets import INITIAL, UNREGISTERED, Key, Targets, usable
from pilotage_local.balancing.turns import Turns
from pilotage_local.ecs.faults import FaultKind
from pilotage_local.ecs.faulty import BAD_GATEWAY
from pilotage_local.ecs.ports import Target, TargetHealth, TargetState
from pilotage_local.patches import load_balancer_rules
from pilotage_local.patches.events import work_for
from pilotage_local.patches.injections import Injections
from pilotage_local.place import Place
from pilotage_local.tasks.backends import Backends, Pretended

Response = tuple[int, dict[str, Any], Any]
_TICK_SECONDS, _TELL_SECONDS = 0.2, 1.0
_DELAY = ("deregistration_delay.timeout_seconds", 300.0)
_LOOKS = {FaultKind.HANG: INITIAL, FaultKind.UNHEALTHY: BAD_GATEWAY}
asked: ContextVar[str] = ContextVar("load_balancer")  # the full name of the one that the request came to
_log = logging.getLogger(__name__)


class LoadBalancer:
    """A Balancer. Checks run on threads of their own."""

    def __init__(self, place: Place, backends: Backends, probe: Probe) -> None:
        self._place, self._backends, self._probe = place, backends, probe
        self._targets, self._turns, self._tally = Targets(time.monotonic), Turns(), Tally()
        self._hosts: dict[tuple[str, str], str] = {}  # (target group, task id): where it was registered
        self._tasks: dict[str, str] = {}  # host: task id
        self._afflicted: dict[str, TargetHealth] = {}  # host: what an injected fault makes of it
        self.injections: Injections | None = None  # set once the model that they belong to is there
        self._over = threading.Event()
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="health-check")
        self._ticker = threading.Thread(target=self._tick, name="load-balancer", daemon=True)

    def start(self) -> None:
        self._ticker.start()

    def close(self) -> None:
        self._over.set()
        self._ticker.join()
        self._pool.shutdown(wait=False, cancel_futures=True)

    # --- what the ECS model asks ---

    def register(self, target: Target) -> None:
        key = self._key(target)
        if key is not None:
            self._targets.register(key)

    def deregister(self, target: Target) -> None:
        key = self._key(target)
        if key is not None:
            self._targets.deregister(key, delay_of(target.target_group))

    def health(self, target: Target) -> TargetHealth:
        key = self._key(target)
        return UNREGISTERED if key is None else self.health_of(key)

    def shift(self, rule: str, weights: Mapping[str, float]) -> None:
        if not load_balancer_rules.shift(rule, weights):
            _log.warning("no listener rule %s: its traffic is not shifted", rule)

    def _key(self, target: Target) -> Key | None:
        """A task keeps the address that it was registered with, also after its container is gone."""
        name = (target.target_group, target.task_id)
        host = self._hosts.get(name) or target.address or self._backends.host(target.task_id)
        if host is None:
            return None
        self._tasks[host] = target.task_id
        return Key(target.target_group, self._hosts.setdefault(name, host), target.port)

    # --- how targets are ---

    def health_of(self, key: Key) -> TargetHealth:
        pretended = self._backends.health(key.host)
        if pretended is not None:
            self._targets.told(key, pretended)
        health = self._targets.health(key)
        leaving = health.state in {TargetState.DRAINING, TargetState.UNUSED}
        return health if leaving else self._afflicted.get(key.host, health)

    def described(self, group: str) -> list[tuple[Key, TargetHealth]]:
        return [(key, self.health_of(key)) for key, _ in self._targets.of(group)]

    def _tick(self) -> None:
        work_for(self._place.account, self._place.region)
        told = time.monotonic()
        while not self._over.wait(_TICK_SECONDS):
            self._suffer()
            for key in self._targets.due():
                self._ask(key)
            if time.monotonic() >= told + _TELL_SECONDS:
                told = time.monotonic()
                self._count_hosts()
                self.tell()

    def _suffer(self) -> None:
        """Take in which tasks injected faults have met, and have those that hang answer nobody."""
        if self.injections is None:
            return
        hosts = {task: host for host, task in self._tasks.items()}
        met = self.injections.afflicted(list(hosts))
        self._afflicted = {hosts[task]: _LOOKS[kind] for task, kind in met.items()}
        self._backends.freeze(frozenset(task for task, kind in met.items() if kind is FaultKind.HANG))

    def _ask(self, key: Key) -> None:
        pretended = self._backends.health(key.host)
        if pretended is not None:
            self._targets.told(key, pretended)
            return
        group: Mapping[str, Any] = alb._tgs.get(key.group) or {}  # noqa: SLF001 - MiniStack's own store

        def check() -> None:
            self._targets.probed(key, self._probe(group, key.host, key.port), group)

        self._pool.submit(check)

    # --- what passes ---

    async def forward(self, group: str, request: Callable[[Key], Any], path: str) -> Response:
        """To the target whose turn it is; `request` sends it there as MiniStack does."""
        balancer, name = asked.get(""), full_name(group)
        keys = {f"{key.host}:{key.port}": key for key in usable(self.described(group))}
        chosen = self._turns.next(group, dict.fromkeys(keys, 1.0))
        if chosen is None:
            self._tally.unanswered(balancer, name, 503)
            return 503, {"Content-Type": "text/plain"}, b"503 Service Temporarily Unavailable\n"
        return await self._send(keys[chosen], request, path)

    async def _send(self, key: Key, request: Callable[[Key], Any], path: str) -> Response:
        balancer, name = asked.get(""), full_name(key.group)
        pretended = self._backends.answer(key.host, path)
        if pretended is not None:
            return self._pretend(pretended, balancer, name)
        self._targets.opened(key)
        began = time.monotonic()
        status, headers, body = await request(key)
        if not hasattr(body, "runner"):  # MiniStack's own words: nobody answered
            self._targets.closed(key)
            self._tally.unanswered(balancer, name, status)
            return status, headers, body
        self._tally.answered(balancer, name, status, time.monotonic() - began)
        body.runner = self._closing(key, body.runner)
        return status, headers, body

    def _pretend(self, said: Pretended, balancer: str, name: str) -> Response:
        if said.status is None:
            self._tally.unanswered(balancer, name, 502)
            return 502, {"Content-Type": "text/plain"}, b"502 Bad Gateway\n"
        self._tally.answered(balancer, name, said.status, said.seconds)
        return said.status, {"Content-Type": "text/plain; charset=utf-8"}, said.body.encode()

    def _closing(self, key: Key, runner: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        async def run(send: Any, receive: Any) -> None:
            try:
                await runner(send, receive)
            finally:
                self._targets.closed(key)

        return run

    def choose(self, action: Mapping[str, Any]) -> str | None:
        """The target group whose turn it is in this action."""
        return self._turns.next(str(id(action)), load_balancer_rules.weights_of(action))

    def _count_hosts(self) -> None:
        for group, settings in list(alb._tgs.items()):  # noqa: SLF001 - MiniStack's own store
            states = [health.state for _, health in self.described(group)]
            for balancer in settings.get("LoadBalancerArns") or ():
                healthy, sick = states.count(TargetState.HEALTHY), states.count(TargetState.UNHEALTHY)
                self._tally.standing(full_name(balancer), full_name(group), healthy, sick)

    def tell(self) -> None:
        """Put what was counted among CloudWatch's metrics."""
        now = time.time()
        for point in self._tally.take():
            dimensions = point.dimensions
            bucket = cloudwatch._metric_bucket(  # noqa: SLF001 - MiniStack's own store
                (NAMESPACE, point.metric, cloudwatch._dims_key(dimensions))  # noqa: SLF001 - see above
            )
            bucket.append(
                {
                    "Timestamp": now,
                    "Value": point.value,
                    "Count": float(point.count),
                    "Unit": point.unit,
                    "Dimensions": dimensions,
                }
            )

    # --- for those who call the API themselves ---

    def add(self, key: Key) -> None:
        self._targets.register(key)

    def remove(self, key: Key) -> None:
        self._targets.deregister(key, delay_of(key.group))


def delay_of(group: str) -> float:
    """Seconds; 300 where the group's attributes do not say (API reference, TargetGroupAttribute)."""
    name, default = _DELAY
    attributes = alb._tg_attrs.get(group) or ()  # noqa: SLF001 - MiniStack's own store
    return next((float(one["Value"]) for one in attributes if one["Key"] == name), default)


def full_name(arn: str) -> str:
    """As CloudWatch's dimensions name it: `app/NAME/ID`, `targetgroup/NAME/ID`."""
    return arn.rpartition(":")[2].removeprefix("loadbalancer/")

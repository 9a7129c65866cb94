"""ECS, read ahead for many services at once: what the adapter asks of each is answered from what was read.

DescribeServices takes ten services a call, DescribeTaskDefinition one revision (Amazon ECS API reference).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

from botocore.exceptions import ClientError

from pilotage.aws import refusals
from pilotage.aws.errors import code_of, translated

_AT_ONCE = 10  # services of a call
_TAGS = ["TAGS"]


class EcsAhead:
    """Stands for botocore's client; anything that was not read ahead is asked of that."""

    def __init__(self, ecs: Any, cluster: str, services: Sequence[str], revisions: Iterable[str], threads: int) -> None:
        """`revisions`: further ones, or families, of which the newest is meant. Raises BadPolicy for a cluster that is
        not there.
        """
        self._ecs, self._cluster = ecs, cluster
        parts = [services[start : start + _AT_ONCE] for start in range(0, len(services), _AT_ONCE)]
        with ThreadPoolExecutor(threads) as crew:
            found = chain.from_iterable(crew.map(self._services, parts))
            self._bodies: dict[str, Any] = {name: [] for name in services}
            for body in found:
                self._bodies[body["serviceName"]].append(body)
            running = (_running(body) for bodies in self._bodies.values() for body in bodies)
            wanted = list(dict.fromkeys(each for each in (*running, *revisions) if each))
            self._definitions = dict(zip(wanted, crew.map(self._definition, wanted), strict=True))

    def describe_services(self, *, cluster: str, services: Sequence[str], include: Sequence[str] = ()) -> Any:
        if cluster != self._cluster or not set(services) <= self._bodies.keys():
            return self._ecs.describe_services(cluster=cluster, services=services, include=include)
        return {"services": [body for name in services for body in self._bodies[name]], "failures": []}

    def describe_task_definition(self, **request: Any) -> Any:
        known = self._definitions.get(request["taskDefinition"])
        return known if known is not None else self._ecs.describe_task_definition(**request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ecs, name)

    def _services(self, names: Sequence[str]) -> list[Any]:
        with translated("ecs:DescribeServices", refusals.of_a_read(self._cluster)):
            answer = self._ecs.describe_services(cluster=self._cluster, services=list(names), include=_TAGS)
        return list(answer["services"])

    def _definition(self, revision: str) -> Any:
        """None for what ECS does not describe: it is asked again by whoever wants it, and says why."""
        with translated("ecs:DescribeTaskDefinition"):
            try:
                return self._ecs.describe_task_definition(taskDefinition=revision, include=_TAGS)
            except ClientError as error:
                if code_of(error) == "ClientException":
                    return None
                raise


def _running(body: Mapping[str, Any]) -> str | None:
    """Of an INACTIVE service nobody asks."""
    deployments = body.get("deployments") or () if body.get("status") != "INACTIVE" else ()
    return next((each["taskDefinition"] for each in deployments if each.get("status") == "PRIMARY"), None)

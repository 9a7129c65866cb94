"""The state together with what was injected, and the look-ups that nearly every request begins with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pilotage_local.ecs.assumptions import Assumptions
from pilotage_local.ecs.errors import client_fault, cluster_not_found, service_not_found
from pilotage_local.ecs.names import Names, last_part
from pilotage_local.ecs.ports import AlarmStates, Balancer, Capacity, HookRunner
from pilotage_local.ecs.state import Cluster, Definition, Document, Revision, Service, ServiceDeployment, Task
from pilotage_local.ecs.tasks import TaskRunner

SERVICE_EVENTS_KEPT = 100  # API reference, Service, events


@dataclass(slots=True)
class World:
    clock: Callable[[], datetime]
    runner: TaskRunner
    emit: Callable[[Document], None]
    names: Names
    assumptions: Assumptions
    hooks: HookRunner
    alarms: AlarmStates
    balancer: Balancer
    capacity: Capacity
    clusters: dict[str, Cluster] = field(default_factory=dict)
    families: dict[str, list[Definition]] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)  # by ARN
    tasks: dict[str, Task] = field(default_factory=dict)  # by id; stopped ones too, for an hour
    revisions: dict[str, Revision] = field(default_factory=dict)
    providers: dict[str, Document] = field(default_factory=dict)  # by name
    run_tokens: dict[tuple[str, str], tuple[Document, list[str]]] = field(default_factory=dict)  # request, task ids

    def now(self) -> datetime:
        return self.clock()

    def after(self, seconds: float) -> datetime:
        return self.now() + timedelta(seconds=seconds)

    def cluster(self, request: Document) -> Cluster:
        """The cluster that a request names; `default` where it names none. Raises ClusterNotFoundException."""
        cluster = self.clusters.get(last_part(request.get("cluster") or "default"))
        if cluster is None or not cluster.active:
            raise cluster_not_found()
        return cluster

    def find_service(self, cluster: Cluster, name_or_arn: str) -> Service | None:
        return self.services.get(self.names.arn(f"service/{cluster.name}/{last_part(name_or_arn)}"))

    def service(self, request: Document) -> Service:
        """Raises ClusterNotFoundException and ServiceNotFoundException."""
        service = self.find_service(self.cluster(request), str(request["service"]))
        if service is None:
            raise service_not_found()
        return service

    def definition(self, reference: str) -> Definition:
        """By ARN, `family:revision` or family (its latest ACTIVE revision). Raises ClientException."""
        family, _, revision = reference.rsplit("task-definition/", 1)[-1].partition(":")
        known = self.families.get(family, [])
        wanted = [d for d in known if (d.active if not revision else str(d.revision) == revision)]
        if not wanted:
            raise client_fault("Unable to describe task definition.")
        return wanted[-1]

    def runnable_definition(self, reference: str) -> Definition:
        """One that may be given to a task or a service (API reference, DeregisterTaskDefinition)."""
        definition = self.definition(reference)
        if not definition.active:
            raise client_fault("TaskDefinition is inactive")
        return definition

    def visible(self, service: Service) -> list[ServiceDeployment]:
        """The service deployments that ECS already shows, oldest first."""
        horizon = self.now() - timedelta(seconds=self.assumptions.visible_after)
        return [deployment for deployment in service.history if deployment.created_at <= horizon]

    def tell(self, service: Service, message: str) -> None:
        """One line of the service's event stream (developer guide, service event messages)."""
        event = {"id": self.names.uuid(), "createdAt": self.now(), "message": f"(service {service.name}) {message}"}
        service.events[:0] = [event]
        del service.events[SERVICE_EVENTS_KEPT:]

    def live_tasks(self) -> Iterator[Task]:
        return (task for task in list(self.tasks.values()) if task.status != "STOPPED")


def page(items: list[Any], request: Document, default: int = 100) -> tuple[list[Any], str | None]:
    """One page of a list and the token of the next, by position."""
    start = int(request.get("nextToken") or 0)
    end = start + int(request.get("maxResults") or default)
    return items[start:end], str(end) if end < len(items) else None

"""The front door: ECS's operations by name, and time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from pilotage_local.ecs import clusters, history, scheduler, services, tags, task_calls, task_definitions
from pilotage_local.ecs.assumptions import AS_DOCUMENTED, Assumptions
from pilotage_local.ecs.errors import invalid
from pilotage_local.ecs.faults import Faults
from pilotage_local.ecs.faulty import FaultyBalancer, FaultyCapacity, FaultyTasks
from pilotage_local.ecs.names import Names
from pilotage_local.ecs.ports import AlarmStates, Balancer, Capacity, HookRunner
from pilotage_local.ecs.scripted_ports import ScriptedAlarms, ScriptedBalancer, ScriptedCapacity, ScriptedHooks
from pilotage_local.ecs.state import Document
from pilotage_local.ecs.tasks import TaskRunner
from pilotage_local.ecs.world import World

Operation = Callable[[World, Document], Document]

OPERATIONS: Mapping[str, Operation] = {
    "CreateCluster": clusters.create_cluster,
    "DescribeClusters": clusters.describe_clusters,
    "ListClusters": clusters.list_clusters,
    "DeleteCluster": clusters.delete_cluster,
    "PutClusterCapacityProviders": clusters.put_cluster_capacity_providers,
    "CreateCapacityProvider": clusters.create_capacity_provider,
    "DescribeCapacityProviders": clusters.describe_capacity_providers,
    "RegisterTaskDefinition": task_definitions.register_task_definition,
    "DescribeTaskDefinition": task_definitions.describe_task_definition,
    "ListTaskDefinitions": task_definitions.list_task_definitions,
    "DeregisterTaskDefinition": task_definitions.deregister_task_definition,
    "CreateService": services.create_service,
    "UpdateService": services.update_service,
    "DescribeServices": services.describe_services,
    "ListServices": services.list_services,
    "DeleteService": services.delete_service,
    "ListServiceDeployments": history.list_service_deployments,
    "DescribeServiceDeployments": history.describe_service_deployments,
    "DescribeServiceRevisions": history.describe_service_revisions,
    "StopServiceDeployment": history.stop_service_deployment,
    "ContinueServiceDeployment": history.continue_service_deployment,
    "RunTask": task_calls.run_task,
    "StopTask": task_calls.stop_task,
    "ListTasks": task_calls.list_tasks,
    "DescribeTasks": task_calls.describe_tasks,
    "TagResource": tags.tag_resource,
    "UntagResource": tags.untag_resource,
    "ListTagsForResource": tags.list_tags_for_resource,
}


class EcsModel:
    """One account's ECS in one region. It is not thread-safe: a caller with several threads takes a lock around
    `handle`, `advance` and `faults` alike. `emit` is called from within both, with whole EventBridge events.
    """

    operations: frozenset[str] = frozenset(OPERATIONS)

    def __init__(
        self,
        clock: Callable[[], datetime],
        tasks: TaskRunner,
        emit: Callable[[Document], None],
        account: str = "000000000000",
        region: str = "us-east-1",
        *,
        assumptions: Assumptions = AS_DOCUMENTED,
        seed: str = "",
        hooks: HookRunner | None = None,
        alarms: AlarmStates | None = None,
        balancer: Balancer | None = None,
        capacity: Capacity | None = None,
    ) -> None:
        """`clock` gives aware datetimes. `seed` makes ids differ between models; the same seed repeats them. A port
        that is left out is one of `scripted_ports`: no function, no alarm, every target healthy, room for every task.
        """
        self.faults = faults = Faults(clock)
        self._world = World(
            clock=clock,
            runner=FaultyTasks(tasks, faults, clock),
            emit=emit,
            names=Names(account, region, seed),
            assumptions=assumptions,
            hooks=hooks or ScriptedHooks(),
            alarms=alarms or ScriptedAlarms(),
            balancer=FaultyBalancer(balancer or ScriptedBalancer(clock), faults),
            capacity=FaultyCapacity(capacity or ScriptedCapacity(), faults),
        )

    def handle(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answers one request, both in botocore's shapes. Raises EcsError. What it asks for begins with `advance`."""
        play = OPERATIONS.get(operation)
        if play is None:
            raise invalid(f"{operation}: the ECS model does not play this operation.")
        answer: dict[str, Any] = _copied(play(self._world, _copied(dict(request))))
        return answer

    def advance(self) -> None:
        """Moves everything on to the present. A second call at the same instant changes nothing."""
        scheduler.advance(self._world)


def _copied(value: Any) -> Any:
    """Of a document: what is neither object nor list in it cannot be changed."""
    if isinstance(value, dict):
        return {name: _copied(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_copied(item) for item in value]
    return value

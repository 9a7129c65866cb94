"""The task definition and the service or schedule that follow from workload, placement and policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Definitions:
    """Request bodies as botocore takes them.

    `task_definition` is RegisterTaskDefinition's. `service` is CreateService's (serviceName, cluster, desiredCount,
    capacityProviderStrategy, deploymentConfiguration, networkConfiguration, loadBalancers, ...), whose
    `taskDefinition` is the family: the plan puts the revision in. `schedule` is EventBridge Scheduler's CreateSchedule,
    whose `Target.EcsParameters.TaskDefinitionArn` is the family likewise. Of service and schedule at most one is set.
    `log_group` is created before anything that writes to it.
    """

    task_definition: Mapping[str, Any]
    service: Mapping[str, Any] | None
    schedule: Mapping[str, Any] | None
    log_group: str
    log_retention_days: int

    @property
    def family(self) -> str:
        return str(self.task_definition["family"])

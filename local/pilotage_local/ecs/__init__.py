"""ECS's control plane as a model: the requests it answers, the course its deployments take, the events it sends.

Pure: the clock, the tasks and the receiver of events are injected. The embedded AWS mounts it as the handler of ECS
requests; the property tests drive it. Every module names the AWS page that it follows, and `docs/fidelity.md` collects
what no page confirms.

`clusters`, `task_definitions`, `services`, `history`, `task_calls` and `tags` answer requests and write down what was
asked for. `deployments` begins, supersedes, completes, fails and rolls back; `rolling` decides how many tasks to start
and to stop; `breaker` counts; `scheduler` moves everything on when time has passed; `events` tells. `model` is the
front door.
"""

from pilotage_local.ecs.assumptions import AS_DOCUMENTED, BRISK, Assumptions
from pilotage_local.ecs.errors import EcsError
from pilotage_local.ecs.model import EcsModel
from pilotage_local.ecs.scripted import (
    HEALTHY,
    Script,
    ScriptedTasks,
    becomes_unhealthy,
    dies_healthy,
    exits,
    never_starts,
)
from pilotage_local.ecs.tasks import ContainerState, Health, StopCode, TaskRunner, TaskSpec, TaskState, TaskStatus

__all__ = [
    "AS_DOCUMENTED",
    "BRISK",
    "HEALTHY",
    "Assumptions",
    "ContainerState",
    "EcsError",
    "EcsModel",
    "Health",
    "Script",
    "ScriptedTasks",
    "StopCode",
    "TaskRunner",
    "TaskSpec",
    "TaskState",
    "TaskStatus",
    "becomes_unhealthy",
    "dies_healthy",
    "exits",
    "never_starts",
]

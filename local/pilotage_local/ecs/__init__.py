"""ECS's control plane as a model: the requests it answers, the course its deployments take, the events it sends.

Pure: the clock, the tasks and the receiver of events are injected. The embedded AWS mounts it as the handler of ECS
requests; the property tests drive it. Every module names the AWS page that it follows, and `docs/fidelity.md` collects
what no page confirms.

`clusters`, `task_definitions`, `services`, `history`, `task_calls` and `tags` answer requests and write down what was
asked for. `deployments` begins, supersedes and completes, `rollbacks` fails and goes back. `stages` has each strategy's
way, `lifecycle` walks it, `hooks` and `alarms` may end it, `traffic` and `targets` move what load balancers forward.
`task_moves` starts and stops tasks as `rolling` or `goals` count them, where there is `capacity`; `breaker` counts;
`scheduler` moves everything on when time has passed; `events` tells. `faults` makes things go wrong on purpose.
`ports` and `tasks` are what is injected, `scripted_ports` and `scripted` stand in. `model` is the front door.
"""

from pilotage_local.ecs.assumptions import AS_DOCUMENTED, BRISK, Assumptions
from pilotage_local.ecs.errors import EcsError
from pilotage_local.ecs.faults import Fault, FaultKind, Faults
from pilotage_local.ecs.model import EcsModel
from pilotage_local.ecs.ports import (
    AlarmState,
    AlarmStates,
    Balancer,
    Capacity,
    HookAnswer,
    HookRunner,
    Target,
    TargetHealth,
    TargetState,
    Wanted,
)
from pilotage_local.ecs.scripted import (
    HEALTHY,
    Script,
    ScriptedTasks,
    becomes_unhealthy,
    dies_healthy,
    exits,
    never_starts,
)
from pilotage_local.ecs.scripted_ports import ScriptedAlarms, ScriptedBalancer, ScriptedCapacity, ScriptedHooks
from pilotage_local.ecs.tasks import ContainerState, Health, StopCode, TaskRunner, TaskSpec, TaskState, TaskStatus

__all__ = [
    "AS_DOCUMENTED",
    "BRISK",
    "HEALTHY",
    "AlarmState",
    "AlarmStates",
    "Assumptions",
    "Balancer",
    "Capacity",
    "ContainerState",
    "EcsError",
    "EcsModel",
    "Fault",
    "FaultKind",
    "Faults",
    "Health",
    "HookAnswer",
    "HookRunner",
    "Script",
    "ScriptedAlarms",
    "ScriptedBalancer",
    "ScriptedCapacity",
    "ScriptedHooks",
    "ScriptedTasks",
    "StopCode",
    "Target",
    "TargetHealth",
    "TargetState",
    "TaskRunner",
    "TaskSpec",
    "TaskState",
    "TaskStatus",
    "Wanted",
    "becomes_unhealthy",
    "dies_healthy",
    "exits",
    "never_starts",
]

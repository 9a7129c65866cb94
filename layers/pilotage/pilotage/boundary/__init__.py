"""The trust boundary: what may not be, by name. Both halves have to find nothing before anything is planned.

`refusals` judges what a workload asks for; `definition_refusals` the rendered definitions that came of
it, after every default, rounding and override.

Everything is closed: a field that no rule knows is refused, so that what ECS learns tomorrow is not open by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pilotage.boundary.asked_of_containers import container_refusals
from pilotage.boundary.judging import Agreed, Case
from pilotage.boundary.schedule import schedule_refusals
from pilotage.boundary.service import service_refusals
from pilotage.boundary.task import task_refusals
from pilotage.boundary.workload import refusals as workload_refusals

if TYPE_CHECKING:
    from pilotage.artifact import Artifact
    from pilotage.policy import Policy
    from pilotage.workload import Workload

__all__ = ["Agreed", "definition_refusals", "refusals"]


def refusals(workload: Workload, artifact: Artifact, policy: Policy) -> tuple[str, ...]:
    """A sentence for everything that is asked for and that the policy does not allow; empty when it may go on."""
    case = Case(policy, workload.service)
    return (*workload_refusals(workload, artifact, policy), *container_refusals(case, workload))


def definition_refusals(
    task_definition: Mapping[str, Any],
    service: Mapping[str, Any] | None,
    schedule: Mapping[str, Any] | None,
    policy: Policy,
    agreed: Agreed | None = None,
) -> tuple[str, ...]:
    """A sentence for everything in the three requests that the policy does not allow; empty when they may be sent.
    `agreed` None: a plain rolling update.

    Who asks is told by the task definition's family, `<environment>-<service>`, which no override can change.
    """
    family = task_definition.get("family")
    start = f"{policy.environment}-"
    if not isinstance(family, str) or not family.startswith(start):
        case = Case(policy, "")
        return (case.never("task_definition.family", family, f"A family of this environment begins with {start}."),)
    case = Case(policy, family.removeprefix(start), agreed or Agreed())
    return tuple(dict.fromkeys(_all(case, task_definition, service, schedule)))


def _all(
    case: Case,
    task_definition: Mapping[str, Any],
    service: Mapping[str, Any] | None,
    schedule: Mapping[str, Any] | None,
) -> Iterator[str]:
    yield from task_refusals(case, task_definition)
    if service is not None:
        yield from service_refusals(case, service)
    if schedule is not None:
        yield from schedule_refusals(case, schedule)

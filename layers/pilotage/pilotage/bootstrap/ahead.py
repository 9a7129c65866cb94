"""The ports of Prepare for a whole environment: the same adapters, over clients that have read ahead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pilotage.aws import keys
from pilotage.aws.ahead_around import SchedulesAhead, TagsAhead
from pilotage.aws.ahead_ecs import EcsAhead
from pilotage.aws.ahead_scaling import ScalingAhead
from pilotage.aws.ahead_table import TableAhead
from pilotage.aws.records import TableRecords
from pilotage.aws.registry import EcrRegistry
from pilotage.aws.scaling import ApplicationScaling
from pilotage.aws.schedules import SchedulerSchedules
from pilotage.aws.services import EcsServices
from pilotage.target import Target
from pilotage.usecases.outlook import Outlook

if TYPE_CHECKING:
    from pilotage.aws.clients import Clients
    from pilotage.plan.last_set import LastSet
    from pilotage.policy import Policy

_THREADS = 8  # calls at once: well below the buckets of ECS and EventBridge Scheduler
_GROUP = "default"  # of schedules


@dataclass(frozen=True, slots=True)
class _Ecs:
    ecs: Any
    logs: Any
    scaling: Any


def outlook_ahead(
    ordinary: Outlook, clients: Clients, table: str, policy: Policy, known: Mapping[str, LastSet]
) -> Outlook:
    """`ordinary`, with what each service is asked for read ahead. `known`: what was set last, by service."""
    services = sorted(known)
    schedules = SchedulesAhead(clients.scheduler, _GROUP, f"{policy.environment}-", _THREADS)
    families = (f"{policy.environment}-{name}" for name in services if _is_one_off(known[name]))
    ecs = EcsAhead(clients.ecs, policy.cluster, services, (*schedules.revisions, *families), _THREADS)
    scaling = ScalingAhead(clients.scaling, policy.cluster, services)
    models, clock = ordinary.models, ordinary.clock
    return replace(
        ordinary,
        services=EcsServices(_Ecs(ecs, clients.logs, scaling), models, clock),
        scaling=ApplicationScaling(scaling, clients.cloudwatch, models),
        schedules=SchedulerSchedules(schedules, ecs, models),
        registry=EcrRegistry(TagsAhead(clients.ecr, clients.tagging)),
        records=TableRecords(TableAhead(clients.dynamodb, table, _items(policy.environment, known))),
    )


def _items(environment: str, known: Mapping[str, LastSet]) -> list[keys.Key]:
    """What a plan reads of its target."""
    wanted = []
    for service, last in known.items():
        target = Target(environment, service)
        digests = dict.fromkeys(each.digest for each in (last, last.before) if each is not None)
        wanted += [keys.standing(target), keys.incompatible(target)]
        wanted += [key(target, digest) for digest in digests for key in (keys.ban, keys.banned)]
    return wanted


def _is_one_off(last: LastSet) -> bool:
    return last.sets.service is None and last.sets.schedule is None

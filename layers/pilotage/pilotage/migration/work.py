"""From a plan to the task that migrates: the service's main container, network and capacity, another command.

Sources: Amazon ECS API reference, RunTask, TaskOverride and ContainerOverride; "Fargate capacity providers", Developer
Guide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage.errors import BadRequest
from pilotage.migration import Work
from pilotage.plan import Live, Plan, Verb
from pilotage.rollout_words import Migration
from pilotage.scheduled import run_of

_SPOT = "FARGATE_SPOT"
_SERVICE = frozenset({Verb.CREATE_SERVICE, Verb.UPDATE_SERVICE})
_SCHEDULE = frozenset({Verb.CREATE_SCHEDULE, Verb.UPDATE_SCHEDULE})
_AS_THE_SERVICE = (
    *("networkConfiguration", "capacityProviderStrategy", "platformVersion", "placementConstraints"),
    "volumeConfigurations",
)


def work_of(plan: Plan, migration: Migration, revision: str, live: Live) -> Work:
    """What to run. `live` tells what the plan leaves as it is.

    Raises BadRequest for a workload that has neither a service nor a schedule: there is no network to run it in.
    """
    container = _main(plan, live)
    logs = container.get("logConfiguration") or {}
    options = logs.get("options") or {} if logs.get("logDriver") == "awslogs" else {}
    return Work(
        request={
            "cluster": plan.cluster,
            "taskDefinition": revision,
            "count": 1,
            "enableECSManagedTags": True,
            "propagateTags": "TASK_DEFINITION",
            "overrides": _overrides(container, migration),
            **_where(plan, live),
        },
        container=str(container["name"]),
        log_group=options.get("awslogs-group"),
        log_prefix=options.get("awslogs-stream-prefix"),
        timeout_minutes=migration.timeout_minutes,
        retries=migration.retries,
        compatible_with_previous=migration.compatible_with_previous,
    )


def _main(plan: Plan, live: Live) -> Mapping[str, Any]:
    """The container that is named after the workload, as Pilotage renders it."""
    registered = next((step.body for step in plan.steps if step.verb is Verb.REGISTER_TASK_DEFINITION), None)
    running = live.service or live.schedule
    body = registered or (running.task_definition if running else {})
    containers = body.get("containerDefinitions") or ()
    for container in containers:
        if container["name"] == plan.service:
            return dict(container)
    if not containers:
        raise BadRequest(f"migration of {plan.service}", "no container", "Push again: there is no task definition.")
    return dict(containers[0])


def _overrides(container: Mapping[str, Any], migration: Migration) -> dict[str, Any]:
    """The container's own limits grow with the task's, where it has any: the task's alone would give it nothing."""
    sizes = {name: size for name in ("cpu", "memory") if (size := getattr(migration, name)) is not None}
    own = {name: size for name, size in sizes.items() if container.get(name)}
    override = {"name": container["name"], "command": list(migration.command), **own}
    return {"containerOverrides": [override], **{name: str(size) for name, size in sizes.items()}}


def _where(plan: Plan, live: Live) -> dict[str, Any]:
    body: Mapping[str, Any] = _live(live.service.body) if live.service else {}
    for step in plan.steps:
        if step.verb in _SERVICE:
            body = {**body, **step.body}
        elif step.verb in _SCHEDULE:
            body = _scheduled(step.body)
    if not body:
        remedy = "It takes a service or a schedule, whose network it runs in: leave `migrations` out."
        raise BadRequest(f"migration of {plan.service}", plan.kind, remedy)
    where = {name: body[name] for name in _AS_THE_SERVICE if body.get(name)}
    return _unspotted(where, body)


def _live(service: Mapping[str, Any]) -> dict[str, Any]:
    """With the volumes of EBS, which ECS keeps in the PRIMARY deployment (Service, deployments)."""
    primary: Mapping[str, Any] = next(
        (each for each in service.get("deployments") or () if each.get("status") == "PRIMARY"), {}
    )
    volumes = primary.get("volumeConfigurations")
    return {**({"volumeConfigurations": volumes} if volumes else {}), **service}


def _unspotted(where: dict[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """Never on Fargate Spot, whose capacity may be taken from a migration that is half-way: the launch type FARGATE is
    on demand, and needs no capacity provider in the cluster.
    """
    strategy = where.get("capacityProviderStrategy")
    if strategy is None:
        return {**where, "launchType": body["launchType"]} if body.get("launchType") else where
    if all(item["capacityProvider"] != _SPOT for item in strategy):
        return where
    return {
        **{name: value for name, value in where.items() if name != "capacityProviderStrategy"},
        "launchType": "FARGATE",
    }


def _scheduled(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a schedule starts, in the casing of RunTask."""
    return run_of(body) or {}

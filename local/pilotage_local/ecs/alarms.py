"""CloudWatch alarms that end a deployment (developer guide, "How CloudWatch alarms detect Amazon ECS deployment
failures"; API reference, DeploymentAlarms, ServiceDeploymentAlarms).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage_local.ecs.ports import AlarmState
from pilotage_local.ecs.state import Document, Monitor, ServiceDeployment
from pilotage_local.ecs.world import World


def settings(configuration: Mapping[str, Any]) -> Mapping[str, Any]:
    return configuration.get("alarms") or {}


def names(configuration: Mapping[str, Any]) -> list[str]:
    """Those that are to be watched; none where they are switched off."""
    chosen = settings(configuration)
    return [str(name) for name in chosen.get("alarmNames", ())] if chosen.get("enable") else []


def rolls_back(configuration: Mapping[str, Any]) -> bool:
    return bool(settings(configuration).get("rollback"))


def begin(world: World, history: ServiceDeployment) -> None:
    """An alarm that is in ALARM already switches the whole method off for this deployment."""
    watched = names(history.configuration)
    quiet = all(world.alarms.state(name) is not AlarmState.ALARM for name in watched)
    history.alarm_monitor = Monitor.MONITORING if watched and quiet else Monitor.DISABLED


def triggered(world: World, history: ServiceDeployment) -> list[str]:
    """Those that are in ALARM now, of a deployment that is watched."""
    if history.alarm_monitor is not Monitor.MONITORING:
        return []
    return [name for name in names(history.configuration) if world.alarms.state(name) is AlarmState.ALARM]


def bake_seconds(world: World, history: ServiceDeployment) -> float:
    """ECS computes a bake from the alarms of a rolling update: their longest window, as the model has it."""
    if history.alarm_monitor is not Monitor.MONITORING:
        return 0.0
    return max((world.alarms.window(name) for name in names(history.configuration)), default=0.0)


def view(history: ServiceDeployment) -> Document | None:
    chosen = settings(history.configuration)
    if not chosen:
        return None
    return {
        "status": history.alarm_monitor.value,
        "alarmNames": list(chosen.get("alarmNames", ())),
        "triggeredAlarmNames": list(history.alarms_triggered),
    }

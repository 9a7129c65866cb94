"""What a task definition and its service say of where they run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage.errors import BadRequest
from pilotage.manifest.units import cpu_units, mebibytes
from pilotage.manifest.words import Launch
from pilotage.names import choices
from pilotage.placement.fargate_sizes import SIZES, TaskSize

_BY_LAUNCH_TYPE = {
    "FARGATE": Launch.FARGATE,
    "FARGATE_SPOT": Launch.FARGATE_SPOT,
    "EC2": Launch.EC2,
    "MANAGED_INSTANCES": Launch.MANAGED_INSTANCES,
}


def launch_of(task: Mapping[str, Any], body: Mapping[str, Any] | None, notes: list[str]) -> Launch:
    """As the service says, else as the task definition does. Raises BadRequest for ECS Anywhere."""
    said = [str(each) for each in task.get("requiresCompatibilities", ())]
    service = body or {}
    names = [str(each.get("capacityProvider")) for each in service.get("capacityProviderStrategy", ())]
    if "EXTERNAL" in (service.get("launchType"), *(said if len(said) == 1 else ())):
        remedy = (
            "It runs on machines of your own (ECS Anywhere). Pilotage places tasks by capacity providers, and there "
            "are none of these."
        )
        raise BadRequest("launch type", "EXTERNAL", remedy)
    if said and service.get("launchType") not in (None, *said):
        remedy = f"Its task definition requires {choices(said, 'and')}, and ECS would refuse the two together."
        raise BadRequest("the service's launch type", service["launchType"], remedy)
    if service.get("launchType") in _BY_LAUNCH_TYPE:
        return _BY_LAUNCH_TYPE[str(service["launchType"])]
    if names:
        weights = {str(each["capacityProvider"]): each.get("weight", 0) for each in service["capacityProviderStrategy"]}
        heaviest = max(weights, key=lambda name: weights[name])
        return _BY_LAUNCH_TYPE.get(heaviest, Launch.MANAGED_INSTANCES if said == ["MANAGED_INSTANCES"] else Launch.EC2)
    if "FARGATE" in said and task.get("networkMode", "awsvpc") == "awsvpc":
        _note_illegal_size(task, notes)
        return Launch.FARGATE
    if "MANAGED_INSTANCES" in said and "EC2" not in said:
        return Launch.MANAGED_INSTANCES
    if not said:
        notes.append("requiresCompatibilities is not said, and ECS then takes EC2: placement.launch is ec2")
    return Launch.EC2


def _note_illegal_size(task: Mapping[str, Any], notes: list[str]) -> None:
    cpu, memory = cpu_units(task.get("cpu", "")), mebibytes(task.get("memory", ""))
    if cpu is None or memory is None:
        notes.append("cpu and memory are not both said for the task, and Fargate wants them: say them in pilotage.yaml")
    elif TaskSize(cpu, memory) not in SIZES:
        notes.append(f"{TaskSize(cpu, memory)} is no size that Fargate has: ECS refuses it as it stands")

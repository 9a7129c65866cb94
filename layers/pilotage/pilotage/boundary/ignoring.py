"""What a manifest may leave to others by `ignore`: nothing that the policy decides, or that a rollout's safety needs.

To leave a field alone is to keep it as it is live, whatever the policy says of it by now. So what the policy decides,
and what brings a bad release back, cannot be ignored; the rest of what UpdateService takes can.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pilotage.errors import shown
from pilotage.names import choices, nearest

if TYPE_CHECKING:
    from pilotage.workload import Workload

COUNT = "count"
_SERVICE, _ENVIRONMENT = "service.", "environment."
# Of UpdateService's parameters (Amazon ECS API reference).
_MAY = frozenset(
    {
        "availabilityZoneRebalancing",
        "desiredCount",
        "healthCheckGracePeriodSeconds",
        "placementConstraints",
        "placementStrategy",
        "platformVersion",
    }
)
_NETWORK = "The policy decides where tasks run in the network and what reaches them."
_NEVER = {
    "deploymentConfiguration": "It is what brings a bad release back.",
    "networkConfiguration": _NETWORK,
    "loadBalancers": _NETWORK,
    "serviceRegistries": _NETWORK,
    "serviceConnectConfiguration": _NETWORK,
    "vpcLatticeConfigurations": _NETWORK,
    "enableExecuteCommand": "The policy decides who gets a shell.",
    "capacityProviderStrategy": "The policy decides on what capacity tasks run.",
    "volumeConfigurations": "The policy decides about volumes and their role.",
    "propagateTags": "Tasks are known by these tags.",
    "enableECSManagedTags": "Tasks are known by these tags.",
    "taskDefinition": "It is what a release sets.",
    "deploymentController": "A release needs ECS's own.",
}


def ignored_settings(workload: Workload) -> frozenset[str]:
    """Keys of a service that its releases leave alone."""
    named = (path.removeprefix(_SERVICE) for path in workload.ignore if path.startswith(_SERVICE))
    return frozenset((*named, *(("desiredCount",) if COUNT in workload.ignore else ())))


def ignored_variables(workload: Workload) -> frozenset[str]:
    """Names of environment variables of the main container that its releases leave alone."""
    return frozenset(path.removeprefix(_ENVIRONMENT) for path in workload.ignore if path.startswith(_ENVIRONMENT))


def ignore_refusals(workload: Workload) -> Iterator[str]:
    """A sentence for each path that cannot be left to others."""
    for name in sorted(ignored_settings(workload) - _MAY):
        yield _sentence(f"{_SERVICE}{name}", _why(name))
    for name in sorted(ignored_variables(workload) & workload.secrets.keys()):
        yield _sentence(f"{_ENVIRONMENT}{name}", "It is a secret here, and a secret is read from where it is kept.")


def _why(name: str) -> str:
    guess = nearest(name, sorted(_MAY))
    meant = f"Did you mean {_SERVICE}{guess}? " if guess and name not in _NEVER else ""
    may = choices([COUNT, *(f"{_SERVICE}{each}" for each in sorted(_MAY)), f"{_ENVIRONMENT}NAME"], "and")
    return f"{_NEVER.get(name, f'No setting is called so. {meant}'.rstrip())} What can be left alone: {may}."


def _sentence(path: str, why: str) -> str:
    return f"ignore: {shown(path)}. {why} Take it out of `ignore` in pilotage.yaml."

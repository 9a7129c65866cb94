"""Which changes of a diff are a risk, by their paths. What a path may be: `pilotage.plan.diff`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from pilotage.errors import shown
from pilotage.plan import Change
from pilotage.plan.diff import MASKED
from pilotage.plan.risk import Point, PointKind
from pilotage.plan.words import word
from pilotage.policy import Policy

_TOLD = 3  # changes that a reason names; of the others it tells the number

# Fields and what lies below them. Fields of a container stand here without its name.
_FIELDS: Mapping[str, PointKind] = {
    **dict.fromkeys(("taskRoleArn", "executionRoleArn", "service.role", "schedule.Target.RoleArn"), PointKind.ROLE),
    **dict.fromkeys(
        ("secrets", "logConfiguration.secretOptions", "repositoryCredentials", "environmentFiles", "credentialSpecs"),
        PointKind.SECRETS,
    ),
    **dict.fromkeys(
        (
            *("networkMode", "portMappings", "links", "extraHosts", "dnsServers", "dnsSearchDomains"),
            # Where the output of a container goes.
            *("logConfiguration.logDriver", "firelensConfiguration"),
            *("disableNetworking", "proxyConfiguration", "service.networkConfiguration", "service.loadBalancers"),
            *("service.serviceConnectConfiguration", "service.serviceRegistries", "service.vpcLatticeConfigurations"),
            "schedule.Target.EcsParameters.NetworkConfiguration",
            "schedule.Target.Input.run.networkConfiguration",
        ),
        PointKind.NETWORK,
    ),
    **dict.fromkeys(
        (
            *(
                "privileged",
                "linuxParameters.capabilities",
                "linuxParameters.devices",
                "user",
                "readonlyRootFilesystem",
            ),
            *("systemControls", "pidMode", "ipcMode", "dockerSecurityOptions", "service.enableExecuteCommand"),
            "schedule.Target.EcsParameters.EnableExecuteCommand",
            "schedule.Target.Input.run.enableExecuteCommand",
        ),
        PointKind.PRIVILEGE,
    ),
    **dict.fromkeys(("service.deploymentConfiguration", "service.deploymentController"), PointKind.STRATEGY),
}
_HOST_PATH = re.compile(r"volumes\.[^.]+\.host(\.|$)")
_VOLUME_ROLE = re.compile(r"service\.volumeConfigurations\..+\.roleArn")
_OF_A_CONTAINER = re.compile(r"containers\.[^.]+\.")

# Nothing runs that a first release could be compared with. Where it listens and how it comes in is no news then; what
# it may do is.
_NEWS_AT_FIRST = frozenset({PointKind.ROLE, PointKind.SECRETS, PointKind.PRIVILEGE})
_USUAL_AT_FIRST = frozenset(
    {
        *("executionRoleArn", "schedule.Target.RoleArn"),  # the policy's own
        *("user", "readonlyRootFilesystem", "linuxParameters.capabilities.drop"),  # less than without
    }
)


def touched(changes: Sequence[Change], policy: Policy, *, compared: bool) -> tuple[Point, ...]:
    """A point for each kind of risk among the changes, naming them. `compared` False: nothing is live."""
    found: dict[PointKind, list[Change]] = {}
    for change in changes:
        kind = kind_of(change)
        if kind is not None and (compared or _is_news(change, kind, policy)):
            found.setdefault(kind, []).append(change)
    return tuple(Point(kind, _reason(found[kind])) for kind in PointKind if kind in found)


def kind_of(change: Change) -> PointKind | None:
    """The risk that lies in this line of a diff; None: an ordinary one."""
    path = _OF_A_CONTAINER.sub("", change.path, count=1)
    parts = path.split(".")
    if parts[0] == "environment":  # a variable named like a secret: the diff has masked it
        return PointKind.SECRETS if MASKED in (change.before, change.after) else None
    if _HOST_PATH.match(path):
        return PointKind.PRIVILEGE
    if _VOLUME_ROLE.fullmatch(path):
        return PointKind.ROLE
    fields = (".".join(parts[:length]) for length in range(1, len(parts) + 1))
    return next((_FIELDS[each] for each in fields if each in _FIELDS), None)


def _is_news(change: Change, kind: PointKind, policy: Policy) -> bool:
    path = _OF_A_CONTAINER.sub("", change.path, count=1)
    if path == "taskRoleArn" and change.after == policy.roles.default_task:
        return False
    return kind in _NEWS_AT_FIRST and path not in _USUAL_AT_FIRST


def _reason(changes: Sequence[Change]) -> str:
    told = [_told(change) for change in changes[:_TOLD]]
    more = len(changes) - _TOLD
    return "; ".join([*told, f"and {more} more"] if more > 0 else told)


def _told(change: Change) -> str:
    path = shown(word(change.path))[1:-1]
    if MASKED in (change.before, change.after):
        done = "is new" if change.before is None else "is taken away" if change.after is None else "changes"
        return f"{path} {done}, its value is not shown"
    if change.before is None:
        return f"{path} is new: {shown(change.after)}"
    if change.after is None:
        return f"{path} is taken away: it was {shown(change.before)}"
    return f"{path} changes from {shown(change.before)} to {shown(change.after)}"

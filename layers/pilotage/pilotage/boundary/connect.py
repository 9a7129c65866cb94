"""The rules for Service Connect: the policy's namespace, and no name but the service's own.

Whoever takes a name in the namespace answers the calls that others make to it. A service has its own name, and as an
alias its own with the namespace behind it; every other name is the operators' to give
(`network.service_connect_names`). A name that only begins with the service's could be another service's, and is none
of its own.

Source: Amazon ECS API reference, ServiceConnectConfiguration ("the port mapping's name is used" where there is no
discovery name), ServiceConnectClientAlias.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from pilotage.boundary.judging import Case, Rule, each, judge, mapping, mappings

RULE = "network.service_connect_names"
_ARN = "arn:"
_LOG_OPTIONS = frozenset({"awslogs-region", "awslogs-stream-prefix", "mode", "max-buffer-size"})


def own_names(case: Case) -> tuple[str, ...]:
    """By which others may call the service."""
    own, namespace = case.service.lower(), case.policy.network.service_connect
    given = case.policy.network.service_connect_names.items()
    return (
        own,
        *([f"{own}.{namespace}"] if namespace is not None and not namespace.startswith(_ARN) else []),
        *(name for name, services in given if any(fnmatchcase(case.service, pattern) for pattern in services)),
    )


def service_connect(case: Case, path: str, value: Any) -> Iterator[str]:
    yield from judge(case, path, value, {"enabled", "accessLogConfiguration"}, _RULES)
    if not isinstance(value, Mapping) or value.get("enabled") is False:
        return
    if value.get("namespace") is None:
        yield case.never(f"{path}.namespace", None, "Without one ECS would take the cluster's own.")
    for index, one in enumerate(mappings(value.get("services"))):
        if one.get("discoveryName") is None:
            yield case.never(f"{path}.services[{index}].discoveryName", None, "Without one it is the port's name.")


def _namespace(case: Case, path: str, value: Any) -> Iterator[str]:
    right = case.policy.network.service_connect
    if value != right:
        yield case.refused(path, value, [*filter(None, [right])], "network.service_connect")


def _name(case: Case, path: str, value: Any) -> Iterator[str]:
    if value not in own_names(case):
        yield case.refused(path, value, own_names(case), RULE)


def _log_driver(case: Case, path: str, value: Any) -> Iterator[str]:
    if value != "awslogs":
        yield case.never(path, value, "Its proxy logs with awslogs.")


def _log_group(case: Case, path: str, value: Any) -> Iterator[str]:
    own = f"{case.policy.logs.group_prefix}/{case.policy.environment}/{case.service}"
    if value != own:
        yield case.never(path, value, f"Its proxy logs to {own}.")


_RULES: dict[str, Rule] = {
    "namespace": _namespace,
    "services": each(
        mapping(
            {"portName", "timeout", "ingressPortOverride"},
            {
                "discoveryName": _name,
                "clientAliases": each(mapping({"port", "testTrafficRules"}, {"dnsName": _name})),
            },
        )
    ),
    "logConfiguration": mapping(
        (), {"logDriver": _log_driver, "options": mapping(_LOG_OPTIONS, {"awslogs-group": _log_group})}
    ),
}

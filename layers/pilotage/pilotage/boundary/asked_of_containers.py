"""The trust boundary for what a workload asks of its containers: sidecars, logs, files and what Linux gives them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pilotage import images
from pilotage.boundary.container import LOG_OPTIONS, is_own_log_group, may_take_object, own_log_group
from pilotage.boundary.judging import Case
from pilotage.boundary.sources import refused_at, source_of
from pilotage.boundary.workload import may_read
from pilotage.errors import shown
from pilotage.manifest.containers import ROUTER_IMAGE
from pilotage.manifest.shapes import Container, Logging, Sidecar
from pilotage.names import choices

if TYPE_CHECKING:
    from pilotage.workload import Workload

_FIRELENS, _AWSLOGS = "awsfirelens", "awslogs"
_GROUP = "awslogs-group"


def container_refusals(case: Case, workload: Workload) -> Iterator[str]:
    """A sentence for everything that the policy does not allow."""
    yield from _container(case, workload, "", workload.container)
    for sidecar in workload.sidecars:
        at = f"sidecars.{sidecar.name}."
        yield from _sidecar(case, workload, at, sidecar)
        yield from _container(case, workload, at, sidecar.container)
    yield from _router(case, workload)


def _container(case: Case, workload: Workload, at: str, container: Container) -> Iterator[str]:
    policy = case.policy
    for arn in container.env_files:
        if not may_take_object(case, arn):
            yield refused_at(case, workload, f"{at}env_files", arn, policy.allow.env_files, "allow.env_files")
    logging = container.logging
    if logging is not None:
        if logging.driver not in policy.allow.log_drivers:
            path, allowed = f"{at}logging.driver", policy.allow.log_drivers
            yield refused_at(case, workload, path, logging.driver, allowed, "allow.log_drivers")
        yield from _log_options(case, workload, f"{at}logging", logging)
    if not policy.allow.privileged:
        devices = [each.host for each in container.linux.devices]
        for field, asked in (("linux.add", list(container.linux.add)), ("linux.devices", devices)):
            if asked:
                yield refused_at(case, workload, f"{at}{field}", asked, ["none"], "allow.privileged")


def _log_options(case: Case, workload: Workload, at: str, logging: Logging) -> Iterator[str]:
    for option, arn in logging.secrets.items():
        if not may_read(case, arn):
            yield refused_at(case, workload, f"{at}.secrets.{option}", arn, case.policy.secrets, "secrets")
    if logging.driver != _AWSLOGS:
        return
    for option, value in logging.options.items():
        path, source = f"{at}.options.{option}", source_of(workload, at)
        if option == _GROUP and not is_own_log_group(case, value):
            yield f"{path}: {shown(value)} ({source}). A service logs to {own_log_group(case)}, or below it."
        elif option not in (*LOG_OPTIONS, _GROUP):
            known = choices(sorted((*LOG_OPTIONS, _GROUP)), "and")
            yield f"{shown(path)[1:-1]}: {shown(value)} ({source}). For awslogs there are {known}."


def _sidecar(case: Case, workload: Workload, at: str, sidecar: Sidecar) -> Iterator[str]:
    policy = case.policy
    if not images.is_allowed(sidecar.image, policy.registries):
        yield refused_at(case, workload, f"{at}image", sidecar.image, policy.registries, "registries")
    for name, arn in sidecar.secrets.items():
        if not may_read(case, arn):
            yield refused_at(case, workload, f"{at}secrets.{name}", arn, policy.secrets, "secrets")
    switches = {"privileged": (sidecar.privileged, policy.allow.privileged), "gpu": (sidecar.gpu, policy.allow.gpu)}
    for field, (value, allowed) in switches.items():
        if value and not allowed:
            yield refused_at(case, workload, f"{at}{field}", value, ["none"], f"allow.{field}")
    amounts = {
        "cpu": (sidecar.cpu, policy.limits.cpu),
        "memory": (sidecar.memory, policy.limits.memory),
        "memory_reservation": (sidecar.memory_reservation, policy.limits.memory),
    }
    for field, (amount, most) in amounts.items():
        if amount is not None and amount > most:
            rule = f"limits.{field.removesuffix('_reservation')}"
            yield refused_at(case, workload, f"{at}{field}", amount, [f"{most} at most"], rule)


def _router(case: Case, workload: Workload) -> Iterator[str]:
    router, policy = workload.router, case.policy
    if router is None:
        return
    image = router.image or ROUTER_IMAGE
    if not images.is_allowed(image, policy.registries):
        yield refused_at(case, workload, "router.image", image, policy.registries, "registries")
    if router.config is not None and router.config.startswith("arn:") and not may_take_object(case, router.config):
        yield refused_at(case, workload, "router.config", router.config, policy.allow.env_files, "allow.env_files")
    if _FIRELENS not in policy.allow.log_drivers:
        yield refused_at(case, workload, "router", router.type, policy.allow.log_drivers, "allow.log_drivers")

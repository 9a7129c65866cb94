"""What a launch option lacks for one of a task's containers. Each sentence names the container, and the page.

tmpfs runs everywhere on Linux ("Amazon ECS supports tmpfs mounts on AWS Fargate and ECS Managed Instances", What's New,
January 2026; the API reference's LinuxParameters has no exception any more).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pilotage.manifest.shapes import Container
from pilotage.workload import Workload

_FARGATE = '"Amazon ECS task definition differences for Fargate"'
_MANAGED = '"Amazon ECS task definition differences for Amazon ECS Managed Instances"'
_LOG_DRIVERS = ("awslogs", "splunk", "awsfirelens")  # on Fargate, LogConfiguration, logDriver
_CAPABILITIES = ("SYS_PTRACE",)  # that Fargate can add, KernelCapabilities, add
_FROM_S3 = "arn:"


@dataclass(frozen=True, slots=True)
class _Box:
    """A container with what lies beside its Container."""

    name: str
    container: Container
    privileged: bool
    gpu: int


def on_fargate(workload: Workload) -> Iterator[str]:
    """Of the container of the artifact privileged and gpu are looked at with the workload."""
    for box in _sidecars(workload):
        if box.privileged:
            yield f"Fargate runs no privileged containers, and {box.name} is one ({_FARGATE}: privileged)"
        if box.gpu:
            yield f"{box.name} needs {box.gpu} GPU, and Fargate has none ({_FARGATE}: gpu)"
    for box in _all(workload):
        yield from _linux_on_fargate(box)
        logging = box.container.logging
        if logging is not None and logging.driver not in _LOG_DRIVERS:
            known = ", ".join(_LOG_DRIVERS)
            yield f"Fargate logs by {known}, and {box.name} by {logging.driver} (LogConfiguration, API reference)"
    router = workload.router
    if router is not None and (router.config or "").startswith(_FROM_S3):
        page = "FirelensConfiguration, API reference"
        yield f"on Fargate the router's configuration is a file of its image, not an object in S3 ({page})"


def on_managed_instances(workload: Workload) -> Iterator[str]:
    for box in _all(workload):
        linux = box.container.linux
        for field, said in (
            ("hosts", bool(box.container.hosts)),
            ("labels", bool(box.container.labels)),
            ("linux.shared_memory", linux.shared_memory is not None),
            ("linux.swap", linux.swap is not None),
        ):
            if said:
                yield f"Managed Instances have no {field}, and {box.name} asks for it ({_MANAGED})"


def _linux_on_fargate(box: _Box) -> Iterator[str]:
    linux = box.container.linux
    beyond = [name for name in linux.add if name not in _CAPABILITIES]
    if beyond:
        yield f"Fargate adds SYS_PTRACE only, and {box.name} asks for {', '.join(beyond)} ({_FARGATE}: linuxParameters)"
    for field, said in (
        ("linux.devices", bool(linux.devices)),
        ("linux.shared_memory", linux.shared_memory is not None),
        ("linux.swap", linux.swap is not None),
        ("hosts", bool(box.container.hosts)),
    ):
        if said:
            yield f"Fargate has no {field}, and {box.name} asks for it ({_FARGATE})"


def _all(workload: Workload) -> list[_Box]:
    own = _Box(workload.service, workload.container, workload.privileged, workload.gpu)
    return [own, *_sidecars(workload)]


def _sidecars(workload: Workload) -> list[_Box]:
    return [_Box(each.name, each.container, each.privileged, each.gpu) for each in workload.sidecars]

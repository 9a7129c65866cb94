"""botocore clients: one session in a process, each client made when it is first used, and kept.

botocore alone, without boto3, and with service models cut down to OPERATIONS where trim-models has put such
copies beside this module (the layer's build does): docs/decisions/0004-cold-start.md has the measurements.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.loaders import Loader
from botocore.session import Session

# Every call that the adapters make, by botocore's name of the service. A test holds it against their source, and
# against what IAM grants.
OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "application-autoscaling": (
        "DeleteScalingPolicy",
        "DeleteScheduledAction",
        "DeregisterScalableTarget",
        "DescribeScalableTargets",
        "DescribeScalingPolicies",
        "DescribeScheduledActions",
        "PutScalingPolicy",
        "PutScheduledAction",
        "RegisterScalableTarget",
    ),
    "autoscaling": ("DescribeAutoScalingGroups",),
    "cloudtrail": ("LookupEvents",),
    "cloudwatch": ("DeleteAlarms", "DescribeAlarms", "GetMetricData", "PutMetricAlarm"),
    "dynamodb": ("BatchGetItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem"),
    "ec2": ("DescribeSecurityGroups", "DescribeSubnets"),
    "ecr": (
        "BatchGetImage",
        "DescribeImageScanFindings",
        "DescribeImages",
        "DescribeRepositories",
        "GetDownloadUrlForLayer",
        "ListTagsForResource",
        "PutImage",
    ),
    "ecs": (
        "ContinueServiceDeployment",
        "CreateService",
        "DeregisterTaskDefinition",
        "DescribeCapacityProviders",
        "DescribeClusters",
        "DescribeContainerInstances",
        "DescribeServiceDeployments",
        "DescribeServiceRevisions",
        "DescribeServices",
        "DescribeTaskDefinition",
        "DescribeTasks",
        "ListContainerInstances",
        "ListServiceDeployments",
        "ListTaskDefinitions",
        "ListTasks",
        "RegisterTaskDefinition",
        "RunTask",
        "StopServiceDeployment",
        "StopTask",
        "UpdateService",
    ),
    "efs": ("DescribeMountTargets",),
    "elbv2": ("DescribeListeners", "DescribeRules", "DescribeTargetGroups", "DescribeTargetHealth"),
    "events": ("PutEvents",),
    "iam": ("GetRole", "SimulatePrincipalPolicy"),
    "kms": ("Sign",),
    "lambda": ("Invoke",),
    "logs": ("CreateLogGroup", "DescribeLogGroups", "GetLogEvents", "PutRetentionPolicy"),
    "resourcegroupstaggingapi": ("GetResources",),
    "s3": ("GetObject", "ListObjectsV2"),
    "scheduler": ("CreateSchedule", "GetSchedule", "ListSchedules", "UpdateSchedule"),
    "secretsmanager": ("DescribeSecret", "GetResourcePolicy", "GetSecretValue"),
    "servicediscovery": ("ListNamespaces",),
    "sqs": ("GetQueueUrl",),
    "ssm": ("DescribeParameters",),
    "stepfunctions": ("DescribeExecution", "SendTaskFailure", "SendTaskSuccess", "StartExecution"),
}
TRIMMED = Path(__file__).parent / "data"

# A call either answers within seconds or is tried again by the state machine, with jitter and a limit. Two tries here
# bridge a broken connection without hiding a throttle behind a function's own time limit.
CONFIG = Config(
    connect_timeout=3,
    read_timeout=15,
    retries={"mode": "standard", "total_max_attempts": 2},
    user_agent_extra="pilotage",
)


class DeclaredServices(Loader):
    """botocore's loader, knowing the services of OPERATIONS and no other.

    The stock loader lists every directory of the SDK before it loads the first model. What is missing from the trimmed
    copies, such as a newer API version, is read from the SDK itself.
    """

    def __init__(self, trimmed: Path = TRIMMED) -> None:
        self._trimmed = str(trimmed)
        super().__init__(extra_search_paths=[self._trimmed] if trimmed.is_dir() else [])

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 - the signature is botocore's
        return sorted(OPERATIONS)

    def is_builtin_path(self, path: str) -> bool:
        """Copies of the SDK's own data count as its own: otherwise botocore takes them for a user's endpoints."""
        return path.startswith(self._trimmed) or bool(super().is_builtin_path(path))


class WhenUsed:
    """Stands for a client, which is made as soon as anything is asked of it.

    An adapter is given all clients that it may ever need; the one of a rare case costs nothing until the case is there.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    @functools.cached_property
    def _made(self) -> Any:
        return self._make()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)


class Clients:
    """`clients.ecs`, `clients.ecr`, ...: attributes are `Any` because botocore builds their methods when it runs."""

    def __init__(self, session: Session | None = None) -> None:
        self._session = session or _session()

    def _client(self, service: str) -> Any:
        return self._session.create_client(service, config=CONFIG)

    def _when_used(self, service: str) -> WhenUsed:
        return WhenUsed(functools.partial(self._client, service))

    @functools.cached_property
    def autoscaling(self) -> Any:
        return self._when_used("autoscaling")

    @functools.cached_property
    def cloudtrail(self) -> Any:
        return self._when_used("cloudtrail")

    @functools.cached_property
    def cloudwatch(self) -> Any:
        return self._when_used("cloudwatch")

    @functools.cached_property
    def dynamodb(self) -> Any:
        return self._when_used("dynamodb")

    @functools.cached_property
    def ec2(self) -> Any:
        return self._when_used("ec2")

    @functools.cached_property
    def ecr(self) -> Any:
        return self._when_used("ecr")

    @functools.cached_property
    def ecs(self) -> Any:
        return self._when_used("ecs")

    @functools.cached_property
    def efs(self) -> Any:
        return self._when_used("efs")

    @functools.cached_property
    def elbv2(self) -> Any:
        return self._when_used("elbv2")

    @functools.cached_property
    def events(self) -> Any:
        return self._when_used("events")

    @functools.cached_property
    def iam(self) -> Any:
        return self._when_used("iam")

    @functools.cached_property
    def kms(self) -> Any:
        return self._when_used("kms")

    @functools.cached_property
    def lambda_(self) -> Any:
        return self._when_used("lambda")

    @functools.cached_property
    def logs(self) -> Any:
        return self._when_used("logs")

    @functools.cached_property
    def s3(self) -> Any:
        return self._when_used("s3")

    @functools.cached_property
    def scaling(self) -> Any:
        return self._when_used("application-autoscaling")

    @functools.cached_property
    def scheduler(self) -> Any:
        return self._when_used("scheduler")

    @functools.cached_property
    def secretsmanager(self) -> Any:
        return self._when_used("secretsmanager")

    @functools.cached_property
    def servicediscovery(self) -> Any:
        return self._when_used("servicediscovery")

    @functools.cached_property
    def sqs(self) -> Any:
        return self._when_used("sqs")

    @functools.cached_property
    def ssm(self) -> Any:
        return self._when_used("ssm")

    @functools.cached_property
    def tagging(self) -> Any:
        return self._when_used("resourcegroupstaggingapi")

    @functools.cached_property
    def stepfunctions(self) -> Any:
        return self._when_used("stepfunctions")


@functools.cache
def loader() -> DeclaredServices:
    """The one of this process: it keeps each model that it has read."""
    return DeclaredServices()


def _session() -> Session:
    session = Session()
    session.register_component("data_loader", loader())
    return session

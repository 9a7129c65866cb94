"""The deployer that boto3's own waiter makes: `stable_waiter.py CLUSTER SERVICE CONTAINER IMAGE`.

The task definition that runs, with another image; UpdateService; `services_stable` with its own defaults. Exit code 0
says that the service came in, 1 that it did not.
"""

from __future__ import annotations

import sys
from typing import Any

import boto3
from botocore.exceptions import ClientError, WaiterError

# What DescribeTaskDefinition tells and RegisterTaskDefinition takes.
TAKEN = (
    *("family", "taskRoleArn", "executionRoleArn", "networkMode", "containerDefinitions", "volumes"),
    *("placementConstraints", "requiresCompatibilities", "cpu", "memory", "runtimePlatform"),
)


def deploy(ecs: Any, cluster: str, service: str, container: str, image: str) -> None:
    """Raises ClientError and WaiterError."""
    live = ecs.describe_services(cluster=cluster, services=[service])["services"][0]
    running = ecs.describe_task_definition(taskDefinition=live["taskDefinition"])["taskDefinition"]
    definition = {name: running[name] for name in TAKEN if name in running}
    for one in definition["containerDefinitions"]:
        if one["name"] == container:
            one["image"] = image
    registered = ecs.register_task_definition(**definition)["taskDefinition"]["taskDefinitionArn"]
    ecs.update_service(cluster=cluster, service=service, taskDefinition=registered)
    ecs.get_waiter("services_stable").wait(cluster=cluster, services=[service])


def main(words: list[str]) -> int:
    try:
        deploy(boto3.client("ecs"), *words)
    except (ClientError, WaiterError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

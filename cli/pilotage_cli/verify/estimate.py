"""What will be created and what that costs, for whoever has to say yes.

Prices: on demand, us-east-1, Linux on ARM or x86 (the dearer of the two), as listed in November 2026. Other regions
cost up to twice as much.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pilotage_cli.verify.account import Account

DATED = "November 2026, us-east-1"
MINUTES = 75  # of the whole run
TASK_MINUTES = 90  # of tasks of 0.25 vCPU and 0.5 GB; one at most times, two while one replaces the other


@dataclass(frozen=True, slots=True)
class Cost:
    """`price` in US dollars a `unit`."""

    what: str
    amount: float
    unit: str
    price: float

    @property
    def dollars(self) -> float:
        return self.amount * self.price


COSTS = (
    Cost("Fargate, vCPU", TASK_MINUTES / 60 * 0.25, "vCPU-hour", 0.04048),
    Cost("Fargate, memory", TASK_MINUTES / 60 * 0.5, "GB-hour", 0.004445),
    Cost("public IPv4 addresses of the tasks", TASK_MINUTES / 60, "hour", 0.005),
    Cost("Step Functions, transitions of 10 releases", 0.15, "1,000", 0.025),
    Cost("DynamoDB, reads and writes on demand", 0.002, "million", 0.625),
    Cost("Lambda, 512 MB on ARM", 400 * 0.5, "GB-second", 0.0000133334),
    Cost("ECR, images of 0.3 GB for a day", 0.3 / 30, "GB-month", 0.10),
    Cost("CloudWatch, logs", 0.02, "GB", 0.50),
    Cost("EventBridge, SQS, S3 requests", 0.01, "million", 1.0),
)


def total() -> float:
    return sum(cost.dollars for cost in COSTS)


def sentences(account: Account, name: str) -> Iterator[str]:
    """What is printed before the question."""
    yield f"In account {account.number}, region {account.region}, as {account.caller}, this will create:"
    yield f"  stack {name}-foundation  a VPC without NAT gateway, an ECS cluster, IAM roles, three ECR repositories"
    yield f"  stack {name}             Pilotage: functions, a state machine, a table, a bucket, queues, rules, alarms"
    yield f"  stack {name}-recorder    a rule and a queue that hear every event of ECS and ECR"
    yield "  and, by Pilotage: two ECS services of one small task, one hourly schedule, task definitions, log groups."
    yield "SAM keeps one bucket of its own in the account (stack aws-sam-cli-managed-default); it stays."
    yield f"It takes about {MINUTES} minutes and costs about ${total():.2f} (prices of {DATED}):"
    for cost in COSTS:
        yield f"  {cost.what:<44} {cost.amount:9.3f} {cost.unit:<10} at ${cost.price:<9g} = ${cost.dollars:.4f}"
    yield "No NAT gateway, load balancer or EC2 instance. All but SAM's bucket is deleted at the end, and after Ctrl-C."

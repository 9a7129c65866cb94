"""What came of a check, and the pages of AWS that its rules are from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pilotage.verifying.things import Unseen

_ECS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide"
IMAGES = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html"
SECRETS = f"{_ECS}/secrets-envvar-secrets-manager.html"
PARAMETERS = f"{_ECS}/secrets-envvar-ssm-paramstore.html"
FILES = f"{_ECS}/use-environment-file.html"
EXECUTION_ROLE = f"{_ECS}/task_execution_IAM_role.html"
TRUST = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_update-role-trust-policy.html"
PASS_ROLE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"  # noqa: S105 - a page
LOGS = f"{_ECS}/using_awslogs.html"
NETWORK = f"{_ECS}/task-networking-awsvpc.html"
BALANCING = f"{_ECS}/service-load-balancing.html"
BLUE_GREEN = f"{_ECS}/alb-resources-for-blue-green.html"
EFS = f"{_ECS}/efs-volumes.html"
CAPACITY = f"{_ECS}/cluster-capacity-providers.html"
INSTANCES = f"{_ECS}/asg-capacity-providers.html"
FARGATE_SIZES = f"{_ECS}/task-cpu-memory-error.html"
QUOTAS = f"{_ECS}/service-quotas.html"
SERVICE_CONNECT = f"{_ECS}/service-connect.html"
QUEUES = "https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-using-sqs-queue.html"


class Level(StrEnum):
    """In the order in which they are told."""

    WRONG = "wrong"  # the release fails, or what it starts does
    UNKNOWN = "unknown"  # it could not be looked at, or it may be right all the same
    FINE = "fine"


@dataclass(frozen=True, slots=True)
class Finding:
    """`thing` names what was looked at, `found` is what was seen, a phrase; `remedy` a sentence, "" where nothing has
    to be done; `page`: where AWS says so.
    """

    level: Level
    thing: str
    found: str
    remedy: str = ""
    page: str = ""

    def __str__(self) -> str:
        return f"{self.thing}: {self.found}. {self.remedy}".rstrip()


def fine(thing: str, found: str, page: str) -> Finding:
    return Finding(Level.FINE, thing, found, "", page)


def wrong(thing: str, found: str, remedy: str, page: str) -> Finding:
    return Finding(Level.WRONG, thing, found, remedy, page)


def unknown(thing: str, found: str, remedy: str, page: str) -> Finding:
    return Finding(Level.UNKNOWN, thing, found, remedy, page)


def there(thing: str, seen: object, absent: str, remedy: str, page: str) -> Finding:
    """Of what only has to be there. `seen` None: it is not, which `absent` says."""
    if isinstance(seen, Unseen):
        return unseen(thing, seen, page)
    return wrong(thing, absent, remedy, page) if seen is None else fine(thing, "it is there", page)


def unseen(thing: str, answer: Unseen, page: str) -> Finding:
    remedy = f"Allow {answer.right} to whoever asks, and verify again." if answer.right else "Look at it by hand."
    return Finding(Level.UNKNOWN, thing, answer.why, remedy, page)

"""What is looked at before a release, each thing with what there is to see of it.

A thing is asked for by its name. The answer is what was seen, None where there is no such thing, or `Unseen`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar, cast

S = TypeVar("S")
S_co = TypeVar("S_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Unseen:
    """It could not be looked at. `why` is a phrase; `right` names the IAM action that is missing, if that is why."""

    why: str
    right: str | None = None


@dataclass(frozen=True)
class Thing(Generic[S_co]):
    """`name`: an ARN, an id or a name, as the definitions write it."""

    name: str


@dataclass(frozen=True, slots=True)
class ImageSeen:
    platforms: frozenset[tuple[str, str]]  # operating system and architecture, in OCI's words


@dataclass(frozen=True)
class Image(Thing[ImageSeen]):
    """An image reference."""


@dataclass(frozen=True, slots=True)
class SecretSeen:
    arn: str  # with the six characters that Secrets Manager appends
    key: str | None = None  # a KMS key of the account; None: aws/secretsmanager
    deleted: bool = False  # scheduled for deletion: it cannot be read any more
    versions: Mapping[str, frozenset[str]] = field(default_factory=dict)  # version id -> its stages


@dataclass(frozen=True)
class Secret(Thing[SecretSeen]):
    """A secret's ARN, without JSON key, stage and version; the ARN may lack the appended characters."""


@dataclass(frozen=True, slots=True)
class ParameterSeen:
    secure: bool = False
    key: str | None = None  # a KMS key of the account; None: aws/ssm, or no key at all


@dataclass(frozen=True)
class Parameter(Thing[ParameterSeen]):
    """A parameter's ARN."""


@dataclass(frozen=True, slots=True)
class Seen:
    """It is there, and nothing more has to be known of it."""


@dataclass(frozen=True)
class File(Thing[Seen]):
    """The ARN of an object in S3."""


@dataclass(frozen=True)
class Queue(Thing[Seen]):
    """The name of an SQS queue."""


@dataclass(frozen=True)
class Namespace(Thing[Seen]):
    """Name or ARN of a Cloud Map namespace."""


@dataclass(frozen=True)
class SecretPolicy(Thing[Seen]):
    """The resource policy of a secret, by the secret's ARN."""


@dataclass(frozen=True, slots=True)
class RoleSeen:
    arn: str
    trusts: frozenset[str]  # services that its trust policy lets assume it: ecs-tasks.amazonaws.com


@dataclass(frozen=True)
class Role(Thing[RoleSeen]):
    """A role's ARN."""


@dataclass(frozen=True, slots=True)
class RightSeen:
    """`decision` is allowed, implicitDeny or explicitDeny; `missing`: condition keys that would have decided."""

    decision: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Right(Thing[RightSeen]):
    """Whether the role `name` may do `action` on `resource`. `passed_to`: the service that a role is passed to."""

    action: str
    resource: str
    passed_to: str | None = None


@dataclass(frozen=True, slots=True)
class LogGroupSeen:
    retention_days: int | None = None  # None: for ever


@dataclass(frozen=True)
class LogGroup(Thing[LogGroupSeen]):
    """The name of a log group."""


@dataclass(frozen=True, slots=True)
class SubnetSeen:
    vpc: str
    zone: str
    free: int  # addresses


@dataclass(frozen=True)
class Subnet(Thing[SubnetSeen]):
    """The id of a subnet."""


@dataclass(frozen=True, slots=True)
class SecurityGroupSeen:
    vpc: str


@dataclass(frozen=True)
class SecurityGroup(Thing[SecurityGroupSeen]):
    """The id of a security group."""


@dataclass(frozen=True, slots=True)
class TargetGroupSeen:
    type: str  # ip, instance, lambda, alb
    protocol: str
    vpc: str | None
    balancers: tuple[str, ...]  # ARNs of the load balancers that it is attached to


@dataclass(frozen=True)
class TargetGroup(Thing[TargetGroupSeen]):
    """The ARN of a target group."""


@dataclass(frozen=True, slots=True)
class RuleSeen:
    target_groups: tuple[str, ...]  # ARNs that it forwards to


@dataclass(frozen=True)
class Rule(Thing[RuleSeen]):
    """The ARN of a listener's rule, or of a listener, which stands for its default action."""


@dataclass(frozen=True, slots=True)
class FileSystemSeen:
    zones: frozenset[str]  # that have a mount target


@dataclass(frozen=True)
class FileSystem(Thing[FileSystemSeen]):
    """The id of an EFS file system."""


@dataclass(frozen=True, slots=True)
class ClusterSeen:
    status: str
    providers: tuple[str, ...]


@dataclass(frozen=True)
class Cluster(Thing[ClusterSeen]):
    """Name or ARN of a cluster."""


@dataclass(frozen=True, slots=True)
class ProviderSeen:
    status: str
    group: str | None = None  # ARN of its Auto Scaling group
    cluster: str | None = None  # name of the one that it was made in, for Managed Instances


@dataclass(frozen=True)
class Provider(Thing[ProviderSeen]):
    """The name of a capacity provider."""


@dataclass(frozen=True, slots=True)
class ScalingGroupSeen:
    size: int
    most: int


@dataclass(frozen=True)
class ScalingGroup(Thing[ScalingGroupSeen]):
    """The ARN of an Auto Scaling group."""


@dataclass(frozen=True, slots=True)
class InstanceSeen:
    """A container instance that takes tasks. CPU in units, memory in MiB; `free` is what no task uses."""

    provider: str | None
    architecture: str  # x86_64 or arm64
    cpu: int
    memory: int
    gpu: int
    free_cpu: int
    free_memory: int
    free_gpu: int


@dataclass(frozen=True)
class Instances(Thing[tuple[InstanceSeen, ...]]):
    """The container instances of a cluster, by its name or ARN."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was seen. `of` a thing that was never looked at is `Unseen`."""

    seen: Mapping[Thing[object], object] = field(default_factory=dict)

    def of(self, thing: Thing[S]) -> S | Unseen | None:
        return cast("S | Unseen | None", self.seen.get(cast("Thing[object]", thing), NOT_LOOKED_AT))

    def has(self, things: Iterable[Thing[S]]) -> list[S]:
        """Of some things, those that are there."""
        return [each for each in map(self.of, things) if each is not None and not isinstance(each, Unseen)]


NOT_LOOKED_AT = Unseen("nobody looked at it")

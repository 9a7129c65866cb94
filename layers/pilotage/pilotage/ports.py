"""What the use cases need from the world, in our words. Adapters in `pilotage.aws` keep these promises; the fakes of
the tests pass the same contract suite.

Every method may raise `Throttled`, `Unavailable` or `AccessDenied`; what else it raises stands in its docstring.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from pilotage.target import Target

if TYPE_CHECKING:  # every function imports the ports, and few of them all that the ports speak of
    from pilotage.artifact import Artifact
    from pilotage.gate import Standing
    from pilotage.outcome import Outcome
    from pilotage.plan import Live, Plan
    from pilotage.policy import Policy
    from pilotage.record import ReleaseRecord
    from pilotage.release import ReleaseRequest
    from pilotage.rollout import Rollout, ServiceDeployment


class Clock(Protocol):
    def now(self) -> datetime:
        """An aware UTC datetime."""

    def sleep(self, seconds: float) -> None: ...


class Registry(Protocol):
    """ECR. `account` is the registry that holds the repository, `repository` a name, `digest` a `sha256:...`."""

    def resolve(self, account: str, repository: str, tag: str) -> Resolved | None:
        """What the tag names now; None when the repository has no such tag."""

    def artifact(self, account: str, region: str, repository: str, digest: str, tag: str | None) -> Artifact:
        """The image with the configs of all its platforms. Raises BadImage (unreadable, too large, labels that
        differ between platforms) and NotFound.
        """

    def tags_of(self, account: str, region: str, repository: str) -> Mapping[str, str]:
        """The repository's resource tags. Raises NotFound, and BadRequest for another region than the stack's."""

    def keep(self, account: str, repository: str, digest: str, tag: str) -> None:
        """Give the digest one more tag, so that no lifecycle rule takes it. Idempotent. Raises NotFound, and BadImage
        when the tag names another digest and cannot be moved.
        """

    def opted_in_repositories(self) -> Sequence[RepositoryTags]:
        """Every repository of this account and region with its resource tags, for the sweep."""

    def newest_tagged(self, repository: str) -> Sequence[TaggedImage]:
        """Every tag of the repository with what it names and when that digest was pushed, oldest first."""


@dataclass(frozen=True, slots=True)
class Resolved:
    digest: str
    media_type: str
    manifest: str  # the manifest's own text, at most 4 MiB


@dataclass(frozen=True, slots=True)
class RepositoryTags:
    account: str
    region: str
    repository: str
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TaggedImage:
    tag: str
    digest: str
    pushed_at: datetime


class Policies(Protocol):
    def current(self, environment: str) -> Policy:
        """The environment's policy, read afresh. Raises BadPolicy (also when there is none)."""


class Services(Protocol):
    """ECS, and what belongs to a service there."""

    def live(self, cluster: str, service: str) -> Live:
        """The service as it runs; `Live(None)` when there is none (or only an INACTIVE one)."""

    def ensure_log_group(self, name: str, retention_days: int) -> None: ...

    def register(self, body: Mapping[str, Any]) -> str:
        """RegisterTaskDefinition; the new revision's ARN. Raises BadDefinition."""

    def newest_revision(self, family: str) -> tuple[str, str] | None:
        """ARN and content hash (tag `pilotage:content`, "" without) of the family's newest ACTIVE revision."""

    def is_active(self, revision: str) -> bool: ...

    def create(self, body: Mapping[str, Any]) -> Started: ...

    def update(self, body: Mapping[str, Any]) -> Started: ...

    def started(self, cluster: str, service: str) -> Started | None:
        """The PRIMARY deployment as it stands; None when there is no such service."""

    def deployment(self, service_deployment_arn: str) -> ServiceDeployment | None:
        """DescribeServiceDeployments with the revisions' task definitions looked up; None when ECS forgot it."""

    def find_deployment(self, cluster: str, service: str, revision: str, since: datetime) -> str | None:
        """ARN of the oldest service deployment whose target revision runs `revision`, created at `since` or later."""

    def stop(self, service_deployment_arn: str) -> None:
        """StopServiceDeployment with ROLLBACK. Idempotent: one that ended already is no error."""

    def running(self, cluster: str, service: str) -> Running | None: ...

    def failed_task_reasons(self, cluster: str, service: str, revision: str) -> Sequence[str]:
        """Why tasks of `revision` stopped, as ECS still remembers (about an hour)."""


@dataclass(frozen=True, slots=True)
class Started:
    """The identities of a deployment, right after a write."""

    service_arn: str
    revision: str
    deployment_id: str
    service_deployment_arn: str | None


@dataclass(frozen=True, slots=True)
class Running:
    revision: str
    deployment_id: str
    desired: int
    running: int


class Schedules(Protocol):
    """EventBridge Scheduler."""

    def live(self, name: str, group: str) -> Live: ...

    def create(self, body: Mapping[str, Any]) -> None: ...

    def update(self, body: Mapping[str, Any]) -> None:
        """UpdateSchedule replaces the whole schedule: `body` is complete."""


class Plans(Protocol):
    def put(self, plan: Plan) -> None:
        """Keep it for 30 days. Raises BadDefinition when it is too large to be kept."""

    def get(self, plan_hash: str) -> Plan:
        """Raises PlanMissing, also for a plan whose 30 days are over."""


class Records(Protocol):
    """Releases and what is remembered of a target."""

    def open(self, record: ReleaseRecord) -> None:
        """Idempotent: a release that has a record keeps it."""

    def get(self, target: Target, release_id: str) -> ReleaseRecord | None: ...

    def save(self, record: ReleaseRecord) -> bool:
        """Keep what is known by now. False, and nothing changed, when the release ended already, unless with the same
        outcome: an end is never taken back.
        """

    def history(self, environment: str, service: str | None, limit: int) -> Sequence[ReleaseRecord]:
        """Newest first."""

    def head(self, repository: str, tag: str) -> Head | None:
        """The last push of this tag that was taken."""

    def heads(self, repository: str) -> Mapping[str, Head]:
        """Every tag's last push that was taken, by tag."""

    def move_head(self, repository: str, tag: str, head: Head, expected: Head | None) -> bool:
        """Compare and set; False when somebody else moved it."""

    def standing(self, target: Target) -> Standing: ...

    def applied(self, target: Target, request: ReleaseRequest) -> None:
        """Remember the newest push that was applied (for order across tags). An older one changes nothing."""

    def succeeded(self, target: Target, request: ReleaseRequest, revision: str) -> int:
        """Remember it as what runs; the number of this success, from 1 (for the tag that keeps the digest). A release
        that asks again gets its number again, and changes nothing.
        """

    def ban(self, target: Target, digest: str, reason: str) -> None: ...

    def ban_of(self, target: Target, digest: str) -> str | None:
        """The reason, when the digest is banned."""

    def revision_of(self, family: str, content_hash: str) -> str | None: ...

    def remember_revision(self, family: str, content_hash: str, revision: str) -> None: ...

    def watch(self, watch: Watch) -> None:
        """Remember that nothing has shown yet that this revision runs; one a target, the newest."""

    def watched(self) -> Sequence[Watch]:
        """All that are remembered. May lag by a moment."""

    def unwatch(self, watch: Watch) -> None:
        """Forget it, unless another release is watched by now. Idempotent."""


@dataclass(frozen=True, slots=True)
class Watch:
    """A release that ended UNVERIFIED: the next scale-up of its service will show whether `revision` runs."""

    target: Target
    release_id: str
    cluster: str
    revision: str


@dataclass(frozen=True, slots=True)
class Head:
    """A tag's last push: what it named, when, and the release that it started (None: it was ignored)."""

    digest: str
    pushed_at: datetime
    release_id: str | None


class Leases(Protocol):
    """The right to change one service. The owner is an execution's ARN; it never expires by time."""

    def holder(self, target: Target) -> Lease | None: ...

    def acquire(self, target: Target, me: Contender) -> bool:
        """Take it when nobody has it (or I do); False otherwise. A token of mine is kept until `resumed`."""

    def park(self, target: Target, me: Contender, behind: str) -> Contender | None:
        """Wait in the one next place behind the owner `behind`. Returns who has to go: the one displaced, `me` when
        a newer one waits already, or None. Raises LeaseLost when `behind` is no longer the owner (look again).

        Parked again, a contender keeps its place, with its newest token. The one displaced is to be resumed and then
        reported by `told`; until then `me` gets the same answer when it parks again, and `leaving` shows it.
        """

    def hand_over(self, target: Target, owner: str) -> Contender | None:
        """Give it back: to the one that waits (returned, now the owner), or to nobody (None).

        The one returned is to be resumed by its `task_token`, and then reported by `resumed`. Until that is done, the
        former owner gets the same answer when it asks again, so that a crash in between is repaired by its retry, or
        by the sweep: `held` shows an owner whose `task_token` is still there. When the one returned does not run any
        more, hand over again in its name. Asked by one that is not the owner: None, the lease stays where it is, and
        one that waits, or was displaced, is neither any more: it has come to its end.
        """

    def resumed(self, target: Target, execution: str) -> None:
        """The owner `execution` knows that it is the owner: forget its token. Idempotent."""

    def told(self, target: Target, execution: str) -> None:
        """`execution`, which `park` displaced, was told to go. Idempotent."""

    def held(self) -> Sequence[Lease]:
        """All leases that somebody owns, for the sweep. May lag by a moment: look again (`holder`) before acting."""

    def leaving(self) -> Sequence[tuple[Target, Contender]]:
        """All who were displaced and of whom `told` has not heard, for the sweep. May lag by a moment."""


@dataclass(frozen=True, slots=True)
class Contender:
    """An execution that wants a lease. `task_token` resumes it while it waits; an owner has one only until it is known
    to have been resumed.
    """

    execution: str
    release_id: str
    pushed_at: datetime
    task_token: str | None = None

    def newer_than(self, other: Contender) -> bool:
        """By the time of the push; by name when two were pushed at one moment, so that one of them wins."""
        return (self.pushed_at, self.release_id) > (other.pushed_at, other.release_id)


@dataclass(frozen=True, slots=True)
class Lease:
    target: Target
    owner: Contender
    waiting: Contender | None


class Rollouts(Protocol):
    """Open rollouts; at most one a target."""

    def open(self, rollout: Rollout) -> None:
        """Replaces the one of an earlier release of the same target."""

    def get(self, target: Target) -> Rollout | None: ...

    def by_service_arn(self, service_arn: str) -> Rollout | None: ...

    def all_open(self) -> Sequence[Rollout]: ...

    def save(self, rollout: Rollout) -> None:
        """Only while it is open and of the same release; otherwise nothing happens.

        What was not known when the rollout was read never erases what somebody else found out since: a None leaves
        the kept identities, token and stop request as they are, and stop reasons come by `note_stop_reason` alone.
        """

    def note_stop_reason(self, target: Target, release_id: str, reason: str) -> None:
        """Add why a task died, while the rollout of `release_id` is open. At most 20 distinct ones are kept."""

    def close(self, target: Target, release_id: str) -> None: ...


class Executions(Protocol):
    """The `release` state machine."""

    def start(self, request: ReleaseRequest) -> bool:
        """False when an execution of that name exists already (running with the same input, or ended)."""

    def execution(self, release_id: str) -> str:
        """The ARN of the execution of this release, whether it ever was or not."""

    def is_running(self, execution: str) -> bool: ...

    def resume(self, task_token: str, answer: Mapping[str, Any]) -> bool:
        """SendTaskSuccess; False when nobody waits on this token any more."""


class Announcer(Protocol):
    """What others may subscribe to: EventBridge events with source `pilotage`."""

    def tell(self, detail_type: str, target: Target, detail: Mapping[str, Any]) -> None: ...


class Meter(Protocol):
    """EMF metrics."""

    def count(self, outcome: Outcome, target: Target) -> None: ...


class Models(Protocol):
    """AWS's own description of its requests."""

    def check(self, service: str, operation: str, body: Mapping[str, Any]) -> None:
        """Raises BadDefinition, naming path, value and remedy."""


class Conclusions(Protocol):
    """The function that concludes, for releases whose execution can no longer ask for it."""

    def conclude(self, execution: str, course: Mapping[str, Any]) -> None: ...


class Pace(Protocol):
    """Turns at an API whose token bucket all releases share, so that nobody retries in vain."""

    def reserve(self, bucket: str, holder: str, now: datetime) -> datetime:
        """The earliest moment at which `holder` may call. The same holder asks again and keeps its turn."""

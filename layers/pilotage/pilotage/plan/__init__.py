"""The definitions against what is live: frozen, ordered steps, a diff for people, a hash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from pilotage.deciding import Freeze, Rule
from pilotage.plan.risk import Risk
from pilotage.rollout_words import Migration, When
from pilotage.strategy import Strategy


@dataclass(frozen=True, slots=True)
class LiveService:
    """What runs now, as ECS answered. `task_definition` is DescribeTaskDefinition's body of the PRIMARY revision."""

    arn: str
    body: Mapping[str, Any]  # services[] of DescribeServices
    task_definition_arn: str
    task_definition: Mapping[str, Any]
    primary_deployment_id: str  # ecs-svc/...
    settled: bool  # no rollout is under way
    service_deployment_arn: str | None = None
    autoscaled: bool = False  # Application Auto Scaling owns the count
    scaling: Mapping[str, Any] | None = None  # what scales it, as a step's body would say it; None: nothing


@dataclass(frozen=True, slots=True)
class LiveSchedule:
    body: Mapping[str, Any]  # GetSchedule's answer
    task_definition_arn: str
    task_definition: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Live:
    """All that the plan compares with; both None before the first release."""

    service: LiveService | None = None
    schedule: LiveSchedule | None = None


class Verb(StrEnum):
    """The closed set of things that Apply can do, in the order in which it does them."""

    ENSURE_LOG_GROUP = "ensure log group"
    ENSURE_ALARM = "ensure alarm"  # body: PutMetricAlarm's request
    REGISTER_TASK_DEFINITION = "register task definition"
    CREATE_SERVICE = "create service"
    UPDATE_SERVICE = "update service"
    ENSURE_SCALING = "ensure scaling"  # body: {"target", "policies", "times", "wake"}, see definitions.scaling
    CREATE_SCHEDULE = "create schedule"
    UPDATE_SCHEDULE = "update schedule"


@dataclass(frozen=True, slots=True)
class Step:
    """`body` is the request as botocore takes it; `starts_rollout` says whether ECS begins a deployment for it."""

    verb: Verb
    body: Mapping[str, Any]
    starts_rollout: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the diff. `path` in the manifest's or ECS's words; `before` None: added, `after` None: removed."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Drift:
    """A field that is not as Pilotage set it last. `wanted`: what the release sets; left alone, it stays at `live`.
    `both`: the release would have changed it anyway, and from what was set last to something else.
    """

    path: str
    set: Any
    live: Any
    wanted: Any
    left_alone: bool = False  # the manifest's `ignore`, or somebody else's by nature (a count that is scaled)
    both: bool = False


@dataclass(frozen=True, slots=True)
class Sets:
    """What live is to be once a plan was applied, in the canonical form of `definitions.canonical`, and of which image.

    `artifact`: an Artifact's document. `service` holds only what is ours to set.
    """

    artifact: Mapping[str, Any]
    task: Mapping[str, Any]
    service: Mapping[str, Any] | None = None
    schedule: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """One of several services that one image is released to: its own release, by its own plan.

    `name` as the manifest's `services` call it. `back_to`: the digest that it is brought back to when another fails;
    None: nothing of it ran before.
    """

    name: str
    service: str
    release_id: str
    plan_hash: str | None
    kind: str
    steps: int
    back_to: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What Apply will do. `hash` covers digest, definitions, policy version and the live revision it was made against.

    No step: nothing would change. `content_hash` identifies the task definition apart from the tags that name one
    release; a revision with the same content is used again.

    With `members` it is the plan of several services: its steps are all of theirs, for people to read, and each member
    is applied by its own plan, in the order of `members` or `together`.
    """

    hash: str
    environment: str
    service: str
    kind: str
    digest: str
    policy_version: str
    content_hash: str
    steps: tuple[Step, ...]
    changes: tuple[Change, ...]
    placement: str
    placement_reasons: tuple[str, ...]
    live_revision: str | None
    live_deployment_id: str | None
    cluster: str
    desired_count: int | None  # None: not ours (autoscaled), or no service
    deadline_minutes: int
    made_at: datetime
    risk: Risk = field(default_factory=Risk)
    asks: Rule | None = None  # who has to approve it; None: nobody
    freeze: Freeze = field(default_factory=Freeze)  # when it may not be applied
    authors: tuple[str, ...] = ()  # who made the image, as its labels say: e-mails or logins
    commit: str | None = None
    source: str | None = None  # org.opencontainers.image.source, as it stands there
    strategy: Strategy = field(default_factory=Strategy)
    migrations: tuple[Migration, ...] = ()
    fallback: Step | None = None  # what is done when Spot has no capacity: a forced deployment on demand
    members: tuple[Member, ...] = ()
    together: bool = False  # the members go at once, and not one after another
    check: str | None = None  # ARN of the function that ECS has the rollout checked by
    drift: tuple[Drift, ...] = ()
    monthly: float | None = None  # dollars, as estimated; None: no price is known
    sets: Sets | None = None  # None: a plan of before this was kept
    pause_rule: Rule | None = None  # who decides at its pauses, where nobody has to approve it

    @property
    def starts_rollout(self) -> bool:
        return any(step.starts_rollout for step in self.steps)

    def migration(self, when: When) -> Migration | None:
        return next((each for each in self.migrations if each.when is when), None)

    @property
    def registers(self) -> bool:
        return any(step.verb is Verb.REGISTER_TASK_DEFINITION for step in self.steps)

"""Find what events and executions left undone: missed pushes, leases of dead executions, heirs nobody woke."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pilotage.artifact import not_runnable
from pilotage.document import to_document
from pilotage.errors import BadInput
from pilotage.names import service_name
from pilotage.policy import Policy
from pilotage.ports import (
    Clock,
    Conclusions,
    Executions,
    Head,
    Lease,
    Leases,
    Policies,
    Records,
    Registry,
    RepositoryTags,
    Rollouts,
    TaggedImage,
)
from pilotage.push import OWN_TAG_PREFIX, Push
from pilotage.release import RequestedBy
from pilotage.usecases.await_turn import YOUR_TURN, send_away
from pilotage.usecases.receive_push import eligible, request_for, start
from pilotage.workload.repository_tags import RepositoryTagsSettings, read_repository_tags

# An event may still be on its way this long after the push; before that a push is not missed.
GRACE = timedelta(minutes=2)
# EventBridge tries to deliver for 24 hours and then drops ("Retry policy", EventBridge User Guide): what is older and
# was never seen was there before Pilotage was, and is history.
HORIZON = timedelta(hours=24)


@dataclass(slots=True)
class Findings:
    """What a sweep did, for its log. `problems`: repositories that are set up wrongly, with the sentence."""

    released: list[str] = field(default_factory=list)
    concluded: list[str] = field(default_factory=list)
    woken: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Reconciler:
    default_environment: str
    registry: Registry
    policies: Policies
    records: Records
    leases: Leases
    rollouts: Rollouts
    executions: Executions
    conclusions: Conclusions
    clock: Clock

    def reconcile(self) -> Findings:
        findings = Findings()
        for repository in self.registry.opted_in_repositories():
            try:
                self._missed_push(repository, findings)
            except BadInput as error:
                findings.problems.append(f"{repository.repository}: {error}")
        for lease in self.leases.held():
            self._look_after(lease, findings)
        for target, contender in self.leases.leaving():
            send_away(target, contender, "a newer release waits in its place", self.leases, self.executions)
            findings.woken.append(contender.release_id)
        return findings

    def _missed_push(self, repository: RepositoryTags, findings: Findings) -> None:
        settings = read_repository_tags(repository.tags)
        environment = settings.environment or self.default_environment
        policy = self.policies.current(environment)
        if settings.enabled is False or (policy.opt_in and not settings.enabled):
            return
        heads = self.records.heads(repository.repository)
        missed = newest_missed(self.registry.newest_tagged(repository.repository), heads, policy, self.clock.now())
        if missed is not None and self._can_run(repository.account, repository.repository, missed):
            findings.released.append(self._release(repository, missed, settings, environment, heads.get(missed.tag)))

    def _can_run(self, account: str, repository: str, image: TaggedImage) -> bool:
        resolved = self.registry.resolve(account, repository, image.tag)
        if resolved is None or resolved.digest != image.digest:
            return False
        return not_runnable(resolved.media_type, resolved.manifest) is None

    def _release(
        self,
        repository: RepositoryTags,
        image: TaggedImage,
        settings: RepositoryTagsSettings,
        environment: str,
        before: Head | None,
    ) -> str:
        """As the push that was missed: the same find gives the same release, however often it is made. The head says
        when we looked, so that the event, should it still come, is known to be older.
        """
        now = self.clock.now()
        pushed_at = image.pushed_at if before is None else max(image.pushed_at, before.pushed_at + timedelta(seconds=1))
        event_id = f"reconcile-{image.digest[7:19]}-{pushed_at:%Y%m%d%H%M%S}"
        push = Push(
            repository.account, repository.region, repository.repository, image.digest, image.tag, pushed_at, event_id
        )
        service = settings.service or service_name(repository.repository)
        request = request_for(push, service, environment, RequestedBy.RECONCILE)
        start(request, before, Head(image.digest, now, request.release_id), self.records, self.executions, self.clock)
        return request.release_id

    def _look_after(self, lease: Lease, findings: Findings) -> None:
        owner = lease.owner
        if not self.executions.is_running(owner.execution):
            rollout = self.rollouts.get(lease.target)
            if rollout is not None and rollout.release_id == owner.release_id and rollout.ended_at is None:
                return  # ECS is still at it, and the sweep follows it to its end or its deadline
            record = self.records.get(lease.target, owner.release_id)
            if record is not None:
                error = {"Error": "ExecutionLost", "Cause": f"execution {owner.execution} ended without a conclusion"}
                decided: dict[str, Any] = {"decision": "go", "reasons": [], "plan_hash": record.plan_hash}
                course = {"request": to_document(record.request), "prepared": decided, "error": error}
                self.conclusions.conclude(owner.execution, course)
                findings.concluded.append(owner.release_id)
        elif owner.task_token is not None and self.executions.resume(owner.task_token, YOUR_TURN):
            self.leases.resumed(lease.target, owner.execution)
            findings.woken.append(owner.release_id)


def newest_missed(
    images: Sequence[TaggedImage], heads: Mapping[str, Head], policy: Policy, now: datetime
) -> TaggedImage | None:
    """The one image of a repository that should have been released and was not; None when there is none.

    A tag that we know and that names another digest by now was moved, whenever its image was pushed. A tag that we do
    not know is a missed push when its image is newer than all that we know, and younger than a day.
    """
    ours = [image for image in images if eligible(image.tag, policy) and not image.tag.startswith(OWN_TAG_PREFIX)]
    latest = max((head.pushed_at for head in heads.values()), default=now - HORIZON)
    missed = [
        image
        for image in ours
        if (image.tag in heads and heads[image.tag].digest != image.digest and heads[image.tag].pushed_at < now - GRACE)
        or (image.tag not in heads and max(latest, now - HORIZON) < image.pushed_at < now - GRACE)
    ]
    return max(missed, key=lambda image: image.pushed_at, default=None)

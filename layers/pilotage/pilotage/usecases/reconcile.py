"""Find what events and executions left undone: missed pushes, leases of dead executions, heirs nobody woke, and
releases that nothing has verified yet. And have what releases leave behind cleaned up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pilotage.artifact import not_runnable
from pilotage.document import to_document
from pilotage.errors import BadPolicy
from pilotage.gate import Decision
from pilotage.names import service_name
from pilotage.policy import Policy
from pilotage.ports import (
    Announcer,
    AwaitedMember,
    Clock,
    Conclusions,
    Executions,
    Groups,
    Head,
    Lease,
    Leases,
    Policies,
    Records,
    Registry,
    RepositoryTags,
    Rollouts,
    Services,
    TaggedImage,
    Watch,
)
from pilotage.push import Push, no_release_by_name
from pilotage.record import ReleaseRecord
from pilotage.release import RequestedBy
from pilotage.usecases.await_turn import YOUR_TURN, send_away
from pilotage.usecases.clean_up import Cleaner
from pilotage.usecases.findings import Findings, noted
from pilotage.usecases.groups.members import answer_group, came
from pilotage.usecases.receive_push import asks_for_anything, eligible, request_for, start
from pilotage.workload.repository_tags import PREFIX, RepositoryTagsSettings, read_repository_tags

# An event may still be on its way this long after the push; before that a push is not missed.
GRACE = timedelta(minutes=2)
# EventBridge tries to deliver for 24 hours and then drops ("Retry policy", EventBridge User Guide): what is older and
# was never seen was there before Pilotage was, and is history.
HORIZON = timedelta(hours=24)
# A record is opened a moment before its execution starts; after this long without one there is none.
LOST_AFTER = timedelta(minutes=10)
_RECENT = 50  # newest releases of an environment that are looked through


@dataclass(frozen=True)
class Reconciler:
    default_environment: str
    registry: Registry
    policies: Policies
    records: Records
    leases: Leases
    rollouts: Rollouts
    groups: Groups
    executions: Executions
    conclusions: Conclusions
    services: Services
    announcer: Announcer
    cleaner: Cleaner
    clock: Clock

    def reconcile(self) -> Findings:
        """Leases first, because services wait for them. What fails is a problem of its own, and holds nothing up."""
        findings = Findings()
        for lease in self.leases.held():
            with noted(findings, str(lease.target)):
                self._look_after(lease, findings)
        for target, contender in self.leases.leaving():
            with noted(findings, str(target)):
                send_away(target, contender, "a newer release waits in its place", self.leases, self.executions)
                findings.woken.append(contender.release_id)
        for awaited in self.groups.everywhere():
            with noted(findings, awaited.release_id):
                self._answer(awaited, findings)
        for watch in self.records.watched():
            with noted(findings, str(watch.target)):
                self._verify(watch, findings)
        repositories = self.registry.opted_in_repositories()
        for repository in repositories:
            with noted(findings, repository.repository):
                self._missed_push(repository, findings)
        environments = self._environments(repositories)
        for environment in environments:
            with noted(findings, environment):
                self._conclude_the_lost(environment, findings)
        with noted(findings, "cleaning up"):
            self.cleaner.clean(environments, findings)
        return findings

    def _environments(self, repositories: Sequence[RepositoryTags]) -> list[str]:
        named = {repository.tags.get(f"{PREFIX}environment", "") for repository in repositories}
        return sorted({self.default_environment, *named} - {""})

    def _conclude_the_lost(self, environment: str, findings: Findings) -> None:
        """Releases whose execution was stopped before it owned anything: nobody else would conclude them."""
        before = self.clock.now() - LOST_AFTER
        for record in self.records.history(environment, None, _RECENT):
            execution = self.executions.execution(record.request.release_id)
            if record.outcome is not None or record.started_at > before or self.executions.is_running(execution):
                continue
            lease = self.leases.holder(record.request.target)
            if lease is None or lease.owner.execution != execution:  # its owner is looked after as such
                self.conclusions.conclude(execution, course_of_the_lost(record, execution))
                findings.concluded.append(record.request.release_id)

    def _missed_push(self, repository: RepositoryTags, findings: Findings) -> None:
        settings = read_repository_tags(repository.tags)
        environment = settings.environment or self.default_environment
        try:
            policy = self.policies.current(environment)
        except BadPolicy:
            if asks_for_anything(repository.tags):
                raise
            return
        if settings.enabled is False or (policy.opt_in and not settings.enabled):
            return
        heads, now = self.records.heads(repository.repository), self.clock.now()
        for image in missed_pushes(self.registry.newest_tagged(repository.repository), heads, policy, now):
            if self._can_run(repository.account, repository.repository, image):
                findings.released.append(self._release(repository, image, settings, environment, heads.get(image.tag)))
                return

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
            if record is not None and not self._leads(record):
                self.conclusions.conclude(owner.execution, course_of_the_lost(record, owner.execution))
                findings.concluded.append(owner.release_id)
        elif owner.task_token is not None and self.executions.resume(owner.task_token, YOUR_TURN):
            self.leases.resumed(lease.target, owner.execution)
            findings.woken.append(owner.release_id)

    def _leads(self, record: ReleaseRecord) -> bool:
        """One of several services is still under way, and will come to its end by itself."""
        members = came(record.request, record.members, self.records)
        under_way = [each for each in members if each.begun and each.outcome is None]
        return any(self.executions.is_running(self.executions.execution(each.member.release_id)) for each in under_way)

    def _answer(self, awaited: AwaitedMember, findings: Findings) -> None:
        """A member has come to its end, and whoever concluded it died before its group was told."""
        record = self.records.get(awaited.target, awaited.release_id)
        if record is not None and answer_group(record, self.groups, self.executions):
            findings.woken.append(awaited.group_release)
        elif record is None and not self.executions.is_running(self.executions.execution(awaited.group_release)):
            self.groups.over(awaited)

    def _verify(self, watch: Watch, findings: Findings) -> None:
        """Its outcome stays what it was, since nobody knew more at its end; what is known now is told beside it."""
        running = self.services.running(watch.cluster, watch.target.service)
        if running is None or running.revision != watch.revision:
            self.records.unwatch(watch)
        elif running.running:
            detail = {"release_id": watch.release_id, "revision": watch.revision, "running": running.running}
            self.announcer.tell("Release Verified", watch.target, {**detail, "desired": running.desired})
            self.records.unwatch(watch)
            findings.verified.append(watch.release_id)


def course_of_the_lost(record: ReleaseRecord, execution: str) -> Mapping[str, Any]:
    """The document of an execution that is gone, as far as its record tells: it may have come to Apply."""
    error = {"Error": "ExecutionLost", "Cause": f"execution {execution} ended without a conclusion"}
    decided: dict[str, Any] = {
        "decision": Decision.GO.value,
        "reasons": [],
        "plan_hash": record.plan_hash,
        "under_lease": record.plan_hash is not None,
    }
    return {"request": to_document(record.request), "decided": decided, "error": error}


def missed_pushes(
    images: Sequence[TaggedImage], heads: Mapping[str, Head], policy: Policy, now: datetime
) -> list[TaggedImage]:
    """The images of a repository that should have been released and were not, the newest first: only the first of them
    that can run is to be released.

    A tag that we know and that names another digest by now was moved. A tag that we do not know is a missed push when
    its image is newer than all that we know, and younger than a day. An event may still be on its way for a while.
    """
    latest = max((head.pushed_at for head in heads.values()), default=now - HORIZON)
    ours = [image for image in images if eligible(image.tag, policy) and no_release_by_name(image.tag) is None]
    missed = []
    for image in (each for each in ours if each.pushed_at < now - GRACE):
        head = heads.get(image.tag)
        moved = head is not None and head.digest != image.digest and head.pushed_at < now - GRACE
        unseen = head is None and image.pushed_at > max(latest, now - HORIZON)
        if moved or unseen:
            missed.append(image)
    return sorted(missed, key=lambda image: image.pushed_at, reverse=True)

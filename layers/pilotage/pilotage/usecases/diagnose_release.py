"""Why a release failed: facts from its record first, which outlive what ECS remembers (an hour), then from ECS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from pilotage.credentials import without_credentials
from pilotage.diagnosis import Facts, Finding, diagnose
from pilotage.errors import NotFound, PlanMissing
from pilotage.outcome import Outcome
from pilotage.ports import Lookout, Plans, Policies, Records, Rollouts, TargetSeen, TaskSeen
from pilotage.record import ReleaseRecord
from pilotage.usecases.sights import target_groups

_LOOK_BACK = 500  # releases of the environment
_LINES = 20  # of a log
_LOGS = 3  # containers whose logs are read
_GOOD = frozenset({Outcome.SUCCEEDED, Outcome.NO_CHANGE})
_RECENT = timedelta(minutes=5)  # after its end, events may still speak of it


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`logs`: the last lines by container. `look_at`: where more is to be found. `well`: nothing to explain."""

    record: ReleaseRecord
    findings: tuple[Finding, ...]
    logs: Mapping[str, Sequence[str]]
    look_at: tuple[str, ...]
    remembered: bool  # ECS still knew tasks of it
    well: bool


@dataclass(frozen=True)
class Diagnoser:
    records: Records
    rollouts: Rollouts
    plans: Plans
    policies: Policies
    lookout: Lookout

    def diagnose(self, environment: str, name: str) -> Diagnosis:
        """`name` is a release's id, or a service's: then its newest release that did not end well, or the newest of
        all. Raises NotFound for a name that is neither, and BadPolicy.
        """
        record = self._find(environment, name)
        policy = self.policies.current(environment)
        service = record.request.service
        group = f"{policy.logs.group_prefix}/{environment}/{service}"
        dead = self._dead(policy.cluster, record)
        logs = self._logs(group, service, dead)
        facts = Facts(
            record,
            self._deaths(record, dead),
            self._targets(record),
            self._said(policy.cluster, record),
            logs,
        )
        look_at = (f"log group {group}", f"execution {record.request.release_id}")
        return Diagnosis(record, diagnose(facts), logs, look_at, bool(dead), record.outcome in _GOOD)

    def _find(self, environment: str, name: str) -> ReleaseRecord:
        records = self.records.history(environment, None, _LOOK_BACK)
        by_id = next((each for each in records if each.request.release_id == name), None)
        if by_id is not None:
            return by_id
        mine = [each for each in records if each.request.service == name]
        if not mine:
            raise NotFound(f"{environment} has neither a release nor a service called {name}")
        return next((each for each in mine if each.outcome not in _GOOD), mine[0])

    def _dead(self, cluster: str, record: ReleaseRecord) -> Sequence[TaskSeen]:
        """Tasks of this very revision that died, as far as ECS remembers, the latest first."""
        revision = self._revision(record)
        if revision is None:
            return ()
        seen = self.lookout.tasks(cluster, record.request.service)
        return [task for task in seen if task.revision == revision and task.why and task.stopped_at]

    def _revision(self, record: ReleaseRecord) -> str | None:
        rollout = self.rollouts.get(record.request.target)
        if rollout is not None and rollout.release_id == record.request.release_id:
            return rollout.revision
        return record.revision

    def _deaths(self, record: ReleaseRecord, dead: Sequence[TaskSeen]) -> Sequence[str]:
        rollout = self.rollouts.get(record.request.target)
        noted = rollout.stop_reasons if rollout and rollout.release_id == record.request.release_id else ()
        said = [*record.stop_reasons, *noted, *(task.why for task in dead if task.why)]
        return list(dict.fromkeys(said))

    def _targets(self, record: ReleaseRecord) -> Sequence[TargetSeen]:
        """Only while it is under way: later, the load balancer speaks of what came after it."""
        if record.outcome is not None or record.plan_hash is None:
            return ()
        try:
            return self.lookout.targets(target_groups(self.plans.get(record.plan_hash)))
        except PlanMissing:
            return ()

    def _said(self, cluster: str, record: ReleaseRecord) -> Sequence[str]:
        """The service's own words from the write to the end of the release."""
        begun, ended = record.timings.prepared_at or record.started_at, record.timings.concluded_at
        said = self.lookout.said(cluster, record.request.service)
        return [text for at, text in said if at >= begun and (ended is None or at <= ended + _RECENT)]

    def _logs(self, group: str, service: str, dead: Sequence[TaskSeen]) -> Mapping[str, Sequence[str]]:
        """Streams are `prefix/container/task` (awslogs-stream-prefix, "Send Amazon ECS logs to CloudWatch"), and a
        container's prefix is its name: the service's is the container's that runs the artifact.
        """
        logs: dict[str, Sequence[str]] = {}
        for task in dead[:_LOGS]:
            number = task.task.rsplit("/", 1)[-1]
            for container in task.exit_codes or {service: 1}:
                tail = self.lookout.log_tail(group, f"{container}/{container}/{number}", _LINES)
                lines = [*without_credentials(tail)]
                if lines and container not in logs:
                    logs[container] = lines
        return logs

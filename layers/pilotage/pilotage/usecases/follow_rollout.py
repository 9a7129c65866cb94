"""Follow the open rollouts. Whoever wakes us, a token, an event or the sweep, ECS is asked, and its answer decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from pilotage.document import to_document
from pilotage.errors import NotFound, PilotageError
from pilotage.ports import Announcer, Clock, Executions, Rollouts, Services
from pilotage.release import ReleaseRequest
from pilotage.rollout import TERMINAL, Ended, Rollout, Stop, Wait, judge
from pilotage.rollout.stop_reasons import why_it_stopped

# DescribeServiceDeployments may lag behind the event that announces its end; the sweep is the net below these.
_REASKS = 3
_REASK_SECONDS = 0.5
_LISTED_BY_THEN = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Followed:
    """What became of one rollout at one look. `waits`: nothing happened, which is worth no line in a log."""

    release_id: str
    correlation_id: str | None
    saw: str
    ended: bool = False
    waits: bool = False
    failed: bool = False  # it could not be looked at; the next sweep will try again


@dataclass(frozen=True)
class Follower:
    services: Services
    rollouts: Rollouts
    executions: Executions
    announcer: Announcer
    clock: Clock

    def await_rollout(self, request: ReleaseRequest, task_token: str) -> Followed:
        """Keep the token and look at once, for the end may have come before it. Raises NotFound without a rollout."""
        rollout = self.rollouts.get(request.target)
        if rollout is None or rollout.release_id != request.release_id:
            raise NotFound(f"{request.target} has no open rollout of {request.release_id}")
        waiting = replace(rollout, task_token=task_token)
        self.rollouts.save(waiting)
        return self._look(waiting)

    def deployment_changed(self, event: Mapping[str, Any]) -> Followed | None:
        """An `ECS Deployment State Change`; None when the service is not one of ours, or nothing of it is open."""
        rollout = self.rollouts.by_service_arn(str(event["resources"][0]))
        if rollout is None:
            return None
        announced = event["detail"].get("deploymentId") == rollout.deployment_id
        return self._look(rollout, reasks=_REASKS if announced else 0)

    def task_stopped(self, event: Mapping[str, Any]) -> Followed | None:
        """An `ECS Task State Change` to STOPPED: ECS forgets why after an hour, so it is noted as it comes."""
        task = event["detail"]
        rollout = self.rollouts.by_service_arn(service_arn_of(task))
        reason = why_it_stopped(task)
        if rollout is None or reason is None or task.get("taskDefinitionArn") != rollout.revision:
            return None
        self.rollouts.note_stop_reason(rollout.target, rollout.release_id, reason)
        return Followed(rollout.release_id, rollout.correlation_id, reason)

    def sweep(self) -> list[Followed]:
        """Ask ECS about every open rollout: events are lost, or never sent. One that fails holds no other up."""
        return [self._look_safely(rollout) for rollout in self.rollouts.all_open()]

    def _look_safely(self, rollout: Rollout) -> Followed:
        try:
            return self._look(rollout)
        except PilotageError as error:
            sentence = f"{type(error).__name__}: {error}"
            return Followed(rollout.release_id, rollout.correlation_id, sentence, failed=True)

    def _look(self, rollout: Rollout, reasks: int = 0) -> Followed:
        known = self._identified(rollout)
        answer = self._ask(known, reasks)
        if answer is None and self._is_gone(known):
            return self._end(known, Ended(None, "the service is gone: somebody deleted it", None))
        match judge(known, answer, self.clock.now()):
            case Wait() as wait:
                return self._wait(known, wait)
            case Stop(because):
                return self._stop(known, because)
            case Ended() as ended:
                return self._end(known, ended)

    def _wait(self, rollout: Rollout, wait: Wait) -> Followed:
        """Tell whoever watches, when there is something new to be seen."""
        followed = Followed(rollout.release_id, rollout.correlation_id, str(wait.phase), waits=True)
        if (rollout.phase, rollout.progress) == (wait.phase, wait.progress or rollout.progress):
            return followed
        seen = replace(rollout, phase=wait.phase, progress=wait.progress)
        self.rollouts.save(seen)
        untold = self._tell("Rollout Started" if rollout.phase is None else "Rollout Progress", seen)
        return followed if untold is None else _noted(followed, untold)

    def _tell(self, what: str, rollout: Rollout) -> str | None:
        """News that wake those who show it. Why they could not be told, if so: a release does not fail for that."""
        request = {
            "release_id": rollout.release_id,
            "service": rollout.target.service,
            "environment": rollout.target.environment,
            "correlation_id": rollout.correlation_id,
        }
        detail = {
            "request": request,
            "phase": rollout.phase,
            "progress": rollout.progress,
        }
        try:
            self.announcer.tell(what, rollout.target, detail)
        except PilotageError as error:
            return f"{what} was not told: {type(error).__name__}: {error}"
        return None

    def _is_gone(self, rollout: Rollout) -> bool:
        """Nobody waits for a deployment of a service that was deleted. A new one may not be listed yet."""
        if self.clock.now() < rollout.started_at + _LISTED_BY_THEN:
            return False
        return self.services.started(rollout.cluster, rollout.target.service) is None

    def _identified(self, rollout: Rollout) -> Rollout:
        """With the service deployment's ARN, which no answer of UpdateService contains."""
        if rollout.service_deployment_arn is not None:
            return rollout
        arn = self.services.find_deployment(
            rollout.cluster, rollout.target.service, rollout.revision, rollout.planned_at or rollout.started_at
        )
        if arn is None:
            return rollout
        known = replace(rollout, service_deployment_arn=arn)
        self.rollouts.save(known)
        return known

    def _ask(self, rollout: Rollout, reasks: int) -> Any:
        if rollout.service_deployment_arn is None:
            return None
        answer = self.services.deployment(rollout.service_deployment_arn)
        while reasks and answer is not None and answer.status not in TERMINAL:
            self.clock.sleep(_REASK_SECONDS)
            answer = self.services.deployment(rollout.service_deployment_arn)
            reasks -= 1
        return answer

    def _stop(self, rollout: Rollout, because: str) -> Followed:
        if rollout.service_deployment_arn is not None:
            self.services.stop(rollout.service_deployment_arn)
        self.rollouts.save(replace(rollout, stop_because=because, stop_requested_at=self.clock.now()))
        return Followed(rollout.release_id, rollout.correlation_id, because)

    def _end(self, rollout: Rollout, ended: Ended) -> Followed:
        """Resume whoever waits. Without a token yet, AwaitRollout will look for itself when it brings it."""
        if rollout.ended_at is None:
            self.rollouts.save(replace(rollout, ended_at=self.clock.now()))
        if rollout.task_token is not None:
            self.executions.resume(rollout.task_token, to_document(ended))
        saw = f"{ended.status or 'no end'}: {ended.reason}"
        return Followed(rollout.release_id, rollout.correlation_id, saw, ended=True)


def _noted(followed: Followed, untold: str) -> Followed:
    """With what is worth a line in the log after all."""
    return replace(followed, saw=f"{followed.saw}; {untold}", waits=False)


def service_arn_of(task: Mapping[str, Any]) -> str:
    """The ARN of the service whose task this is, from `clusterArn` and `group` (`service:NAME`)."""
    cluster_arn, group = str(task.get("clusterArn", "")), str(task.get("group", ""))
    prefix, _, cluster = cluster_arn.partition(":cluster/")
    return f"{prefix}:service/{cluster}/{group.removeprefix('service:')}"

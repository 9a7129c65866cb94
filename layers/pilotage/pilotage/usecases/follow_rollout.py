"""Follow the open rollouts. Whoever wakes us, a token, an event or the sweep, ECS is asked, and its answer decides.

Nobody else stops a deployment, continues one that stands at a pause, or says that there is no capacity for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pilotage.document import to_document
from pilotage.errors import NotFound, PilotageError
from pilotage.ports import Announcer, Clock, Executions, Rollouts, Services
from pilotage.release import ReleaseRequest
from pilotage.rollout import (
    Ask,
    DeploymentStatus,
    Ended,
    FallBack,
    Phase,
    Rollout,
    ServiceDeployment,
    Stop,
    Wait,
    judge,
)
from pilotage.rollout.phases import is_further
from pilotage.rollout.stop_reasons import why_it_stopped
from pilotage.rollout_words import When
from pilotage.target import Target
from pilotage.usecases.following.ecs_asked import EcsAsked, Until, it_ended, it_pauses
from pilotage.usecases.following.followed import Followed
from pilotage.usecases.following.telling import tell
from pilotage.usecases.following.woken import lacks_spot, service_arn_of, service_of

if TYPE_CHECKING:
    from pilotage.usecases.following.outsiders import Outsiders
    from pilotage.usecases.following.pausing import Pauses
    from pilotage.usecases.migrations.after_rollout import AfterRollout

NO_CAPACITY = "NoCapacity"  # what the state machine is told, and catches


@dataclass(frozen=True)
class Follower:
    """`pauses`, `outsiders` and `after` are made when needed: most rollouts have no pause and no migration."""

    services: Services
    rollouts: Rollouts
    executions: Executions
    announcer: Announcer
    clock: Clock
    pauses: Callable[[], Pauses]
    outsiders: Callable[[], Outsiders]
    after: Callable[[], AfterRollout]

    def await_rollout(self, request: ReleaseRequest, task_token: str) -> Followed:
        """Keep the token and look at once, for the end may have come before it. Raises NotFound without a rollout."""
        rollout = self.rollouts.get(request.target)
        if rollout is None or rollout.release_id != request.release_id:
            raise NotFound(f"{request.target} has no open rollout of {request.release_id}")
        waiting = replace(rollout, task_token=task_token)
        self.rollouts.save(waiting)
        return self._look(waiting)

    def deployment_changed(self, event: Mapping[str, Any]) -> Followed | None:
        """An `ECS Deployment State Change`; None when it tells nothing: the service is not one of ours, or what runs
        there is.
        """
        service_arn, deployment_id = str(event["resources"][0]), str(event["detail"].get("deploymentId"))
        rollout = self.rollouts.by_service_arn(service_arn)
        if rollout is None:
            found = self.outsiders().look(service_arn, deployment_id)
            return None if found is None else Followed(found.release_id, found.correlation_id, found.finding)
        return self._look(rollout, it_ended if deployment_id == rollout.deployment_id else None)

    def hook_changed(self, event: Mapping[str, Any]) -> Followed | None:
        """An `ECS Hook State Change`; None when nothing of the service is open."""
        service_arn = service_of(event)
        rollout = self.rollouts.by_service_arn(service_arn) if service_arn else None
        return None if rollout is None else self._look(rollout, it_pauses)

    def capacity_lacked(self, event: Mapping[str, Any]) -> Followed | None:
        """An `ECS Service Action`; None unless it says that Spot has no capacity for a rollout that is open."""
        service_arn = service_of(event)
        rollout = self.rollouts.by_service_arn(service_arn) if service_arn else None
        said = lacks_spot(event, rollout.started_at) if rollout is not None else None
        if rollout is None or said is None or not rollout.can_fall_back or rollout.fell_back:
            return None
        noted = replace(rollout, no_capacity=rollout.no_capacity or said)
        self.rollouts.save(noted)
        return self._look(noted)

    def decided(self, target: Target) -> Followed | None:
        """People decided something about a release of this target; None when nothing of it is open."""
        rollout = self.rollouts.get(target)
        return None if rollout is None else self._look(rollout)

    def task_stopped(self, event: Mapping[str, Any]) -> Followed | None:
        """An `ECS Task State Change` to STOPPED: ECS forgets why after an hour, so it is noted as it comes."""
        task = event["detail"]
        rollout = self.rollouts.by_service_arn(service_arn_of(task))
        reason = why_it_stopped(task)
        if rollout is None or reason is None or task.get("taskDefinitionArn") != rollout.revision:
            return None
        self.rollouts.note_stop_reason(rollout.target, rollout.release_id, reason)
        return Followed(rollout.release_id, rollout.correlation_id, reason)

    def migration_stopped(self, event: Mapping[str, Any]) -> list[Followed]:
        """An `ECS Task State Change` of a one-off task; [] when it is no migration of ours. The rollout that waits for
        one is looked at right after it.
        """
        migrations = self.after().follower
        migration = migrations.migrations.by_task(str(event["detail"]["taskArn"]))
        if migration is None:
            return []
        seen = [migrations.look(migration)]
        rollout = self.rollouts.get(migration.target) if migration.when is When.AFTER else None
        if rollout is not None and rollout.release_id == migration.release_id:
            seen.append(self._look(rollout))
        return seen

    def sweep(self) -> list[Followed]:
        """Ask ECS about every open rollout, and every migration: events are lost, or never sent. One that fails holds
        no other up.
        """
        return [
            *self.after().follower.sweep(),
            *(self._look_safely(rollout) for rollout in self.rollouts.all_open()),
        ]

    def _look_safely(self, rollout: Rollout) -> Followed:
        try:
            return self._look(rollout)
        except PilotageError as error:
            return replace(_followed(rollout, f"{type(error).__name__}: {error}"), failed=True)

    def _look(self, rollout: Rollout, until: Until | None = None) -> Followed:
        now, ecs = self.clock.now(), EcsAsked(self.services, self.rollouts, self.clock)
        known = ecs.identified(rollout)
        answer = ecs.ask(known, until)
        if answer is None and not known.succeeded and ecs.is_gone(known):
            return self._end(known, Ended(None, "the service is gone: somebody deleted it", None))
        known = ecs.with_capacity(ecs.as_kept(known, answer), answer)
        match judge(known, answer, self.clock.now()):
            case Wait() as wait:
                return self._wait(known, wait, answer)
            case Ask() as ask:
                return self._pause(_at(known, answer), ask, now)
            case Stop() as stop:
                return self._stop(known, stop)
            case FallBack(because):
                return self._fall_back(known, because)
            case Ended() as ended:
                return self._end(known, ended)

    def _wait(self, rollout: Rollout, wait: Wait, answer: ServiceDeployment | None) -> Followed:
        """Tell whoever watches, when there is something new to be seen."""
        followed = replace(_followed(rollout, str(wait.phase)), waits=True)
        if (rollout.phase, rollout.progress) == (wait.phase, wait.progress or rollout.progress):
            return followed
        if rollout.phase is Phase.PAUSED and answer is not None and is_further(answer, rollout.stage, rollout.traffic):
            self.pauses().over(rollout, self.clock.now())
        seen = replace(_at(rollout, answer), phase=wait.phase, progress=wait.progress)
        self.rollouts.save(seen)
        untold = tell(self.announcer, "Rollout Started" if rollout.phase is None else "Rollout Progress", seen)
        return followed if untold is None else _noted(followed, untold)

    def _pause(self, rollout: Rollout, ask: Ask, now: datetime) -> Followed:
        """Do what people decided. A no is written down before ECS is told: whatever happens then, the deployment is
        stopped, and a yes that comes too late finds it so.
        """
        paused = self.pauses().look(rollout, ask, now)
        followed = replace(_followed(rollout, paused.saw), waits=paused.go_on is None and not paused.told)
        arn = rollout.service_deployment_arn
        if paused.go_on is None or arn is None:
            return followed
        if not paused.go_on:
            self.rollouts.save(replace(rollout, stop_because=paused.saw, stop_cause=paused.cause))
        self.services.resume(arn, ask.hook.id, go_on=paused.go_on)
        return followed

    def _stop(self, rollout: Rollout, stop: Stop) -> Followed:
        """Why is written down before ECS is told: whoever dies in between leaves no rollback that nobody asked for."""
        stopping = replace(rollout, stop_because=stop.because, stop_cause=stop.cause)
        self.rollouts.save(stopping)
        if rollout.service_deployment_arn is not None:
            self.services.stop(rollout.service_deployment_arn)
        self.rollouts.save(replace(stopping, stop_requested_at=self.clock.now()))
        return _followed(rollout, stop.because)

    def _fall_back(self, rollout: Rollout, because: str) -> Followed:
        """The state machine has Apply write what the plan says then. Without a token yet, AwaitRollout will look."""
        self.rollouts.save(rollout)
        if rollout.task_token is None:
            return replace(_followed(rollout, because), waits=True)
        self.executions.fail(rollout.task_token, NO_CAPACITY, because)
        return _followed(rollout, f"{because}: it goes on on demand")

    def _end(self, rollout: Rollout, ended: Ended) -> Followed:
        """Resume whoever waits. Without a token yet, AwaitRollout will look for itself when it brings it."""
        if rollout.ended_at is None:
            self.rollouts.save(replace(rollout, ended_at=self.clock.now()))
        if rollout.hook is not None:
            self.pauses().over(rollout, self.clock.now())
        if ended.status is DeploymentStatus.SUCCESSFUL and rollout.migrates_after:
            settled = self.after().settle(rollout, ended)
            if settled is None:
                return self._wait(replace(rollout, succeeded=True), Wait(Phase.MIGRATING), None)
            ended = settled
        if rollout.task_token is not None:
            self.executions.resume(rollout.task_token, to_document(ended))
        return replace(_followed(rollout, f"{ended.status or 'no end'}: {ended.reason}"), ended=True)


def _at(rollout: Rollout, answer: ServiceDeployment | None) -> Rollout:
    """With the stage that ECS is in, and the traffic that the new revision has."""
    return rollout if answer is None else replace(rollout, stage=answer.stage, traffic=answer.traffic)


def _followed(rollout: Rollout, saw: str) -> Followed:
    return Followed(rollout.release_id, rollout.correlation_id, saw)


def _noted(followed: Followed, untold: str) -> Followed:
    """With what is worth a line in the log after all."""
    return replace(followed, saw=f"{followed.saw}; {untold}", waits=False)

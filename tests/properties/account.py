"""One AWS account in memory: Pilotage's stack as it is deployed, over the ECS model and the fakes, on one agenda."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from fakes.alarms import FakeAlarms
from fakes.groups import FakeGroups
from fakes.images import Stored
from fakes.leases import FakeLeases
from fakes.migrations import FakeMigrations
from fakes.plans import FakePlans
from fakes.registry import FakeRegistry
from fakes.rollouts import FakeRollouts
from fakes.samples import ACCOUNT, REGION
from fakes.services import FakeServices
from fakes.waits import FakeWaits
from pilotage.policy import Policy
from pilotage.ports import Contender
from pilotage.target import Target
from pilotage_local.ecs import AS_DOCUMENTED, Assumptions, Script
from properties.agenda import Agenda
from properties.buckets import Buckets
from properties.deeds import Deeds, WatchedApprovals
from properties.execution import Done, TaskFailed
from properties.faults import Faults, Kind
from properties.functions import Functions, at_home_in, schedules, woken_by
from properties.in_memory import InMemory
from properties.ledger import Ledger, WatchedRecords
from properties.outside import CommandTasks, LambdaHooks, Ringing, SameNumbers
from properties.stepper import Machine
from statemachines.definition import definition_text

ADA = f"arn:aws:sts::{ACCOUNT}:assumed-role/engineer/ada"
TELLERS = frozenset({"TellPeopleFunction", "SubscriberDestination"})
LOOK_SECONDS = 2.0  # ECS is looked at so often while a deployment is under way
# The conditions and changes that a call of `leases.acquire` stands for here; the file may not drift from them.
FREE_OR_MINE = "attribute_not_exists(#owner) OR #owner = :me"
TAKE = "SET #owner = :me, owner_release = :release, owner_pushed_at = :pushed_at, gsi1pk = :leases, gsi1sk = :target"
# What DynamoDB's faults are called in a state machine (Step Functions, "Handling errors").
IN_DYNAMODB = {
    Kind.THROTTLE: "DynamoDB.ThrottlingException",
    Kind.NO_ANSWER: "States.Timeout",
    Kind.CRASH_BEFORE: "DynamoDB.SdkClientException",
    Kind.CRASH_AFTER: "DynamoDB.SdkClientException",
}
CONSOLE_COPIES = ("family", "networkMode", "requiresCompatibilities", "cpu", "memory", "executionRoleArn")
AFTER_THE_FACT = frozenset({Kind.NO_ANSWER, Kind.CRASH_AFTER})


class Account:
    """`ecs_delays`: how long each of ECS's events is on its way, in turn; an empty one is lost, two are delivered
    twice. With `buckets`, ECS throttles as it does. `commands`: what becomes of tasks, by their command.
    """

    def __init__(
        self,
        policy: Policy,
        assumptions: Assumptions = AS_DOCUMENTED,
        buckets: Buckets | None = None,
        commands: Mapping[str, Script] | None = None,
    ) -> None:
        jitter = Random(0)  # noqa: S311 - delays of retries, the same in every run
        self.agenda = Agenda()
        self.faults = Faults(self.agenda)
        self.functions = Functions(self.agenda)
        self.machine = Machine(definition_text(), self._task, self.agenda, lambda delay: jitter.uniform(0, delay))
        self.ringing, self.numbers = Ringing(self.agenda.now), SameNumbers()
        tasks, hooks = CommandTasks(self.agenda.now, commands or {}), LambdaHooks(self.agenda, self.functions)
        self.services = FakeServices(self.agenda, assumptions, tasks, hooks, self.ringing)
        self.services.cluster(policy.cluster)
        self.registry, self.leases, self.rollouts = FakeRegistry(), FakeLeases(), FakeRollouts()
        self.approvals, self.migrations = WatchedApprovals(), FakeMigrations()
        self.groups, self.alarms, self.waits = FakeGroups(), FakeAlarms(), FakeWaits()
        self.plans = FakePlans(self.agenda)
        deeds = Deeds(self.services, self.leases, self.approvals, self.migrations)
        self.ledger = Ledger(self.services, self.functions, self.registry, self.plans, deeds)
        self.records = WatchedRecords(self.ledger)
        self.ledger.bans = self.records.banned
        self.policy, self.buckets = policy, buckets
        self.ecs_delays: Sequence[Sequence[float]] = ((0.5,),)
        self.services.checked.around = self._ecs_call
        for client in (self.services.clients.scaling, self.alarms.client):
            client.around = self.faults.around_client
        self.world = InMemory(self)
        self._last_delivery = self.agenda.now()
        self._event_ids, self._ecs_events = count(1), count()
        self._keep_schedules()

    @contextmanager
    def in_place(self) -> Iterator[None]:
        with at_home_in(self.world):
            yield

    def push(self, repository: str, image: Stored, tag: str, deliveries: Sequence[float] = (1.0,)) -> None:
        """ECR takes the image and tells so once for each of `deliveries`, so many seconds later."""
        now = self.agenda.now()
        self.registry.push(repository, image, tag, now)
        event = _push_event(repository, image, tag, f"{now:%Y-%m-%dT%H:%M:%SZ}", next(self._event_ids))
        self.ledger.pushed(repository, image.digest, tag, now, delivered=bool(deliveries))
        self._last_delivery = max(self._last_delivery, now + timedelta(seconds=max(deliveries, default=0.0)))
        self._deliver(event, deliveries)

    def let_pass(self, seconds: float) -> None:
        end = self.agenda.now() + timedelta(seconds=seconds)
        while self.agenda.now() < end:
            self.agenda.move_to(self._next_moment(end))
            self.services.model.advance()
            self.agenda.run_due()
            self._deliver_ecs_events()

    def longest_delivery(self) -> float:
        """Seconds until the last event that is on its way from ECR has come."""
        return max(0.0, (self._last_delivery - self.agenda.now()).total_seconds())

    def scale(self, service: str, count: int) -> None:
        """Somebody sets the desired count by the console, where there is such a service."""
        self._by_console(service, desiredCount=count)

    def meddle(self, service: str, image: str | None) -> None:
        """Somebody deploys by the console: an image of their own, or once more what the service is at."""
        if image is None:
            self._by_console(service, forceNewDeployment=True)
            return
        found = self.ledger.service(Target(self.policy.environment, service))
        if found is not None:
            body = found.primary.revision.definition.body
            container = {**body["containerDefinitions"][0], "image": image}
            request = {key: body[key] for key in CONSOLE_COPIES if key in body} | {"containerDefinitions": [container]}
            answer = self.services.model.handle("RegisterTaskDefinition", request)
            self._by_console(service, taskDefinition=answer["taskDefinition"]["taskDefinitionArn"])

    def _by_console(self, service: str, **change: Any) -> None:
        if self.ledger.service(Target(self.policy.environment, service)) is None:
            return
        self.ledger.meddled.add(service)
        self.update(service, **change)

    def update(self, service: str, **change: Any) -> None:
        """Whoever it is that updates it, besides Pilotage."""
        self.services.model.handle("UpdateService", {"cluster": self.policy.cluster, "service": service, **change})
        self.services.model.advance()

    def _next_moment(self, end: datetime) -> datetime:
        moments = [end] if self.agenda.next is None else [end, self.agenda.next]
        if self.ledger.any_under_way():
            moments.append(self.agenda.now() + timedelta(seconds=LOOK_SECONDS))
        return min(moments)

    def announced(self, event: Mapping[str, Any]) -> None:
        """An event of Pilotage's own. Whoever only tells people has nobody to tell here."""
        for function in woken_by(event):
            if function not in TELLERS:
                self.functions.send(function, event, 0.5)

    def say(self, text: str, deliveries: Sequence[float] = (0.1,)) -> None:
        """Somebody who may decide asks for it by the command line; each delivery is the same request."""
        number = next(self._event_ids)
        request = {
            "headers": {"Idempotency-Key": f"request-{number}"},
            "requestContext": {"requestId": f"request-{number}", "authorizer": {"iam": {"userArn": ADA}}},
            "body": json.dumps({"text": text}),
        }
        for delay in deliveries:
            self.agenda.after(delay, lambda: self.functions.invoke("TakeCommandFunction", request, lambda _: None))

    def _deliver_ecs_events(self) -> None:
        events, self.services.events[:] = self.services.events[:], []
        for event in events:
            self._deliver(event, self.ecs_delays[next(self._ecs_events) % len(self.ecs_delays)])

    def _deliver(self, event: Mapping[str, Any], delays: Sequence[float]) -> None:
        for function in woken_by(event) if delays else ():
            for delay in delays:
                self.functions.send(function, event, delay)

    def _keep_schedules(self) -> None:
        for function, (interval, payload) in schedules().items():
            self._every(interval, function, payload)

    def _every(self, seconds: float, function: str, payload: Any) -> None:
        open_ones = self.rollouts.rollouts or self.migrations.migrations or self.groups.parked or self.waits.parked
        idle = payload == {"sweep": True} and not open_ones  # it would ask about nothing
        if not idle:
            self.functions.send(function, payload)
        self.agenda.after(seconds, lambda: self._every(seconds, function, payload))

    def _ecs_call(self, operation: str, call: Callable[[], Any]) -> Any:
        if self.buckets is not None:
            self.buckets.take(operation, self.agenda.now())
        return self.faults.around_client(operation, lambda: self.ledger.watch(operation, call))

    def _task(self, resource: str, parameters: Mapping[str, Any], done: Done) -> None:
        if resource.endswith("dynamodb:updateItem"):
            done(self._take_lease(parameters))
            return
        function = parameters["FunctionName"].rpartition(":")[2]
        self.functions.invoke(
            function,
            parameters["Payload"],
            lambda result: done(result if isinstance(result, TaskFailed) else {"Payload": result}),
        )

    def _take_lease(self, parameters: Mapping[str, Any]) -> Any:
        assert (parameters["ConditionExpression"], parameters["UpdateExpression"]) == (FREE_OR_MINE, TAKE)
        fault = self.faults.take("dynamodb:updateItem")
        error = TaskFailed(IN_DYNAMODB[fault]) if fault in IN_DYNAMODB else None
        if error is not None and fault not in AFTER_THE_FACT:
            return error
        said = {name: value["S"] for name, value in parameters["ExpressionAttributeValues"].items()}
        _, environment, service = parameters["Key"]["pk"]["S"].split("#")
        me = Contender(said[":me"], said[":release"], datetime.fromisoformat(said[":pushed_at"]))
        if not self.leases.acquire(Target(environment, service), me):
            return error or TaskFailed("DynamoDB.ConditionalCheckFailedException")
        return error or {}


def _push_event(repository: str, image: Stored, tag: str, time: str, number: int) -> dict[str, Any]:
    """As ECR sends it ("Amazon ECR events and EventBridge", Amazon ECR User Guide)."""
    return {
        "version": "0",
        "id": f"push-{number}",
        "detail-type": "ECR Image Action",
        "source": "aws.ecr",
        "account": ACCOUNT,
        "time": time,
        "region": REGION,
        "resources": [],
        "detail": {
            "result": "SUCCESS",
            "repository-name": repository,
            "image-digest": image.digest,
            "action-type": "PUSH",
            "image-tag": tag,
            "manifest-media-type": image.media_type,
        },
    }

"""What people, AWS and bad luck do to an account, one at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from pilotage.approval import State
from pilotage.scaling_names import identity, resource_id
from pilotage.target import Target
from pilotage_local.ecs.faults import Fault as TaskFault
from pilotage_local.ecs.faults import FaultKind
from properties.account import Account
from properties.faults import Fault, Kind
from properties.shapes import CATS, SCRIPTS, image_of

# Each of ECS's events in turn: seconds on its way, once for each delivery.
WEATHERS: Mapping[str, Sequence[Sequence[float]]] = {
    "calm": ((0.5,),),
    "twice": ((0.5, 9.0),),
    "lost": ((),),
    "shuffled": ((25.0,), (0.5,), (12.0,)),
    "late": ((900.0,),),
}


class Action(Protocol):
    def do(self, account: Account) -> None: ...


@dataclass(frozen=True)
class Push:
    """Of an image that is new, or not: then it is a retag. `deliveries`: seconds until each delivery of its event."""

    image: str
    deliveries: tuple[float, ...] = (1.0,)
    tag: str = "v1"
    repository: str = CATS
    shape: str = "plain"

    def do(self, account: Account) -> None:
        image = image_of(self.image, self.repository, self.shape)
        account.services.tasks.script(image.digest, SCRIPTS[self.image])
        account.push(self.repository, image, self.tag, self.deliveries)


@dataclass(frozen=True)
class Pass:
    seconds: float

    def do(self, account: Account) -> None:
        account.let_pass(self.seconds)


@dataclass(frozen=True)
class Strike:
    """At the call number `after` of AWS from now on."""

    kind: Kind
    after: int

    def do(self, account: Account) -> None:
        account.faults.armed.append(Fault(self.kind, self.after))


@dataclass(frozen=True)
class Weather:
    name: str

    def do(self, account: Account) -> None:
        account.ecs_delays = WEATHERS[self.name]


@dataclass(frozen=True)
class Abort:
    """Somebody stops the newest execution that runs."""

    def do(self, account: Account) -> None:
        running = account.machine.running()
        if running:
            account.machine.stop(running[-1].arn)


@dataclass(frozen=True)
class Meddle:
    """Somebody deploys by the console: a revision of their own, or once more what the service is at."""

    revision: str | None = None
    repository: str = CATS

    def do(self, account: Account) -> None:
        account.meddle(self.repository.rpartition("/")[2], self.revision)


@dataclass(frozen=True)
class Scale:
    count: int
    repository: str = CATS

    def do(self, account: Account) -> None:
        account.scale(self.repository.rpartition("/")[2], self.count)


@dataclass(frozen=True)
class AutoScale:
    """The load rises or falls, and Application Auto Scaling follows it where it has the service."""

    count: int
    repository: str = CATS

    def do(self, account: Account) -> None:
        service = self.repository.rpartition("/")[2]
        target = _scaled(account, service)
        if target is not None and account.ledger.service(Target(account.policy.environment, service)) is not None:
            bounded = min(max(self.count, target["MinCapacity"]), target["MaxCapacity"])
            account.update(service, desiredCount=bounded)


@dataclass(frozen=True)
class Unscale:
    """Somebody deregisters what is scaled: its policies and actions go with it."""

    repository: str = CATS

    def do(self, account: Account) -> None:
        service = self.repository.rpartition("/")[2]
        if _scaled(account, service) is not None:
            whose = identity(account.policy.cluster, service)
            account.services.clients.scaling_api.answer("DeregisterScalableTarget", whose)


@dataclass(frozen=True)
class Say:
    """Somebody who may decide asks for it. `deliveries`: as a client that gets no answer asks again."""

    verb: str
    service: str = "cats"
    deliveries: tuple[float, ...] = (0.1,)

    def do(self, account: Account) -> None:
        target = Target(account.policy.environment, self.service)
        asked = [each for each in account.approvals.of(target) if each.state is State.PENDING]
        bindings = [each.short for each in asked[-1:]] or ["0" * 8]
        words = {"approve": bindings, "reject": [*bindings, "no"], "rollback": ["no"], "rollback --anyway": ["no"]}
        verb, *flags = self.verb.split()
        account.say(" ".join([verb, str(target), *flags, *words[self.verb]]), self.deliveries)


@dataclass(frozen=True)
class Ring:
    """An alarm goes off for so many seconds."""

    seconds: float
    service: str = "cats"

    def do(self, account: Account) -> None:
        until = account.agenda.now() + timedelta(seconds=self.seconds)
        account.ringing.ring(f"pilotage-{account.policy.environment}-{self.service}-", until)


@dataclass(frozen=True)
class Drought:
    """Spot has no capacity for so many seconds."""

    seconds: float

    def do(self, account: Account) -> None:
        fault = TaskFault(FaultKind.CAPACITY, provider="FARGATE_SPOT")
        account.services.model.faults.inject(fault, self.seconds)


@dataclass(frozen=True)
class Silence:
    """CloudWatch has no numbers any more, or has them again."""

    ends: bool = False

    def do(self, account: Account) -> None:
        account.numbers.there = (0.1,) * 20 if self.ends else ()


def _scaled(account: Account, service: str) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = account.services.clients.scaling_api.targets.get(
        resource_id(account.policy.cluster, service)
    )
    return found

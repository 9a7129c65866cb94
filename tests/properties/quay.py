"""Releases of one service that wait for people, and everybody who decides about them, interleaved at every port call.

Functions run as greenlets that pause before each call of a port; the test says who goes on, and who dies there. The
state machine is played by `Machine`; what it would refuse to do by itself, it does not do here either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fakes import asked as asking
from fakes.announcer import FakeAnnouncer
from fakes.approvals import FakeApprovals
from fakes.clock import FakeClock
from fakes.executions import FakeExecutions
from fakes.leases import FakeLeases
from fakes.plans import FakePlans
from fakes.policies import FakePolicies
from fakes.records import FakeRecords
from fakes.samples import CATS, a_plan, a_request
from fakes.stops import FakeStops
from fakes.trail import FakeTrail
from fakes.waits import FakeWaits
from greenlet import GreenletExit, getcurrent, greenlet
from pilotage import approval
from pilotage.approval import Asked, State
from pilotage.command import Command, CommandVerb
from pilotage.deciding import Approval, GroupQuorum, Rule
from pilotage.errors import PlanMissing, Transient
from pilotage.people import Channel, Identity, Person
from pilotage.plan import Plan
from pilotage.policy import Policy
from pilotage.ports import Head
from pilotage.record import ReleaseRecord
from pilotage.release import ReleaseRequest
from pilotage.stops import Scope, Stop, StopKind
from pilotage.usecases.approvals.await_people import Asker
from pilotage.usecases.approvals.decide import Decider
from pilotage.usecases.commands.answers import Answer
from properties.quay_machine import Machine

LEADS, OPS = ("alice", "bob", "carol"), ("carol", "dave")
PEOPLE = ("alice", "bob", "carol", "dave", "frank", None)  # frank stands in for carol; None is a stranger
RULES = (
    Rule((GroupQuorum("leads"),), break_glass="ops"),
    Rule((GroupQuorum("leads", 2),), delegates={"carol": "frank"}),
    Rule((GroupQuorum("leads"), GroupQuorum("ops")), delegates={"carol": "frank"}, break_glass="ops"),
    Rule((GroupQuorum("leads", 2),), self_approval=True, expires_minutes=30),
)
AUTHORS: tuple[tuple[str, ...], ...] = (("alice",), ("alice", "nobody@example.org"), ())


class Paused:
    """A port whose every call lets everybody else go first."""

    def __init__(self, port: Any) -> None:
        self._port = port

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._port, name)

        def call(*args: Any, **named: Any) -> Any:
            parent = getcurrent().parent
            if parent is not None:
                parent.switch()
            return method(*args, **named)

        return call


class Kept(FakeApprovals):
    """Holds every write against the one before: a decision is made once."""

    def open(self, asked: Asked) -> Asked:
        before = self.get(asked.target, asked.release_id)
        after = super().open(asked)
        if before is not None and after != before:
            assert before.state not in {State.REJECTED, State.EXPIRED}, "an end was asked about again"
            assert before.state is not State.PENDING or before.binding != after.binding, "votes were forgotten"
        return after

    def replace(self, before: Asked, after: Asked) -> bool:
        kept = self.get(before.target, before.release_id)
        done = super().replace(before, after)
        if done and kept is not None and kept.state is not State.PENDING:
            assert (kept.state, after.state) == (State.APPROVED, State.VOID), "decided twice"
        return done


@dataclass
class Click:
    """One message. `answer` None: whoever worked on it died."""

    person: str | None
    command: Command
    id: str
    answer: Answer | None = None


class Quay:
    def __init__(self, rule: Rule, authors: tuple[str, ...]) -> None:
        self.clock = FakeClock()
        self.rule, self.authors = rule, authors
        people = {name: Person(slack=(f"T1/{name}",)) for name in PEOPLE if name is not None}
        groups = {"leads": LEADS, "ops": OPS}
        policy = replace(asking.policy(), environment=CATS.environment, people=people, groups=groups)
        self.policy: Policy = replace(policy, approval=Approval("always", rule=rule))
        self.approvals, self.waits, self.trail = Kept(), FakeWaits(), FakeTrail()
        self.records, self.stops, self.leases = FakeRecords(), FakeStops(), FakeLeases()
        self.executions, self.announcer = FakeExecutions(), FakeAnnouncer()
        self.plans, self.policies = FakePlans(self.clock), FakePolicies(self.policy)
        self.generation = 0
        self.machines: list[Machine] = []
        self.clicks: list[Click] = []
        self.applied: list[Machine] = []
        self.actors: list[greenlet] = []
        self.tokens = 0

    # --- who acts -----------------------------------------------------------------------------------------------------
    def spawn(self, work: Callable[[], Any]) -> greenlet:
        def run() -> None:
            try:
                work()
            except (Transient, PlanMissing):
                return  # the state machine's Retry, or Lambda's, runs it again

        self.actors.append(actor := greenlet(run))
        return actor

    def go_on(self, which: int, calls: int) -> None:
        """So many port calls of one of those who act."""
        for _ in range(calls):
            if not self.actors:
                return
            actor = self.actors[which % len(self.actors)]
            actor.switch()
            if actor.dead:
                self.actors.remove(actor)
                return

    def kill(self, which: int) -> None:
        if self.actors:
            actor = self.actors.pop(which % len(self.actors))
            actor.throw(GreenletExit)

    def drain(self) -> None:
        while self.actors:
            self.go_on(0, 1000)

    def walk(self, machine: Machine) -> None:
        """As far as it comes while nothing dies: until it waits for people, or to its end."""
        for _ in range(5):
            machine.step()
            self.drain()

    # --- what they do -------------------------------------------------------------------------------------------------
    def port(self, name: str) -> Any:
        return Paused(getattr(self, name))

    @property
    def asker(self) -> Asker:
        names = ("approvals", "waits", "plans", "records", "policies", "stops", "trail", "executions", "leases")
        return Asker(**{name: self.port(name) for name in names}, announcer=self.port("announcer"), clock=self.clock)

    @property
    def decider(self) -> Decider:
        names = ("approvals", "waits", "records", "stops", "trail", "executions", "announcer")
        return Decider(**{name: self.port(name) for name in names})

    def push(self, *, same_tag: bool) -> None:
        number = len(self.machines) + 1
        tag, digest = "main" if same_tag else f"v{number}", f"sha256:{number:064x}"
        moment = self.clock.advance(seconds=1)
        request = a_request(f"r{number}", tag=tag, digest=digest, pushed_at=moment)
        self.records.move_head(
            request.repository, tag, Head(digest, moment, f"r{number}"), self.records.head(request.repository, tag)
        )
        self.records.open(ReleaseRecord.begun(request, moment))
        self.machines.append(Machine(self, request))

    def click(self, person: str | None, verb: CommandVerb, release: int, *, old: bool, glass: bool) -> None:
        """About the plan that is asked about, or about the first that ever was."""
        request = self.machines[-1 - release % len(self.machines)].request
        asked = self.approvals.get(CATS, request.release_id)
        shown = approval.binding(self.plan(request, 0)) if old or asked is None else asked.binding
        command = Command(
            verb,
            Scope(CATS.environment, CATS.service),
            request.release_id,
            shown[:12],
            reason="because" if glass else "",
            break_glass=glass,
        )
        self.clicks.append(Click(person, command, f"m{len(self.clicks)}"))
        self.deliver(len(self.clicks) - 1)

    def deliver(self, which: int) -> None:
        """The first time, or once more."""
        if not self.clicks:
            return
        click = self.clicks[which % len(self.clicks)]
        identity = Identity(Channel.SLACK, f"T1/{click.person}")

        def work() -> None:
            now = self.clock.now()
            click.answer = self.decider.decide(click.command, click.person, identity, click.id, self.policy, now)

        self.spawn(work)

    def freeze(self) -> None:
        stop = Stop(StopKind.FREEZE, Scope(CATS.environment), "no", "dave", self.clock.now())

        def work() -> None:
            self.port("stops").set(stop)
            self.asker.end_waits(stop.scope, "look_again", [stop.sentence])

        self.spawn(work)

    def thaw(self) -> None:
        stop = Stop(StopKind.FREEZE, Scope(CATS.environment), "no", "dave", self.clock.now())

        def work() -> None:
            self.port("stops").lift(stop)
            self.asker.sweep()

        self.spawn(work)

    def sweep(self) -> None:
        self.spawn(self.asker.sweep)

    def plan(self, request: ReleaseRequest, generation: int | None = None) -> Plan:
        """As Prepare makes it of the world as it stands: another, when the live service changed."""
        number = self.generation if generation is None else generation
        plan = a_plan(f"{request.release_id}-{number}", digest=request.digest, asks=self.rule, authors=self.authors)
        return replace(plan, freeze=self.policy.freeze)


def voices(votes: set[str], group: tuple[str, ...], rule: Rule, authors: set[str]) -> int:
    """By the book: members who are not silenced, and stand-ins of members who say nothing themselves."""
    silenced = set() if rule.self_approval else authors
    members = {name for name in group if name not in silenced}
    standing_in = {
        stand_in
        for absent, stand_in in rule.delegates.items()
        if absent in members and absent not in votes and stand_in in votes and stand_in not in group
    }
    return len(members & votes) + len(standing_in - silenced)


def moment(machine: Machine) -> tuple[datetime, str]:
    return machine.request.pushed_at, machine.request.release_id

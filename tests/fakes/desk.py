"""All that people decide with, as fakes: one service, a policy that always asks, and releases that wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pilotage.approval import Asked
from pilotage.command import Command, CommandVerb
from pilotage.deciding import Approval, GroupQuorum, Rule
from pilotage.people import Channel, Identity, Person
from pilotage.policy import Policy
from pilotage.record import ReleaseRecord
from pilotage.release import ReleaseRequest
from pilotage.stops import Scope, Stop, StopKind
from pilotage.usecases.approvals.await_people import Asker
from pilotage.usecases.approvals.decide import Decider
from pilotage.usecases.approvals.watch_waits import Looked
from pilotage.usecases.commands.answers import Answer

from fakes import asked as asking
from fakes.announcer import FakeAnnouncer
from fakes.approvals import FakeApprovals
from fakes.clock import FakeClock
from fakes.executions import FakeExecutions
from fakes.harbour import Deaths, Mortal
from fakes.leases import FakeLeases
from fakes.plans import FakePlans
from fakes.policies import FakePolicies
from fakes.records import FakeRecords
from fakes.samples import CATS, a_plan, a_request
from fakes.stops import FakeStops
from fakes.trail import FakeTrail
from fakes.waits import FakeWaits

GROUPS = {"leads": ("alice", "bob", "carol"), "ops": ("dave",)}
PEOPLE = {name: Person() for names in GROUPS.values() for name in names}
TOKEN = "token"
RULE = Rule((GroupQuorum("leads"),), break_glass="ops")


class Desk:
    def __init__(self, rule: Rule = RULE) -> None:
        self.clock = FakeClock()
        self.rule = rule
        policy = replace(asking.policy(), environment=CATS.environment, people=PEOPLE, groups=GROUPS)
        self.policy: Policy = replace(policy, approval=Approval("always", rule=rule))
        self.approvals, self.waits, self.trail = FakeApprovals(), FakeWaits(), FakeTrail()
        self.records, self.stops, self.leases = FakeRecords(), FakeStops(), FakeLeases()
        self.executions, self.announcer = FakeExecutions(), FakeAnnouncer()
        self.plans, self.policies = FakePlans(self.clock), FakePolicies(self.policy)

    def asker(self, deaths: Deaths | None = None) -> Asker:
        return Asker(**self._ports(Asker, deaths))

    def decider(self, deaths: Deaths | None = None) -> Decider:
        return Decider(**self._ports(Decider, deaths))

    def _ports(self, use_case: Any, deaths: Deaths | None) -> dict[str, Any]:
        ports = {name: getattr(self, name) for name in use_case.__dataclass_fields__}
        mortal = {name: Mortal(port, deaths or Deaths()) for name, port in ports.items() if name != "clock"}
        return {**ports, **mortal}

    def request(self, release_id: str = "r1", **changes: Any) -> ReleaseRequest:
        """A release that was received; the later one is the newer one."""
        request = a_request(release_id, **{"tag": release_id, "pushed_at": self.clock.advance(seconds=1), **changes})
        self.records.open(ReleaseRecord.begun(request, self.clock.now()))
        return request

    def ask(
        self, request: ReleaseRequest, token: str = TOKEN, plan: str = "plan", deaths: Deaths | None = None
    ) -> Looked:
        made = a_plan(f"{plan}-of-{request.release_id}", asks=self.rule, authors=("carol",))
        self.plans.put(made)
        return self._await(request, token, {"decision": "ask", "plan_hash": made.hash, "reasons": ["risk"]}, deaths)

    def hold(self, request: ReleaseRequest, token: str = TOKEN, until: str | None = None) -> Looked:
        return self._await(request, token, {"decision": "hold", "reasons": ["frozen"], "until": until}, None)

    def _await(self, request: ReleaseRequest, token: str, decided: Mapping[str, Any], deaths: Deaths | None) -> Looked:
        return self.asker(deaths).await_people(request, f"arn:{request.release_id}", token, decided)

    def asked(self, release_id: str = "r1") -> Asked:
        asked = self.approvals.get(CATS, release_id)
        assert asked is not None
        return asked

    def click(
        self,
        person: str | None = "alice",
        verb: CommandVerb = CommandVerb.APPROVE,
        deaths: Deaths | None = None,
        message: str | None = None,
        **command: Any,
    ) -> Answer:
        """One message of one person, about r1's plan as it is asked about now."""
        kept = self.approvals.get(CATS, "r1")
        fields = {"release_id": "r1", "binding": kept.short if kept else None, **command}
        scope = fields.pop("scope", Scope(CATS.environment, CATS.service))
        identity = Identity(Channel.SLACK, f"T1/{person}")
        asked_for = Command(verb, scope, **fields)
        number = message or f"m{len(self.trail.entries)}-{person}"
        return self.decider(deaths).decide(asked_for, person, identity, number, self.policy, self.clock.now())

    def freeze(self, **changes: Any) -> Stop:
        stop = Stop(StopKind.FREEZE, Scope(CATS.environment), "the database moves", "dave", self.clock.now())
        stop = replace(stop, **changes)
        self.stops.set(stop)
        return stop

    def sweep(self, deaths: Deaths | None = None, **later: float) -> list[Looked]:
        self.clock.advance(**later)
        return self.asker(deaths).sweep()

    def told(self, token: str = TOKEN) -> tuple[str, list[str]] | None:
        answer = self.executions.answers.get(token)
        return (answer["said"], answer["reasons"]) if answer is not None else None

    @property
    def news(self) -> list[str]:
        return [told.detail_type for told in self.announcer.told]

    def record(self, release_id: str = "r1") -> ReleaseRecord:
        record = self.records.get(CATS, release_id)
        assert record is not None
        return record

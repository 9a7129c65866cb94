"""A release of several services, played as the state machine plays it: the whole, its members, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pilotage.document import from_document, to_document
from pilotage.plan import Member
from pilotage.record import ReleaseRecord
from pilotage.target import Target
from pilotage.usecases.groups.roll_out_member import Members
from pilotage.usecases.groups.weigh_members import Weighed, weigh_members

from fakes.harbour import Deaths, Died, Execution, Harbour, Mortal

PORTS = ("records", "groups", "leases", "policies", "executions", "clock")
SHOP: dict[str, Any] = {
    "services": {
        "web": {"count": 2},
        "worker": {"ports": [], "command": ["./work"]},
        "nightly": {"kind": "schedule", "schedule": {"expression": "rate(1 day)"}, "ports": []},
    },
    "order": ["web", "worker", "nightly"],
}
PAIR: dict[str, Any] = {"services": {"web": {}, "worker": {"command": ["./work"]}}, "order": ["web", "worker"]}
Sail = Callable[[Execution], ReleaseRecord]


def members_of(harbour: Harbour, deaths: Deaths | None = None) -> Members:
    ports: dict[str, Any] = {name: getattr(harbour, name) for name in PORTS}
    mortal = {name: Mortal(port, deaths) for name, port in ports.items()} if deaths else ports
    return Members(**{**mortal, "clock": harbour.clock})


@dataclass
class Fleet:
    """`sailing` says how each member's release goes, by the member's name; the others come to their end undisturbed."""

    harbour: Harbour
    whole: Execution
    sailing: Mapping[str, Sail] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)  # releases of members, in the order in which they began

    @classmethod
    def push(cls, harbour: Harbour, tag: str, /, manifest: Mapping[str, Any], **sailing: Sail) -> Fleet:
        return cls(harbour, harbour.begin(harbour.push(tag, **manifest)), sailing)

    @property
    def members(self) -> tuple[Member, ...]:
        record = self.harbour.records.get(self.whole.request.target, self.whole.request.release_id)
        assert record is not None
        return record.members

    def go(self) -> None:
        """As far as the lease, with a plan that holds."""
        self.whole.prepare()
        assert self.decision == "go", self.whole.document["decided"]
        assert self.whole.acquire()
        self.whole.confirm()
        assert self.decision == "go", self.whole.document["decided"]

    @property
    def decision(self) -> str:
        return str(self.whole.document["decided"]["decision"])

    def sail(self, *, together: bool = False) -> ReleaseRecord:
        """From the push to the outcome."""
        self.go()
        return self.sail_on(together=together)

    def sail_on(self, *, together: bool = False) -> ReleaseRecord:
        """From the lease to the outcome."""
        self.whole.document["members"] = [self.roll_out(each, together=together) for each in self.members]
        weighed = self.weigh()
        if not weighed.all_came_in:
            self.whole.document["brought_back"] = [self.bring_back(each) for each in weighed.bring_back]
        return self.whole.conclude()

    def weigh(self) -> Weighed:
        return weigh_members(self.whole.request, self.members, self.harbour.records)

    def roll_out(self, member: Member, *, together: bool = False) -> Mapping[str, Any]:
        token = f"member-token-of-{member.release_id}"
        self._begin(
            lambda: members_of(self.harbour).roll_out(self.whole.request, _sent(member), token, together=together)
        )
        return self._answer(token, member.release_id, member.name)

    def bring_back(self, member: Member) -> Mapping[str, Any]:
        token = f"back-token-of-{member.release_id}"
        self._begin(lambda: members_of(self.harbour).bring_back(self.whole.request, _sent(member), token))
        return self._answer(token, f"{member.release_id}-back", f"{member.name}-back")

    def _begin(self, begin: Callable[[], object]) -> None:
        try:
            begin()
        except Died:  # the state machine tries again
            begin()

    def _answer(self, token: str, release_id: str, name: str) -> Mapping[str, Any]:
        request = self.harbour.executions.requests.get(self.harbour.executions.arn(release_id))
        if request is not None and token not in self.harbour.executions.answers:
            self.begun.append(release_id)
            self.sailing.get(name, Execution.sail)(Execution(self.harbour, request))
        answer: Mapping[str, Any] = to_document(self.harbour.executions.answers[token])
        return answer

    def record_of(self, name: str, *, back: bool = False) -> ReleaseRecord | None:
        member = next(each for each in self.members if each.name == name)
        target = Target(self.whole.request.environment, member.service)
        return self.harbour.records.get(target, f"{member.release_id}-back" if back else member.release_id)


def runs(harbour: Harbour, services: Sequence[str]) -> dict[str, str | None]:
    """The digest that each service's task definition was made for, by what is live."""
    found = {}
    for name in services:
        live = harbour.services.live("main", name).service
        tags = {each["key"]: each["value"] for each in live.task_definition["tags"]} if live else {}
        found[name] = tags.get("pilotage:digest")
    return found


def _sent(member: Member) -> Member:
    """As the state machine hands it over."""
    return from_document(Member, to_document(member))

"""People at the helm of a Harbour: who they are, and what they say."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from pilotage.command import Command, CommandVerb
from pilotage.outcome import Outcome
from pilotage.people import Channel, Identity
from pilotage.stops import Scope
from pilotage.usecases.approvals.await_people import Asker
from pilotage.usecases.commands.answers import Answer
from pilotage.usecases.commands.helm import Helm
from pilotage.usecases.commands.steer import Steerer

from fakes.harbour import CATS, Deaths, Execution, Harbour, Mortal, _mortal

SERVICE = Scope("dev", "cats")
DECIDERS: dict[str, Any] = {
    "people": {
        "ada": {"slack": ["T0CATS/U0ADA"]},
        "grace": {"slack": ["T0CATS/U0GRACE"]},
        "linus": {"slack": ["T0CATS/U0LINUS"]},
        "mary": {"slack": ["T0CATS/U0MARY"]},
    },
    "groups": {"owners": ["ada", "grace"], "oncall": ["linus"]},
    "approval": {"when": "never", "rule": {"groups": [{"group": "owners"}], "break_glass": "oncall"}},
}


class Bridge:
    """A harbour whose owners are ada and grace; linus may break the glass, mary may look."""

    def __init__(self, **policy: Any) -> None:
        self.harbour = Harbour(**{**DECIDERS, **policy})
        self.said = 0
        self.now: datetime | None = None

    def say(self, verb: str, person: str | None = "ada", scope: Scope = SERVICE, /, **more: Any) -> Answer:
        """A new message each time, unless it is named: `message="m1"`. Dies at `deaths`."""
        self.said += 1
        message = more.pop("message", f"message-{self.said}")
        deaths = more.pop("deaths", None)
        channel = more.pop("channel", Channel.SLACK)
        command = replace(Command(CommandVerb(verb), scope), **more)
        identity = Identity(channel, f"T0CATS/U0{(person or 'nobody').upper()}")
        policy = self.harbour.policies.current("dev")
        now = self.now or self.harbour.clock.advance(seconds=1)
        return Steerer(self.helm(deaths)).steer(command, person, identity, message, policy, now)

    def helm(self, deaths: Deaths | None = None) -> Helm:
        asker = Asker(**_mortal(self.harbour, None, Asker))
        named = _mortal(self.harbour, deaths, Helm)
        return Helm(**named, asker=asker if deaths is None else Mortal(asker, deaths))

    def digest(self, release_index: int = 0) -> str:
        """Of the newest release, or an older one."""
        return self.harbour.records.history("dev", "cats", 99)[release_index].request.digest

    def started(self) -> list[str]:
        """The releases that people asked for."""
        requests = self.harbour.executions.requests.values()
        return [each.release_id for each in requests if each.person is not None]

    @property
    def runs(self) -> str | None:
        return self.harbour.records.standing(CATS).succeeded_digest


def released(*tags: str) -> Bridge:
    """A bridge in whose harbour these have come to their end, one after the other."""
    bridge = Bridge()
    for tag in tags:
        assert bridge.harbour.release(tag).outcome is Outcome.SUCCEEDED
    return bridge


def execution(bridge: Bridge, release_id: str) -> Execution:
    """That of a release which somebody has started."""
    return Execution(bridge.harbour, bridge.harbour.executions.requests[bridge.harbour.executions.arn(release_id)])

"""Steer: a person's command that changes what may run, from whichever chat or terminal it came.

Whoever answers the message (`answer_message`) writes into the trail what came of it, after it was done: a second
delivery finds that, and a delivery whose function died before does the same again, which changes nothing more.
What people wrote stands in the sentences as they wrote it: whoever shows them escapes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pilotage.command import Command, CommandVerb
from pilotage.people import Identity
from pilotage.policy import Policy
from pilotage.rights import may_not
from pilotage.usecases.commands import hold, stop_the_line
from pilotage.usecases.commands.answers import Answer
from pilotage.usecases.commands.helm import Helm, Order
from pilotage.usecases.commands.roll_back import roll_back

Act = Callable[[Order, Helm], Answer]

_OF_A_SERVICE: Mapping[CommandVerb, Act] = {
    CommandVerb.ROLLBACK: roll_back,
    CommandVerb.PIN: hold.pin,
    CommandVerb.UNPIN: hold.unpin,
    CommandVerb.BAN: hold.ban,
    CommandVerb.UNBAN: hold.unban,
}
_OF_A_SCOPE: Mapping[CommandVerb, Act] = {
    CommandVerb.FREEZE: stop_the_line.freeze,
    CommandVerb.UNFREEZE: stop_the_line.unfreeze,
    CommandVerb.LOCK: stop_the_line.lock,
    CommandVerb.UNLOCK: stop_the_line.unlock,
}
STEERS = frozenset({*_OF_A_SERVICE, *_OF_A_SCOPE})


@dataclass(frozen=True)
class Steerer:
    helm: Helm

    def steer(
        self, command: Command, person: str | None, identity: Identity, message_id: str, policy: Policy, now: datetime
    ) -> Answer:
        """Do it, or say why not. `command.verb` is one of STEERS.

        `person` is the name that the policy knows the sender by, None for an identity that it does not know. `policy`
        is that of the scope's environment; for everything, that of the default environment. `now` is when the message
        came, in every try.
        """
        refusal = may_not(command, identity, person, policy)
        if refusal is not None:
            return Answer(refusal, done=False)
        order = Order(message_id, command, person or str(identity), identity, policy, now)
        if command.verb in _OF_A_SCOPE:
            return _OF_A_SCOPE[command.verb](order, self.helm)
        if command.scope.environment is None or command.scope.service is None:
            return Answer(f"{command.verb} is for one service: say which, and in which environment.", done=False)
        return _OF_A_SERVICE[command.verb](order, self.helm)

"""Post a message once, whoever else has the same to say at the same time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pilotage.errors import Unavailable
from pilotage.ports import Cards, Clock, Posted

_PATIENCE = 5  # seconds for another teller to post what it claimed


def post_once(first: Posted, post: Callable[[], str], cards: Cards, clock: Clock, sent: list[str]) -> Posted:
    """The message, by one teller alone. One that dies before it has written down what it posted is replaced after a
    minute, and then there are two messages: of these the second is the one that changes. Raises Unavailable while
    another one has the claim, and what `post` raises.
    """
    key = first.target, first.release_id, first.room
    for _ in range(_PATIENCE + 1):
        posted = cards.get(*key)
        if posted is not None:
            return posted
        if cards.claim(*key, clock.now()):
            posted = replace(first, message=post())
            sent.append(f"{first.room} posted")
            kept = None if cards.save(posted, None) else cards.get(*key)
            return kept or posted
        clock.sleep(1)
    raise Unavailable(f"{first.room}: another teller has {first.release_id} and does not post it")

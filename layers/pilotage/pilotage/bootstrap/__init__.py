"""The one place that puts adapters and use cases together.

Adapters are imported when they are first asked for: a function pays, at its cold start, for what it uses.
"""

from __future__ import annotations

import os
from functools import cache

from pilotage.bootstrap.for_people import ForPeople
from pilotage.bootstrap.for_terminals import ForTerminals
from pilotage.settings import Settings


@cache
def world() -> World:
    """The world of this process: one session, one set of clients."""
    from pilotage.aws.clients import Clients  # noqa: PLC0415 - the SDK is what costs

    return World(Settings.read(os.environ), Clients())


class World(ForTerminals, ForPeople):
    """Every port with its adapter, and every use case."""

"""The trail of what people did, or tried to do. Entries are only ever added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pilotage.people import Identity


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that somebody did. `id` is that of the message, so that a second delivery is the same entry.

    `person` None: an identity that no policy knows. `refused`: nothing was done, and `sentence` says why.
    """

    id: str
    at: datetime
    environment: str
    service: str | None
    verb: str
    person: str | None
    identity: Identity
    sentence: str
    refused: bool = False
    release_id: str | None = None
    binding: str | None = None  # of the plan that was decided on
    reason: str = ""
    digest: str | None = None  # of the image that it is about: banned, pinned, rolled back

"""What a release finds where it goes to: the things that its definitions name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pilotage.verifying.things import Thing


class Surveyor(Protocol):
    """Looks at things, and never at a value of a secret or a parameter."""

    def look(self, things: Collection[Thing[object]]) -> Mapping[Thing[object], object]:
        """Of each thing what its class says there is to see, None where there is no such thing, or `Unseen`: a
        missing right, and whatever else AWS answers, is no reason to stop. Things of a kind share their calls.
        """

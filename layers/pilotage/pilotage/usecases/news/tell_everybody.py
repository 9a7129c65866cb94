"""Whoever wants to know of a release: people in their rooms, the code host, and systems that subscribed.

None of them waits for another: all are tried, and then what failed is raised, so that the event comes again. Rooms and
host know what they show already; a subscriber gets a second message under the same id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from pilotage.errors import BadRequest, NotFound, PilotageError, Transient

if TYPE_CHECKING:
    from pilotage.target import Target
    from pilotage.usecases.news.mirror_release import Mirrorer
    from pilotage.usecases.news.sign_news import NewsSigner
    from pilotage.usecases.news.tell_people import Teller


@dataclass(frozen=True, slots=True)
class Everybody:
    teller: Teller
    mirrorer: Mirrorer
    signer: NewsSigner

    def tell(self, event: Mapping[str, Any], target: Target, release_id: str) -> list[str]:
        """What was sent, a line each. `event` is one of the source `pilotage`. News of one of several services is news
        of the release of all of them, which people see as one; subscribers are told of each.
        """
        kind = str(event["detail-type"])
        whole = self.teller.whole_of(target, release_id)
        shown = [(target, release_id)] if whole is None or self.teller.asks(target, release_id) else []
        shown += [whole] if whole is not None else []
        tries: tuple[Callable[[], list[str]], ...] = (
            *(partial(self.teller.tell, *each, kind) for each in shown),
            partial(self._mirrored, *(whole or (target, release_id))),
            partial(self._signed, event),
        )
        sent: list[str] = []
        failed: list[PilotageError] = []
        for each in tries:
            try:
                sent += each()
            except PilotageError as error:
                failed.append(error)
        if failed:
            raise next((error for error in failed if isinstance(error, Transient)), failed[0])
        return sent

    def _mirrored(self, target: Target, release_id: str) -> list[str]:
        """An image may name a repository or a commit that the App does not know: that is said, and no failure."""
        try:
            state = self.mirrorer.show(target, release_id)
        except (NotFound, BadRequest) as error:
            return [f"not mirrored: {error}"]
        return [f"github: {state}"] if state else []

    def _signed(self, event: Mapping[str, Any]) -> list[str]:
        return ["webhook"] if self.signer.tell(event) else []

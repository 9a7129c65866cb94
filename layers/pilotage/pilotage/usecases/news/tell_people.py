"""Show a release in the rooms that its policy names: one card that changes with it, and a thread of what happened.

Events only wake: whichever comes, in whatever order and however often, what is true now is read and shown. So a card
is never taken back to an older state, and whoever wakes in vain sends nothing.

Nothing here can fail a release: it runs by itself, and is tried again by whoever sent the event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from pilotage.card import Card, Note
from pilotage.card.making import card_of
from pilotage.card.notes import notes_of, pages_of
from pilotage.deciding import Rooms
from pilotage.document import content_hash
from pilotage.errors import BadPolicy, Conflict, NotFound, PilotageError, PlanMissing, Transient, Unavailable
from pilotage.group import whole_of
from pilotage.people import Channel
from pilotage.plan import Plan
from pilotage.ports import Approvals, Cards, Clock, Plans, Policies, Posted, Records, Rollouts, Room
from pilotage.record import ReleaseRecord
from pilotage.target import Target
from pilotage.usecases.groups.members import came
from pilotage.usecases.news.post_once import post_once

WAKES = frozenset(
    {
        *("Push Refused", "Approval Requested", "Approval Decided", "People Paged"),
        *("Rollout Started", "Rollout Progress", "Pause Reached"),
    }
)
_OF_A_RELEASE = "Release "  # and its outcome, or what it waits for
_LOOKS = 5  # at a card that others change at the same time

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Chat:
    """One chat: its rooms, and how it shows things. `changes`: messages can be changed, and have threads."""

    room: Room
    card: Callable[[Card], Body]
    note: Callable[[Note], Body]
    page: Callable[[Note], Body]
    changes: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A room in a chat. `id` is the chat's own; `name` is what its messages are remembered by."""

    chat: Chat
    channel: Channel
    id: str

    @property
    def name(self) -> str:
        return f"{self.channel.value}:{self.id}"


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of a release, at one look."""

    card: Card
    notes: tuple[Note, ...]
    pages: tuple[Note, ...]


@dataclass(frozen=True)
class Teller:
    """`chats`: those that there are, by channel; each is made when a policy first names it."""

    policies: Policies
    records: Records
    approvals: Approvals
    plans: Plans
    rollouts: Rollouts
    cards: Cards
    chats: Mapping[Channel, Callable[[], Chat]]
    clock: Clock

    def tell(self, target: Target, release_id: str, detail_type: str) -> list[str]:
        """What was sent, a line each; [] when nothing had to be. Raises what a chat said, after all others were told:
        Throttled and Unavailable are worth another try.
        """
        if not wakes(detail_type):
            return []
        rooms = self._rooms(target)
        places, pagers = self._places(rooms), self._pagers(rooms)
        if not places and not pagers:
            return []
        sent: list[str] = []
        failed: list[PilotageError] = []
        for place in places:
            self._try(partial(self._show, place, target, release_id, sent), failed)
        for place in pagers:
            self._try(partial(self._page, place, target, release_id, sent), failed)
        if failed:
            raise next((error for error in failed if isinstance(error, Transient)), failed[0])
        return sent

    def whole_of(self, target: Target, release_id: str) -> tuple[Target, str] | None:
        """The release that this one is a part of, which is shown in its place."""
        record = self.records.get(target, release_id)
        return whole_of(record.request) if record is not None else None

    def asks(self, target: Target, release_id: str) -> bool:
        """People were asked about this very release: they answer on its own card."""
        return self.approvals.get(target, release_id) is not None

    def _try(self, act: Callable[[], None], failed: list[PilotageError]) -> None:
        try:
            act()
        except PilotageError as error:
            failed.append(error)

    def _rooms(self, target: Target) -> Rooms:
        """None where there is no policy to name them: a push that was refused may be refused for just that."""
        try:
            return self.policies.current(target.environment).rooms
        except BadPolicy:
            return Rooms()

    def _places(self, rooms: Rooms) -> list[Place]:
        named = [(Channel.SLACK, rooms.slack), (Channel.TEAMS, "workflow" if rooms.teams else None)]
        return [
            Place(self.chats[channel](), channel, room) for channel, room in named if room and channel in self.chats
        ]

    def _pagers(self, rooms: Rooms) -> list[Place]:
        if rooms.slack_pages is None or Channel.SLACK not in self.chats:
            return []
        return [Place(self.chats[Channel.SLACK](), Channel.SLACK, rooms.slack_pages)]

    def _show(self, place: Place, target: Target, release_id: str, sent: list[str]) -> None:
        truth = self._truth(target, release_id)
        if truth is None:
            return
        if not place.chat.changes:
            self._announce(place, target, release_id, truth, sent)
            return
        posted = self._card(place, target, release_id, sent)
        for note in truth.notes:
            key = f"{place.name}/{note.id}"
            body = place.chat.note(note)
            self._once(place, Posted(target, release_id, key, ""), body, sent, thread=posted.message)

    def _announce(self, place: Place, target: Target, release_id: str, truth: Truth, sent: list[str]) -> None:
        """Where no message can be changed, each thing worth knowing is a card of its own, as things stand now."""
        asked = f"asked-{truth.card.binding}" if truth.card.binding else None
        moments = [asked, *(note.id for note in truth.notes if note.loud)]
        for moment in (each for each in moments if each):
            key = f"{place.name}/{moment}"
            self._once(place, Posted(target, release_id, key, "", truth.card.rank), place.chat.card(truth.card), sent)

    def _page(self, place: Place, target: Target, release_id: str, sent: list[str]) -> None:
        truth = self._truth(target, release_id)
        for note in truth.pages if truth is not None else ():
            first = Posted(target, release_id, f"{place.name}/{note.id}", "")
            self._once(place, first, place.chat.page(note), sent)

    def _card(self, place: Place, target: Target, release_id: str, sent: list[str]) -> Posted:
        """The message that shows it. The chat is told first and the table second, so a crash in between is repaired by
        the next try. Who finds that somebody else wrote meanwhile may have overwritten what is newer, and looks again.
        """
        overwrote = False
        for _ in range(_LOOKS):
            posted = self.cards.get(target, release_id, place.name)
            card = self._true_card(target, release_id)
            body = place.chat.card(card)
            shown = Posted(target, release_id, place.name, "", card.rank, content_hash(body))
            if posted is None:
                posted = self._once(place, shown, body, sent)
            if not overwrote and (posted.shown > shown.shown or posted.content == shown.content):
                return posted
            now = self._change(place, replace(shown, message=posted.message), body, sent)
            if self.cards.save(now, posted):
                return now
            overwrote = True
        raise Unavailable(f"{place.name}: others keep changing the card of {release_id}")

    def _change(self, place: Place, shown: Posted, body: Body, sent: list[str]) -> Posted:
        """A message that somebody deleted is posted anew."""
        try:
            place.chat.room.update(place.id, shown.message, body)
        except NotFound:
            shown = replace(shown, message=place.chat.room.post(place.id, body))
        sent.append(f"{shown.room} shows {shown.shown}")
        return shown

    def _once(self, place: Place, first: Posted, body: Body, sent: list[str], thread: str | None = None) -> Posted:
        return post_once(first, partial(place.chat.room.post, place.id, body, thread), self.cards, self.clock, sent)

    def _true_card(self, target: Target, release_id: str) -> Card:
        truth = self._truth(target, release_id)
        if truth is None:
            raise Conflict(f"the record of {release_id} is gone")
        return truth.card

    def _truth(self, target: Target, release_id: str) -> Truth | None:
        """None for a release that is none of ours."""
        record = self.records.get(target, release_id)
        if record is None:
            return None
        asked = self.approvals.get(target, release_id)
        rollout = self.rollouts.get(target)
        if rollout is not None and rollout.release_id != release_id:
            rollout = None
        members = came(record.request, record.members, self.records)
        card = card_of(record, self._plan(record), asked, rollout, self.clock.now(), members)
        return Truth(card, notes_of(record, asked, rollout), pages_of(record, asked))

    def _plan(self, record: ReleaseRecord) -> Plan | None:
        try:
            return self.plans.get(record.plan_hash) if record.plan_hash else None
        except PlanMissing:
            return None


def wakes(detail_type: str) -> bool:
    """Whether an event of this type is about what a card shows. The bus carries other news as well."""
    return detail_type in WAKES or detail_type.startswith(_OF_A_RELEASE)

"""Events for other systems, signed by Standard Webhooks: docs/decisions/0017-signed-events.md says why in an envelope.

An event only wakes: what is told is how the release stands when it is told, as `GET /v1/releases` would answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pilotage.document import canonical
from pilotage.errors import BadEvent
from pilotage.signatures import standard
from pilotage.target import Target
from pilotage.usecases.commands.senders import SECRET
from pilotage.usecases.news.release_document import release_document

if TYPE_CHECKING:
    from pilotage.ports import Approvals, Clock, Records, Secrets, Subscribers
    from pilotage.record import ReleaseRecord

SUBSCRIBER = "subscriber"
# Beside how a release ended: who may put events on a bus can call them anything.
TOLD = frozenset(
    {
        *("Push Refused", "Approval Requested", "Approval Decided", "People Paged"),
        *("Rollout Started", "Rollout Progress", "Release Held", "Release Verified"),
    }
)


@dataclass(frozen=True, slots=True)
class NewsSigner:
    secrets: Secrets
    records: Records
    approvals: Approvals
    subscribers: Subscribers
    clock: Clock

    def tell(self, event: Mapping[str, Any]) -> bool:
        """Sign and send what an event of the source `pilotage` is about. False: nobody subscribed, there is no such
        release, or it did not end as the event says. Told twice, a subscriber gets the same `id` twice. Raises BadEvent
        for an event that is none of ours.
        """
        secrets = self._secrets()
        if not secrets:
            return False
        woken = _read(event)
        record = self.records.get(woken.target, woken.release_id)
        if record is None or not _is_told(str(event["detail-type"]), record):
            return False
        body = {"type": woken.type, "timestamp": woken.time, "data": release_document(record, self.approvals)}
        self.subscribers.send(self._signed(f"evt_{woken.id}", canonical(body), secrets))
        return True

    def _secrets(self) -> Sequence[str]:
        found = [document.get(SUBSCRIBER) for document in self.secrets.of(SECRET)]
        return [secret for secret in found if isinstance(secret, str) and secret]

    def _signed(self, message: str, body: str, secrets: Sequence[str]) -> Mapping[str, str]:
        """With every secret that is valid now: a subscriber that has not changed over yet verifies by the older one."""
        now = self.clock.now()
        signed = [standard.sign(body.encode(), secret, now, message) for secret in secrets]
        return {
            "id": message,
            "timestamp": signed[0][standard.TIMESTAMP],
            "signature": " ".join(headers[standard.SIGNATURE] for headers in signed),
            "body": body,
        }


@dataclass(frozen=True, slots=True)
class _Woken:
    id: str
    type: str
    time: str
    target: Target
    release_id: str


def _read(event: Mapping[str, Any]) -> _Woken:
    try:
        request = event["detail"]["request"]
        return _Woken(
            id=str(event["id"]),
            type=event_type(event["detail-type"]),
            time=str(event["time"]),
            target=Target(request["environment"], request["service"]),
            release_id=request["release_id"],
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise BadEvent("event of Pilotage", type(error).__name__, "It has no id, type, time or release.") from error


def _is_told(detail_type: str, record: ReleaseRecord) -> bool:
    """What is signed is ours: an end that the record does not have is none."""
    ended = f"Release {record.outcome.words}" if record.outcome is not None else None
    return detail_type in {*TOLD, ended}


def event_type(detail_type: str) -> str:
    """`Release Rolled Back` becomes `release.rolled_back`."""
    subject, _, happened = detail_type.lower().partition(" ")
    return f"{subject}.{happened.replace(' ', '_')}"

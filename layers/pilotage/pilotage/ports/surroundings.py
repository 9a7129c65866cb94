"""What runs, tells and measures around a release."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pilotage.outcome import Outcome
    from pilotage.raw_message import RawMessage
    from pilotage.release import ReleaseRequest
    from pilotage.target import Target


class Clock(Protocol):
    def now(self) -> datetime:
        """An aware UTC datetime."""

    def sleep(self, seconds: float) -> None: ...


class Executions(Protocol):
    """The `release` state machine."""

    def start(self, request: ReleaseRequest) -> bool:
        """False when an execution of that name exists already (running with the same input, or ended)."""

    def execution(self, release_id: str) -> str:
        """The ARN of the execution of this release, whether it ever was or not."""

    def is_running(self, execution: str) -> bool: ...

    def resume(self, task_token: str, answer: Mapping[str, Any]) -> bool:
        """SendTaskSuccess; False when nobody waits on this token any more."""

    def fail(self, task_token: str, error: str, cause: str) -> bool:
        """SendTaskFailure; False when nobody waits on this token any more. `error` is what the state machine catches,
        at most 256 characters; `cause` is cut at 32,768.
        """


class Conclusions(Protocol):
    """The function that concludes, for releases whose execution can no longer ask for it."""

    def conclude(self, execution: str, course: Mapping[str, Any]) -> None: ...


class Announcer(Protocol):
    """What others may subscribe to: EventBridge events with source `pilotage`."""

    def tell(self, detail_type: str, target: Target, detail: Mapping[str, Any]) -> None: ...


class Subscribers(Protocol):
    """Other systems that are told by signed webhooks: EventBridge events of the source `pilotage.webhook`, which the
    stack's rule delivers.
    """

    def send(self, envelope: Mapping[str, str]) -> None:
        """`envelope` is {"id", "timestamp", "signature", "body"}: delivered at least once, or left in the queue."""


class Meter(Protocol):
    """EMF metrics."""

    def count(self, outcome: Outcome, target: Target) -> None: ...

    def refused(self, reason_kind: str, channel: str) -> None:
        """A message that was not let in. Both are words of ours: each pair is a metric that costs money."""

    def job_skipped(self, target: Target) -> None:
        """A scheduled job that was not started, since its last run still goes."""


class Secrets(Protocol):
    """What is shared with chats and other systems: signing keys and tokens, each kind a JSON document.

    slack {"signing_secret", "bot_token"}; teams {"security_token", "workflow_url"}; github {"webhook_secret",
    "app_id", "installation_id", "private_key_kms"};
    webhooks {"senders": {"<name>": "whsec_..."}, "subscriber": "whsec_..."}.
    """

    def of(self, name: str) -> tuple[Mapping[str, Any], ...]:
        """The documents of the secret `name` that are valid now, the newest first: two while it is rotated, () when
        there is none. What was read may be minutes old. Raises BadSettings when the newest is no JSON object.
        """


class Signer(Protocol):
    """Keeps private keys and signs with them."""

    def signature(self, key: str, message: bytes) -> bytes:
        """RS256 (RSASSA-PKCS1-v1_5, SHA-256) of at most 4,096 bytes. Raises NotFound for a key that is not there."""


class Messages(Protocol):
    """The function behind the entrance, which looks into messages and answers them."""

    def take(self, message: RawMessage) -> None:
        """It will be looked at, at least once. Raises BadRequest when it is too large to be handed over."""

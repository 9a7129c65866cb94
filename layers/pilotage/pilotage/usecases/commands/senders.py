"""Other systems that send signed messages: each has a name, and a secret of its own in the secret `webhooks`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilotage.errors import Unsigned, shown

if TYPE_CHECKING:
    from pilotage.ports import Secrets

SENDER = "webhook-sender"
SECRET, SENDERS = "webhooks", "senders"


def keys_of(sender: str, secrets: Secrets) -> list[str]:
    """Every secret of this sender that is valid now, the newest first. Raises Unsigned when there is none."""
    found = [document.get(SENDERS) for document in secrets.of(SECRET)]
    keys = [senders[sender] for senders in found if isinstance(senders, dict) and isinstance(senders.get(sender), str)]
    if not keys:
        raise Unsigned("sender", f"there is no sender {shown(sender)} among our secrets")
    return keys

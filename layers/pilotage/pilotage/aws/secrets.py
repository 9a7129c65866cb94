"""Secrets Manager: the port Secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pilotage.aws.errors import translated
from pilotage.errors import BadSettings, NotFound, Transient

if TYPE_CHECKING:
    from pilotage.ports import Clock

FRESH = timedelta(minutes=5)
# What is not there, or could not be read again, is looked for sooner: somebody is about to put it right.
SOON = timedelta(seconds=30)

Documents = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class _Copy:
    """repr shows no secret, wherever this may be printed."""

    documents: Documents = field(repr=False)
    until: datetime


class SecretsManagerSecrets:
    """The secret `<prefix>/<name>`: its version AWSCURRENT, and AWSPREVIOUS, which stays valid until the next rotation.

    Staging labels: Secrets Manager's user guide, "Secret versions". Each process keeps what it read for FRESH, so a new
    secret has to be here that long before its sender begins to use it. When AWS does not answer, the old copy serves.
    """

    def __init__(self, client: Any, prefix: str | None, clock: Clock) -> None:
        self._client, self._prefix, self._clock = client, prefix, clock
        self._copies: dict[str, _Copy] = {}

    def of(self, name: str) -> Documents:
        now, copy = self._clock.now(), self._copies.get(name)
        if copy is not None and now < copy.until:
            return copy.documents
        try:
            documents = self._read(name)
        except Transient:
            if copy is None:
                raise
            self._copies[name] = _Copy(copy.documents, now + SOON)
            return copy.documents
        self._copies[name] = _Copy(documents, now + (FRESH if documents else SOON))
        return documents

    def _read(self, name: str) -> Documents:
        if self._prefix is None:
            raise BadSettings("environment variable PILOTAGE_SECRETS", None, "Set it: see template.yaml.")
        secret = f"{self._prefix}/{name}"
        current = self._version(secret, "AWSCURRENT")
        if current is None:
            return ()
        newest = _document(current)
        if newest is None:
            raise BadSettings(f"secret {secret}", "what is no JSON object", "docs/security.md says what it holds.")
        previous = _document(self._version(secret, "AWSPREVIOUS") or "")
        return (newest,) if previous is None else (newest, previous)

    def _version(self, secret: str, stage: str) -> str | None:
        try:
            with translated("secretsmanager:GetSecretValue", {"ResourceNotFoundException": NotFound}):
                answer = self._client.get_secret_value(SecretId=secret, VersionStage=stage)
        except NotFound:
            return None
        return str(answer.get("SecretString", ""))


def _document(text: str) -> Mapping[str, Any] | None:
    """None for what is no JSON object: a secret often begins its life as a word that somebody typed."""
    try:
        document = json.loads(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None

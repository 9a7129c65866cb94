"""KMS: the port Signer. The private key was imported and never leaves KMS: no function and no log can lose it."""

from __future__ import annotations

from typing import Any

from pilotage.aws.errors import translated

RS256 = "RSASSA_PKCS1_V1_5_SHA_256"


class KmsSigner:
    def __init__(self, kms: Any) -> None:
        self._kms = kms

    def signature(self, key: str, message: bytes) -> bytes:
        """KMS takes up to 4,096 bytes as they are (API reference, Sign: RAW), and makes the digest itself."""
        with translated("kms:Sign"):
            answer = self._kms.sign(KeyId=key, Message=message, MessageType="RAW", SigningAlgorithm=RS256)
        signed: bytes = answer["Signature"]
        return signed

"""ARNs and ids as ECS forms them (Service Authorization Reference, Amazon ECS, resource types)."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field

DIGITS = 19  # of a deployment's and of a service revision's id


@dataclass(slots=True)
class Names:
    """`seed` makes the ids of two models differ; the same seed and the same calls give the same ids."""

    account: str
    region: str
    seed: str = ""
    _count: int = field(default=0)

    def arn(self, resource: str) -> str:
        return f"arn:aws:ecs:{self.region}:{self.account}:{resource}"

    def deployment_id(self) -> str:
        return f"ecs-svc/{self._digits()}"

    def service_deployment(self, cluster: str, service: str) -> str:
        """The id's form is the one of the API reference's examples: 21 letters, digits, `-` and `_`."""
        identity = base64.urlsafe_b64encode(self._bytes()[:16]).decode()[:21]
        return self.arn(f"service-deployment/{cluster}/{service}/{identity}")

    def service_revision(self, cluster: str, service: str) -> str:
        return self.arn(f"service-revision/{cluster}/{service}/{self._digits()}")

    def task_id(self) -> str:
        return self._bytes().hex()[:32]

    def uuid(self) -> str:
        text = self._bytes().hex()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:32]}"

    def hook(self, *, pause: bool) -> str:
        """The form of a pause's is the one of the developer guide's example; of a Lambda hook's there is a UUID."""
        if not pause:
            return self.uuid()
        return "ecs-pause-" + base64.urlsafe_b64encode(self._bytes()).decode().rstrip("=")

    def _digits(self) -> str:
        lowest = 10 ** (DIGITS - 1)
        return str(lowest + int.from_bytes(self._bytes(), "big") % (9 * lowest))

    def _bytes(self) -> bytes:
        self._count += 1
        return hashlib.sha256(f"{self.seed}/{self._count}".encode()).digest()


def last_part(name_or_arn: str) -> str:
    """ECS takes a short name or an ARN nearly everywhere."""
    return name_or_arn.rsplit("/", 1)[-1]

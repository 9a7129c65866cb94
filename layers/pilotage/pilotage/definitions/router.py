"""The container of FireLens, which takes the logs of the others and sends them on.

Sources: Amazon ECS Developer Guide, "Send Amazon ECS logs to an AWS service or AWS Partner", "Example Amazon ECS task
definition: Route logs to FireLens", "Use custom FireLens configuration"; API reference, FirelensConfiguration.
"""

from __future__ import annotations

from typing import Any

from pilotage.definitions.container_parts import Where, filled_in, log_configuration
from pilotage.manifest.containers import ROUTER, ROUTER_IMAGE
from pilotage.manifest.shapes import Router

_FROM_S3 = "arn:"


def router_definition(router: Router, where: Where) -> dict[str, Any]:
    """Essential: without it logs would be lost and nobody would know. Its own go to the service's log group."""
    return filled_in(
        {
            "name": ROUTER,
            "image": router.image or ROUTER_IMAGE,
            "essential": True,
            "memoryReservation": router.memory,
            "firelensConfiguration": filled_in({"type": router.type, "options": _options(router)}),
            "logConfiguration": log_configuration(None, where, ROUTER),
        }
    )


def _options(router: Router) -> dict[str, str]:
    """ECS adds metadata unless it is told not to."""
    options = {} if router.metadata else {"enable-ecs-log-metadata": "false"}
    if router.config is None:
        return options
    kind = "s3" if router.config.startswith(_FROM_S3) else "file"
    return {"config-file-type": kind, "config-file-value": router.config, **options}

"""The cats page, fetched over HTTP from a running task."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.error import URLError
from urllib.request import urlopen

from pilotage_local.stack import client

from pilotage_cli.trouble import WentWrong

_PORT = 8080
_TRIES = 20
_PAUSE_SECONDS = 0.5


class NoPage(WentWrong):
    """No running task of the service answered with the page."""


def fetch(endpoint: str, cluster: str, service: str, version: str) -> str:
    """The address that answered with the page of `version`. Raises NoPage with what answered instead."""
    seen = "no task has an address"
    for _ in range(_TRIES):
        for address in _addresses(endpoint, cluster, service):
            url = f"http://{address}:{_PORT}/"
            try:
                with urlopen(url, timeout=2) as answer:
                    text = answer.read().decode()
            except (URLError, OSError) as error:
                seen = f"{url}: {error}"
                continue
            if version in text and "<svg" in text:
                return url
            seen = f"{url} answers with another page"
        time.sleep(_PAUSE_SECONDS)
    raise NoPage(f"{service} {version}: {seen}")


def _addresses(endpoint: str, cluster: str, service: str) -> Iterator[str]:
    """`attachments[].details[privateIPv4Address]` of running tasks, as an awsvpc task has it."""
    ecs = client("ecs", endpoint)
    arns = ecs.list_tasks(cluster=cluster, serviceName=service, desiredStatus="RUNNING")["taskArns"]
    for task in ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else ():
        for attachment in task.get("attachments", ()):
            for detail in attachment.get("details", ()):
                if detail["name"] == "privateIPv4Address":
                    yield detail["value"]

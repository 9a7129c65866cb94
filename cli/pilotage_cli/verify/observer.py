"""Listens and looks: what the recording will hold."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Self

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from pilotage_local.replay.player import looks
from pilotage_local.replay.recording import Kind, Line

_PAUSE_SECONDS = 1.0
_MOST_SERVICES = 10


class Observer:
    """`with Observer(...) as observer`: a thread of its own listens and looks meanwhile. `names`: what belongs to this
    run, in repositories, clusters and ARNs. `trouble` is what AWS refused it, newest last.
    """

    def __init__(self, client: Callable[[str], Any], cluster: str, queue: str, names: str) -> None:
        self._ecs, self._sqs = client("ecs"), client("sqs")
        self._cluster, self._queue, self._names = cluster, queue, names
        self._lock, self._over = threading.Lock(), threading.Event()
        self._seen: dict[str, Any] = {}
        self._thread = threading.Thread(target=self._watch, name="observer", daemon=True)
        self.lines: list[Line] = []
        self.trouble: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def step(self, name: str) -> None:
        self._add(Kind.STEP, {"name": name})

    def pushed(self, at: datetime, repository: str, tag: str, digest: str) -> None:
        self.note(at, Kind.PUSH, {"repository": repository, "tag": tag, "digest": digest})

    def call(self, operation: str, **request: Any) -> dict[str, Any]:
        """Make a request to ECS and write it down. Raises ClientError, which is written down, too."""
        body: dict[str, Any] = {"operation": operation, "request": request}
        at = datetime.now(UTC)
        try:
            answer = self._ask(operation, request)
        except ClientError as error:
            said = error.response["Error"]
            self.note(at, Kind.CALL, {**body, "error": {"code": said["Code"], "message": said["Message"]}})
            raise
        self.note(at, Kind.CALL, {**body, "answer": answer})
        return answer

    def note(self, at: datetime, kind: Kind, body: Mapping[str, Any]) -> None:
        with self._lock:
            self.lines.append(Line(at, kind, body))

    def ask(self, operation: str, **request: Any) -> dict[str, Any]:
        """A read that need not be written down."""
        return self._ask(operation, request)

    def _add(self, kind: Kind, body: Mapping[str, Any]) -> None:
        self.note(datetime.now(UTC), kind, body)

    def _ask(self, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(self._ecs, xform_name(operation))(**request)
        return {key: value for key, value in answer.items() if key != "ResponseMetadata"}

    def _watch(self) -> None:
        while not self._over.wait(_PAUSE_SECONDS):
            self._try(self._look)
            self._try(self._listen)
        self._try(self._look)
        self._try(self._listen)

    def _try(self, glance: Callable[[], None]) -> None:
        """A throttled glance is one glance less; the next one comes."""
        try:
            glance()
        except (ClientError, BotoCoreError) as error:
            self.trouble.append(f"{datetime.now(UTC):%H:%M:%S} {error}")

    def _look(self) -> None:
        services = self._ask("ListServices", {"cluster": self._cluster})["serviceArns"]
        for arn in services[:_MOST_SERVICES]:
            for operation, request in looks(self._cluster, arn.rpartition("/")[2], self._ask):
                self._glance(operation, request, arn)

    def _glance(self, operation: str, request: Mapping[str, Any], service: str) -> None:
        at, answer = datetime.now(UTC), self._ask(operation, request)
        key = f"{operation} {service} {sorted(request.get('tasks', ()))}"
        if self._seen.get(key) != answer:
            self._seen[key] = answer
            self.note(at, Kind.CALL, {"operation": operation, "request": request, "answer": answer})

    def _listen(self) -> None:
        while True:
            answer = self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10)
            got = answer.get("Messages", [])
            for message in got:
                if self._names in message["Body"]:
                    self._add(Kind.EVENT, {"event": json.loads(message["Body"])})
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
            if not got:
                return

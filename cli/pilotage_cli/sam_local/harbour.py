"""The state that the events need, in an embedded AWS where nobody else acts: the rules of the stack are off, and an
execution of the release waits on one task token, so that each step can be taken from outside.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pilotage.bootstrap import World
from pilotage.document import from_document
from pilotage.ports import Contender
from pilotage.release import ReleaseRequest
from pilotage.rollout import TERMINAL
from pilotage_local import stack

from pilotage_cli.demo.workshop import PushFailed, Workshop
from pilotage_cli.world import world

STACK = "pilotage"
REPOSITORY = "cats"
_PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.25


class NeverCame(Exception):
    """What was waited for did not come in time."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An execution that waits on its task token, and the request that it was started with."""

    execution: str
    token: str
    request: ReleaseRequest
    document: Mapping[str, Any]  # the request as the execution's input has it


class Harbour:
    def __init__(self, running: stack.Running, project: Path, folder: Path) -> None:
        self._running = running
        os.environ.update(stack.environment(running.endpoint))
        self.here: World = world(STACK)
        self._queue = self._client("sqs").create_queue(QueueName="waiting-executions")["QueueUrl"]
        self._workshop = Workshop(
            (folder / "git").resolve(), project / "examples" / "cats", stack.child_environment(running.endpoint)
        )
        self._workshop.hook(running.registry, "none", {})

    @property
    def variables(self) -> dict[str, str]:
        """What the functions are told by their environment, as the stack's outputs name it."""
        settings = self.here.settings
        return {
            "PILOTAGE_TABLE": settings.table,
            "PILOTAGE_POLICY_BUCKET": settings.policy_bucket,
            "PILOTAGE_STATE_MACHINE": settings.state_machine,
            "PILOTAGE_EVENT_BUS": settings.event_bus,
            "PILOTAGE_DEFAULT_ENVIRONMENT": settings.default_environment,
            "PILOTAGE_CONCLUDE_FUNCTION": self._resource("ConcludeReleaseFunction"),
        }

    @property
    def layer(self) -> str:
        """ARN of the layer version that was deployed."""
        versions = self._client("lambda").list_layer_versions(LayerName=f"{STACK}-library")["LayerVersions"]
        return str(max(versions, key=lambda version: version["Version"])["LayerVersionArn"])

    def hold_everybody(self) -> None:
        """From here on nothing happens by itself."""
        events = self._client("events")
        for rule in events.list_rules(NamePrefix=f"{STACK}-")["Rules"]:
            events.disable_rule(Name=rule["Name"])
        wait = {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {
                "QueueUrl": self._queue,
                "MessageBody": {"token.$": "$$.Task.Token", "execution.$": "$$.Execution.Id"},
            },
            "End": True,
        }
        self._client("stepfunctions").update_state_machine(
            stateMachineArn=self.here.settings.state_machine,
            definition=json.dumps({"StartAt": "Wait", "States": {"Wait": wait}}),
        )

    def push(self, tag: str, message: str, patch: str | None = None) -> str:
        """`git push` of the cats; the digest that the registry knows the tag by."""
        try:
            self._workshop.commit(message, patch=patch)
            self._workshop.push(tag, lambda _line: None)
        except PushFailed as error:
            raise NeverCame(f"git push of {tag}: {error}") from error
        return self.digest(tag)

    def digest(self, tag: str) -> str:
        resolved = self.here.registry.resolve(self.here.settings.account, REPOSITORY, tag)
        if resolved is None:
            raise NeverCame(f"{REPOSITORY}:{tag} is not in the registry")
        return resolved.digest

    def started(self, release_id: str) -> Waiting:
        """The execution of that release, once it waits."""
        execution = f"{self.here.settings.state_machine.replace(':stateMachine:', ':execution:')}:{release_id}"
        message = self._until(lambda: self._message_of(execution), f"the task token of {release_id}")
        described = self._client("stepfunctions").describe_execution(executionArn=execution)
        document = json.loads(described["input"])["request"]
        return Waiting(execution, message["token"], from_document(ReleaseRequest, document), document)

    def lease(self, to: Waiting) -> None:
        """As the state AcquireLease does."""
        request = to.request
        self.here.leases.acquire(request.target, Contender(to.execution, request.release_id, request.pushed_at))

    def answer(self, waiting: Waiting) -> Any:
        """What the execution was resumed with, once it was."""
        states = self._client("stepfunctions")

        def output() -> str | None:
            output: str | None = states.describe_execution(executionArn=waiting.execution).get("output")
            return output

        return json.loads(self._until(output, f"the answer to the task token of {waiting.request.release_id}"))

    def ecs_is_done(self, request: ReleaseRequest) -> None:
        rollout = self.here.rollouts.get(request.target)
        arn = rollout.service_deployment_arn if rollout else None

        def ended() -> bool:
            answer = self.here.services.deployment(arn or "")
            return answer is not None and answer.status in TERMINAL

        self._until(ended, f"the end of the service deployment {arn}")

    def _message_of(self, execution: str) -> Any:
        sqs = self._client("sqs")
        for message in sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages", ()):
            body = json.loads(message["Body"])
            if body["execution"] == execution:
                sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
                return body
        return None

    def _until(self, question: Any, what: str) -> Any:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not (answer := question()):
            if time.monotonic() > deadline:
                raise NeverCame(f"{what} did not come within {_PATIENCE_SECONDS:.0f} s")
            time.sleep(_LOOK_SECONDS)
        return answer

    def _resource(self, logical_id: str) -> str:
        described = self._client("cloudformation").describe_stack_resource(
            StackName=STACK, LogicalResourceId=logical_id
        )
        return str(described["StackResourceDetail"]["PhysicalResourceId"])

    def _client(self, service: str) -> Any:
        return stack.client(service, self._running.endpoint)

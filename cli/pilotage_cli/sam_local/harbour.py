"""The state that the events need, in an embedded AWS where nobody else acts: the rules of the stack are off, a message
that was handed over lies in a queue, and an execution of the release waits on a task token, so that each step can be
taken from outside.
"""

from __future__ import annotations

import io
import json
import os
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pilotage.bootstrap import World
from pilotage.document import from_document
from pilotage.migration import OpenMigration
from pilotage.ports import Contender
from pilotage.release import ReleaseRequest
from pilotage.rollout import TERMINAL
from pilotage_local import stack

from pilotage_cli.demo.workshop import PushFailed, Workshop
from pilotage_cli.world import world

STACK = "pilotage"
REPOSITORY = "cats"
_KEEPER = "sam-local-keeps-messages"
# Stands in for AnswerMessageFunction: what it is handed stays where the story finds it.
_KEEPS = """
import json, os
import botocore.session

def handler(event, _context):
    sqs = botocore.session.get_session().create_client("sqs")
    sqs.send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(event))
"""
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
        self._handed_over = self._client("sqs").create_queue(QueueName="messages-handed-over")["QueueUrl"]
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
            "PILOTAGE_ANSWER_FUNCTION": _KEEPER,
            "PILOTAGE_SECRETS": STACK,
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
                "MessageBody": {"token.$": "$$.Task.Token", "execution.$": "$$.Execution.Id", "with.$": "$"},
            },
            "Next": "GoesOn",
        }
        # People answer first, then the migration; then the release goes on to wait for its rollout, or for its turn.
        said = {
            "Type": "Choice",
            "Choices": [{"Variable": f"$.{word}", "IsPresent": True, "Next": "Wait"} for word in ("said", "ran")],
            "Default": "Over",
        }
        states = {"Wait": wait, "GoesOn": said, "Over": {"Type": "Succeed"}}
        self._client("stepfunctions").update_state_machine(
            stateMachineArn=self.here.settings.state_machine,
            definition=json.dumps({"StartAt": "Wait", "States": states}),
        )
        self._keep_messages()

    def push(self, tag: str, message: str, patch: str | None = None, manifest: str | None = None) -> str:
        """`git push` of the cats, with this manifest if one is given; the digest that the registry knows the tag by."""
        if manifest is not None:
            (self._workshop.clone / "pilotage.yaml").write_text(manifest)
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

    def goes_on(self, waiting: Waiting) -> tuple[Any, Waiting]:
        """What people's answer to it was, and the same execution on its next task token."""
        message = self._until(
            lambda: self._message_of(waiting.execution), f"the answer to the task token of {waiting.request.release_id}"
        )
        return message["with"], replace(waiting, token=message["token"])

    def handed_over(self) -> Any:
        """The message that ReceiveMessageFunction handed over last."""
        return self._until(lambda: self._taken(self._handed_over, lambda _: True), "a message that was handed over")

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

    def migration(self, request: ReleaseRequest) -> OpenMigration:
        """The one that runs, once its task has ended."""

        def ended() -> OpenMigration | None:
            migration = self.here.migrations.get(request.target)
            if migration is None or migration.task is None:
                return None
            seen = self.here.tasks.look(migration.cluster, migration.task)
            return migration if seen is not None and seen.status == "STOPPED" else None

        found: OpenMigration = self._until(ended, f"the end of the migration of {request.release_id}")
        return found

    def deployed(self, request: ReleaseRequest) -> Mapping[str, Any]:
        """The service deployment of its open rollout, as ECS describes it."""
        rollout = self.here.rollouts.get(request.target)
        arn = rollout.service_deployment_arn if rollout else None
        if arn is None:
            raise NeverCame(f"{request.target} has no service deployment")
        described = self._client("ecs").describe_service_deployments(serviceDeploymentArns=[arn])
        found: Mapping[str, Any] = described["serviceDeployments"][0]
        return found

    def _message_of(self, execution: str) -> Any:
        return self._taken(self._queue, lambda body: body["execution"] == execution)

    def _taken(self, queue: str, wanted: Callable[[Any], bool]) -> Any:
        sqs = self._client("sqs")
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", ()):
            body = json.loads(message["Body"])
            if wanted(body):
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                return body
        return None

    def _keep_messages(self) -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("keeps.py", _KEEPS)
        self._client("lambda").create_function(
            FunctionName=_KEEPER,
            Runtime="python3.13",
            Role="arn:aws:iam::000000000000:role/keeps-messages",
            Handler="keeps.handler",
            Code={"ZipFile": packed.getvalue()},
            Environment={"Variables": {"QUEUE": self._handed_over, "AWS_ENDPOINT_URL": self._running.endpoint}},
        )

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

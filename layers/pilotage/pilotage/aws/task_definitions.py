"""Task definitions and their revisions, for the adapter of Services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotage.aws import refusals
from pilotage.aws.errors import translated
from pilotage.errors import NotFound, PilotageError
from pilotage.ports import Models

CONTENT_TAG = "pilotage:content"
# ECS's sentence for a family or revision that it does not have; ClientException stands for other things as well.
_UNKNOWN = "Unable to describe task definition"


class TaskDefinitions:
    def __init__(self, ecs: Any, models: Models) -> None:
        self._ecs, self._models = ecs, models

    def register(self, body: Mapping[str, Any]) -> str:
        self._models.check("ecs", "RegisterTaskDefinition", body)
        with translated("ecs:RegisterTaskDefinition", refusals.of_a_definition(body["family"])):
            answer = self._ecs.register_task_definition(**body)
        return str(answer["taskDefinition"]["taskDefinitionArn"])

    def body(self, revision: str) -> Mapping[str, Any] | None:
        """DescribeTaskDefinition with `tags` as one of its keys. A family gives its newest ACTIVE revision."""
        try:
            with translated("ecs:DescribeTaskDefinition", {"ClientException": _missing}):
                answer = self._ecs.describe_task_definition(taskDefinition=revision, include=["TAGS"])
        except NotFound:
            return None
        return {**answer["taskDefinition"], "tags": answer.get("tags", [])}

    def newest(self, family: str) -> tuple[str, str] | None:
        found = self.body(family)
        if found is None or found["status"] != "ACTIVE":
            return None
        tags = {tag["key"]: tag["value"] for tag in found["tags"]}
        return found["taskDefinitionArn"], tags.get(CONTENT_TAG, "")

    def is_active(self, revision: str) -> bool:
        found = self.body(revision)
        return found is not None and bool(found["status"] == "ACTIVE")


def _missing(sentence: str) -> PilotageError:
    return NotFound(sentence) if _UNKNOWN in sentence else PilotageError(sentence)

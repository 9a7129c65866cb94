"""Task definitions by their family: the port Families."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from pilotage.aws import refusals
from pilotage.aws.errors import Known, translated
from pilotage.aws.pages import pages
from pilotage.errors import NotFound, PilotageError

_AT_ONCE = 100  # ListTaskDefinitions, and tasks in one DescribeTasks (API reference)
# ECS's sentences for a revision that it does not have, or not any more.
_UNKNOWN = ("Unable to describe task definition", "does not exist", "is inactive")


class EcsFamilies:
    """`ecs` is a botocore client."""

    def __init__(self, ecs: Any) -> None:
        self._ecs = ecs

    def active(self, family: str, at_most: int) -> Sequence[str]:
        """`familyPrefix` takes the whole name of a family (API reference, ListTaskDefinitions)."""
        with translated("ecs:ListTaskDefinitions"):
            request = {"familyPrefix": family, "status": "ACTIVE", "sort": "DESC", "maxResults": _AT_ONCE}
            listed = pages(self._ecs.list_task_definitions, **request)
            arns = (str(arn) for page in listed for arn in page["taskDefinitionArns"])
            return list(islice(arns, at_most))

    def tags(self, revision: str) -> Mapping[str, str]:
        try:
            with translated("ecs:DescribeTaskDefinition", _missing()):
                answer = self._ecs.describe_task_definition(taskDefinition=revision, include=["TAGS"])
        except NotFound:
            return {}
        return {str(tag["key"]): str(tag.get("value", "")) for tag in answer.get("tags", ())}

    def run_by_tasks(self, cluster: str, family: str) -> frozenset[str]:
        known = refusals.of_a_read(cluster)
        with translated("ecs:ListTasks", known):
            listed = list(pages(self._ecs.list_tasks, cluster=cluster, family=family))
        tasks = [arn for page in listed for arn in page["taskArns"]]
        found: set[str] = set()
        for start in range(0, len(tasks), _AT_ONCE):
            with translated("ecs:DescribeTasks", known):
                answer = self._ecs.describe_tasks(cluster=cluster, tasks=tasks[start : start + _AT_ONCE])
            found |= {str(task["taskDefinitionArn"]) for task in answer["tasks"]}
        return frozenset(found)

    def deregister(self, revision: str) -> None:
        try:
            with translated("ecs:DeregisterTaskDefinition", _missing()):
                self._ecs.deregister_task_definition(taskDefinition=revision)
        except NotFound:
            return


def _missing() -> Known:
    def read(sentence: str) -> PilotageError:
        return NotFound(sentence) if any(words in sentence for words in _UNKNOWN) else PilotageError(sentence)

    return dict.fromkeys(("ClientException", "InvalidParameterException"), read)

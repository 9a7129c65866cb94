"""Tasks that stopped, for the adapter of Services."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pilotage.aws import refusals
from pilotage.aws.errors import translated
from pilotage.aws.pages import pages
from pilotage.errors import NotFound
from pilotage.rollout.stop_reasons import why_it_stopped

_AT_ONCE = 100  # tasks in one DescribeTasks (API reference)
_MOST = 20  # distinct sentences: a crash loop says the same one over and over


class StoppedTasks:
    def __init__(self, ecs: Any) -> None:
        self._ecs = ecs

    def reasons(self, cluster: str, service: str, revision: str) -> Sequence[str]:
        """Distinct sentences, the latest task's first, at most 20."""
        ours = [task for task in self._tasks(cluster, service) if task["taskDefinitionArn"] == revision]
        ours.sort(key=lambda task: str(task.get("stoppedAt", "")), reverse=True)
        sentences = (why_it_stopped(task) for task in ours)
        return list(dict.fromkeys(each for each in sentences if each))[:_MOST]

    def _tasks(self, cluster: str, service: str) -> Iterator[Mapping[str, Any]]:
        known = {"ServiceNotFoundException": NotFound, **refusals.of_a_read(cluster)}
        try:
            with translated("ecs:ListTasks", known):
                request = {"cluster": cluster, "serviceName": service, "desiredStatus": "STOPPED"}
                arns = [arn for page in pages(self._ecs.list_tasks, **request) for arn in page["taskArns"]]
        except NotFound:
            return
        for start in range(0, len(arns), _AT_ONCE):
            with translated("ecs:DescribeTasks", refusals.of_a_read(cluster)):
                answer = self._ecs.describe_tasks(cluster=cluster, tasks=arns[start : start + _AT_ONCE])
            yield from answer["tasks"]

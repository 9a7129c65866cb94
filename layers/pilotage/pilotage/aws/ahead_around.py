"""Schedules and repository tags, read ahead for a whole environment.

ListSchedules names those that are there (EventBridge Scheduler API reference), so that only they are asked for.
GetResources gives the tags of all repositories of the account, a hundred a page (Resource Groups Tagging API).
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from pilotage.aws.errors import translated
from pilotage.errors import AccessDenied

_PAGE = 100


class SchedulesAhead:
    """Stands for botocore's client of EventBridge Scheduler; only reads what begins with `prefix` in `group`."""

    def __init__(self, scheduler: Any, group: str, prefix: str, threads: int) -> None:
        self._scheduler, self._group, self._prefix = scheduler, group, prefix
        names: list[str] = []
        request: dict[str, Any] = {"GroupName": group, "NamePrefix": prefix, "MaxResults": _PAGE}
        while True:
            with translated("scheduler:ListSchedules"):
                answer = scheduler.list_schedules(**request)
            names += [each["Name"] for each in answer["Schedules"]]
            if not answer.get("NextToken"):
                break
            request["NextToken"] = answer["NextToken"]
        with ThreadPoolExecutor(threads) as crew:
            self._known = dict(zip(names, crew.map(self._schedule, names), strict=True))

    @property
    def revisions(self) -> list[str]:
        """The task definitions that they start."""
        targets = (each["Target"].get("EcsParameters") for each in self._known.values())
        return [parameters["TaskDefinitionArn"] for parameters in targets if parameters is not None]

    def get_schedule(self, *, Name: str, GroupName: str) -> Any:  # noqa: N803 - AWS's
        if GroupName != self._group or not Name.startswith(self._prefix):
            return self._scheduler.get_schedule(Name=Name, GroupName=GroupName)
        if Name not in self._known:
            said = f"Schedule {Name} does not exist."
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": said}}, "GetSchedule")
        return self._known[Name]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scheduler, name)

    def _schedule(self, name: str) -> Any:
        with translated("scheduler:GetSchedule"):
            return self._scheduler.get_schedule(Name=name, GroupName=self._group)


class TagsAhead:
    """Stands for botocore's client of ECR. A repository that is not told (of another account) is asked for by itself,
    and so is each where the right to read all of them is missing.
    """

    def __init__(self, ecr: Any, tagging: Any) -> None:
        self._ecr = ecr
        self._known: dict[str, list[Mapping[str, str]]] = {}
        request: dict[str, Any] = {"ResourceTypeFilters": ["ecr:repository"], "ResourcesPerPage": _PAGE}
        while True:
            try:
                with translated("tag:GetResources"):
                    answer = tagging.get_resources(**request)
            except AccessDenied:
                return
            self._known |= {each["ResourceARN"]: each.get("Tags", []) for each in answer["ResourceTagMappingList"]}
            if not answer.get("PaginationToken"):
                return
            request["PaginationToken"] = answer["PaginationToken"]

    def list_tags_for_resource(self, *, resourceArn: str) -> Any:  # noqa: N803 - AWS's
        known = self._known.get(resourceArn)
        return {"tags": known} if known is not None else self._ecr.list_tags_for_resource(resourceArn=resourceArn)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ecr, name)

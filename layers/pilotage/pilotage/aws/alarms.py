"""CloudWatch's alarms that Pilotage owns: the port Alarms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pilotage.aws.errors import translated
from pilotage.errors import BadDefinition, NotFound, PilotageError
from pilotage.ports import Models

_OURS = re.compile(r"pilotage-.+-[0-9a-f]{8}")
_AT_ONCE = 100  # names in one DeleteAlarms, alarms in one page of DescribeAlarms (API reference)


class CloudWatchAlarms:
    """`cloudwatch` is a botocore client."""

    def __init__(self, cloudwatch: Any, models: Models) -> None:
        self._cloudwatch, self._models = cloudwatch, models

    def ensure(self, body: Mapping[str, Any]) -> None:
        """The same again changes nothing but the time of the alarm's configuration. Raises BadDefinition."""
        name = body["AlarmName"]

        def refuse(sentence: str) -> PilotageError:
            return BadDefinition(f"alarm: {sentence}", name, "Change the check that it belongs to, or its bound.")

        final = ("InvalidParameterCombination", "InvalidParameterValue", "MissingParameter", "ValidationError")
        self._models.check("cloudwatch", "PutMetricAlarm", body)
        full = {"LimitExceeded": refuse, "LimitExceededFault": refuse}
        with translated("cloudwatch:PutMetricAlarm", {**dict.fromkeys(final, refuse), **full}):
            self._cloudwatch.put_metric_alarm(**body)

    def owned(self, prefix: str) -> Sequence[str]:
        """Those with a name as ours have it, which ends in eight hexadecimal digits: a stack may be called as its
        environment is, and its own alarms begin alike.
        """
        return sorted(name for name in self._named(prefix) if _OURS.fullmatch(name))

    def remove(self, names: Sequence[str]) -> None:
        """DeleteAlarms deletes nothing when one of several names is unknown ("ResourceNotFound"): those go one by one
        then, and the unknown one is what was wanted.
        """
        for start in range(0, len(names), _AT_ONCE):
            some = list(names[start : start + _AT_ONCE])
            try:
                self._delete(some)
            except NotFound:
                for name in some:
                    self._delete_one(name)

    def _delete_one(self, name: str) -> None:
        try:
            self._delete([name])
        except NotFound:
            return

    def _delete(self, names: list[str]) -> None:
        gone = dict.fromkeys(("ResourceNotFound", "ResourceNotFoundException"), NotFound)
        with translated("cloudwatch:DeleteAlarms", gone):
            self._cloudwatch.delete_alarms(AlarmNames=names)

    def _named(self, prefix: str) -> Iterator[str]:
        request: dict[str, Any] = {"AlarmNamePrefix": prefix, "AlarmTypes": ["MetricAlarm"], "MaxRecords": _AT_ONCE}
        while True:
            with translated("cloudwatch:DescribeAlarms"):
                answer = self._cloudwatch.describe_alarms(**request)
            yield from (str(alarm["AlarmName"]) for alarm in answer.get("MetricAlarms", ()))
            if not answer.get("NextToken"):
                return
            request["NextToken"] = answer["NextToken"]

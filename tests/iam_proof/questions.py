"""From a recorded call to what IAM is asked: an action, a resource, the condition keys.

One call may ask several things: every resource that it names, the tags that it sets, the roles that it passes. Which
resource types an action has is taken from the Service Authorization Reference, page of each service.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from iam_proof.expanded import ACCOUNT, REGION, STACK, canonical

Call = Mapping[str, Any]
Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Request:
    principal: str
    action: str
    resource: str
    context: Mapping[str, str | list[str]] = field(default_factory=dict)

    def __str__(self) -> str:
        with_keys = f" with {dict(self.context)}" if self.context else ""
        return f"{self.principal}: {self.action} on {self.resource}{with_keys}"


class Unmapped(Exception):
    """A call that this table does not know: add its action, or what it names, to `_RESOURCES`."""


def asked(call: Call) -> list[Request]:
    """Everything that IAM decides about one recorded call."""
    who, parameters = call["principal"], call.get("parameters", {})
    action = _IAM_NAME.get(call["action"], call["action"])
    if action not in _RESOURCES:
        raise Unmapped(f"{who}: {action} ({call.get('resource')})")
    found = [Request(who, action, canonical(resource)) for resource in _RESOURCES[action](parameters, call)]
    if not found:
        raise Unmapped(f"{who}: {action} names no resource in {dict(parameters)}")
    context = _CONTEXT.get(action)
    if context is not None:
        found = [Request(who, action, one.resource, context(parameters)) for one in found]
    return [
        *found,
        *_tagging(who, action, found),
        *_tagging_targets(who, action, parameters, found),
        *_passing(who, action, parameters),
    ]


def _tagging(who: str, action: str, found: list[Request]) -> Iterator[Request]:
    """Pilotage tags whatever it creates; ECS asks for ecs:TagResource then (developer guide, tagging on creation)."""
    if action in {"ecs:RegisterTaskDefinition", "ecs:CreateService"}:
        for one in found:
            yield Request(who, "ecs:TagResource", one.resource, {"ecs:CreateAction": action.partition(":")[2]})
    if action == "ecs:RunTask":
        yield Request(who, "ecs:TagResource", _arn("ecs", "task/main/0123"), {"ecs:CreateAction": "RunTask"})
    if action == "cloudwatch:PutMetricAlarm":  # API reference, PutMetricAlarm, Tags
        for one in found:
            yield Request(who, "cloudwatch:TagResource", one.resource)


def _tagging_targets(who: str, action: str, parameters: Parameters, found: list[Request]) -> Iterator[Request]:
    """API reference, RegisterScalableTarget, Tags."""
    if action == "application-autoscaling:RegisterScalableTarget" and parameters.get("Tags"):
        keys: list[str] = sorted(parameters["Tags"])
        for one in found:
            yield Request(who, "application-autoscaling:TagResource", one.resource, {"aws:TagKeys": keys})


def _passing(who: str, action: str, parameters: Parameters) -> Iterator[Request]:
    """Every role in a request body is passed, to the service that will assume it."""
    service, _, operation = action.partition(":")
    if not operation.startswith(("Create", "Update", "Register")):
        return
    for path, role in _roles(parameters, ""):
        receiver = "scheduler" if service == "scheduler" and "Ecs" not in path else _RECEIVER.get(operation, "ecs")
        yield Request(who, "iam:PassRole", canonical(role), {"iam:PassedToService": f"{receiver}.amazonaws.com"})


_RECEIVER = {"RegisterTaskDefinition": "ecs-tasks"}


def _roles(document: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(document, Mapping):
        for name, value in document.items():
            yield from _roles(value, f"{path}.{name}")
    elif isinstance(document, list):
        for value in document:
            yield from _roles(value, path)
    elif isinstance(document, str) and re.match(r"arn:[\w-]+:iam::\d+:role/", document):
        yield path, document


def _arn(service: str, rest: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"


def _last(name_or_arn: str) -> str:
    return name_or_arn.rpartition("/")[2]


def _named(service: str, kind: str, parameter: str) -> Callable[[Parameters, Call], list[str]]:
    """`parameter` holds a name; an ARN passes as it is."""

    def resources(parameters: Parameters, _call: Call) -> list[str]:
        value = parameters.get(parameter)
        return [] if value is None else [value if value.startswith("arn:") else _arn(service, f"{kind}{value}")]

    return resources


def _everything(_parameters: Parameters, _call: Call) -> list[str]:
    return ["*"]


def _as_recorded(_parameters: Parameters, call: Call) -> list[str]:
    return [call["resource"]]


def _services(parameters: Parameters, _call: Call) -> list[str]:
    cluster = _last(parameters.get("cluster") or "default")
    named = parameters.get("services") or [parameters.get("serviceName") or parameters.get("service")]
    return [_arn("ecs", f"service/{cluster}/{_last(name)}") for name in named if name]


def _tasks(parameters: Parameters, _call: Call) -> list[str]:
    cluster = _last(parameters.get("cluster") or "default")
    named = parameters.get("tasks") or [parameters.get("task")]
    return [_arn("ecs", f"task/{cluster}/{_last(task)}") for task in named if task]


def _log_stream(parameters: Parameters, _call: Call) -> list[str]:
    group, stream = parameters.get("logGroupName"), parameters.get("logStreamName")
    return [_arn("logs", f"log-group:{group}:log-stream:{stream}")] if group and stream else []


def _of_service(parameter: str) -> Callable[[Parameters, Call], list[str]]:
    """Deployments and revisions: IAM asks for the service and for the thing itself."""

    def resources(parameters: Parameters, _call: Call) -> list[str]:
        value = parameters.get(parameter) or []
        arns = [value] if isinstance(value, str) else value
        owners = [_arn("ecs", f"service/{arn.split('/')[1]}/{arn.split('/')[2]}") for arn in arns]
        return list(dict.fromkeys([*arns, *owners]))

    return resources


def _table(parameters: Parameters, _call: Call) -> list[str]:
    table = parameters.get("TableName")
    index = f"/index/{parameters['IndexName']}" if "IndexName" in parameters else ""
    return [_arn("dynamodb", f"table/{table}{index}")] if table else []


def _object(parameters: Parameters, call: Call) -> list[str]:
    """The object; and its bucket, where a 404 was told from a 403 (S3 user guide, GetObject, permissions)."""
    path = str(parameters.get("path", "")).lstrip("/")
    return [f"arn:aws:s3:::{path}"] if path else [call["resource"]]


def _schedule(parameters: Parameters, call: Call) -> list[str]:
    name = parameters.get("Name") or _last(str(parameters.get("path", "")))
    group = parameters.get("GroupName") or parameters.get("groupName") or "default"
    return [_arn("scheduler", f"schedule/{group}/{name}")] if name else [call["resource"]]


def _function(parameters: Parameters, _call: Call) -> list[str]:
    """Step Functions names it in a parameter, Lambda's own API in the path (API reference, Invoke)."""
    in_path = re.fullmatch(r"/2015-03-31/functions/(.+)/invocations", str(parameters.get("path", "")))
    name = in_path.group(1) if in_path else parameters.get("FunctionName")
    return [] if name is None else [name if name.startswith("arn:") else _arn("lambda", f"function:{name}")]


def _bus(parameters: Parameters, _call: Call) -> list[str]:
    entries = parameters.get("Entries") or [{}]
    buses = {_last(entry.get("EventBusName") or "default") for entry in entries}
    return [_arn("events", f"event-bus/{bus}") for bus in sorted(buses)]


def _sources(parameters: Parameters) -> dict[str, str | list[str]]:
    entries = parameters.get("Entries") or []
    named: list[str] = sorted({entry["Source"] for entry in entries if "Source" in entry})
    return {"events:source": named} if named else {}


def _partition(parameters: Parameters) -> dict[str, str | list[str]]:
    """The kind of item, which is how its partition key begins (Service Authorization Reference, DynamoDB, condition
    key `dynamodb:LeadingKeys`).
    """
    kind = parameters.get("LeadingKey")
    return {"dynamodb:LeadingKeys": [kind]} if kind else {}


def _repositories(_parameters: Parameters, _call: Call) -> list[str]:
    return [_arn("ecr", "repository/*")]  # DescribeRepositories without names asks for all of them


def _alarms(parameters: Parameters, _call: Call) -> list[str]:
    return [_arn("cloudwatch", f"alarm:{name}") for name in parameters.get("AlarmNames") or ()]


def _alarms_by_prefix(parameters: Parameters, call: Call) -> list[str]:
    if "AlarmNames" in parameters:
        return _alarms(parameters, call)
    return [_arn("cloudwatch", f"alarm:{parameters.get('AlarmNamePrefix', '')}*")]


def _account_role(parameters: Parameters, _call: Call) -> list[str]:
    """By its name alone, as GetRole is asked; which path it has, the foundation and the template say."""
    name = parameters.get("RoleName")
    path = "" if str(name).startswith(f"{STACK}-RolloutHookRole") else "pilotage/workload/"
    return [f"arn:aws:iam::{ACCOUNT}:role/{path}{name}"] if name else []


def _clusters(parameters: Parameters, _call: Call) -> list[str]:
    return [_arn("ecs", f"cluster/{_last(name)}") for name in parameters.get("clusters") or ()]


def _providers(parameters: Parameters, _call: Call) -> list[str]:
    return [_arn("ecs", f"capacity-provider/{_last(name)}") for name in parameters.get("capacityProviders") or ()]


def _scaled(parameters: Parameters, _call: Call) -> list[str]:
    """Application Auto Scaling calls a target by an id of its own, which no request names."""
    return [_arn("application-autoscaling", "scalable-target/0123")] if parameters.get("ResourceId") else []


def _dimension(parameters: Parameters) -> dict[str, str | list[str]]:
    keys = {"service-namespace": "ServiceNamespace", "scalable-dimension": "ScalableDimension"}
    return {f"application-autoscaling:{key}": str(parameters.get(name)) for key, name in keys.items()}


_REPOSITORY = _named("ecr", "repository/", "repositoryName")
_LOG_GROUP = _named("logs", "log-group:", "logGroupName")
_RESOURCES: dict[str, Callable[[Parameters, Call], list[str]]] = {
    "application-autoscaling:DeleteScalingPolicy": _scaled,
    "application-autoscaling:DeleteScheduledAction": _scaled,
    "application-autoscaling:DeregisterScalableTarget": _scaled,
    "application-autoscaling:DescribeScalableTargets": _everything,
    "application-autoscaling:DescribeScalingPolicies": _everything,
    "application-autoscaling:DescribeScheduledActions": _everything,
    "application-autoscaling:PutScalingPolicy": _scaled,
    "application-autoscaling:PutScheduledAction": _scaled,
    "application-autoscaling:RegisterScalableTarget": _scaled,
    "cloudwatch:DeleteAlarms": _alarms,
    "cloudwatch:DescribeAlarms": _alarms_by_prefix,
    "cloudwatch:GetMetricData": _everything,
    "cloudwatch:PutMetricAlarm": _named("cloudwatch", "alarm:", "AlarmName"),
    "dynamodb:DeleteItem": _table,
    "dynamodb:GetItem": _table,
    "dynamodb:PutItem": _table,
    "dynamodb:Query": _table,
    "dynamodb:UpdateItem": _table,
    "ec2:DescribeSecurityGroups": _everything,
    "ec2:DescribeSubnets": _everything,
    "ecr:BatchGetImage": _REPOSITORY,
    "ecr:DescribeImageScanFindings": _REPOSITORY,
    "ecr:DescribeImages": _REPOSITORY,
    "ecr:DescribeRepositories": _repositories,
    "ecr:GetDownloadUrlForLayer": _REPOSITORY,
    "ecr:ListTagsForResource": _named("ecr", "", "resourceArn"),
    "ecr:PutImage": _REPOSITORY,
    "ecs:ContinueServiceDeployment": _of_service("serviceDeploymentArn"),
    "ecs:CreateService": _services,
    "ecs:DeregisterTaskDefinition": _everything,
    "ecs:DescribeCapacityProviders": _providers,
    "ecs:DescribeClusters": _clusters,
    "ecs:DescribeServiceDeployments": _of_service("serviceDeploymentArns"),
    "ecs:DescribeServiceRevisions": _of_service("serviceRevisionArns"),
    "ecs:DescribeServices": _services,
    "ecs:DescribeTaskDefinition": _everything,
    "ecs:DescribeTasks": _tasks,
    "ecs:ListServiceDeployments": _services,
    "ecs:ListTaskDefinitions": _everything,
    "ecs:ListTasks": _everything,
    "ecs:RegisterTaskDefinition": lambda parameters, _: [_arn("ecs", f"task-definition/{parameters['family']}:1")],
    "ecs:RunTask": _named("ecs", "task-definition/", "taskDefinition"),
    "ecs:StopTask": _tasks,
    "ecs:StopServiceDeployment": _of_service("serviceDeploymentArn"),
    "ecs:UpdateService": _services,
    "elasticloadbalancing:DescribeTargetGroups": _everything,
    "events:PutEvents": _bus,
    "iam:GetRole": _account_role,
    "lambda:InvokeFunction": _function,
    "logs:CreateLogGroup": _LOG_GROUP,
    "logs:GetLogEvents": _log_stream,
    "logs:PutRetentionPolicy": _LOG_GROUP,
    "s3:GetObject": _object,
    "scheduler:CreateSchedule": _schedule,
    "scheduler:GetSchedule": _schedule,
    "scheduler:UpdateSchedule": _schedule,
    "secretsmanager:DescribeSecret": _as_recorded,
    "secretsmanager:GetSecretValue": _as_recorded,  # no name of a secret is kept among the parameters
    "ssm:DescribeParameters": _everything,
    "states:DescribeExecution": _named("states", "", "executionArn"),
    "states:SendTaskFailure": _everything,
    "states:SendTaskSuccess": _everything,
    "states:StartExecution": _named("states", "", "stateMachineArn"),
}
_IAM_NAME = {"lambda:Invoke": "lambda:InvokeFunction"}
_CONTEXT: dict[str, Callable[[Parameters], Mapping[str, str | list[str]]]] = {
    **{action: _dimension for action, names in _RESOURCES.items() if names is _scaled},
    "dynamodb:DeleteItem": _partition,
    "dynamodb:GetItem": _partition,
    "dynamodb:PutItem": _partition,
    "dynamodb:UpdateItem": _partition,
    "events:PutEvents": _sources,
}

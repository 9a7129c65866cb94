"""The normal form, in which what was imported and what is rendered have to be equal. docs/import.md has it in words.

`adapted` gives the original what is the policy's or Pilotage's to say; `task_content` and `service_content` leave out,
of both, what says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pilotage.definitions.canonical import service_content as canonical_service
from pilotage.definitions.canonical import task_definition_content
from pilotage.definitions.connect import discovery_name
from pilotage.manifest.units import cpu_units, mebibytes
from pilotage.manifest.words import Launch

from pilotage_cli.importing.original import Original, is_foreign

# By what of it is the policy's or Pilotage's, the sentence of docs/import.md that says so.
RULES: Mapping[str, str] = {
    "image": "The image of the main container is the pushed one, and needs no `repositoryCredentials`.",
    "family": "The family is `<environment>-<service>`.",
    "execution role": "The execution role is the policy's.",
    "log group": "Logs in CloudWatch go to the service's own group, in the policy's region.",
    "log buffer": "Logs that say no `mode` are non-blocking, as ECS has them, with Pilotage's buffer of 25 MiB.",
    "port names": "A port mapping without a name is called `<port>-<protocol>`.",
    "network mode": "A task definition without a network mode has `awsvpc` on Fargate and `bridge` on Linux instances.",
    "compatibilities": "A task definition that says no `requiresCompatibilities` says where it runs.",
    "tags": "Tags that begin with `pilotage:` or `aws:` are left out, and so are those that tell who manages it.",
    "names": "A role or an SSM parameter that is named without its ARN is named by it; where an ARN leaves account or "
    "region open, it has those of the import.",
    "sizes": "A size of a task is a number: `.5 vCPU` is 512.",
    "service": "The name of a service is its own, cluster and task definition are the policy's and the release's.",
    "discovery": "A name in Service Connect that is not said is the service's.",
    "network": "A service that says no network has the policy's.",
    "launch type": "A launch type is the capacity provider of the same kind.",
    "circuit breaker": "The circuit breaker is Pilotage's: on, with rollback, counting failed tasks, without reset.",
    "managed tags": "Tasks have ECS's managed tags and those of their task definition.",
    "percentages": "A service that says no percentages has 100 and 200, and a daemon 0 and 100.",
    "rebalancing": "A service that says nothing about `availabilityZoneRebalancing` has what Pilotage gives it.",
    "count": "A service that says no count, or has it scaled, keeps the one that it has.",
}
_OWN_BUFFER = {"mode": "non-blocking", "max-buffer-size": "25m"}
_OF_THE_POLICY = ("awslogs-group", "awslogs-region", "awslogs-create-group")
_OF_SERVICE = frozenset(
    {
        *("serviceName", "cluster", "taskDefinition", "clientToken", "role", "enableECSManagedTags", "propagateTags"),
        *("deploymentController", "launchType"),
    }
)
# What a service that does not say it has of Pilotage.
_UNSAID = ("availabilityZoneRebalancing", "desiredCount", "capacityProviderStrategy")
_BARE_ROLE = re.compile(r"(?:role/)?([A-Za-z0-9_+=,.@/-]{1,512})")
_PARAMETER = re.compile(r"/?([A-Za-z0-9/_.-]{1,1011})")
# `arn:aws:iam::${AWS_ACCOUNT_ID}:role/x`: an account or a region that nobody has filled in.
_OPEN = r"(?:\$?\{[^{}]*\}|<[^<>]*>|\{\{[^{}]*\}\}|\$\w+)"
_OPEN_ACCOUNT = re.compile(rf"^(arn:[^:]*:(?:iam|ssm|secretsmanager):[^:]*:)(?:{_OPEN}|(?!\d{{12}}:)[^:]+)(:.*)$")
_OPEN_REGION = re.compile(rf"^(arn:[^:]*:(?:ssm|secretsmanager):)(?:{_OPEN}|(?![a-z]{{2}}(?:-[a-z]+)+-\d:)[^:]+)(:.*)$")
_OPEN_PARTITION = re.compile(rf"^arn:{_OPEN}(:.*)$")


def with_arns(original: Original) -> dict[str, Any]:
    """The task definition with roles and parameters by their ARNs, as ECS finds them by name, and sizes as numbers."""
    task = dict(original.task)
    for key in ("taskRoleArn", "executionRoleArn"):
        if key in task:
            task[key] = _role(task[key], original)
    for key, read in (("cpu", cpu_units), ("memory", mebibytes)):
        amount = read(task.get(key, ""))
        if amount is not None:
            task[key] = str(amount)
    task["containerDefinitions"] = [_with_secrets(each, original) for each in original.containers]
    return {key: value for key, value in task.items() if value not in (None, "")}


def _role(value: str, original: Original) -> str:
    found = known_arn(value, original)
    bare = _BARE_ROLE.fullmatch(found)
    return f"arn:aws:iam::{original.account}:role/{bare[1]}" if bare and not found.startswith("arn:") else found


def known_arn(value: str, original: Original) -> str:
    """With the account and the region of this import where the ARN leaves them open."""
    value = _OPEN_PARTITION.sub(r"arn:aws\1", str(value))
    value = _OPEN_REGION.sub(rf"\g<1>{original.region}\g<2>", value)
    return _OPEN_ACCOUNT.sub(rf"\g<1>{original.account}\g<2>", value)


def _with_secrets(container: Mapping[str, Any], original: Original) -> dict[str, Any]:
    def named(secret: Mapping[str, Any]) -> dict[str, Any]:
        return {**secret, "valueFrom": _secret(str(secret.get("valueFrom", "")), original)}

    plain = dict(container)
    if plain.get("secrets"):
        plain["secrets"] = [named(each) for each in plain["secrets"]]
    logs = plain.get("logConfiguration")
    if logs and logs.get("secretOptions"):
        plain["logConfiguration"] = {**logs, "secretOptions": [named(each) for each in logs["secretOptions"]]}
    return plain


def _secret(value: str, original: Original) -> str:
    found = known_arn(value, original)
    parameter = _PARAMETER.fullmatch(found)
    if parameter is None or found.startswith("arn:"):
        return found
    return f"arn:aws:ssm:{original.region}:{original.account}:parameter/{parameter[1]}"


def adapted_task(original: Original, policy: Mapping[str, Any], log_group: str) -> dict[str, Any]:
    """The original with what the policy says for every service."""
    task = dict(original.task)
    task["family"] = f"{original.environment}-{original.service}"
    task["executionRoleArn"] = policy["roles"]["execution"]
    task["containerDefinitions"] = [_with_log_group(each, log_group, original.region) for each in original.containers]
    if not original.windows:
        task.setdefault("networkMode", original.network_mode)
    if not task.get("requiresCompatibilities"):
        names = {Launch.EC2: "EC2", Launch.MANAGED_INSTANCES: "MANAGED_INSTANCES"}
        task["requiresCompatibilities"] = [names.get(original.launch, "FARGATE")]
    return {key: value for key, value in task.items() if value not in ([], {})}


def _with_log_group(container: Mapping[str, Any], group: str, region: str) -> dict[str, Any]:
    logs = container.get("logConfiguration")
    if not logs or logs.get("logDriver") != "awslogs":
        return dict(container)
    options = {key: value for key, value in logs.get("options", {}).items() if key not in _OF_THE_POLICY}
    options = {**options, "awslogs-group": group, "awslogs-region": region}
    return {**container, "logConfiguration": {**logs, "options": options}}


def adapted_service(original: Original, policy: Mapping[str, Any], network_mode: str) -> dict[str, Any] | None:
    """The same of a service. Where it says nothing, what the policy says is not compared: see `service_content`."""
    if original.body is None:
        return None
    body = {key: value for key, value in original.body.items() if key not in _OF_SERVICE}
    body["deploymentConfiguration"] = {**_usual_percentages(body), **body.get("deploymentConfiguration", {})}
    if body.get("serviceConnectConfiguration", {}).get("services"):
        body["serviceConnectConfiguration"] = _with_discovery_name(
            body["serviceConnectConfiguration"], original.service
        )
    if network_mode == "awsvpc":
        network = policy["network"]
        public = "ENABLED" if network.get("assign_public_ip") else "DISABLED"
        body["networkConfiguration"] = {
            "awsvpcConfiguration": {
                "subnets": network["subnets"],
                "securityGroups": network["security_groups"],
                "assignPublicIp": public,
            }
        }
    else:
        body.pop("networkConfiguration", None)
    return {key: value for key, value in body.items() if value not in ([], {})}


def _with_discovery_name(connect: Mapping[str, Any], service: str) -> dict[str, Any]:
    services = [{"discoveryName": discovery_name(service), **each} for each in connect["services"]]
    return {**connect, "services": services}


def _usual_percentages(body: Mapping[str, Any]) -> dict[str, int]:
    """DeploymentConfiguration: what a service has that says none."""
    daemon = body.get("schedulingStrategy") == "DAEMON"
    return {"minimumHealthyPercent": 0 if daemon else 100, "maximumPercent": 100 if daemon else 200}


def task_content(task: Mapping[str, Any], service: str) -> dict[str, Any]:
    """A task definition as it is compared: canonical, without what is no two tasks' difference."""
    fields = {key: value for key, value in task.items() if key not in ("family", "executionRoleArn")}
    fields["containerDefinitions"] = [
        _compared(each, main=each.get("name") == service) for each in task.get("containerDefinitions", ())
    ]
    return task_definition_content(fields)


def _compared(container: Mapping[str, Any], *, main: bool) -> dict[str, Any]:
    gone = ("image", "versionConsistency", "repositoryCredentials") if main else ()
    plain = {key: value for key, value in container.items() if key not in gone}
    plain["portMappings"] = [_without_usual_name(each) for each in container.get("portMappings") or ()]
    logs = container.get("logConfiguration")
    if logs and logs.get("logDriver") == "awslogs":
        options = {key: each for key, each in (logs.get("options") or {}).items() if _OWN_BUFFER.get(key) != each}
        plain["logConfiguration"] = {**logs, "options": {k: v for k, v in options.items() if k not in _OF_THE_POLICY}}
    return plain


def _without_usual_name(port: Mapping[str, Any]) -> dict[str, Any]:
    usual = f"{port.get('containerPort')}-{port.get('protocol', 'tcp')}"
    return {key: value for key, value in port.items() if key != "name" or value != usual}


def service_content(body: Mapping[str, Any], original: Original) -> dict[str, Any]:
    """A service as it is compared. `original` tells what it does not say, which is not compared."""
    said = original.body or {}
    unsaid = [key for key in _UNSAID if key not in said or (key == "desiredCount" and original.scaling is not None)]
    fields = {key: value for key, value in body.items() if key not in _OF_SERVICE and key not in unsaid}
    fields["tags"] = {
        str(each["key"]): each.get("value", "") for each in body.get("tags") or () if not is_foreign(str(each["key"]))
    }
    deployment = {
        key: value
        for key, value in (body.get("deploymentConfiguration") or {}).items()
        if key != "deploymentCircuitBreaker"
    }
    fields["deploymentConfiguration"] = deployment
    if not fields.get("loadBalancers"):
        fields.pop("healthCheckGracePeriodSeconds", None)
    return canonical_service(fields)

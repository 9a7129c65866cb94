"""IAM, Secrets Manager and Parameter Store: who may what, and whether the secrets are there. No value is ever read:
DescribeSecret and DescribeParameters give what is known about a secret, and nothing of what is in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from pilotage.aws.surveying import Seen, asked, of_kind, one_by_one
from pilotage.verifying.things import (
    Parameter,
    ParameterSeen,
    Right,
    RightSeen,
    Role,
    RoleSeen,
    Secret,
    SecretPolicy,
    SecretSeen,
    Thing,
    Unseen,
)
from pilotage.verifying.things import Seen as There

if TYPE_CHECKING:
    from pilotage.aws.clients import Clients

_PARAMETERS_AT_ONCE = 25  # two names each, and a filter takes 50 values (ParameterStringFilter)
_AWS_OWNED = ("alias/aws/secretsmanager", "alias/aws/ssm")
_REGION = 3  # arn:partition:service:region


def look(clients: Clients, things: Sequence[Thing[object]]) -> Seen:
    gone = ["ResourceNotFoundException"]
    secrets, parameters = of_kind(things, Secret), of_kind(things, Parameter)
    here = [each for each in parameters if _is_here(each, clients.ssm)]
    elsewhere = Unseen("it lies in another region")
    return {
        **one_by_one("iam:GetRole", of_kind(things, Role), lambda role: _role(clients, role), ["NoSuchEntity"]),
        **_rights(clients, of_kind(things, Right)),
        **dict.fromkeys([*secrets, *parameters], elsewhere),
        **one_by_one(
            "secretsmanager:DescribeSecret",
            [each for each in secrets if _is_here(each, clients.secretsmanager)],
            lambda secret: _secret(clients, secret),
            gone,
        ),
        **one_by_one(
            "secretsmanager:GetResourcePolicy",
            of_kind(things, SecretPolicy),
            lambda secret: _policy(clients, secret),
            gone,
        ),
        **asked("ssm:DescribeParameters", here, lambda some: _parameters(clients, some)),
    }


def _is_here(thing: Thing[object], client: Any) -> bool:
    return thing.name.split(":")[_REGION] == str(client.meta.region_name)


def _role(clients: Clients, role: Role) -> RoleSeen:
    found = clients.iam.get_role(RoleName=role.name.rpartition("/")[-1])["Role"]
    return RoleSeen(found["Arn"], frozenset(_trusted(found["AssumeRolePolicyDocument"])))


def _trusted(document: Mapping[str, Any]) -> list[str]:
    """Services that a statement lets in; its conditions are not looked at."""
    services: list[str] = []
    for statement in _listed(document.get("Statement")):
        principal = statement.get("Principal")
        action = {"sts:AssumeRole", "sts:*", "*"} & set(_listed(statement.get("Action")))
        if statement.get("Effect") == "Allow" and action and isinstance(principal, Mapping):
            services += _listed(principal.get("Service"))
    return services


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _rights(clients: Clients, rights: Sequence[Right]) -> dict[Thing[object], object]:
    """One simulation for a role and a resource, with all actions: each action is evaluated for each resource, and not
    every pair makes sense.
    """
    found: dict[Thing[object], object] = {}

    def shared(right: Right) -> tuple[str, str, str]:
        return right.name, right.resource, right.passed_to or ""

    for _, some in groupby(sorted(rights, key=shared), shared):
        together = list(some)
        found |= asked(
            "iam:SimulatePrincipalPolicy", together, lambda these: _simulated(clients, these), ["NoSuchEntity"]
        )
    return found


def _simulated(clients: Clients, rights: Sequence[Right]) -> Mapping[Right, RightSeen]:
    first = rights[0]
    request: dict[str, Any] = {
        "PolicySourceArn": first.name,
        "ActionNames": [right.action for right in rights],
        "ResourceArns": [first.resource],
    }
    if first.passed_to is not None:
        entry = {"ContextKeyName": "iam:PassedToService", "ContextKeyType": "string"}
        request["ContextEntries"] = [{**entry, "ContextKeyValues": [first.passed_to]}]
    results = clients.iam.simulate_principal_policy(**request)["EvaluationResults"]
    by_action = {each["EvalActionName"].lower(): each for each in results}
    found = ((right, by_action.get(right.action.lower())) for right in rights)
    return {
        right: RightSeen(each["EvalDecision"], tuple(each.get("MissingContextValues", ())))
        for right, each in found
        if each is not None
    }


def _secret(clients: Clients, secret: Secret) -> SecretSeen:
    found = clients.secretsmanager.describe_secret(SecretId=secret.name)
    stages = found.get("VersionIdsToStages") or {}
    return SecretSeen(
        arn=found["ARN"],
        key=_key(found.get("KmsKeyId"), found["ARN"]),
        deleted="DeletedDate" in found,
        versions={version: frozenset(each) for version, each in stages.items()},
    )


def _policy(clients: Clients, secret: SecretPolicy) -> There | None:
    answer = clients.secretsmanager.get_resource_policy(SecretId=secret.name)
    return There() if answer.get("ResourcePolicy") else None


def _parameters(clients: Clients, parameters: Sequence[Parameter]) -> Mapping[Parameter, ParameterSeen]:
    found: dict[Parameter, ParameterSeen] = {}
    for start in range(0, len(parameters), _PARAMETERS_AT_ONCE):
        named = {name: each for each in parameters[start : start + _PARAMETERS_AT_ONCE] for name in _spelt(each)}
        for each in _described(clients, [{"Key": "Name", "Option": "Equals", "Values": list(named)}]):
            secure = each.get("Type") == "SecureString"
            parameter = named[each["Name"]]
            found[parameter] = ParameterSeen(secure, _key(each.get("KeyId"), parameter.name) if secure else None)
    return found


def _spelt(parameter: Parameter) -> list[str]:
    """An ARN does not tell whether a name begins with a slash; one with a path does ("Creating Parameter Store
    parameters in Systems Manager", naming).
    """
    name = parameter.name.partition(":parameter/")[2]
    return [f"/{name}"] if "/" in name else [name, f"/{name}"]


def _described(clients: Clients, filters: list[dict[str, Any]]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    request: dict[str, Any] = {"ParameterFilters": filters, "MaxResults": 50}
    while True:
        answer = clients.ssm.describe_parameters(**request)
        found += answer["Parameters"]
        if not answer.get("NextToken"):
            return found
        request["NextToken"] = answer["NextToken"]


def _key(named: str | None, arn: str) -> str | None:
    """The ARN of a KMS key that a secret with this ARN is encrypted with; None for the keys that AWS keeps for it."""
    if not named or named.endswith(_AWS_OWNED):
        return None
    if named.startswith("arn:"):
        return named
    _, partition, _, region, account, *_ = arn.split(":")
    resource = named if named.startswith("alias/") else f"key/{named}"
    return f"arn:{partition}:kms:{region}:{account}:{resource}"

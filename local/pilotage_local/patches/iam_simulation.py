"""SimulatePrincipalPolicy for roles with a path, with condition keys and for every resource that is named (IAM API
reference, SimulatePrincipalPolicy). MiniStack's takes the path for a part of the name, knows one resource and no
context.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import escape

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam

_DECISIONS = {"Allow": "allowed", "Deny": "explicitDeny"}


def apply() -> None:
    original = iam._simulate_principal_policy  # noqa: SLF001 - there is no public seam
    handlers = iam._IAM_HANDLERS  # noqa: SLF001 - see above

    def simulate(parameters: Mapping[str, Any]) -> Any:
        source = _one(parameters, "PolicySourceArn")
        return _of_role(parameters, source) if ":role/" in source else original(parameters)

    handlers["SimulatePrincipalPolicy"] = simulate


def _of_role(parameters: Mapping[str, Any], role: str) -> Any:
    name = role.rpartition("/")[2]
    if name not in iam._roles:  # noqa: SLF001 - MiniStack's own store
        return iam._error(404, "NoSuchEntity", f"Entity {role} does not exist.", ns="iam")  # noqa: SLF001 - see above
    policies = iam_evaluator._gather_role_policies(name, get_account_id())  # noqa: SLF001 - see above
    resources = list(_members(parameters, "ResourceArns")) or ["*"]
    results = "".join(
        _result(action, resource, _evaluated(parameters, role, action, resource, policies))
        for action in _members(parameters, "ActionNames")
        for resource in resources
    )
    answer = f"<EvaluationResults>{results}</EvaluationResults><IsTruncated>false</IsTruncated>"
    body = f"<SimulatePrincipalPolicyResult>{answer}</SimulatePrincipalPolicyResult>"
    return iam._xml(200, "SimulatePrincipalPolicyResponse", body, ns="iam")  # noqa: SLF001 - see above


def _evaluated(parameters: Mapping[str, Any], role: str, action: str, resource: str, policies: Any) -> str:
    context = iam_evaluator.EvalContext(
        principal_arn=role,
        principal_type="AssumedRole",
        principal_account=get_account_id(),
        action=action,
        resource_arn=resource,
        region=get_region(),
        service_context=dict(_context(parameters)),
    )
    return _DECISIONS.get(iam_evaluator.evaluate(context, policies).decision, "implicitDeny")


def _context(parameters: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    number = 1
    while key := _one(parameters, f"ContextEntries.member.{number}.ContextKeyName"):
        values = list(_members(parameters, f"ContextEntries.member.{number}.ContextKeyValues"))
        yield key.lower(), values[0] if len(values) == 1 else values
        number += 1


def _members(parameters: Mapping[str, Any], name: str) -> Iterator[str]:
    number = 1
    while value := _one(parameters, f"{name}.member.{number}"):
        yield value
        number += 1


def _one(parameters: Mapping[str, Any], name: str) -> str:
    return str(iam._p(parameters, name) or "")  # noqa: SLF001 - MiniStack's own reader


def _result(action: str, resource: str, decision: str) -> str:
    named = f"<EvalActionName>{escape(action)}</EvalActionName><EvalResourceName>{escape(resource)}</EvalResourceName>"
    return f"<member>{named}<EvalDecision>{decision}</EvalDecision></member>"

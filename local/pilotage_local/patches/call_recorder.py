"""Writes down every AWS call: who, what, on what, and how it ended. The proof of IAM and the count of calls per release
are made from it.

`principal` is the application id that botocore puts into the user agent (AWS_SDK_UA_APP_ID; each function sets it to
its logical id), the logical id of the state machine for what Step Functions itself does, and `terminal` for all else.
Of a request's parameters only those are kept that name resources: no contents, no tokens, no secrets.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ministack import app
from ministack.core.iam_actions import extract_iam_action, extract_resource_arn
from ministack.core.responses import get_account_id, get_region
from ministack.core.router import detect_service
from ministack.services import stepfunctions

from pilotage_local.patches.call_resources import resource_of

Document = dict[str, Any]

_APPLICATION = re.compile(r"\bapp/([\w.:-]+)")
_REFUSED = 400
# Parameters that name resources, by the end of their name, in any service and any case.
_NAMING = re.compile(
    r"(arns?|names?|identifiers?|digests?|tags?keys|families|family|cluster|clusters|service|services|task|tasks"
    r"|taskdefinition|repository|bucket|key|indexname|groupname|include|capacityprovider|role|imagetag"
    r"|source|action|servicenamespace|scalabledimension|resourceids?)$",
    re.IGNORECASE,
)
_NEVER = re.compile(r"token|secret|password|credential|value|payload|input|output|body|environment", re.IGNORECASE)
_LONGEST = 512
_KIND = re.compile(r"[A-Z]{1,20}#")


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `outcome` is `ok` or the error's code; `parameters` as the service spells them."""

    time: str
    principal: str
    action: str  # as IAM spells it: ecs:UpdateService
    resource: str
    outcome: str
    parameters: Document = field(default_factory=dict)


class Recorder:
    """Keeps the calls in memory and appends each as a line of JSON to `path`, which tells of one run alone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.write_text("")
        self._calls: list[Call] = []
        self._lock = threading.Lock()

    def note(self, principal: str, action: str, resource: str, outcome: str, parameters: Document) -> None:
        call = Call(datetime.now(UTC).isoformat(), principal, action, resource, outcome, parameters)
        with self._lock:
            self._calls.append(call)
            with self._path.open("a") as lines:
                lines.write(json.dumps(asdict(call)) + "\n")

    def calls(self, principal: str | None = None, since: str = "") -> list[Document]:
        """Oldest first. `since`: an ISO 8601 time in UTC."""
        with self._lock:
            chosen = [c for c in self._calls if principal in {None, c.principal} and c.time >= since]
        return [asdict(call) for call in chosen]


def apply(recorder: Recorder) -> None:
    _record_requests(recorder)
    _record_integrations(recorder)


def naming_parameters(request: Any, depth: int = 0) -> Document:
    """What of a request names resources; nested documents keep their shape."""
    deepest = 4
    if not isinstance(request, Mapping) or depth > deepest:
        return {}
    return {name: kept for name, value in request.items() if (kept := _kept(str(name), value, depth)) not in (None, {})}


def _kept(name: str, value: Any, depth: int) -> Any:
    if _NEVER.search(name) or name == "Item":
        return None
    if isinstance(value, Mapping):
        return naming_parameters(value, depth + 1)
    if isinstance(value, list):
        entries = [_kept(name, entry, depth) for entry in value]
        return [entry for entry in entries if entry] or None
    return value[:_LONGEST] if isinstance(value, str) and _NAMING.search(name) else None


def leading_key(request: Mapping[str, Any]) -> Document:
    """What kind of item a call to DynamoDB is about: how its partition key `pk` begins, such as `AUDIT#`."""
    item = request.get("Key") or request.get("Item")
    pk = item.get("pk") if isinstance(item, Mapping) else None
    kind = _KIND.match(str(pk.get("S"))) if isinstance(pk, Mapping) else None
    return {"LeadingKey": kind[0]} if kind else {}


def _record_requests(recorder: Recorder) -> None:
    original = app._dispatch_service_request  # noqa: SLF001 - the one way in for every signed request

    async def dispatch(
        method: str, path: str, headers: dict[str, str], body: bytes, query: Document, request_id: str
    ) -> Any:
        answer = await original(method, path, headers, body, query, request_id)
        routing = app._routing_params(method, path, headers, body, query)  # noqa: SLF001 - as MiniStack routes it
        service = detect_service(method, path, headers, routing)
        known = extract_iam_action(service, method, path, headers, body, routing)
        action = known or targeted(service, headers) or f"{service}:{method} {path}"
        request = _parsed(body, routing)
        named = {**naming_parameters(request), **leading_key(request)}
        guessed = extract_resource_arn(service, method, path, headers, body, routing, get_region(), get_account_id())
        recorder.note(
            principal(headers.get("user-agent", "")),
            action,
            resource_of(service, named, get_region(), get_account_id()) or guessed or "*",
            outcome(answer[0], answer[1], answer[2]),
            {**named, **({"path": unquote(path)} if path != "/" else {})},
        )
        return answer

    app._dispatch_service_request = dispatch  # noqa: SLF001 - see above


def targeted(service: str, headers: Mapping[str, str]) -> str | None:
    """The operation as the JSON protocols name it (`X-Amz-Target: AnyScaleFrontendService.DescribeScalableTargets`)."""
    operation = headers.get("x-amz-target", "").rpartition(".")[2]
    return f"{service}:{operation}" if operation else None


def principal(user_agent: str) -> str:
    found = _APPLICATION.search(user_agent)
    return found.group(1) if found else "terminal"


def outcome(status: int, headers: Mapping[str, str], body: Any) -> str:
    if status < _REFUSED:
        return "ok"
    code = next((value for name, value in headers.items() if name.lower() == "x-amzn-errortype"), "")
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body)
    for pattern in (r'"__type"\s*:\s*"([^"]+)"', r"<Code>([^<]+)</Code>"):
        found = re.search(pattern, text)
        code = code or (found.group(1) if found else "")
    return code.rsplit("#", 1)[-1].split(":")[0] or str(status)


def _parsed(body: bytes, routing: Document) -> Document:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        document = {}
    flat = {name: values[0] if isinstance(values, list) and values else values for name, values in routing.items()}
    return {**flat, **document} if isinstance(document, dict) else flat


_machine: ContextVar[str] = ContextVar("pilotage_state_machine", default="")


def _record_integrations(recorder: Recorder) -> None:
    """Step Functions calls other services inside the process, past the gateway."""
    execute = stepfunctions._execute_task  # noqa: SLF001 - there is no public seam
    invoke, invoke_with_callback = stepfunctions._invoke_resource, stepfunctions._invoke_with_callback  # noqa: SLF001

    def execute_task(state: Document, raw: Any, execution: Document, context: Document) -> Any:
        token = _machine.set(logical_id((execution or {}).get("stateMachineArn", "")))
        try:
            return execute(state, raw, execution, context)
        finally:
            _machine.reset(token)

    def invoke_resource(resource: str, request: Any) -> Any:
        return _noted(recorder, resource, request, lambda: invoke(resource, request))

    def invoke_and_wait(resource: str, request: Any, token: str, state: Document) -> Any:
        # The call itself is over long before somebody sends the token back.
        for action, target, parameters in _integration(resource, request):
            recorder.note(_machine.get(), action, target, "ok", parameters)
        return invoke_with_callback(resource, request, token, state)

    stepfunctions._execute_task = execute_task  # noqa: SLF001 - see above
    stepfunctions._invoke_resource = invoke_resource  # noqa: SLF001 - see above
    stepfunctions._invoke_with_callback = invoke_and_wait  # noqa: SLF001 - see above


def _noted(recorder: Recorder, resource: str, request: Any, call: Callable[[], Any]) -> Any:
    ended = "ok"
    try:
        return call()
    except stepfunctions._ExecutionError as error:  # noqa: SLF001 - how an integration says that it failed
        # A function that raised was invoked all right.
        ended = "ok" if ":lambda:" in resource else error.error.rpartition(".")[2]
        raise
    finally:
        for action, target, parameters in _integration(resource, request):
            recorder.note(_machine.get(), action, target, ended, parameters)


def _integration(resource: str, request: Any) -> Iterator[tuple[str, str, Document]]:
    """IAM's action, resource and naming parameters of an integration's ARN and request."""
    if resource.startswith("arn:aws:lambda:"):
        yield "lambda:InvokeFunction", resource, {}
        return
    *_, service, operation = resource.split(".waitForTaskToken", maxsplit=1)[0].removesuffix(".sync").split(":")
    action = f"{_IAM_PREFIX.get(service, service)}:{operation[0].upper()}{operation[1:]}"
    if service == "lambda":
        action = "lambda:InvokeFunction"
    parameters = naming_parameters(request)
    yield action, _named_resource(service, parameters), parameters


_IAM_PREFIX = {"sfn": "states", "eventbridge": "events"}


def _named_resource(service: str, parameters: Document) -> str:
    region, account = get_region(), get_account_id()
    if service == "dynamodb":
        return f"arn:aws:dynamodb:{region}:{account}:table/{parameters.get('TableName', '')}"
    return str(parameters.get("FunctionName") or parameters.get("StateMachineArn") or "*")


def logical_id(arn: str) -> str:
    """The name that a stack's template gives the resource; the last part of its ARN when no stack has it."""
    from ministack.services.cloudformation import _stacks  # noqa: PLC0415 - costs a second, and only if stacks exist

    for stack in _stacks.values():
        for name, resource in (stack.get("_resources") or {}).items():
            if resource.get("PhysicalResourceId") == arn:
                return str(name)
    return arn.rpartition(":")[2]

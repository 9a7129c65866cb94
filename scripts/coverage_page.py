"""What of ECS's requests a manifest says, found out by doing: examples are rendered, changed and rendered again.

A field is typed when some field of a manifest changes it, and Pilotage's when it is rendered and none does. The others
go by `overrides`, or do not, as the boundary answers.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
from pilotage.artifact import MANIFEST_LABEL, Artifact
from pilotage.boundary import Agreed, definition_refusals
from pilotage.choosing import choose
from pilotage.definitions import Checker, ReleaseStamp, render
from pilotage.definitions.overrides import over_service, over_task_definition
from pilotage.document import canonical
from pilotage.errors import BadInput
from pilotage.manifest.members import member_service, with_order
from pilotage.names import service_name
from pilotage.placement import place
from pilotage.policy import Policy, read_policy
from pilotage.schema import schema
from pilotage.workload import members_of, resolve
from pilotage_cli import offline
from pilotage_cli.documents import manifest_of

EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "workloads"
OPERATIONS = {"task_definition": "RegisterTaskDefinition", "service": "CreateService"}
PLAIN = "sidecars"  # the example that overrides are tried on: rolling, with a network of its own
TYPED, OURS, OVERRIDE, OPENED, NEVER = (
    "typed",
    "set by Pilotage or the policy",
    "by override",
    "by override once operators allow the field",
    "never",
)
_INDEX = re.compile(r"\[[0-9]*\]")
_RULE = re.compile(r"have the operators widen (\S+) in")
_WHY = re.compile(r"\. ([^.]*(?:\.[^.]*)*?\.) Take it out of `overrides`")
_CLOSED = "No rule allows this field to a workload."

Flat = Mapping[str, Any]  # path in ECS's request, with its part before it -> its values
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Row:
    field: str
    how: str  # one of the five
    by: str


def rows(part: str) -> list[Row]:
    """Every field of one request, in botocore's order."""
    return [_row(part, field, shape) for field, shape in fields(part).items()]


def page() -> Iterator[str]:
    """The lines between the markers."""
    found = {part: rows(part) for part in OPERATIONS}
    ways = (TYPED, OURS, OVERRIDE, OPENED, NEVER)
    counts = {part: Counter(row.how for row in found[part]) for part in OPERATIONS}
    yield from ("| request | fields | " + " | ".join(ways) + " |", "|---|---|" + "---|" * len(ways))
    for part, operation in OPERATIONS.items():
        yield f"| {operation} | {len(found[part])} | " + " | ".join(str(counts[part][way]) for way in ways) + " |"
    for part, operation in OPERATIONS.items():
        yield from ("", f"## {operation}", "", "| field | how | by what |", "|---|---|---|")
        yield from (f"| `{row.field}` | {row.how} | {row.by} |" for row in found[part])


@cache
def fields(part: str) -> Mapping[str, Any]:
    """Leaf path of the request -> botocore's shape of it."""
    model = botocore.session.get_session().get_service_model("ecs")
    return dict(_leaves(model.operation_model(OPERATIONS[part]).input_shape, ""))


def _leaves(shape: Any, path: str) -> Iterator[tuple[str, Any]]:
    if shape.type_name == "structure":
        for name, inner in shape.members.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif shape.type_name == "list":
        yield from _leaves(shape.member, f"{path}[]")
    else:
        yield path, shape


# Rendering ------------------------------------------------------------------------------------------------------------


@cache
def examples() -> Mapping[str, dict[str, Any]]:
    return {file.stem: manifest_of(file) for file in sorted(EXAMPLES.glob("*.yaml"))}


def policy_document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((EXAMPLES / "policy.json").read_text("utf-8"))
    return found


def policy(document: Mapping[str, Any] | None = None) -> Policy:
    return read_policy(json.dumps(document or policy_document()), "example")


def artifact(name: str, manifest: Mapping[str, Any]) -> Artifact:
    """The image of an example, whose repository is called as its file."""
    plain = _image(name)
    labels = {MANIFEST_LABEL: canonical(with_order(manifest))}
    return replace(plain, configs=tuple(replace(each, labels=labels) for each in plain.configs))


@cache
def _image(name: str) -> Artifact:
    reference = f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/{name}@sha256:{'a' * 64}"
    return offline.artifact(reference, EXAMPLES / f"{name}.yaml")


def bodies(name: str, manifest: Mapping[str, Any], rules: Policy) -> Iterator[dict[str, Any]]:
    """What ECS would be sent, for each member. Raises BadInput."""
    image = artifact(name, manifest)
    members = members_of(image)
    for member in members.names if members else (None,):
        workload = resolve(image, {}, rules, member=member)
        placement = place(workload, rules, image.region)
        service = service_name(name) if member is None else member_service(service_name(name), member)
        stamp = ReleaseStamp("example", service, rules.environment, image.account, image.region)
        role, function = f"arn:aws:iam::{image.account}:role/hook", "arn:aws:lambda:eu-west-1:123456789012:function:x"
        made = render(
            workload, placement, rules, image, stamp, choose(workload, placement, rules), Checker(function, role), "x"
        )
        yield {"task_definition": made.task_definition, "service": made.service or {}}


def flat(name: str, manifest: Mapping[str, Any], rules: Policy) -> Flat:
    """All that is sent, by field, without the tags that name a release."""
    found: dict[str, Any] = {}
    for body in bodies(name, manifest, rules):
        for part in OPERATIONS:
            mine = [each for each in body[part].get("tags", ()) if not each["key"].startswith("pilotage:")]
            for path, value in _values({**body[part], "tags": mine}, part):
                found.setdefault(path, []).append(value)
    return found


def _values(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and _INDEX.sub("[]", path).partition(".")[2] not in _all_fields():
        for key, inner in value.items():
            yield from _values(inner, f"{path}.{key}")
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _values(inner, f"{path}[]")
    else:
        yield path, value


@cache
def _all_fields() -> frozenset[str]:
    return frozenset(field for part in OPERATIONS for field in fields(part))


# Who says a field -----------------------------------------------------------------------------------------------------


@cache
def said_by() -> Mapping[str, str]:
    """Field of a request -> the field of a manifest that changes it, and as little beside it as any does."""
    best: dict[str, tuple[Any, str]] = {}
    for name, manifest in examples().items():
        found = places(manifest, schema("manifest"), "", ())
        _attribute(best, found, manifest, lambda changed, name=name: flat(name, changed, policy()))
    return {field: path for field, (_, path) in best.items()}


@cache
def decided_by() -> Mapping[str, str]:
    """Field of a request -> the field of the policy that changes it."""
    best: dict[str, tuple[Any, str]] = {}
    for name, manifest in examples().items():
        found = places(policy_document(), schema("policy"), "", ())
        _attribute(
            best, found, policy_document(), lambda changed, name=name, own=manifest: flat(name, own, policy(changed))
        )
    return {field: path for field, (_, path) in best.items()}


def _attribute(best: dict[str, tuple[Any, str]], places: Any, document: Any, rendered: Any) -> None:
    base = rendered(document)
    for path, where in places:
        if path.split(".")[0] in ("overrides", "environments", "services", "environment.") and path != "environment":
            continue
        for changed in _changed(document, where):
            try:
                found = rendered(changed)
            except BadInput:
                continue
            touched = [field for field in base.keys() | found.keys() if base.get(field) != found.get(field)]
            score = (len(touched), path.startswith("sidecars."), path.count("."), path)
            for field in touched:
                best[field] = min(best.get(field, (score, path)), (score, path))


def places(value: Any, rules: Any, path: str, where: Place) -> Iterator[tuple[str, Place]]:
    """Every field that a document says: as its schema writes it, and where it stands."""
    if where:
        yield path, where
    inner = rules.get("properties", {})
    if isinstance(value, Mapping):
        for key, each in value.items():
            known = inner.get(key, rules.get("additionalProperties"))
            name = f"{path}.{key}".strip(".") if key in inner else path
            if isinstance(known, Mapping):
                yield from places(each, known, name, (*where, key))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from places(each, rules.get("items", {}), path, (*where, index))


def _changed(document: Any, where: Place) -> Iterator[Any]:
    """The document without the field, and with others in its place."""
    for make in (_without, _other):
        copied = deepcopy(document)
        holder = copied
        for step in where[:-1]:
            holder = holder[step]
        make(holder, where[-1])
        yield copied


def _without(holder: Any, key: Any) -> None:
    del holder[key]


def _other(holder: Any, key: Any) -> None:
    value = holder[key]
    if isinstance(value, bool):
        holder[key] = not value
    elif isinstance(value, int):
        holder[key] = value + 1
    elif isinstance(value, str):
        holder[key] = f"{value}1"


# What nobody says -----------------------------------------------------------------------------------------------------


def _row(part: str, field: str, shape: Any) -> Row:
    path = f"{part}.{field}"
    typed, decided = said_by().get(path), decided_by().get(path)
    if typed is not None:
        return Row(field, TYPED, f"`{typed}`")
    if decided is not None:
        return Row(field, OURS, f"the policy's `{decided}`")
    if any(path in flat(name, manifest, policy()) for name, manifest in examples().items()):
        return Row(field, OURS, "Pilotage")
    return _tried(part, field, shape)


def _tried(part: str, field: str, shape: Any) -> Row:
    """What the boundary says of an override with this field."""
    sent = next(bodies(PLAIN, examples()[PLAIN], policy()))
    patch = _patch(field.replace("[]", ".[]").split("."), shape)
    containers = patch.get("containerDefinitions")
    try:
        if part == "service":
            sent = {**sent, part: over_service(sent[part], {part: patch})}
        else:
            named = {"containerDefinitions": {PLAIN: containers[0]}} if containers else patch
            sent = {**sent, part: over_task_definition(sent[part], {part: named}, PLAIN)}
    except BadInput:
        return Row(field, NEVER, "Pilotage's own: it says what a release is")
    return _judged(part, field, sent)


def _judged(part: str, field: str, sent: Mapping[str, Any]) -> Row:
    agreed = Agreed(sent["service"].get("deploymentConfiguration") or {}, sent["service"].get("loadBalancers") or ())
    whole = f"{part}.{field}".replace("[]", "")
    for told in definition_refusals(sent["task_definition"], sent["service"], None, policy(), agreed):
        path = _INDEX.sub("", told.partition(":")[0])
        if not (whole == path or whole.startswith(f"{path}.") or path.startswith(f"{whole}.")):
            continue
        if _CLOSED in told:
            return Row(field, OPENED, f"the policy's `allow.fields` with `{path}`")
        rule, why = _RULE.search(told), _WHY.search(told)
        if rule is not None:
            return Row(field, OVERRIDE, f"as far as the policy's `{rule[1]}` goes")
        return Row(field, NEVER, why[1] if why else told)
    return Row(field, OVERRIDE, "no limit")


def _patch(steps: list[str], shape: Any) -> Any:
    if not steps:
        return _sample(shape)
    step, *rest = steps
    return [_patch(rest, shape)] if step == "[]" else {step: _patch(rest, shape)}


def _sample(shape: Any) -> Any:
    samples = {"boolean": True, "integer": 1, "long": 1, "double": 1.0, "map": {"key": "value"}}
    return samples.get(shape.type_name, (getattr(shape, "enum", None) or ["value"])[0])

"""The task definition's part of a plan: is a revision to be registered, and whose doing is what differs?"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pilotage.definitions import Definitions
from pilotage.definitions.canonical import task_definition_content
from pilotage.definitions.stamp import CONTENT, as_mapping
from pilotage.document import content_hash
from pilotage.plan import Change, Drift, LiveSchedule, LiveService
from pilotage.plan.diff import task_differences
from pilotage.plan.last_set import LastSet
from pilotage.plan.three_way import task_drift

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TaskPart:
    """`names` is what steps call it: the revision that runs, or the family. `wanted`: canonical."""

    content: str
    names: str
    live_revision: str | None
    register: bool
    wanted: Content
    changes: tuple[Change, ...] = ()
    drift: tuple[Drift, ...] = ()


def first_revision(definitions: Definitions, main: str, newest: tuple[str, str] | None) -> TaskPart:
    """Where nothing is live. `newest` (ARN and content hash) is used again when it is the same."""
    wanted, content = _wanted(definitions)
    if newest is not None and newest[1] == content:
        return TaskPart(content, newest[0], newest[0], register=False, wanted=wanted)
    changes = task_differences({}, wanted, main)
    return TaskPart(content, definitions.family, None, register=True, wanted=wanted, changes=changes)


def next_revision(
    definitions: Definitions,
    running: LiveService | LiveSchedule,
    main: str,
    last: LastSet | None = None,
    ignored: Collection[str] = (),
) -> TaskPart:
    """Against the one that runs. `ignored`: variables of the container `main` that others own.

    A revision never changes, so one that carries our content hash is ours, whatever ECS filled in; where it is known
    what was set last, another one has to have that content as well, since the console copies tags.
    """
    wanted, content = _wanted(definitions)
    arn, tags = running.task_definition_arn, _tags(running.task_definition)
    have = task_definition_content(running.task_definition)
    tagged = as_mapping(tags or ()).get(CONTENT)
    foreign = last is not None and arn != last.revision and tagged != content_hash(have)
    if tagged == content and not foreign:
        return TaskPart(content, arn, arn, register=False, wanted=wanted)
    was = last.sets.task if last is not None and foreign else have
    was, now, then = (was, have, wanted) if tags is not None else (_untagged(was), _untagged(have), _untagged(wanted))
    changes = task_differences(now, then, main)
    drift = task_drift(was, now, then, main, [f"environment.{name}" for name in ignored])
    names = definitions.family if changes else arn
    return TaskPart(content, names, arn, register=bool(changes), wanted=wanted, changes=changes, drift=drift)


def _wanted(definitions: Definitions) -> tuple[Content, str]:
    """Canonical, and its hash as the tag says it."""
    body = definitions.task_definition
    return task_definition_content(body), as_mapping(body["tags"])[CONTENT]


def _tags(body: Content) -> Sequence[Mapping[str, Any]] | None:
    inner = body.get("taskDefinition")
    tags = body.get("tags", inner.get("tags") if isinstance(inner, Mapping) else None)
    return tags if isinstance(tags, (list, tuple)) else None


def _untagged(content: Content) -> Content:
    """Of an answer that came without tags nothing is known of them."""
    return {key: value for key, value in content.items() if key != "tags"}

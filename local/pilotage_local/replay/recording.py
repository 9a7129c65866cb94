"""A recording: one JSON document a line, in the order of time.

`header`  the first line: the format's number, whether the lines were `recorded` or written `by hand`, and from what.
`step`    a step of the recording began; its `name` is one of `pilotage_cli.verify.story`.
`push`    an image was pushed: `repository`, `tag`, `digest`.
`call`    a request to ECS with its `answer`, or its `error` (`code`, `message`); of reads those whose answer is new.
`event`   an event as EventBridge delivered it; `at` is when it was received, its own `time` is inside.

`at` is ISO 8601 with an offset; all times inside answers are, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from pilotage.errors import BadRequest

FORMAT = 1
FINAL = frozenset({"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"})
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
Document = Mapping[str, Any]


class Kind(StrEnum):
    HEADER = "header"
    STEP = "step"
    PUSH = "push"
    CALL = "call"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Line:
    """`body` holds everything but `at` and `kind`."""

    at: datetime
    kind: Kind
    body: Document

    def text(self) -> str:
        return json.dumps({"at": stamp(self.at), "kind": self.kind, **self.body}, separators=(",", ":"), default=stamp)


@dataclass(frozen=True, slots=True)
class Recording:
    header: Document
    lines: tuple[Line, ...] = field(default=())

    def calls(self, *operations: str) -> Iterator[Line]:
        """Calls of these operations that ECS answered."""
        for line in self.lines:
            if line.kind is Kind.CALL and line.body["operation"] in operations and "answer" in line.body:
                yield line

    def events(self, kind: str) -> list[Document]:
        """Events of one detail type, each once, by their own time."""
        found = {
            line.body["event"]["id"]: line.body["event"]
            for line in self.lines
            if line.kind is Kind.EVENT and line.body["event"]["detail-type"] == kind
        }
        return sorted(found.values(), key=lambda event: str(event["detail"].get("updatedAt", event["time"])))


def read(path: Path) -> Recording:
    """Raises BadRequest, naming file and line, for what is no recording of this format."""
    try:
        texts = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise BadRequest("the recording", str(path), f"It cannot be read: {error.strerror}.") from error
    lines = [_line(path, number, text) for number, text in enumerate(texts, start=1) if text.strip()]
    if not lines or lines[0].kind is not Kind.HEADER or lines[0].body.get("format") != FORMAT:
        raise BadRequest("the recording", str(path), f"Its first line has to be a header of format {FORMAT}.")
    return Recording(lines[0].body, tuple(sorted(lines[1:], key=lambda line: line.at)))


def _line(path: Path, number: int, text: str) -> Line:
    where = f"{path}:{number}"
    try:
        document = json.loads(text)
        at, kind = datetime.fromisoformat(document.pop("at")), Kind(document.pop("kind"))
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise BadRequest("the recording", where, f"The line needs `at` and `kind`: {error}.") from error
    missing = [name for name in _NEEDED.get(kind, ()) if name not in document]
    if missing or at.tzinfo is None:
        remedy = f"A line of the kind {kind} needs {', '.join(missing) or 'an `at` with an offset'}."
        raise BadRequest("the recording", where, remedy)
    return Line(at, kind, document)


_NEEDED: Mapping[Kind, tuple[str, ...]] = {
    Kind.STEP: ("name",),
    Kind.PUSH: ("repository", "tag", "digest"),
    Kind.CALL: ("operation", "request"),
    Kind.EVENT: ("event",),
}


def write(path: Path, header: Document, lines: Iterable[Line], clean: Callable[[str], str] = str) -> None:
    """`clean` goes over every line's text before it is written: what must not be in a file is taken out there."""
    ordered = sorted(lines, key=lambda line: line.at)
    began = ordered[0].at if ordered else datetime.fromisoformat(str(header["recorded_at"]))
    path.parent.mkdir(parents=True, exist_ok=True)
    head = Line(began, Kind.HEADER, {"format": FORMAT, **header})
    path.write_text("".join(clean(line.text()) + "\n" for line in (head, *ordered)), "utf-8")


def stamp(moment: object) -> str:
    if isinstance(moment, datetime):
        return moment.isoformat()
    raise TypeError(f"{type(moment).__name__} is no part of a recording")


def moment(value: object) -> datetime | None:
    """A time inside an answer: botocore's datetime, or a recording's text."""
    if value is None or isinstance(value, datetime):
        return value
    return datetime.fromisoformat(str(value))


def deployments_of(recording: Recording, service: str) -> Mapping[str, Document]:
    """The last answer about each service deployment of a service, by ARN."""
    found: dict[str, Document] = {}
    for line in recording.calls("ListServiceDeployments", "DescribeServiceDeployments"):
        for one in line.body["answer"]["serviceDeployments"]:
            if str(one["serviceDeploymentArn"]).split("/")[2] == service:
                found[str(one["serviceDeploymentArn"])] = {**found.get(str(one["serviceDeploymentArn"]), {}), **one}
    return dict(sorted(found.items(), key=lambda pair: made_at(pair[1])))


def made_at(deployment: Document) -> datetime:
    """When a service deployment was made."""
    return moment(deployment.get("createdAt")) or _LONG_AGO

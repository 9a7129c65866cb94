"""One cold start, in a process of its own: `python -S first_use.py NAME`, the handler's own paths on PYTHONPATH.

What Lambda does before and in a first invocation, up to the first call to AWS: the handler's module is imported, its
use case is put together with its clients, and what its event and its policy need is read. The last line of the output
is JSON: the modules, the peak of memory and the clients.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pilotage.bootstrap import World

# ruff: noqa: PLC0415 - what is imported, and when, is what this is about

REQUEST = {
    "release_id": "dev-cats-4d3c2b1a-0123456789ab",
    "service": "cats",
    "environment": "dev",
    "account": "123456789012",
    "region": "eu-west-1",
    "repository": "cats",
    "digest": "sha256:" + "4d3c2b1a" * 8,
    "tag": "v1",
    "pushed_at": "2026-11-23T12:00:00+00:00",
    "correlation_id": "7a5b1c9e-0000-4000-8000-000000000000",
}
MEMBER = {
    "name": "web",
    "service": "cats-web",
    "release_id": "dev-cats-web-4d3c2b1a-0123456789ab",
    "plan_hash": "3f9a2c1b7d5e" * 5,
    "kind": "service",
    "steps": 2,
}
# What a schedule sends that no run may overlap.
DUE = {
    "cluster": "ships",
    "environment": "dev",
    "service": "nightly",
    "at": "2026-11-23T20:00:00Z",
    "execution": "7a5b1c9e-0000-4000-8000-000000000001",
    "run": {"taskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/dev-nightly:3", "count": 1},
}
_SECRET, _ANOTHER = "whsec_ZmFrZSBzZWNyZXQ=", "whsec_YW5vdGhlciBmYWtlIHNlY3JldA=="
# One of the many pushes that say nothing new: a platform of an index has no tag.
UNTAGGED = {
    "source": "aws.ecr",
    "detail-type": "ECR Image Action",
    "detail": {
        "action-type": "PUSH",
        "result": "SUCCESS",
        "repository-name": "cats",
        "image-digest": REQUEST["digest"],
    },
}


class FirstUse(NamedTuple):
    """`assemble` puts the use case together; `clients` are those that its first invocation asks."""

    assemble: Callable[[World], object]
    clients: tuple[str, ...]
    reads: tuple[Callable[[], None], ...] = ()


def _request() -> None:
    from pilotage.document import from_document
    from pilotage.release import ReleaseRequest

    from_document(ReleaseRequest, REQUEST)


def _course() -> None:
    from pilotage.outcome.course import Course

    Course.read({"request": REQUEST})


def _member() -> None:
    from pilotage.document import from_document
    from pilotage.plan import Member

    _request()
    from_document(Member, MEMBER)


def _policy() -> None:
    from pilotage.policy import read_policy

    with open(os.environ["BENCH_POLICY"], encoding="utf-8") as text:  # noqa: PTH123 - pathlib would count as ours
        read_policy(text.read(), "1")


def _message() -> None:
    """Signed by somebody who does not know the secret: all is hashed and compared."""
    from datetime import UTC, datetime

    from pilotage.errors import Unsigned
    from pilotage.signatures import slack

    now = datetime.now(UTC)
    try:
        slack.verify(b"{}", slack.sign(b"{}", "fake", now), ["another"], now)
    except Unsigned:
        return
    raise AssertionError("a message that was not signed got in")


def _click() -> None:
    """What a person pressed, handed over by ReceiveMessage."""
    import json
    from datetime import UTC, datetime
    from urllib.parse import urlencode

    from pilotage.incoming import hear
    from pilotage.raw_message import RawMessage

    button = {"type": "button", "value": '{"v":"approve","t":"dev/cats","r":"dev-cats-1","b":"3f9a2c1b7d5e"}'}
    pressed = {"type": "block_actions", "user": {"id": "U0001", "team_id": "T0001"}, "actions": [button]}
    body = urlencode({"payload": json.dumps(pressed)})
    hear(RawMessage("slack", "action", "slack:1", "", body, datetime.now(UTC), {}))


def _question() -> None:
    """Of another system, by a name that its secrets do not have."""
    from datetime import UTC, datetime

    from pilotage.errors import Unsigned
    from pilotage.signatures import standard
    from pilotage.usecases.news.list_releases import signed

    now, body = datetime.now(UTC), signed("environment=dev")
    try:
        standard.verify(body, standard.sign(body, _SECRET, now, "msg_1"), [_ANOTHER], now)
    except Unsigned:
        return
    raise AssertionError("a question that was not signed got in")


def _hook() -> None:
    """ECS's call before a step of a canary, with the details that a plan writes."""
    import json
    from pathlib import Path

    from pilotage.checking.details import read_details
    from pilotage.checking.hook import read_call

    event = json.loads((Path(__file__).parents[1] / "events" / "check_rollout_step.json").read_text())
    read_details(read_call(event).details or {})


def _job() -> None:
    """One that this function refuses to run, for its revision is another's: all of it is read."""
    from pilotage.errors import BadRequest
    from pilotage.usecases.start_job import start_job

    neither: Any = None  # it comes to no call

    try:
        start_job({**DUE, "service": "weekly"}, neither, neither)
    except BadRequest:
        return
    raise AssertionError("a job of another service was started")


# For a push that starts a release and a release that goes straight; AwaitTurn: a release that has to wait; AwaitPeople:
# one that asks; MigrateRelease: a new task definition; CheckRollout: a step of a canary; AnswerMessage: an approval by
# a click in Slack; TakeCommand: a look.
FUNCTIONS: Mapping[str, FirstUse] = {
    "receive_push": FirstUse(lambda here: here.for_receiving(), ("dynamodb", "ecr", "s3", "stepfunctions"), (_policy,)),
    "prepare_release": FirstUse(
        lambda here: (here.outlook, here.for_filing()),
        ("dynamodb", "ecr", "ecs", "s3", "scaling", "scheduler"),
        (_request, _policy),
    ),
    "await_turn": FirstUse(
        lambda here: here.for_awaiting_turn(), ("dynamodb", "s3", "stepfunctions"), (_request, _policy)
    ),
    "roll_out_member": FirstUse(lambda here: here.members, ("dynamodb", "stepfunctions"), (_member,)),
    "migrate_release": FirstUse(lambda here: here.migrator, ("dynamodb", "ecs", "logs"), (_request,)),
    "apply_release": FirstUse(lambda here: here.writer, ("dynamodb", "ecs", "logs"), (_request,)),
    "follow_rollout": FirstUse(lambda here: here.follower, ("dynamodb", "ecs", "events", "stepfunctions"), (_request,)),
    "check_rollout": FirstUse(lambda here: here.checker, ("dynamodb", "ecs", "cloudwatch"), (_hook,)),
    "start_job": FirstUse(lambda here: (here.tasks, here.meter), ("ecs",), (_job,)),
    "conclude_release": FirstUse(lambda here: here.concluder, ("dynamodb", "ecr", "ecs", "events"), (_course,)),
    "reconcile": FirstUse(lambda here: here.reconciler, ("dynamodb", "ecr", "s3"), (_policy,)),
    "receive_message": FirstUse(lambda here: here.receiver, ("lambda_", "secretsmanager"), (_message,)),
    "answer_message": FirstUse(
        lambda here: (here.answerer, here.speaker),
        ("dynamodb", "s3", "secretsmanager", "stepfunctions", "events"),
        (_click, _policy),
    ),
    "take_command": FirstUse(lambda here: here.taker, ("dynamodb", "s3"), (_policy,)),
    "await_people": FirstUse(lambda here: here.asker, ("dynamodb", "s3", "events"), (_request, _policy)),
    "tell_people": FirstUse(lambda here: here.everybody, ("dynamodb", "s3", "secretsmanager"), (_policy,)),
    "list_releases": FirstUse(lambda here: here.lister, ("dynamodb", "secretsmanager"), (_question,)),
}


def start(name: str) -> list[str]:
    """The names of the clients that were made."""
    if name == "bare":
        return []
    if name == "typical_handler":
        import_module(name)
        return []
    if name == "ignored_push":
        import_module("receive_push").handler(UNTAGGED, None)
        return []
    import_module(name)
    from pilotage.bootstrap import world

    if name == "receive_push":
        import_module("pilotage.usecases.receive_push")  # it waits with this for a push that it needs it for
    here, first = world(), FUNCTIONS[name]
    first.assemble(here)
    for read in first.reads:
        read()
    for client in first.clients:
        _ = getattr(here.clients, client).meta  # whatever is asked of a client makes it
    return [*first.clients]


def _peak_mb() -> float | None:
    """Linux's own count for this process since its program began (proc(5), VmHWM); getrusage has the parent's in it."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 - see _policy
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
    except FileNotFoundError:
        return None


def main(name: str) -> None:
    clients = start(name)
    seen: dict[str, Any] = {"modules": len(sys.modules), "peak_mb": _peak_mb(), "clients": clients}
    import json

    print("\n" + json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1])

"""Straight rolling releases on the embedded AWS, warm, in turns with an invocation of a function that does nothing."""

from __future__ import annotations

import contextlib
import io
import os
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pilotage_cli.build.options import BuildOptions, Engine
from pilotage_cli.build.steps import build
from pilotage_cli.demo.measure import Taken, taken
from pilotage_cli.demo.watch import Awaited, conclusion
from pilotage_cli.world import world
from pilotage_local import stack
from pilotage_local.calls import INVOCATION, calls
from pilotage_local.home import ENVIRONMENT, Home
from pilotage_local.stack import client
from rows import Row, spread

GROUP = "A straight rolling release on the embedded AWS, simulated containers, warm"
_SERVICE = "cats"
_STACK = "pilotage"
_PATIENCE_SECONDS = 60
MINUTE = 2.0  # seconds that a minute of bakes and steps lasts; a rolling update has none
_TRANSITIONS, _INVOCATIONS = 12, 7
_NOTHING = "def handler(event, context):\n    return None\n"
_NOTHING_NAME = "bench-nothing"
# IAM's name of a service, where the client of pilotage.aws.clients is called otherwise.
_CLIENTS = {"application-autoscaling": "scaling", "lambda": "lambda_", "states": "stepfunctions"}
# Other deployers on MiniStack, one service, a real container. Quoted: nothing here measures them.
_PEERS = "quoted for others: fabfuel/ecs-deploy 2900 ms, aws-actions/amazon-ecs-deploy-task-definition 15400 ms"


@dataclass
class Seen:
    """One entry a release; `wholes`: ms from push to outcome; `nothing`: ms, one between two releases."""

    releases: list[Taken] = field(default_factory=list)
    wholes: list[float] = field(default_factory=list)
    nothing: list[float] = field(default_factory=list)


@contextlib.contextmanager
def embedded(folder: Path) -> Iterator[stack.Running]:
    """The embedded AWS; this process speaks to it, and to no other, from here on."""
    stack.down(folder)
    running = stack.up(folder, containers="simulated", minute=MINUTE)
    os.environ.update(stack.environment(running.endpoint))
    try:
        yield running
    finally:
        stack.down(folder)


def measure(endpoint: str, home: Home, project: Path, count: int) -> list[Row]:
    """`count` updates after a first release, which warms everything and is not counted. Raises NeverConcluded."""
    _deploy_nothing(client("lambda", endpoint))
    invoke_nothing, seen = empty_invocation(endpoint), Seen()
    for number in range(count + 1):
        took, whole = _release(endpoint, home, project, number)
        milliseconds = invoke_nothing()
        if number:
            seen.releases.append(took)
            seen.wholes.append(whole)
            seen.nothing.append(milliseconds)
    return _rows(seen)


def empty_invocation(endpoint: str) -> Callable[[], float]:
    """Invokes the function that does nothing, once `measure` has deployed it; how many ms that took."""
    functions = client("lambda", endpoint)
    return lambda: _invoke_nothing(functions)


def clients_asked(endpoint: str) -> dict[str, frozenset[str]]:
    """By function (as its module is called): the clients that its invocations asked, all of them taken together."""
    asked: dict[str, set[str]] = {}
    for call in calls(endpoint):
        if call["principal"].endswith("Function") and call["action"] != INVOCATION:
            prefix = call["action"].split(":")[0]
            asked.setdefault(_module(call["principal"]), set()).add(_CLIENTS.get(prefix, prefix))
    return {name: frozenset(clients) for name, clients in asked.items()}


def _release(endpoint: str, home: Home, project: Path, number: int) -> tuple[Taken, float]:
    began, tag, here = datetime.now(UTC), f"bench-{number}", world(_STACK)
    options = BuildOptions(
        directory=project / "examples" / _SERVICE,
        repository=_SERVICE,
        registry=endpoint.removeprefix("http://"),
        tags=(tag,),
        push=True,
        engine=Engine.NONE,
        version=tag,  # in a label, so that each image has a digest of its own
    )
    build(options, lambda _line: None)
    record = conclusion(
        here, Awaited(ENVIRONMENT, _SERVICE, tag, began), _PATIENCE_SECONDS, lambda _record, _word: None
    )
    concluded = record.timings.concluded_at
    if record.outcome != "SUCCEEDED" or concluded is None:
        raise RuntimeError(f"{tag} was to succeed, and came to {record.outcome}: {'; '.join(record.reasons)}")
    pushed = [image.pushed_at for image in here.registry.newest_tagged(_SERVICE) if image.tag == tag]
    pushed_at = max([began, *pushed])
    took = taken(endpoint, home.outputs["ReleaseStateMachineArn"], record, pushed_at)
    return took, (concluded - pushed_at).total_seconds() * 1000


def _rows(seen: Seen) -> list[Row]:
    nothing = spread(seen.nothing)
    to_write = spread([float(each.push_to_apply_ms or 0) for each in seen.releases])
    to_outcome = spread([float(each.ecs_done_to_outcome_ms or 0) for each in seen.releases])
    wholes = spread(seen.wholes)
    transitions = spread([float(each.transitions) for each in seen.releases])
    invocations = spread([float(each.invocations) for each in seen.releases])
    chain = f"{to_write.median / nothing.median:.1f} x one empty invocation; it takes four, one after the other"
    return [
        Row(GROUP, "one invocation of an empty function", nothing.median, "ms", nothing, note="what all rests on"),
        Row(GROUP, "push -> UpdateService", to_write.median, "ms", to_write, note=chain),
        Row(GROUP, "ECS done -> outcome", to_outcome.median, "ms", to_outcome),
        Row(GROUP, "push -> outcome, the rollout included", wholes.median, "ms", wholes, note=_PEERS),
        Row(GROUP, "state transitions", transitions.median, "", transitions, transitions.worst, _TRANSITIONS),
        Row(GROUP, "function invocations", invocations.median, "", invocations, invocations.worst, _INVOCATIONS),
    ]


def _deploy_nothing(functions: Any) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("nothing.py", _NOTHING)
    functions.create_function(
        FunctionName=_NOTHING_NAME,
        Runtime="python3.13",
        Role="arn:aws:iam::000000000000:role/bench-nothing",
        Handler="nothing.handler",
        Code={"ZipFile": packed.getvalue()},
    )
    _invoke_nothing(functions)


def _invoke_nothing(functions: Any) -> float:
    began = time.perf_counter()
    answer: Mapping[str, Any] = functions.invoke(FunctionName=_NOTHING_NAME, Payload=b"{}")
    answer["Payload"].read()
    if "FunctionError" in answer:
        raise RuntimeError(f"{_NOTHING_NAME} failed: {answer['FunctionError']}")
    return (time.perf_counter() - began) * 1000


def _module(principal: str) -> str:
    """`receive_push` of `ReceivePushFunction`."""
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in principal)
    return words.removeprefix("_").removesuffix("_function")

"""Side by side with the deployers that people use today, on the same embedded AWS: who tells the truth, how soon after
ECS's end, and for how many calls.

fabfuel's `ecs-deploy` is its own command line; boto3 is `services_stable` with its own defaults (stable_waiter.py);
Pilotage gets a push. Each has a service of its own, and all three deploy the same image at the same moment.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from peer_berths import Berths, name, own
from peer_cases import CASES, Case, Twist
from peer_rows import rows
from pilotage.record import ReleaseRecord
from pilotage_cli.demo.measure import taken
from pilotage_cli.world import world
from pilotage_local import injecting
from pilotage_local.calls import calls
from pilotage_local.children import child
from pilotage_local.home import Home
from pilotage_local.injecting import Injection, Kind
from pilotage_local.stack import child_environment
from rows import Row
from verdicts import End, Said, Verdict

PILOTAGE = "Pilotage"
_STACK = "pilotage"
_LOOK_SECONDS = 0.1
_THROTTLED_SECONDS = 8.0
_AFTERWARDS_SECONDS = 20.0  # what ECS may take to end once nothing fails any more
_SUCCESSES = frozenset({"SUCCEEDED", "NO_CHANGE"})
_RECONCILE = "ReconcileFunction"  # it serves all services, and belongs to no release
_BIN = Path(sys.executable).parent
COMMANDS: Mapping[str, Callable[[str, str, str, str], list[str]]] = {
    "ecs-deploy": lambda cluster, service, container, image: [
        *(str(_BIN / "ecs"), "deploy", cluster, service, "--image", container, image)
    ],
    "boto3": lambda *words: [sys.executable, str(Path(__file__).with_name("stable_waiter.py")), *words],
}


@dataclass
class Round:
    """One case under way: `ended` has the exit codes of the others, `running` their processes, by their names."""

    case: Case
    began: datetime
    running: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    ended: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    record: ReleaseRecord | None = None


def play(endpoint: str, home: Home, berths: Berths, case: Case) -> dict[str, Verdict]:
    """By the deployer's name."""
    container, image = berths.image(case)
    services = {tool: name(case, tool) for tool in COMMANDS} | {PILOTAGE: own(case)}
    before = {tool: berths.runs(service) for tool, service in services.items()}
    for injection in case.injections(image.partition("@")[2], tuple(services.values())):
        injecting.inject(endpoint, injection)
    now = Round(case, datetime.now(UTC))
    try:
        with _started(now, endpoint, berths.cluster, services, container, image):
            berths.push(case)
            _twist(endpoint, berths, case, services, before, now.began)
            _watch(berths, now)
    finally:
        injecting.clear(endpoint)
    return _verdicts(endpoint, home, berths, now, services)


@contextmanager
def _started(
    now: Round, endpoint: str, cluster: str, services: Mapping[str, str], container: str, image: str
) -> Iterator[None]:
    """The others; those that have said nothing when it is over are ended."""
    with ExitStack() as stack:
        for tool, command in COMMANDS.items():
            words = command(cluster, services[tool], container, image)
            environment = child_environment(endpoint) | {"AWS_SDK_UA_APP_ID": _principal(tool, now.case)}
            quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
            now.running[tool] = stack.enter_context(child(words, env=environment, **quiet))
        yield


def _twist(
    endpoint: str, berths: Berths, case: Case, services: Mapping[str, str], before: Mapping[str, str], began: datetime
) -> None:
    if case.twist is Twist.NOTHING:
        return
    deadline = time.monotonic() + case.seconds / 2
    while not all(berths.deployments(service, began) for service in services.values()):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{case.title}: a deployer started no deployment in {case.seconds / 2:.0f} s")
        time.sleep(_LOOK_SECONDS)
    if case.twist is Twist.STRANGER:
        for tool, service in services.items():
            berths.go_over(service, before[tool])
        return
    injecting.clear(endpoint)
    injecting.inject(endpoint, Injection(Kind.THROTTLE, seconds=_THROTTLED_SECONDS))


def _watch(berths: Berths, now: Round) -> None:
    """Until all have said something, or their time is over."""
    until = now.began + timedelta(seconds=now.case.seconds)
    while datetime.now(UTC) < until and (now.running or now.record is None):
        for tool, process in list(now.running.items()):
            code = process.poll()
            if code is not None:
                now.ended[tool] = (code, datetime.now(UTC))
                del now.running[tool]
        if now.record is None:
            record = berths.record(now.case)
            now.record = record if record is not None and record.outcome is not None else None
        time.sleep(_LOOK_SECONDS)


def _verdicts(endpoint: str, home: Home, berths: Berths, now: Round, services: Mapping[str, str]) -> dict[str, Verdict]:
    arns = {tool: _deployment(berths, now, tool, service) for tool, service in services.items()}
    ends = {tool: _end(berths, arn) for tool, arn in arns.items()}
    said = {tool: _said(endpoint, now, tool, ends[tool]) for tool in COMMANDS}
    return {PILOTAGE: _of_pilotage(endpoint, home, now, ends[PILOTAGE]), **said}


def _deployment(berths: Berths, now: Round, tool: str, service: str) -> str | None:
    """The deployer's own: the first since it began. Pilotage may start a second one, on demand, and says which."""
    if tool == PILOTAGE and now.record is not None and now.record.service_deployment_arn is not None:
        return now.record.service_deployment_arn
    found = berths.deployments(service, now.began)
    return str(found[0]["serviceDeploymentArn"]) if found else None


def _end(berths: Berths, arn: str | None) -> End:
    deadline = time.monotonic() + _AFTERWARDS_SECONDS
    while (end := berths.end(arn)).at is None and arn is not None and time.monotonic() < deadline:
        time.sleep(_LOOK_SECONDS)
    return end


def _said(endpoint: str, now: Round, tool: str, end: End) -> Verdict:
    made = calls(endpoint, now.began.isoformat(), _principal(tool, now.case))
    counts: dict[str, Any] = {"calls": len(made), "to_ecs": _to_ecs(made), "end": end}
    if tool not in now.ended:
        return Verdict(tool, Said.NOTHING, None, f"nothing in {now.case.seconds:.0f} s", **counts)
    code, at = now.ended[tool]
    return Verdict(tool, Said.FAILURE if code else Said.SUCCESS, at, f"exit code {code}", **counts)


def _of_pilotage(endpoint: str, home: Home, now: Round, end: End) -> Verdict:
    record = now.record
    at = None if record is None else record.timings.concluded_at
    if record is None or at is None:
        return Verdict(PILOTAGE, Said.NOTHING, None, f"nothing in {now.case.seconds:.0f} s", 0, end)
    made = taken(endpoint, home.outputs["ReleaseStateMachineArn"], record, now.began).aws_calls
    seen = [call for call in calls(endpoint, now.began.isoformat()) if call["time"] <= at.isoformat()]
    ours = [call for call in seen if call["principal"].endswith("Function") and call["principal"] != _RECONCILE]
    said = Said.SUCCESS if record.outcome in _SUCCESSES else Said.FAILURE
    return Verdict(PILOTAGE, said, at, f"{record.outcome}: {record.cause}", made, end, _to_ecs(ours))


def _to_ecs(made: Sequence[Mapping[str, Any]]) -> int:
    return sum(str(call["action"]).startswith("ecs:") for call in made)


def _principal(tool: str, case: Case) -> str:
    return f"{tool}-{case.name}"


def measure(endpoint: str, home: Home, say: Callable[[str], None], cases: Sequence[Case] = CASES) -> list[Row]:
    """One case after the other, so that each call to AWS is known to be of the one."""
    berths = Berths(endpoint, home, world(_STACK), list(COMMANDS))
    berths.make(cases)
    found = {}
    for case in cases:
        say(case.title)
        found[case.title] = play(endpoint, home, berths, case)
    return rows(found, PILOTAGE)

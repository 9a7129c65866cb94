"""What each strategy costs: state transitions, invocations, and the time from ECS's end to the outcome. The same again
with twice as many steps and minutes: a rollout that takes longer must not cost more.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tests"))  # the images of a few hundred bytes live with the tests

from fakes import tiny_image  # noqa: E402 - see above
from pilotage_cli.demo.measure import Taken, taken  # noqa: E402 - see above
from pilotage_cli.demo.watch import Awaited, conclusion  # noqa: E402 - see above
from pilotage_cli.world import world  # noqa: E402 - see above
from pilotage_local.foundation import upload_policy  # noqa: E402 - see above
from pilotage_local.home import ENVIRONMENT, Home  # noqa: E402 - see above
from pilotage_local.stack import client  # noqa: E402 - see above
from rows import Row, spread  # noqa: E402 - see above

GROUP = "Strategies on the embedded AWS: a minute of theirs lasts two seconds"
_STACK, _SERVICE, _ROOM = "pilotage", "strategic", "strategies"
_PATIENCE_SECONDS = 180
_TRANSITIONS = 14
# A loop that asks every 15 seconds learns of the end 7.5 seconds late on average, and 15 at the worst.
_LOOP_MEAN_MS, _LOOP_WORST_MS, _OF_LOOP = 7500, 15000, 0.2
# By name, in pairs: the second of a pair has twice the steps or minutes of the first.
ROLLOUTS: Mapping[str, Mapping[str, Any]] = {
    "rolling": {"strategy": "rolling"},
    "blue_green": {"strategy": "blue_green", "bake": 1},
    "blue_green, twice the bake": {"strategy": "blue_green", "bake": 2},
    "canary": {"strategy": "canary", "percent": 10, "minutes": 1, "bake": 1},
    "canary, twice the minutes": {"strategy": "canary", "percent": 10, "minutes": 2, "bake": 2},
    "linear": {"strategy": "linear", "percent": 25, "minutes": 1, "bake": 1},
    "linear, twice the steps": {"strategy": "linear", "percent": 12.5, "minutes": 1, "bake": 1},
}
_PAIRS = [("blue_green", "blue_green, twice the bake"), ("canary", "canary, twice the minutes")]
_PAIRS.append(("linear", "linear, twice the steps"))


@dataclass
class Series:
    """`seconds`: of ECS's own work, from the write to its end."""

    taken: list[Taken] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def measure(endpoint: str, home: Home, count: int, say: Callable[[str], None]) -> list[Row]:
    """`count` updates by each strategy, one after the other. Raises NeverConcluded."""
    _open(endpoint, home)
    _release(endpoint, home, "rolling", 0)
    found = {name: Series() for name in ROLLOUTS}
    for number in range(1, count + 1):
        for name, series in found.items():
            say(f"{name}, {number} of {count}")
            took, seconds = _release(endpoint, home, name, number)
            series.taken.append(took)
            series.seconds.append(seconds)
    return [*(_cost(name, series) for name, series in found.items()), _constant(found), *_lags(found)]


def _open(endpoint: str, home: Home) -> None:
    """An environment whose route is free to every service, and a repository."""
    bucket, s3 = home.outputs["PolicyBucketName"], client("s3", endpoint)
    policy = json.loads(s3.get_object(Bucket=bucket, Key=f"policies/{ENVIRONMENT}.json")["Body"].read())
    routing = {name: {**route, "services": ["*"]} for name, route in policy["routing"].items()}
    upload_policy(endpoint, bucket, _ROOM, json.dumps({**policy, "environment": _ROOM, "routing": routing}))
    tags = {"pilotage:enabled": "true", "pilotage:environment": _ROOM}
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    client("ecr", endpoint).create_repository(repositoryName=_SERVICE, tags=listed)


def _release(endpoint: str, home: Home, name: str, number: int) -> tuple[Taken, float]:
    began, here = datetime.now(UTC), world(_STACK)
    tag = f"v{number}-{list(ROLLOUTS).index(name)}"
    manifest = {"count": 2, "routing": "web", "ports": [8080], "rollout": ROLLOUTS[name]}
    labels = {"org.opencontainers.image.version": tag, "dev.pilotage.manifest": json.dumps(manifest)}
    tiny_image.push(endpoint, _SERVICE, tiny_image.image(labels=labels), tag)
    awaited = Awaited(_ROOM, _SERVICE, tag, began)
    record = conclusion(here, awaited, _PATIENCE_SECONDS, lambda _record, _word: None)
    applied, ended = record.timings.applied_at, record.timings.ecs_ended_at
    if record.outcome != "SUCCEEDED" or applied is None or ended is None:
        raise RuntimeError(f"{name} was to succeed, and came to {record.outcome}: {'; '.join(record.reasons)}")
    took = taken(endpoint, home.outputs["ReleaseStateMachineArn"], record, began)
    return took, (ended - applied).total_seconds()


def _cost(name: str, series: Series) -> Row:
    transitions = [each.transitions for each in series.taken]
    invocations = max(each.invocations for each in series.taken)
    note = f"{invocations} invocations, {max(series.seconds):.0f} s of ECS's work"
    details = {"transitions": transitions, "invocations": [each.invocations for each in series.taken]}
    return Row(GROUP, f"{name}: transitions", max(transitions), "", at_most=_TRANSITIONS, note=note, details=details)


def _constant(found: Mapping[str, Series]) -> Row:
    """The goal: none more."""
    most = {name: max(each.transitions for each in series.taken) for name, series in found.items()}
    more = max(most[longer] - most[shorter] for shorter, longer in _PAIRS)
    return Row(GROUP, "transitions more for twice the steps, bakes, minutes", more, "", at_most=0)


def _lags(found: Mapping[str, Series]) -> list[Row]:
    lags = [each.ecs_done_to_outcome_ms for series in found.values() for each in series.taken]
    seen = spread([float(lag) for lag in lags if lag is not None])
    against = f"of a loop of 15 s: {_LOOP_MEAN_MS / 1000:g} s on average, {_LOOP_WORST_MS / 1000:g} s at the worst"
    mean, worst = seen.median / _LOOP_MEAN_MS, seen.worst / _LOOP_WORST_MS
    return [
        Row(GROUP, "ECS done -> outcome", seen.median, "ms", seen, mean, _OF_LOOP, against),
        Row(GROUP, "ECS done -> outcome, the worst", seen.worst, "ms", None, worst, _OF_LOOP, against),
    ]

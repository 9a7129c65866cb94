"""Cold starts, each in a fresh interpreter, against a bare one and against the typical handler, all in turns."""

from __future__ import annotations

import compileall
import json
import os
import py_compile
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import botocore
from first_use import FUNCTIONS
from rows import Row, spread

GROUP = "Cold start: wall ms over a bare interpreter, up to the first call to AWS"
HERE = Path(__file__).parent
_WITH_AWS, _WITHOUT_AWS = 0.35, 0.15  # of the typical handler
# What Lambda's runtime brings along: its own boto3, and what that needs.
_RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3")
# What the typical handler's layer would carry.
_TYPICAL = (
    *("annotated_types", "aws_lambda_powertools", "aws_xray_sdk", "jmespath", "pydantic", "pydantic_core"),
    *("typing_extensions.py", "typing_inspection", "wrapt"),
)
_SITE = Path(botocore.__file__).parents[1]


@dataclass
class Series:
    """`walls` and `processor` in ms, one a round; `seen` is what the process said of itself in the last one."""

    walls: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    seen: Mapping[str, Any] = field(default_factory=dict)


class Places:
    """The directories that stand for Lambda's: the handler's, its layer and its runtime, and none besides."""

    def __init__(self, built: Path, folder: Path, policy: Path) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        self._built, self._policy = built, policy
        self._runtime = _linked(folder / "runtime", _RUNTIME)
        self._typical = _linked(folder / "typical", _TYPICAL)
        self._layer = folder / "layer"
        shutil.copytree(built / "PilotageLayer" / "python", self._layer)
        # The layer holds bytecode for Lambda's Python; this one may be another.
        compileall.compile_dir(
            self._layer, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH, workers=1
        )

    def environment(self, name: str) -> dict[str, str]:
        return {
            "PATH": os.defpath,
            "HOME": str(self._layer.parent),
            "PYTHONPATH": os.pathsep.join(str(path.resolve()) for path in self._paths(name)),
            "PYTHONDONTWRITEBYTECODE": "1",  # /var/task and /opt cannot be written
            "BENCH_POLICY": str(self._policy.resolve()),
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "PILOTAGE_TABLE": "pilotage",
            "PILOTAGE_POLICY_BUCKET": "pilotage-policies",
            "PILOTAGE_STATE_MACHINE": "arn:aws:states:eu-west-1:123456789012:stateMachine:pilotage-release",
            "PILOTAGE_CONCLUDE_FUNCTION": "pilotage-conclude-release",
            "PILOTAGE_ANSWER_FUNCTION": "pilotage-answer-message",
            "PILOTAGE_SECRETS": "pilotage",
            "POWERTOOLS_SERVICE_NAME": "pilotage",
            "POWERTOOLS_METRICS_NAMESPACE": "Pilotage",
            "POWERTOOLS_TRACE_DISABLED": "true",  # there is no X-Ray daemon here; the SDK is imported all the same
        }

    def _paths(self, name: str) -> list[Path]:
        if name == "bare":
            return []
        if name == "typical_handler":
            return [HERE, self._typical, self._runtime]
        handler = "receive_push" if name == "ignored_push" else name
        return [self._built / f"{handler.title().replace('_', '')}Function", self._layer, self._runtime]


def measure(places: Places, rounds: int) -> list[Row]:
    """One round starts each once, so that whatever else the machine does hits all alike; the first is not counted."""
    names = ("bare", "typical_handler", *FUNCTIONS, "ignored_push")
    series = {name: Series() for name in names}
    for count in range(rounds + 1):
        for name in names:
            wall, processor, seen = _once(name, places.environment(name))
            series[name].seen = seen
            if count:
                series[name].walls.append(wall)
                series[name].processor.append(processor)
    return _rows(series)


def clients_made(rows: Sequence[Row]) -> dict[str, frozenset[str]]:
    """By function, for a look at whether the invocations on the embedded AWS used any other."""
    return {row.name: frozenset(row.details["clients"]) for row in rows if row.name in FUNCTIONS}


def _once(name: str, environment: Mapping[str, str]) -> tuple[float, float, Mapping[str, Any]]:
    command = [sys.executable, "-S", str(HERE / "first_use.py"), name]
    began, used = time.perf_counter(), _processor_seconds()
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    wall, processor = (time.perf_counter() - began) * 1000, (_processor_seconds() - used) * 1000
    seen: Mapping[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return wall, processor, seen


def _processor_seconds() -> float:
    """Of all children so far: what a busy machine adds to the wall clock is not in it."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _rows(series: Mapping[str, Series]) -> list[Row]:
    bare = spread(series["bare"].walls).median
    over = {name: [wall - bare for wall in each.walls] for name, each in series.items()}
    typical = spread(over["typical_handler"]).median
    idle = spread(series["bare"].processor).median
    work = {name: spread(each.processor).median - idle for name, each in series.items()}
    rows = [Row(GROUP, "bare interpreter (its own time)", bare, "ms", spread(series["bare"].walls))]
    for name in ("typical_handler", *FUNCTIONS, "ignored_push"):
        times, seen = spread(over[name]), series[name].seen
        limit = None if name == "typical_handler" else _WITHOUT_AWS if name == "ignored_push" else _WITH_AWS
        ratio = times.median / typical
        memory = f", {seen['peak_mb']:.0f} MB" if seen["peak_mb"] else ""
        made = f", {len(seen['clients'])} clients" if seen["clients"] else ""
        busy = f", {work[name] / work['typical_handler']:.2f} of its processor time" if limit else ""
        note = f"{seen['modules']} modules{memory}{made}{busy}"
        details = {**seen, "processor_ms": work[name]}
        rows.append(Row(GROUP, name, times.median, "ms", times, ratio, limit, note, details))
    return rows


def _linked(folder: Path, names: Sequence[str]) -> Path:
    folder.mkdir(parents=True)
    for name in names:
        target = _SITE / name
        if not target.exists():
            raise FileNotFoundError(f"{target}: install the extra `bench`; `make bench` does.")
        (folder / name).symlink_to(target)
    return folder

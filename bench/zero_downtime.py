"""`make zero-downtime`: the page of cats under constant requests while Pilotage brings in new versions, by a rolling
update, by blue/green and by a canary. The containers are real, so a Docker engine is needed.

Shows the share of versions second by second and every request that failed; writes build/zero-downtime.json.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from load import Asked, Load, by_second, drawn
from pilotage_cli.build.options import BuildOptions, Engine
from pilotage_cli.build.steps import build
from pilotage_cli.demo.base import choose
from pilotage_cli.demo.watch import Awaited, conclusion
from pilotage_cli.output import console
from pilotage_cli.stage import Stage
from pilotage_cli.world import world
from pilotage_local import stack
from pilotage_local.home import ENVIRONMENT, settle

PROJECT = Path(__file__).resolve().parents[1]
_STACK, _SERVICE = "pilotage", "cats"
_CLIENTS, _RATE = 2, 40.0
_MINUTE = 2.0  # seconds that a minute of bakes and steps lasts
_PATIENCE_SECONDS = 240
_AROUND_SECONDS = 3.0  # of requests before the push and after the outcome
_NO_ENGINE = 3  # exit code
# The first version is there before the requests begin.
UPDATES: Mapping[str, Mapping[str, Any]] = {
    "rolling": {"strategy": "rolling"},
    "blue_green": {"strategy": "blue_green", "bake": 2},
    "canary": {"strategy": "canary", "percent": 20, "minutes": 4, "bake": 2},
}


@dataclass(frozen=True, slots=True)
class Update:
    """One of them, and the requests from a little before its push to a little after its outcome."""

    strategy: str
    old: str
    new: str
    outcome: str
    seconds: float
    asked: list[Asked]

    @property
    def failed(self) -> Counter[str]:
        return Counter(one.met for one in self.asked if one.failed)

    @property
    def sentence(self) -> str:
        kinds = ", ".join(f"{count} x {kind}" for kind, count in self.failed.most_common())
        worst = max(one.milliseconds for one in self.asked)
        told = f"{len(self.asked)} requests, {self.failed.total()} failed{f' ({kinds})' if kinds else ''}"
        how = f"{self.strategy}, {self.old} -> {self.new}: {self.outcome} in {self.seconds:.0f} s"
        return f"{how}; {told}; slowest {worst:.0f} ms"

    def document(self) -> dict[str, Any]:
        return {
            "strategy": self.strategy,
            "from": self.old,
            "to": self.new,
            "outcome": self.outcome,
            "seconds": round(self.seconds, 1),
            "requests": len(self.asked),
            "failed": dict(self.failed),
            "slowest_ms": round(max(one.milliseconds for one in self.asked)),
            "by_second": {str(second): dict(found) for second, found in by_second(self.asked).items()},
        }


class Workbench:
    """Builds and releases versions of the page, on a copy of the example."""

    def __init__(self, endpoint: str, folder: Path, build_args: Mapping[str, str]) -> None:
        self._registry, self._folder, self._build_args = endpoint.removeprefix("http://"), folder, build_args
        self._world = world(_STACK)
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(PROJECT / "examples" / _SERVICE, folder, ignore=shutil.ignore_patterns("naps", "portraits"))

    def release(self, version: str, rollout: Mapping[str, Any]) -> tuple[str, float]:
        """The outcome, and the seconds from the push to it. Raises NeverConcluded."""
        manifest = yaml.safe_load((self._folder / "pilotage.yaml").read_text())
        (self._folder / "pilotage.yaml").write_text(yaml.safe_dump({**manifest, "rollout": dict(rollout)}))
        dockerfile = (PROJECT / "examples" / _SERVICE / "Dockerfile").read_text()
        written = dockerfile.replace("CATS_VERSION=v1", f"CATS_VERSION={version}")
        (self._folder / "Dockerfile").write_text(written)
        options = BuildOptions(
            directory=self._folder,
            repository=_SERVICE,
            registry=self._registry,
            tags=(version,),
            push=True,
            engine=Engine.DOCKER,
            version=version,
            commit="0" * 40,
            build_args=self._build_args,
        )
        began = datetime.now(UTC)
        build(options, lambda _line: None)
        pushed = datetime.now(UTC)
        awaited = Awaited(ENVIRONMENT, _SERVICE, version, began)
        record = conclusion(self._world, awaited, _PATIENCE_SECONDS, lambda _record, _word: None)
        ended = record.timings.concluded_at or datetime.now(UTC)
        return str(record.outcome), (ended - pushed).total_seconds()


def measure(site: str, bench: Workbench) -> list[Update]:
    """Raises NeverConcluded, and RuntimeError when the first version does not come in."""
    outcome, _ = bench.release("v1", UPDATES["rolling"])
    if outcome != "SUCCEEDED":
        raise RuntimeError(f"the first version of the page was to come in, and came to {outcome}")
    updates = []
    with Load(f"{site}/", _CLIENTS, _RATE) as load:
        for number, (strategy, rollout) in enumerate(UPDATES.items(), start=1):
            old, new = f"v{number}", f"v{number + 1}"
            with Stage(f"{strategy}: {old} -> {new}, at {_RATE:.0f} requests a second") as stage:
                begun = load.now
                time.sleep(_AROUND_SECONDS)
                outcome, seconds = bench.release(new, rollout)
                time.sleep(_AROUND_SECONDS)
                asked = [one for one in load.asked if one.at >= begun]
                updates.append(Update(strategy, old, new, outcome, seconds, asked))
                stage.done(outcome)
    return updates


def main(folder: Path) -> int:
    chosen = choose("auto")
    if chosen.containers == "simulated":
        console.print(f"{chosen.sentence} Nothing is measured: requests need containers that answer.", markup=False)
        return _NO_ENGINE
    state = folder / "zero-downtime"
    stack.down(state)
    running = stack.up(state, containers="auto", minute=_MINUTE)
    os.environ.update(stack.environment(running.endpoint))
    try:
        home = settle(running.endpoint, PROJECT, state)
        updates = measure(home.foundation["SiteUrl"], Workbench(running.endpoint, state / "cats", chosen.build_args))
    finally:
        stack.down(state)
    show(updates)
    written = folder / "zero-downtime.json"
    written.write_text(json.dumps([update.document() for update in updates], indent=2) + "\n")
    console.print(f"written: {written}", markup=False)
    return 0


def show(updates: list[Update]) -> None:
    for update in updates:
        console.print(f"\n{update.sentence}", markup=False)
        for line in drawn(update.asked, update.old, update.new):
            console.print(f"  {line}", markup=False, highlight=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="make zero-downtime")
    parser.add_argument("--build", type=Path, default=Path("build"), help="where zero-downtime.json goes")
    sys.exit(main(parser.parse_args().build))

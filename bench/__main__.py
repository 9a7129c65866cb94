"""`make bench`: measure, show tables, write build/bench.json. A missed goal is shown as missed; it is no failure."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import acknowledge
import artifacts
import cold_start
import peer_cases
import peers
import plan_all
import releases
import rows
import strategies
import two_hundred
from pilotage_cli.output import console
from pilotage_cli.stage import Stage
from pilotage_local.home import settle
from rich.console import Console
from rows import Row

PROJECT = Path(__file__).resolve().parents[1]
_CROWD = "200 services pushed at once, on a virtual clock, under the token buckets that ECS publishes"
_WIDTH = 150  # of tables that go into a file


def main(folder: Path, rounds: int, pushes: int, clicks: int, rollouts: int, services: int) -> None:
    work = folder / "bench"
    built = work / "sam"
    with releases.embedded(work) as running:
        with Stage("sam deploy into the embedded AWS") as stage:
            home = settle(running.endpoint, PROJECT, work)
            stage.done("done")
        with Stage(f"{pushes} releases, one after the other") as stage:
            measured = releases.measure(running.endpoint, home, PROJECT, pushes)
            stage.done("done")
        with Stage(f"{clicks} clicks in Slack, one after the other") as stage:
            empty = releases.empty_invocation(running.endpoint)
            measured += acknowledge.measure(home, empty, clicks)
            asked = releases.clients_asked(running.endpoint)
            stage.done("done")
        with Stage(f"{rollouts} rollouts by each strategy") as stage:
            measured += strategies.measure(running.endpoint, home, rollouts, stage.say)
            stage.done("done")
        with Stage(f"{len(peer_cases.CASES)} deployments beside other deployers") as stage:
            measured += peers.measure(running.endpoint, home, say=stage.say)
            stage.done("done")
    with releases.embedded(work / "fleet") as running, Stage(f"{services} services planned again") as stage:
        measured += plan_all.measure(running, services, stage.say)
        stage.done("done")
    with Stage(f"{rounds} rounds of cold starts") as stage:
        places = cold_start.Places(built, work / "places", PROJECT / "docs" / "examples" / "policy.json")
        cold = cold_start.measure(places, rounds)
        stage.done("done")
    with Stage("200 services pushed at once") as stage:
        crowd = _crowd()
        stage.done("done")
    found = [*cold, _honest(cold_start.clients_made(cold), asked), *measured, *crowd, *artifacts.measure(built)]
    rows.show(console if console.is_terminal else Console(width=_WIDTH), found)
    rows.write(folder / "bench.json", found)
    console.print(f"written: {folder / 'bench.json'}", markup=False)


def _crowd() -> list[Row]:
    seen = two_hundred.measure()
    bound, outcomes = seen["bound_seconds"], seen["outcomes"]
    ends = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.items())
    note = f"the bucket's own bound is {bound:.0f} s; {ends}; {seen['throttled_registrations']} registrations throttled"
    unfinished = seen["services"] - outcomes.get("SUCCEEDED", 0)
    return [
        Row(_CROWD, "pushes -> last outcome", seen["seconds"], "s", None, seen["ratio"], 1.1, note, seen),
        Row(_CROWD, "services that did not succeed", unfinished, "", at_most=0),
    ]


def _honest(made: Mapping[str, frozenset[str]], asked: Mapping[str, frozenset[str]]) -> Row:
    """The cold starts are those of real invocations only if no real one asked a client that they left out."""
    left_out = {name: sorted(asked[name] - made.get(name, frozenset())) for name in asked}
    missing = [f"{name}: {', '.join(clients)}" for name, clients in sorted(left_out.items()) if clients]
    note = "; ".join(missing) or f"as the calls of {len(asked)} functions on the embedded AWS say"
    return Row(cold_start.GROUP, "clients that were asked and not measured", len(missing), "", at_most=0, note=note)


def _arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--build", type=Path, default=Path("build"), help="where bench.json and working files go")
    parser.add_argument("--rounds", type=int, default=11, help="cold starts of each function")
    parser.add_argument("--pushes", type=int, default=12, help="releases on the embedded AWS")
    parser.add_argument("--clicks", type=int, default=25, help="signed messages to the embedded AWS")
    parser.add_argument("--rollouts", type=int, default=2, help="updates by each strategy")
    parser.add_argument("--services", type=int, default=plan_all.SERVICES, help="of an environment planned again")
    return parser.parse_args(words)


if __name__ == "__main__":
    given = _arguments()
    main(given.build, given.rounds, given.pushes, given.clicks, given.rollouts, given.services)

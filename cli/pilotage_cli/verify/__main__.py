"""`python -m pilotage_cli.verify`: `make verify-aws`. Exit code 2: bad input; 1: a step or the teardown failed."""

from __future__ import annotations

import os
import secrets
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import boto3
import typer
from pilotage.errors import BadRequest
from pilotage_local.replay import read, replay
from pilotage_local.replay.__main__ import report
from pilotage_local.replay.recording import write

from pilotage_cli import project, trouble
from pilotage_cli.build import Engine
from pilotage_cli.build.engine import find_docker
from pilotage_cli.build.hook import install_hook
from pilotage_cli.output import console
from pilotage_cli.stage import Stage
from pilotage_cli.verify import account, estimate, scene
from pilotage_cli.verify.account import Account, client
from pilotage_cli.verify.clean import cleaner
from pilotage_cli.verify.observer import Observer
from pilotage_cli.verify.sandbox import PREFIX, Sandbox
from pilotage_cli.verify.scene import Means, Scene
from pilotage_cli.verify.story import STEPS
from pilotage_cli.world import world

CONSENT = "PILOTAGE_VERIFY"

StepOption = Annotated[list[str] | None, typer.Option("--step", help="Play this step alone; may be repeated.")]
EngineOption = Annotated[Engine, typer.Option(help="none: images that record their base only and cannot really run.")]
BaseOption = Annotated[str | None, typer.Option(help="Base image; default: the Dockerfile's.")]
RegistryOption = Annotated[str | None, typer.Option(help="The registry's host; default: as ECR says.")]
FoundationOption = Annotated[list[str] | None, typer.Option(help="NAME=VALUE, a parameter of the foundation.")]
PatienceOption = Annotated[float, typer.Option(help="Minutes that one release may take.")]
LoopOption = Annotated[int, typer.Option(min=1, help="Minutes until the deadline ends the crash loop.")]
OutOption = Annotated[Path, typer.Option(help="Folder that the recording goes into.")]
DownOption = Annotated[str | None, typer.Option(help="Only tear down what a run of this name left behind.")]


def main(
    step: StepOption = None,
    engine: EngineOption = Engine.DOCKER,
    base: BaseOption = None,
    registry: RegistryOption = None,
    foundation: FoundationOption = None,
    patience: PatienceOption = 20.0,
    loop_minutes: LoopOption = 5,
    out: OutOption = Path("recordings"),
    teardown: DownOption = None,
) -> None:
    """Play the demo's story and the faults on the account of the AWS credentials, and record what ECS does."""
    with trouble.told(), _ended_by_signals():
        here = account.here()
        if teardown is not None:
            raise typer.Exit(_down(Sandbox(_ours(teardown), project.root(), Path("build/verify"))))
        chosen = _steps(step)
        if engine is Engine.DOCKER and find_docker(console.print) is None:
            raise BadRequest("the engine", "docker", "The images have to be built: start a Docker engine.")
        parameters = dict(_pair(each) for each in foundation or ())
        account.refuse_another_pilotage()
        name = f"{PREFIX}{secrets.token_hex(3)}"
        _ask(here, name)
        args = {"BASE": base} if base else {}
        means = Means(registry or _registry(), engine, args, patience * 60, loop_minutes)
        raise typer.Exit(
            _run(here, Sandbox(name, project.root(), Path("build/verify")), means, chosen, parameters, out)
        )


def _run(
    here: Account, sandbox: Sandbox, means: Means, chosen: list[str], parameters: Mapping[str, str], out: Path
) -> int:
    """Whatever happens, what was seen is written and what was made is deleted."""
    began = datetime.now(UTC)
    path = out / f"{began:%Y-%m-%dT%H%M%S}-{here.region}.jsonl"
    seen: list[Observer] = []
    left = 1
    try:
        with Stage("sam deploy of foundation, recorder and Pilotage") as stage:
            queue = sandbox.up(stage.say, parameters)
            sandbox.publish_policy()
        with Observer(client, sandbox.name, queue, sandbox.name) as observer:
            seen.append(observer)
            _play(sandbox, observer, means, chosen)
    finally:
        for observer in seen:
            header = {"made": "recorded", "recorded_at": began.isoformat(), "region": here.region, "steps": chosen}
            write(path, header, observer.lines, cleaner(here.number))
        left = _down(sandbox)
    return left or _verdict(path, seen[0])


def _play(sandbox: Sandbox, observer: Observer, means: Means, chosen: list[str]) -> None:
    folder = Path("build/verify").resolve() / "git"
    clone = scene.workshop(folder, project.root() / "examples" / "cats")
    install_hook(
        folder / "cats.git",
        means.registry,
        Path(sys.executable),
        repository=f"{sandbox.name}-cats",
        engine=means.engine,
        build_args=means.build_args,
    )
    for step in STEPS:
        if step.name in chosen:
            with Stage(step.title) as stage:
                observer.step(step.name)
                step.play(Scene(sandbox, observer, world(sandbox.name), clone, means, stage.say))


def _down(sandbox: Sandbox) -> int:
    with _deaf(), Stage(f"tearing down {sandbox.name}") as stage:
        left = sandbox.down(stage.say)
    for each in left:
        console.print(f"LEFT BEHIND  {each}", style="red", markup=False, soft_wrap=True)
    if left:
        again = f"Try again with: make verify-aws TEARDOWN={sandbox.name}"
        console.print(again, style="red", markup=False, soft_wrap=True)
    return 1 if left else 0


def _verdict(path: Path, observer: Observer) -> int:
    findings = replay(read(path))
    console.print(f"\n{path}: {len(observer.lines)} lines. Played to the embedded ECS:", markup=False, soft_wrap=True)
    console.print(report(findings), markup=False, soft_wrap=True)
    for each in observer.trouble[-5:]:
        console.print(f"not seen: {each}", markup=False, soft_wrap=True)
    console.print(
        f"Commit it: git add {path}. In docs/fidelity.md, name it beside each line that agrees; for each that differs, "
        "change the model, then the page.",
        markup=False,
        soft_wrap=True,
    )
    return 0


def _ask(here: Account, name: str) -> None:
    for sentence in estimate.sentences(here, name):
        console.print(sentence, markup=False, soft_wrap=True)
    said = os.environ.get(CONSENT)
    if said is None and sys.stdin.isatty():
        said = console.input("Create all this? Only yes means yes: ")
    if said != "yes":
        raise BadRequest(CONSENT, said, f"Nothing was created. Say yes when asked, or set {CONSENT}=yes.")


def _steps(asked: list[str] | None) -> list[str]:
    """In the order of the story; a later step needs the service that v1 and v2 made."""
    known = [step.name for step in STEPS]
    for name in asked or ():
        if name not in known:
            raise BadRequest("--step", name, f"The steps are {', '.join(known)}.")
    return [name for name in known if not asked or name in asked]


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise BadRequest("--foundation", text, "Write it as NAME=VALUE.")
    return name, value


def _ours(name: str) -> str:
    if not name.startswith(PREFIX):
        raise BadRequest("--teardown", name, f"Only what begins with {PREFIX} is ours to delete.")
    return name


def _registry() -> str:
    """ECR's own answer (API reference, AuthorizationData, proxyEndpoint)."""
    answer = boto3.client("ecr").get_authorization_token()["authorizationData"][0]["proxyEndpoint"]
    return urlsplit(answer).netloc


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """A polite kill tears down as Ctrl-C does."""

    def end(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _deaf() -> Iterator[None]:
    """Ctrl-C does not cut a teardown short: what is left behind costs money."""

    def tell(_number: int, _frame: object) -> None:
        """Past the console: a signal may come while it writes, and it would write what it has once more."""
        os.write(sys.stderr.fileno(), b"still tearing down; it ends by itself\n")

    before = {number: signal.signal(number, tell) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(main)
    app()

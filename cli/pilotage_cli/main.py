"""`pilotage`: the use cases of the functions, from a terminal. One module a verb, in `commands`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated, Any

import typer

from pilotage_cli.commands import (
    audit,
    build,
    demo,
    diagnose,
    history,
    import_,
    import_manifests,
    init,
    inject,
    local,
    place,
    plan,
    policy,
    prices,
    releases,
    render,
    sign,
    status,
    steering,
    verify,
)
from pilotage_cli.trouble import told

app = typer.Typer(
    name="pilotage",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)


def _guarded(command: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(command)
    def run_it(*arguments: Any, **options: Any) -> None:
        with told():
            command(*arguments, **options)

    return run_it


def _add(into: typer.Typer, name: str, command: Callable[..., None], about: str | None = None) -> None:
    """`about`: the line in the list of commands; default: the first of the command's own help."""
    into.command(name, short_help=about)(_guarded(command))


def _group(name: str, about: str, commands: dict[str, Callable[..., None]], into: typer.Typer = app) -> typer.Typer:
    group = typer.Typer(help=about, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)
    for each, command in commands.items():
        _add(group, each, command)
    into.add_typer(group, name=name)
    return group


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pilotage {version('pilotage')}")
        raise typer.Exit


@app.callback()
def pilotage(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Brings container images into Amazon ECS: a push becomes a rollout, and the outcome told is the true one.

    \b
    See it work:         pilotage demo
    Keep it for a day:   pilotage local up
    Look before a push:  pilotage place --manifest pilotage.yaml
    See what waits:      pilotage releases --waiting
    Decide:              pilotage approve dev/cats 3f9a2c1b
    Stop everything:     pilotage freeze everything --because "the database burns"
    """  # noqa: D301 - \b is click's word for a paragraph that stays as it is


_add(app, "demo", demo.demo, "Play the main job on the embedded AWS, with cats.")
_local = _group(
    "local",
    "Keep the embedded AWS, with Pilotage deployed to it.",
    {"up": local.up, "down": local.down, "status": local.status, "env": local.env},
)
_group(
    "inject",
    "Make tasks, capacity, ECS's API or its events fail there.",
    {"fault": inject.fault, "list": inject.show, "clear": inject.clear},
    into=_local,
)
_add(app, "init", init.init, "Write a first manifest, from four questions.")
_add(app, "build", build.build, "Build an image with its manifest in it, and push it.")
_add(app, "place", place.place, "Decide where a workload would run, and why.")
_add(app, "render", render.render, "Render task definition, service and schedule.")
_add(app, "plan", plan.plan, "Show what releasing an image would change now.")
_add(app, "verify", verify.verify, "Look whether everything is there that a release needs.")
_group("policy", "Check and publish the policy of an environment.", {"check": policy.check, "put": policy.put})
_group(
    "import",
    "Turn what other tools deploy, or what runs, into a manifest.",
    {
        "taskdef": import_.taskdef,
        "ecs": import_.ecs,
        "ecspresso": import_.ecspresso,
        "copilot": import_manifests.copilot,
        "compose": import_manifests.compose,
    },
)
_group("prices", "Show and renew the prices of estimates.", {"show": prices.show, "refresh": prices.refresh})
_add(app, "status", status.status, "Show what runs where, and what is under way.")
_add(app, "diagnose", diagnose.diagnose, "Explain why a release failed, and what to do.")
_add(app, "history", history.history, "List releases, newest first, with their reasons.")
_add(app, "sign", sign.sign, "Sign a message, to try the entrance for chats with curl.")
_add(app, "releases", releases.releases, "List what is under way, and what waits for people.")
_add(app, "audit", audit.audit, "List what people did, newest first.")
_add(app, "approve", steering.approve, "Approve the release that waits with a plan.")
_add(app, "reject", steering.reject, "Reject the release that waits with a plan.")
_add(app, "rollback", steering.rollback, "Release what ran before, and ban what runs now.")
_add(app, "pin", steering.pin, "Hold a service at what runs, or at a digest.")
_add(app, "unpin", steering.unpin, "Let a pinned service move again.")
_add(app, "ban", steering.ban, "Never give a digest to a service again.")
_add(app, "unban", steering.unban, "Let a banned digest be released again.")
_add(app, "freeze", steering.freeze, "Stop the line for a service, an environment or everything.")
_add(app, "unfreeze", steering.unfreeze, "Let releases go again.")
_add(app, "lock", steering.lock, "Keep a service or an environment for yourself.")
_add(app, "unlock", steering.unlock, "Give what is locked back to all.")


def run() -> None:
    """The console script."""
    app()
